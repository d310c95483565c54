"""Eigenvalues and singular values of matrices of balls: enclosures by FLINT, and their series term by term.

For a simple eigenvalue w with the unit eigenvector v of A(t) = Σ Aₖ tᵏ, the coefficients follow from those before by
one linear system: (A₀ − w₀) vₖ − wₖ v₀ = Σ wᵢ vₖ₋ᵢ − Σ Aᵢ vₖ₋ᵢ and v₀ᵀ vₖ = −½ Σ vᵢᵀ vₖ₋ᵢ. FLINT isolates the
eigenvalues; where they are not simple this stays undecided. The sign of a vector is the one that NumPy finds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.errors import UndecidedError
from derivlab.libraries.flint import (
    Ball,
    acb_mat,
    arb,
    arb_mat,
    arb_series,
    coefficient_matrices,
    ctx,
    exact,
    matrix_product,
)


def as_read(x: Any) -> Any:
    """The symmetric matrix that the lower triangle of x stands for."""
    out = x.copy()
    for i, j in np.ndindex(*x.shape):
        out[i, j] = x[max(i, j), min(i, j)]
    return out


def packed_eigh(x: Any) -> Any:
    """The eigenvalues as a row above the eigenvectors."""
    w, v = eigh(as_read(x))
    return np.concatenate([w[None, :], v], axis=0)


def eigvalsh(x: Any) -> Any:
    """The eigenvalues in ascending order."""
    return eigh(as_read(x))[0]


def packed_svd(x: Any) -> Any:
    """Transposed U, s and Vh side by side, with the signs that NumPy finds."""
    wide = x.shape[0] < x.shape[1]
    u, s, v = _tall_svd(x.T if wide else x)
    u, v = (v, u) if wide else (u, v)
    reference = np.linalg.svd(midpoints(x), full_matrices=False).Vh
    for j in range(len(s)):
        if midpoints(v[:, j]) @ reference[j] < 0:
            u[:, j], v[:, j] = -u[:, j], -v[:, j]
    return np.concatenate([u.T, s[:, None], v.T], axis=1)


def _tall_svd(x: Any) -> tuple[Any, Any, Any]:
    """U, s and V from the eigenvectors of xᵀ x."""
    squares, v = eigh(matrix_product(x.T, x))
    s = np.array([root(a) for a in squares[::-1]], dtype=object)
    v = v[:, ::-1].copy()
    return matrix_product(x, v) / s, s, v


def svdvals(x: Any) -> Any:
    """The singular values in descending order."""
    return packed_svd(x)[:, x.shape[0]]


def root(a: Any) -> Ball:
    """√a of a positive ball."""
    if not a.head > 0:
        raise UndecidedError("a singular value that the enclosure cannot tell from 0")
    return Ball(a.series.sqrt(), a.moving)


def midpoints(x: Any) -> Any:
    """The doubles in the middle of the heads."""
    return np.array([float(exact(a).head.mid()) for a in x.flat]).reshape(x.shape)


def eigh(x: Any) -> tuple[Any, Any]:
    """The eigenvalues of a symmetric matrix in ascending order, and its eigenvectors as columns."""
    n = x.shape[0]
    if not n:
        return np.empty(0, dtype=object), x
    moving = any(exact(a).moving for a in x.flat)
    parts = coefficient_matrices(x)
    pairs = _isolated(parts[0], np.linalg.eigh(midpoints(x)).eigenvectors)
    w, v = np.empty(n, dtype=object), np.empty((n, n), dtype=object)
    for j, (value, vector) in enumerate(pairs):
        values, vectors = _series(parts, value, vector, ctx.cap if moving else 1)
        w[j] = Ball(arb_series(values), moving)
        for i in range(n):
            v[i, j] = Ball(arb_series([vector[i, 0] for vector in vectors]), moving)
    return w, v


def _isolated(a: Any, reference: Any) -> list[tuple[Any, Any]]:
    """Enclosures of all eigenvalues, in order, with unit eigenvectors of the signs of ``reference``."""
    n = a.nrows()
    try:
        values, vectors = acb_mat(a).eig(right=True)
    except (ValueError, ZeroDivisionError) as error:
        raise UndecidedError("eigenvalues that the enclosure cannot tell apart") from error
    order = sorted(range(n), key=lambda i: float(values[i].real.mid()))
    found: list[tuple[Any, Any]] = []
    for j, i in enumerate(order):
        column = [vectors[k, i] for k in range(n)]
        peak = max(column, key=lambda c: float(abs(c).mid()))
        real = [(c / peak).real for c in column]
        size = sum((c * c for c in real), arb(0)).sqrt()
        against = sum(float(c.mid()) * float(r) for c, r in zip(real, reference[:, j], strict=True)) < 0
        found.append((values[i].real, arb_mat(n, 1, [(-c if against else c) / size for c in real])))
    return found


def _series(parts: list[Any], value: Any, vector: Any, count: int) -> tuple[list[Any], list[Any]]:
    """The coefficients of an eigenvalue and of its eigenvector."""
    n = vector.nrows()
    values, vectors = [value], [vector]
    entries = [parts[0][i, j] - (value if i == j else 0) for i in range(n) for j in range(n)]
    rows = [[*entries[i * n : i * n + n], -vector[i, 0]] for i in range(n)]
    system = arb_mat([*rows, [*(vector[i, 0] for i in range(n)), arb(0)]])
    for k in range(1, count):
        right = arb_mat(n, 1, [arb(0)] * n)
        for i in range(1, k + 1):
            if i < len(parts):
                right = right - parts[i] * vectors[k - i]
            if i < k:
                right = right + values[i] * vectors[k - i]
        inner = sum(((vectors[i].transpose() * vectors[k - i])[0, 0] for i in range(1, k)), arb(0))
        try:
            found = system.solve(arb_mat(n + 1, 1, [*right.entries(), -inner / 2]))
        except ZeroDivisionError as error:
            raise UndecidedError("eigenvalues that the enclosure cannot tell apart") from error
        vectors.append(arb_mat(n, 1, found.entries()[:n]))
        values.append(found[n, 0])
    return values, vectors
