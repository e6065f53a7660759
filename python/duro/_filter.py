"""Safety filters: what is not admissible does not reach the system."""
from __future__ import annotations

import os
import warnings
from typing import Any, NamedTuple, Optional, Union

import numpy as np

from duro import _duro, _look
from duro._arrays import taken
from duro._certify import Certificate
from duro._policy import Policy, as_policy
from duro._solve import Solution

Array = np.ndarray

_CERTIFICATE = "set.certificate"


class Answer(NamedTuple):
    """What a filter did at n states."""

    replaced: Array  #: (n) whether it stepped in
    margin: Array  #: (n) margin of the control that is taken
    proposed: Array  #: (n) margin of the control that it was given


class Counts(NamedTuple):
    """What a filter did so far, in all calls and evaluations that have ended."""

    steps: int  #: controls that it was asked for
    interventions: int  #: of these another control was taken
    fallbacks: int  #: of those it was the fallback
    missed: int  #: of all steps those where nothing admissible was found
    least: float  #: smallest margin of a control that was taken; infinite before the first


class Filter:
    """A safety filter around whatever chooses controls: its control while that is admissible, else the nearest
    admissible one, or the fallback. docs/filter.md says what each source knows.

    `source`: a policy, a training, a run or its folder (learned: it looks at observations); a `Solution` or the folder
    of `duro solve`; a `Certificate` or its file (these look at states). `env` is wanted where a path does not say of
    which environment it is. `margin`: a control is admissible when its margin is at least this; default: the source's
    own. `remedy`: "fallback", "nearest" or "box"; default: the fallback of a learned source, the nearest of others.
    `hysteresis`: once it stepped in, the controller's control passes again only with a margin so much larger.
    """

    def __init__(self, source: Any, env: Any = None, *, margin: Optional[float] = None, remedy: Optional[str] = None,
                 hysteresis: Optional[float] = None) -> None:
        self.source, self.name = _opened(source, env)  #: a Policy, Solution or Certificate; what tables call it
        learned = isinstance(self.source, Policy)
        self.remedy = remedy or ("fallback" if learned else "nearest")  #: "fallback", "nearest" or "box"
        self.hysteresis = float(hysteresis or 0)  #: in the units of the margin
        self._core = _duro.create_filter(self.source._core, self.remedy, float("nan") if margin is None else margin,
                                         self.hysteresis)
        about = self._core.about()
        self.margin: float = about["margin"]  #: what is asked for
        self.looks_at = "observations" if learned else "states"  #: what it has to be given
        self._nu: int = about["nu"]
        self.hash: int = about["hash"]  #: of everything that decides what it does

    def __repr__(self) -> str:
        return f"<duro.Filter by {self.source!r}, {self.remedy}, margin {self.margin:g}>"

    def _repr_html_(self) -> str:
        rows = [("source", repr(self.source)), ("remedy", self.remedy), ("margin", f"{self.margin:g}"),
                ("looks at", self.looks_at), *((name, f"{value:g}") for name, value in self.counts._asdict().items())]
        return _look.table("filter", (), rows)

    def __call__(self, seen: Any, u: Any, held: Any = None) -> "tuple[Array, Answer]":
        """(u, answer): the controls to take (n x nu), float32, in place of `u` (n x nu), and what was done.

        `seen`: observations (n x no) for a learned source, states (n x nx) for the others, or a single row of either.
        `held` (n): `answer.replaced` of the step before, which hysteresis looks at; leave it out at the start of an
        episode. Tensors of other libraries are answered with tensors.
        """
        seen, back = taken(seen)
        control, *answer = self._core.apply(seen, taken(u)[0], None if held is None else taken(held)[0])
        control = control.reshape(self._nu if np.ndim(seen) < 2 else (-1, self._nu))
        return back(control), Answer(*map(back, answer))

    def around(self, player: Any) -> "Filtered":
        """A controller or policy behind this filter: `eval`, `attack` and `rollout` take it as a player."""
        if isinstance(player, Filtered):
            raise TypeError("wanted a player that is not behind a filter already")
        return Filtered(self, player)

    @property
    def counts(self) -> Counts:
        """What it did so far."""
        return Counts(**self._core.count())

    @property
    def acting(self) -> str:
        """What tables call a player behind it, as the command line does: "filtered-by-<name>"."""
        return f"filtered-by-{self.name}"


