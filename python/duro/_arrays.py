"""Arrays of other libraries, by DLPack: torch's, JAX's and others' tensors in the memory of the CPU."""
from __future__ import annotations

import sys
from typing import Any, Callable

import numpy as np

from duro import _duro

_CPU = 1  # kDLCPU


def _same(array: Any) -> Any:
    return array


def taken(given: Any) -> "tuple[Any, Callable[[Any], Any]]":
    """What the library reads in place of `given`, without a copy, and the way back for results: a tensor of another
    library is answered with tensors of that library, everything else with NumPy arrays."""
    if isinstance(given, np.ndarray) or not hasattr(given, "__dlpack__"):
        return given, _same
    device = given.__dlpack_device__()
    if int(device[0]) != _CPU:
        raise _duro.ArgumentError(f"the array lies on {getattr(given, 'device', device)}; wanted one in the memory of the CPU")
    if getattr(given, "requires_grad", False):  # DLPack knows no gradients
        given = given.detach()
    namespace = getattr(given, "__array_namespace__", None)
    library = namespace() if namespace else sys.modules.get(type(given).__module__.partition(".")[0])
    return np.from_dlpack(given), getattr(library, "from_dlpack", _same)
