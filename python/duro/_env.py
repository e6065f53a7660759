"""Environments: built-in ones, files, and systems in Python."""
from __future__ import annotations

import inspect
import os
import textwrap
from typing import Any, Callable, Mapping, Optional, Sequence, Union

import numpy as np

from duro import _duro, _look, _mujoco
from duro._settings import pairs

Array = np.ndarray


class System:
    """A system of your own on NumPy arrays: subclass it, state its sizes, and write `step`, `h` and `reward`.

    Each function gets the states of n episodes at once, a row each, and has to be pure: the same arguments give the
    same results, and nothing is kept between calls. Controls and disturbances lie in [-1, 1]. `train`, `solve`, `eval`,
    `attack` and `check` take an instance wherever they take an environment.
    """

    nu: int = 1  #: number of controls
    na: int = 0  #: number of disturbances
    no: Optional[int] = None  #: number of observations; default: of states
    dt: float = 0.0  #: s per step; wanted
    horizon: int = 200  #: steps of an evaluation episode
    h_scale: float = 1.0  #: learning divides h by this
    x_low: Sequence[float] = ()  #: (nx) region of interest (starts, plots, grids); wanted
    x_high: Sequence[float] = ()  #: (nx)
    x_names: Sequence[str] = ()  #: (nx) default "x1", ...
    x_units: Sequence[str] = ()  #: (nx)
    x_periodic: Sequence[bool] = ()  #: (nx) [x_low, x_high] is one period of this state
    slice: "tuple[int, int]" = (0, 1)  #: the two states of a picture
    name: str = ""  #: default: of the class
    title: str = ""  #: one line

    def step(self, x: Array, u: Array, a: Array) -> Array:
        """States after the step, (n x nx), from x (n x nx), u (n x nu) and a (n x na). Wanted."""
        raise NotImplementedError

    def h(self, x: Array) -> Array:
        """The constraint (n): safe while h(x) >= 0. Wanted."""
        raise NotImplementedError

    def reward(self, x: Array, u: Array, a: Array, x2: Array) -> Array:
        """Reward (n) of the step from x to x2. Wanted."""
        raise NotImplementedError

    #: end(x2) -> (n): 0 or False goes on, 1 or True is a failure, 2 another end. Default: a failure where h <= -h_scale.
    end: Optional[Callable[..., Array]] = None
    #: observe(x) -> (n x no). Default: the state.
    observe: Optional[Callable[..., Array]] = None
    #: reset(uniform, start) -> x (nx); start is "train" or "eval", uniform(low, high) draws. Default: uniform in the
    #: region, for evaluation in its middle half; drawn again until h(x) >= 0.
    reset: Optional[Callable[..., Array]] = None


class Env:
    """A system with two players, control u and disturbance a, both in [-1, 1].

    A step is a pure function of state, control and disturbance; it never resets. h(x) >= 0 is safe.
    Made by `duro.make`.
    """

    name: str
    title: str
    nx: int  #: number of states
    no: int  #: number of observations
    nu: int  #: number of controls
    na: int  #: number of disturbances
    horizon: int  #: steps of an evaluation episode
    dt: float  #: s per step
    h_scale: float  #: learning divides h by this
    x_names: "tuple[str, ...]"
    x_units: "tuple[str, ...]"
    x_low: Array  #: (nx) lower edge of the region of interest
    x_high: Array  #: (nx)
    slice: "tuple[int, int]"  #: the two states of a picture
    mujoco: bool  #: whether it runs in MuJoCo

    word: Optional[str]  #: the name or the file that it was made from; None for a system in Python, or a run's

    unsettable: str = ""  #: why it cannot be put into a state, for a Gymnasium environment that cannot; see `duro.gym.wrap`

    def __init__(self, core: Any, word: Optional[str]) -> None:
        self._core = core
        self.word = word
        for key, value in core.about().items():
            setattr(self, key, np.array(value) if key in ("x_low", "x_high") else value)

    def __repr__(self) -> str:
        return f"<duro.Env {self.name}: {self.nx} states, {self.nu} controls, {self.na} disturbances>"

    def _repr_html_(self) -> str:
        rows = [(name, unit, f"{low:g}", f"{high:g}")
                for name, unit, low, high in zip(self.x_names, self.x_units, self.x_low, self.x_high)]
        caption = f"{self.name}: {self.no} observations, {self.nu} controls, {self.na} disturbances, {self.dt:g} s a step"
        return _look.table(caption, ("state", "unit", "low", "high"), rows)

    def _need_states(self, what: str) -> None:
        """Raises where `what` cannot be offered since states cannot be set."""
        if self.unsettable:
            raise _duro.ArgumentError(f"{self.name}: {what} needs states that can be set, and {self.unsettable}")

    @property
    def settings(self) -> "dict[str, Any]":
        """{"env.name": value}"""
        return self._core.settings()

    @property
    def hash(self) -> int:
        """Hash of everything that decides what it does. Results of environments with different ones are not to be
        mixed."""
        return self._core.hash()

    def reset(self, n: int = 1, *, seed: int = 1, first: int = 0, start: str = "eval") -> Array:
        """Starts x (n x nx) of the episodes first, first + 1, ... of this seed: those that `eval` starts from, or
        with start="train" drawn from the training distribution."""
        if start not in ("eval", "train"):
            raise ValueError(f'start is {start!r}; wanted "eval" or "train"')
        return self._core.reset(n, seed, first, start == "train")

    def step(self, x: Any, u: Any, a: Any = None) -> "tuple[Array, Array, Array, Array]":
        """(x2, r, h, end) from x (n x nx), u (n x nu) and a (n x na), or a single row of each; None is no disturbance.
        x2 (n x nx), reward r (n), constraint h at x2 (n), end (n): 0 goes on, 1 a failure, 2 another end. Actions are
        clipped to [-1, 1]."""
        return self._core.step(x, u, a)

    def observe(self, x: Any) -> Array:
        """Observations (n x no), float32, of x (n x nx), or (no) of (nx)."""
        return self._core.observe(x)

    def h(self, x: Any) -> Array:
        """The constraint (n) at x (n x nx): safe while it is not negative."""
        return self._core.constraint(x)


