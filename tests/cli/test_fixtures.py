#!/usr/bin/env python3
"""Files that version 0.1.0 wrote are read by this one: test_fixtures.py path/to/duro path/to/duro-recheck SOURCE.

tests/fixtures/VERSION is kept as that version left it and is never made anew. A run is evaluated, with the numbers of that
version; its config.yaml trains the same networks again; a certificate is proved again."""

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def tensors(*path):
    """{name: (type, shape, bytes)} without the checksum."""
    content = read(*path)
    start = 8 + struct.unpack("<Q", content[:8])[0]
    return {name: (about["dtype"], about["shape"], content[start:][slice(*about["data_offsets"])])
            for name, about in json.loads(content[8:start]).items() if not name.startswith("__")}


def call(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (words, done.returncode, done.stderr)
    return done.stdout


def main(duro, recheck, source):
    kept = os.path.join(source, "tests", "fixtures", "0.1.0")
    folder = tempfile.mkdtemp(prefix="duro-fixtures-")
    try:
        run, again = os.path.join(folder, "run"), os.path.join(folder, "again")
        shutil.copytree(os.path.join(kept, "run"), run)
        call(duro, "eval", run, "--out", os.path.join(folder, "eval"), "--episodes", "4")
        assert read(folder, "eval", "run", "summary.csv") == read(kept, "summary.csv")
        call(duro, "train", "--config", os.path.join(run, "config.yaml"), "--out", again, "--quiet")
        for name in ("step-312.safetensors", "step-640.safetensors"):
            old, new = tensors(run, "policies", name), tensors(again, "policies", name)
            assert len(old) == 6, sorted(old)
            for network, content in old.items():  # a later version may have more in the file
                assert new.get(network) == content, (name, network)
        # its checkpoint goes on; settings that came later are those of the plain algorithms
        call(duro, "train", "--resume", run, "--steps", "960", "--quiet")
        assert os.path.exists(os.path.join(run, "checkpoints", "step-960.safetensors")), os.listdir(os.path.join(run, "checkpoints"))
        assert "PROVED" in call(recheck, os.path.join(kept, "solution", "set.certificate"))
        print("a run, its settings and a certificate of 0.1.0 are read")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(*(os.path.abspath(word) for word in sys.argv[1:4])))
