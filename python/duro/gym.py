"""Systems as Gymnasium environments: `gymnasium.make("duro/CartPole-v0", adversary="random")`, `make_vec` likewise.

The agent plays the control u in [-1, 1]^nu; an adversary, chosen when the environment is made, plays the disturbance.
`info` has `h`, the constraint at the new state (safe while it is not negative), and `cost`, 1.0 where h < 0, as
Safety-Gymnasium has it. The reset with seed s begins episode 0 of `duro.eval(seed=s)`, the next one episode 1, and so on.
"""
from __future__ import annotations

from typing import Any, Callable, Optional, Union

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from duro import _duro
from duro._env import Env, as_env, envs
from duro._policy import Policy, as_policy
from duro._wrap import wrap as wrap

Array = np.ndarray
#: a = adversary(obs (n x no), u (n x nu), rng) -> (n x na); a name; a policy, whose mu_h attacks; or a constant (na)
Adversary = Union[None, str, Policy, Callable[..., Any], Any]

_MODES = {AutoresetMode.NEXT_STEP: 0, AutoresetMode.SAME_STEP: 1, AutoresetMode.DISABLED: 2}


def id_of(name: str) -> str:
    """ "cartpole" -> "duro/CartPole-v0" """
    known = {"cartpole": "CartPole", "cartpole-mujoco": "CartPoleMujoco"}
    return f"duro/{known.get(name) or ''.join(part[:1].upper() + part[1:] for part in name.split('-'))}-v0"


def register() -> None:
    """Makes every built-in environment known to Gymnasium. Importing duro does it."""
    for name in envs():
        if id_of(name) not in gymnasium.registry:
            gymnasium.register(id=id_of(name), entry_point="duro.gym:GymEnv", vector_entry_point="duro.gym:GymVectorEnv",
                               kwargs={"env": name})


def _disturber(adversary: Adversary, env: Env, net: str) -> Optional[Callable[..., Any]]:
    """a (n x na), or None for none, from (obs, u, rng, episodes)."""
    na = env.na
    if adversary is None or adversary == "none" if isinstance(adversary, (str, type(None))) else False:
        return None
    if isinstance(adversary, str) and adversary == "random":
        return lambda obs, u, rng: rng.uniform(-1.0, 1.0, (len(obs), na))
    if isinstance(adversary, str) or isinstance(getattr(adversary, "policy", adversary), Policy):
        policy = as_policy(adversary)
        if (policy.no, policy.na) != (env.no, na):
            raise _duro.ArgumentError(f"{policy!r} cannot attack {env!r}")
        return lambda obs, u, rng: policy.disturb(obs, net, u)
    if callable(adversary):
        return adversary
    constant = np.asarray(adversary, dtype=np.float32).reshape(-1)
    if constant.shape != (na,):
        raise ValueError(f"the adversary is {adversary!r}; wanted a name, a policy, a function, or {na} numbers")
    return lambda obs, u, rng: constant


class _Play:
    """What a single and a vectorised environment share: n episodes in a batch of the library."""

    def __init__(self, env: Any, n: int, mode: int, adversary: Adversary, net: str, horizon: Optional[int], start: str,
                 settings: "dict[str, Any]") -> None:
        from duro._env import make

        if start not in ("eval", "train"):
            raise ValueError(f'start is {start!r}; wanted "eval" or "train"')
        self.env = make(env, **settings) if settings else as_env(env)
        self.disturb = _disturber(adversary, self.env, net)
        self.batch = _duro.create_batch(self.env._core, n, mode, horizon or 0, start == "train")
        self.obs: Array = np.zeros((n, self.env.no), np.float32)

    @property
    def spaces(self) -> "tuple[gymnasium.spaces.Box, gymnasium.spaces.Box]":
        """Of an observation, and of a control."""
        return (gymnasium.spaces.Box(-np.inf, np.inf, (self.env.no,), np.float32),
                gymnasium.spaces.Box(-1.0, 1.0, (self.env.nu,), np.float32))

    def begin(self, seeds: Any, mask: Any, x: Any) -> Array:
        """h (n)"""
        self.obs, h = self.batch.reset(seeds, mask, x)
        return h

    def step(self, u: Any, rng: Any) -> "tuple[Any, ...]":
        """(obs, r, terminated, truncated, h, last observations or None, h of the step)"""
        a = self.disturb(self.obs, u, rng) if self.disturb else None
        result = self.batch.step(u, a)
        self.obs = result[0]
        return result


