"""Special functions that the array API standard lacks, over any library: ``special.sigmoid(x)``.

Each is a primitive with its own derivative rule, so that its tails keep their digits.
"""

from __future__ import annotations

from typing import Any

from derivlab.array import primitives as p
from derivlab.array.surface.axes import axes_of

__all__ = ["erf", "gammaln", "log_softmax", "logsumexp", "polygamma", "sigmoid", "softmax", "softplus"]


def sigmoid(x: Any, /) -> Any:
    """The logistic function σ(x) = 1/(1 + e⁻ˣ); σ′ = σ(x) σ(−x)."""
    return p.sigmoid(x)


def softplus(x: Any, /) -> Any:
    """log(1 + eˣ), whose derivative is σ(x)."""
    return p.softplus(x)


def erf(x: Any, /) -> Any:
    """The error function 2/√π ∫₀ˣ e^(−t²) dt."""
    return p.erf(x)


def gammaln(x: Any, /) -> Any:
    """log |Γ(x)|, whose derivative is the digamma function."""
    return p.gammaln(x)


def polygamma(n: int, x: Any, /) -> Any:
    """The n-th derivative of the digamma function."""
    return p.polygamma(x, n=n)


def softmax(x: Any, /, *, axis: Any = None) -> Any:
    """eˣ / Σ eˣ over axes (all by default)."""
    return p.softmax(x, axis=axes_of(x, axis))


def logsumexp(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """log Σ eˣ over axes (all by default), without overflow."""
    return p.logsumexp(x, axis=axes_of(x, axis), keepdims=keepdims)


def log_softmax(x: Any, /, *, axis: Any = None) -> Any:
    """log of :func:`softmax`, without overflow or underflow."""
    return x - logsumexp(x, axis=axis, keepdims=True)
