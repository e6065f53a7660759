"""Policies, and whatever else chooses controls, against adversaries."""
from __future__ import annotations

import os
import threading
from typing import Any, Callable, Iterator, NamedTuple, Optional, Sequence, Union

import numpy as np

from duro import _duro, _look
from duro._certify import Certificate
from duro._env import Env, as_env
from duro._filter import Filter, Filtered, as_filter, warn_of
from duro._policy import ACTS, Policy, as_policy, load
from duro._solve import Solution

Array = np.ndarray

_fields, _size = _duro.episode_layout()
EPISODE = np.dtype({"names": [f[0] for f in _fields], "formats": [f[1] for f in _fields],
                    "offsets": [f[2] for f in _fields], "itemsize": _size})

#: adversaries of `eval`, in the order of the command line
STANDARD = ("none", "random", "constant", "safety", "performance")
#: adversaries of `attack`
ALL = ("none", "random", "constant", "square", "safety", "performance", "grid", "search", "starts", "best-safety",
       "best-performance")
_LEARNED = {"safety": "mu_h", "performance": "mu"}
#: kinds of trained attackers, as the library counts them
_BEST = {"best-safety": (0, 1), "best-performance": (2,)}


class Scenario(NamedTuple):
    """One adversary against one way of acting."""

    adversary: str  #: "safety"
    acting: str  #: "pi", "filtered", "pi_h", "filtered-by-<name>"; "player" for others than policies
    episodes: Array  #: (n) a struct an episode: episode_return, h_min, violating_steps, length, end, ...
    starts: Array  #: (n x nx) where each began
    violating: int  #: episodes with an h < 0, or that failed
    cut_off: int  #: of the others those that were truncated before the horizon
    return_mean: float
    return_std: float
    h_min: float  #: smallest h seen
    bound: float  #: one-sided 95 % Clopper-Pearson bound of the probability of a violation
    attacker: Optional[Policy] = None  #: the attacker that was trained, "best-safety" and "best-performance"

    @property
    def violates(self) -> Array:
        """(n) whether each episode violated the constraint or failed."""
        return _duro.violates(self.episodes)


class Evaluation(Sequence[Scenario]):
    """Scenarios, a row each; printed like the table of the command line."""

    def __init__(self, scenarios: "list[Scenario]", title: str, left_out: "Optional[dict[str, str]]" = None) -> None:
        self._scenarios, self.title = scenarios, title
        self.left_out = left_out or {}  #: adversaries that could not be had, and why

    def __len__(self) -> int:
        return len(self._scenarios)

    def __getitem__(self, key: Any) -> Any:
        """By number, by the adversary's name, or by ("safety", "filtered")."""
        if isinstance(key, (int, slice)):
            return self._scenarios[key]
        adversary, acting = key if isinstance(key, tuple) else (key, None)
        for s in self._scenarios:
            if s.adversary == adversary and acting in (None, s.acting):
                return s
        raise KeyError(key)

    def __iter__(self) -> Iterator[Scenario]:
        return iter(self._scenarios)

    @property
    def worst(self) -> Scenario:
        """The scenario with the most violating episodes, then with the smallest h."""
        return max(self._scenarios, key=lambda s: (s.violating / len(s.episodes), -s.h_min))

    def _cells(self) -> "list[tuple[str, ...]]":
        return [(s.adversary + (f", {s.acting}" if s.acting.startswith("filtered") else ""),
                 f"{s.return_mean:.2f} +- {s.return_std:.2f}", f"{s.violating}/{len(s.episodes)}",
                 f"{100 * s.bound:.3g} %", f"{s.h_min:.3f}") for s in self._scenarios]

    _HEAD = ("scenario", "return mean +- std", "violating", "95 % bound", "worst h")

    def __repr__(self) -> str:
        cells = self._cells()
        row_of = "  {:<%d} {:>20} {:>12} {:>11} {:>8}" % max([26] + [len(row[0]) for row in cells])
        lines = [self.title] + [row_of.format(*row) for row in [self._HEAD, *cells]]
        return "\n".join(lines + [f"  left out: {names} ({why})" for why, names in self._why()])

    def _why(self) -> "list[tuple[str, str]]":
        """(reason, adversaries) of what is left out."""
        reasons = dict.fromkeys(self.left_out.values())
        return [(why, ", ".join(a for a in self.left_out if self.left_out[a] == why)) for why in reasons]

    def _repr_html_(self) -> str:
        rows = [(*cells[:2], (cells[2], s.violating > 0), *cells[3:]) for cells, s in zip(self._cells(), self)]
        left_out = "; ".join(f"left out: {names} ({why})" for why, names in self._why())
        return _look.table(self.title + (f" ({left_out})" if left_out else ""), self._HEAD, rows)

    def to_pandas(self) -> Any:
        """A row a scenario, as a pandas.DataFrame."""
        import pandas

        columns = ["adversary", "acting", "violating", "cut_off", "return_mean", "return_std", "h_min", "bound"]
        return pandas.DataFrame([[getattr(s, c) for c in columns] + [len(s.episodes)] for s in self._scenarios],
                                columns=columns + ["episodes"])

    def plot(self, ax: Any = None) -> Any:
        """The attack matrix with matplotlib: ways of acting by adversaries, violating episodes in each cell."""
        actings, adversaries = ([*dict.fromkeys(names)] for names in zip(*((s.acting, s.adversary) for s in self)))
        counts = np.full((len(actings), len(adversaries), 3), np.nan)
        for s in self:
            counts[actings.index(s.acting), adversaries.index(s.adversary)] = s.violating, len(s.episodes), s.h_min
        return _look.matrix(ax, actings, adversaries, counts, self.title)


