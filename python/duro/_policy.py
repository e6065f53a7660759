"""Frozen policies."""
from __future__ import annotations

import os
from typing import Any, Optional, Union

import numpy as np

from duro import _duro, _look
from duro._arrays import taken

Array = np.ndarray

ACTS = {"pi": 0, "pi_h": 1, "filtered": 2}
NETS = {"pi": 0, "pi_h": 1, "mu": 2, "mu_h": 3, "Qh": 4, "lambda": 5}


class Policy:
    """A frozen policy with its adversaries and safety filter. It never changes, and may be used from many threads.

    Made by `duro.load` and `Training.policy`. Stochastic policies act by their mode.
    """

    algorithm: str  #: "DRAC"
    environment: str  #: name of the environment it was trained on
    deployed: str  #: what the trial of its training found best: "pi", "filtered" or "pi_h"; "": it had none
    no: int  #: number of observations
    nu: int  #: number of controls
    na: int  #: number of disturbances
    levels: int  #: equally spaced values of each control between which its policies choose; 0: any
    step: int  #: environment steps seen when it was frozen
    update: int  #: updates made
    margin: float  #: default margin of its filter, in h_unit
    h_unit: float  #: what 1 means to the safety value and the margin: this much of h, scaled
    nets: "list[str]"  #: networks it has: "pi", "pi_h", "mu", "mu_h", "Qh", "lambda"
    hash: int  #: of everything that decides what it does

    def __init__(self, core: Any) -> None:
        self._core = core
        for key, value in core.about().items():
            setattr(self, key, value)

    def __repr__(self) -> str:
        return f"<duro.Policy {self.algorithm} on {self.environment}, step {self.step}>"

    def _repr_html_(self) -> str:
        keys = ("algorithm", "environment", "step", "update", "no", "nu", "na", "margin")
        rows = [(key, getattr(self, key)) for key in keys] + [("networks", ", ".join(self.nets)), ("acts by", self.default_act)]
        return _look.table("policy", (), rows)

    def __reduce__(self) -> Any:
        raise TypeError("a policy is not pickled; Training.save_policy and duro.load write and read a data file")

    def can(self, act: str) -> bool:
        """Whether it can act by "pi", "pi_h" or "filtered"."""
        return self._core.can(_number(ACTS, act, "act"))

    @property
    def default_act(self) -> str:
        """How it acts where nothing is said: as its training found best, else by its task policy, else by pi_h."""
        return self.deployed or self.plain_act

    @property
    def plain_act(self) -> str:
        """Its task policy alone: "pi", or "pi_h" where there is none."""
        return "pi" if self.can("pi") else "pi_h"

    def _act(self, act: Optional[str]) -> int:
        act = act or self.default_act
        if not self.can(act):
            raise _duro.ArgumentError(f"a policy of {self.algorithm} lacks the networks to act by {act!r}")
        return ACTS[act]

    def predict(self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = True, *,
                act: Optional[str] = None, margin: Optional[float] = None) -> "tuple[Array, Any]":
        """(u, state) as Stable-Baselines3 has it: controls (n x nu), float32, of observations (n x no), or (nu) of (no).

        `act`: "pi", "pi_h", or "filtered", pi behind the safety filter with `margin`; default: `default_act`. `state`
        is given back; `episode_start` and `deterministic` change nothing. Tensors of other libraries (torch, JAX) in
        the memory of the CPU are read without a copy, by DLPack, and answered with tensors of that library; so it is in
        the functions below.
        """
        return self.act(observation, act, margin)[0], state

    def act(self, observation: Any, act: Optional[str] = None, margin: Optional[float] = None) -> "tuple[Array, Array]":
        """(u, replaced): controls (n x nu), and whether the filter put pi_h's in place of pi's (n)."""
        observation, back = taken(observation)
        u, replaced = self._core.act(observation, self._act(act), self.margin if margin is None else margin)
        return back(u), back(replaced)

    def disturb(self, observation: Any, net: str = "mu_h", u: Any = None) -> Array:
        """Disturbances (n x na) of its adversary "mu_h" (safety) or "mu" (performance) at observations (n x no); one
        that sees the control answers `u` (n x nu), or, where that is None, the control of pi_h."""
        self._need(net, "mu", "mu_h")
        observation, back = taken(observation)
        return back(self._core.disturb(observation, None if u is None else taken(u)[0], NETS[net]))

    def safety_value(self, observation: Any) -> Array:
        """Q_h(x, pi_h(x), mu_h(x)) (n), h scaled; >= 0 is the learned robust invariant set."""
        self._need("Qh", "Qh")
        observation, back = taken(observation)
        return back(self._core.safety_value(observation))

    def multiplier(self, observation: Any) -> Array:
        """The multiplier lambda(x) (n)."""
        self._need("lambda", "lambda")
        observation, back = taken(observation)
        return back(self._core.multiplier(observation))

    def export(self, folder: Union[str, "os.PathLike[str]"], *, env: Any = None, prefix: Optional[str] = None,
               act: Optional[str] = None, margin: Optional[float] = None, limit: Optional[float] = None,
               fallback: Any = None) -> str:
        """Writes it as freestanding C99, PREFIX.c and PREFIX.h, into an existing folder, and gives back the prefix.

        `act`: the deployed action; default: as its training found best, else filtered where it can be. `limit`: largest
        observation that is no fault; `fallback` (nu): the control where one is; `env` gives names and units.
        """
        from duro._env import as_env

        nan = float("nan")
        return _duro.export_c(self._core, os.fspath(folder), prefix, -1 if act is None else self._act(act),
                              nan if margin is None else margin, nan if limit is None else limit, fallback,
                              None if env is None else as_env(env)._core)

    def _need(self, net: str, *wanted: str) -> None:
        if net not in wanted:
            raise ValueError(f"net is {net!r}; wanted {' or '.join(map(repr, wanted))}")
        if net not in self.nets:
            raise _duro.ArgumentError(f"a policy of {self.algorithm} has no network {net}")


def _number(table: "dict[str, int]", word: str, what: str) -> int:
    if word not in table:
        raise ValueError(f"{what} is {word!r}; wanted one of {', '.join(map(repr, table))}")
    return table[word]


def load(path: Union[str, "os.PathLike[str]"]) -> Policy:
    """The policy of a run folder (the snapshot that training chose, else the newest), of a checkpoint or a snapshot."""
    return Policy(_duro.load_policy(os.fspath(path)))


def as_policy(what: Any) -> Policy:
    """A policy, or the one of a path or a training."""
    if isinstance(what, Policy):
        return what
    if isinstance(what, (str, os.PathLike)):
        return load(what)
    inner = getattr(what, "policy", None)
    if isinstance(inner, Policy):
        return inner
    raise TypeError(f"wanted a policy, a training or a path, not {what!r}")