class GymEnv(gymnasium.Env):  # type: ignore[type-arg]
    """One episode at a time.

    `env`: a name, a file, a `System` or an `Env`; further keywords are its settings. `adversary`: None, "random", a
    policy or its path (`net`: its "mu_h" or "mu"), a function (obs, u, rng) -> a, or a constant (na). `horizon`:
    steps after which an episode is truncated; default: the environment's. `start`: "eval" or "train".
    """

    metadata = {"render_modes": []}
    render_mode = None

    def __init__(self, env: Any, adversary: Adversary = None, net: str = "mu_h", horizon: Optional[int] = None,
                 start: str = "eval", render_mode: Optional[str] = None, **settings: Any) -> None:
        if render_mode is not None:
            raise ValueError("there is no picture of it here; `duro play` makes films")
        self._play = _Play(env, 1, 2, adversary, net, horizon, start, settings)
        self.observation_space, self.action_space = self._play.spaces

    @property
    def duro_env(self) -> Env:
        """The environment inside."""
        return self._play.env

    @property
    def state(self) -> Array:
        """x (nx)"""
        return self._play.batch.states()[0]

    def reset(self, *, seed: Optional[int] = None, options: Optional["dict[str, Any]"] = None) -> "tuple[Array, dict[str, Any]]":
        """options={"x": (nx)} begins at that state."""
        first = seed is None and self._np_random is None
        super().reset(seed=seed)
        if first:
            seed = int(self.np_random.integers(2**31))
        h = self._play.begin(None if seed is None else np.array([seed]), None, (options or {}).get("x"))
        return self._play.obs[0], _info(float(h[0]))

    def step(self, action: Any) -> "tuple[Array, float, bool, bool, dict[str, Any]]":
        """(obs, reward, terminated, truncated, info)"""
        u = np.asarray(action, np.float32).reshape(1, -1)
        obs, r, terminated, truncated, h, _, _ = self._play.step(u, self.np_random if self._play.disturb else None)
        return obs[0], float(r[0]), bool(terminated[0]), bool(truncated[0]), _info(float(h[0]))


def _info(h: float) -> "dict[str, Any]":
    return {"cost": 1.0 if h < 0 else 0.0, "h": h}


class GymVectorEnv(VectorEnv):  # type: ignore[type-arg]
    """Many episodes at once: a step of all of them is one call of the library. Arguments as for `GymEnv`."""

    metadata: "dict[str, Any]" = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(self, env: Any, num_envs: int = 1, adversary: Adversary = None, net: str = "mu_h",
                 horizon: Optional[int] = None, start: str = "eval", render_mode: Optional[str] = None,
                 autoreset_mode: Union[str, AutoresetMode] = AutoresetMode.NEXT_STEP, **settings: Any) -> None:
        if render_mode is not None:
            raise ValueError("there is no picture of it here; `duro play` makes films")
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.num_envs = num_envs
        self._play = _Play(env, num_envs, _MODES[self.autoreset_mode], adversary, net, horizon, start, settings)
        self.single_observation_space, self.single_action_space = self._play.spaces
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._all = np.ones(num_envs, bool)

    @property
    def duro_env(self) -> Env:
        """The environment inside."""
        return self._play.env

    @property
    def states(self) -> Array:
        """x (n x nx)"""
        return self._play.batch.states()

    def reset(self, *, seed: Any = None, options: Optional["dict[str, Any]"] = None) -> "tuple[Array, dict[str, Any]]":
        """A seed s is s, s + 1, ... for the episodes; options may have "reset_mask" (n) and "x" (n x nx)."""
        options = options or {}
        if isinstance(seed, (int, np.integer)) or seed is None:
            first = seed is None and self._np_random is None
            super().reset(seed=None if seed is None else int(seed))
            start = int(self.np_random.integers(2**31)) if first else seed
            seeds = None if start is None else start + np.arange(self.num_envs)
        else:
            seeds = np.asarray(seed)
        h = self._play.begin(seeds, options.get("reset_mask"), options.get("x"))
        return self._play.obs, self._infos(h)

    def step(self, actions: Any) -> "tuple[Array, Array, Array, Array, dict[str, Any]]":
        """(obs (n x no), rewards (n), terminated (n), truncated (n), infos)"""
        rng = self.np_random if self._play.disturb else None
        obs, r, terminated, truncated, h, last, ending = self._play.step(actions, rng)
        infos = self._infos(h)
        if last is not None:
            infos.update(self._final(last, terminated | truncated, ending))
        return obs, r, terminated, truncated, infos

    def _infos(self, h: Array) -> "dict[str, Any]":
        return {"cost": (h < 0).astype(float), "_cost": self._all, "h": h, "_h": self._all}

    def _final(self, last: Array, ended: Array, h: Array) -> "dict[str, Any]":
        """Observation and info of the episodes that ended in this step, where the next ones began in it."""
        observations = np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(ended):
            observations[i] = last[i]
        info = {"cost": np.where(ended, h < 0, 0.0), "_cost": ended, "h": np.where(ended, h, 0.0), "_h": ended}
        return {"final_obs": observations, "_final_obs": ended, "final_info": info, "_final_info": ended}
