"""Products of vectors and matrices; :mod:`~derivlab.array.numpy_names.einsum` has Einstein's sums."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.numpy_names.common import Table, array, flat
from derivlab.array.parts import conj
from derivlab.array.surface.axes import shape_of


def _dot(a: Any, b: Any) -> Any:
    """NumPy's dot: a product with a number, an inner product, or a sum over a's last and b's second-last axis."""
    x, y = array(a), array(b)
    if not shape_of(x) or not shape_of(y):
        return p.multiply(x, y)
    if len(shape_of(x)) <= 2 and len(shape_of(y)) <= 2:
        return p.matmul(x, y)
    return xp.tensordot(x, y, axes=((-1,), (len(shape_of(y)) - 2 if len(shape_of(y)) > 1 else 0,)))


def _vdot(a: Any, b: Any, /) -> Any:
    x = flat(array(a))
    return p.matmul(conj(x), flat(array(b)))


def _inner(a: Any, b: Any, /) -> Any:
    x, y = array(a), array(b)
    return xp.tensordot(x, y, axes=((-1,), (-1,))) if shape_of(x) and shape_of(y) else p.multiply(x, y)


def _outer(a: Any, b: Any) -> Any:
    return xp.outer(flat(array(a)), flat(array(b)))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    if isinstance(axes, (int, np.integer)):
        return xp.tensordot(array(a), array(b), axes=int(axes))
    pairs = tuple((int(side),) if np.ndim(side) == 0 else tuple(map(int, side)) for side in axes)
    return xp.tensordot(array(a), array(b), axes=pairs)


TABLE: Table = {
    np.dot: _dot,
    np.vdot: _vdot,
    np.inner: _inner,
    np.outer: _outer,
    np.tensordot: _tensordot,
}
