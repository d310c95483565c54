"""Factors of the rules of special functions that are longer than a line."""

from __future__ import annotations

import math
from typing import Any

from derivlab.array import primitives as p
from derivlab.errors import UnsupportedError

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)


def over_or_zero(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0."""
    corner = p.logical_and(p.equal(x, 0), p.equal(y, 0))
    return p.where(corner, 0.0, p.divide(x, p.where(corner, 1.0, y)))


def normal_at_quantile(x: Any, y: Any) -> Any:
    """φ(y) for y = Φ⁻¹(x), as the lesser tail times its hazard: e^(−y²/2) would lose y² units."""
    left = p.less(x, 0.5)
    return p.where(left, x, 1 - x) * p.log_ndtr(p.where(left, y, -y), n=1)


def gamma_density(a: Any, x: Any) -> Any:
    """x^(a−1) e^−x / Γ(a) as aᵃ e^−a / Γ(a) · e^−D / x with D = a log(a/x) − a + x, so that nothing overflows.

    Below 1, and for a below 8, as it stands: there the slopes of D and of 1/x would cancel.
    """
    inside = p.logical_and(p.greater(x, 0), p.logical_or(p.greater_equal(x, 1), p.greater_equal(a, 8)))
    within, edge = p.where(inside, x, 1.0), p.where(inside, 1.0, x)
    density = p.exp(-p.kl_div(a, within)) * _peak(a) / within
    return p.where(inside, density, p.power(edge, a - 1) * p.exp(-edge - p.gammaln(a)))


def _peak(a: Any) -> Any:
    """aᵃ e^−a / Γ(a), by Stirling's series from 8 on."""
    large = p.greater_equal(a, 8.0)
    b, c = p.where(large, a, 8.0), p.where(large, 8.0, a)
    error = sum(term / p.integer_power(b, n=2 * k + 1) for k, term in enumerate(_STIRLING))
    series = p.sqrt(b / (2 * math.pi)) * p.exp(-error)
    peak = p.where(large, series, p.power(c / math.e, c) * p.exp(-p.gammaln(c)))
    return float(peak) if type(a) in (int, float) else peak


def no_shape_derivative(t: Any, z: Any, a: Any, x: Any) -> Any:
    """The incomplete gamma functions are not differentiated in a."""
    raise UnsupportedError(
        "gammainc and gammaincc have no derivative in the first argument a here, only in x. Keep a constant, e.g. "
        "grad(f, argnums=1), or estimate it: derivlab.FiniteDifference().grad(f)."
    )
