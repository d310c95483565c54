"""Special functions that the array API standard lacks, over any library: ``special.sigmoid(x)``.

Each keeps its digits in the tails, and so do its first and second derivative. Names, argument order and values at
the ends of the domain are those of ``scipy.special``, of which the ufuncs named here also take our arrays. Where a
derivative is infinite, ours is: entr′(0) = ∞ and logit′(0) = ∞.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.array import SCIPY_UFUNCS
from derivlab.array.level import Traced
from derivlab.array.surface.axes import axes_of
from derivlab.errors import ArgumentError, did_you_mean

__all__ = [
    "betaln", "digamma", "entr", "erf", "erfc", "erfinv", "expit", "gammainc", "gammaincc", "gammaln", "i0", "i0e",
    "i1", "i1e", "kl_div", "log_expit", "log_ndtr", "log_softmax", "logit", "logsumexp", "ndtr", "ndtri", "polygamma",
    "psi", "rel_entr", "sigmoid", "softmax", "softplus", "xlog1py", "xlogy",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"derivlab.special has no {name!r}{did_you_mean(name, __all__)}; it has {', '.join(__all__)}")


# The logistic function.


def sigmoid(x: Any, /) -> Any:
    """The logistic function σ(x) = 1/(1 + e⁻ˣ); σ′ = σ(x) σ(−x)."""
    return p.sigmoid(x)


expit = sigmoid
"""SciPy's name of :func:`sigmoid`."""


def softplus(x: Any, /) -> Any:
    """log(1 + eˣ), whose derivative is σ(x)."""
    return p.softplus(x)


def log_expit(x: Any, /) -> Any:
    """log σ(x) = −log(1 + e⁻ˣ), whose derivative is σ(−x)."""
    return p.negative(p.softplus(p.negative(x)))


def logit(x: Any, /) -> Any:
    """log(x/(1 − x)), the inverse of σ; its derivative is 1/(x (1 − x))."""
    return p.logit(x)


# The normal distribution.


def erf(x: Any, /) -> Any:
    """The error function 2/√π ∫₀ˣ e^(−t²) dt."""
    return p.erf(x)


def erfc(x: Any, /) -> Any:
    """1 − erf(x), with all digits where that is small; its derivative is −2/√π e^(−x²)."""
    return p.erfc(x)


def erfinv(x: Any, /) -> Any:
    """The inverse y of erf, whose derivative is √π/2 e^(y²)."""
    return p.erfinv(x)


def ndtr(x: Any, /) -> Any:
    """Φ(x), the probability that a standard normal number is at most x: erfc(−x/√2)/2; Φ′ is the density φ."""
    return p.multiply(0.5, p.erfc(p.multiply(x, -math.sqrt(0.5))))


def log_ndtr(x: Any, /) -> Any:
    """log Φ(x), whose derivative is φ/Φ: about −x far to the left, where φ and Φ are 0 in floating point.

    Derivatives of order 1 and 2 are good to a few ulps. Those of order n ≥ 3 are sums that cancel between −1 and 1,
    by some 10ⁿ⁻² ulps.
    """
    return p.log_ndtr(x, n=0)


def ndtri(x: Any, /) -> Any:
    """The inverse y of Φ, whose derivative is 1/φ(y)."""
    return p.ndtri(x)


# Entropy.


def xlogy(x: Any, y: Any, /) -> Any:
    """x log y, and 0 where x = 0.

    The derivatives are log y in x, also at x = 0, and x/y in y, which is taken as 0 where x = y = 0.
    """
    return p.xlogy(x, y)


def xlog1py(x: Any, y: Any, /) -> Any:
    """x log(1 + y), and 0 where x = 0; derivatives as those of :func:`xlogy`."""
    return p.xlog1py(x, y)


def entr(x: Any, /) -> Any:
    """−x log x, 0 at 0 and −∞ below; the derivative −log x − 1 is ∞ at 0."""
    return p.negative(p.rel_entr(x, 1.0))


def rel_entr(x: Any, y: Any, /) -> Any:
    """x log(x/y), 0 where x = 0 ≤ y, and ∞ elsewhere outside x, y > 0.

    The derivatives are 1 + log(x/y) and −x/y: −∞ in x at x = 0 < y, and NaN where both are 0.
    """
    return p.rel_entr(x, y)


def kl_div(x: Any, y: Any, /) -> Any:
    """x log(x/y) − x + y, with the domain of :func:`rel_entr`, and with all digits where x is close to y.

    The derivatives are log(x/y) and (y − x)/y.
    """
    return p.kl_div(x, y)


# The gamma function.


