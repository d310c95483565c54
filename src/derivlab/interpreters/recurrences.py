"""The recurrences of the primitives on truncated power series.

A recurrence takes the head y₀ of its answer, the order K to which the arguments are known and their series, and gives
the coefficients up to tᴷ in O(K²) operations. It answers None where it does not hold: then the coefficients follow
from the rule of the primitive.

Most are the solution of y′ = φ(y) x′ order by order: k y_k = Σ j x_j φ_{k−j}. They are written to keep their digits
in the tails, as the rules are: tanh′ and σ′ are series of their own, never 1 − y².

Reference: Griewank and Walther, "Evaluating Derivatives", 2nd ed., SIAM, 2008, chapter 13.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from operator import mul
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.interpreters.polygamma import polygamma
from derivlab.interpreters.series import (
    Coefficients,
    at,
    combine,
    everywhere,
    fraction_power,
    integrate,
    power,
    powers,
    product,
    quotient,
    slopes,
    total,
)
from derivlab.interpreters.special_series import bessel_i, gammainc, log_ndtr

# Roots and powers.


def _sqrt(y0: Any, order: int, x: Coefficients) -> Coefficients:
    """y² = x: 2 y₀ y_k = x_k − Σ_{0<j<k} y_j y_{k−j}."""
    plus, twice = total(y0), 2 * y0
    y = [y0, x[1] / twice]
    for k in range(2, order + 1):
        rest = plus(map(mul, y[1:], y[:0:-1]))
        y.append((x[k] - rest) / twice if k < len(x) else -rest / twice)
    return y


def _hypot(y0: Any, order: int, a: Coefficients, b: Coefficients) -> Coefficients:
    """y y′ = a a′ + b b′, all divided by y₀, so that squares stay in range."""
    moving = [c for c in (a, b) if len(c) > 1]
    parts = [product(slopes(c), [e / y0 for e in c], order - 1) for c in moving]
    slope = parts[0] if len(parts) == 1 else combine(parts[0], parts[1])
    plus, d, scaled = total(y0), slope[:1], [slope[0] / y0]
    for k in range(2, order + 1):
        known = plus(map(mul, d, reversed(scaled)))
        d.append(slope[k - 1] - known if k <= len(slope) else -known)
        scaled.append(d[-1] / (k * y0))
    return integrate(y0, d)


def _power(y0: Any, order: int, x: Coefficients, y: Coefficients) -> Coefficients | None:
    r = y[0]
    if len(y) == 1 and isinstance(r, (int, float, np.number)) and r == np.round(r) and abs(r) < 2**31:
        return [y0, *power(x, int(r), order)[1:]]
    least = 1e-30 if getattr(y0, "dtype", None) == np.float32 else 1e-290
    if not everywhere(x[0] != 0, abs(y0) > least, abs(y0) < 1 / least):
        return None  # at 0 the formulas below break, and near it the powers that they multiply leave the range
    if len(y) > 1 or not isinstance(r, (float, np.number, np.ndarray)):
        if not everywhere(x[0] > 0):
            return None
        own, target = getattr(x[0], "dtype", None), getattr(y0, "dtype", None)
        base = x[0] if own is None or target is None or own == target else p.astype(x[0], dtype=target)
        return _exp(y0, order, product(y, _log(at(p.log, base), order, [base, *x[1:]]), order))
    if not np.all(np.abs(r) < 2**31):
        return None
    whole: Any = np.maximum(np.floor(r), 0.0) if np.ndim(r) else max(math.floor(r), 0)
    if not np.any(whole):
        return fraction_power(y0, order, x, r)
    fraction = fraction_power(at(p.power, x[0], r - whole), order, x, r - whole)
    integral = powers(x, whole, order) if np.ndim(whole) else power(x, whole, order)
    return [y0, *product(integral, fraction, order)[1:]]


# Exponentials and logarithms.


def _exp(y0: Any, order: int, x: Coefficients) -> Coefficients:
    """y′ = y x′."""
    plus, d, y = total(y0), slopes(x), [y0]
    if len(d) == 1:
        for k in range(1, order + 1):
            y.append(d[0] * y[-1] / k)
        return y
    for k in range(1, order + 1):
        y.append(plus(map(mul, d, reversed(y))) / k)
    return y


def _log(y0: Any, order: int, x: Coefficients) -> Coefficients:
    """y′ = x′ / x."""
    return integrate(y0, quotient(slopes(x), x, order - 1)) if len(x) > 1 else [y0]


# Circular and hyperbolic functions.


def _sine(s0: Any, c0: Any, order: int, x: Coefficients, sign: int) -> Coefficients:
    """s′ = c x′ with c′ = ± s x′, from their heads."""
    plus, d, s, c = total(s0), slopes(x), [s0], [c0]
    for k in range(1, order):
        along, across = plus(map(mul, d, reversed(c))) / k, plus(map(mul, d, reversed(s))) / (sign * k)
        s.append(along)
        c.append(across)
    s.append(plus(map(mul, d, reversed(c))) / order)
    return s


def _tan(y0: Any, order: int, x: Coefficients) -> Coefficients:
    """y′ = w x′ with w = 1 + y²."""
    plus, d, y, w = total(y0), slopes(x), [y0], [1 + y0 * y0]
    for k in range(1, order + 1):
        y.append(plus(map(mul, d, reversed(w))) / k)
        w.append(plus(map(mul, y, reversed(y))))
    return y


def _tanh(y0: Any, order: int, x: Coefficients) -> Coefficients:
    """y′ = w x′ and w′ = −2 y w x′, from the head w₀ = 1/cosh² = 4 σ(2x) σ(−2x)."""
    plus, d, y, v = total(y0), slopes(x), [y0], []
    w = [4 * at(p.sigmoid, 2 * x[0]) * at(p.sigmoid, -2 * x[0])]
    for k in range(1, order + 1):
        v.append(plus(map(mul, y, reversed(w))))
        y.append(plus(map(mul, d, reversed(w))) / k)
        w.append(plus(map(mul, d, reversed(v))) * -2 / k)
    return y


def _sigmoid(y0: Any, order: int, x: Coefficients) -> Coefficients:
    """σ(x) = (1 + tanh(x/2)) / 2."""
    half = [c / 2 for c in x]
    return [y0, *(c / 2 for c in _tanh(at(p.tanh, half[0]), order, half)[1:])]


def _atan2(y0: Any, order: int, a: Coefficients, b: Coefficients) -> Coefficients:
    """(atan q)′ = q′/(1 + q²) for the ratio q = a/b or −b/a, whichever is the smaller."""
    steep = abs(a[0]) > abs(b[0])
    above, below = _chosen(steep, [-c for c in b], a), _chosen(steep, a, b)
    q = quotient(above, below, order)
    square = product(q, q, order)
    return integrate(y0, quotient(slopes(q), [1 + square[0], *square[1:]], order - 1))


def _chosen(condition: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    """The coefficients of a where the condition holds, else of b."""
    if isinstance(condition, (bool, np.bool_)):
        return a if condition else b
    return [p.where(condition, c, d) for c, d in itertools.zip_longest(a, b, fillvalue=0.0)]


# Reductions.


def _softmax(y0: Any, order: int, x: Coefficients, axis: Any) -> Coefficients:
    """y′ = y (u′ − Σ y u′), where u is x less its part at the peak of y, which saves the tails."""
    peak = p.where(y0 == p.max(y0, axis=axis, keepdims=True), y0, 0.0)
    share = peak / p.sum(peak, axis=axis, keepdims=True)
    d = [c - p.sum(share * c, axis=axis, keepdims=True) for c in slopes(x)]
    plus, y, relative = total(y0), [y0], []
    for k in range(1, order + 1):
        mean = p.sum(plus(map(mul, d, reversed(y))), axis=axis, keepdims=True)
        relative.append(d[k - 1] - mean if k <= len(d) else -mean)
        y.append(plus(map(mul, relative, reversed(y))) / k)
    return y


RECURRENCES: dict[str, Callable[..., Coefficients | None]] = {
    "negative": lambda y0, order, x: [-c for c in x],
    "add": lambda y0, order, a, b: combine(a, b),
    "subtract": lambda y0, order, a, b: combine(a, b, -1),
    "multiply": lambda y0, order, a, b: product(a, b, order),
    "divide": lambda y0, order, a, b: quotient(a, b, order),
    "reciprocal": lambda y0, order, x: quotient([1.0], x, order),
    "square": lambda y0, order, x: product(x, x, order),
    "sqrt": _sqrt,
    "hypot": _hypot,
    "integer_power": lambda y0, order, x, n: [y0, *power(x, n, order)[1:]],
    "power": _power,
    "exp": _exp,
    "log": _log,
    "sin": lambda y0, order, x: _sine(y0, at(p.cos, x[0]), order, x, -1),
    "cos": lambda y0, order, x: _sine(y0, -at(p.sin, x[0]), order, x, -1),
    "sinh": lambda y0, order, x: _sine(y0, at(p.cosh, x[0]), order, x, 1),
    "cosh": lambda y0, order, x: _sine(y0, at(p.sinh, x[0]), order, x, 1),
    "tan": _tan,
    "tanh": _tanh,
    "atan2": _atan2,
    "sigmoid": _sigmoid,
    "matmul": lambda y0, order, a, b: product(a, b, order, p.matmul),
    "softmax": _softmax,
    "polygamma": polygamma,
    "log_ndtr": log_ndtr,
    "bessel_i": bessel_i,
    "gammainc": gammainc,
    "gammaincc": lambda y0, order, a, x: gammainc(y0, order, a, x, -1),
}
"""The recurrence of each primitive that has one; for the rest :mod:`derivlab.interpreters.taylor` has the rules."""
