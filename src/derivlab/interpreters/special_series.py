"""The power series of special functions whose rules alone would be slow, or lose digits at bent arguments."""

from __future__ import annotations

import math
from operator import mul
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.densities import gamma_density
from derivlab.interpreters.series import (
    Coefficients,
    at,
    combine,
    everywhere,
    fraction_power,
    integrate,
    power,
    product,
    slopes,
    total,
)
from derivlab.libraries.special import bessel_coefficient


def log_ndtr(y0: Any, order: int, x: Coefficients, n: int) -> Coefficients | None:
    """h = φ/Φ solves h′ = −h (x + h) x′. Straight arguments, low orders and the far left are left to the rule."""
    if n > 2 or len(x) == 2 or order < 4 or not everywhere(x[0] > -6.0):
        return None
    plus, d = total(y0), slopes(x)
    h = [at(lambda head: p.log_ndtr(head, n=1), x[0])]
    excess = [x[0] + h[0]]
    rate = [h[0] * excess[0]]
    for k in range(1, order + 1):
        h.append(plus(map(mul, d, reversed(rate))) / -k)
        excess.append(h[k] + x[k] if k < len(x) else h[k])
        rate.append(plus(map(mul, h, reversed(excess))))
    if n == 0:
        return integrate(y0, product(h, d, order - 1))
    return [y0, *h[1:]] if n == 1 else [y0, *(-c for c in rate[1:])]


def bessel_i(y0: Any, order: int, x: Coefficients, n: int) -> Coefficients:
    """The Taylor expansion about the head.

    Two Bessel functions a step as in the rule would be 2ᴷ.
    """
    values = [at(lambda head, m=m: p.bessel_i(head, n=m), x[0]) for m in range(n + order + 1)]
    rest = [0.0 * x[0], *x[1:]]
    series: Coefficients = [0.0 * x[0]]
    for k in range(order, -1, -1):
        series = combine(product(series, rest, order), [bessel_coefficient(values.__getitem__, n, k)])
    return [y0, *series[1:]]


def gammainc(y0: Any, order: int, a: Coefficients, x: Coefficients, sign: int = 1) -> Coefficients | None:
    """y′ = ± x^(a−1) e^−x / Γ(a) x′ for a single a: the power, whose whole part is a product, times e^−x."""
    if len(a) > 1 or order < 4 or not isinstance(a[0], (int, float, np.number)) or not everywhere(x[0] > 0):
        return None
    shape, plus, d = float(a[0]), total(y0), slopes(x)
    whole = max(math.floor(shape - 1), 0)
    scaled, left = [c / x[0] for c in x], shape - 1 - whole
    density = [at(lambda head: gamma_density(shape, head), x[0])]
    for k in range(1, order):
        density.append(plus(map(mul, d, reversed(density))) / -k)
    fraction = fraction_power(0.0 * x[0] + 1.0, order - 1, scaled, left)
    density = product(density, product(fraction, power(scaled, whole, order - 1), order - 1), order - 1)
    slope = product(density, d, order - 1)
    return integrate(y0, slope if sign > 0 else [-c for c in slope])
