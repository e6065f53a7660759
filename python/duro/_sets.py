"""Learned safe sets against the truth."""
from __future__ import annotations

from typing import Any, NamedTuple, Optional

from duro import _duro
from duro._env import as_env
from duro._policy import as_policy
from duro._solve import Solution


class SetComparison(NamedTuple):
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


def sets(policy: Any, env: Any = None, truth: Optional[Solution] = None, *, ahead: bool = False, points: int = 0,
         level: float = 0.0, starts: int = 1000, horizon: int = 0, threads: int = 0) -> SetComparison:
    """Compares the set that a policy's safety critic claims with the truth: a solved grid, or, where `truth` is None,
    the closed form that the double integrators have.

    `ahead`: the critic is the value of the next state (the setting learn.ahead of its training). `points`: vertices of
    each axis; default: what fits. `starts`: most starts to roll out; 0: every cell of the true set.
    """
    policy = as_policy(policy)
    env = truth.env if env is None and truth is not None else as_env(env or policy.environment)
    given = (env._core, policy._core, None if truth is None else truth._core, points, level, ahead, threads, horizon,
             starts)
    return SetComparison(**_duro.compare_sets(*given), **_duro.keep_sets(*given))