class _Player(NamedTuple):
    core: Any  # what the module takes: a policy, a grid, a function or an array
    policy: Optional[Policy]
    task: bool
    name: str


def _one_at_a_time(function: Callable[[Array, Array], Any]) -> Callable[[Array, Array], Any]:
    """Episodes are played in several threads, and agents of others keep things between the lines of a call."""
    lock = threading.Lock()

    def call(obs: Array, x: Array) -> Any:
        with lock:
            return function(obs, x)

    return call


def _as_player(what: Any) -> _Player:
    if isinstance(what, Filtered):
        what = what.player
    if isinstance(what, (str, os.PathLike)):
        what = load(what)
    if isinstance(what, Policy):
        return _Player(what._core, what, False, repr(what))
    if isinstance(what, Solution):
        return _Player(what._core, None, what.has_task, repr(what))
    if isinstance(what, Certificate):
        return _Player(what._core, None, False, repr(what))
    if isinstance(getattr(what, "policy", None), Policy):
        return _as_player(what.policy)
    if callable(getattr(what, "predict", None)):  # an agent of Stable-Baselines3, or one that acts like it

        def act(obs: Array, x: Array) -> Any:
            told = what.predict(obs, deterministic=True)
            return np.asarray(told[0] if isinstance(told, tuple) else told).reshape(len(obs), -1)

        return _Player(_one_at_a_time(act), None, False, type(what).__name__)
    if callable(what):
        return _Player(_one_at_a_time(what), None, False, getattr(what, "__name__", type(what).__name__))
    return _Player(np.asarray(what, dtype=float), None, False, f"constant {what!r}")


class _Plan(NamedTuple):
    """What all scenarios of a call share."""

    env: Env
    player: _Player
    options: "tuple[Any, ...]"
    margin: float
    adversary: Optional[Policy]
    solution: Optional[Solution]
    amplitude: float
    search: "tuple[int, int, int, int]"
    line: _look.Line
    filter: Optional[Filter] = None  # another one than the policy's own
    plain: Optional[str] = None  # how a policy acts behind it


_REGIONS = {"any": 0, "inside": 1, "outside": 2, "claimed": 1}


def _options(*, episodes: int, first: int, seed: int, threads: int, horizon: Optional[int], start: str, noise: float,
             solution: Optional[Solution], region: str, region_margin: float, starts: Any,
             line: _look.Line, callback: Optional[Callable[..., Any]],
             policy: Optional[Policy] = None) -> "tuple[Any, ...]":
    if region not in _REGIONS:
        raise ValueError(f"region is {region!r}; wanted one of {', '.join(map(repr, _REGIONS))}")
    if region == "claimed" and policy is None:
        raise ValueError("region is 'claimed', and the player is no policy, which could claim one")
    if start not in ("eval", "train"):
        raise ValueError(f'start is {start!r}; wanted "eval" or "train"')

    def report(*now: Any) -> Any:  # (episodes done, of all), or what _duro.respond tells of a training
        if line.due():
            done, of = now if len(now) == 2 else (now[0] + now[2] / max(now[3], 1), now[1])
            what = f"{done}/{of} episodes" if len(now) == 2 else f"attacker {now[0] + 1}/{of}, update {now[2]}/{now[3]}"
            line.show(what, done / max(of, 1))
        return callback(*now[:2]) if callback else None

    of = policy if region == "claimed" else solution
    return (episodes, first, seed, threads, horizon or 0, start == "train", noise, None if of is None else of._core,
            _REGIONS[region], region_margin, starts, report)


