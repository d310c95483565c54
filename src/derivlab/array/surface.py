"""The functions of the array API standard over our arrays, written once in terms of the primitives.

This module *is* the namespace that ``x.__array_namespace__()`` answers. Constants made here (``zeros``,
``arange``, ...) are plain NumPy arrays: they carry no derivative.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.array import Array, concrete_key
from derivlab.array.level import Traced

e, inf, nan, newaxis, pi = math.e, math.inf, math.nan, None, math.pi

negative, abs, sign = p.negative, p.abs, p.sign
exp, expm1, log, log1p, log2, log10, logaddexp = p.exp, p.expm1, p.log, p.log1p, p.log2, p.log10, p.logaddexp
sqrt, square, reciprocal, hypot = p.sqrt, p.square, p.reciprocal, p.hypot
sin, cos, tan, asin, acos, atan, atan2 = p.sin, p.cos, p.tan, p.asin, p.acos, p.atan, p.atan2
sinh, cosh, tanh, asinh, acosh, atanh = p.sinh, p.cosh, p.tanh, p.asinh, p.acosh, p.atanh
floor, ceil, round, trunc = p.floor, p.ceil, p.round, p.trunc
add, subtract, multiply, divide = p.add, p.subtract, p.multiply, p.divide
minimum, maximum, where = p.minimum, p.maximum, p.where
equal, not_equal, less, less_equal = p.equal, p.not_equal, p.less, p.less_equal
greater, greater_equal = p.greater, p.greater_equal
logical_and, logical_or, logical_xor, logical_not = p.logical_and, p.logical_or, p.logical_xor, p.logical_not
isfinite, isinf, isnan = p.isfinite, p.isinf, p.isnan
matmul, matrix_transpose = p.matmul, p.matrix_transpose


def _shape(x: Any) -> tuple[int, ...]:
    return x.shape if hasattr(x, "shape") else np.shape(x)


def normalised_axes(x: Any, axis: Any) -> tuple[int, ...] | None:
    """Axes as a tuple of non-negative integers; None for all of them."""
    if axis is None:
        return None
    ndim = len(_shape(x))
    return tuple(_axis(a, ndim) for a in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def _axis(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis {axis} is out of range for an array with {ndim} axes")
    return axis % ndim


# Elementwise.


def positive(x: Any, /) -> Any:
    """x itself."""
    return x


def pow(x1: Any, x2: Any, /) -> Any:
    """x1 ** x2; an integer exponent stays one, so that negative bases differentiate."""
    return x1**x2 if isinstance(x1, Array) or isinstance(x2, int) else p.power(x1, x2)


def floor_divide(x1: Any, x2: Any, /) -> Any:
    """⌊x1 / x2⌋, whose derivative is 0 almost everywhere."""
    return p.floor(p.divide(x1, x2))


def remainder(x1: Any, x2: Any, /) -> Any:
    """x1 − ⌊x1 / x2⌋ x2, with the sign of x2."""
    return p.subtract(x1, p.multiply(floor_divide(x1, x2), x2))


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """x held between ``min`` and ``max``; at a bound the cotangent is shared equally, as at any tie."""
    x = x if min is None else p.maximum(x, min)
    return x if max is None else p.minimum(x, max)


def astype(x: Any, dtype: Any, /, *, copy: builtins.bool = True, device: Any = None) -> Any:
    """x in another dtype; to integers or booleans the derivative ends, as at floor."""
    return p.astype(x, dtype=np.dtype(dtype))


# Creation: constants carry no derivative.


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> Any:
    """An array of ``obj``; nested lists that hold arrays under differentiation are stacked."""
    if isinstance(obj, Traced):
        return obj if dtype is None or np.dtype(dtype) == obj.level.dtype(obj) else astype(obj, dtype)
    if isinstance(obj, (list, tuple)) and _holds_traced(obj):
        return stack([asarray(part, dtype=dtype) for part in obj])
    return np.asarray(obj, dtype=dtype, copy=copy)


def _holds_traced(obj: Any) -> builtins.bool:
    return isinstance(obj, Traced) or (
        isinstance(obj, (list, tuple)) and builtins.any(_holds_traced(part) for part in obj)
    )


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros of the shape and dtype of x."""
    return np.zeros(_shape(x), dtype=dtype or x.dtype)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones of the shape and dtype of x."""
    return np.ones(_shape(x), dtype=dtype or x.dtype)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """An array of the shape and dtype of x, filled with zeros."""
    return zeros_like(x, dtype=dtype)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """An array of the shape and dtype of x, filled with one value."""
    return p.broadcast_to(asarray(fill_value, dtype=dtype or x.dtype), shape=_shape(x))


def tril(x: Any, /, *, k: int = 0) -> Any:
    """The lower triangle."""
    return p.tril(x, k=k)


def triu(x: Any, /, *, k: int = 0) -> Any:
    """The upper triangle."""
    return p.triu(x, k=k)


# Shapes.


def reshape(x: Any, /, shape: Any, *, copy: Any = None) -> Any:
    """The same elements in another shape; one length may be −1."""
    sizes = [shape] if isinstance(shape, int) else list(shape)
    if -1 in sizes:
        known = math.prod(size for size in sizes if size != -1)
        sizes[sizes.index(-1)] = math.prod(_shape(x)) // builtins.max(known, 1)
    return p.reshape(x, shape=tuple(sizes))


def permute_dims(x: Any, /, axes: Sequence[int]) -> Any:
    """Permuted axes."""
    return p.permute_dims(x, axes=normalised_axes(x, tuple(axes)))


def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
    """Axes ``source`` moved to the places ``destination``."""
    sources, destinations = normalised_axes(x, source) or (), normalised_axes(x, destination) or ()
    order = [axis for axis in range(len(_shape(x))) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, axis)
    return p.permute_dims(x, axes=tuple(order))


def broadcast_to(x: Any, /, shape: Any) -> Any:
    """x repeated along new or length-1 axes."""
    return p.broadcast_to(x, shape=tuple(shape))


def broadcast_arrays(*arrays: Any) -> list[Any]:
    """All arrays in their common shape."""
    shape = np.broadcast_shapes(*(_shape(x) for x in arrays))
    return [p.broadcast_to(x, shape=shape) for x in arrays]


def expand_dims(x: Any, /, *, axis: Any = 0) -> Any:
    """New axes of length 1 at the places ``axis`` of the result."""
    places = axis if isinstance(axis, (tuple, list)) else (axis,)
    ndim = len(_shape(x)) + len(places)
    new = {_axis(a, ndim) for a in places}
    old = iter(_shape(x))
    return p.reshape(x, shape=tuple(1 if i in new else next(old) for i in range(ndim)))


def squeeze(x: Any, /, axis: Any) -> Any:
    """The axes ``axis``, which must have length 1, removed."""
    axes, shape = normalised_axes(x, axis) or (), _shape(x)
    if builtins.any(shape[a] != 1 for a in axes):
        raise ValueError(f"squeeze: axes {axes} of shape {shape} do not all have length 1")
    return p.reshape(x, shape=tuple(size for a, size in enumerate(shape) if a not in axes))


def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    """Arrays joined along an axis (flattened first if ``axis`` is None)."""
    if axis is None:
        arrays, axis = [reshape(x, -1) for x in arrays], 0
    return p.concat(*arrays, axis=_axis(axis, len(_shape(arrays[0]))))


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Arrays of one shape joined along a new axis."""
    place = _axis(axis, len(_shape(arrays[0])) + 1)
    return p.concat(*(expand_dims(asarray(x), axis=place) for x in arrays), axis=place)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices of x along an axis."""
    lead = (slice(None),) * _axis(axis, len(_shape(x)))
    return tuple(p.index(x, key=(*lead, i)) for i in range(_shape(x)[axis]))


def flip(x: Any, /, *, axis: Any = None) -> Any:
    """Reversed order along axes."""
    return p.flip(x, axis=normalised_axes(x, axis))


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    """Elements moved on by ``shift``, wrapping round."""
    if axis is None:
        return reshape(p.roll(reshape(x, -1), shift=shift, axis=(0,)), _shape(x))
    return p.roll(x, shift=shift, axis=normalised_axes(x, axis))


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Each element repeated along an axis."""
    if axis is None:
        x, axis = reshape(x, -1), 0
    return take(x, np.repeat(np.arange(_shape(x)[axis]), repeats), axis=axis)


