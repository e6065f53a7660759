"""Safety and task values on grids."""
from __future__ import annotations

import json
import os
from typing import Any, Callable, NamedTuple, Optional, Sequence, Union

import numpy as np

from duro import _duro, _look
from duro._env import Env, as_env
from duro._settings import pairs

Array = np.ndarray
Path = Union[str, "os.PathLike[str]"]

_FIELDS = ("h", "safety_value", "safety_policy", "safety_adversary", "task_value", "task_policy", "task_adversary",
           "arrival")


class Axis(NamedTuple):
    """n vertices from low to high, both included; a periodic axis ends one spacing before high."""

    state: int  #: coordinate of the environment's state
    n: int
    low: float
    high: float
    periodic: bool

    @property
    def vertices(self) -> Array:
        """(n) coordinates."""
        return np.linspace(self.low, self.high, self.n, endpoint=not self.periodic)


class Solution:
    """The values of an environment on a rectilinear grid. Made by `duro.solve`.

    Arrays are (n_0 x ... x n_{d-1}), axes in the order of `axes`; policies have one more axis, their numbers.
    """

    def __init__(self, core: Any, env: Env) -> None:
        self._core = core
        self.env = env
        about = core.about()
        self.axes = [Axis(*a) for a in about["axes"]]  #: a state each
        self.cells: int = about["cells"]  #: vertices
        self.finished = False  #: whether stopping rules were met; False: a callback stopped it
        self.has_task: bool = False  #: whether the task value was solved

    def __repr__(self) -> str:
        shape = " x ".join(str(a.n) for a in self.axes)
        return f"<duro.Solution of {self.env.name} on {shape} vertices, {100 * self.volume():.4g} % {self._word()}>"

    @property
    def goal(self) -> str:
        """"avoid", or "reach" and "reach-avoid": V >= 0 is then no safe set, and there are no policies."""
        return str(self.settings["grid.goal"])

    def _word(self) -> str:
        return "safe" if self.goal == "avoid" else "reach the target"

    def _read(self, name: str) -> Array:
        if name.startswith("task") and not self.has_task:
            raise _duro.ArgumentError("the task value was not solved")
        if name in ("safety_policy", "safety_adversary") and self.goal != "avoid":
            raise _duro.ArgumentError(f"grid.goal is {self.goal}: which control reaches depends on the time that is left")
        return self._core.read(_FIELDS.index(name))

    @property
    def h(self) -> Array:
        """The constraint at the vertices."""
        return self._read("h")

    @property
    def safety_value(self) -> Array:
        """V_h: the smallest h to come under the best control and the worst disturbance; >= 0 is the safe set. Of a `goal`
        to reach: the value of that, the largest g that can be forced; >= 0 is where the target is reached from."""
        return self._read("safety_value")

    @property
    def safety_policy(self) -> Array:
        """pi_h: the control that keeps V_h largest, nu numbers a vertex."""
        return self._read("safety_policy")

    @property
    def safety_adversary(self) -> Array:
        """mu_h: the worst disturbance against pi_h, na numbers a vertex."""
        return self._read("safety_adversary")

    @property
    def task_value(self) -> Array:
        """V: the best return inside the set; NaN outside."""
        return self._read("task_value")

    @property
    def task_policy(self) -> Array:
        """pi inside the set, pi_h outside."""
        return self._read("task_policy")

    @property
    def task_adversary(self) -> Array:
        """mu: the worst disturbance for the return against pi, na numbers a vertex."""
        return self._read("task_adversary")

    @property
    def arrival(self) -> Array:
        """Seconds within which the target is reached from each vertex, whatever the disturbance; inf where it is not. Of a `goal`
        to reach at any moment, grid.tube=True."""
        return self._read("arrival")

    def arrival_at(self, x: Any) -> Array:
        """The same (n) at states (n x nx), multilinear between the vertices; NaN where the goal has no such time."""
        return self._core.arrival_at(x)

    @property
    def settings(self) -> "dict[str, Any]":
        """{"grid.discount": ...}"""
        return self._core.about()["settings"]

    @property
    def lost_at_edges(self) -> int:
        """Vertices that count as lost only because the grid ends; -1 where that is not known."""
        return self._core.about()["lost_at_edges"]

    def state(self, stage: str = "safety") -> "dict[str, Any]":
        """How the solution of the "safety" or the "task" value ended: sweeps, residual, bound, done, ..."""
        return self._core.state({"safety": 1, "task": 2}[stage])

    def safety_at(self, x: Any) -> Array:
        """V_h (n) at states (n x nx), multilinear between the vertices."""
        return self._core.safety_at(x)

    def control(self, x: Any, *, task: bool = False) -> Array:
        """Controls (n x nu) at x (n x nx), one step ahead: the safest, or with `task` the best that stays safe. Of a `goal` to
        reach: the one that arrives first."""
        return self._core.respond(x, None, task)

    def disturbance(self, x: Any, u: Any, *, task: bool = False) -> Array:
        """Worst disturbances (n x na) at x (n x nx) under u (n x nu), for safety or with `task` for the return. Of a `goal` to
        reach: the one that keeps the target away for longest."""
        return self._core.respond(x, u, task)

    def volume(self, level: float = 0.0) -> float:
        """Share of vertices with V_h >= level."""
        return self._core.volume(level)

    @classmethod
    def load(cls, folder: Path, env: Any = None, *, accept_failed: bool = False) -> "Solution":
        """The safety value of a folder of `duro solve`; `env` is wanted where it was not solved by a built-in name.

        Its `env` has the numbers that were solved. A solution whose own policy loses starts is refused without
        `accept_failed`.
        """
        folder = os.fspath(folder)
        core, solved = _duro.open_solution(folder, as_env(_environment(folder) if env is None else env)._core, 1, accept_failed)
        solution = cls(core, Env(solved, None))
        solution.finished = True
        return solution

    def save(self, path: Path) -> None:
        """Writes values and state, a tensor file that `solve(..., resume=path)` goes on from."""
        self._core.file(False, os.fspath(path))

    def export(self, folder: Path, *, prefix: Optional[str] = None) -> str:
        """Writes it as freestanding C99, PREFIX.c and PREFIX.h, into an existing folder, and gives back the prefix: the
        table of the safety value, and the safety policy one step ahead of a model that the caller gives."""
        return self._core.export(os.fspath(folder), prefix)

    def _repr_html_(self) -> str:
        rows = [(self.env.x_names[a.state], a.n, f"{a.low:g} to {a.high:g}") for a in self.axes]
        share = f"{100 * self.volume():.4g} % of the vertices"
        return _look.table(f"{self.env.name}: {share} {'are safe' if self.goal == 'avoid' else self._word()}",
                           ("axis", "vertices", "from, to"), rows)

    def to_pandas(self) -> Any:
        """A row a vertex: the states of the axes, h, safety_value, and task_value where it was solved."""
        import pandas

        mesh = np.meshgrid(*(a.vertices for a in self.axes), indexing="ij")
        columns = {self.env.x_names[a.state]: m.ravel() for a, m in zip(self.axes, mesh)}
        fields = ("h", "safety_value") + (("task_value",) if self.has_task else ())
        return pandas.DataFrame({**columns, **{f: self._read(f).ravel() for f in fields}})

    def plot(self, ax: Any = None, at: Any = None) -> Any:
        """The safety value and the edges {V_h = 0} and {h = 0} in the two states of the environment's picture, with
        matplotlib; the others lie at `at` (nx), by default in the middle of the region."""
        ax = _look.axes(ax)
        x, y, states = plane(self.env, at)
        V, h = (v.reshape(len(y), len(x)) for v in (self.safety_at(states), self.env.h(states)))
        top = float(np.abs(V).max()) or 1.0
        image = ax.pcolormesh(x, y, V, cmap=_look.values_map(), vmin=-top, vmax=top, shading="nearest", rasterized=True)
        symbol, kind = ("V_h", "safe") if self.goal == "avoid" else ("V", "reach")
        ax.figure.colorbar(image, ax=ax, label=symbol)
        if self.goal != "reach":
            _look.line_of(ax, x, y, h, "h = 0", color="#444444", linewidth=1.5, linestyle="dashed")
        _look.line_of(ax, x, y, V, f"{symbol} = 0: edge of the {kind} set", color="#000000", linewidth=2.5)
        label_plane(ax, self.env)
        return ax


