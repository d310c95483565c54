"""Places among edges, histograms, sets and covariances.

Counts and positions move in steps, so that their derivative is 0 wherever it exists; weights, and edges that come
from the data, carry theirs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.array import constant
from derivlab.array.level import Traced
from derivlab.array.numpy_names.common import (
    Lacking,
    Table,
    array,
    cast,
    cut,
    decided,
    flat,
    floating,
    integers,
    kind_of,
)
from derivlab.array.numpy_names.creating import TABLE as CREATING
from derivlab.array.parts import conj
from derivlab.array.surface.axes import shape_of


def positions(edges: Any, v: Any, side: str) -> Any:
    """How many of the edges lie before each entry of v, NaN behind every number."""
    if not isinstance(edges, Traced) and not isinstance(v, Traced):
        return np.searchsorted(edges, v, side=side)  # type: ignore[call-overload]
    v = xp.reshape(v, (*shape_of(v), 1))
    if side == "left":
        before = p.logical_or(edges < v, p.logical_and(p.isnan(v), p.logical_not(p.isnan(edges))))
    else:
        before = p.logical_or(edges <= v, p.isnan(v))
    return xp.count_nonzero(before, axis=-1)


def _searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    if side not in ("left", "right"):
        raise ValueError(f"side is 'left' or 'right', and not {side!r}")
    edges = array(a) if sorter is None else xp.take(array(a), integers(sorter))
    return positions(edges, array(v), side)


def _digitize(x: Any, bins: Any, right: bool = False) -> Any:
    edges, side = array(bins), "left" if right else "right"
    steps = integers(p.sign(cut(edges, 0, 1) - cut(edges, 0, None, -1)))
    if np.all(steps >= 0):
        return positions(edges, array(x), side)
    if np.any(steps > 0):
        raise ValueError("bins must be monotonically increasing or decreasing")
    return shape_of(edges)[0] - positions(xp.flip(edges), array(x), side)


def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer occurs, or Σ of the weights where it does."""
    places = integers(x)
    if weights is None:
        return constant(np.bincount(places, minlength=minlength))
    length = max(int(np.max(places, initial=-1)) + 1, minlength)
    return p.scatter(xp.astype(array(weights), float, copy=False), key=(places,), shape=(length,))


def _edges(x: Any, bins: Any, range: Any) -> Any:
    """The edges of equal bins between the extremes of x, which carry their derivative; given edges as they are."""
    if isinstance(bins, str):
        raise Lacking(f"bins={bins!r}", "give the number of bins, or their edges")
    if shape_of(array(bins)):
        return array(bins)
    low, high = (xp.min(x), xp.max(x)) if range is None else range
    if decided(low == high):
        low, high = low - 0.5, high + 0.5
    ends = CREATING[np.linspace](low, high, int(bins) + 1)
    return cast(ends if isinstance(ends, Traced) else np.asarray(ends), xp.result_type(floating(x)))


def _histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """Counts, which move in steps, or Σ of the weights in each bin, which carries their derivative."""
    x = flat(array(a))
    edges = _edges(x, bins, range)
    count = shape_of(edges)[0] - 1
    places = integers(positions(edges, x, "right")) - 1
    places = np.where(integers(x == edges[count]), count - 1, places)
    inside = np.flatnonzero((places >= 0) & (places < count))
    if weights is None:
        heights: Any = constant(np.bincount(places[inside], minlength=count))
    else:
        heights = p.scatter(flat(array(weights))[inside], key=(places[inside],), shape=(count,))
    if density:
        heights = heights / cast(edges[1:] - edges[:-1], float) / xp.sum(heights)
    return heights, edges


def _histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    return _edges(flat(array(a)), bins, range)


# Sets.


def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
) -> Any:
    """The different entries in order; each carries the derivative of the first of its equals."""
    if axis is not None:
        raise Lacking("axis=", "sort the rows by np.lexsort and pick them by index")
    x = flat(array(ar))
    order = integers(xp.argsort(x))
    ordered = p.index(x, key=(order,))
    new = np.ones(order.size, dtype=bool)
    later, sooner = cut(ordered, 0, 1), cut(ordered, 0, None, -1)
    alike = later == sooner
    if equal_nan and kind_of(x) == "f":
        alike = p.logical_or(alike, p.logical_and(p.isnan(later), p.isnan(sooner)))
    new[1:] = ~integers(alike).astype(bool)
    first = order[new]
    inverse = np.empty(order.size, dtype=int)
    inverse[order] = np.cumsum(new) - 1
    counts = np.diff(np.append(np.flatnonzero(new), order.size))
    found = (p.index(x, key=(first,)), first, inverse.reshape(shape_of(array(ar))), counts)
    asked = (True, return_index, return_inverse, return_counts)
    answer = tuple(part for part, wanted in zip(found, asked, strict=True) if wanted)
    return answer[0] if len(answer) == 1 else answer


# Covariances.


def _cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, *, dtype: Any = None) -> Any:
    """X Xᴴ / (n − ddof) of the deviations from the means of rows."""
    x = xp.astype(array(m), complex if kind_of(m) == "c" else float, copy=False)
    x = xp.reshape(x, (1, -1)) if len(shape_of(x)) < 2 else x
    x = x.T if not rowvar and shape_of(array(m))[0] != 1 else x
    if y is not None:
        other = floating(array(y))
        other = xp.reshape(other, (1, -1)) if len(shape_of(other)) < 2 else other
        x = xp.concat([x, other.T if not rowvar and shape_of(other)[0] != 1 else other])
    x = x if dtype is None else xp.astype(x, dtype)
    free = shape_of(x)[1] - ((0 if bias else 1) if ddof is None else int(ddof))
    deviation = x - xp.mean(x, axis=1, keepdims=True)
    products = p.matmul(deviation, conj(deviation).T)
    spread = products * (1.0 / free) if free > 0 else products / np.float64(0.0)
    return xp.reshape(spread, ()) if shape_of(spread) == (1, 1) else spread


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Covariances of variables scaled to unit variance, held between −1 and 1."""
    spread = _cov(x, y, rowvar, dtype=dtype)
    if kind_of(spread) == "c":
        raise Lacking("complex numbers", "divide np.cov by the roots of its diagonal")
    if not shape_of(spread):
        return spread / spread
    scale = p.sqrt(xp.diag(spread))
    return xp.clip(spread / xp.reshape(scale, (-1, 1)) / xp.reshape(scale, (1, -1)), -1, 1)


TABLE: Table = {
    np.searchsorted: _searchsorted,
    np.digitize: _digitize,
    np.bincount: _bincount,
    np.histogram: _histogram,
    np.histogram_bin_edges: _histogram_bin_edges,
    np.unique: _unique,
    np.cov: _cov,
    np.corrcoef: _corrcoef,
}
