"""The special functions over NumPy: SciPy's own, and those whose derivatives SciPy has not, or not in the tails.

What takes n is the n-th derivative, so that one primitive stands for a function and all of its derivatives. Each
function is complete in itself: compiled programs print its source.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np


def scipy_special(name: str) -> Any:
    """A function of ``scipy.special``, which is loaded when it is first used."""
    return getattr(importlib.import_module("derivlab.libraries.scipy").special, name)


def log_ndtr(x: Any, n: int) -> Any:
    """dⁿ/dxⁿ log Φ(x), with φ/Φ for n = 1.

    Above −½ by the series of h′ = −h (x + h). Below, where that cancels, log Φ is −x²/2 and the cumulant function of
    a number u > 0 with density ∝ exp(−u²/2 + x u): its n-th derivative is a cumulant, which central moments give with
    all digits; they are integrated by the double-exponential rule.
    """
    if n == 0:
        return scipy_special("log_ndtr")(x)
    kind = np.result_type(np.asarray(x), np.float16)  # integers become doubles
    x = np.clip(np.asarray(x, dtype=float), -1e150, 40.0)  # beyond, φ is 0
    right = np.maximum(x, 0.0)
    hazard = np.exp(-right * right / 2) / np.sqrt(2 * np.pi) / scipy_special("ndtr")(right)
    hazard = np.where(x < 0, np.sqrt(2 / np.pi) / scipy_special("erfcx")(np.maximum(-x, 0.0) / np.sqrt(2)), hazard)
    h, excess, factorial = [hazard], [x + hazard], 1.0
    for k in range(1, n):
        factorial *= k
        h.append(-sum(a * b for a, b in zip(h, reversed(excess), strict=True)) / k)
        excess.append(h[-1] + (k == 1))
    y = np.asarray(factorial * h[-1])
    tail = x < -0.5
    if n > 1 and np.any(tail):
        w, cut = -x[tail][..., None], 50.0 + 8.0 * n
        s = np.linspace(-3.2, 3.2, 101)
        decay = np.exp(-np.pi * np.sinh(s))
        u = 2 * cut / (np.hypot(w, np.sqrt(2 * cut)) + w) / (1 + decay)
        mass = np.cosh(s) * decay / (1 + decay) ** 2 * np.exp(-u * (u / 2 + w))
        mass = mass / mass.sum(axis=-1, keepdims=True)
        u = u - (mass * u).sum(axis=-1, keepdims=True)
        moments = [(mass * u**k).sum(axis=-1) for k in range(n + 1)]
        cumulants, binomial = [0.0, 0.0], [1.0]
        for k in range(2, n + 1):
            binomial = [a + b for a, b in zip([0.0, *binomial], [*binomial, 0.0], strict=True)]
            below = (binomial[j - 1] * cumulants[j] * moments[k - j] for j in range(2, k - 1))
            cumulants.append(moments[k] - sum(below))
        y[tail] = cumulants[n] - (n == 2)
    return y.astype(kind)[()]


def bessel_i(x: Any, n: int) -> Any:
    """The modified Bessel function Iₙ(x) of integer order n."""
    if n < 2:
        return scipy_special("i1")(x) if n else scipy_special("i0")(x)
    return scipy_special("iv")(float(n), np.asarray(x, dtype=float)).astype(np.result_type(np.asarray(x), np.float16))


def bessel_coefficient(value: Callable[[int], Any], n: int, k: int) -> Any:
    """The k-th Taylor coefficient of Iₙ, from ``value`` of each order: 2⁻ᵏ Σⱼ (k over j) Iₙ₋ₖ₊₂ⱼ / k!, of one sign."""
    return sum(math.comb(k, j) * value(abs(n - k + 2 * j)) for j in range(k + 1)) / 2**k / math.factorial(k)


def bessel_ie(x: Any, order: int, n: int) -> Any:
    """dⁿ/dxⁿ of e^−|x| I₀(x), or of e^−|x| I₁(x) for ``order`` 1, as the mean of both sides at 0.

    On the right e^−x I₀ = M(½, 1, −2x) has the k-th derivative (−2)ᵏ (½)ₖ/k! M(½ + k, 1 + k, −2x), here as e^−2x
    M(½, 1 + k, 2x) or by its asymptotic series: all terms of both are positive. And e^−x I₁ = e^−x I₀ + (e^−x I₀)′.
    """
    if n == 0:
        return scipy_special("i1e")(x) if order else scipy_special("i0e")(x)
    kind = np.result_type(np.asarray(x), np.float16)  # integers become doubles
    x = np.asarray(x, dtype=float)
    total = np.zeros_like(x)
    for k in range(n, n + order + 1):
        near = np.minimum(np.abs(x), 20.0 + k)
        term = value = np.exp(-2 * near)
        size = 2 * float(np.max(near, initial=0.0, where=near == near))
        for s in range(int(size + 10 * np.sqrt(size) + 40)):
            term = term * ((0.5 + s) / ((1.0 + k + s) * (1 + s))) * (2 * near)
            value = value + term
        far = np.maximum(np.abs(x), 20.0 + k)
        term = tail = 1 / np.sqrt(2 * np.pi * far)
        for s in range(60):
            term = term * ((0.5 + k + s) * (0.5 + s) / (1 + s)) / (2 * far)
            tail = tail + term
        for j in range(k):
            value, tail = value * (-2 * (0.5 + j) / (1 + j)), -tail * (0.5 + j) / far
        total = total + np.where(np.abs(x) < 20.0 + k, value, tail)
    return (total * np.sign(x) if (order + n) % 2 else total).astype(kind)[()]


def kl_div(x: Any, y: Any) -> Any:
    """x log(x/y) − x + y, near x = y by the series of 2 artanh((x − y)/(x + y)), where the formula cancels.

    Reference: C. Loader, "Fast and accurate computation of binomial probabilities", 2000.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        near = (abs(x - y) < 0.3 * abs(x + y)) & np.greater(x, 0)
        v = np.where(near, x - y, 0) / np.where(near, x + y, 1)
        square = v * v
        series = square / 29
        for k in range(27, 1, -2):
            series = square * (1 / k + series)
        return np.where(near, (x - y) * v + 2 * x * v * series, scipy_special("rel_entr")(x, y) - x + y)[()]


def log_ratio(x: Any, y: Any) -> Any:
    """log(x/y), near 1 from the difference, and where the quotient is out of range from two logarithms."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(np.less(x, 0), np.nan, np.divide(x, y))
        out = (ratio < 1e-30) | (ratio > 1e30)
        near = (abs(x - y) < 0.5 * y) & ~out
        plain = np.log(np.where(out | near, np.where(out, x, 1), ratio)) - np.where(out, np.log(np.where(out, y, 1)), 0)
        small = np.log1p(np.where(near, (x - y) / np.where(near, y, 1), 0))
        return np.where(near, small, plain).astype(ratio.dtype)[()]


_SAME_NAME = "erfc erfinv ndtri logit xlogy xlog1py rel_entr betaln gammainc gammaincc".split()

KERNELS: dict[str, Callable[..., Any]] = {
    **{name: (lambda *args, name=name: scipy_special(name)(*args)) for name in _SAME_NAME},
    "log_ndtr": log_ndtr,
    "bessel_i": bessel_i,
    "bessel_ie": bessel_ie,
    "kl_div": kl_div,
    "log_ratio": log_ratio,
}
