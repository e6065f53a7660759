"""Certificates: sets from inside, with a proof."""
from __future__ import annotations

import os
from typing import Any, Callable, Optional, Sequence, Union

import numpy as np

from duro import _duro, _look
from duro._env import Env, as_env
from duro._settings import pairs
from duro._solve import Solution, plane, solve

Array = np.ndarray


class Certificate:
    """A set whose every state can be kept in it for ever, whatever the disturbance, with h >= 0 on all of it: proved.
    Made by `duro.certify`; `duro-recheck` proves the file that `save` writes without this library."""

    def __init__(self, core: Any, env: Env) -> None:
        self._core = core
        self.env = env
        self.volume: float = core.volume(False)  #: of the set, in the units of the axes
        self.volume_inside: float = core.volume(True)  #: of its part between the edges of the axes
        self.solution: Optional[Solution] = None  #: the value that the proof began with; None for cones

    def __repr__(self) -> str:
        return f"<duro.Certificate of {self.env.name}, volume {self.volume:.4g}>"

    def _repr_html_(self) -> str:
        return _look.table(f"certificate of {self.env.name}", (), [("volume", f"{self.volume:.6g}"),
                                                                    ("between the edges", f"{self.volume_inside:.6g}")])

    def value(self, x: Any) -> Array:
        """V (n) at states (n x nx): at least 0 in the set."""
        return self._core.value(x)

    def contains(self, x: Any) -> Array:
        """(n) whether states (n x nx) lie in the set."""
        return self._core.control(x)[1]

    def control(self, x: Any) -> "tuple[Array, Array]":
        """(u, inside): the proved controls (n x nu) at states (n x nx), 0 where a state is not in the set."""
        return self._core.control(x)

    def share(self, solution: Solution) -> float:
        """Certified volume over that of the solved set {V_h >= 0}, between the edges of the axes."""
        whole = _duro.volume_of(solution._core, 0.0)
        return self.volume_inside / whole if whole > 0 else float("nan")

    @classmethod
    def load(cls, path: "Union[str, os.PathLike[str]]", env: Any) -> "Certificate":
        """The certificate of a file, or of the file set.certificate of a folder, that is of this environment. What it
        says is not proved again, which is for `duro-recheck`; `is_of` says whether it is about these very numbers."""
        env, path = as_env(env), os.fspath(path)
        file = os.path.join(path, "set.certificate") if os.path.isdir(path) else path
        return cls(_duro.load_certificate(file, env._core), env)

    def is_of(self, env: Any) -> bool:
        """Whether it is about this environment with all its numbers: of another one it proves nothing."""
        return self._core.is_of(as_env(env)._core)

    def save(self, path: "Union[str, os.PathLike[str]]") -> None:
        """Writes the file that `duro-recheck` checks."""
        self._core.save(os.fspath(path))

    def export(self, folder: "Union[str, os.PathLike[str]]", *, prefix: Optional[str] = None) -> str:
        """Writes it as freestanding C99, PREFIX.c and PREFIX.h, into an existing folder, and gives back the prefix: the
        set, its control, what is proved of any other control, and a filter of them. Of cones alone."""
        return self._core.export(os.fspath(folder), prefix)

    def plot(self, ax: Any = None, at: Any = None, solution: Optional[Solution] = None) -> Any:
        """The certified set in the two states of the environment's picture, over a solved set where one is given."""
        ax = solution.plot(ax, at) if solution is not None else _look.axes(ax)
        x, y, states = plane(self.env, at)
        V = self.value(states).reshape(len(y), len(x))
        if V.max() >= 0:
            ax.contourf(x, y, V, levels=[0, max(float(V.max()), 1e-12)], colors=["#009E73"], alpha=0.3)
        _look.line_of(ax, x, y, V, "edge of the certified set", color="#009E73", linewidth=2.5)
        _look.legend(ax)
        return ax


def certify(env: Any, grid: Union[None, int, Sequence[int]] = None, *, low: Optional[Sequence[float]] = None,
            high: Optional[Sequence[float]] = None, amplitude: float = 1.05,
            callback: Optional[Callable[["dict[str, Any]"], Any]] = None, progress: Union[bool, str] = "auto",
            **settings: Any) -> Certificate:
    """Proves an inner set of an environment that states its formula: `duro solve --certify`.

    Keywords are the settings certificate.*, `certify(env, method="cones", cut=0.01)`, and `**{"grid.discount": 0.99}`.
    The method "grid" begins with the value of `grid`, solved against `amplitude` times the disturbance, since on the
    exact boundary nothing is left to prove with; cones take the edges alone. `callback(progress)` is asked after every
    round; False stops with `duro.Stopped`.
    """
    env = as_env(env)
    env._need_states("a certificate")
    given = pairs(settings, "certificate")
    proof = [pair for pair in given if not pair[0].startswith("grid.")]
    shape = None if grid is None else np.atleast_1d(grid).astype(float)
    of_grid = [pair for pair in given if pair[0].startswith("grid.")] + [("grid.amplitude", repr(float(amplitude))),
                                                                          ("grid.settled", "false"), ("grid.task", "false")]
    plan = (env._core, of_grid, proof, shape, low, high)
    solution = None
    with _look.Line(progress, f"proof for {env.name}") as line:
        if _duro.certificate_needs_value(plan):
            solution = solve(env, grid, low=low, high=high, progress=progress, **dict(of_grid))
        if solution is not None and not solution.finished:
            raise _duro.Stopped("the value that the proof begins with was stopped")

        def report(now: "dict[str, Any]") -> Any:
            if line.due():
                line.show(f"round {now['round']}, {now['cells']} cells, {now['failed']} of {now['tried']} not proved")
            return callback(now) if callback else None

        value = None if solution is None else solution.safety_value
        certificate = Certificate(_duro.create_certificate(plan, value, report), env)
    certificate.solution = solution
    return certificate