def _environment(folder: str) -> str:
    """The name of what was solved in a folder, or the copy of its file there."""
    try:
        with open(os.path.join(folder, "grid.json"), encoding="utf-8") as file:
            facts = json.load(file)
        copy = facts.get("environment_file")
        return os.path.join(folder, copy) if copy else str(facts["environment"])
    except (OSError, ValueError, KeyError) as error:
        raise _duro.FileError(f"{folder} is not the folder of a finished solution: it holds no readable grid.json") from error


def plane(env: Env, at: Any = None, points: int = 201) -> "tuple[Array, Array, Array]":
    """(x, y, states): the two states of the environment's picture over its region (points), and every pair of them as
    rows of states (points^2 x nx), x fastest; the other states are those of `at`, or the middle of the region."""
    first, second = env.slice
    x, y = (np.linspace(env.x_low[s], env.x_high[s], points) for s in (first, second))
    states = np.tile((env.x_low + env.x_high) / 2 if at is None else np.asarray(at, dtype=float), (points * points, 1))
    states[:, first], states[:, second] = np.tile(x, points), np.repeat(y, points)
    return x, y, states


def label_plane(ax: Any, env: Env) -> None:
    """Names and units of the two states, a frame, and the legend."""
    for set_label, state in zip((ax.set_xlabel, ax.set_ylabel), env.slice):
        unit = env.x_units[state]
        set_label(f"{env.x_names[state]} ({unit})" if unit else env.x_names[state])
    _look.framed(ax)
    _look.legend(ax)


