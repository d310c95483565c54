"""Derivatives of matrix functions: for each a push (tangents forward) and a pull (its adjoint, cotangents back).

All hold for stacks of matrices. A factorisation is one packed array (:mod:`derivlab.libraries.numpy_linalg`). Complex
matrices have the pull that is adjoint with respect to the real part of ⟨a, b⟩ = Σ a̅ b.

Conventions where a derivative does not exist. Where two eigenvalues or singular values agree to all their digits,
those of their vectors have none: it is NaN, but 0 where nothing depends on it. Each eigenvalue then has the gradient
vᵢvᵢᴴ of the eigenvectors computed, so that the sum over a cluster is right. At a singular value 0, and at a vector
of norm 0, the derivative is 0, one of the subgradients.

References: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation",
2008; G. Golub and V. Pereyra, SIAM J. Numer. Anal. 10(2), 1973; S. Walter and L. Lehmann, Optimization Methods and
Software 28(1), 2013 (QR); I. Murray, "Differentiation of the Cholesky decomposition", 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.primitive import Primitive
from derivlab.array.surface.statistical import prod
from derivlab.transpose import Elementwise, Params, Rule, Term, expand_reduced, shape_of, unbroadcast, whole


class Pair(Rule):
    """A function of one argument, with its push and its pull."""

    def __init__(self, push: Term, pull: Term) -> None:
        self.terms = (push, pull)

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        return self.terms[0](tangents[0], y, values[0], **params)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        return self.terms[1](t, y, values[0], **params)


class Solve(Rule):
    """y = a⁻¹ b: ẏ = a⁻¹ (ḃ − ȧ y), b̄ = a⁻ᴴ ȳ and ā = −b̄ yᴴ."""

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        a_dot, b_dot = tangents
        if a_dot is None:
            return whole(primitive(values[0], b_dot), shape_of(y))
        moved = p.matmul(a_dot, y)
        return primitive(values[0], -moved if b_dot is None else b_dot - moved)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        b_bar = p.solve(_adjoint(values[0]), t)
        part = b_bar if i else -p.matmul(b_bar, _adjoint(y))
        return unbroadcast(part, shape_of(part), values[i].shape)


# Small things.


def _is_complex(x: Any) -> bool:
    return getattr(x.dtype, "kind", "f") == "c"


def _conj(x: Any) -> Any:
    return p.PRIMITIVES["conj"](x) if _is_complex(x) else x


def _real(x: Any) -> Any:
    return p.PRIMITIVES["real"](x) if _is_complex(x) else x


def _adjoint(x: Any) -> Any:
    return _conj(p.matrix_transpose(x))


def _hermitian(x: Any) -> Any:
    return 0.5 * (x + _adjoint(x))


def _skew(x: Any) -> Any:
    return 0.5 * (x - _adjoint(x))


def _row(x: Any) -> Any:
    """A stack of vectors as rows."""
    shape = shape_of(x)
    return p.reshape(x, shape=(*shape[:-1], 1, shape[-1]))


def _column(x: Any) -> Any:
    return p.reshape(x, shape=(*shape_of(x), 1))


def _single(x: Any) -> Any:
    """A stack of numbers as matrices of one entry."""
    return p.reshape(x, shape=(*shape_of(x), 1, 1))


def _eye(x: Any) -> Any:
    """Where a square matrix has its diagonal."""
    return np.eye(shape_of(x)[-1], dtype=bool)


def _last(x: Any, *key: Any) -> Any:
    return p.index(x, key=(..., *key))


def _diagonal(x: Any) -> Any:
    n = np.arange(min(shape_of(x)[-2:]))
    return _last(x, n, n)


def _trace(x: Any) -> Any:
    return p.sum(_diagonal(x), axis=(len(shape_of(x)) - 2,), keepdims=False)


def _beside(*parts: Any, axis: int) -> Any:
    return p.concat(*parts, axis=len(shape_of(parts[0])) + axis)


def _peak(x: Any) -> Any:
    """The largest size in each vector of a stack, as a matrix of one entry."""
    if not shape_of(x)[-1]:
        return 0.0
    return _column(p.max(p.abs(x), axis=(len(shape_of(x)) - 1,), keepdims=True))


def _rounding(x: Any) -> float:
    return float(shape_of(x)[-1] * np.finfo(x.dtype).eps)


def _off_diagonal(t: Any) -> Any:
    return p.where(_eye(t), 0.0, t)


def _halved_lower(x: Any) -> Any:
    """The lower triangle, half of the diagonal."""
    return p.tril(x, k=0) * (np.tri(shape_of(x)[-1]) - np.eye(shape_of(x)[-1]) / 2).astype(x.dtype)


def _as_read(x: Any) -> Any:
    """The Hermitian matrix of which LAPACK reads the lower triangle."""
    half = _halved_lower(x)
    return half + _adjoint(half)


def _back_to_read(s: Any) -> Any:
    """The adjoint of :func:`_as_read`."""
    return _halved_lower(s + _adjoint(s))


# Inverse and determinant.


def _inv_pull(t: Any, y: Any, x: Any) -> Any:
    return -p.matmul(p.matmul(_adjoint(y), t), _adjoint(y))


def _det_push(t: Any, y: Any, x: Any) -> Any:
    ndim = len(shape_of(x))
    return p.sum(p.cofactor(x) * t, axis=(ndim - 2, ndim - 1), keepdims=False)


def _cofactor_product(t: Any, x: Any) -> Any:
    """The derivative of the cofactors along t, a product of n − 2 singular values at each place: no division."""
    n = shape_of(x)[-1]
    u, s, vh = _svd_parts(p.svd(x), x)
    e = p.matmul(_adjoint(u), p.matmul(t, _adjoint(vh)))
    i, j, k = np.ogrid[:n, :n, :n]
    spread = p.reshape(s, shape=(*shape_of(s)[:-1], 1, 1, n))
    kept = np.broadcast_to((k != i) & (k != j), (n, n, n))
    pairs = prod(p.where(kept, spread, 1.0), axis=-1)
    on = p.matmul(_off_diagonal(pairs), _column(_diagonal(e)))
    inner = p.where(_eye(x), on, -pairs * p.matrix_transpose(e))
    turn = p.det(u) * p.det(vh)
    turn = turn if _is_complex(x) else p.sign(turn)
    return _single(turn) * p.matmul(_conj(u), p.matmul(inner, _conj(vh)))


def _slogdet_push(t: Any, y: Any, x: Any) -> Any:
    slope = _trace(p.solve(x, t))
    real = _real(slope)
    turn = _last(y, 0) * (slope - real) if _is_complex(x) else 0.0 * real
    return _beside(_column(turn), _column(real), axis=-1)


def _slogdet_pull(t: Any, y: Any, x: Any) -> Any:
    weight = _last(t, 1)
    if _is_complex(x):
        turn = _conj(_last(y, 0)) * _last(t, 0)
        weight = _real(weight) + (turn - _real(turn))
    return _single(weight) * _adjoint(p.inv(x))


# Factorisations.


def _cholesky_push(t: Any, y: Any, x: Any) -> Any:
    half = _adjoint(p.solve(y, _as_read(t)))
    return p.matmul(y, _halved_lower(p.solve(y, half)))


def _cholesky_pull(t: Any, y: Any, x: Any) -> Any:
    inner = p.solve(_adjoint(y), _halved_lower(p.matmul(_adjoint(y), t)))
    return _back_to_read(_adjoint(p.solve(_adjoint(y), _adjoint(inner))))


class _QR:
    """Q, R, and division by the first columns R₁ of R; ``lost`` tells where those of x depend on each other."""

    def __init__(self, y: Any, x: Any) -> None:
        m, n = shape_of(x)[-2:]
        self.k = min(m, n)
        self.q = p.matrix_transpose(_last(y, slice(None, m)))
        self.r = _last(y, slice(m, None))
        first = self.r if self.k == n else _last(self.r, slice(None, self.k))
        sizes = p.abs(_diagonal(first))
        small = p.less_equal(_row(sizes), _rounding(x) * _peak(sizes))
        self.lost = p.any(small, axis=(len(shape_of(small)) - 1,), keepdims=True)
        self.first = p.where(self.lost, np.eye(self.k), first)

    def divided(self, t: Any, adjoint: bool = False) -> Any:
        """t R₁⁻¹, or t R₁⁻ᴴ."""
        matrix = self.first if adjoint else _adjoint(self.first)
        return _adjoint(p.solve(matrix, _adjoint(t)))


def _turning(c: Any) -> Any:
    """The skew-Hermitian matrix with the lower triangle of c."""
    lower = p.tril(c, k=-1)
    turned = lower - _adjoint(lower)
    return turned + p.where(_eye(c), _skew(c), 0.0) if _is_complex(c) else turned


def _turning_back(w: Any) -> Any:
    skew = w - _adjoint(w)
    back = p.tril(skew, k=-1)
    return back + p.where(_eye(w), 0.5 * skew, 0.0) if _is_complex(w) else back


def _qr_push(t: Any, y: Any, x: Any) -> Any:
    f = _QR(y, x)
    moved = f.divided(_last(t, slice(None, f.k)))
    inner = p.matmul(_adjoint(f.q), moved)
    turn = _turning(inner)
    q_dot = moved - p.matmul(f.q, inner - turn)
    r_dot = p.matmul(_adjoint(f.q), t) - p.matmul(turn, f.r)
    return p.where(f.lost, _all_undefined(t), _beside(p.matrix_transpose(q_dot), r_dot, axis=-1))


def _qr_pull(t: Any, y: Any, x: Any) -> Any:
    f = _QR(y, x)
    m, n = shape_of(x)[-2:]
    q_bar, r_bar = p.matrix_transpose(_last(t, slice(None, m))), _last(t, slice(m, None))
    inner = p.matmul(_adjoint(f.q), q_bar)
    inner_bar = _turning_back(inner - p.matmul(r_bar, _adjoint(f.r))) - inner
    first_bar = f.divided(q_bar + p.matmul(f.q, inner_bar), adjoint=True)
    if n > f.k:
        rest = np.zeros((*shape_of(first_bar)[:-1], n - f.k), dtype=x.dtype)
        first_bar = _beside(first_bar, rest, axis=-1)
    return p.where(f.lost, _all_undefined(t), first_bar + p.matmul(f.q, r_bar))


def _undefined_push(t: Any, y: Any, x: Any, of: str) -> Any:
    return whole(_all_undefined(t), shape_of(y))


def _undefined_pull(t: Any, y: Any, x: Any, of: str) -> Any:
    return whole(_all_undefined(t), shape_of(x))


def _all_undefined(t: Any) -> Any:
    ndim = len(shape_of(t))
    return p.sum(p.undefined(t), axis=(ndim - 2, ndim - 1), keepdims=True)


# Eigenvalues and singular values.


def _no_derivative(t: Any) -> Any:
    """A row: for each column of t NaN, and 0 where that is 0."""
    return p.sum(p.undefined(t), axis=(len(shape_of(t)) - 2,), keepdims=True)


class _Cluster:
    """The divisors w_j − w_i of a stack of vectors w, and where they are lost in rounding.

    ``lost`` tells the pairs i, j; ``alike`` is a row that tells which j have such a partner.
    """

    def __init__(self, w: Any, floor: Any) -> None:
        gap = _row(w) - _column(w)
        self.eye = _eye(gap)
        self.lost = p.logical_or(p.less_equal(p.abs(gap), floor), self.eye)
        self.gap = p.where(self.lost, 1.0, gap)
        found = p.logical_and(self.lost, np.logical_not(self.eye))
        self.alike = p.any(found, axis=(len(shape_of(gap)) - 2,), keepdims=True)

    def divided(self, t: Any) -> Any:
        """tᵢⱼ / (w_j − w_i), and 0 where that divides by 0."""
        return p.where(self.lost, 0.0, t / self.gap)


def _eigh_parts(y: Any) -> tuple[Any, Any, _Cluster]:
    w, v = _last(y, 0, slice(None)), _last(y, slice(1, None), slice(None))
    return w, v, _Cluster(w, _rounding(v) * _peak(w))


def _eigh_push(t: Any, y: Any, x: Any) -> Any:
    _, v, near = _eigh_parts(y)
    e = p.matmul(_adjoint(v), p.matmul(_as_read(t), v))
    v_dot = p.where(near.alike, _no_derivative(e), p.matmul(v, near.divided(e)))
    return _beside(_row(_diagonal(e)), v_dot, axis=-2)


def _eigh_pull(t: Any, y: Any, x: Any) -> Any:
    _, v, near = _eigh_parts(y)
    v_bar = _last(t, slice(1, None), slice(None))
    turn = near.divided(p.matmul(_adjoint(v), p.where(near.alike, 0.0, v_bar)))
    turn = p.where(near.alike, _no_derivative(v_bar), turn)
    inner = p.where(near.eye, _row(_last(t, 0, slice(None))), turn)
    return _back_to_read(p.matmul(v, p.matmul(inner, _adjoint(v))))


def _eigvalsh_push(t: Any, y: Any, x: Any) -> Any:
    v = _eigh_parts(p.eigh(x))[1]
    products = _conj(v) * p.matmul(_as_read(t), v)
    return _real(p.sum(products, axis=(len(shape_of(x)) - 2,), keepdims=False))


def _eigvalsh_pull(t: Any, y: Any, x: Any) -> Any:
    v = _eigh_parts(p.eigh(x))[1]
    return _back_to_read(p.matmul(v * _row(t), _adjoint(v)))


def _svd_parts(y: Any, x: Any) -> tuple[Any, Any, Any]:
    m = shape_of(x)[-2]
    return p.matrix_transpose(_last(y, slice(None, m))), _last(y, m), _last(y, slice(m + 1, None))


class _SVD:
    """U, s, V of a packed decomposition of x, divisions by singular values, and the columns without a derivative."""

    def __init__(self, y: Any, x: Any) -> None:
        self.u, self.s, self.vh = _svd_parts(y, x)
        self.v = _adjoint(self.vh)
        m, n = shape_of(x)[-2:]
        self.tall, self.wide = m > n, m < n
        floor = max(m, n) * float(np.finfo(x.dtype).eps) * _peak(self.s)
        near = _Cluster(self.s, floor)
        self.over_gaps = near.divided
        sums = _row(self.s) + _column(self.s)
        self.no_sum = p.less_equal(sums, floor)
        self.sums = p.where(self.no_sum, 1.0, sums)
        zero = p.less_equal(_row(self.s), floor)
        self.columns = p.where(zero, 1.0, _row(self.s))
        either = p.logical_or(near.alike, zero)
        self.no_u, self.no_v = (either if self.tall else near.alike), (either if self.wide else near.alike)

    def over_sums(self, t: Any) -> Any:
        """tᵢⱼ / (sᵢ + sⱼ), and 0 where that divides by 0."""
        return p.where(self.no_sum, 0.0, t / self.sums)


def _svd_push(t: Any, y: Any, x: Any) -> Any:
    f = _SVD(y, x)
    tv, tu = p.matmul(t, f.v), p.matmul(_adjoint(t), f.u)
    e = p.matmul(_adjoint(f.u), tv)
    even, odd = f.over_gaps(_hermitian(e)), f.over_sums(_skew(e))
    u_dot, v_dot = p.matmul(f.u, even + odd), p.matmul(f.v, even - odd)
    if f.tall:
        u_dot = u_dot + (tv - p.matmul(f.u, e)) / f.columns
    if f.wide:
        v_dot = v_dot + (tu - p.matmul(f.v, _adjoint(e))) / f.columns
    reached = _no_derivative(tv) + _no_derivative(tu)
    u_dot, v_dot = p.where(f.no_u, reached, u_dot), p.where(f.no_v, reached, v_dot)
    return _beside(p.matrix_transpose(u_dot), _column(_diagonal(_hermitian(e))), _adjoint(v_dot), axis=-1)


def _svd_pull(t: Any, y: Any, x: Any) -> Any:
    f = _SVD(y, x)
    u_read, s_bar, vh_read = _svd_parts(t, x)
    v_read = _adjoint(vh_read)
    u_bar, v_bar = p.where(f.no_u, 0.0, u_read), p.where(f.no_v, 0.0, v_read)
    u_inner, v_inner = p.matmul(_adjoint(f.u), u_bar), p.matmul(_adjoint(f.v), v_bar)
    e_bar = _hermitian(f.over_gaps(u_inner + v_inner)) + _skew(f.over_sums(u_inner - v_inner))
    e_bar = e_bar + p.where(_eye(e_bar), _row(_real(s_bar)), 0.0)
    e_bar = e_bar + p.where(f.no_u, _no_derivative(u_read), 0.0) + p.where(f.no_v, _no_derivative(v_read), 0.0)
    x_bar = p.matmul(f.u, p.matmul(e_bar, f.vh))
    if f.tall:
        x_bar = x_bar + p.matmul((u_bar - p.matmul(f.u, u_inner)) / f.columns, f.vh)
    if f.wide:
        x_bar = x_bar + p.matmul(f.u, _adjoint((v_bar - p.matmul(f.v, v_inner)) / f.columns))
    return x_bar


def _svdvals_push(t: Any, y: Any, x: Any) -> Any:
    u, s, vh = _svd_parts(p.svd(x), x)
    products = _conj(u) * p.matmul(t, _adjoint(vh))
    return p.sign(_real(s)) * _real(p.sum(products, axis=(len(shape_of(x)) - 2,), keepdims=False))


def _svdvals_pull(t: Any, y: Any, x: Any) -> Any:
    u, s, vh = _svd_parts(p.svd(x), x)
    return p.matmul(u * _row(t * p.sign(_real(s))), vh)


def _pinv_push(t: Any, y: Any, x: Any, rtol: Any) -> Any:
    th, yh = _adjoint(t), _adjoint(y)
    left = p.matmul(y, p.matmul(yh, th))
    right = p.matmul(p.matmul(th, yh), y)
    kept = p.matmul(p.matmul(y, t), y)
    return left - p.matmul(p.matmul(left, x), y) + right - p.matmul(y, p.matmul(x, right)) - kept


def _pinv_pull(t: Any, y: Any, x: Any, rtol: Any) -> Any:
    th, yh = _adjoint(t), _adjoint(y)
    left = p.matmul(p.matmul(th, y), yh)
    right = p.matmul(yh, p.matmul(y, th))
    kept = p.matmul(p.matmul(yh, t), yh)
    return left - p.matmul(x, p.matmul(y, left)) + right - p.matmul(p.matmul(right, y), x) - kept


# Norms.


def _unit(x: Any, axis: Any) -> Any:
    """x / ‖x‖, and 0 at 0."""
    size = p.norm(x, axis=axis, keepdims=True)
    return p.where(size == 0, 0.0, x / p.where(size == 0, 1.0, size))


def _norm_push(t: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return p.sum(_real(_conj(_unit(x, axis)) * t), axis=axis, keepdims=keepdims)


def _norm_pull(t: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return expand_reduced(t, x, axis, keepdims) * _unit(x, axis)


MATRIX_RULES: dict[str, Rule] = {
    "inv": Pair(lambda t, y, x: -p.matmul(p.matmul(y, t), y), _inv_pull),
    "solve": Solve(),
    "det": Pair(_det_push, lambda t, y, x: _single(t) * _conj(p.cofactor(x))),
    "cofactor": Pair(lambda t, y, x: _cofactor_product(t, x), lambda t, y, x: _conj(_cofactor_product(_conj(t), x))),
    "slogdet": Pair(_slogdet_push, _slogdet_pull),
    "cholesky": Pair(_cholesky_push, _cholesky_pull),
    "qr": Pair(_qr_push, _qr_pull),
    "completion": Pair(_undefined_push, _undefined_pull),
    "eigh": Pair(_eigh_push, _eigh_pull),
    "eigvalsh": Pair(_eigvalsh_push, _eigvalsh_pull),
    "svd": Pair(_svd_push, _svd_pull),
    "svdvals": Pair(_svdvals_push, _svdvals_pull),
    "pinv": Pair(_pinv_push, _pinv_pull),
    "norm": Pair(_norm_push, _norm_pull),
    "undefined": Elementwise((lambda t, y, x: p.undefined(t),)),
}
