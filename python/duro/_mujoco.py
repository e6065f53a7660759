"""MuJoCo's library, where the `mujoco` package has it; looked for when an environment needs it."""
from __future__ import annotations


def load() -> None:
    """Tells the library where MuJoCo is, once."""


def load_for(word: str) -> None:
    """The same, for an environment that runs in it."""
    if word.endswith(".xml") or word in ("cartpole-mujoco", "walker2d"):
        load()