def solve(env: Any, grid: Union[None, int, Sequence[int]] = None, *, task: bool = True,
          low: Optional[Sequence[float]] = None, high: Optional[Sequence[float]] = None,
          callback: Optional[Callable[["dict[str, Any]"], Any]] = None, resume: Optional[Path] = None,
          progress: Union[bool, str] = "auto", **settings: Any) -> Solution:
    """Solves safety, and with `task` the best return inside the safe set, on a grid of up to six states.

    `grid`: vertices of each axis, or of all; default: what fits. `low`, `high`: edges per axis; default: the region of
    interest. Keywords are the settings grid.*: `solve(env, 101, discount=0.99)`, or to reach a target `solve(env, 101,
    method="hj", goal="reach", target="x1 in [-1, 1]", time=2)`. `callback(progress)` is asked between
    sweeps; False stops, with a solution that may be saved and gone on from.
    """
    env = as_env(env)
    env._need_states("a grid")
    settings = dict(settings, task=task)
    shape = None if grid is None else np.atleast_1d(grid).astype(float)
    solution = Solution(_duro.create_grid(env._core, pairs(settings, "grid"), shape, low, high), env)
    if resume is not None:
        solution._core.file(True, os.fspath(resume))
    with _look.Line(progress, f"solving {env.name}") as line:

        def report(now: "dict[str, Any]") -> Any:
            if line.due():
                line.show(f"{now['stage']}, sweep {now['sweeps']}, change {now['change']:.3g}, "
                          f"{100 * now['volume']:.4g} % {solution._word()}")
            return callback(now) if callback else None

        solution.finished = solution._core.solve(False, report)
        if solution.finished and solution._core.about()["task"]:
            solution.finished = solution._core.solve(True, report)
            solution.has_task = solution.finished
    return solution
