"""Shapes, axes and order: what NumPy gives as a view shares its entries here too."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array import views
from derivlab.array.level import Traced
from derivlab.array.numpy_names.common import Lacking, Table, array, copied, integers, rearranged, runs, size_of
from derivlab.array.surface.axes import one_axis, shape_of


def _transpose(a: Any, axes: Any = None) -> Any:
    x = array(a)
    return x.T if axes is None else xp.permute_dims(x, axes)


def _reshape(a: Any, /, shape: Any, order: str = "C", *, copy: Any = None) -> Any:
    """Row by row, or column by column for order="F"."""
    x = array(a)
    if order == "A":
        order = "F" if runs(x, "F") and not runs(x, "C") else "C"
    if order == "C":
        return xp.reshape(x, shape, copy=copy)
    if order != "F":
        raise ValueError(f"order is 'C', 'F' or 'A', and not {order!r}")
    sizes = np.empty(shape_of(x), bool).reshape(shape).shape
    turned = _transpose(xp.reshape(_transpose(x), tuple(reversed(sizes))))
    return copied(turned) if copy else turned


def _ravel(a: Any, order: str = "C") -> Any:
    """The entries in a row: a view where they lie so in memory, as NumPy has it, else a copy."""
    x = array(a)
    if order == "K" and not runs(x, "C") and not runs(x, "F"):
        raise Lacking("order='K' of an array that runs neither by rows nor by columns", "write order='C'")
    if order in ("A", "K"):
        order = "F" if runs(x, "F") and not runs(x, "C") else "C"
    row = _reshape(x, (size_of(x),), order)
    return row if runs(x, order) else copied(row)


def _squeeze(a: Any, axis: Any = None) -> Any:
    x = array(a)
    return xp.squeeze(x, tuple(i for i, n in enumerate(shape_of(x)) if n == 1) if axis is None else axis)


def _expand_dims(a: Any, axis: Any) -> Any:
    return xp.expand_dims(array(a), axis=axis)


def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    x = array(a)
    order = list(range(len(shape_of(x))))
    first, second = one_axis(axis1, len(order)), one_axis(axis2, len(order))
    order[first], order[second] = order[second], order[first]
    return xp.permute_dims(x, order)


def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    return xp.moveaxis(array(a), source, destination)


def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    x = array(a)
    return xp.permute_dims(x, np.rollaxis(np.empty(tuple(range(len(shape_of(x))))), axis, start).shape)


def _matrix_transpose(x: Any, /) -> Any:
    return p.matrix_transpose(array(x))


def _broadcast_to(array: Any, shape: Any) -> Any:
    return p.broadcast_to(_array(array), shape=(shape,) if isinstance(shape, (int, np.integer)) else tuple(shape))


_array = array


def _broadcast_arrays(*args: Any) -> Any:
    return tuple(xp.broadcast_arrays(*map(array, args)))


def _at_least(ndim: int) -> Callable[..., Any]:
    """Arrays of at least so many axes; one array alone comes back alone."""

    def raised(*arys: Any) -> Any:
        parts = tuple(_raised(array(x), ndim) for x in arys)
        return parts[0] if len(parts) == 1 else parts

    return raised


def _raised(x: Any, ndim: int) -> Any:
    shape = shape_of(x)
    if len(shape) >= ndim:
        return x
    if ndim == 3:
        return p.reshape(x, shape={0: (1, 1, 1), 1: (1, *shape, 1), 2: (*shape, 1)}[len(shape)])
    return p.reshape(x, shape=(1,) * (ndim - len(shape)) + shape)


def _flip(m: Any, axis: Any = None) -> Any:
    return xp.flip(array(m), axis=axis)


def _flipped(axis: int) -> Callable[..., Any]:
    def flip(m: Any) -> Any:
        x = array(m)
        if len(shape_of(x)) <= axis:
            raise ValueError(f"input must be >= {axis + 1}-d")
        return xp.flip(x, axis=axis)

    return flip


def _rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Turned from the first axis to the second, k times a right angle."""
    x = array(m)
    first, second = (one_axis(axis, len(shape_of(x))) for axis in axes)
    if first == second:
        raise ValueError("Axes must be different.")
    k = operator.index(k) % 4
    if k == 0:
        return x[...]
    if k == 2:
        return xp.flip(xp.flip(x, axis=first), axis=second)
    return (
        _swapaxes(xp.flip(x, axis=second), first, second)
        if k == 1
        else xp.flip(_swapaxes(x, first, second), axis=second)
    )


