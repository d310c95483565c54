"""Linear algebra over any library with the functions of ``numpy.linalg``, packed as :mod:`numpy_linalg` does it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def kernels(xp: Any, still: Callable[[Any], Any]) -> dict[str, Callable[..., Any]]:
    """The primitives of linear algebra over namespace ``xp``; of symmetric matrices the lower triangle is read.

    ``still`` is the library's own way to take a value for a constant, which its differentiation does not enter.
    """
    linalg = xp.linalg

    def as_read(x: Any) -> Any:
        return xp.tril(x) + xp.tril(x, -1).mT.conj()

    def eigh(x: Any) -> Any:
        w, v = linalg.eigh(as_read(x))
        return xp.concatenate([w[..., None, :], v], axis=-2)

    def svd(x: Any) -> Any:
        u, s, vh = linalg.svd(x, full_matrices=False)
        return xp.concatenate([u.mT, s[..., None], vh], axis=-1)

    def qr(x: Any) -> Any:
        q, r = linalg.qr(x)
        return xp.concatenate([q.mT, r], axis=-1)

    def slogdet(x: Any) -> Any:
        sign, size = linalg.slogdet(x)
        return xp.concatenate([sign[..., None], size[..., None]], axis=-1)

    def completion(x: Any, of: str) -> Any:
        if of == "Q":
            whole = linalg.qr(x, mode="complete")[0]
        else:
            u, _, vh = linalg.svd(x, full_matrices=True)
            whole = u if of == "U" else vh.mT.conj()
        return whole[..., min(x.shape[-2:]) :]

    def cofactor(x: Any) -> Any:
        u, s, vh = linalg.svd(x)
        others = xp.prod(xp.where(xp.tril(xp.triu(xp.ones_like(x))) == 1, 1.0, s[..., None, :]), -1)
        turn = linalg.det(u) * linalg.det(vh)
        return (turn[..., None, None] * u.conj() * others[..., None, :]) @ vh.conj()

    def norm(x: Any, axis: Any, keepdims: bool) -> Any:
        if axis == ():
            return abs(x)
        size, axes = abs(x), tuple(range(x.ndim)) if axis is None else axis
        if not math.prod(x.shape):
            return xp.sum(size, axis=axes, keepdims=keepdims)
        peak = still(xp.amax(size, axis=axes, keepdims=True))
        scale = xp.where((peak > 0) & (peak < math.inf), peak, xp.ones_like(peak))
        root = xp.sqrt(xp.sum((size / scale) ** 2, axis=axes, keepdims=True)) * scale
        return root if keepdims else xp.squeeze(root, axis=axes)

    return {
        "inv": linalg.inv,
        "solve": linalg.solve,
        "det": linalg.det,
        "cofactor": cofactor,
        "slogdet": slogdet,
        "cholesky": lambda x: linalg.cholesky(as_read(x)),
        "qr": qr,
        "completion": completion,
        "eigh": eigh,
        "eigvalsh": lambda x: linalg.eigvalsh(as_read(x)),
        "svd": svd,
        "svdvals": lambda x: linalg.svd(x, full_matrices=False)[1],
        "pinv": lambda x, rtol: linalg.pinv(x, rtol=rtol),
        "norm": norm,
        **dict.fromkeys(("undefined", "kink"), lambda x: xp.where(x == 0, x, x * math.nan)),
    }
