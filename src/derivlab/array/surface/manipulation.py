"""Manipulation functions: shapes, axes and order."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import writing
from derivlab.array.array import plain_array
from derivlab.array.level import Traced
from derivlab.array.surface.axes import axes_of, one_axis, shape_of
from derivlab.array.surface.indexing import take

__all__ = [
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "matrix_transpose",
    "moveaxis",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "tile",
    "unstack",
]

matrix_transpose = p.matrix_transpose


def reshape(x: Any, /, shape: Any, *, copy: Any = None) -> Any:
    """The same elements in another shape; one length may be −1."""
    sizes = [shape] if isinstance(shape, (int, np.integer)) else list(shape)
    if -1 in sizes:
        known = math.prod(size for size in sizes if size != -1)
        sizes[sizes.index(-1)] = math.prod(shape_of(x)) // max(known, 1)
    reshaped = p.reshape(x, shape=tuple(map(operator.index, sizes)))
    return writing.copied(reshaped) if copy and isinstance(reshaped, Traced) else reshaped


def permute_dims(x: Any, /, axes: Sequence[int]) -> Any:
    """Permuted axes."""
    return p.permute_dims(x, axes=axes_of(x, tuple(axes)))


def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
    """Axes ``source`` moved to the places ``destination``."""
    sources, destinations = axes_of(x, source) or (), axes_of(x, destination) or ()
    order = [axis for axis in range(len(shape_of(x))) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, axis)
    return p.permute_dims(x, axes=tuple(order))


def broadcast_to(x: Any, /, shape: Any) -> Any:
    """x repeated along new or length-1 axes."""
    return p.broadcast_to(x, shape=tuple(shape))


def broadcast_arrays(*arrays: Any) -> list[Any]:
    """All arrays in their common shape."""
    shape = np.broadcast_shapes(*(shape_of(x) for x in arrays))
    return [p.broadcast_to(x, shape=shape) for x in arrays]


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The common shape of shapes."""
    return np.broadcast_shapes(*shapes)


def expand_dims(x: Any, /, axis: Any = 0) -> Any:
    """New axes of length 1 at the places ``axis`` of the result."""
    places = axis if isinstance(axis, (tuple, list)) else (axis,)
    ndim = len(shape_of(x)) + len(places)
    new = {one_axis(a, ndim) for a in places}
    if len(new) < len(places):
        raise ValueError(f"expand_dims: the places {axis} of the new axes repeat")
    old = iter(shape_of(x))
    return p.reshape(x, shape=tuple(1 if i in new else next(old) for i in range(ndim)))


def squeeze(x: Any, /, axis: Any) -> Any:
    """The axes ``axis``, which must have length 1, removed."""
    axes, shape = axes_of(x, axis) or (), shape_of(x)
    if any(shape[a] != 1 for a in axes):
        raise ValueError(f"squeeze: axes {axes} of shape {shape} do not all have length 1")
    return p.reshape(x, shape=tuple(size for a, size in enumerate(shape) if a not in axes))


def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    """Arrays joined along an axis (flattened first if ``axis`` is None)."""
    if axis is None:
        arrays, axis = [reshape(x, -1) for x in arrays], 0
    if not len(arrays):
        raise ValueError("concat needs at least one array")
    return p.concat(*arrays, axis=one_axis(axis, len(shape_of(arrays[0]))))


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Arrays of one shape joined along a new axis."""
    if not len(arrays):
        raise ValueError("stack needs at least one array")
    shapes = {shape_of(x) for x in arrays}
    if len(shapes) > 1:
        raise ValueError(f"stack: the arrays have different shapes, {sorted(shapes)}")
    place = one_axis(axis, len(shape_of(arrays[0])) + 1)
    return p.concat(*(expand_dims(x if hasattr(x, "shape") else np.asarray(x), axis=place) for x in arrays), axis=place)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices of x along an axis."""
    lead = (slice(None),) * one_axis(axis, len(shape_of(x)))
    return tuple(p.index(x, key=(*lead, i)) for i in range(shape_of(x)[axis]))


def flip(x: Any, /, *, axis: Any = None) -> Any:
    """Reversed order along axes."""
    return p.flip(x, axis=axes_of(x, axis))


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    """Elements moved on by ``shift``, wrapping round."""
    if axis is None:
        return reshape(roll(reshape(x, -1), shift, axis=0), shape_of(x))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    shift = tuple(map(operator.index, shift)) if isinstance(shift, (tuple, list)) else operator.index(shift)
    return p.roll(x, shift=shift, axis=tuple(one_axis(a, len(shape_of(x))) for a in axes))


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Each element repeated along an axis."""
    if axis is None:
        x, axis = reshape(x, -1), 0
    return take(x, np.repeat(np.arange(shape_of(x)[axis]), plain_array(repeats)), axis=axis)


def tile(x: Any, repetitions: Sequence[int], /) -> Any:
    """Copies of x laid side by side."""
    ndim = max(len(shape_of(x)), len(repetitions))
    counts = (1,) * (ndim - len(repetitions)) + tuple(repetitions)
    out = reshape(x, (1,) * (ndim - len(shape_of(x))) + shape_of(x))
    for axis, count in enumerate(counts):
        if count == 0:
            out = p.index(out, key=(*(slice(None),) * axis, slice(0)))
        elif count > 1:
            out = p.concat(*([out] * count), axis=axis)
    return out
