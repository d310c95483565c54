"""Linear algebra over NumPy. A factorisation is one array, its factors side by side, for a primitive has one result.

| primitive | packed result |
|---|---|
| eigh | w as a row above V: (n + 1, n) |
| svd | Uᵀ, s as a column, Vᴴ, side by side: (k, m + 1 + n) with k = min(m, n) |
| qr | Qᵀ and R side by side: (k, m + n) |
| slogdet | sign and log |det| along a new last axis |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def undefined(x: Any) -> Any:
    """0 where x is 0, and NaN elsewhere: what a factor that does not exist makes of x."""
    return np.where(np.equal(x, 0), 0, np.nan).astype(np.result_type(x))[()]


def packed_eigh(x: Any) -> Any:
    """The eigenvalues of a Hermitian matrix as a row above its eigenvectors."""
    w, v = np.linalg.eigh(x)
    return np.concatenate([w[..., None, :], v], axis=-2)


def packed_svd(x: Any) -> Any:
    """The reduced singular value decomposition: transposed U, s as a column and Vh side by side."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([u.mT, s[..., None], vh], axis=-1)


def packed_qr(x: Any) -> Any:
    """The reduced QR decomposition: transposed Q and R side by side."""
    q, r = np.linalg.qr(x)
    return np.concatenate([q.mT, r], axis=-1)


def packed_slogdet(x: Any) -> Any:
    """The sign of the determinant, and the logarithm of its size."""
    return np.stack(np.linalg.slogdet(x), axis=-1)


def orthogonal_completion(x: Any, of: str) -> Any:
    """The columns that complete Q, U or V of a matrix to a square one, as LAPACK chooses them."""
    if of == "Q":
        whole = np.linalg.qr(x, mode="complete").Q
    else:
        u, _, vh = np.linalg.svd(x, full_matrices=True)
        whole = u if of == "U" else vh.conj().mT
    return whole[..., min(x.shape[-2:]) :]


def cofactors(x: Any) -> Any:
    """The matrix of cofactors, the derivative of the determinant, without a division: from U, V and products of s."""
    u, s, vh = np.linalg.svd(x)
    others = np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :]).prod(axis=-1)
    turn = np.linalg.det(u) * np.linalg.det(vh)
    return (turn[..., None, None] * u.conj() * others[..., None, :].astype(s.dtype)) @ vh.conj()


def euclidean_norm(x: Any, axis: Any, keepdims: bool) -> Any:
    """The root of Σ |x|², scaled where the squares leave the range of numbers."""
    size = np.abs(x)
    size = size if size.dtype.kind == "f" else size.astype(float)
    with np.errstate(over="ignore", under="ignore"):
        total = np.sum(size * size, axis=axis, keepdims=keepdims)
    limits = np.finfo(total.dtype)
    if np.all((total > limits.tiny / limits.eps) & (total < limits.max)):
        return np.sqrt(total)
    peak = np.max(size, axis=axis, keepdims=True, initial=0)
    scale = np.where((peak > 0) & (peak < np.inf), peak, 1).astype(total.dtype)
    root = np.sqrt(np.sum((size / scale) ** 2, axis=axis, keepdims=True)) * scale
    return (root if keepdims else np.squeeze(root, axis=axis))[()]


def _regular(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose error for a singular matrix says what to do."""

    def apply(*args: Any) -> Any:
        try:
            return function(*args)
        except np.linalg.LinAlgError as error:
            if "Singular" not in str(error):
                raise
            raise np.linalg.LinAlgError(
                "Singular matrix, which has no inverse; linalg.pinv(x) @ b has a value, and a derivative along "
                "matrices of the same rank"
            ) from None

    return apply


KERNELS: dict[str, Callable[..., Any]] = {
    "inv": _regular(np.linalg.inv),
    "solve": _regular(np.linalg.solve),
    "det": np.linalg.det,
    "cofactor": cofactors,
    "slogdet": packed_slogdet,
    "cholesky": np.linalg.cholesky,
    "qr": packed_qr,
    "completion": orthogonal_completion,
    "eigh": packed_eigh,
    "eigvalsh": np.linalg.eigvalsh,
    "svd": packed_svd,
    "svdvals": np.linalg.svdvals,
    "pinv": lambda x, rtol: np.linalg.pinv(x, rtol=rtol),
    "norm": euclidean_norm,
    **dict.fromkeys(("undefined", "kink"), undefined),
}

HELPERS = (
    "cofactors",
    "euclidean_norm",
    "orthogonal_completion",
    "packed_eigh",
    "packed_qr",
    "packed_slogdet",
    "packed_svd",
    "undefined",
)
"""Functions that NumPy lacks."""