class Filtered:
    """A controller or policy behind a filter. Made by `Filter.around`."""

    def __init__(self, filter: Filter, player: Any) -> None:
        self.filter, self.player = filter, player
        self.env = getattr(player, "env", None)

    def __repr__(self) -> str:
        return f"<{self.player!r} behind {self.filter!r}>"

    def predict(self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = True, *,
                x: Any = None) -> "tuple[Array, Any]":
        """(u, state) as Stable-Baselines3 has it, of a player with `predict`, or of a function (obs, x) -> u.

        `x` (n x nx): the states, which solutions and certificates look at. The filter keeps nothing from call to call:
        for hysteresis call it with `held`.
        """
        if self.filter.looks_at == "states" and x is None:
            raise _duro.ArgumentError("the filter looks at states; wanted x beside the observations")
        if callable(getattr(self.player, "predict", None)):
            u, state = self.player.predict(observation, state=state, episode_start=episode_start, deterministic=deterministic)
        elif isinstance(getattr(self.player, "policy", None), Policy):
            u = self.player.policy.predict(observation)[0]
        elif callable(self.player):
            u = self.player(observation, x)
        else:
            raise TypeError(f"{self.player!r} has no predict, and is no function")
        return self.filter(observation if self.filter.looks_at == "observations" else x, u)[0], state


def _opened(source: Any, env: Any) -> "tuple[Union[Policy, Solution, Certificate], str]":
    """A source, and its name in tables."""
    if isinstance(source, (Solution, Certificate)):
        return source, "solution" if isinstance(source, Solution) else "certificate"
    if not isinstance(source, (str, os.PathLike)):
        return as_policy(source), "policy"
    path = os.fspath(source)
    if not os.path.exists(path):
        raise _duro.ArgumentError(f"filter: {path} does not exist; wanted 'off', 'on', 'both', or a run, solution or certificate")
    folder, file = os.path.split(path)
    if not os.path.isdir(path) and file.endswith(".safetensors"):  # a checkpoint or a snapshot
        return as_policy(path), file[: -len(".safetensors")]
    if os.path.isdir(path) and os.path.exists(os.path.join(path, "grid.json")):
        return Solution.load(path, env), _last(path)
    if os.path.isdir(path) and not os.path.exists(os.path.join(path, _CERTIFICATE)):
        return as_policy(path), _last(path)
    beside = os.path.join(folder, "grid.json") if not os.path.isdir(path) else ""
    if env is None and not os.path.exists(beside):
        raise _duro.ArgumentError(f"filter: {path} does not say of which environment it is; wanted env")
    certificate = Certificate.load(path, Solution.load(folder, accept_failed=True).env if env is None else env)
    return certificate, f"{_last(folder)}-certificate" if file == _CERTIFICATE and folder else _last(path)


def _last(path: str) -> str:
    """The last name of a path."""
    return os.path.basename(os.path.abspath(path))


def warn_of(filter: Filter, env: Any) -> None:
    """Says where a source is about another environment than that which is played."""
    source = filter.source
    if isinstance(source, Certificate) and not source.is_of(env):
        warnings.warn(f"the certificate is of other numbers of {env.name}: it proves nothing here", stacklevel=3)
    if isinstance(source, Solution) and source.env.hash != env.hash:
        warnings.warn(f"the solution is of {source.env!r} with other numbers than {env!r}", stacklevel=3)


def as_filter(what: Any, env: Any, remedy: Optional[str], margin: Optional[float]) -> Filter:
    """A filter, or one of a source."""
    if not isinstance(what, Filter):
        return Filter(what, env, margin=margin, remedy=remedy)
    if remedy is not None or margin is not None:
        raise ValueError("a Filter has its remedy and margin; wanted its source, or neither of them")
    return what