def gammaln(x: Any, /) -> Any:
    """log |Γ(x)|, whose derivative is the digamma function."""
    return p.gammaln(x)


def polygamma(n: int, x: Any, /) -> Any:
    """The n-th derivative of the digamma function, of an integer n ≥ 0."""
    if not isinstance(n, (int, np.integer)) or n < 0:
        raise ArgumentError(f"special.polygamma needs an integer n from 0 on, and got {n!r:.60}")
    return p.polygamma(x, n=int(n))


def digamma(x: Any, /) -> Any:
    """ψ = Γ′/Γ, the derivative of :func:`gammaln`."""
    return p.polygamma(x, n=0)


psi = digamma


def betaln(a: Any, b: Any, /) -> Any:
    """log |B(a, b)|, whose derivatives are ψ(a) − ψ(a + b) and ψ(b) − ψ(a + b).

    The first difference cancels where b is small beside a: it loses about log₁₀(a ψ(a)/b) digits.
    """
    return p.betaln(a, b)


def gammainc(a: Any, x: Any, /) -> Any:
    """P(a, x), the distribution function of the gamma distribution of shape a; ∂P/∂x is its density.

    Raises
    ------
    UnsupportedError
        If a carries a derivative.
    """
    return p.gammainc(a, x)


def gammaincc(a: Any, x: Any, /) -> Any:
    """1 − P(a, x), with all digits where that is small; else as :func:`gammainc`."""
    return p.gammaincc(a, x)


# Bessel functions.


def i0(x: Any, /) -> Any:
    """The modified Bessel function I₀, whose derivative is I₁."""
    return p.bessel_i(x, n=0)


def i1(x: Any, /) -> Any:
    """The modified Bessel function I₁, whose derivative is (I₀ + I₂)/2, that is I₀ − I₁/x without 0/0."""
    return p.bessel_i(x, n=1)


def i0e(x: Any, /) -> Any:
    """e^−|x| I₀(x), with a kink at 0 where the derivative is the mean 0 of both sides."""
    return p.bessel_ie(x, order=0, n=0)


def i1e(x: Any, /) -> Any:
    """e^−|x| I₁(x), whose derivative at 0 is ½ and whose second one there is the mean 0 of both sides."""
    return p.bessel_ie(x, order=1, n=0)


# Along axes.


def softmax(x: Any, /, *, axis: Any = None) -> Any:
    """eˣ / Σ eˣ over axes (all by default)."""
    return p.softmax(x, axis=axes_of(x, axis))


def logsumexp(x: Any, /, *, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """log Σ b eˣ over axes (all by default), without overflow.

    ``b`` are weights that broadcast with x, 1 by default; where one is the constant 0 its x does not count. A negative
    sum has the logarithm NaN, but with ``return_sign``: then the answer is (log |Σ b eˣ|, its sign).
    """
    if b is None:
        total = p.logsumexp(x, axis=axes_of(x, axis), keepdims=keepdims)
        return (total, p.sign(p.exp(total))) if return_sign else total
    x, b = (y if hasattr(y, "shape") else np.asarray(y) for y in (x, b))
    shape = np.broadcast_shapes(x.shape, b.shape)
    x = x if x.shape == shape else p.broadcast_to(x, shape=shape)
    most = 3e38 if getattr(x.dtype, "itemsize", 8) == 4 else 1e308
    counted = p.where(p.equal(b, 0), -3e38, x)
    x = x if isinstance(b, Traced) or np.all(b) else counted
    axes = axes_of(x, axis)
    top = p.ceil(p.max(counted, axis=axes, keepdims=True))  # a constant for its derivative, that of the answer is exact
    shift = p.where(p.less(p.abs(top), most), top, 0.0)
    total = p.sum(p.multiply(b, p.exp(p.subtract(x, shift))), axis=axes, keepdims=True)
    size = p.add(p.log(p.abs(total) if return_sign else total), shift)
    if not keepdims:
        size, total = (p.sum(y, axis=axes, keepdims=False) for y in (size, total))
    return (size, p.sign(total)) if return_sign else size


def log_softmax(x: Any, /, *, axis: Any = None) -> Any:
    """log of :func:`softmax`, without overflow or underflow."""
    return x - logsumexp(x, axis=axis, keepdims=True)


_UFUNCS = """
    betaln entr erf erfc erfinv expit gammainc gammaincc gammaln i0 i0e i1 i1e kl_div log_expit log_ndtr logit ndtr
    ndtri rel_entr xlog1py xlogy digamma
""".split()
SCIPY_UFUNCS.update({name: globals()[name] for name in _UFUNCS})
SCIPY_UFUNCS.update(psi=digamma, expm1=p.expm1, log1p=p.log1p)
