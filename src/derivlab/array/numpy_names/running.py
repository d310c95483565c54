"""Running sums and products, differences, slopes and integrals along an axis."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.numpy_names.common import NOT_GIVEN, Table, array, cast, cut, flat, floating
from derivlab.array.surface.axes import axes_of, one_axis, shape_of


def _running(function: Callable[..., Any]) -> Callable[..., Any]:
    """cumsum or cumprod: over all entries where no axis is given."""

    def run(a: Any, axis: Any = None, dtype: Any = None) -> Any:
        x = array(a)
        return function(flat(x) if axis is None else x, axis=0 if axis is None else axis, dtype=dtype)

    return run


def _cumulative(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Any:
        return function(array(x), axis=axis, dtype=dtype, include_initial=include_initial)

    return run


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours, n times."""
    x, n = array(a), operator.index(n)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    if not shape_of(x):
        raise ValueError("diff requires input that is at least one dimensional")
    axis = one_axis(axis, len(shape_of(x)))
    ends = [None if end is None or end is NOT_GIVEN else _end(array(end), x, axis) for end in (prepend, append)]
    return xp.diff(x, axis=axis, n=n, prepend=ends[0], append=ends[1]) if n else x


def _end(end: Any, x: Any, axis: int) -> Any:
    """What is put before or behind x; a number stands along the whole of the other axes."""
    shape = shape_of(x)
    return p.broadcast_to(end, shape=(*shape[:axis], 1, *shape[axis + 1 :])) if not shape_of(end) else end


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    x = flat(array(ary))
    between = cut(x, 0, 1) - cut(x, 0, None, -1)
    parts = [None if to_begin is None else flat(array(to_begin)), between]
    parts.append(None if to_end is None else flat(array(to_end)))
    return xp.concat([cast(part, xp.result_type(x)) for part in parts if part is not None])


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Second-order differences inside, of first or second order at the ends; also differentiates the spacing."""
    y = floating(array(f))
    ndim = len(shape_of(y))
    axes = tuple(range(ndim)) if axis is None else axes_of(y, axis) or ()
    if edge_order not in (1, 2):
        raise ValueError(f"edge_order is 1 or 2, and not {edge_order!r}")
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and (not np.ndim(array(spacings[0])) or len(axes) == 1):
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise TypeError("invalid number of arguments: gradient takes one spacing, or one for each axis")
    pairs = zip(axes, spacings, strict=True)
    slopes = [cast(_slope(y, array(h), a, edge_order), xp.result_type(y)) for a, h in pairs]
    return slopes[0] if len(axes) == 1 else tuple(slopes)


def _slope(y: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    h: Any = spacing
    length = shape_of(y)[axis]
    if length < edge_order + 1:
        raise ValueError("gradient needs at least edge_order + 1 entries along the axis")
    if len(shape_of(h)) == 1:
        if shape_of(h)[0] != length:
            raise ValueError("when 1d, distances must match the length of the corresponding dimension")
        h = cut(h, 0, 1) - cut(h, 0, None, -1)
        if isinstance(h, np.ndarray) and np.all(h == h[0]):
            h = h[0]
    elif shape_of(h):
        raise ValueError("distances must be either scalars or 1d")
    even = not shape_of(h)
    at = lambda start, stop=None: cut(y, axis, start, stop)
    inner = (at(2) - at(None, -2)) / (2.0 * h) if even else _uneven(at, h, axis, len(shape_of(y)))
    if edge_order == 1:
        left, right = (h, h) if even else (h[0], h[-1])
        first, last = (at(1, 2) - at(0, 1)) / left, (at(-1) - at(-2, -1)) / right
    else:
        first, last = _ends(at, *((h,) * 4 if even else (h[0], h[1], h[-2], h[-1])))
    return p.concat(first, inner, last, axis=axis)


def _uneven(at: Callable[..., Any], h: Any, axis: int, ndim: int) -> Any:
    column = lambda s: xp.reshape(s, tuple(-1 if a == axis else 1 for a in range(ndim)))
    left, right = column(cut(h, 0, None, -1)), column(cut(h, 0, 1))
    a = -right / (left * (left + right))
    b = (right - left) / (left * right)
    c = left / (right * (left + right))
    return a * at(None, -2) + b * at(1, -1) + c * at(2)


def _ends(at: Callable[..., Any], h1: Any, h2: Any, g1: Any, g2: Any) -> tuple[Any, Any]:
    """The slopes at the ends by three points each, at distances h1, h2 and g1, g2."""
    if h1 is h2:
        first = (-1.5 / h1) * at(0, 1) + (2.0 / h1) * at(1, 2) + (-0.5 / h1) * at(2, 3)
        return first, (0.5 / h1) * at(-3, -2) + (-2.0 / h1) * at(-2, -1) + (1.5 / h1) * at(-1)
    a, b, c = -(2.0 * h1 + h2) / (h1 * (h1 + h2)), (h1 + h2) / (h1 * h2), -h1 / (h2 * (h1 + h2))
    first = a * at(0, 1) + b * at(1, 2) + c * at(2, 3)
    a, b, c = g2 / (g1 * (g1 + g2)), -(g2 + g1) / (g1 * g2), (2.0 * g2 + g1) / (g2 * (g1 + g2))
    return first, a * at(-3, -2) + b * at(-2, -1) + c * at(-1)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of the straight lines between points."""
    y = array(y)
    axis = one_axis(axis, len(shape_of(y)))
    width = dx
    if x is not None:
        x = array(x)
        place = 0 if len(shape_of(x)) == 1 else axis
        width = cut(x, place, 1) - cut(x, place, None, -1)
        if len(shape_of(x)) == 1:
            width = xp.reshape(width, tuple(-1 if a == axis else 1 for a in range(len(shape_of(y)))))
    return xp.sum(width * (cut(y, axis, 1) + cut(y, axis, None, -1)) / 2.0, axis=axis)


def _unwrap(p_: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """Jumps of more than half a period taken out: each entry keeps the slope 1."""
    x = floating(array(p_))
    axis = one_axis(axis, len(shape_of(x)))
    step = cut(x, axis, 1) - cut(x, axis, None, -1)
    half = period / 2
    within = p.remainder(step + half, period) - half
    within = within + p.astype(p.logical_and(within == -half, step > 0), dtype=xp.result_type(x)) * period
    correction = p.where(p.abs(step) < (half if discont is None else discont), 0.0, within - step)
    return p.concat(cut(x, axis, 0, 1), cut(x, axis, 1) + p.cumulative_sum(correction, axis=axis), axis=axis)


def _named(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    return _unwrap(p, discont, axis, period=period)


TABLE: Table = {
    np.cumsum: _running(xp.cumulative_sum),
    np.cumprod: _running(xp.cumulative_prod),
    np.cumulative_sum: _cumulative(xp.cumulative_sum),
    np.cumulative_prod: _cumulative(xp.cumulative_prod),
    np.diff: _diff,
    np.ediff1d: _ediff1d,
    np.gradient: _gradient,
    np.trapezoid: _trapezoid,
    np.unwrap: _named,
}