def envs() -> "dict[str, str]":
    """The built-in environments, {name: title}."""
    return dict(_duro.list_envs())


def _tuple(given: Sequence[Any], n: int, default: "list[Any]", what: str, kind: Callable[[Any], Any]) -> "tuple[Any, ...]":
    values = tuple(kind(v) for v in given) if len(given) else tuple(default)
    if len(values) != n:
        raise ValueError(f"{what} has {len(values)} entries; wanted {n}")
    return values


def _source_of(system: Any) -> "tuple[str, str]":
    """What decides what the system does, as text, and the path of its file."""
    kind = type(system)
    if getattr(system, "_identity", None):  # a system that says itself what decides
        return str(system._identity), kind.__module__
    try:
        path, code = inspect.getsourcefile(kind) or kind.__module__, textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):
        path, code = kind.__module__, kind.__qualname__
    values = "".join(f"{key} = {value!r}\n" for key, value in sorted(vars(system).items()))
    return f"{code}\n{values}", path


def _from_system(system: Any) -> Env:
    """An object with the attributes of `System`; it need not be a subclass."""

    def get(key: str) -> Any:
        return getattr(system, key, getattr(System, key))

    name = get("name") or type(system).__name__
    low = [float(v) for v in np.asarray(get("x_low"), dtype=float).ravel()]
    nx = len(low)
    if not nx:
        raise ValueError(f"{name}: x_low is empty; wanted the lower edge of the region of interest of every state")
    numbers: Callable[[Any], float] = float
    words: Callable[[Any], bytes] = lambda v: str(v).encode()  # noqa: E731
    source, path = _source_of(system)
    about = {
        "x_low": tuple(low),
        "x_high": _tuple(get("x_high"), nx, [], "x_high", numbers),
        "x_names": _tuple(get("x_names"), nx, [b"x%d" % (i + 1) for i in range(nx)], "x_names", words),
        "x_units": _tuple(get("x_units"), nx, [b""] * nx, "x_units", words),
        "x_periodic": _tuple(get("x_periodic"), nx, [False] * nx, "x_periodic", bool),
        "name": name.encode(), "title": get("title").encode(), "source": source.encode(), "path": path.encode(),
        "place": os.path.basename(path).encode(),
    }
    for i in range(nx):
        if not about["x_low"][i] < about["x_high"][i]:
            raise ValueError(f"{name}: x_low[{i}] is {low[i]} and x_high[{i}] {about['x_high'][i]}; wanted numbers that rise")
    first, second = get("slice")
    no = get("no") or nx
    if no != nx and not getattr(system, "observe", None):
        raise ValueError(f"{name}: no is {no} and there are {nx} states; wanted observe, or the same number")
    sizes = (nx, int(no), int(get("nu")), int(get("na")), int(get("horizon")), float(get("dt")), float(get("h_scale")),
             (int(first), min(int(second), nx - 1)))
    env = Env(_duro.make_system(system, sizes, about), None)
    env.unsettable = getattr(system, "unsettable", "")
    return env


def make(what: Union[str, "os.PathLike[str]", System, Any], *, compiler: Optional[str] = None, **settings: Any) -> Env:
    """An environment: a built-in one by name (`duro.envs()`), a C file with a plugin, a MuJoCo model, or a `System`.

    Keywords are its numbers, the settings env.*: `duro.make("cartpole", force=8)`. Of a run folder it is the
    environment that was trained on, with the numbers of its training.
    """
    if isinstance(what, Env):
        if settings:
            raise ValueError("an environment that is made takes no settings any more")
        return what
    if isinstance(what, (str, os.PathLike)):
        word = os.fspath(what)
        _mujoco.load_for(word)
        if os.path.isdir(word):
            changes = tuple(f"{name}={value}".encode() for name, value in pairs(settings, "env"))
            return Env(_duro.open_run(word, changes, compiler), None)
        return Env(_duro.open_env(word, pairs(settings, "env"), compiler), word)
    if settings:
        raise ValueError("a system in Python has no settings; give them to its class")
    return _from_system(what)


def as_env(what: Any) -> Env:
    """An environment from whatever stands for one: also a Gymnasium environment of this package."""
    inner = getattr(getattr(what, "unwrapped", what), "duro_env", None)
    return inner if isinstance(inner, Env) else make(what)
