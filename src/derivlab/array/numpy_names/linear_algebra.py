"""What the functions of ``numpy.linalg``, and NumPy's other ones on matrices, mean on our arrays."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.numpy_names.common import Table, array
from derivlab.array.parts import adjoint
from derivlab.array.surface import linalg
from derivlab.array.surface.axes import axes_of, one_axis, shape_of
from derivlab.array.surface.manipulation import moveaxis
from derivlab.array.surface.matrices import check_matrix
from derivlab.array.surface.statistical import max, min, sum
from derivlab.errors import ArgumentError, DerivativeLostError, UnsupportedError


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    ndim = len(shape_of(x))
    axes = tuple(range(ndim)) if axis is None else axes_of(x, axis) or ()
    if ord is None:
        return linalg.vector_norm(x, axis=axes, keepdims=keepdims)
    if len(axes) == 1:
        return linalg.vector_norm(x, axis=axes, keepdims=keepdims, ord=ord)
    if len(axes) != 2:
        raise ArgumentError(f"numpy.linalg.norm: ord={ord!r} is of vectors or matrices, and there are {len(axes)} axes")
    found = linalg.matrix_norm(moveaxis(x, axes, (-2, -1)), ord=ord)
    kept = tuple(1 if a in axes else size for a, size in enumerate(shape_of(x)))
    return p.reshape(found, shape=kept) if keepdims else found


def _eigh(a: Any, UPLO: str = "L") -> Any:
    return linalg.eigh(_read(a, UPLO))


def _eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return linalg.eigvalsh(_read(a, UPLO))


def _read(a: Any, triangle: str) -> Any:
    """The matrix whose lower triangle is the one asked for."""
    if triangle.upper() not in ("L", "U"):
        raise ArgumentError(f'numpy.linalg.eigh: UPLO is "L" or "U", and it is {triangle!r}')
    return a if triangle.upper() == "L" else adjoint(a)


def _qr(a: Any, mode: str = "reduced") -> Any:
    if mode in ("r", "reduced", "complete"):
        return linalg.qr(a).R if mode == "r" else linalg.qr(a, mode=mode)
    raise UnsupportedError('numpy.linalg.qr: mode "raw" has no derivative rule here; use "reduced"')


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    return linalg.svd(a, full_matrices=full_matrices) if compute_uv else linalg.svdvals(a)


def _pinv(a: Any, rcond: Any = None, *, rtol: Any = 1e-15) -> Any:
    return linalg.pinv(a, rtol=rtol if rcond is None else rcond)


def _matrix_rank(A: Any, tol: Any = None, *, rtol: Any = None) -> Any:
    if tol is None:
        return linalg.matrix_rank(A, rtol=rtol)
    found = p.greater(linalg.svdvals(A), np.asarray(tol)[..., None])
    return sum(p.astype(found, dtype=np.dtype(int)), axis=-1)


def _cond(x: Any, p: Any = None) -> Any:
    if p in (None, 2, -2):
        s = linalg.svdvals(x)
        largest, smallest = max(s, axis=-1), min(s, axis=-1)
        return smallest / largest if p == -2 else largest / smallest
    return linalg.matrix_norm(x, ord=p) * linalg.matrix_norm(linalg.inv(x), ord=p)


class LstsqResult(NamedTuple):
    """The solution, sums of squares of the residuals, and the rank and singular values of the matrix."""

    x: Any
    residuals: Any
    rank: Any
    singular_values: Any


def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The x that minimises ‖b − a x‖ for a of full column rank, by Q and R."""
    m, n = check_matrix(a, "lstsq")
    s = linalg.svdvals(a)
    share = np.finfo(a.dtype).eps * builtins.max(m, n) if rcond is None else rcond
    if n > m or not bool(min(s) > share * max(s)):
        raise UnsupportedError(
            "numpy.linalg.lstsq: the columns depend on each other, so that the solution is one of many. "
            "Use np.linalg.pinv(a) @ b for the shortest, whose derivative is that along matrices of this rank."
        )
    q, r = linalg.qr(a)
    x = linalg.solve(r, p.matmul(adjoint(q), b))
    rest = b - p.matmul(a, x)
    empty = np.zeros(0, dtype=a.dtype)
    squares = empty if m == n else sum(p.square(p.abs(rest)), axis=0, keepdims=len(shape_of(b)) == 1)
    return LstsqResult(x, squares, n, s)


