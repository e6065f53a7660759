"""What is kept of a run beside its training: its certificate, and its card, which others can check."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any, Callable, NamedTuple, Optional, Sequence, Union

from duro import _duro, _look
from duro._program import Path
from duro._settings import pairs
from duro._train import Run


def _folder(run: Union[Run, Path]) -> str:
    return run.folder if isinstance(run, Run) else os.fspath(run)


def _path(path: Optional[Path]) -> Optional[str]:
    return None if path is None else os.fspath(path)


class Share(NamedTuple):
    """A share of states that were drawn, with its two-sided 95 % Clopper-Pearson interval."""

    value: float
    low: float
    high: float


class Certified(NamedTuple):
    """What a certificate says of a run's policy: `states` were drawn from the certified set, all alike. Of these the policy's
    `own` control is proved to stay in the set; not that, but the `nearest` admissible one that the filter finds; not these, but
    the `fallback`, the certificate's control; `none`: nothing was proved of a control in float."""

    volume: float  #: of the certified set, in the units of its axes; 0: it is empty
    states: int
    own: int
    nearest: int
    fallback: int
    none: int
    share_own: Share
    share_kept: Share  #: the first three together: where the filter has an admissible control
    made: bool  #: the certificate was made, and not taken from a file
    path: str  #: the file that `duro-recheck` proves, and `Certificate.load` reads

    def _repr_html_(self) -> str:
        rows = [("certified volume", f"{self.volume:.6g}"), ("states drawn", str(self.states)),
                *((name, str(getattr(self, name))) for name in ("own", "nearest", "fallback", "none"))]
        return _look.table(f"certified: {self.path}", (), rows)


def certify_run(run: Union[Run, Path], *, certificate: Optional[Path] = None, solution: Optional[Path] = None,
                grid: Union[None, int, str, Sequence[int]] = None, low: Optional[Sequence[float]] = None,
                high: Optional[Sequence[float]] = None, states: int = 4096, seed: int = 1, threads: int = 0,
                callback: Optional[Callable[["dict[str, Any]"], Any]] = None, progress: Union[bool, str] = "auto",
                compiler: Optional[str] = None, **settings: Any) -> Certified:
    """A certificate of the environment of a run, and at which share of its set the trained policy needs no filter: what
    `duro certify` makes, with the same files in the run folder.

    `certificate`, a file, or `solution`, a folder that holds one, is taken; else one is made, of `grid`, `low`, `high` and the
    settings certificate.* as keywords, as of `duro.certify`. `callback(progress)` is asked after every round; False stops with
    `duro.Stopped`, and then nothing is written.
    """
    folder = _folder(run)
    shape = None if grid is None else str(grid) if isinstance(grid, (int, str)) else "x".join(map(str, grid))
    edges = [None if edge is None else ",".join(repr(float(x)) for x in edge) for edge in (low, high)]
    lines = tuple(f"{name}={value}".encode() for name, value in pairs(settings, "certificate"))
    with _look.Line(progress, f"proof for {folder}") as line:

        def told(now: "dict[str, Any]") -> Any:
            if line.due():
                line.show(f"round {now['round']}, {now['cells']} cells, {now['failed']} of {now['tried']} not proved")
            return callback(now) if callback else None

        found = _duro.certify_run(folder, (_path(certificate), _path(solution), shape, *edges, compiler), lines,
                                  (states, seed, threads), told)
    return Certified(*found[:6], Share(*found[6]), Share(*found[7]), found[8],
                     os.path.join(folder, "certified", "set.certificate"))


