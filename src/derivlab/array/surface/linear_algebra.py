"""Linear algebra of the standard's main namespace."""

from __future__ import annotations

import math
from typing import Any

from derivlab.array import primitives as p
from derivlab.array.parts import conj
from derivlab.array.surface.axes import axes_of, one_axis, shape_of
from derivlab.array.surface.data_types import astype
from derivlab.array.surface.manipulation import permute_dims, reshape
from derivlab.array.surface.statistical import sum

__all__ = [
    "matmul",
    "outer",
    "tensordot",
    "vecdot",
]

matmul = p.matmul


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Σ conj(x1) x2 over one axis, in the dtype of the products."""
    lengths = {shape_of(x)[one_axis(axis, len(shape_of(x)))] for x in (x1, x2)}
    if len(lengths) > 1:
        raise ValueError(f"vecdot: the axes to sum over have the lengths {sorted(lengths)}")
    products = p.multiply(conj(x1), x2)
    return astype(sum(products, axis=axis), products.dtype, copy=False)


def outer(x1: Any, x2: Any, /) -> Any:
    """x1 x2ᵀ of two vectors."""
    return reshape(x1, (-1, 1)) * reshape(x2, (1, -1))


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """Σ over the paired axes of x1 and x2, as one matrix product."""
    n1, n2 = len(shape_of(x1)), len(shape_of(x2))
    if isinstance(axes, int):
        if not 0 <= axes <= min(n1, n2):
            raise ValueError(f"tensordot: axes={axes} of arrays with {n1} and {n2} axes")
        left, right = tuple(range(n1 - axes, n1)), tuple(range(axes))
    else:
        left, right = axes_of(x1, axes[0]) or (), axes_of(x2, axes[1]) or ()
    lengths = [tuple(shape_of(x)[a] for a in side) for x, side in ((x1, left), (x2, right))]
    if lengths[0] != lengths[1]:
        raise ValueError(f"tensordot: the axes that are summed have lengths {lengths[0]} and {lengths[1]}")
    free1 = tuple(a for a in range(n1) if a not in left)
    free2 = tuple(a for a in range(n2) if a not in right)
    shape = tuple(shape_of(x1)[a] for a in free1) + tuple(shape_of(x2)[a] for a in free2)
    inner = math.prod(lengths[0])
    matrix1 = reshape(permute_dims(x1, free1 + left), (math.prod(shape_of(x1)[a] for a in free1), inner))
    matrix2 = reshape(permute_dims(x2, right + free2), (inner, math.prod(shape_of(x2)[a] for a in free2)))
    return reshape(p.matmul(matrix1, matrix2), shape)
