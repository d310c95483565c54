"""Interpolation, polynomials and convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.numpy_names.common import (
    Lacking,
    Table,
    array,
    carries,
    cast,
    cut,
    flat,
    floating,
    integers,
    size_of,
)
from derivlab.array.numpy_names.statistics import positions
from derivlab.array.parts import conj
from derivlab.array.surface.axes import shape_of


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """The straight lines between points; at a point the slope is that to its right."""
    return _lines(array(x), array(xp), array(fp), left, right, period)


def _lines(x: Any, knots: Any, heights: Any, left: Any, right: Any, period: Any) -> Any:
    x, knots, heights = floating(x), floating(knots), floating(heights)
    if len(shape_of(knots)) != 1 or shape_of(knots) != shape_of(heights):
        raise ValueError("fp and xp are not of the same length, or not 1-dimensional")
    if not size_of(knots):
        raise ValueError("array of sample points is empty")
    if period is not None:
        x, knots, heights, left, right = _periodic(x, knots, heights, period)
    last = size_of(knots) - 1
    left = heights[0] if left is None else left
    right = heights[last] if right is None else right
    if last == 0:
        inside = p.broadcast_to(heights[0], shape=shape_of(x))
    else:
        places = np.clip(integers(positions(knots, x, "right")) - 1, 0, last - 1)
        start, foot = p.index(knots, key=(places,)), p.index(heights, key=(places,))
        slope = (p.index(heights, key=(places + 1,)) - foot) / (p.index(knots, key=(places + 1,)) - start)
        inside = p.where(x == knots[last], heights[last], slope * (x - start) + foot)
    return p.where(x < knots[0], left, p.where(x > knots[last], right, inside))


def _periodic(x: Any, knots: Any, heights: Any, period: Any) -> tuple[Any, Any, Any, None, None]:
    if not integers(period != 0):
        raise ValueError("period must be a non-zero value")
    period = p.abs(period)
    x, knots = p.remainder(x, period), p.remainder(knots, period)
    order = integers(xp.argsort(knots))
    knots, heights = p.index(knots, key=(order,)), p.index(heights, key=(order,))
    knots = xp.concat([cut(knots, 0, -1) - period, knots, cut(knots, 0, 0, 1) + period])
    return x, knots, xp.concat([cut(heights, 0, -1), heights, cut(heights, 0, 0, 1)]), None, None


# Polynomials, the highest power first.


def _polyval(p: Any, x: Any) -> Any:
    """Horner's scheme."""
    coefficients, x = array(p), array(x)
    y: Any = xp.zeros(shape_of(x), dtype=xp.result_type(x))
    for k in range(shape_of(coefficients)[0]):
        y = y * x + coefficients[k]
    return y


def _polyfit(x: Any, y: Any, deg: Any, rcond: Any = None, *, w: Any = None) -> Any:
    """Least squares, which are linear in y; the points and weights must carry no derivative."""
    if carries(x) or carries(w):
        raise Lacking("", "solve the normal equations: V = np.vander(x, deg + 1); np.linalg.solve(V.T @ V, V.T @ y)")
    points = np.asarray(x)
    solve = np.polyfit(points, np.eye(points.size), deg, rcond, w=None if w is None else np.asarray(w))
    return p.matmul(solve, array(y))


def _vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """Columns of powers."""
    x = cast(array(x), np.promote_types(xp.result_type(array(x)), int))
    count = shape_of(x)[0] if N is None else int(N)
    if not count:
        return xp.zeros((shape_of(x)[0], 0), dtype=xp.result_type(x))
    powers = [xp.ones_like(x)]
    for _ in range(count - 1):
        powers.append(powers[-1] * x)
    return xp.stack(powers if increasing else powers[::-1], axis=1)


def _polyder(p: Any, m: int = 1) -> Any:
    coefficients = array(p)
    for _ in range(m):
        degree = shape_of(coefficients)[0] - 1
        coefficients = cut(coefficients, 0, None, -1) * np.arange(degree, 0, -1)
    return coefficients


def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    coefficients = array(p)
    constants = np.zeros(m) if k is None else xp.broadcast_to(array(k), (m,))
    for i in range(m):
        degree = shape_of(coefficients)[0]
        coefficients = xp.concat([coefficients / np.arange(degree, 0, -1), xp.reshape(constants[i], (1,))])
    return coefficients


def _polymul(a1: Any, a2: Any) -> Any:
    return _convolve(a1, a2)


def _poly(seq_of_zeros: Any) -> Any:
    """The polynomial with these zeros, whose highest coefficient is 1."""
    zeros = array(seq_of_zeros)
    if len(shape_of(zeros)) != 1:
        raise Lacking("a matrix", "give the zeros of the polynomial")
    coefficients: Any = np.ones(1, dtype=xp.result_type(floating(zeros)))
    for k in range(size_of(zeros)):
        coefficients = _convolve(coefficients, xp.stack([coefficients[0], -zeros[k]]))
    return coefficients


def _polyadd(a1: Any, a2: Any) -> Any:
    x, y = (flat(array(a)) for a in (a1, a2))
    count = max(size_of(x), size_of(y))
    padded = [
        xp.concat([np.zeros(count - size_of(z), dtype=xp.result_type(z)), z]) if size_of(z) < count else z
        for z in (x, y)
    ]
    return padded[0] + padded[1]


def _polysub(a1: Any, a2: Any) -> Any:
    return _polyadd(a1, -array(a2))


# Convolutions.


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Σ_m a[m] v[n − m]."""
    x, y = (array(z) for z in (a, v))
    x, y = (xp.reshape(z, (1,)) if not shape_of(z) else z for z in (x, y))
    if size_of(y) > size_of(x):
        x, y = y, x
    return _slid(x, xp.flip(y), mode)


def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Σ_n a[n + k] v̅[n]."""
    x, y = array(a), conj(array(v))
    return _slid(x, y, mode) if size_of(x) >= size_of(y) else xp.flip(_slid(y, x, mode))


def _slid(x: Any, y: Any, mode: str) -> Any:
    """The products of y with the windows of x, of which those at the ends hang over."""
    n, m = size_of(x), size_of(y)
    if not m:
        raise ValueError("convolve and correlate need arrays that are not empty")
    lead = {"full": m - 1, "same": m // 2, "valid": 0}.get(mode)
    if lead is None:
        raise ValueError(f"mode is 'full', 'same' or 'valid', and not {mode!r}")
    tail = m - 1 if mode == "full" else 0 if mode == "valid" else m - 1 - lead
    zeros = lambda count: [np.zeros(count, dtype=xp.result_type(x))] if count else []
    padded = xp.concat([*zeros(lead), x, *zeros(tail)]) if lead + tail else x
    windows = np.arange(n + lead + tail - m + 1)[:, None] + np.arange(m)
    return p.matmul(p.index(padded, key=(windows,)), y)


TABLE: Table = {
    np.interp: _interp,
    np.polyval: _polyval,
    np.polyfit: _polyfit,
    np.vander: _vander,
    np.polyder: _polyder,
    np.polyint: _polyint,
    np.polymul: _polymul,
    np.poly: _poly,
    np.polyadd: _polyadd,
    np.polysub: _polysub,
    np.convolve: _convolve,
    np.correlate: _correlate,
}