def _multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of matrices in the order with the fewest multiplications; the first and the last may be vectors."""
    chain = [array(x) for x in arrays]
    sizes = [shape_of(chain[0])[0] if len(shape_of(chain[0])) > 1 else 1]
    sizes += [shape_of(x)[-1] if len(shape_of(x)) > 1 or not i else 1 for i, x in enumerate(chain)]

    @functools.cache
    def best(i: int, j: int) -> tuple[int, int]:
        """The multiplications of factors i to j, and where the last product falls."""
        if i == j:
            return 0, i
        return builtins.min(
            (best(i, k)[0] + best(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
        )

    def product(i: int, j: int) -> Any:
        if i == j:
            return chain[i]
        k = best(i, j)[1]
        return p.matmul(product(i, k), product(k + 1, j))

    return product(0, len(chain) - 1)


def _kron(a: Any, b: Any) -> Any:
    """Every entry of a times all of b."""
    ndim = builtins.max(len(shape_of(a)), len(shape_of(b)))
    left, right = ((1,) * (ndim - len(shape_of(x))) + shape_of(x) for x in (a, b))
    spread = p.reshape(a, shape=tuple(n for size in left for n in (size, 1)))
    tiled = p.reshape(b, shape=tuple(n for size in right for n in (1, size)))
    return p.reshape(spread * tiled, shape=tuple(m * n for m, n in zip(left, right, strict=True)))


def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return linalg.diagonal(moveaxis(a, (axis1, axis2), (-2, -1)), offset=offset)


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    return sum(_diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    found = linalg.cross(moveaxis(a, axisa, -1), moveaxis(b, axisb, -1))
    return moveaxis(found, -1, one_axis(axisc, len(shape_of(found))))


def _refused(name: str, instead: str) -> Callable[..., Any]:
    def refuse(*args: Any, **options: Any) -> Any:
        raise DerivativeLostError(f"numpy.linalg.{name} has no derivative rule here: {instead}")

    return refuse


_GENERAL = (
    "the eigenvalues of a matrix that is not symmetric may be complex, and are not smooth where they meet. For a "
    "symmetric matrix use np.linalg.eigh or np.linalg.eigvalsh; det, trace and matrix_power need no eigenvalues."
)


def _of_arrays(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """A function whose first arguments may be lists and numbers, as NumPy's."""

    @functools.wraps(function)
    def meaning(*args: Any, **options: Any) -> Any:
        return function(*map(array, args[:count]), *args[count:], **options)

    return meaning


_ONE = "inv det slogdet cholesky svdvals matrix_power diagonal trace matrix_norm vector_norm matrix_transpose".split()
_TWO = "solve outer cross vecdot tensordot matmul".split()

TABLE: Table = {
    **{getattr(np.linalg, name): _of_arrays(getattr(linalg, name), 1) for name in _ONE},
    **{getattr(np.linalg, name): _of_arrays(getattr(linalg, name), 2) for name in _TWO},
    np.linalg.qr: _of_arrays(_qr, 1),
    np.linalg.eigh: _of_arrays(_eigh, 1),
    np.linalg.eigvalsh: _of_arrays(_eigvalsh, 1),
    np.linalg.svd: _of_arrays(_svd, 1),
    np.linalg.norm: _of_arrays(_norm, 1),
    np.linalg.pinv: _of_arrays(_pinv, 1),
    np.linalg.matrix_rank: _of_arrays(_matrix_rank, 1),
    np.linalg.cond: _of_arrays(_cond, 1),
    np.linalg.lstsq: _of_arrays(_lstsq, 2),
    np.linalg.multi_dot: _multi_dot,
    np.linalg.eig: _refused("eig", _GENERAL),
    np.linalg.eigvals: _refused("eigvals", _GENERAL),
    np.trace: _of_arrays(_trace, 1),
    np.diagonal: _of_arrays(_diagonal, 1),
    np.cross: _of_arrays(_cross, 2),
    np.kron: _of_arrays(_kron, 2),
}