def _behind(plan: _Plan, acting: str) -> bool:
    return plan.filter is not None and acting == plan.filter.acting


def _core(plan: _Plan, acting: str) -> Any:
    return (plan.filter._core, plan.player.core) if plan.filter and _behind(plan, acting) else plan.player.core


def _how(plan: _Plan, acting: str) -> "tuple[int, float, bool]":
    acting = plan.plain or acting if _behind(plan, acting) else acting
    return ACTS.get(acting, 0), plan.margin, plan.player.task


def _attack(plan: _Plan, kind: str, policy: Optional[Policy]) -> "tuple[Any, ...]":
    core = None if policy is None else policy._core
    grid = plan.solution._core if plan.solution is not None and kind in ("grid", "search", "starts") else None
    return kind, core, grid, plan.amplitude, plan.search


def _scenario(plan: _Plan, name: str, acting: str, attack: "tuple[Any, ...]", attacker: Optional[Policy] = None,
              options: "Optional[tuple[Any, ...]]" = None) -> Scenario:
    episodes, starts = _duro.play(plan.env._core, _core(plan, acting), _how(plan, acting), attack,
                                  options or plan.options, EPISODE)
    s = _duro.summarize(episodes)
    return Scenario(name, acting, episodes, starts, s["violating"], s["cut_off"], s["return_mean"], s["return_std"],
                    s["h_min"], s["violation_bound"], attacker)


def _plain_of(player: _Player, act: Optional[str]) -> Optional[str]:
    """How a policy acts without a filter, or behind one of another source; None for other players."""
    if player.policy is None:
        return None
    if act is None:
        return player.policy.plain_act
    player.policy._act(act)
    return act


def _filter_of(player: Any, env: Env, filter: Any, remedy: Optional[str], margin: Optional[float]) -> Optional[Filter]:
    """The filter of another source than the policy itself; None where there is none."""
    if isinstance(player, Filtered):
        filter = player.filter
    if isinstance(filter, str) and filter in ("off", "on", "both"):
        if remedy is not None or margin is not None:
            raise ValueError(f"remedy and filter_margin are of a filter's source; filter is {filter!r}")
        return None
    given = as_filter(filter, env, remedy, margin)
    warn_of(given, env)
    return given


def _actings(player: _Player, act: Optional[str], filter: str) -> "list[str]":
    """Ways of acting, as the command line's --filter has them."""
    if player.policy is None:
        return ["player"]
    if act is not None:
        player.policy._act(act)
        return [act]
    can_filter = player.policy.can("filtered")
    plain = [player.policy.plain_act] if not can_filter or filter != "on" else []
    return plain + (["filtered"] if can_filter and filter != "off" else [])


def _env_of(env: Any, player: _Player, given: Any) -> Env:
    if env is not None:
        return as_env(env)
    if isinstance(given, Filtered):
        given = given.player
    inside = getattr(given, "env", None)
    if isinstance(inside, Env):  # of a training, a run or a solution
        return inside
    if isinstance(given, (str, os.PathLike)) and os.path.exists(os.path.join(given, "config.yaml")):
        return as_env(given)
    if player.policy is None:
        raise ValueError("no environment is given; only a policy knows the one it was trained on")
    return as_env(player.policy.environment)


def _owner(plan: _Plan, kind: str) -> Optional[Policy]:
    """Who attacks: the networks of the adversary, or of the policy itself; None where there is no such network."""
    owner = plan.adversary or plan.player.policy
    return owner if owner is not None and _LEARNED[kind] in owner.nets else None


def _missing(plan: _Plan, kind: str) -> str:
    """Why an adversary cannot be had, "" where it can."""
    if kind == "none":
        return ""
    if plan.env.na == 0:
        return f"{plan.env.name} has no disturbance"
    if kind in _LEARNED and _owner(plan, kind) is None:
        return f"no policy with the network {_LEARNED[kind]}"
    if kind == "grid" and plan.solution is None:
        return "no solution is given"
    if kind in ("search", "starts") and plan.env.unsettable:
        return plan.env.unsettable
    if kind in _BEST and plan.player.policy is None:
        return "trained against policies of duro alone"
    if kind in _BEST and not plan.amplitude > 0:
        return "the amplitude is 0"
    return ""