def tile(x: Any, repetitions: Sequence[int], /) -> Any:
    """Copies of x laid side by side."""
    ndim = builtins.max(len(_shape(x)), len(repetitions))
    counts = (1,) * (ndim - len(repetitions)) + tuple(repetitions)
    out = reshape(x, (1,) * (ndim - len(_shape(x))) + _shape(x))
    for axis, count in enumerate(counts):
        out = out if count == 1 else p.concat(*([out] * count), axis=axis)
    return out


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """The elements of x at integer ``indices`` along an axis."""
    if axis is None:
        x, axis = reshape(x, -1), 0
    lead = (slice(None),) * _axis(axis, len(_shape(x)))
    return p.index(x, key=(*lead, np.asarray(concrete_key(indices))))


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """For each place, the element of x whose position along ``axis`` is given."""
    picked, axis = np.asarray(concrete_key(indices)), _axis(axis, len(_shape(x)))
    key = list(np.ogrid[tuple(slice(n) for n in picked.shape)])
    key[axis] = picked
    return p.index(x, key=tuple(key))


def diag(x: Any, /, *, k: int = 0) -> Any:
    """The k-th diagonal of a matrix, or the matrix with x on its k-th diagonal."""
    shape = _shape(x)
    if len(shape) == 1:
        size = shape[0] + builtins.abs(k)
        rows = np.arange(shape[0])
        return p.scatter(x, key=(rows + builtins.max(-k, 0), rows + builtins.max(k, 0)), shape=(size, size))
    length = builtins.max(builtins.min(shape[-2] + builtins.min(k, 0), shape[-1] - builtins.max(k, 0)), 0)
    rows = np.arange(length)
    return p.index(x, key=(..., rows + builtins.max(-k, 0), rows + builtins.max(k, 0)))


