"""The linear algebra extension of the standard, ``xp.linalg``: every function on stacks of matrices.

The derivative rules are in :mod:`derivlab.matrix_rules`. As NumPy does, ``cholesky``, ``eigh`` and ``eigvalsh`` read
one triangle of their matrix; so the derivative in the other is 0, and an entry off the diagonal has that of both of its
places.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import views
from derivlab.array.array import constant
from derivlab.array.level import Traced
from derivlab.array.parts import adjoint, real
from derivlab.array.surface import linear_algebra as main
from derivlab.array.surface.axes import one_axis, shape_of
from derivlab.array.surface.matrices import EighResult, QRResult, SlogdetResult, SVDResult, check_matrix
from derivlab.array.surface.norms import matrix_norm, vector_norm
from derivlab.array.surface.statistical import sum
from derivlab.errors import ArgumentError

__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


# Products.


def matmul(x1: Any, x2: Any, /) -> Any:
    """The matrix product."""
    return p.matmul(x1, x2)


def matrix_transpose(x: Any, /) -> Any:
    """The last two axes exchanged."""
    return p.matrix_transpose(x)


def outer(x1: Any, x2: Any, /) -> Any:
    """x1 x2ᵀ of two vectors."""
    if len(shape_of(x1)) != 1 or len(shape_of(x2)) != 1:
        raise ArgumentError(f"linalg.outer needs two vectors, and got shapes {shape_of(x1)} and {shape_of(x2)}")
    return main.outer(x1, x2)


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """Σ over the paired axes of x1 and x2."""
    return main.tensordot(x1, x2, axes=axes)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Σ x̅1 x2 over one axis."""
    return main.vecdot(x1, x2, axis=axis)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross product of vectors of three entries along an axis."""
    ndim = max(len(shape_of(x1)), len(shape_of(x2)))
    place = one_axis(axis, ndim) - ndim  # counted from the last, where shapes are aligned
    for x in (x1, x2):
        if len(shape_of(x)) < -place or shape_of(x)[place] != 3:
            raise ArgumentError(f"linalg.cross needs 3 entries along axis {axis}, and got shape {shape_of(x)}")
    behind = (slice(None),) * (-1 - place)
    a, b = ([p.index(x, key=(..., slice(i, i + 1), *behind)) for i in range(3)] for x in (x1, x2))
    parts = [a[i - 2] * b[i - 1] - a[i - 1] * b[i - 2] for i in range(3)]
    return p.concat(*parts, axis=ndim + place)


def matrix_power(x: Any, n: int, /) -> Any:
    """xⁿ by repeated squaring; a negative n inverts x first, and n = 0 gives the identity."""
    size, _ = check_matrix(x, "matrix_power", square=True)
    n = operator.index(n)
    if n == 0:
        return constant(np.broadcast_to(np.eye(size, dtype=x.dtype), shape_of(x)))
    result, square, left = None, p.inv(x) if n < 0 else x, abs(n)
    while left:
        if left % 2:
            result = square if result is None else p.matmul(result, square)
        left //= 2
        square = p.matmul(square, square) if left else square
    return result


# Diagonals.


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The entries x[..., i, i + offset], which show what is written into x."""
    m, n = check_matrix(x, "diagonal")
    places = np.arange(max(0, min(m + min(offset, 0), n - max(offset, 0))))
    key = (..., places - min(offset, 0), places + max(offset, 0))
    entries = p.index(x, key=key)
    if isinstance(x, Traced):
        views.tie(entries, x, p.index, {"key": key})
    return entries


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """Σ x[..., i, i + offset]."""
    return sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


# Equations and determinants.


def inv(x: Any, /) -> Any:
    """The inverse; d x⁻¹ = −x⁻¹ dx x⁻¹.

    Raises
    ------
    numpy.linalg.LinAlgError
        If x is singular to the last digit: use ``pinv``.
    """
    check_matrix(x, "inv", square=True)
    return p.inv(x)


def solve(x1: Any, x2: Any, /) -> Any:
    """y with x1 y = x2, where x2 is a vector, or a stack of matrices.

    Cost: one more solution for each tangent or cotangent.

    Raises
    ------
    numpy.linalg.LinAlgError
        If x1 is singular to the last digit: use ``pinv(x1) @ x2``.
    """
    size, _ = check_matrix(x1, "solve", square=True)
    if len(shape_of(x2)) != 1:
        return p.solve(x1, x2)
    if shape_of(x2) != (size,):
        raise ArgumentError(f"linalg.solve: matrices of shape {shape_of(x1)}, a vector of shape {shape_of(x2)}")
    y = p.solve(x1, p.reshape(x2, shape=(size, 1)))
    return p.reshape(y, shape=shape_of(y)[:-1])


def det(x: Any, /) -> Any:
    """The determinant; its derivative is the matrix of cofactors, and right for singular matrices too.

    So is the second derivative; from the third on it is NaN where singular values repeat.

    Cost: a singular value decomposition for the first derivative, and n³ numbers more for the second.
    """
    check_matrix(x, "det", square=True)
    return p.det(x)


