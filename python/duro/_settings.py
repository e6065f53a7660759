"""Settings as keyword arguments; the library's own tables check them."""
from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Optional, Union

from duro import _duro

Value = Union[bool, int, float, str]


class Setting(NamedTuple):
    """A row of a settings table."""

    name: str  #: "learn.width"
    kind: str  #: "int", "float", "bool" or "str"
    default: Value
    low: float  #: of numbers, inclusive
    high: float
    choices: Optional[str]  #: "a|b|c", or None
    unit: str
    help: str  #: one sentence


def settings(what: Any = "train") -> "list[Setting]":
    """Every setting of "train" (train.* and learn.*), of "grid", of "certificate", or of an environment (env.*)."""
    if what == "train":
        rows = _duro.train_rows()
    elif what == "grid":
        rows = _duro.grid_rows()
    elif what == "certificate":
        rows = _duro.certificate_rows()
    else:
        from duro._env import as_env

        rows = as_env(what)._core.rows()
    return [Setting(*row) for row in rows]


def text(value: Any) -> str:
    """A value as the library reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "true" if value else "false"
    try:
        if float(value) == int(value):
            return str(int(value))
        return repr(float(value))
    except (TypeError, ValueError, OverflowError):
        return str(value)


def _pairs(given: Mapping[str, Any], prefix: str, groups: "tuple[str, ...]") -> "Iterator[tuple[str, str]]":
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from _pairs(value, f"{name}.", groups)
        elif prefix or "." in name:
            yield prefix + name, text(value)
        else:
            yield f"{groups[0]}.{name}", text(value)


def pairs(given: Mapping[str, Any], *groups: str) -> "list[tuple[str, str]]":
    """(name, text) of {"learn.width": 64}, {"learn": {"width": 64}}; a name alone is of the first group."""
    return list(_pairs(given, "", groups))
