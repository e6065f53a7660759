"""The programs of duro, where the work is processes of their own."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from typing import Optional, Sequence, Union

from duro import _duro, _look

Path = Union[str, "os.PathLike[str]"]


def find(program: Optional[Path], what: str) -> str:
    """Path of the program `duro`; `what` is done by it."""
    found = shutil.which(os.fspath(program or "duro"))
    if found is None:
        raise _duro.MissingError(f"{what} is run by the program duro, which was not found; install it, or say "
                                 'where it is: program="build/release/duro"')
    return found


def run(words: Sequence[str], line: _look.Line) -> None:
    """Runs it to its end and shows what it says; Ctrl-C lets it stop its jobs. Raises what its last line of errors says."""
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=said, text=True, start_new_session=True)
        try:
            for text in process.stdout or ():
                if line.shown:
                    line.show(" ".join(text.split()))
            code = process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        finally:
            if process.stdout:
                process.stdout.close()
        said.seek(0)
        errors = said.read().strip().splitlines()
    if code:
        raise _duro.Error(errors[-1] if errors else f"{' '.join(words)} ended with status {code}")