class Card:
    """A card: what is known of a policy, in lines that others can check. Made by `duro.card`; `Card(path)` reads one."""

    def __init__(self, path: Path) -> None:
        self.path = os.fspath(path)
        try:
            with open(self.path, encoding="utf-8") as file:
                self.lines: "list[dict[str, Any]]" = json.load(file)["lines"]
        except OSError as error:
            raise _duro.FileError(f"cannot read '{self.path}': {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            raise _duro.FormatError(f"{self.path} is no card of duro") from None

    def __repr__(self) -> str:
        return f"<duro.Card {self.path}: {len(self.lines)} lines>"

    def line(self, name: str) -> "dict[str, Any]":
        """The line of this name, "policy" or "attack/search-filtered"; KeyError where there is none."""
        return next((line for line in self.lines if line["line"] == name), None) or _no_line(name, self)

    def _repr_html_(self) -> str:
        says = [(line["line"], line.get("says", {})) for line in self.lines]
        rows = [(name, what if isinstance(what, str) else ", ".join(
            f"{key} {value:.6g}" if isinstance(value, float) else f"{key} {value}" for key, value in what.items()
            if isinstance(value, (str, int, float)) and value != "")) for name, what in says]
        return _look.table(self.path, ("line", "says"), rows)


def _no_line(name: str, card: Card) -> Any:
    raise KeyError(f"{card.path} has no line {name!r}")


class Checked(NamedTuple):
    """A line of a card, found again."""

    line: str
    finding: str  #: "same" bit for bit, "different", or "unknown" where it cannot be told
    why: str  #: the first value that differs, or why it cannot be told; "" where it is the same


class Verification(Sequence[Checked]):
    """The lines of a card, each found again."""

    def __init__(self, path: str, lines: "list[Checked]") -> None:
        self.path = path
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, i: Any) -> Any:
        return self._lines[i]

    def __repr__(self) -> str:
        return f"<duro.Verification of {self.path}: {self.count('same')} same, {self.count('different')} different, " \
               f"{self.count('unknown')} unknown>"

    def count(self, value: Any) -> int:
        """How many lines are "same", "different" or "unknown"."""
        return sum(line.finding == value for line in self._lines)

    @property
    def same(self) -> bool:
        """Whether every line is what was found again, bit for bit."""
        return all(line.finding == "same" for line in self._lines)

    def _repr_html_(self) -> str:
        return _look.table(repr(self)[1:-1], ("line", "finding", "why"),
                           [(line.line, (line.finding, line.finding == "different"), line.why) for line in self._lines])


def _rechecker(program: Optional[Path]) -> Optional[Callable[[str], "tuple[bool, float]"]]:
    found = shutil.which(os.fspath(program or "duro-recheck"))
    if found is None:
        if program is not None:
            raise _duro.MissingError(f"the program {os.fspath(program)} was not found")
        return None

    def recheck(path: str) -> "tuple[bool, float]":
        done = subprocess.run([found, path], capture_output=True, text=True)
        volume = re.search(r"^volume of the set: (\S+)$", done.stdout, re.MULTILINE)
        return done.returncode == 0, float(volume.group(1)) if volume else float("nan")

    return recheck


def card(run: Union[Run, Path], *, solution: Optional[Path] = None, accept_failed: bool = False,
         adversary: Optional[Path] = None, margin: Optional[float] = None, threads: int = 0,
         recheck: Optional[Path] = None, compiler: Optional[str] = None) -> Card:
    """Writes card.json into the run folder, what `duro card` writes without its page.

    `solution`: the folder of duro solve that attacks or sets were measured with; `adversary`: the run whose networks attacked;
    `margin`: of starts inside the solved set, where it was not the default. `recheck`: the program duro-recheck; default: as the
    shell finds it, and without it lines that rest on a certificate say that they were not proved.
    """
    folder = _folder(run)
    how = (_path(solution), accept_failed, _path(adversary), None if margin is None else repr(float(margin)),
           os.environ.get("TMPDIR"), None, threads, compiler)
    _duro.make_card(folder, how, _rechecker(recheck))
    return Card(os.path.join(folder, "card.json"))


def verify(card: Union[Card, Path], run: Union[None, Run, Path] = None, *, lines: Optional[str] = None,
           solution: Optional[Path] = None, accept_failed: bool = False, adversary: Optional[Path] = None, threads: int = 0,
           recheck: Optional[Path] = None, compiler: Optional[str] = None,
           callback: Optional[Callable[[Checked], Any]] = None, progress: Union[bool, str] = "auto") -> Verification:
    """Finds each line of a card again, as `duro verify CARD` does, and writes nothing into the run folder.

    `run`: the folder that the card is about; default: the one in which it lies. `lines` checks the line of this name alone, or all
    of a kind, "attack". `callback(line)` hears of each line; False stops with `duro.Stopped`. Others as of `duro.card`.
    """
    path = card.path if isinstance(card, Card) else os.fspath(card)
    folder = os.path.dirname(path) or "." if run is None else _folder(run)
    how = (_path(solution), accept_failed, _path(adversary), None, os.environ.get("TMPDIR"), lines, threads, compiler)
    checked: "list[Checked]" = []
    with _look.Line(progress, f"card {path}") as line:

        def told(*now: str) -> Any:
            checked.append(Checked(*now))
            if line.due():
                line.show(f"{len(checked)} lines, {now[0]}: {now[1]}")
            return callback(checked[-1]) if callback else None

        _duro.verify_card(path, folder, how, told, _rechecker(recheck))
    return Verification(path, checked)
