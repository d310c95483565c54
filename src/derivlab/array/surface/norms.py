"""Norms of vectors and of matrices.

At a kink each has one of its subgradients: 0 at the zero vector, and a share for each of the entries, rows or columns
that tie for the maximum or the minimum.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.surface.axes import axes_of, shape_of
from derivlab.array.surface.statistical import max, min, sum
from derivlab.errors import ArgumentError


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """(Σ |x|ᵖ)^(1/p) over axes, all by default.

    Parameters
    ----------
    ord
        p, any real number but 0; ∞ is the maximum of |x|, −∞ the minimum; 0 counts the entries that are not 0, in
        steps. The derivative at x = 0 is 0 for p > 0.
    """
    axes = tuple(range(len(shape_of(x)))) if axis is None else axes_of(x, axis)
    if ord == 2:
        return p.norm(x, axis=axes, keepdims=keepdims)
    size = p.abs(x)
    if ord == math.inf:
        return max(size, axis=axes, keepdims=keepdims)
    if ord == -math.inf:
        return min(size, axis=axes, keepdims=keepdims)
    if ord == 0:
        return sum(p.astype(p.not_equal(x, 0), dtype=size.dtype), axis=axes, keepdims=keepdims)
    if not isinstance(ord, (int, float, np.integer, np.floating)):
        raise ArgumentError(f"linalg.vector_norm: ord is a number or ±xp.inf, and it is {ord!r}")
    ord = float(ord)
    if ord == 1:
        return sum(size, axis=axes, keepdims=keepdims)
    return _root(sum(size**ord, axis=axes, keepdims=keepdims), ord)


def _root(total: Any, order: float) -> Any:
    """total^(1/p), with the derivative 0 at 0 for p > 0."""
    if order < 0:
        return p.power(total, 1 / order)
    zero = p.equal(total, 0)
    return p.where(zero, 0.0, p.power(p.where(zero, 1.0, total), 1 / order))


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """A norm of matrices, which are the last two axes.

    Parameters
    ----------
    ord
        "fro", √Σ |x|²; "nuc", the sum of the singular values; 2 and −2, the largest and the smallest of them; 1 and −1,
        the largest and the smallest sum of |x| in a column; ∞ and −∞, in a row.
    """
    ndim = len(shape_of(x))
    if ndim < 2:
        raise ArgumentError(f"linalg.matrix_norm needs a matrix, or a stack of them, and got shape {shape_of(x)}")
    rows, columns = ndim - 2, ndim - 1
    if ord == "fro":
        return p.norm(x, axis=(rows, columns), keepdims=keepdims)
    pick = _PICKS.get(ord)
    if pick is None:
        raise ArgumentError(f'linalg.matrix_norm: ord is "fro", "nuc", ±1, ±2 or ±xp.inf, and it is {ord!r}')
    if ord in ("nuc", 2, -2):
        found = pick(p.svdvals(x), axis=-1)
        return p.reshape(found, shape=(*shape_of(found), 1, 1)) if keepdims else found
    summed, picked = (rows, columns) if ord in (1, -1) else (columns, rows)
    found = pick(sum(p.abs(x), axis=summed, keepdims=True), axis=picked, keepdims=True)
    return found if keepdims else p.reshape(found, shape=shape_of(found)[:-2])


def _largest(x: Any, *, axis: int, keepdims: bool = False) -> Any:
    """The maximum along an axis of what is not negative, 0 where there is nothing."""
    return (max if shape_of(x)[axis] else sum)(x, axis=axis, keepdims=keepdims)


_PICKS: dict[Any, Any] = {
    "nuc": sum, 2: _largest, -2: min, 1: _largest, -1: min, math.inf: _largest, -math.inf: min,
}  # fmt: skip
