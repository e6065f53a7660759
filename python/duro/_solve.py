"""Safety and task values on grids."""
from __future__ import annotations

import os
from typing import Any, Callable, NamedTuple, Optional, Sequence, Union

import numpy as np

from duro import _duro
from duro._env import Env, as_env
from duro._settings import pairs

Array = np.ndarray
Path = Union[str, "os.PathLike[str]"]

_FIELDS = ("h", "safety_value", "safety_policy", "safety_adversary", "task_value", "task_policy", "task_adversary")


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
        return f"<duro.Solution of {self.env.name} on {shape} vertices, {100 * self.volume():.4g} % safe>"

    def _read(self, name: str) -> Array:
        if name.startswith("task") and not self.has_task:
            raise _duro.ArgumentError("the task value was not solved")
        return self._core.read(_FIELDS.index(name))

    @property
    def h(self) -> Array:
        """The constraint at the vertices."""
        return self._read("h")

    @property
    def safety_value(self) -> Array:
        """V_h: the smallest h to come under the best control and the worst disturbance; >= 0 is the safe set."""
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
        """Controls (n x nu) at x (n x nx), one step ahead: the safest, or with `task` the best that stays safe."""
        return self._core.respond(x, None, task)

    def disturbance(self, x: Any, u: Any, *, task: bool = False) -> Array:
        """Worst disturbances (n x na) at x (n x nx) under u (n x nu), for safety or with `task` for the return."""
        return self._core.respond(x, u, task)

    def volume(self, level: float = 0.0) -> float:
        """Share of vertices with V_h >= level."""
        return self._core.volume(level)

    def save(self, path: Path) -> None:
        """Writes values and state, a tensor file that `solve(..., resume=path)` goes on from."""
        self._core.file(False, os.fspath(path))

    def plot(self, ax: Any = None, at: Any = None) -> Any:
        """The safe set, {V_h >= 0}, and {h >= 0} in the two states of the environment's picture, with matplotlib; the
        others lie at the vertices nearest to `at` (nx), by default the middle of the region."""
        import matplotlib.pyplot as plt

        ax = ax or plt.subplots()[1]
        shown = [a.state for a in self.axes if a.state in self.env.slice][:2]
        at = (self.env.x_low + self.env.x_high) / 2 if at is None else np.asarray(at)
        index = tuple(slice(None) if a.state in shown else int(np.abs(a.vertices - at[a.state]).argmin())
                      for a in self.axes)
        first, second = (next(a for a in self.axes if a.state == s) for s in shown)
        V, h = self.safety_value[index].T, self.h[index].T
        ax.contourf(first.vertices, second.vertices, V, levels=[0, np.inf], colors=["#9ecae1"])
        ax.contour(first.vertices, second.vertices, h, levels=[0], colors=["#444444"], linestyles="dashed")
        for set_label, state in ((ax.set_xlabel, shown[0]), (ax.set_ylabel, shown[1])):
            set_label(f"{self.env.x_names[state]} ({self.env.x_units[state]})")
        return ax


def solve(env: Any, grid: Union[None, int, Sequence[int]] = None, *, task: bool = True,
          low: Optional[Sequence[float]] = None, high: Optional[Sequence[float]] = None,
          callback: Optional[Callable[["dict[str, Any]"], Any]] = None, resume: Optional[Path] = None,
          **settings: Any) -> Solution:
    """Solves safety, and with `task` the best return inside the safe set, on a grid of up to six states.

    `grid`: vertices of each axis, or of all; default: what fits. `low`, `high`: edges per axis; default: the region of
    interest. Keywords are the settings grid.*: `solve(env, 101, discount=0.99)`. `callback(progress)` is asked between
    sweeps; False stops, with a solution that may be saved and gone on from.
    """
    env = as_env(env)
    settings = dict(settings, task=task)
    shape = None if grid is None else np.atleast_1d(grid).astype(float)
    solution = Solution(_duro.create_grid(env._core, pairs(settings, "grid"), shape, low, high), env)
    if resume is not None:
        solution._core.file(True, os.fspath(resume))
    solution.finished = solution._core.solve(False, callback)
    if solution.finished and solution._core.about()["task"]:
        solution.finished = solution._core.solve(True, callback)
        solution.has_task = solution.finished
    return solution