def slogdet(x: Any, /) -> SlogdetResult:
    """Sign and log |det x|, whose derivative is x⁻ᴴ; the sign moves in steps, or turns where x is complex.

    Raises
    ------
    numpy.linalg.LinAlgError
        In a derivative, if x is singular to the last digit: log |det x| has none there.
    """
    check_matrix(x, "slogdet", square=True)
    both = p.slogdet(x)
    return SlogdetResult(p.index(both, key=(..., 0)), real(p.index(both, key=(..., 1))))


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The Moore–Penrose inverse, with singular values below ``rtol`` · the largest taken for 0.

    The derivative is the one along matrices of the rank found: a change of rank makes the pseudoinverse jump.
    ``rtol`` is max(m, n) ε by default.
    """
    check_matrix(x, "pinv")
    return p.pinv(x, rtol=rtol if rtol is None or isinstance(rtol, (int, float)) else np.asarray(rtol))


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """The number of singular values above ``rtol`` · the largest, which moves in steps.

    ``rtol`` is max(m, n) ε by default.
    """
    m, n = check_matrix(x, "matrix_rank")
    s = p.svdvals(x)
    if not shape_of(s)[-1]:
        return constant(np.zeros(shape_of(x)[:-2], dtype=int))
    share = max(m, n) * float(np.finfo(x.dtype).eps) if rtol is None else np.asarray(rtol)[..., None]
    found = p.greater(s, share * p.max(s, axis=(len(shape_of(s)) - 1,), keepdims=True))
    return sum(p.astype(found, dtype=np.dtype(int)), axis=-1)


# Factorisations.


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """L with x = L Lᴴ, or U with x = Uᴴ U, of a positive definite matrix, of which that triangle is read."""
    check_matrix(x, "cholesky", square=True)
    return adjoint(p.cholesky(adjoint(x))) if upper else p.cholesky(x)


def qr(x: Any, /, *, mode: str = "reduced") -> QRResult:
    """x = Q R with orthonormal columns in Q, and R upper triangular, signs as LAPACK has them.

    ``mode="complete"`` adds to Q the columns that make it square. Those have no derivative: it is NaN, unless nothing
    depends on them. So is the derivative of Q and R where the first columns of x depend on each other.
    """
    m, n = check_matrix(x, "qr")
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f'linalg.qr: mode is "reduced" or "complete", and it is {mode!r}')
    both = p.qr(x)
    q, r = p.matrix_transpose(p.index(both, key=(..., slice(None, m)))), p.index(both, key=(..., slice(m, None)))
    if mode == "reduced" or m <= n:
        return QRResult(q, r)
    below = np.zeros((*shape_of(x)[:-2], m - n, n), dtype=x.dtype)
    ndim = len(shape_of(x))
    return QRResult(p.concat(q, p.completion(x, of="Q"), axis=ndim - 1), p.concat(r, below, axis=ndim - 2))


def eigh(x: Any, /) -> EighResult:
    """Eigenvalues and eigenvectors of a Hermitian matrix, of which the lower triangle is read.

    Where eigenvalues agree up to rounding, each has the gradient vᵢ vᵢᴴ of the eigenvectors found, and those vectors
    have no derivative: it is NaN, unless nothing depends on them.
    """
    check_matrix(x, "eigh", square=True)
    both = p.eigh(x)
    return EighResult(
        real(p.index(both, key=(..., 0, slice(None)))), p.index(both, key=(..., slice(1, None), slice(None)))
    )


def eigvalsh(x: Any, /) -> Any:
    """The eigenvalues that :func:`eigh` gives, alone; a derivative computes the eigenvectors too."""
    check_matrix(x, "eigvalsh", square=True)
    return p.eigvalsh(x)


def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult:
    """x = U diag(S) Vh.

    Where singular values agree up to rounding, or are 0, their vectors have no derivative: it is NaN, unless nothing
    depends on them. So have the columns that ``full_matrices`` adds to make U and Vh square.
    """
    m, n = check_matrix(x, "svd")
    both = p.svd(x)
    u, vh = p.matrix_transpose(p.index(both, key=(..., slice(None, m)))), p.index(both, key=(..., slice(m + 1, None)))
    ndim = len(shape_of(x))
    if full_matrices and m > n:
        u = p.concat(u, p.completion(x, of="U"), axis=ndim - 1)
    if full_matrices and m < n:
        vh = p.concat(vh, adjoint(p.completion(x, of="V")), axis=ndim - 2)
    return SVDResult(u, real(p.index(both, key=(..., m))), vh)


def svdvals(x: Any, /) -> Any:
    """The singular values in descending order; a derivative computes U and Vh too. At 0 it is 0."""
    check_matrix(x, "svdvals")
    return p.svdvals(x)
