"""Linear algebra over any library of the standard, packed as :mod:`numpy_linalg` does it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def _as_it_is(a: Any, b: Any) -> Any:
    return a


def kernels(
    xp: Any, still: Callable[[Any], Any], beside: Callable[[Any, Any], Any] = _as_it_is
) -> dict[str, Callable[..., Any]]:
    """The primitives of linear algebra over namespace ``xp``; of symmetric matrices the lower triangle is read.

    Parameters
    ----------
    still
        The library's own way to take a value for a constant, which its differentiation does not enter.
    beside
        A real array as it may stand beside another, which may be complex; for libraries that do not mix the two.
    """
    linalg = xp.linalg
    largest = getattr(xp, "amax", xp.max)  # PyTorch's max takes a single axis

    def adjoint(x: Any) -> Any:
        return xp.conj(x).mT

    def as_read(x: Any) -> Any:
        return xp.where(xp.tril(xp.ones_like(x)) == 1, x, adjoint(x))

    def eigh(x: Any) -> Any:
        w, v = linalg.eigh(as_read(x))
        return xp.concat([beside(w, v)[..., None, :], v], axis=-2)

    def svd(x: Any) -> Any:
        u, s, vh = linalg.svd(x, full_matrices=False)
        return xp.concat([u.mT, beside(s, u)[..., None], vh], axis=-1)

    def qr(x: Any) -> Any:
        q, r = linalg.qr(x)
        return xp.concat([q.mT, r], axis=-1)

    def slogdet(x: Any) -> Any:
        sign, size = linalg.slogdet(x)
        return xp.concat([sign[..., None], beside(size, sign)[..., None]], axis=-1)

    def completion(x: Any, of: str) -> Any:
        if of == "Q":
            whole = linalg.qr(x, mode="complete")[0]
        else:
            u, _, vh = linalg.svd(x, full_matrices=True)
            whole = u if of == "U" else adjoint(vh)
        return whole[..., min(x.shape[-2:]) :]

    def cofactor(x: Any) -> Any:
        u, s, vh = linalg.svd(x)
        unit = xp.tril(xp.triu(xp.ones_like(x))) == 1
        others = xp.prod(xp.where(unit, 1.0, s[..., None, :]), axis=-1)
        turn = linalg.det(u) * linalg.det(vh)
        return (turn[..., None, None] * xp.conj(u) * beside(others, u)[..., None, :]) @ xp.conj(vh)

    def norm(x: Any, axis: Any, keepdims: bool) -> Any:
        if axis == ():
            return abs(x)
        size, axes = abs(x), tuple(range(x.ndim)) if axis is None else axis
        if not math.prod(x.shape):
            return xp.sum(size, axis=axes, keepdims=keepdims)
        peak = still(largest(size, axis=axes, keepdims=True))
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
