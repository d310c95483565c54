"""The determinant by expansion in minors: a recursion over numbers, whose gradient is the matrix of cofactors."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.specs.registry import Spec, register


def by_minors(A: Any) -> Any:
    """det A of an ℓ × ℓ matrix, by the first row of ever smaller minors: about e ℓ! products."""
    size = A.shape[0]
    return _expanded(A, 0, tuple(range(size)))


def _expanded(A: Any, row: int, columns: tuple[int, ...]) -> Any:
    """The determinant of the rows from ``row`` on and of some columns."""
    if row == A.shape[0] - 1:
        return A[row, columns[0]]
    total: Any = 0.0
    for place, column in enumerate(columns):
        term = A[row, column] * _expanded(A, row + 1, columns[:place] + columns[place + 1 :])
        total = total - term if place % 2 else total + term
    return total


def cofactors(A: Any) -> Any:
    """The matrix (−1)^(i + j) det(A without row i and column j), over NumPy: the gradient, also of a singular A."""
    size = len(A)
    if size == 1:
        return np.ones((1, 1))
    matrix = np.empty((size, size))
    for i, j in np.ndindex(size, size):
        minor = np.delete(np.delete(A, i, axis=0), j, axis=1)
        matrix[i, j] = (-1) ** (i + j) * by_minors(minor)
    return matrix


def _by_hand(A: Any) -> tuple[Any, Any]:
    matrix = cofactors(A)
    return A[0] @ matrix[0], matrix


@register("determinant-by-minors")
def determinant_by_minors(size: int = 3, seed: int = 0) -> Spec:
    """The determinant by expansion in minors; its gradient is the matrix of cofactors, det(A) A⁻ᵀ where A has one.

    The argument is A of shape (ℓ, ℓ), ℓ being ``size``; cost about e ℓ! products.
    """
    if size < 1:
        raise ArgumentError(f"size must be a positive number of rows, and is {size!r}")
    return Spec(
        by_minors,
        (np.random.default_rng(seed).standard_normal((size, size)),),
        value_and_gradient=_by_hand,
        latex=r"\det A = \sum_j (-1)^{1 + j} a_{1j} \det A_{\setminus 1, \setminus j}",
        source="Bell, cmpad: comparison of algorithmic differentiation packages, det_by_minor; GradBench, det",
    )
