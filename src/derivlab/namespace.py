"""Asks an array for its namespace, so that a function is written once and runs over any library.

def loss(w, x, y):
    xp = array_namespace(w)
    return xp.sum((x @ w - y) ** 2)
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from derivlab.array import surface
from derivlab.array.level import Traced


def array_namespace(*arrays: Any) -> Any:
    """The namespace in which to compute with ``arrays``.

    An array under differentiation wins over every other; then the first array that is not NumPy's; Python
    numbers have no say, and alone they mean NumPy. The object is asked first (``__array_namespace__``), and
    array-api-compat only where a library (PyTorch) does not answer.

    Raises
    ------
    TypeError
        If something is neither a number nor an array; says what it was.
    """
    foreign: list[Any] = []
    for array in arrays:
        if isinstance(array, Traced):
            return surface
        if isinstance(array, (np.ndarray, np.generic, bool, int, float, complex)):
            continue
        foreign.append(array)
    if not foreign:
        return np
    first = foreign[0]
    if hasattr(first, "__array_namespace__"):
        return first.__array_namespace__()
    try:
        return importlib.import_module("array_api_compat").array_namespace(first)
    except TypeError:
        raise TypeError(
            f"array_namespace got {type(first).__name__}: {first!r}; give an array, "
            "e.g. numpy.asarray(value, dtype=float)"
        ) from None
