"""NumPy object arrays, for libraries whose numbers are Python objects: the shapes are NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.libraries import numpy as numpy_library

_STRUCTURAL = """
    sum cumulative_sum reshape permute_dims matrix_transpose broadcast_to concat flip roll index scatter tril
    triu
""".split()


def _assign(x: Any, entries: Any, key: Any) -> Any:
    """x with other entries at ``key``; NumPy would keep an array without axes as one entry."""
    if isinstance(entries, np.ndarray) and not entries.ndim:
        entries = entries[()]
    out = np.array(x, dtype=object) if np.asarray(entries).dtype == object else np.array(x)
    out[key] = entries
    return out


STRUCTURAL: dict[str, Callable[..., Any]] = {
    **{name: numpy_library.KERNELS[name] for name in _STRUCTURAL},
    "assign": _assign,
}


def box(value: Any) -> Any:
    """A kernel's answer as an array: NumPy unpacks object arrays without axes."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (bool, np.bool_, np.integer)):
        return np.asarray(value)
    boxed = np.empty((), dtype=object)
    boxed[()] = value
    return boxed


def elementwise(function: Callable[..., Any], arity: int = 1) -> Callable[..., Any]:
    """A function of scalars applied to each element."""
    return np.frompyfunc(function, arity, 1)
