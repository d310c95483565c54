"""Statistical functions: reductions over axes, running sums and differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.surface.axes import axes_of, one_axis, shape_of
from derivlab.array.surface.creation import astype, ones, zeros
from derivlab.array.surface.data_types import dtype_of
from derivlab.array.surface.elementwise import abs_squared
from derivlab.array.surface.manipulation import concat, squeeze

__all__ = [
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Σ over axes; small integers are summed in 64 bits unless another dtype is given."""
    if dtype is None:
        return p.sum(x, axis=axes_of(x, axis), keepdims=keepdims)
    return astype(p.sum(astype(x, dtype), axis=axes_of(x, axis), keepdims=keepdims), dtype, copy=False)


def prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """∏ over axes, by halving, so that the derivative is right where factors are zero."""
    x = _wide(x, dtype)
    axes = range(len(shape_of(x))) if axis is None else axes_of(x, axis) or ()
    kept = x
    for a in axes:
        kept = _prod_along(kept, a)
    return kept if keepdims or not axes else squeeze(kept, tuple(axes))


def _wide(x: Any, dtype: Any) -> Any:
    """x in the dtype in which it is accumulated: integers and truth values in 64 bits, unless another is given."""
    if dtype is None:
        kind = np.dtype(dtype_of(x)).kind
        dtype = {"b": np.int64, "i": np.int64, "u": np.uint64}.get(kind)
    return x if dtype is None else astype(x, dtype, copy=False)


def _prod_along(x: Any, axis: int) -> Any:
    lead = (slice(None),) * axis
    while (size := shape_of(x)[axis]) > 1:
        half = size // 2
        product = p.index(x, key=(*lead, slice(half))) * p.index(x, key=(*lead, slice(half, 2 * half)))
        rest = p.index(x, key=(*lead, slice(2 * half, None)))
        x = p.concat(product, rest, axis=axis) if size % 2 else product
    if shape_of(x)[axis] == 0:
        return ones((*shape_of(x)[:axis], 1, *shape_of(x)[axis + 1 :]), dtype=dtype_of(x))
    return x


def max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The maximum over axes; a cotangent is shared equally between ties."""
    return p.max(x, axis=axes_of(x, axis), keepdims=keepdims)


def min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The minimum over axes; a cotangent is shared equally between ties."""
    return p.min(x, axis=axes_of(x, axis), keepdims=keepdims)


def mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Σ x / n over axes."""
    return _over(sum(x, axis=axis, keepdims=keepdims), _count(x, axis))


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """Σ |x − mean|² / (n − correction) over axes."""
    deviation = x - mean(x, axis=axis, keepdims=True)
    return _over(sum(abs_squared(deviation), axis=axis, keepdims=keepdims), _count(x, axis) - correction)


def _over(total: Any, count: float) -> Any:
    """A quotient that is NaN or infinite without a warning where the count is not positive, as that of arrays is."""
    if count > 0:
        return total / count
    with np.errstate(all="ignore"):
        return total / np.float64(0.0).astype(dtype_of(total))


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The square root of :func:`var`."""
    return p.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def _count(x: Any, axis: Any) -> int:
    shape = shape_of(x)
    return math.prod(shape if axis is None else (shape[a] for a in axes_of(x, axis) or ()))


def _running(x: Any, axis: int | None) -> int:
    ndim = len(shape_of(x))
    if axis is None and ndim != 1:
        raise ValueError(f"an array of shape {shape_of(x)} has no single axis to run along; give axis=")
    return one_axis(0 if axis is None else axis, ndim)


def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """Partial sums along an axis."""
    axis = _running(x, axis)
    sums = p.cumulative_sum(_wide(x, dtype), axis=axis)
    return _begun(sums if dtype is None else astype(sums, dtype, copy=False), axis, include_initial, 0)


def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """Partial products along an axis, by doubling: the derivative is right where factors are zero.

    Cost: log₂ n products of arrays.
    """
    axis = _running(x, axis)
    products, length, step = _wide(x, dtype), shape_of(x)[axis], 1
    lead = (slice(None),) * axis
    while step < length:
        done = p.index(products, key=(*lead, slice(step)))
        later = p.index(products, key=(*lead, slice(step, None))) * p.index(products, key=(*lead, slice(length - step)))
        products, step = p.concat(done, later, axis=axis), 2 * step
    return _begun(products, axis, include_initial, 1)


def _begun(partial: Any, axis: int, include_initial: bool, initial: int) -> Any:
    """Partial sums or products, with that of no element before them if it is wanted."""
    if not include_initial:
        return partial
    shape = shape_of(partial)
    first = zeros((*shape[:axis], 1, *shape[axis + 1 :]), dtype=dtype_of(partial)) + initial
    return concat([astype(first, dtype_of(partial)), partial], axis=axis)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """x[i + 1] − x[i] along an axis, n times."""
    axis = one_axis(axis, len(shape_of(x)))
    x = concat([part for part in (prepend, x, append) if part is not None], axis=axis)
    lead = (slice(None),) * axis
    for _ in range(n):
        later, sooner = p.index(x, key=(*lead, slice(1, None))), p.index(x, key=(*lead, slice(None, -1)))
        x = p.not_equal(later, sooner) if np.dtype(dtype_of(x)).kind == "b" else later - sooner
    return x
