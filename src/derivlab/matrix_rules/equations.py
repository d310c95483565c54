"""Inverses, determinants, the Cholesky factor and norms: tangents pushed and cotangents pulled."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.parts import adjoint, conj, is_complex, real
from derivlab.array.surface.statistical import prod
from derivlab.matrix_rules.kinds import (
    as_read,
    back_to_read,
    beside,
    column,
    diagonal,
    eye,
    halved_lower,
    last,
    off_diagonal,
    single,
    svd_parts,
)
from derivlab.transpose import bent, expand_reduced, shape_of

# Inverse and determinant.


def inv_pull(t: Any, y: Any, x: Any) -> Any:
    """x̄ = −yᴴ ȳ yᴴ."""
    return -p.matmul(p.matmul(adjoint(y), t), adjoint(y))


def det_push(t: Any, y: Any, x: Any) -> Any:
    """ẏ = Σ Cᵢⱼ ẋᵢⱼ with the cofactors C, which holds of singular matrices too (Jacobi)."""
    ndim = len(shape_of(x))
    return p.sum(p.cofactor(x) * t, axis=(ndim - 2, ndim - 1), keepdims=False)


def cofactor_product(t: Any, x: Any) -> Any:
    """The derivative of the cofactors along t, a product of n − 2 singular values at each place: no division."""
    n = shape_of(x)[-1]
    u, s, vh = svd_parts(p.svd(x), x)
    e = p.matmul(adjoint(u), p.matmul(t, adjoint(vh)))
    i, j, k = np.ogrid[:n, :n, :n]
    spread = p.reshape(s, shape=(*shape_of(s)[:-1], 1, 1, n))
    kept = np.broadcast_to((k != i) & (k != j), (n, n, n))
    pairs = prod(p.where(kept, spread, 1.0), axis=-1)
    on = p.matmul(off_diagonal(pairs), column(diagonal(e)))
    inner = p.where(eye(x), on, -pairs * p.matrix_transpose(e))
    turn = p.det(u) * p.det(vh)
    turn = turn if is_complex(x) else p.sign(turn)
    return single(turn) * p.matmul(conj(u), p.matmul(inner, conj(vh)))


def slogdet_push(t: Any, y: Any, x: Any) -> Any:
    """With s = tr(x⁻¹ ẋ) = Σ (x⁻ᵀ)ᵢⱼ ẋᵢⱼ the logarithm moves by Re s, and the sign by i sign Im s.

    The inverse is the one that the pull has, made once for all directions of a batch, and once in a program.
    """
    ndim = len(shape_of(x))
    slope = p.sum(p.matrix_transpose(p.inv(x)) * t, axis=(ndim - 2, ndim - 1), keepdims=False)
    size = real(slope)
    turn = last(y, 0) * (slope - size) if is_complex(x) else 0.0 * size
    return beside(column(turn), column(size), axis=-1)


def slogdet_pull(t: Any, y: Any, x: Any) -> Any:
    """x̄ = (ȳ₁ + i Im(sign* ȳ₀)) x⁻ᴴ."""
    weight = last(t, 1)
    if is_complex(x):
        turn = conj(last(y, 0)) * last(t, 0)
        weight = real(weight) + (turn - real(turn))
    return single(weight) * adjoint(p.inv(x))


# Factorisations.


def cholesky_push(t: Any, y: Any, x: Any) -> Any:
    """L̇ = L Φ(L⁻¹ ẋ L⁻ᴴ), Φ the lower triangle with half of the diagonal (Murray)."""
    half = adjoint(p.solve(y, as_read(t)))
    return p.matmul(y, halved_lower(p.solve(y, half)))


def cholesky_pull(t: Any, y: Any, x: Any) -> Any:
    """x̄ = L⁻ᴴ Φ(Lᴴ L̄) L⁻¹ on the triangle that is read (Murray)."""
    inner = p.solve(adjoint(y), halved_lower(p.matmul(adjoint(y), t)))
    return back_to_read(adjoint(p.solve(adjoint(y), adjoint(inner))))


def pinv_push(t: Any, y: Any, x: Any, rtol: Any) -> Any:
    """ẏ = −y ẋ y + y yᴴ ẋᴴ (1 − x y) + (1 − y x) ẋᴴ yᴴ y, of constant rank (Golub and Pereyra)."""
    th, yh = adjoint(t), adjoint(y)
    left = p.matmul(y, p.matmul(yh, th))
    right = p.matmul(p.matmul(th, yh), y)
    kept = p.matmul(p.matmul(y, t), y)
    return left - p.matmul(p.matmul(left, x), y) + right - p.matmul(y, p.matmul(x, right)) - kept


def pinv_pull(t: Any, y: Any, x: Any, rtol: Any) -> Any:
    """The adjoint of :func:`pinv_push`."""
    th, yh = adjoint(t), adjoint(y)
    left = p.matmul(p.matmul(th, y), yh)
    right = p.matmul(yh, p.matmul(y, th))
    kept = p.matmul(p.matmul(yh, t), yh)
    return left - p.matmul(x, p.matmul(y, left)) + right - p.matmul(p.matmul(right, y), x) - kept


# Norms.


def _unit(y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """x / ‖x‖ of y = ‖x‖, and 0 at 0."""
    size = expand_reduced(y, x, axis, keepdims)
    return bent(p.where(size == 0, 0.0, x / p.where(size == 0, 1.0, size)), x, size == 0)


def norm_push(t: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """ẏ = Re Σ x* ẋ / ‖x‖, and 0 at 0."""
    return p.sum(real(conj(_unit(y, x, axis, keepdims)) * t), axis=axis, keepdims=keepdims)


def norm_pull(t: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """x̄ = ȳ x / ‖x‖, and 0 at 0."""
    return expand_reduced(t, x, axis, keepdims) * _unit(y, x, axis, keepdims)
