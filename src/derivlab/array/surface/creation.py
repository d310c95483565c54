"""Creation functions: constants are plain NumPy arrays, which carry no derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.level import FinishedLevel, Traced, finished
from derivlab.array.surface.axes import is_complex, shape_of
from derivlab.array.surface.manipulation import stack
from derivlab.errors import ArgumentError


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> Any:
    """An array of ``obj``; nested lists that hold arrays under differentiation are stacked."""
    if isinstance(obj, Traced):
        return obj if dtype is None or np.dtype(dtype) == obj.level.dtype(obj) else astype(obj, dtype)
    if isinstance(obj, (list, tuple)) and _holds_traced(obj):
        return stack([asarray(part, dtype=dtype) for part in obj])
    return np.asarray(obj, dtype=dtype, copy=copy)


def _holds_traced(obj: Any) -> bool:
    return isinstance(obj, Traced) or (isinstance(obj, (list, tuple)) and any(_holds_traced(part) for part in obj))


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros of the shape and dtype of x."""
    return np.zeros(shape_of(x), dtype=dtype or x.dtype)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones of the shape and dtype of x."""
    return np.ones(shape_of(x), dtype=dtype or x.dtype)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """An array of the shape and dtype of x, filled with zeros."""
    return zeros_like(x, dtype=dtype)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """An array of the shape and dtype of x, filled with one value."""
    return p.broadcast_to(asarray(fill_value, dtype=dtype or x.dtype), shape=shape_of(x))


def tril(x: Any, /, *, k: int = 0) -> Any:
    """The lower triangle."""
    return p.tril(x, k=k)


def triu(x: Any, /, *, k: int = 0) -> Any:
    """The upper triangle."""
    return p.triu(x, k=k)


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """x in another dtype; to integers or booleans the derivative ends, as at floor."""
    target = np.dtype(dtype)
    if is_complex(x) and target.kind in "fiu":
        if isinstance(x, Traced) and isinstance(x.level, FinishedLevel):
            raise finished("astype")
        raise ArgumentError(f"astype({target}) of complex numbers would drop their imaginary parts; write xp.real(x)")
    if isinstance(x, Traced) and target.kind in "iu":
        x = p.trunc(x)
    elif isinstance(x, Traced) and target.kind == "b":
        return p.not_equal(x, 0)
    return p.astype(x, dtype=target)
