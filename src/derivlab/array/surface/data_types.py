"""Data types: those of NumPy, asked of our arrays as well."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import writing
from derivlab.array.level import FinishedLevel, Traced, finished
from derivlab.array.parts import is_complex
from derivlab.errors import ArgumentError

__all__ = [
    "astype",
    "can_cast",
    "finfo",
    "iinfo",
    "isdtype",
    "result_type",
]


def dtype_of(x: Any) -> Any:
    """The dtype of an array, or that which a Python number becomes."""
    return x.dtype if hasattr(x, "dtype") else np.result_type(x)


def _plain(x: Any) -> Any:
    """An array's dtype; a dtype or a Python number as it is."""
    return np.dtype(x.level.dtype(x)) if isinstance(x, Traced) else x


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """x in another dtype; to integers or booleans the derivative ends, as at floor."""
    target = np.dtype(dtype)
    if isinstance(x, Traced) and isinstance(x.level, FinishedLevel):
        raise finished("astype")
    if is_complex(x) and target.kind in "fiu":
        raise ArgumentError(f"astype({target}) of complex numbers would drop their imaginary parts; write xp.real(x)")
    if not isinstance(x, Traced):
        return p.astype(x, dtype=target)
    source = np.dtype(x.level.dtype(x))
    if source == target:
        return writing.copied(x) if copy else x
    if target.kind in "iu" and source.kind == "f":
        x = p.trunc(x)
    elif target.kind == "b":
        return p.not_equal(x, 0)
    return p.astype(x, dtype=target)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether one dtype (or that of an array) casts to another without loss, by the rules of promotion."""
    return bool(np.can_cast(_plain(from_), to))


def finfo(type: Any, /) -> Any:
    """The limits of a floating-point dtype, or of that of an array."""
    return np.finfo(_plain(type))


def iinfo(type: Any, /) -> Any:
    """The limits of an integer dtype, or of that of an array."""
    return np.iinfo(_plain(type))


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is of a kind: "bool", "integral", "real floating", "numeric", another dtype, or of a tuple."""
    return bool(np.isdtype(np.dtype(dtype), kind))


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype that arrays, dtypes and Python numbers make together."""
    return np.result_type(*map(_plain, arrays_and_dtypes))
