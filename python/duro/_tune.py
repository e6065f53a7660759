"""Searches for settings of training, run by the program `duro`."""
from __future__ import annotations

import csv
import os
from typing import Any, Optional, Union

from duro import _duro, _look, _program
from duro._program import Path

_WORDS = ("configuration", "attacker")


def _value(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


class Tuning:
    """The folder of a search. Made by `duro.tune`; `Tuning(folder)` opens what an earlier call or the command line left.

    `rungs`: a row for each configuration and rung that it ended, as tune.csv; `judged`: a row for each attacker, of the chosen
    configuration and the default one, on other seeds than those that chose."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.fspath(folder)
        if not os.path.exists(self.best):
            raise _duro.FileError(f"{self.folder} holds no best.yaml of a search")
        self.rungs = self._table("tune")
        self.judged = self._table("judged")

    def __repr__(self) -> str:
        return f"<duro.Tuning in {self.folder}: {self.chosen or 'the default'}>"

    def _table(self, name: str) -> "list[dict[str, Any]]":
        with open(os.path.join(self.folder, f"{name}.csv"), newline="", encoding="utf-8") as file:
            return [{k: v if k in _WORDS else _value(v) for k, v in row.items()} for row in csv.DictReader(file)]

    @property
    def best(self) -> str:
        """Path of the configuration that was chosen, every setting of it: `duro train --config`."""
        return os.path.join(self.folder, "best.yaml")

    @property
    def chosen(self) -> "dict[str, Any]":
        """What was chosen of the settings that were searched, as keywords of `duro.train`; {}: the default is best."""
        row = next(row for row in self.rungs if row["best"])
        return {k: v for k, v in row.items() if "." in k and row["configuration"] != "default"}

    def to_pandas(self, name: str = "rungs") -> Any:
        """"rungs" or "judged" as a pandas.DataFrame."""
        import pandas

        return pandas.DataFrame(getattr(self, name))

    def _repr_html_(self) -> str:
        rows = [(row["attacker"], row["configuration"], (f"{row['violating']:.0f}/{row['episodes']:.0f}", row["violating"] > 0),
                 f"{row['return']:.4g}", f"{row['h_min']:.3g}") for row in self.judged]
        return _look.table(f"{self.folder}: judged on other seeds, by attackers",
                           ("attacker", "settings", "violating", "return", "worst h"), rows)


def tune(file: Path, out: Optional[Path] = None, *, jobs: Optional[int] = None, program: Optional[Path] = None,
         progress: Union[bool, str] = "auto") -> Tuning:
    """Searches for settings as a YAML file says: `duro tune`, whose trainings are processes of the program `duro`
    (`program`; default: found as the shell finds it). A call that was stopped goes on where it was. `out`: folder, default
    tunings/NAME. `jobs` side by side.
    """
    name = os.path.splitext(os.path.basename(os.fspath(file)))[0]
    folder = os.fspath(out) if out is not None else os.path.join("tunings", name)
    words = [_program.find(program, "a search"), "tune", os.fspath(file), "--out", folder]
    words += ["--jobs", str(jobs)] if jobs else []
    with _look.Line(progress, f"search {name}") as line:
        _program.run(words, line)
    return Tuning(folder)
