"""The kinds of rule for functions of matrices, and the small functions that they are written in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.parts import adjoint, conj
from derivlab.array.primitive import Primitive
from derivlab.transpose import Params, Rule, Term, onto, shape_of, unbroadcast, whole


class Pair(Rule):
    """A function of one argument, with its push and the adjoint of that.

    The adjoint pairs cotangents as ⟨ȳ, ẏ⟩ = Re Σ ȳ* ẏ; the sweep pairs them without conjugation, so that it is taken
    between conjugates.
    """

    def __init__(self, push: Term, pull: Term) -> None:
        self.terms = (push, pull)

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        """The push."""
        return self.terms[0](tangents[0], y, values[0], **params)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        """The pull between conjugates."""
        return conj(self.terms[1](conj(t), y, values[0], **params))


class Solve(Rule):
    """y = a⁻¹ b: ẏ = a⁻¹ (ḃ − ȧ y), b̄ = a⁻ᵀ ȳ and ā = −b̄ yᵀ."""

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        """ẏ = a⁻¹ (ḃ − ȧ y)."""
        a_dot, b_dot = tangents
        if a_dot is None:
            return whole(primitive(values[0], b_dot), shape_of(y))
        moved = p.matmul(a_dot, y)
        return primitive(values[0], -moved if b_dot is None else b_dot - moved)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        """b̄ = a⁻ᵀ ȳ, or ā = −b̄ yᵀ."""
        b_bar = p.solve(p.matrix_transpose(values[0]), t)
        part = onto(b_bar if i else -p.matmul(b_bar, p.matrix_transpose(y)), values[i])
        return unbroadcast(part, shape_of(part), values[i].shape)


# Small things.


def hermitian(x: Any) -> Any:
    """(x + xᴴ) / 2."""
    return 0.5 * (x + adjoint(x))


def skew(x: Any) -> Any:
    """(x − xᴴ) / 2."""
    return 0.5 * (x - adjoint(x))


def row(x: Any) -> Any:
    """A stack of vectors as rows."""
    shape = shape_of(x)
    return p.reshape(x, shape=(*shape[:-1], 1, shape[-1]))


def column(x: Any) -> Any:
    """A stack of vectors as columns."""
    return p.reshape(x, shape=(*shape_of(x), 1))


def single(x: Any) -> Any:
    """A stack of numbers as matrices of one entry."""
    return p.reshape(x, shape=(*shape_of(x), 1, 1))


def eye(x: Any) -> Any:
    """Where a square matrix has its diagonal."""
    return np.eye(shape_of(x)[-1], dtype=bool)


def last(x: Any, *key: Any) -> Any:
    """x[..., key]: an index of the last axes."""
    return p.index(x, key=(..., *key))


def diagonal(x: Any) -> Any:
    """The diagonal of each matrix of a stack."""
    n = np.arange(min(shape_of(x)[-2:]))
    return last(x, n, n)


def beside(*parts: Any, axis: int) -> Any:
    """Arrays joined along one of the last axes, axis < 0."""
    return p.concat(*parts, axis=len(shape_of(parts[0])) + axis)


def peak(x: Any) -> Any:
    """The largest size in each vector of a stack, as a matrix of one entry."""
    if not shape_of(x)[-1]:
        return 0.0
    return column(p.max(p.abs(x), axis=(len(shape_of(x)) - 1,), keepdims=True))


def rounding(x: Any) -> float:
    """n ε: what the rounding of a decomposition may make of 0, relative to its largest value."""
    return float(shape_of(x)[-1] * np.finfo(x.dtype).eps)


def off_diagonal(t: Any) -> Any:
    """A square matrix with 0 on its diagonal."""
    return p.where(eye(t), 0.0, t)


def halved_lower(x: Any) -> Any:
    """The lower triangle, half of the diagonal."""
    return p.tril(x, k=0) * (np.tri(shape_of(x)[-1]) - np.eye(shape_of(x)[-1]) / 2).astype(x.dtype)


def as_read(x: Any) -> Any:
    """The Hermitian matrix of which LAPACK reads the lower triangle."""
    half = halved_lower(x)
    return half + adjoint(half)


def back_to_read(s: Any) -> Any:
    """The adjoint of :func:`as_read`."""
    return halved_lower(s + adjoint(s))


def svd_parts(y: Any, x: Any) -> tuple[Any, Any, Any]:
    """U, s (complex where x is) and Vᴴ of a packed decomposition of x."""
    m = shape_of(x)[-2]
    return p.matrix_transpose(last(y, slice(None, m))), last(y, m), last(y, slice(m + 1, None))
