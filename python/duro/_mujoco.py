"""MuJoCo's library, where the `mujoco` package has it; looked for when an environment needs it."""
from __future__ import annotations

import functools
import glob
import importlib.util
import os

from duro import _duro


@functools.lru_cache(maxsize=None)
def load() -> None:
    """Tells the library where MuJoCo is, once. Where it is not found, whatever needs it says so."""
    spec = importlib.util.find_spec("mujoco") if "mujoco" in _duro.capabilities().split() else None
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(glob.glob(os.path.join(folder, "libmujoco.so*"))):
            _duro.open_mujoco(path)


def load_for(word: str) -> None:
    """The same, for an environment that runs in it."""
    if word.endswith(".xml") or word in ("cartpole-mujoco", "walker2d") or os.path.isdir(word):
        load()
