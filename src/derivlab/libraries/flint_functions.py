"""Functions of one ball: FLINT's own series, and those it lacks composed from its exp and log.

Each composition is chosen so that its exponentials stay in range; lost digits come back with the next precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from derivlab.errors import UndefinedError
from derivlab.libraries.flint import (
    Ball,
    acb,
    arb,
    arb_series,
    ctx,
    exact,
    finite,
    fmpq,
    order,
    rounding,
    undecided_unless_exact,
)


def _expm1(a: Ball) -> Ball:
    return Ball(a.series.exp() - 1)


def _sinh(a: Ball) -> Ball:
    return Ball((a.series.exp() - (-a.series).exp()) / 2)


def _cosh(a: Ball) -> Ball:
    return Ball((a.series.exp() + (-a.series).exp()) / 2)


def _tanh(a: Ball) -> Ball:
    if a.head.mid() < 0:
        return -_tanh(-a)
    decay = (-2 * a.series).exp()
    return Ball((1 - decay) / (1 + decay))


def _sigmoid(a: Ball) -> Ball:
    if a.head.mid() < 0:
        growth = a.series.exp()
        return Ball(growth / (1 + growth))
    return Ball(1 / (1 + (-a.series).exp()))


def softplus(a: Ball) -> Ball:
    """log(1 + eˣ)."""
    if a.head.mid() > 0:
        return a + softplus(-a)
    return Ball((1 + a.series.exp()).log())


def _asinh(a: Ball) -> Ball:
    if a.head.mid() < 0:
        return -_asinh(-a)
    return Ball((a.series + (a.series * a.series + 1).sqrt()).log())


def _acosh(a: Ball) -> Ball:
    return finite((a.series + (a.series - 1).sqrt() * (a.series + 1).sqrt()).log(), "acosh")


def _atanh(a: Ball) -> Ball:
    return finite(((1 + a.series).log() - (1 - a.series).log()) / 2, "atanh")


def atan2(y: Any, x: Any) -> Ball:
    """The angle of (x, y), on branches that avoid division by 0."""
    y, x = exact(y), exact(x)
    if x.head > 0 and abs(x.head.mid()) >= abs(y.head.mid()):
        return Ball((y / x).series.atan())
    if y.head > 0:
        return Ball(arb.pi() / 2 - (x / y).series.atan())
    if y.head < 0:
        return Ball(-arb.pi() / 2 - (x / y).series.atan())
    if x.head > 0:
        return Ball((y / x).series.atan())
    raise UndefinedError("atan2 on its cut (y = 0, x ≤ 0)")


def hypot(x: Any, y: Any) -> Ball:
    """√(x² + y²)."""
    return _sqrt(exact(x) * x + exact(y) * y)


def complex_sqrt(a: Any, b: Any) -> tuple[Ball, Ball]:
    """The real and the imaginary part of √(a + b i), on the principal branch."""
    a, b = exact(a), exact(b)
    size = hypot(a, b)
    if a.head.mid() > 0:
        real = _sqrt((size + a) / 2)
        imag = b / (2 * real)
    elif side := order(b):
        imag = _sqrt((size - a) / 2) * side
        real = b / (2 * imag)
    else:
        raise UndefinedError("sqrt on its cut (a ≤ 0, b = 0)")
    moving = a.moving or b.moving
    return Ball(real.series, moving), Ball(imag.series, moving)


def unit_root(k: int, n: int) -> tuple[Ball, Ball]:
    """cos and sin of 2π k/n."""
    turn = fmpq(2 * k, n)
    return Ball(arb_series([arb.cos_pi_fmpq(turn)])), Ball(arb_series([arb.sin_pi_fmpq(turn)]))


def _sqrt(a: Ball) -> Ball:
    if a.head.contains(0) and (a.moving or not a.head.is_exact()):
        undecided_unless_exact(a, "sqrt at 0")
    if a.head < 0:
        raise UndefinedError("sqrt of a number < 0")
    return finite(a.series.sqrt(), "sqrt")


def log(a: Ball) -> Ball:
    """Natural logarithm."""
    if a.head <= 0:
        raise UndefinedError("log of a number ≤ 0")
    return finite(a.series.log(), "log")


def integer_power(a: Ball, n: int) -> Ball:
    """xⁿ by repeated squaring, for any sign of x."""
    if n < 0:
        return 1 / integer_power(a, -n)
    result, square = exact(1), a
    while n:
        if n % 2:
            result = result * square
        square, n = (square * square if n > 1 else square), n // 2
    return result


def power(x: Any, y: Any) -> Ball:
    """xʸ as exp(y log x); for an exact integer y by multiplication."""
    x, y = exact(x), exact(y)
    if not y.moving and y.head.is_exact() and y.head.is_integer():
        return integer_power(x, int(y.head.unique_fmpz()))
    if x.head.contains(0):
        if x.moving or y.moving or not x.head.is_exact():
            undecided_unless_exact(x, "a real power at 0")
        return exact(0) if y.head > 0 else integer_power(x, -1)
    return Ball((y.series * log(x).series).exp())


def polygamma(a: Ball, n: int) -> Ball:
    """ψ⁽ⁿ⁾ of a series, by its Taylor expansion about the head."""
    rest, power, total = a - Ball(arb_series([a.head])), exact(1), exact(0)
    for k in range(ctx.cap):
        total = total + power * Ball(arb_series([_polygamma_head(n + k, a.head) / math.factorial(k)]))
        power = power * rest
    return total


def _polygamma_head(n: int, x: Any) -> Any:
    return x.digamma() if n == 0 else (-1) ** (n + 1) * math.factorial(n) * acb(n + 1).zeta(acb(x)).real


def gammaln(a: Ball) -> Ball:
    """log |Γ(x)|."""
    if a.head > 0:
        return finite(a.series.lgamma(), "gammaln")
    if a.head.is_exact() and a.head.is_integer():
        raise UndefinedError("gammaln at a pole (0, −1, −2, ...)")
    gamma = a.series.gamma()
    return finite((gamma if gamma[0] > 0 else -gamma).log(), "gammaln")


_METHODS = "exp sin cos atan erf".split()
_CHECKED = "tan asin acos".split()

UNARY: dict[str, Callable[[Ball], Ball]] = {
    **{name: (lambda a, name=name: Ball(getattr(a.series, name)())) for name in _METHODS},
    **{name: (lambda a, name=name: finite(getattr(a.series, name)(), name)) for name in _CHECKED},
    "negative": lambda a: -a,
    "reciprocal": lambda a: 1 / a,
    "square": lambda a: a * a,
    "sqrt": _sqrt,
    "log": log,
    "expm1": _expm1,
    "log1p": lambda a: log(1 + a),
    "log2": lambda a: Ball(log(a).series / arb(2).log()),
    "log10": lambda a: Ball(log(a).series / arb(10).log()),
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "sigmoid": _sigmoid,
    "softplus": softplus,
    "gammaln": gammaln,
    "abs": lambda a: a if order(a, beyond=True) >= 0 else -a,
    "sign": lambda a: exact(order(a)),
    "floor": rounding(math.floor, Fraction(0)),
    "ceil": rounding(math.ceil, Fraction(0)),
    "trunc": rounding(math.trunc, Fraction(0)),
    "round": rounding(round, Fraction(1, 2)),
}
"""Functions of one ball, by primitive."""
