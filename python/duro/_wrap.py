"""Gymnasium environments as systems of duro, with a disturbance of their action."""
from __future__ import annotations

import inspect
import threading
from typing import Any, Callable, Optional, Union

import gymnasium
import numpy as np
from gymnasium.spaces.utils import flatdim, flatten

from duro import _duro
from duro._env import Env, System, make

Array = np.ndarray
Make = Union[str, Callable[[], "gymnasium.Env[Any, Any]"]]

#: columns of a state before its observation, where states cannot be set
_SEED, _RUN, _STEPS, _H, _REWARD, _END, _HEAD = range(7)


def _text_of(function: Any) -> str:
    """What a function does, as text: its source, else its name."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return getattr(function, "__qualname__", repr(type(function)))


class _Wrapped(System):
    """What both kinds share: instances, spaces, the constraint, and the action under disturbance."""

    dt = 1.0

    def __init__(self, create: Make, h: Callable[..., Any], strength: float, failure: bool, h_scale: float, name: str) -> None:
        self._create, self._constraint, self._failure = create, h, failure
        self._lock = threading.Lock()  # the interpreter may turn to another thread within a function
        self._first = self._open()
        self.name = name or (self._first.spec.id if self._first.spec else type(self._first.unwrapped).__name__)
        self.title = "a Gymnasium environment"
        self._take_spaces(strength)
        self.h_scale = h_scale
        horizon = self._first.spec.max_episode_steps if self._first.spec else None
        self.horizon = horizon if horizon and horizon > 0 else System.horizon
        self._identity = "\n".join((str(create) if isinstance(create, str) else _text_of(create), _text_of(h),
                                    f"{strength} {failure} {h_scale}"))

    def _open(self) -> "gymnasium.Env[Any, Any]":
        if not isinstance(self._create, str):
            return self._create()
        return gymnasium.make(self._create, disable_env_checker=True, max_episode_steps=-1)

    def _take_spaces(self, strength: float) -> None:
        box = self._first.action_space
        if not (isinstance(box, gymnasium.spaces.Box) and np.isfinite(box.low).all() and np.isfinite(box.high).all()):
            raise _duro.ArgumentError(f"{self.name}: its actions are {box}; wanted a Box with finite edges")
        if not 0 <= strength <= 2:
            raise _duro.ArgumentError(f"strength is {strength}; wanted 0 to 2, as a share of half the range of each action")
        self._box, self._strength = box, strength
        self.nu = int(np.prod(box.shape))
        self.na = self.nu if strength > 0 else 0
        self.no = int(flatdim(self._first.observation_space))

    def _action(self, u: Array, a: Array) -> Array:
        """The action of the Gymnasium environment for u and a in [-1, 1]: u + strength a, clipped, in its own range."""
        share = u + self._strength * a if self.na else u
        low, high = self._box.low.ravel(), self._box.high.ravel()
        action = low + (np.clip(share, -1.0, 1.0) + 1.0) / 2.0 * (high - low)
        return action.reshape(self._box.shape).astype(self._box.dtype)

    def _flat(self, obs: Any) -> Array:
        return np.asarray(flatten(self._first.observation_space, obs), dtype=np.float64)

    def _ended(self, terminated: bool, truncated: bool) -> int:
        return 1 if terminated and self._failure else 2 if terminated or truncated else 0


class _Settable(_Wrapped):
    """A state is what `get` reads and `set` writes: a step is a pure function of it."""

    def __init__(self, get: Callable[..., Any], put: Callable[..., Any], see: Optional[Callable[..., Any]], **common: Any) -> None:
        super().__init__(**common)
        self._get, self._put, self._see = get, put, see or (lambda env: env.unwrapped._get_obs())
        self._identity += "".join(map(_text_of, (get, put, self._see)))
        self._last = threading.local()
        self._first.reset(seed=0)
        x = self._state()
        self._put(self._first, x)
        if not np.array_equal(self._state(), x):
            raise _duro.ArgumentError(f"{self.name}: set_state does not bring back what get_state gave")
        self._look()

    def _state(self) -> Array:
        return np.array(self._get(self._first), dtype=np.float64).ravel()

    def _look(self) -> Array:
        try:
            return self._flat(self._see(self._first))
        except AttributeError as error:
            raise _duro.ArgumentError(f"{self.name}: {error}; wanted observe(env), which gives the observation of the "
                                      "state that was set") from error

    def _visit(self, x: Array, what: Callable[[], Any]) -> "list[Any]":
        """what() at each state."""
        results = []
        with self._lock:
            for row in x:
                self._put(self._first, row.copy())
                results.append(what())
        return results

    def step(self, x: Array, u: Array, a: Array) -> Array:
        x2, told = np.empty_like(x), np.empty((len(x), 2))
        with self._lock:
            for i in range(len(x)):
                self._put(self._first, x[i].copy())
                _, r, terminated, truncated, _ = self._first.step(self._action(u[i], a[i]))
                x2[i], told[i] = self._state(), (r, self._ended(terminated, truncated))
        self._last.step = x, u, a, x2, told
        return x2

    def _told(self, x: Array, u: Array, a: Array, x2: Array) -> Array:
        """(reward, end) of a step, which is most often the last one of this thread."""
        last = getattr(self._last, "step", None)
        if last is None or not all(np.array_equal(one, other) for one, other in zip(last[:4], (x, u, a, x2))):
            self.step(x, u, a)
            last = self._last.step
        return last[4]

    def h(self, x: Array) -> Array:
        return np.array([float(v) for v in self._visit(x, lambda: self._constraint(self._see(self._first), {}))])

    def reward(self, x: Array, u: Array, a: Array, x2: Array) -> Array:
        return self._told(x, u, a, x2)[:, 0]

    def end(self, x2: Array) -> Array:  # called after the step that led to x2, by the same thread
        last = getattr(self._last, "step", None)
        if last is None or not np.array_equal(last[3], x2):
            return np.zeros(len(x2))
        return last[4][:, 1]

    def observe(self, x: Array) -> Array:
        return np.array(self._visit(x, self._look)).reshape(len(x), -1)

    def reset(self, uniform: Callable[..., Any], start: str) -> Array:
        with self._lock:
            self._first.reset(seed=int(uniform(0, 2**31)))
            return self._state()


class _Instance:
    """One copy of the environment, and the episode that it is in the midst of."""

    def __init__(self, env: "gymnasium.Env[Any, Any]") -> None:
        self.env = env
        self.run: "Optional[tuple[float, float]]" = None  # (seed, 0) before its first step, (seed, run) afterwards
        self.steps = 0
        self.used = 0  # when, in calls


class _Live(_Wrapped):
    """Where states cannot be set, each episode has an instance of its own, and a state is a note of where it stands:
    seed and number of the episode, steps, what the last step told, and the observation."""

    def __init__(self, instances: int, **common: Any) -> None:
        super().__init__(**common)
        self.unsettable = "the state of a Gymnasium environment without get_state and set_state cannot be set"
        self._most, self._calls, self._runs = instances, 0, 0
        self._instances = [_Instance(self._first)]
        low, high = (np.resize(np.where(np.isfinite(v), v, s), self.no) for v, s in self._edges())
        head = [("seed", 0, 2**31), ("episode", 0, 2**31), ("steps", 0, 2**31), ("h", -1, 1), ("reward", -1, 1), ("end", 0, 2)]
        self.x_names = [n for n, _, _ in head] + [f"obs{i + 1}" for i in range(self.no)]
        self.x_low, self.x_high = [l for _, l, _ in head] + [*low], [h for _, _, h in head] + [*high]
        self.slice = (_HEAD, _HEAD + min(1, self.no - 1))

    def _edges(self) -> "list[tuple[Array, float]]":
        space = self._first.observation_space
        if isinstance(space, gymnasium.spaces.Box) and (space.low < space.high).all():
            return [(space.low.ravel().astype(float), -1e3), (space.high.ravel().astype(float), 1e3)]
        return [(np.array([-1e3]), -1e3), (np.array([1e3]), 1e3)]

    def _instance_of(self, run: "tuple[float, float]") -> Optional[_Instance]:
        return next((one for one in self._instances if one.run == run), None)

    def _spare(self) -> _Instance:
        """One without an episode, a new one, or the one that has waited longest."""
        free = next((one for one in self._instances if one.run is None), None)
        if free is None and len(self._instances) < self._most:
            free = _Instance(self._open())
            self._instances.append(free)
        return free or min(self._instances, key=lambda one: one.used)

    def _note(self, one: _Instance, obs: Any, info: Any, reward: float, end: int) -> Array:
        self._calls += 1
        one.used = self._calls
        seed, run = one.run or (0.0, 0.0)
        head = [seed, run, one.steps, float(self._constraint(obs, info)), reward, end]
        return np.concatenate([head, self._flat(obs)])

    def _begin(self, seed: float) -> "tuple[_Instance, Array]":
        one = self._spare()
        one.run, one.steps = (seed, 0.0), 0
        obs, info = one.env.reset(seed=int(seed))
        return one, self._note(one, obs, info, 0.0, 0)

    def _go_on(self, x: Array) -> _Instance:
        """The instance that is in this state; an episode may be begun as often as one likes."""
        run = (float(x[_SEED]), float(x[_RUN]))
        one = self._instance_of(run)
        if x[_RUN] == 0:
            one = one or self._begin(run[0])[0]
            self._runs += 1
            one.run = (run[0], float(self._runs))
        elif one is None or one.steps != x[_STEPS]:
            raise _duro.ArgumentError(f"{self.name}: this state is past, and {self.unsettable}")
        return one

    def step(self, x: Array, u: Array, a: Array) -> Array:
        x2 = np.empty_like(x)
        with self._lock:
            for i in range(len(x)):
                one = self._go_on(x[i])
                obs, r, terminated, truncated, info = one.env.step(self._action(u[i], a[i]))
                one.steps += 1
                x2[i] = self._note(one, obs, info, float(r), self._ended(terminated, truncated))
                if terminated or truncated:
                    one.run = None
        return x2

    def h(self, x: Array) -> Array:
        return x[:, _H]

    def reward(self, x: Array, u: Array, a: Array, x2: Array) -> Array:
        return x2[:, _REWARD]

    def end(self, x2: Array) -> Array:
        return x2[:, _END]

    def observe(self, x: Array) -> Array:
        return x[:, _HEAD:]

    def reset(self, uniform: Callable[..., Any], start: str) -> Array:
        with self._lock:
            return self._begin(float(int(uniform(0, 2**31))))[1]


def wrap(create: Make, h: Callable[..., Any], *, strength: float = 0.1, failure: bool = True, h_scale: float = 1.0,
         horizon: Optional[int] = None, get_state: Optional[Callable[..., Any]] = None,
         set_state: Optional[Callable[..., Any]] = None, observe: Optional[Callable[..., Any]] = None,
         x_low: Any = None, x_high: Any = None, instances: int = 512, name: str = "") -> Env:
    """A Gymnasium environment as an environment of duro: `duro.train(wrap("Pendulum-v1", h), "DRAC")`.

    `create`: an id, or a function that makes a new one each time; its actions are a Box. `h(obs, info)`: the constraint,
    safe while it is not negative, of what `reset` and `step` give. The disturbance a has as many numbers as the action,
    which becomes u + `strength` a, clipped, both being shares of half the range of an action. `failure`: whether a
    terminated episode failed; else it ends as a truncated one does. `horizon`: steps of an evaluation episode, by default
    those of the id.

    With `get_state(env)` -> (nx) and `set_state(env, x)`, and `observe(env)` where it has no `_get_obs`, steps are pure
    functions of the state, and everything of duro is offered; `info` is empty for `h` then, `x_low` and `x_high` (nx) are
    the region of grids and pictures, and time limits belong into `horizon`. Without them the environment is trained on,
    evaluated and attacked as its episodes go on; searches, grids, checks and starts of one's own are refused or left
    out, since states cannot be set. `instances` is the largest number of copies that are kept for that. Every episode
    is decided by the seed of its reset; an environment that draws random numbers of its own is fine without states.
    """
    common = dict(create=create, h=h, strength=strength, failure=failure, h_scale=h_scale, name=name)
    if (get_state is None) != (set_state is None):
        raise _duro.ArgumentError("get_state and set_state go together")
    if get_state is None or set_state is None:
        system: _Wrapped = _Live(instances, **common)
    else:
        system = _Settable(get_state, set_state, observe, **common)
        x = system._state()
        system.x_low = -np.ones(len(x)) if x_low is None else x_low
        system.x_high = np.ones(len(x)) if x_high is None else x_high
    if horizon is not None:
        system.horizon = horizon
    elif isinstance(create, str):
        system.horizon = gymnasium.spec(create).max_episode_steps or system.horizon
    return make(system)
