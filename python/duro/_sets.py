"""Learned safe sets against the truth."""
from __future__ import annotations

from typing import Any, NamedTuple, Optional

import numpy as np

from duro import _duro, _look
from duro._env import Env, as_env
from duro._policy import Policy, as_policy
from duro._solve import Solution, label_plane, plane


class _Numbers(NamedTuple):
    """Counts of cells of the region, the shares made of them, and what the policy keeps."""

    cells: int
    learned: int  #: cells in the learned set
    exact: int  #: cells in the true one
    both: int
    iou: float  #: both / (learned or exact); NaN where both sets are empty
    false_safe: float  #: claimed safe, truly unsafe: share of all cells; the dangerous error
    false_unsafe: float  #: truly safe, not claimed: share of all cells
    learned_share: float
    exact_share: float
    starts: int  #: starts in the true set that pi_h was rolled out from
    kept: int  #: of them those that no attacker broke
    broken: "dict[str, int]"  #: starts that each attacker broke


class SetComparison(_Numbers):
    """A learned set against the truth. Made by `duro.sets`."""

    policy: Policy
    env: Env
    truth: Optional[Solution]  #: None: the closed form
    ahead: bool
    level: float

    def __repr__(self) -> str:
        return (f"{self.env.name}: IoU {self.iou:.4f}, falsely safe {100 * self.false_safe:.3f} %, falsely given up "
                f"{100 * self.false_unsafe:.3f} %, kept {self.kept}/{self.starts} starts")

    def _repr_html_(self) -> str:
        rows = [("overlap with the true set (IoU)", f"{self.iou:.4f}"),
                ("falsely claimed safe", (f"{100 * self.false_safe:.3f} %", self.false_safe > 0)),
                ("falsely given up", f"{100 * self.false_unsafe:.3f} %"),
                ("true set", f"{100 * self.exact_share:.2f} % of {self.cells} cells"),
                ("kept by pi_h", (f"{self.kept} of {self.starts} starts", self.kept < self.starts))]
        return _look.table(f"{self.policy.algorithm} on {self.env.name}: the learned set against the true one", (), rows)

    def to_pandas(self) -> Any:
        """The numbers, as a pandas.Series."""
        import pandas

        numbers = self._asdict()
        broken = {f"broken_{name}": count for name, count in numbers.pop("broken").items()}
        return pandas.Series({**numbers, **broken})

    def plot(self, ax: Any = None, at: Any = None) -> Any:
        """The learned set over the true one in the two states of the environment's picture, with matplotlib; the other
        states are those of `at` (nx), by default the middle of the region."""
        from matplotlib.colors import ListedColormap

        ax = _look.axes(ax)
        x, y, states = plane(self.env, at)
        shape = (len(y), len(x))
        truth = _duro.truth_at(self.env._core, self.truth and self.truth._core, states).reshape(shape)
        learned = self.policy.safety_value(self.env.observe(states)).astype(float) - self.level
        if self.ahead:
            learned = np.minimum(learned, self.env.h(states) / self.env.h_scale - self.level)
        learned = learned.reshape(shape)
        kind = np.where(learned >= 0, np.where(truth >= 0, 1, 3), np.where(truth >= 0, 2, 0))
        ax.pcolormesh(x, y, kind, cmap=ListedColormap(list(_look.OVERLAP)), vmin=0, vmax=3, shading="nearest",
                      rasterized=True)
        _look.line_of(ax, x, y, truth, "edge of the true set", color="#0072B2", linewidth=2.5)
        _look.line_of(ax, x, y, learned, "Q_h = 0: edge of the learned set", color="#000000", linewidth=2)
        for colour, label in ((_look.OVERLAP[3], "falsely claimed safe"), (_look.OVERLAP[2], "falsely given up")):
            ax.plot([], [], "s", color=colour, label=label)
        label_plane(ax, self.env)
        return ax


def sets(policy: Any, env: Any = None, truth: Optional[Solution] = None, *, ahead: bool = False, points: int = 0,
         level: float = 0.0, starts: int = 1000, horizon: int = 0, threads: int = 0) -> SetComparison:
    """Compares the set that a policy's safety critic claims with the truth: a solved grid, or, where `truth` is None,
    the closed form that the double integrators have.

    `ahead`: the critic is the value of the next state (the setting learn.ahead of its training). `points`: vertices of
    each axis; default: what fits. `starts`: most starts to roll out; 0: every cell of the true set.
    """
    policy = as_policy(policy)
    env = truth.env if env is None and truth is not None else as_env(env or policy.environment)
    env._need_states("a comparison of sets")
    given = (env._core, policy._core, None if truth is None else truth._core, points, level, ahead, threads, horizon,
             starts)
    result = SetComparison(**_duro.compare_sets(*given), **_duro.keep_sets(*given))
    result.policy, result.env, result.truth, result.ahead, result.level = policy, env, truth, ahead, level
    return result
