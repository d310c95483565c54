"""Indexing functions: which elements are picked is a constant; the elements are differentiated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import views
from derivlab.array.array import concrete_key
from derivlab.array.level import Traced
from derivlab.array.surface.axes import one_axis, shape_of

__all__ = [
    "diag",
    "take",
    "take_along_axis",
]


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """The elements of x at integer ``indices`` along an axis."""
    if axis is None:
        x, axis = p.reshape(x, shape=(math.prod(shape_of(x)),)), 0
    lead = (slice(None),) * one_axis(axis, len(shape_of(x)))
    return p.index(x, key=(*lead, np.asarray(concrete_key(indices))))


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """For each place, the element of x whose position along ``axis`` is given."""
    picked, axis = np.asarray(concrete_key(indices)), one_axis(axis, len(shape_of(x)))
    key: list[Any] = list(np.ogrid[tuple(slice(n) for n in shape_of(x))])
    key[axis] = picked
    return p.index(x, key=tuple(key))


def diag(x: Any, /, *, k: int = 0) -> Any:
    """The k-th diagonal of a matrix, or the matrix with x on its k-th diagonal."""
    shape = shape_of(x)
    if len(shape) == 1:
        size = shape[0] + abs(k)
        rows = np.arange(shape[0])
        return p.scatter(x, key=(rows + max(-k, 0), rows + max(k, 0)), shape=(size, size))
    length = max(min(shape[-2] + min(k, 0), shape[-1] - max(k, 0)), 0)
    rows = np.arange(length)
    key = (..., rows + max(-k, 0), rows + max(k, 0))
    entries = p.index(x, key=key)
    if isinstance(x, Traced):  # NumPy's diagonal is a view
        views.tie(entries, x, p.index, {"key": key})
    return entries
