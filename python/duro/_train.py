"""Training."""
from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any, Callable, NamedTuple, Optional, Union

import numpy as np

from duro import _duro
from duro._env import Env, as_env
from duro._policy import Policy
from duro._settings import pairs

Path = Union[str, "os.PathLike[str]"]


class Progress(NamedTuple):
    """What a callback sees, every train.report_every updates and at the end."""

    step: int  #: environment steps made
    steps: int  #: and asked for
    update: int  #: updates made
    steps_per_second: float
    seconds: float  #: since the start
    seconds_left: float
    return_mean: float  #: mean return of the training episodes ended since the last report; NaN if none
    row: "dict[str, float]"  #: this report's row of train.csv; empty at a stop between two rows
    snapshot: bool  #: a checkpoint is due
    training: "Training"  #: its policy and its files may be taken meanwhile


class Training:
    """A training, and what came of it. Made by `duro.train`."""

    def __init__(self, core: Any, env: Env, algorithm: str) -> None:
        self._core = core
        self.env = env
        self.algorithm = algorithm
        self.finished = False  #: whether it went to its end; False: a callback stopped it
        self.columns: "tuple[str, ...]" = core.metrics()  #: of `rows`
        self._rows: "list[np.ndarray]" = []

    def __repr__(self) -> str:
        how = "finished" if self.finished else "not finished"
        return f"<duro.Training {self.algorithm} on {self.env.name}, {len(self._rows)} rows, {how}>"

    @property
    def policy(self) -> Policy:
        """A frozen copy of the present policy."""
        return Policy(self._core.policy())

    @property
    def rows(self) -> np.ndarray:
        """(reports x columns) the rows of train.csv; NaN is a number that does not exist."""
        return np.array(self._rows).reshape(len(self._rows), len(self.columns))

    @property
    def settings(self) -> "dict[str, Any]":
        """Every setting, {"train.steps": ...}."""
        return self._core.settings()

    @property
    def hash(self) -> int:
        """Of the learner's memory and the states of its environments: equal hashes, equal bits."""
        return self._core.hash()

    @property
    def memory(self) -> float:
        """Bytes of networks, replay and environments."""
        return self._core.memory()[0]

    def to_pandas(self) -> Any:
        """`rows` as a pandas.DataFrame."""
        import pandas

        return pandas.DataFrame(self.rows, columns=list(self.columns))

    def plot(self, *columns: str, ax: Any = None) -> Any:
        """Curves over the steps with matplotlib; default: the return and the share of violating steps."""
        import matplotlib.pyplot as plt

        wanted = columns or ("return", "violations")
        axes = np.atleast_1d(ax if ax is not None else plt.subplots(len(wanted), sharex=True)[1])
        rows = self.rows
        for one, name in zip(axes, wanted):
            one.plot(rows[:, self.columns.index("step")], rows[:, self.columns.index(name)])
            one.set_ylabel(name)
        axes[-1].set_xlabel("environment steps")
        return axes

    def stop(self) -> None:
        """Asks a training that runs in another thread to stop after its update."""
        self._core.stop()

    def save(self, path: Path) -> None:
        """Writes all that the training is, as one tensor file from which `train(..., resume=path)` goes on."""
        self._core.file(0, os.fspath(path))

    def save_policy(self, path: Path) -> None:
        """Writes the networks of the present policy alone, a file that `duro.load` reads."""
        self._core.file(1, os.fspath(path))


class _Line:
    """A line that is written over, in terminals and notebooks."""

    def __init__(self, wanted: Union[bool, str], name: str) -> None:
        self.shown = sys.stderr.isatty() or "ipykernel" in sys.modules if wanted == "auto" else bool(wanted)
        self.name, self.last, self.width = name, 0.0, 0

    def __call__(self, p: Progress) -> None:
        end = p.step >= p.steps
        if not self.shown or not (end or time.monotonic() - self.last > 0.1):
            return
        self.last = time.monotonic()
        line = f"{self.name}: step {p.step}/{p.steps}  {p.steps_per_second:.0f} steps/s  return {p.return_mean:.4g}"
        self.width = max(self.width, len(line))
        print("\r" + line.ljust(self.width), end="\n" if end else "", file=sys.stderr, flush=True)


def train(env: Any, algorithm: str = "DRAC", *, steps: Optional[int] = None, seed: Optional[int] = None,
          threads: Optional[int] = None, preset: str = "recipe",
          callback: Optional[Callable[[Progress], Any]] = None, progress: Union[bool, str] = "auto",
          resume: Optional[Path] = None, start_from: Optional[Path] = None, **settings: Any) -> Training:
    """Trains an algorithm (`duro.algorithms()`) on an environment, and gives back the training with its policy.

    Settings are keywords: `train(env, "DRAC", steps=200_000, learn={"width": 64})`, or `**{"learn.width": 64}`; see
    `duro.settings()`. `preset`: "recipe" holds on systems that nobody tuned for, "paper" is the plain published
    algorithm. `callback(progress)` hears of every report; False, and only False, stops the training there, an
    exception ends it and is raised. Ctrl-C stops after the present update with KeyboardInterrupt. `resume` goes on,
    bit for bit, with a training that `Training.save` wrote; `start_from` begins with its networks alone. The bits are
    those of `duro train` with the same settings.
    """
    env = as_env(env)
    short = {"steps": steps, "seed": seed, "threads": threads}
    given = pairs(settings, "train") + pairs({k: v for k, v in short.items() if v is not None}, "train")
    training = Training(_duro.create_trainer(env._core, algorithm, preset, given), env, algorithm)
    if start_from is not None:
        training._core.file(3, os.fspath(start_from))
    if resume is not None:
        training._core.file(2, os.fspath(resume))
    show = _Line(progress, f"{algorithm} on {env.name}")

    def report(*now: Any) -> Any:
        metrics, snapshot = now[7], now[8]
        if metrics is not None:
            training._rows.append(metrics)
        row = {} if metrics is None else dict(zip(training.columns, metrics.tolist()))
        p = Progress(*now[:7], row, snapshot, training)
        show(p)
        return callback(p) if callback else None

    in_main_thread = threading.current_thread() is threading.main_thread()
    training.finished = training._core.run(report, in_main_thread)
    return training


def algorithms() -> "dict[str, str]":
    """The algorithms, {name: title}."""
    return {name: title for name, title, _ in _duro.list_algorithms()}
