"""Special functions of balls: FLINT's own series, and for the rest Taylor expansions about the head."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from derivlab.errors import UndefinedError, UnsupportedError
from derivlab.libraries.flint import Ball, arb, arb_series, ctx, exact, finite, order, terms, undecided_unless_exact
from derivlab.libraries.flint_functions import gammaln, log
from derivlab.libraries.special import bessel_coefficient


def erfc(a: Ball) -> Ball:
    """erfc."""
    return finite(a.series.erfc(), "erfc")


def logit(a: Ball) -> Ball:
    """log x − log(1 − x)."""
    return log(a) - log(1 - a)


def xlogy(x: Any, y: Any) -> Ball:
    """x log y, and 0 for the constant x = 0."""
    x, y = exact(x), exact(y)
    return exact(0) if _is_zero(x) else x * log(y)


def xlog1py(x: Any, y: Any) -> Ball:
    """x log(1 + y)."""
    return xlogy(x, 1 + exact(y))


def log_ratio(x: Any, y: Any) -> Ball:
    """log(x/y)."""
    return log(exact(x)) - log(exact(y))


def rel_entr(x: Any, y: Any) -> Ball:
    """x log(x/y)."""
    x, y = exact(x), exact(y)
    return exact(0) if _is_zero(x) else x * (log(x) - log(y))


def kl_div(x: Any, y: Any) -> Ball:
    """x log(x/y) − x + y."""
    return rel_entr(x, y) - x + y


def betaln(a: Any, b: Any) -> Ball:
    """log |B(a, b)|."""
    a, b = exact(a), exact(b)
    return gammaln(a) + gammaln(b) - gammaln(a + b)


def gammainc(a: Any, x: Any) -> Ball:
    """P(a, x) for a constant a."""
    return finite(arb_series.gamma_lower(_shape(a), exact(x).series, regularized=1), "gammainc")


def gammaincc(a: Any, x: Any) -> Ball:
    """Q(a, x) for a constant a."""
    return finite(arb_series.gamma_upper(_shape(a), exact(x).series, regularized=1), "gammaincc")


def log_ndtr(a: Ball, n: int) -> Ball:
    """dⁿ/dxⁿ log Φ(x)."""
    return _derivative(a, n, _log_of_tail if a.head < -5 else lambda x: ((x / -arb(2).sqrt()).erfc() / 2).log())


def _log_of_tail(x: Any) -> Any:
    """−z² + log(E/2) for x = −√2 z and E = e^(z²) erfc(z), which has no exponent; E′ = 2 z E − 2/√π."""
    slope = -1 / arb(2).sqrt()
    z = slope * x[0]
    series = [(z * z).hypgeom_u(arb(0.5), arb(0.5)) / arb.pi().sqrt()]
    for k in range(ctx.cap - 1):
        step = 2 * (z * series[k] + series[k - 1]) if k else 2 * z * series[0] - 2 / arb.pi().sqrt()
        series.append(step / (k + 1))
    return (arb_series([c * slope**k for k, c in enumerate(series)]) / 2).log() - x * x / 2


def ndtri(a: Ball) -> Ball:
    """Φ⁻¹, the inverse series of Φ."""
    root = arb(2).sqrt()
    start = -root * (2 * a.head).erfcinv() if a.head < 0.5 else root * (2 * (1 - a.head)).erfcinv()
    return _inverse(a, start, lambda x: (x / -root).erfc() / 2)


def erfinv(a: Ball) -> Ball:
    """The inverse series of erf."""
    return _inverse(a, a.head.erfinv(), lambda x: x.erf())


def bessel_i(a: Ball, n: int) -> Ball:
    """Iₙ."""
    return _composed(a, [bessel_coefficient(a.head.bessel_i, n, k) for k in range(ctx.cap)])


def bessel_ie(a: Ball, which: int, n: int) -> Ball:
    """dⁿ/dxⁿ of e^−|x| Iₘ(x), on one side of the kink at 0."""
    sign = order(a)
    if sign == 0:
        if n:
            raise UndefinedError("the derivatives of the scaled Bessel functions at 0, where these have a kink")
        return exact(0 if which else 1)
    return _derivative(
        a,
        n,
        lambda x: (x * -sign).exp() * arb_series([bessel_coefficient(x[0].bessel_i, which, k) for k in range(ctx.cap)]),
    )


def _derivative(a: Ball, n: int, f: Callable[[Any], Any]) -> Ball:
    """The n-th derivative of a function of series, at a."""
    count = ctx.cap
    with terms(count + n):
        series = f(arb_series([a.head, arb(1)]))
        coefficients = [series[k + n] * math.perm(k + n, n) for k in range(count)]
    return _composed(a, coefficients)


def _composed(a: Ball, coefficients: list[Any]) -> Ball:
    """Σ cₖ (a − a₀)ᵏ."""
    rest, total = a - Ball(arb_series([a.head])), exact(0)
    for c in reversed(coefficients):
        total = total * rest + Ball(arb_series([c]))
    return finite(total.series, "a special function")


def _inverse(a: Ball, start: Any, f: Callable[[Any], Any]) -> Ball:
    """The series of f⁻¹ at a, whose value there is ``start``."""
    with terms(max(2, ctx.cap)):
        forward = f(arb_series([start, arb(1)]))
        inverse = arb_series([arb(0), *(forward[k] for k in range(1, ctx.cap))]).reversion()
        coefficients = [start, *(inverse[k] for k in range(1, ctx.cap))]
    return _composed(a, coefficients[: ctx.cap])


def _is_zero(x: Ball) -> bool:
    return bool(x.head.is_exact() and x.head.is_zero() and not x.moving)


def _shape(a: Any) -> Any:
    a = exact(a)
    if a.moving:
        raise UnsupportedError("gammainc and gammaincc are enclosed for a constant first argument a only")
    if not a.head > 0:
        undecided_unless_exact(a, "an incomplete gamma function of a ≤ 0")
    return a.head


UNARY: dict[str, Callable[[Ball], Ball]] = {"erfc": erfc, "erfinv": erfinv, "ndtri": ndtri, "logit": logit}
BINARY: dict[str, Callable[..., Ball]] = {
    "xlogy": xlogy,
    "xlog1py": xlog1py,
    "log_ratio": log_ratio,
    "rel_entr": rel_entr,
    "kl_div": kl_div,
    "betaln": betaln,
    "gammainc": gammainc,
    "gammaincc": gammaincc,
}
