"""Order, and what is read from it: sorted arrays, medians, quantiles.

Positions move in steps, so that their derivative is 0 wherever it exists; entries that are picked by them are
differentiated. At ties the cotangent follows the stable order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.array import constant
from derivlab.array.numpy_names.common import (
    Lacking,
    Table,
    array,
    decided,
    flat,
    floating,
    integers,
    kind_of,
)
from derivlab.array.surface.axes import axes_of, shape_of


def _sort(a: Any, axis: Any = -1) -> Any:
    x = array(a)
    return xp.sort(flat(x)) if axis is None else xp.sort(x, axis=axis)


def _argsort(a: Any, axis: Any = -1) -> Any:
    x = array(a)
    return xp.argsort(flat(x)) if axis is None else xp.argsort(x, axis=axis)


def _lexsort(keys: Any, axis: int = -1) -> Any:
    """The order by the last key, then by the one before it, …"""
    parts = [array(key) for key in keys]
    if not parts:
        raise TypeError("need sequence of keys with len > 0 in lexsort")
    order: Any = xp.argsort(parts[0], axis=axis)
    for key in parts[1:]:
        there = integers(order)
        order = np.take_along_axis(
            there, integers(xp.argsort(xp.take_along_axis(key, there, axis=axis), axis=axis)), axis
        )
    return constant(integers(order))


def _ranks(x: Any, axis: int) -> Any:
    """The place of each entry in order: all that a partial sort can depend on."""
    return np.argsort(integers(xp.argsort(x, axis=axis)), axis=axis)


def _argpartition(a: Any, kth: Any, axis: Any = -1) -> Any:
    x = flat(array(a)) if axis is None else array(a)
    axis = 0 if axis is None else axis
    return constant(np.argpartition(_ranks(x, axis), integers(kth), axis=axis))


def _partition(a: Any, kth: Any, axis: Any = -1) -> Any:
    x = flat(array(a)) if axis is None else array(a)
    axis = 0 if axis is None else axis
    return xp.take_along_axis(x, integers(_argpartition(x, kth, axis)), axis=axis)


# Medians and quantiles.


def _lined_up(x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """x with the entries to order along the first axis, and its shape where those axes have length 1."""
    shape = shape_of(x)
    if axis is None:
        return flat(x), (1,) * len(shape)
    axes = axes_of(x, axis) or ()
    rest = [a for a in range(len(shape)) if a not in axes]
    turned = xp.permute_dims(x, [*axes, *rest])
    kept = tuple(1 if a in axes else n for a, n in enumerate(shape))
    return xp.reshape(turned, (math.prod(shape[a] for a in axes), *(shape[a] for a in rest))), kept


def _in_order(x: Any) -> tuple[Any, Any]:
    """The entries in order along the first axis, and where they hold NaN (None if nowhere)."""
    missing = p.isnan(x) if kind_of(x) == "f" else np.False_
    some = decided(p.any(missing, axis=None, keepdims=False))
    return xp.sort(x, axis=0), xp.any(missing, axis=0) if some else None


def _median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The middle entry in order, or the mean of the two in the middle."""
    line, kept = _lined_up(floating(array(a)), axis)
    ordered, missing = _in_order(line)
    n = shape_of(ordered)[0]
    if not n:
        return xp.mean(ordered, axis=0)
    middle = ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2
    middle = middle if missing is None else p.where(missing, math.nan, middle)
    return xp.reshape(middle, kept) if keepdims else middle


_METHODS = ("linear", "lower", "higher", "midpoint")


def _quantile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """Between the two entries in order that stand around (n − 1) q."""
    return _quantiles(floating(array(a)), _shares(q, array(a), 1), axis, method, keepdims)


def _percentile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """The quantile at q / 100."""
    return _quantiles(floating(array(a)), _shares(q, array(a), 100), axis, method, keepdims)


def _shares(q: Any, x: Any, whole: int) -> Any:
    """Shares of 1: those of single precision for data of single precision, where they are Python's numbers."""
    dtype = np.dtype(xp.result_type(x))
    single = isinstance(q, (int, float)) and dtype.kind == "f"
    shares = array(q) if not single else np.asarray(q, dtype=dtype)[()]
    return p.divide(shares, dtype.type(whole) if dtype.kind == "f" else whole)


def _quantiles(x: Any, q: Any, axis: Any, method: str, keepdims: bool) -> Any:
    if method not in _METHODS:
        raise Lacking(f"method={method!r}", f"use one of the methods {', '.join(_METHODS)}, or np.sort and an index")
    if not decided(p.all(p.logical_and(q >= 0, q <= 1), axis=None, keepdims=False)):
        raise ValueError("Quantiles must be in the range [0, 1] (percentiles in [0, 100])")
    line, kept = _lined_up(x, axis)
    ordered, missing = _in_order(line)
    last = shape_of(ordered)[0] - 1
    place = q * last
    below = integers(xp.astype(p.floor(place), np.int64))
    lower = p.index(ordered, key=(below,))
    upper = p.index(ordered, key=(np.minimum(below + 1, last),))
    share = xp.reshape(place - below.astype(xp.result_type(place)), shape_of(q) + (1,) * (len(shape_of(ordered)) - 1))
    found = _between(lower, upper, share, method)
    found = found if missing is None else p.where(missing, math.nan, found)
    return xp.reshape(found, shape_of(q) + kept) if keepdims else found


def _between(lower: Any, upper: Any, share: Any, method: str) -> Any:
    if method == "midpoint":
        return lower + (upper - lower) * (p.astype(share > 0, dtype=xp.result_type(share)) * 0.5)
    if method != "linear":
        return lower if method == "lower" else p.where(share > 0, upper, lower)
    gap = upper - lower
    return p.where(share >= 0.5, upper - gap * (1 - share), lower + gap * share)


TABLE: Table = {
    np.sort: _sort,
    np.argsort: _argsort,
    np.lexsort: _lexsort,
    np.partition: _partition,
    np.argpartition: _argpartition,
    np.median: _median,
    np.quantile: _quantile,
    np.percentile: _percentile,
}