def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    x = array(a)
    if not isinstance(shift, (tuple, list)) and not isinstance(axis, (tuple, list)):
        return xp.roll(x, operator.index(shift), axis=axis) if shape_of(x) else copied(x)
    if axis is None:
        return xp.roll(x, int(np.sum(integers(shift))), axis=None)
    shifts, axes = np.broadcast_arrays(integers(shift), axis)
    for amount, place in zip(shifts.ravel(), axes.ravel(), strict=True):
        x = xp.roll(x, int(amount), axis=int(place))
    return x


def _resize(a: Any, new_shape: Any) -> Any:
    return rearranged(lambda x: np.resize(x, new_shape), a)


def _window_view(x: Any, window_shape: Any, axis: Any = None, *, writeable: bool = False) -> Any:
    """All windows of a shape, which show what is written into the array."""
    if writeable:
        raise Lacking("writeable=True", "write into the array itself")
    x = array(x)
    row = xp.reshape(x, (-1,))
    numbers = np.arange(size_of(x)).reshape(shape_of(x))
    key = (np.array(np.lib.stride_tricks.sliding_window_view(numbers, window_shape, axis)),)
    windows = p.index(row, key=key)
    if isinstance(x, Traced):
        if getattr(row, "base", None) is None:
            views.tie(row, x, p.reshape, {"shape": (size_of(x),)})
        views.tie(windows, row, p.index, {"key": key})
    return windows


def _astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
    return xp.astype(array(x), dtype, copy=copy)


def _copy(a: Any, order: Any = "K") -> Any:
    """A copy, which is an array also of a single number."""
    made = copied(array(a), order)
    if isinstance(made, Traced) and not shape_of(made):
        made.views = []
    return made


def _apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """func1d on each line along an axis, one after the other."""
    x = array(arr)
    axis = one_axis(axis, len(shape_of(x)))
    lead, rest = shape_of(x)[:axis], shape_of(x)[axis + 1 :]
    lines = xp.reshape(xp.moveaxis(x, axis, -1), (-1, shape_of(x)[axis]))
    if not shape_of(lines)[0]:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    answers = [array(func1d(lines[i], *args, **kwargs)) for i in range(shape_of(lines)[0])]
    shape = shape_of(answers[0])
    joined = xp.reshape(xp.stack(answers), (*lead, *rest, *shape))
    made = range(len(lead) + len(rest), len(lead) + len(rest) + len(shape))
    return xp.moveaxis(joined, tuple(made), tuple(range(axis, axis + len(shape)))) if shape else joined


def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """func(x, axis) along each axis in turn, whose length 1 is kept."""
    x = array(a)
    for axis in np.ravel(integers(axes)):
        place = one_axis(int(axis), len(shape_of(x)))
        answer = func(x, place)
        x = answer if len(shape_of(answer)) == len(shape_of(x)) else xp.expand_dims(answer, axis=place)
    return x


TABLE: Table = {
    np.reshape: _reshape,
    np.ravel: _ravel,
    np.transpose: _transpose,
    np.permute_dims: _transpose,
    np.matrix_transpose: _matrix_transpose,
    np.moveaxis: _moveaxis,
    np.rollaxis: _rollaxis,
    np.swapaxes: _swapaxes,
    np.expand_dims: _expand_dims,
    np.squeeze: _squeeze,
    np.broadcast_to: _broadcast_to,
    np.broadcast_arrays: _broadcast_arrays,
    np.atleast_1d: _at_least(1),
    np.atleast_2d: _at_least(2),
    np.atleast_3d: _at_least(3),
    np.flip: _flip,
    np.flipud: _flipped(0),
    np.fliplr: _flipped(1),
    np.rot90: _rot90,
    np.roll: _roll,
    np.resize: _resize,
    np.lib.stride_tricks.sliding_window_view: _window_view,
    np.astype: _astype,
    np.copy: _copy,
    np.apply_along_axis: _apply_along_axis,
    np.apply_over_axes: _apply_over_axes,
}
