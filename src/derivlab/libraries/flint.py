"""Truncated power series with Arb balls as coefficients, and the only place that imports FLINT.

A :class:`Ball` encloses f(x₀ + t v) as a polynomial in t up to ``ctx.cap`` terms; its coefficients provably
contain the exact ones. All rules of differentiation are FLINT's own series arithmetic, or compositions of its exp
and log: nothing here uses the rule table of this package.

Where two series compare equal at t = 0, the comparison is decided by their first different coefficient, for t on
the side that ``settings.side`` names; ``settings.tied`` tells that this happened.

Reference: F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic", IEEE Trans.
Computers 66(8), 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np
from flint import acb, arb, arb_mat, arb_series, ctx

from derivlab.errors import UndecidedError, UndefinedError
from derivlab.interpreters.objects import STRUCTURAL, box, elementwise

__all__ = ["KERNELS", "Ball", "arb", "ball_array", "flint", "settings", "working_precision"]


@dataclass
class Settings:
    """How ties are decided, and whether any occurred."""

    side: int = 1
    tied: bool = False


settings = Settings()


@contextmanager
def working_precision(bits: int, terms: int, side: int = 1) -> Iterator[None]:
    """``bits`` of precision, series of ``terms`` coefficients; ties are decided for ``side`` · t > 0."""
    before = ctx.prec, ctx.cap, settings.side, settings.tied
    ctx.prec, ctx.cap, settings.side, settings.tied = bits, terms, side, False
    try:
        yield
    finally:
        ctx.prec, ctx.cap, settings.side, settings.tied = before


@contextmanager
def terms(count: int) -> Iterator[None]:
    """Series of ``count`` coefficients."""
    before = ctx.cap
    ctx.cap = count
    try:
        yield
    finally:
        ctx.cap = before


class Ball:
    """One number as a truncated power series with enclosed coefficients."""

    __slots__ = ("series",)

    def __init__(self, series: Any) -> None:
        self.series = series

    def __add__(self, other: Any) -> Ball:
        return Ball(self.series + exact(other).series)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Ball:
        return Ball(self.series - exact(other).series)

    def __rsub__(self, other: Any) -> Ball:
        return Ball(exact(other).series - self.series)

    def __mul__(self, other: Any) -> Ball:
        return Ball(self.series * exact(other).series)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Ball:
        divisor = exact(other)
        _nonzero(divisor, "division by a number that is or may be 0")
        return Ball(self.series / divisor.series)

    def __rtruediv__(self, other: Any) -> Ball:
        return exact(other) / self

    def __neg__(self) -> Ball:
        return Ball(-self.series)

    def __bool__(self) -> bool:
        return _order(self) != 0

    @property
    def head(self) -> Any:
        """The enclosure of the value itself."""
        return self.series[0]

    def coefficient(self, k: int) -> Any:
        """The enclosure of the coefficient of tᵏ."""
        return self.series[k] if k < ctx.cap else arb(0)


def exact(value: Any) -> Ball:
    """A number as the exact ball it is; a double enters with all of its bits."""
    if isinstance(value, Ball):
        return value
    if isinstance(value, (bool, int, np.bool_, np.integer)):
        return Ball(arb_series([arb(int(value))]))
    if not math.isfinite(value):
        raise UndefinedError(f"the constant {value} has no enclosure")
    return Ball(arb_series([arb(float(value))]))


def ball_array(value: Any, direction: Any = None) -> Any:
    """An array of exact balls x + t v; without a direction, constants."""
    x = np.asarray(value)
    if x.dtype == object:
        return x
    return box(_lift(x)) if direction is None else box(_lift_along(x, np.asarray(direction)))


_lift = elementwise(exact)
_lift_along = elementwise(lambda a, v: Ball(arb_series([arb(float(a)), arb(float(v))])), 2)


# Decisions.


def _order(a: Ball) -> int:
    """The sign of a series for small t on the chosen side: the sign of its first nonzero coefficient."""
    for k in range(min(ctx.cap, len(a.series)) or 1):
        c = a.coefficient(k)
        if c > 0 or c < 0:
            return (1 if c > 0 else -1) * (settings.side if k % 2 else 1)
        if not (c.is_exact() and c.is_zero()):
            raise UndecidedError("a comparison that the enclosure cannot decide at this precision")
        if k + 1 < len(a.series):
            settings.tied = True
    return 0


def _nonzero(a: Ball, what: str) -> None:
    if a.head.contains(0):
        if a.head.is_exact():
            raise UndefinedError(what)
        raise UndecidedError(what)


def _finite(series: Any, what: str) -> Ball:
    for k in range(len(series)):
        if not series[k].is_finite():
            raise UndecidedError(f"{what}: the enclosure is not finite at this precision, or the function not there")
    return Ball(series)


def _comparison(accept: Callable[[int], bool]) -> Callable[..., Any]:
    ufunc = np.frompyfunc(lambda a, b: accept(_order(exact(a) - b)), 2, 1)
    return lambda a, b: np.asarray(ufunc(a, b)).astype(bool)


def _maximum(a: Any, b: Any) -> Ball:
    return exact(a) if _order(exact(a) - b) >= 0 else exact(b)


def _minimum(a: Any, b: Any) -> Ball:
    return exact(a) if _order(exact(a) - b) <= 0 else exact(b)


def _rounding(name: str) -> Callable[[Any], Ball]:
    rounded = {"floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "round": round}[name]

    def apply(a: Any) -> Ball:
        """The constant that surrounds a, which must not be at a jump."""
        a = exact(a)
        nearest = (a.head + arb(0.5)).floor().unique_fmpz() if name == "round" else a.head.floor().unique_fmpz()
        low = Ball(arb_series([a.head])) if nearest is None else None
        if low is not None:
            raise UndecidedError(f"{name}: the enclosure does not decide the integer")
        boundary = arb(2 * int(nearest) - 1) / 2 if name == "round" else arb(int(nearest))
        if (a.head - boundary).is_zero() and len(a.series) > 1:
            settings.tied = True
            side = _order(a - Ball(arb_series([boundary])))
            inside = boundary + arb(side) / 4
            return Ball(arb_series([arb(rounded(float(inside)))]))
        if name == "round" and (a.head - boundary).is_zero():
            return exact(rounded(float(a.head)))
        if name == "ceil":
            return exact(int(nearest) + (0 if (a.head - arb(int(nearest))).is_zero() else 1))
        if name == "trunc":
            return exact(int(nearest) + (1 if nearest < 0 and not (a.head - arb(int(nearest))).is_zero() else 0))
        return exact(int(nearest))

    return apply


# Functions that FLINT's series lack, composed from its exp and log.


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


def _softplus(a: Ball) -> Ball:
    if a.head.mid() > 0:
        return a + _softplus(-a)
    return Ball((1 + a.series.exp()).log())


def _asinh(a: Ball) -> Ball:
    if a.head.mid() < 0:
        return -_asinh(-a)
    return Ball((a.series + (a.series * a.series + 1).sqrt()).log())


def _acosh(a: Ball) -> Ball:
    return _finite((a.series + (a.series - 1).sqrt() * (a.series + 1).sqrt()).log(), "acosh")


def _atanh(a: Ball) -> Ball:
    return _finite(((1 + a.series).log() - (1 - a.series).log()) / 2, "atanh")


def _atan2(y: Any, x: Any) -> Ball:
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


def _hypot(x: Any, y: Any) -> Ball:
    return _sqrt(exact(x) * x + exact(y) * y)


def _sqrt(a: Ball) -> Ball:
    if a.head.contains(0):
        if not a.head.is_exact():
            raise UndecidedError("sqrt of a number that may be 0")
        if len(a.series) > 1:
            raise UndefinedError("sqrt at 0")
    return _finite(a.series.sqrt(), "sqrt")


def _log(a: Ball) -> Ball:
    if a.head.is_exact() and a.head <= 0:
        raise UndefinedError("log of a number ≤ 0")
    return _finite(a.series.log(), "log")


def _integer_power(a: Ball, n: int) -> Ball:
    if n < 0:
        return 1 / _integer_power(a, -n)
    result, square = exact(1), a
    while n:
        if n % 2:
            result = result * square
        square, n = (square * square if n > 1 else square), n // 2
    return result


def _power(x: Any, y: Any) -> Ball:
    x, y = exact(x), exact(y)
    if len(y.series) <= 1 and y.head.is_integer():
        return _integer_power(x, int(y.head.unique_fmpz()))
    if x.head.contains(0):
        if not x.head.is_exact():
            raise UndecidedError("a power of a number that may be 0")
        if len(x.series) > 1 or len(y.series) > 1:
            raise UndefinedError("a real power at 0")
        return exact(0) if y.head > 0 else _integer_power(x, -1)
    return Ball((y.series * _log(x).series).exp())


def _polygamma(a: Ball, n: int) -> Ball:
    """ψ⁽ⁿ⁾ of a series, by its Taylor expansion about the head."""
    rest, power, total = a - Ball(arb_series([a.head])), exact(1), exact(0)
    for k in range(ctx.cap):
        total = total + power * Ball(arb_series([_polygamma_head(n + k, a.head) / math.factorial(k)]))
        power = power * rest
    return total


def _polygamma_head(n: int, x: Any) -> Any:
    return x.digamma() if n == 0 else (-1) ** (n + 1) * math.factorial(n) * acb(n + 1).zeta(acb(x)).real


def _gammaln(a: Ball) -> Ball:
    if a.head > 0:
        return _finite(a.series.lgamma(), "gammaln")
    if a.head.is_exact() and a.head.is_integer():
        raise UndefinedError("gammaln at a pole (0, −1, −2, ...)")
    gamma = a.series.gamma()
    return _finite((gamma if gamma[0] > 0 else -gamma).log(), "gammaln")


_METHODS = {"exp": "exp", "sin": "sin", "cos": "cos", "atan": "atan", "erf": "erf"}
_CHECKED = {"tan": "tan", "asin": "asin", "acos": "acos"}
_COMPOSED: dict[str, Callable[..., Any]] = {
    "negative": lambda a: -a,
    "reciprocal": lambda a: 1 / a,
    "square": lambda a: a * a,
    "sqrt": _sqrt,
    "log": _log,
    "expm1": _expm1,
    "log1p": lambda a: _log(1 + a),
    "log2": lambda a: Ball(_log(a).series / arb(2).log()),
    "log10": lambda a: Ball(_log(a).series / arb(10).log()),
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "gammaln": _gammaln,
    "abs": lambda a: a if _order(a) >= 0 else -a,
    "sign": lambda a: exact(_order(a)),
}


def _unary() -> dict[str, Callable[..., Any]]:
    table = {name: (lambda a, f=f: Ball(getattr(a.series, f)())) for name, f in _METHODS.items()}
    table |= {name: (lambda a, f=f: _finite(getattr(a.series, f)(), f)) for name, f in _CHECKED.items()}
    table |= _COMPOSED | {name: _rounding(name) for name in ("floor", "ceil", "trunc", "round")}
    return {name: elementwise(lambda a, f=f: f(exact(a))) for name, f in table.items()}


# Arrays.


def _matmul(x: Any, y: Any) -> Any:
    """Matrix products by FLINT's matrices, one for each pair of coefficients."""
    if x.ndim != 2 or y.ndim != 2:
        return np.matmul(x, y)
    left, right = _coefficient_matrices(x), _coefficient_matrices(y)
    sums: list[Any] = [None] * min(ctx.cap, len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            if i + j < len(sums):
                product = a * b
                sums[i + j] = product if sums[i + j] is None else sums[i + j] + product
    out = np.empty((x.shape[0], y.shape[1]), dtype=object)
    entries = [matrix.entries() for matrix in sums]
    for k, index in enumerate(np.ndindex(out.shape)):
        out[index] = Ball(arb_series([e[k] for e in entries]))
    return out


def _coefficient_matrices(x: Any) -> list[Any]:
    flat = [exact(a).series for a in x.flat]
    terms = max((len(s) for s in flat), default=1) or 1
    return [arb_mat(x.shape[0], x.shape[1], [s[k] for s in flat]) for k in range(min(terms, ctx.cap))]


def _reduction(pick: Callable[..., Any]) -> Callable[..., Any]:
    ufunc = np.frompyfunc(pick, 2, 1)

    def reduce(x: Any, axis: Any, keepdims: bool) -> Any:
        axes = range(x.ndim) if axis is None else axis
        out = x
        for a in axes:
            out = np.asarray(ufunc.reduce(out, axis=a, keepdims=True), dtype=object)
        return out if keepdims else np.squeeze(out, axis=tuple(axes))

    return reduce


_max = _reduction(_maximum)
_exp = elementwise(lambda a: Ball(exact(a).series.exp()))
_logs = elementwise(_log)
_midpoint = elementwise(lambda a: Ball(arb_series([exact(a).head.mid()])))


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    peak = _highest_midpoint(x, axis)
    total = peak + _logs(np.add.reduce(np.asarray(_exp(x - peak), dtype=object), axis=axis, keepdims=True))
    return total if keepdims else np.squeeze(np.asarray(total, dtype=object), axis=axis)


def _softmax(x: Any, axis: Any) -> Any:
    weights = np.asarray(_exp(x - _highest_midpoint(x, axis)), dtype=object)
    return weights / np.add.reduce(weights, axis=axis, keepdims=True)


def _highest_midpoint(x: Any, axis: Any) -> Any:
    """Any constant shift is exact; this one keeps the exponentials in range."""
    return _max(np.asarray(_midpoint(x), dtype=object), axis, True)


def _search(largest: bool) -> Callable[..., Any]:
    def search(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        def first(values: Any) -> int:
            best = 0
            for i in range(1, len(values)):
                order = _order(exact(values[i]) - values[best])
                best = i if (order > 0 if largest else order < 0) else best
            return best

        if axis is None:
            return np.asarray(first(x.reshape(-1))).reshape((1,) * x.ndim if keepdims else ())
        found = np.apply_along_axis(first, axis, x)
        return np.expand_dims(found, axis) if keepdims else found

    return search


def _select(c: Any, x: Any, y: Any) -> Any:
    return np.where(np.asarray(c, dtype=bool), x, y)


KERNELS: dict[str, Callable[..., Any]] = {
    **STRUCTURAL,
    **_unary(),
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": elementwise(_power, 2),
    "integer_power": lambda a, n: elementwise(lambda x: _integer_power(exact(x), n))(a),
    "polygamma": lambda a, n: elementwise(lambda x: _polygamma(exact(x), n))(a),
    "atan2": elementwise(_atan2, 2),
    "hypot": elementwise(_hypot, 2),
    "logaddexp": elementwise(lambda a, b: exact(b) + _softplus(exact(a) - b), 2),
    "maximum": elementwise(_maximum, 2),
    "minimum": elementwise(_minimum, 2),
    "equal": _comparison(lambda s: s == 0),
    "not_equal": _comparison(lambda s: s != 0),
    "less": _comparison(lambda s: s < 0),
    "less_equal": _comparison(lambda s: s <= 0),
    "greater": _comparison(lambda s: s > 0),
    "greater_equal": _comparison(lambda s: s >= 0),
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "logical_not": np.logical_not,
    "isfinite": lambda x: np.ones(x.shape, dtype=bool),
    "isinf": lambda x: np.zeros(x.shape, dtype=bool),
    "isnan": lambda x: np.zeros(x.shape, dtype=bool),
    "all": lambda x, axis=None, keepdims=False: np.all(x.astype(bool), axis=axis, keepdims=keepdims),
    "any": lambda x, axis=None, keepdims=False: np.any(x.astype(bool), axis=axis, keepdims=keepdims),
    "where": _select,
    "max": _max,
    "min": _reduction(_minimum),
    "argmax": _search(True),
    "argmin": _search(False),
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "matmul": _matmul,
}
