"""Statistical functions: reductions over axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.surface.axes import axes_of, one_axis, shape_of
from derivlab.array.surface.creation import astype
from derivlab.array.surface.elementwise import abs_squared
from derivlab.array.surface.manipulation import squeeze


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Σ over axes."""
    return p.sum(x if dtype is None else astype(x, dtype), axis=axes_of(x, axis), keepdims=keepdims)


def prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """∏ over axes, by halving, so that the derivative is right where factors are zero."""
    x = x if dtype is None else astype(x, dtype)
    axes = range(len(shape_of(x))) if axis is None else axes_of(x, axis) or ()
    kept = x
    for a in axes:
        kept = _prod_along(kept, a)
    return kept if keepdims or not axes else squeeze(kept, tuple(axes))


def _prod_along(x: Any, axis: int) -> Any:
    lead = (slice(None),) * axis
    while (size := shape_of(x)[axis]) > 1:
        half = size // 2
        product = p.index(x, key=(*lead, slice(half))) * p.index(x, key=(*lead, slice(half, 2 * half)))
        rest = p.index(x, key=(*lead, slice(2 * half, None)))
        x = p.concat(product, rest, axis=axis) if size % 2 else product
    if shape_of(x)[axis] == 0:
        return np.ones((*shape_of(x)[:axis], 1, *shape_of(x)[axis + 1 :]), dtype=x.dtype)
    return x


def max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The maximum over axes; a cotangent is shared equally between ties."""
    return p.max(x, axis=axes_of(x, axis), keepdims=keepdims)


def min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The minimum over axes; a cotangent is shared equally between ties."""
    return p.min(x, axis=axes_of(x, axis), keepdims=keepdims)


def mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Σ x / n over axes."""
    return sum(x, axis=axis, keepdims=keepdims) / _count(x, axis)


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """Σ |x − mean|² / (n − correction) over axes."""
    deviation = x - mean(x, axis=axis, keepdims=True)
    return sum(abs_squared(deviation), axis=axis, keepdims=keepdims) / (_count(x, axis) - correction)


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The square root of :func:`var`."""
    return p.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def _count(x: Any, axis: Any) -> int:
    shape = shape_of(x)
    return math.prod(shape if axis is None else (shape[a] for a in axes_of(x, axis) or ()))


def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """Partial sums along an axis."""
    x = x if dtype is None else astype(x, dtype)
    axis = 0 if axis is None else one_axis(axis, len(shape_of(x)))
    sums = p.cumulative_sum(x, axis=axis)
    if not include_initial:
        return sums
    shape = shape_of(x)
    return p.concat(np.zeros((*shape[:axis], 1, *shape[axis + 1 :]), dtype=x.dtype), sums, axis=axis)