def _plain(plan: _Plan, kind: str, acting: str, searches: int) -> Scenario:
    """An adversary that is not trained."""
    if kind in _LEARNED:
        return _scenario(plan, kind, acting, _attack(plan, kind, _owner(plan, kind)))
    options = (searches,) + plan.options[1:] if kind == "starts" else None
    policy = plan.adversary or plan.player.policy
    seen = policy if kind in ("search", "starts") and policy is not None and "mu_h" in policy.nets else None
    return _scenario(plan, kind, acting, _attack(plan, kind, seen), options=options)


def _hurts_more(kind: str, a: Scenario, b: Scenario) -> bool:
    if kind == "best-performance":
        return a.return_mean < b.return_mean
    return (a.violating, -a.h_min) > (b.violating, -b.h_min)


def _best(plan: _Plan, kind: str, acting: str, seeds: int, updates: int) -> Optional[Scenario]:
    """The worst of the attackers that were trained against the player."""
    worst: Optional[Scenario] = None
    for number in _BEST[kind]:
        for _, core, _, _ in _duro.respond(plan.env._core, _core(plan, acting), _how(plan, acting),
                                           _attack(plan, "none", None), plan.options, (number, seeds, updates)):
            attacker = Policy(core)
            played = "safety" if number == 0 else "learned"
            one = _scenario(plan, kind, acting, _attack(plan, played, attacker), attacker)
            if worst is None or _hurts_more(kind, one, worst):
                worst = one
    return worst


def _play_all(plan: _Plan, kinds: Sequence[str], actings: Sequence[str], searches: int, attacker_seeds: int,
              updates: int) -> Evaluation:
    scenarios: "list[Optional[Scenario]]" = []
    left_out = {kind: why for kind, why in ((kind, _missing(plan, kind)) for kind in kinds) if why}
    for i, kind in enumerate(kinds):
        for acting in actings if kind not in left_out else ():
            plan.line.name = f"{plan.env.name} [{i + 1}/{len(kinds)}] {kind}, {acting}"
            scenarios.append(_best(plan, kind, acting, attacker_seeds, updates) if kind in _BEST
                             else _plain(plan, kind, acting, searches))
    return Evaluation([s for s in scenarios if s], f"{plan.player.name} on {plan.env.name}", left_out)


def _kinds(given: Union[str, Sequence[str]]) -> "list[str]":
    kinds = [given] if isinstance(given, str) else list(given)
    for kind in kinds:
        if kind not in ALL:
            raise ValueError(f"no adversary is called {kind!r}; wanted some of {', '.join(ALL)}")
    return kinds


def eval(player: Any, env: Any = None, *, adversaries: Union[str, Sequence[str]] = STANDARD, adversary: Any = None,
         act: Optional[str] = None, filter: Any = "both", remedy: Optional[str] = None,
         filter_margin: Optional[float] = None, margin: Optional[float] = None, episodes: int = 200, seed: int = 1, threads: int = 0, first: int = 0, horizon: Optional[int] = None, start: str = "eval",
         starts: Any = None, noise: float = 0.0, amplitude: float = 1.0, solution: Optional[Solution] = None,
         region: str = "any", region_margin: float = 0.05, population: int = 0, iterations: int = 0,
         searches: int = 8, attacker_seeds: int = 2, updates: int = 0,
         callback: Optional[Callable[..., Any]] = None, progress: Union[bool, str] = "auto") -> Evaluation:
    """Plays against adversaries, a scenario each: the numbers of `duro eval`.

    `player`: a policy, a training, a path, a solved grid, a certificate, a constant control, a function (obs, x) -> u of n rows, or an
    agent with `predict` (Stable-Baselines3). `env`: default the environment of the training or the run folder, else the one by
    the name that the policy has.
    `adversaries`: some of "none", "random", "constant", "square", "safety" (mu_h), "performance" (mu), "grid" (of
    `solution`), "search", "starts", "best-safety" and "best-performance" (trained from scratch); one that cannot be
    had is left out, and `left_out` says why. `adversary`: the policy whose mu_h and mu attack; default: the player's own. `act`: "pi", "pi_h" or
    "filtered"; default, by `filter`: the task policy alone ("off"), behind its own filter with `margin` ("on"), or "both".
    `filter` may also be a `duro.Filter` or the source of one (a run, a solution, a certificate, or the path of one), with
    `remedy` and `filter_margin`, as the command line's --filter: the player alone and behind it.
    Episode i depends on (seed, first + i) alone. `starts` (episodes x nx) places them; `region` "inside" or "outside"
    keeps those of the solution's set, "claimed" those where the player's own min(h, Q_h) is `region_margin` h_scale or
    more. `noise`: standard deviation on each observation of the player. `amplitude` times the bound of the disturbance.
    `callback(done, episodes)` is asked now and then, and False stops.
    """
    who = _as_player(player)
    environment = _env_of(env, who, player)
    if starts is not None:
        environment._need_states("a start of one's own")
        starts = np.atleast_2d(np.asarray(starts, dtype=float))
        episodes = len(starts)
    own = None if adversary is None else as_policy(adversary)
    margin = margin if margin is not None else who.policy.margin if who.policy else 0.0
    line = _look.Line(progress, environment.name)
    options = _options(episodes=episodes, first=first, seed=seed, threads=threads, horizon=horizon, start=start,
                       noise=noise, solution=solution, region=region, region_margin=region_margin, starts=starts,
                       line=line, callback=callback, policy=who.policy)
    given = _filter_of(player, environment, filter, remedy, filter_margin)
    plan = _Plan(environment, who, options, margin, own, solution, amplitude, (population, iterations, 0, 0), line, given,
                 _plain_of(who, act))
    for policy in (p for p in (who.policy, own) if p is not None):
        if policy.no != environment.no or (policy.nu, policy.na)[policy is own] != (environment.nu, environment.na)[policy is own]:
            raise _duro.ArgumentError(f"{policy!r} does not fit {environment!r}")
    actings = _actings(who, act, filter) if given is None else [plan.plain or "player", given.acting]
    with line:
        return _play_all(plan, _kinds(adversaries), actings[isinstance(player, Filtered):], searches, attacker_seeds, updates)


