"""Sums, means, extremes and truth over axes, with NumPy's options."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.numpy_names.common import NOT_GIVEN, Table, array, cast, decided, floating, size_of, true
from derivlab.array.surface.axes import axes_of, shape_of
from derivlab.array.surface.elementwise import abs_squared


def _chosen(x: Any, where: Any, filler: Any) -> Any:
    """x, with ``filler`` where an entry does not take part."""
    return x if where is True or where is NOT_GIVEN else p.where(array(where), x, filler)


def given(option: Any) -> bool:
    """Whether a call names an option."""
    return option is not None and option is not NOT_GIVEN


def _sum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
) -> Any:
    total = xp.sum(_chosen(array(a), where, 0), axis=axis, dtype=dtype, keepdims=true(keepdims))
    return total + initial if given(initial) else total


def _prod(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
) -> Any:
    total = xp.prod(_chosen(array(a), where, 1), axis=axis, dtype=dtype, keepdims=true(keepdims))
    return total * initial if given(initial) else total


def _mean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    x = cast(array(a), dtype)
    if where is True or where is NOT_GIVEN:
        return xp.mean(x, axis=axis, keepdims=true(keepdims))
    total = xp.sum(_chosen(x, where, 0), axis=axis, keepdims=true(keepdims))
    return total / counted(where, x, axis, true(keepdims))


def counted(where: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """How many entries take part, in the floating dtype of x, or that of its parts."""
    taking = p.broadcast_to(p.not_equal(array(where), False), shape=shape_of(x))
    dtype = np.finfo(xp.result_type(floating(x))).dtype
    return p.astype(xp.count_nonzero(taking, axis=axis, keepdims=keepdims), dtype=dtype)


def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    """Σ |x − mean|² / (n − ddof)."""
    x, ddof = cast(array(a), dtype), correction if given(correction) else ddof
    plain = where is True or where is NOT_GIVEN
    if plain and not given(mean):
        return xp.var(x, axis=axis, correction=ddof, keepdims=true(keepdims))
    middle = mean if given(mean) else _mean(x, axis, keepdims=True, where=where)
    total = xp.sum(_chosen(abs_squared(x - middle), where, 0), axis=axis, keepdims=true(keepdims))
    if plain:
        return total / max(size_of(x) // max(size_of(total), 1) - ddof, 0)
    return total / p.maximum(counted(where, x, axis, true(keepdims)) - ddof, 0)


def root_of(variance: Callable[..., Any]) -> Callable[..., Any]:
    """The standard deviation, with the options of its variance."""

    @functools.wraps(variance)
    def deviation(*args: Any, **options: Any) -> Any:
        return p.sqrt(variance(*args, **options))

    return deviation


def _extreme(reduce: Callable[..., Any], pair: Callable[..., Any]) -> Callable[..., Any]:
    """The maximum or the minimum; a cotangent is shared equally between ties."""

    def extreme(a: Any, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        x = array(a)
        if not given(initial):
            if where is not True and where is not NOT_GIVEN:
                raise ValueError("a maximum or a minimum with where= needs initial=, for where no entry takes part")
            return reduce(x, axis=axis, keepdims=true(keepdims)) if shape_of(x) else xp.positive(x)
        if not size_of(x):
            return p.broadcast_to(array(initial), shape=np.sum(np.zeros(shape_of(x)), axis, keepdims=keepdims).shape)
        return pair(reduce(_chosen(x, where, initial), axis=axis, keepdims=true(keepdims)), initial)

    return extreme


def _truth(reduce: Callable[..., Any], neutral: bool) -> Callable[..., Any]:
    def truth(a: Any, axis: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
        return reduce(_chosen(array(a), where, neutral), axis=axis, keepdims=true(keepdims))

    return truth


def _position(primitive: Any) -> Callable[..., Any]:
    """Where the extreme stands, the first of ties: a step function, whose derivative is 0."""

    def position(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        return primitive(array(a), axis=axis, keepdims=true(keepdims))

    return position


def _ptp(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """The maximum minus the minimum."""
    x, kept = array(a), true(keepdims)
    return _MAX(x, axis, kept) - _MIN(x, axis, kept)


def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    """Σ w x / Σ w, with derivatives for x and for w."""
    x = array(a)
    if weights is None:
        mean = xp.mean(x, axis=axis, keepdims=true(keepdims))
        count = size_of(x) / max(size_of(mean), 1)
        return (mean, np.full(shape_of(mean), count)[()]) if returned else mean
    w = _weights(array(weights), x, axis)
    total = xp.sum(w, axis=axis, keepdims=true(keepdims))
    if decided(p.any(p.equal(total, 0), axis=None, keepdims=False)):
        raise ZeroDivisionError("the weights sum to zero, so they cannot be normalized")
    mean = xp.sum(x * w, axis=axis, keepdims=true(keepdims)) / total
    return (mean, p.broadcast_to(total, shape=shape_of(mean))) if returned else mean


def _weights(w: Any, x: Any, axis: Any) -> Any:
    """Weights in the shape of x: those of one axis (or of several) stand along it."""
    if shape_of(w) == shape_of(x):
        return w
    if axis is None:
        raise TypeError("an axis must be given where a and the weights have different shapes")
    axes = axes_of(x, axis) or ()
    if shape_of(w) != tuple(shape_of(x)[a] for a in axes):
        raise ValueError(f"weights of shape {shape_of(w)} do not stand along axes {axes} of shape {shape_of(x)}")
    order = sorted(range(len(axes)), key=axes.__getitem__)
    turned = xp.permute_dims(w, order) if len(axes) > 1 else w
    shape = tuple(n if a in axes else 1 for a, n in enumerate(shape_of(x)))
    return p.broadcast_to(xp.reshape(turned, shape), shape=shape_of(x))


def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return xp.count_nonzero(array(a), axis=axis, keepdims=true(keepdims))


_MAX, _MIN = _extreme(xp.max, p.maximum), _extreme(xp.min, p.minimum)

TABLE: Table = {
    np.sum: _sum,
    np.prod: _prod,
    np.mean: _mean,
    np.var: _var,
    np.std: root_of(_var),
    np.max: _MAX,
    np.min: _MIN,
    np.amax: _MAX,
    np.amin: _MIN,
    np.ptp: _ptp,
    np.all: _truth(xp.all, True),
    np.any: _truth(xp.any, False),
    np.argmax: _position(p.argmax),
    np.argmin: _position(p.argmin),
    np.average: _average,
    np.count_nonzero: _count_nonzero,
}
