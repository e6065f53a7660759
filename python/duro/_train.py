"""Training."""
from __future__ import annotations

import os
import threading
from typing import Any, Callable, NamedTuple, Optional, Union

import numpy as np

from duro import _duro, _look
from duro._env import Env, as_env
from duro._policy import Policy, load
from duro._settings import pairs, text

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
    training: "Optional[Training]"  #: its policy and its files may be taken meanwhile; None in a run folder
    trial: float = float("nan")  #: share of the trial of a run that is done; NaN while training


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

    def _repr_html_(self) -> str:
        rows = self.rows
        last = zip(self.columns, rows[-1]) if len(rows) else ()
        return _look.table(repr(self), ("last row", ""), [(name, f"{value:.6g}") for name, value in last])

    def plot(self, *columns: str, ax: Any = None, label: Optional[str] = None) -> Any:
        """Curves over the steps with matplotlib; default: the return and the share of violating steps. The axes that it
        gives back take the curves of another training: `b.plot(ax=a.plot())`."""
        wanted = columns or ("return", "violations")
        axes = np.atleast_1d(_look.axes(ax, len(wanted)))
        if len(axes) != len(wanted):
            raise ValueError(f"{len(axes)} axes are given; wanted {len(wanted)}, one for each column")
        rows = self.rows
        for one, name in zip(axes, wanted):
            there = np.isfinite(rows[:, self.columns.index(name)])
            one.plot(rows[there, self.columns.index("step")], rows[there, self.columns.index(name)], linewidth=1.5,
                     color=_look.COLOURS[len(one.lines) % len(_look.COLOURS)], label=label or self.algorithm)
            one.set_ylabel(name)
        _look.steps_axis(axes[-1])
        axes[0].legend(frameon=False)
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


class Run:
    """A training that keeps everything in a run folder: what `duro train` makes. Made by `duro.train(..., out=folder)`."""

    def __init__(self, folder: str, env: Env, algorithm: str) -> None:
        self.folder = folder
        self.env = env
        self.algorithm = algorithm
        self.columns: "tuple[str, ...]" = ()  #: of `rows`
        self._rows: "list[np.ndarray]" = []
        self.result: "dict[str, Any]" = {}  #: what it came to: step, deployed, act, margin, starts, violating, ...

    def __repr__(self) -> str:
        return f"<duro.Run {self.algorithm} on {self.env.name} in {self.folder}>"

    @property
    def finished(self) -> bool:
        """Whether it went to its end; False: a callback stopped it, after a checkpoint."""
        return bool(self.result.get("finished"))

    @property
    def policy(self) -> Policy:
        """The policy that is deployed: the snapshot that training chose, else the newest."""
        return load(self.folder)

    @property
    def rows(self) -> np.ndarray:
        """(reports x columns) the rows that this call added to train.csv; NaN is a number that does not exist."""
        return np.array(self._rows).reshape(len(self._rows), len(self.columns))

    to_pandas = Training.to_pandas
    plot = Training.plot
    _repr_html_ = Training._repr_html_


def _show(line: _look.Line, p: Progress) -> None:
    in_trial = p.trial == p.trial
    if not line.due(p.trial >= 1 if in_trial else p.step >= p.steps):
        return
    if in_trial:
        line.show(f"trial {100 * p.trial:.0f} %", p.trial)
    else:
        line.show(f"step {p.step}/{p.steps}  {p.steps_per_second:.0f} steps/s  return {p.return_mean:.4g}",
                  p.step / max(p.steps, 1))


def _for_states(env: Env, given: "list[tuple[str, str]]") -> "list[tuple[str, str]]":
    """Settings that do without setting states, where they cannot be set."""
    if not env.unsettable:
        return given
    if float(dict(given).get("train.restarts", 0)) > 0:
        env._need_states("train.restarts")
    return [("train.restarts", "0"), *given]