# Reductions.


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: builtins.bool = False) -> Any:
    """Σ over axes."""
    return p.sum(x if dtype is None else astype(x, dtype), axis=normalised_axes(x, axis), keepdims=keepdims)


def prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: builtins.bool = False) -> Any:
    """∏ over axes, by halving, so that the derivative is right where factors are zero."""
    x = x if dtype is None else astype(x, dtype)
    axes = range(len(_shape(x))) if axis is None else normalised_axes(x, axis) or ()
    kept = x
    for a in axes:
        kept = _prod_along(kept, a)
    return kept if keepdims or not axes else squeeze(kept, tuple(axes))


def _prod_along(x: Any, axis: int) -> Any:
    lead = (slice(None),) * axis
    while (size := _shape(x)[axis]) > 1:
        half = size // 2
        product = p.index(x, key=(*lead, slice(half))) * p.index(x, key=(*lead, slice(half, 2 * half)))
        rest = p.index(x, key=(*lead, slice(2 * half, None)))
        x = p.concat(product, rest, axis=axis) if size % 2 else product
    if _shape(x)[axis] == 0:
        return np.ones((*_shape(x)[:axis], 1, *_shape(x)[axis + 1 :]), dtype=x.dtype)
    return x


def max(x: Any, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
    """The maximum over axes; a cotangent is shared equally between ties."""
    return p.max(x, axis=normalised_axes(x, axis), keepdims=keepdims)


def min(x: Any, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
    """The minimum over axes; a cotangent is shared equally between ties."""
    return p.min(x, axis=normalised_axes(x, axis), keepdims=keepdims)


def mean(x: Any, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
    """Σ x / n over axes."""
    return sum(x, axis=axis, keepdims=keepdims) / _count(x, axis)


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: builtins.bool = False) -> Any:
    """Σ (x − mean)² / (n − correction) over axes."""
    deviation = x - mean(x, axis=axis, keepdims=True)
    return sum(p.square(deviation), axis=axis, keepdims=keepdims) / (_count(x, axis) - correction)


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: builtins.bool = False) -> Any:
    """The square root of :func:`var`."""
    return p.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def _count(x: Any, axis: Any) -> int:
    shape = _shape(x)
    return math.prod(shape if axis is None else (shape[a] for a in normalised_axes(x, axis) or ()))


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: builtins.bool = False
) -> Any:
    """Partial sums along an axis."""
    x = x if dtype is None else astype(x, dtype)
    axis = 0 if axis is None else _axis(axis, len(_shape(x)))
    sums = p.cumulative_sum(x, axis=axis)
    if not include_initial:
        return sums
    shape = _shape(x)
    return p.concat(np.zeros((*shape[:axis], 1, *shape[axis + 1 :]), dtype=x.dtype), sums, axis=axis)


def all(x: Any, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
    """Whether all elements are true."""
    return p.all(x, axis=normalised_axes(x, axis), keepdims=keepdims)


def any(x: Any, /, *, axis: Any = None, keepdims: builtins.bool = False) -> Any:
    """Whether any element is true."""
    return p.any(x, axis=normalised_axes(x, axis), keepdims=keepdims)


def argmax(x: Any, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Any:
    """The index of the maximum."""
    return p.argmax(x, axis=axis, keepdims=keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Any:
    """The index of the minimum."""
    return p.argmin(x, axis=axis, keepdims=keepdims)


def argsort(x: Any, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Any:
    """The indices that sort x."""
    return p.argsort(p.negative(x) if descending else x, axis=axis)


def sort(x: Any, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Any:
    """x in order; at ties the cotangent follows the stable order."""
    return take_along_axis(x, argsort(x, axis=axis, descending=descending), axis=axis)


# Products.


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Σ x1 x2 over one axis (real arrays)."""
    return sum(x1 * x2, axis=axis)


def outer(x1: Any, x2: Any, /) -> Any:
    """x1 x2ᵀ of two vectors."""
    return reshape(x1, (-1, 1)) * reshape(x2, (1, -1))


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """Σ over the paired axes of x1 and x2, as one matrix product."""
    n1, n2 = len(_shape(x1)), len(_shape(x2))
    if isinstance(axes, int):
        left, right = tuple(range(n1 - axes, n1)), tuple(range(axes))
    else:
        left, right = normalised_axes(x1, tuple(axes[0])) or (), normalised_axes(x2, tuple(axes[1])) or ()
    free1 = tuple(a for a in range(n1) if a not in left)
    free2 = tuple(a for a in range(n2) if a not in right)
    shape = tuple(_shape(x1)[a] for a in free1) + tuple(_shape(x2)[a] for a in free2)
    inner = math.prod(_shape(x1)[a] for a in left)
    matrix1 = reshape(permute_dims(x1, free1 + left), (math.prod(_shape(x1)[a] for a in free1), inner))
    matrix2 = reshape(permute_dims(x2, right + free2), (inner, math.prod(_shape(x2)[a] for a in free2)))
    return reshape(p.matmul(matrix1, matrix2), shape)
