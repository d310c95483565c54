"""New arrays made after others, to write into or to count along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.numpy_names.common import Table, array, cast, copied, floating, runs
from derivlab.array.surface.axes import one_axis, shape_of


def _sizes(a: Any, shape: Any) -> tuple[int, ...]:
    if shape is None:
        return shape_of(a)
    return (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(map(int, shape))


def _filled(make: Callable[..., Any]) -> Callable[..., Any]:
    """Zeros or ones in the shape and dtype of another array, or in a shape of their own."""

    def like(a: Any, dtype: Any = None, order: str = "K", *, shape: Any = None) -> Any:
        a = array(a)
        made = make(_sizes(a, shape), dtype=xp.result_type(a) if dtype is None else dtype)
        return copied(made, _order(a, made, order))

    return like


def _order(a: Any, made: Any, order: str) -> str:
    """The order in memory of an array that is made after another: by columns where that is."""
    by_columns = runs(a, "F") and not runs(a, "C") and len(shape_of(a)) == len(shape_of(made))
    return order if order in ("C", "F") else "F" if by_columns else "C"


def _empty_like(prototype: Any, dtype: Any = None, order: str = "K", *, shape: Any = None) -> Any:
    """Zeros, to write into."""
    return _filled(xp.zeros)(prototype, dtype, order, shape=shape)


def _full_like(a: Any, fill_value: Any, dtype: Any = None, order: str = "K", *, shape: Any = None) -> Any:
    a = array(a)
    dtype = xp.result_type(a) if dtype is None else dtype
    value = array(fill_value)
    sizes = _sizes(a, shape)
    made = xp.full(sizes, value, dtype=dtype) if not shape_of(value) else cast(xp.broadcast_to(value, sizes), dtype)
    return copied(made, _order(a, made, order))


def _linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Equal steps from start to stop, whose derivative is that of its ends."""
    first, last = floating(array(start)), floating(array(stop))
    dtype, num = _inexact(start, stop) if dtype is None else dtype, int(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    gap, count = last - first, num - 1 if endpoint else num
    shape = shape_of(gap)
    weights = np.arange(num).reshape(-1, *(1,) * len(shape)).astype(xp.result_type(gap))
    step = gap / count if count > 0 else gap * np.nan
    line = first + weights * (step if count > 0 else 0.0 * gap)
    if endpoint and num > 1:
        end = p.broadcast_to(last, shape=(1, *shape))
        line = p.concat(line[:-1], end, axis=0)
    line = cast(p.floor(line) if np.issubdtype(dtype, np.integer) else line, dtype)
    line = xp.moveaxis(line, 0, one_axis(axis, len(shape) + 1)) if shape else line
    return (line, cast(step, _inexact(start, stop))) if retstep else line


def _inexact(*ends: Any) -> Any:
    """The floating dtype of ends, among which Python's numbers have no say."""
    return np.result_type(
        *(x if isinstance(x, (int, float)) else np.dtype(xp.result_type(array(x))) for x in ends), 1.0
    )


def _logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    """base to the power of equal steps."""
    exponents = _linspace(start, stop, num, endpoint, axis=axis)
    base = xp.expand_dims(array(base), axis=axis) if shape_of(array(base)) else base
    return cast(p.power(base, exponents), dtype)


def _geomspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """start (stop / start)^s for equal steps s from 0 to 1, with the ends as they are."""
    first, last = xp.astype(array(start), float, copy=False), xp.astype(array(stop), float, copy=False)
    num = int(num)
    count = num - 1 if endpoint else num
    shape = shape_of(first + last)
    weights = np.arange(num).reshape(-1, *(1,) * len(shape)) / max(count, 1)
    line = first * p.power(last / first, weights)
    if num:
        ends = [p.broadcast_to(z, shape=(1, *shape)) for z in (first, last)]
        inner = line[1:-1] if endpoint and num > 1 else line[1:]
        line = xp.concat([ends[0], inner, ends[1]] if endpoint and num > 1 else [ends[0], inner])
    line = cast(line, dtype)
    return xp.moveaxis(line, 0, one_axis(axis, len(shape) + 1)) if shape else line


TABLE: Table = {
    np.zeros_like: _filled(xp.zeros),
    np.empty_like: _empty_like,
    np.ones_like: _filled(xp.ones),
    np.full_like: _full_like,
    np.linspace: _linspace,
    np.logspace: _logspace,
    np.geomspace: _geomspace,
}