def attack(player: Any, env: Any = None, *, adversaries: Union[str, Sequence[str]] = ALL, episodes: int = 1000,
           **more: Any) -> Evaluation:
    """Everything against a player: what `eval` plays, square waves, searches for disturbances and for starts, and
    attackers that are trained from scratch against it. Keywords as for `eval`; `attacker_seeds` (2) and `updates`
    (4000) are of the trained ones, `searches` (8) of "starts", where each episode is one search.
    """
    return eval(player, env, adversaries=adversaries, episodes=episodes, **more)


def rollout(player: Any, env: Any = None, *, adversary: str = "none", of: Any = None, episode: int = 0,
            act: Optional[str] = None, margin: Optional[float] = None, seed: int = 1, horizon: Optional[int] = None,
            start: str = "eval", x0: Any = None, amplitude: float = 1.0,
            solution: Optional[Solution] = None) -> "tuple[Array, Array, Array, Array]":
    """One episode: x (steps + 1 x nx), u (steps x nu), a (steps x na) and h (steps + 1).

    It is the episode with this number in an `eval` of the same seed, or begins at `x0` (nx). `of`: the policy whose
    mu_h or mu attacks; default: the player's own.
    """
    who = _as_player(player)
    environment = _env_of(env, who, player)
    acting = (act or who.policy.default_act) if who.policy else "player"
    if x0 is not None:
        environment._need_states("a start of one's own")
    line = _look.Line(False, environment.name)
    starts = None if x0 is None else np.tile(np.asarray(x0, dtype=float), (episode + 1, 1))
    options = _options(episodes=episode + 1, first=0, seed=seed, threads=1, horizon=horizon, start=start, noise=0.0,
                       solution=solution, region="any", region_margin=0.0, starts=starts, line=line, callback=None)
    margin = margin if margin is not None else who.policy.margin if who.policy else 0.0
    given = _filter_of(player, environment, "off", None, None)
    plan = _Plan(environment, who, options, margin, None if of is None else as_policy(of), solution, amplitude,
                 (0, 0, 0, 0), line, given, _plain_of(who, act))
    acting = given.acting if given else acting
    kind = _kinds(adversary)[0]
    owner = _owner(plan, kind) if kind in _LEARNED else None
    if kind in _LEARNED and owner is None:
        raise _duro.ArgumentError(f"the adversary {kind!r} needs a policy with the network {_LEARNED[kind]}")
    if kind in _BEST or kind == "starts" or (kind == "grid" and solution is None):
        raise ValueError(f"the adversary {kind!r} is not played in a single episode like this")
    return _duro.trace(environment._core, _core(plan, acting), _how(plan, acting), _attack(plan, kind, owner), options, episode)
