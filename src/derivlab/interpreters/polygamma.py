"""The power series of ψ⁽ⁿ⁾, which solves no differential equation in finite terms.

Composing its Taylor expansion with a series loses digits: the terms grow as (1 + |x₁| + |x₂| + …)ᴷ and cancel. So its
argument is first moved up, ψ⁽ⁿ⁾(x) = ψ⁽ⁿ⁾(x + N) + (−1)ⁿ⁺¹ n! Σ_{m<N} (x + m)^(−n−1), to where Stirling's series holds
to every digit at all orders wanted; both take only quotients and products of series.

Reference: Abramowitz and Stegun, "Handbook of Mathematical Functions", 6.4.6 and 6.4.11.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.array import concrete
from derivlab.interpreters.series import Coefficients, at, combine, integrate, power, product, quotient, slopes

_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
    854513 / 138, -236364091 / 2730,
)  # fmt: skip
"""B₂, B₄, …, B₂₄."""


def polygamma(y0: Any, order: int, x: Coefficients, n: int) -> Coefficients | None:
    """ψ⁽ⁿ⁾(x) for a series x that bends; None leaves straight ones and low orders to the rule, which is exact there.

    The first term of Stirling's series left out is below 2⁻⁵³ of the derivatives up to n + order from
    12 + ¾ (n + order) on.
    """
    if len(x) == 2 or order < 4:
        return None
    heads = np.asarray(concrete(x[0]))
    wanted = 12 + 0.75 * (n + order) - np.min(heads) if heads.dtype.kind == "f" else math.nan
    if not wanted < 200:
        return None
    count, factorial = max(0, math.ceil(wanted)), float(math.factorial(n))
    total = _stirling(order, [x[0] + count, *x[1:]], n)
    for m in range(count):
        step = power(quotient([1.0], [x[0] + m, *x[1:]], order), n + 1, order)
        total = combine(total, [factorial * c for c in step])
    return [y0, *(c if n % 2 else -c for c in total[1:])]


def _stirling(order: int, x: Coefficients, n: int) -> Coefficients:
    """|ψ⁽ⁿ⁾(x)| = (n−1)!/xⁿ + n!/(2 xⁿ⁺¹) + Σ B₂ₘ (2m+n−1)!/(2m)! / x²ᵐ⁺ⁿ, where −log x leads for n = 0."""
    inverse = quotient([1.0], x, order)
    square = product(inverse, inverse, order)
    terms = [b * (math.factorial(2 * m + n - 1) / math.factorial(2 * m)) for m, b in enumerate(_BERNOULLI, 1)]
    rest = [terms[-1]]
    for term in reversed(terms[:-1]):
        rest = product(rest, square, order)
        rest = [rest[0] + term, *rest[1:]]
    rest = product(rest, square, order)
    rest = combine(rest, [math.factorial(n) / 2 * c for c in inverse])
    if n == 0:
        log = integrate(at(p.log, x[0]), quotient(slopes(x), x, order - 1))
        return combine(rest, log, -1)
    rest = [rest[0] + float(math.factorial(n - 1)), *rest[1:]]
    return product(rest, power(inverse, n, order), order)