def train(env: Any, algorithm: str = "DRAC", *, steps: Optional[int] = None, seed: Optional[int] = None,
          threads: Optional[int] = None, preset: str = "recipe",
          callback: Optional[Callable[[Progress], Any]] = None, progress: Union[bool, str] = "auto",
          resume: Union[None, bool, Path] = None, start_from: Optional[Path] = None, out: Optional[Path] = None,
          go_on: bool = False, replace: bool = False, **settings: Any) -> Any:
    """Trains an algorithm (`duro.algorithms()`) on an environment, and gives back the training with its policy.

    Settings are keywords: `train(env, "DRAC", steps=200_000, learn={"width": 64})`, or `**{"learn.width": 64}`; see
    `duro.settings()`. `preset`: "recipe" holds on systems that nobody tuned for, "paper" is the plain published
    algorithm. `callback(progress)` hears of every report; False, and only False, stops the training there, an
    exception ends it and is raised. Ctrl-C stops after the present update with KeyboardInterrupt. `resume` goes on,
    bit for bit, with a training that `Training.save` wrote; `start_from` begins with its networks alone. The bits are
    those of `duro train` with the same settings.

    With `out`, a folder, it is a whole run of the command line, and a `Run` is given back: looks, choice and trial find
    the snapshot that is deployed, and files are kept. `resume=True` goes on with the newest checkpoint in it, `go_on` begins or
    goes on, `replace` removes what an earlier run left; `start_from` is the folder of another run then. Its
    environment is a built-in one or a file.
    """
    env = as_env(env)
    short = {"steps": steps, "seed": seed, "threads": threads}
    given = _for_states(env, pairs(settings, "train") + pairs({k: v for k, v in short.items() if v is not None}, "train"))
    if out is not None:
        return _train_run(env, algorithm, preset, given, os.fspath(out), callback, progress,
                          (start_from and os.fspath(start_from), resume is True, go_on, replace, None))
    training = Training(_duro.create_trainer(env._core, algorithm, preset, given), env, algorithm)
    if start_from is not None:
        training._core.file(3, os.fspath(start_from))
    if resume is not None and not isinstance(resume, bool):
        training._core.file(2, os.fspath(resume))
    line = _look.Line(progress, f"{algorithm} on {env.name}")

    def report(*now: Any) -> Any:
        metrics, snapshot = now[7], now[8]
        if metrics is not None:
            training._rows.append(metrics)
        row = {} if metrics is None else dict(zip(training.columns, metrics.tolist()))
        p = Progress(*now[:7], row, snapshot, training)
        _show(line, p)
        return callback(p) if callback else None

    in_main_thread = threading.current_thread() is threading.main_thread()
    with line:
        training.finished = training._core.run(report, in_main_thread)
    return training


def _train_run(env: Env, algorithm: str, preset: str, given: "list[tuple[str, str]]", folder: str,
               callback: Optional[Callable[[Progress], Any]], progress: Union[bool, str], how: "tuple[Any, ...]") -> Run:
    if env.word is None:
        raise _duro.ArgumentError("a run folder wants an environment by name or file; a system in Python trains without out=")
    numbers = [(name, text(value)) for name, value in env.settings.items()]
    run, line = Run(folder, env, algorithm), _look.Line(progress, f"{algorithm} on {env.name}")

    def report(names: "tuple[str, ...]", *now: Any) -> Any:
        run.columns, metrics = names, now[7]
        if metrics is not None:
            run._rows.append(metrics)
        p = Progress(*now[:7], {} if metrics is None else dict(zip(names, metrics.tolist())), now[8], None, now[12])
        _show(line, p)
        return callback(p) if callback else None

    in_main_thread = threading.current_thread() is threading.main_thread()
    with line:
        run.result = _duro.train_run(env.word, algorithm, preset, numbers + given, folder, how, report, in_main_thread)
    return run


def algorithms() -> "dict[str, str]":
    """The algorithms, {name: title}."""
    return {name: title for name, title, _ in _duro.list_algorithms()}
