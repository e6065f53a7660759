"""Whether an environment keeps its promises."""
from __future__ import annotations

from typing import Any, NamedTuple, Sequence

from duro import _duro, _look
from duro._env import as_env


class Finding(NamedTuple):
    """What was found of one promise."""

    promise: str  #: "pure step"
    verdict: str  #: "ok", "note", "warning" or "broken"
    sentence: str  #: what was found, where, and what was wanted


class Findings(Sequence[Finding]):
    """All findings, in the order of the promises; printed like the table of the command line."""

    def __init__(self, findings: "list[Finding]") -> None:
        self._findings = findings

    def __len__(self) -> int:
        return len(self._findings)

    def __getitem__(self, key: Any) -> Any:
        """By number, or by the name of the promise."""
        if isinstance(key, str):
            return next(f for f in self._findings if f.promise == key)
        return self._findings[key]

    @property
    def sound(self) -> bool:
        """Whether no promise is broken, as far as it was tried."""
        return all(f.verdict != "broken" for f in self._findings)

    def __repr__(self) -> str:
        lines = [f"  {'BROKEN' if f.verdict == 'broken' else f.verdict:<7} {f.promise:<14} {f.sentence}" for f in self]
        return "\n".join(lines + ["sound as far as it was tried" if self.sound else "promises are broken"])

    def _repr_html_(self) -> str:
        rows = [((f.verdict, f.verdict == "broken"), f.promise, f.sentence) for f in self]
        return _look.table("sound as far as it was tried" if self.sound else "promises are broken",
                           ("verdict", "promise", "what was found"), rows)

    def to_pandas(self) -> Any:
        """A row a promise, as a pandas.DataFrame."""
        import pandas

        return pandas.DataFrame(self._findings, columns=list(Finding._fields))


def check(env: Any, *, samples: int = 300, seed: int = 1, quick: bool = False) -> Findings:
    """Tries whether an environment keeps the promises that solvers, learners and attacks build on: `duro check`.

    It runs in a process of its own, so that a crash is a finding. `quick`: only what takes well under a second.
    """
    env = as_env(env)
    env._need_states("a check")
    return Findings([Finding(*f) for f in _duro.check_env(env._core, samples, seed, quick)])
