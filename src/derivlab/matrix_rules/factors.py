"""QR, eigenvalues and singular values: tangents pushed and cotangents pulled, NaN where vectors have no derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.parts import adjoint, conj, is_complex, real
from derivlab.matrix_rules.kinds import (
    as_read,
    back_to_read,
    beside,
    column,
    diagonal,
    eye,
    hermitian,
    last,
    peak,
    rounding,
    row,
    skew,
    svd_parts,
)
from derivlab.transpose import shape_of, whole


class _QR:
    """Q, R, and division by the first columns R₁ of R; ``lost`` tells where those of x depend on each other."""

    def __init__(self, y: Any, x: Any) -> None:
        m, n = shape_of(x)[-2:]
        self.k = min(m, n)
        self.q = p.matrix_transpose(last(y, slice(None, m)))
        self.r = last(y, slice(m, None))
        first = self.r if self.k == n else last(self.r, slice(None, self.k))
        sizes = p.abs(diagonal(first))
        small = p.less_equal(row(sizes), rounding(x) * peak(sizes))
        self.lost = p.any(small, axis=(len(shape_of(small)) - 1,), keepdims=True)
        self.first = p.where(self.lost, np.eye(self.k, dtype=x.dtype), first)

    def divided(self, t: Any, *, right: bool = True) -> Any:
        """t R₁⁻¹, or t R₁⁻ᴴ."""
        matrix = adjoint(self.first) if right else self.first
        return adjoint(p.solve(matrix, adjoint(t)))


def _turning(c: Any) -> Any:
    """The skew-Hermitian matrix with the lower triangle of c."""
    lower = p.tril(c, k=-1)
    turned = lower - adjoint(lower)
    return turned + p.where(eye(c), skew(c), 0.0) if is_complex(c) else turned


def _turning_back(w: Any) -> Any:
    odd = w - adjoint(w)
    back = p.tril(odd, k=-1)
    return back + p.where(eye(w), 0.5 * odd, 0.0) if is_complex(w) else back


def qr_push(t: Any, y: Any, x: Any) -> Any:
    """ẋ R₁⁻¹ = Q̇ + Q Ṙ₁ R₁⁻¹: Ω = Qᴴ Q̇, skew-Hermitian, has its lower triangle; the rest follows (Walter, Lehmann)."""
    f = _QR(y, x)
    moved = f.divided(last(t, slice(None, f.k)))
    inner = p.matmul(adjoint(f.q), moved)
    turn = _turning(inner)
    q_dot = moved - p.matmul(f.q, inner - turn)
    r_dot = p.triu(p.matmul(adjoint(f.q), t) - p.matmul(turn, f.r), k=0)
    return p.where(f.lost, _all_undefined(t), beside(p.matrix_transpose(q_dot), r_dot, axis=-1))


def qr_pull(t: Any, y: Any, x: Any) -> Any:
    """The adjoint of :func:`qr_push`."""
    f = _QR(y, x)
    m, n = shape_of(x)[-2:]
    q_bar, r_bar = p.matrix_transpose(last(t, slice(None, m))), p.triu(last(t, slice(m, None)), k=0)
    inner = p.matmul(adjoint(f.q), q_bar)
    inner_bar = _turning_back(inner - p.matmul(r_bar, adjoint(f.r))) - inner
    first_bar = f.divided(q_bar + p.matmul(f.q, inner_bar), right=False)
    if n > f.k:
        rest = np.zeros((*shape_of(first_bar)[:-1], n - f.k), dtype=x.dtype)
        first_bar = beside(first_bar, rest, axis=-1)
    return p.where(f.lost, _all_undefined(t), first_bar + p.matmul(f.q, r_bar))


def undefined_push(t: Any, y: Any, x: Any, of: str) -> Any:
    """NaN wherever the matrix moves: free vectors have no derivative."""
    return whole(_all_undefined(t), shape_of(y))


def undefined_pull(t: Any, y: Any, x: Any, of: str) -> Any:
    """NaN wherever a cotangent is not 0."""
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
        gap = row(w) - column(w)
        self.eye = eye(gap)
        self.lost = p.logical_or(p.less_equal(p.abs(gap), floor), self.eye)
        self.gap = p.where(self.lost, 1.0, gap)
        found = p.logical_and(self.lost, np.logical_not(self.eye))
        self.alike = p.any(found, axis=(len(shape_of(gap)) - 2,), keepdims=True)

    def divided(self, t: Any) -> Any:
        """tᵢⱼ / (w_j − w_i), and 0 where that divides by 0."""
        return p.where(self.lost, 0.0, t / self.gap)


def _eigh_parts(y: Any) -> tuple[Any, Any, _Cluster]:
    w, v = real(last(y, 0, slice(None))), last(y, slice(1, None), slice(None))
    return w, v, _Cluster(w, rounding(v) * peak(w))


def eigh_push(t: Any, y: Any, x: Any) -> Any:
    """ẇ = diag(E) and V̇ = V (E / (wⱼ − wᵢ)) with E = Vᴴ ẋ V (Giles)."""
    _, v, near = _eigh_parts(y)
    e = p.matmul(adjoint(v), p.matmul(as_read(t), v))
    v_dot = p.where(near.alike, _no_derivative(e), p.matmul(v, near.divided(e)))
    return beside(row(diagonal(e)), v_dot, axis=-2)


def eigh_pull(t: Any, y: Any, x: Any) -> Any:
    """The adjoint of :func:`eigh_push`."""
    _, v, near = _eigh_parts(y)
    v_bar = last(t, slice(1, None), slice(None))
    turn = near.divided(p.matmul(adjoint(v), p.where(near.alike, 0.0, v_bar)))
    turn = p.where(near.alike, _no_derivative(v_bar), turn)
    inner = p.where(near.eye, row(last(t, 0, slice(None))), turn)
    return back_to_read(p.matmul(v, p.matmul(inner, adjoint(v))))


def eigvalsh_push(t: Any, y: Any, x: Any) -> Any:
    """ẇᵢ = vᵢᴴ ẋ vᵢ."""
    v = _eigh_parts(p.eigh(x))[1]
    products = conj(v) * p.matmul(as_read(t), v)
    return real(p.sum(products, axis=(len(shape_of(x)) - 2,), keepdims=False))


def eigvalsh_pull(t: Any, y: Any, x: Any) -> Any:
    """x̄ = V diag(w̄) Vᴴ."""
    v = _eigh_parts(p.eigh(x))[1]
    return back_to_read(p.matmul(v * row(t), adjoint(v)))


class _SVD:
    """U, s, V of a packed decomposition of x, divisions by singular values, and the columns without a derivative."""

    def __init__(self, y: Any, x: Any) -> None:
        self.u, s, self.vh = svd_parts(y, x)
        self.s = real(s)
        self.v = adjoint(self.vh)
        m, n = shape_of(x)[-2:]
        self.tall, self.wide = m > n, m < n
        floor = max(m, n) * float(np.finfo(x.dtype).eps) * peak(self.s)
        near = _Cluster(self.s, floor)
        self.over_gaps = near.divided
        sums = row(self.s) + column(self.s)
        self.no_sum = p.less_equal(sums, floor)
        self.sums = p.where(self.no_sum, 1.0, sums)
        zero = p.less_equal(row(self.s), floor)
        self.columns = p.where(zero, 1.0, row(self.s))
        either = p.logical_or(near.alike, zero)
        self.no_u, self.no_v = (either if self.tall else near.alike), (either if self.wide else near.alike)

    def over_sums(self, t: Any) -> Any:
        """tᵢⱼ / (sᵢ + sⱼ), and 0 where that divides by 0."""
        return p.where(self.no_sum, 0.0, t / self.sums)


def svd_push(t: Any, y: Any, x: Any) -> Any:
    """ṡ = Re diag(E), E = Uᴴ ẋ V; vectors turn by E / (sⱼ ∓ sᵢ), and out of their span by the rest of ẋ (Giles)."""
    f = _SVD(y, x)
    tv, tu = p.matmul(t, f.v), p.matmul(adjoint(t), f.u)
    e = p.matmul(adjoint(f.u), tv)
    even, odd = f.over_gaps(hermitian(e)), f.over_sums(skew(e))
    u_dot, v_dot = p.matmul(f.u, even + odd), p.matmul(f.v, even - odd)
    if f.tall:
        u_dot = u_dot + (tv - p.matmul(f.u, e)) / f.columns
    if f.wide:
        v_dot = v_dot + (tu - p.matmul(f.v, adjoint(e))) / f.columns
    reached = _no_derivative(tv) + _no_derivative(tu)
    u_dot, v_dot = p.where(f.no_u, reached, u_dot), p.where(f.no_v, reached, v_dot)
    s_dot = p.sign(f.s) * diagonal(hermitian(e))
    return beside(p.matrix_transpose(u_dot), column(s_dot), adjoint(v_dot), axis=-1)


def svd_pull(t: Any, y: Any, x: Any) -> Any:
    """The adjoint of :func:`svd_push`."""
    f = _SVD(y, x)
    u_read, s_bar, vh_read = svd_parts(t, x)
    v_read = adjoint(vh_read)
    u_bar, v_bar = p.where(f.no_u, 0.0, u_read), p.where(f.no_v, 0.0, v_read)
    u_inner, v_inner = p.matmul(adjoint(f.u), u_bar), p.matmul(adjoint(f.v), v_bar)
    e_bar = hermitian(f.over_gaps(u_inner + v_inner)) + skew(f.over_sums(u_inner - v_inner))
    e_bar = e_bar + p.where(eye(e_bar), row(real(s_bar) * p.sign(f.s)), 0.0)
    e_bar = e_bar + p.where(f.no_u, _no_derivative(u_read), 0.0) + p.where(f.no_v, _no_derivative(v_read), 0.0)
    x_bar = p.matmul(f.u, p.matmul(e_bar, f.vh))
    if f.tall:
        x_bar = x_bar + p.matmul((u_bar - p.matmul(f.u, u_inner)) / f.columns, f.vh)
    if f.wide:
        x_bar = x_bar + p.matmul(f.u, adjoint((v_bar - p.matmul(f.v, v_inner)) / f.columns))
    return x_bar


def svdvals_push(t: Any, y: Any, x: Any) -> Any:
    """ṡᵢ = Re uᵢᴴ ẋ vᵢ, and 0 at a singular value 0."""
    u, s, vh = svd_parts(p.svd(x), x)
    products = conj(u) * p.matmul(t, adjoint(vh))
    return p.sign(real(s)) * real(p.sum(products, axis=(len(shape_of(x)) - 2,), keepdims=False))


def svdvals_pull(t: Any, y: Any, x: Any) -> Any:
    """x̄ = U diag(s̄) Vᴴ."""
    u, s, vh = svd_parts(p.svd(x), x)
    return p.matmul(u * row(t * p.sign(real(s))), vh)
