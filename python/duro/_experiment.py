"""Experiments: a YAML file of environments, algorithms, seeds and attackers, run by the program `duro`."""
from __future__ import annotations

import csv
import os
from typing import Any, Optional, Union

import numpy as np

from duro import _duro, _look, _program
from duro._program import Path

_NUMBERS = ("seeds", "episodes", "violating", "savable", "violation_bound", "h_min", "return_mean", "return_low", "return_high",
            "return_none", "return_none_low", "return_none_high", "lowest_return")


class Experiment:
    """The folder of an experiment: the tables of its report. Made by `duro.experiment`; `Experiment(folder)` opens what
    an earlier call or the command line left."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.fspath(folder)
        if not os.path.exists(self.report):
            raise _duro.FileError(f"{self.folder} holds no report.html of an experiment")
        self.summary = self.table("summary") if os.path.exists(self._path("summary")) else []

    def __repr__(self) -> str:
        return f"<duro.Experiment in {self.folder}: {', '.join(self.groups)}>"

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, "tables", f"{name}.csv")

    @property
    def report(self) -> str:
        """Path of its page."""
        return os.path.join(self.folder, "report.html")

    @property
    def groups(self) -> "list[str]":
        """Groups that were attacked."""
        return [*dict.fromkeys(row["group"] for row in self.summary)]

    def table(self, name: str) -> "list[dict[str, Any]]":
        """Rows of a table of the page, tables/NAME.csv: "summary", "GROUP-matrix", ..."""
        with open(self._path(name), newline="", encoding="utf-8") as file:
            return [{k: float(v or "nan") if k in _NUMBERS else v for k, v in row.items()} for row in csv.DictReader(file)]

    def to_pandas(self, name: str = "summary") -> Any:
        """A table as a pandas.DataFrame."""
        import pandas

        return pandas.DataFrame(self.table(name))

    def _repr_html_(self) -> str:
        rows = [(r["group"], r["run"], r["acting"], r["worst_attacker"],
                 (f"{r['violating']:.0f}/{r['episodes']:.0f}", r["violating"] > 0), f"{100 * r['violation_bound']:.3g} %",
                 f"{r['h_min']:.3g}", f"{r['return_none']:.4g}", f"{r['lowest_return']:.4g}") for r in self.summary]
        return _look.table(f"{self.folder}: against the worst attacker",
                           ("group", "run", "acting", "worst attacker", "violating", "95 % bound", "worst h",
                            "return, none", "lowest return"), rows)

    def plot(self, group: Optional[str] = None, ax: Any = None) -> Any:
        """The attack matrix of a group with matplotlib: runs and ways of acting by attackers, violating episodes."""
        rows = self.table(f"{group or self.groups[0]}-matrix")
        lines = [*dict.fromkeys((r["run"], r["acting"]) for r in rows)]
        attackers = [*dict.fromkeys(r["attacker"] for r in rows)]
        counts = np.full((len(lines), len(attackers), 3), np.nan)
        for r in rows:
            counts[lines.index((r["run"], r["acting"])), attackers.index(r["attacker"])] = (r["violating"], r["episodes"],
                                                                                           r["h_min"])
        return _look.matrix(ax, [f"{run}, {acting}" for run, acting in lines], attackers, counts, group or self.groups[0])


def experiment(file: Path, out: Optional[Path] = None, *, jobs: Optional[int] = None, only: Optional[str] = None,
               program: Optional[Path] = None, progress: Union[bool, str] = "auto") -> Experiment:
    """Runs the experiment of a YAML file: `duro experiment`, whose jobs are processes of the program `duro` (`program`;
    default: found as the shell finds it). A call that was stopped goes on where it was, and what is done is not done
    again. `out`: folder, default experiments/NAME. `jobs` side by side; `only` this group.
    """
    name = os.path.splitext(os.path.basename(os.fspath(file)))[0]
    folder = os.fspath(out) if out is not None else os.path.join("experiments", name)
    words = [_program.find(program, "an experiment"), "experiment", os.fspath(file), "--out", folder]
    words += ["--jobs", str(jobs)] if jobs else []
    words += ["--only", only] if only else []
    with _look.Line(progress, f"experiment {name}") as line:
        _program.run(words, line)
    return Experiment(folder)
