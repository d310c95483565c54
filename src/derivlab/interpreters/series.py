"""Arithmetic of truncated power series, by the classical recurrences.

A series is the list [c₀, c₁, …, c_d] of its coefficients over any base (floats, arrays, arrays of a lower level);
those above d are 0. A recurrence takes the head y₀ of its answer, the order K to which the arguments are known and
their series, and gives the coefficients up to tᴷ in O(K²) operations. It answers None where it does not hold:
then the coefficients follow from the rule of the primitive.

Most are the solution of y′ = φ(y) x′ order by order: k y_k = Σ j x_j φ_{k−j}. They are written to keep their digits
in the tails, as the rules are: tanh′ and σ′ are series of their own, never 1 − y².

Reference: Griewank and Walther, "Evaluating Derivatives", 2nd ed., SIAM, 2008, chapter 13; Knuth, "The Art of
Computer Programming", vol. 2, section 4.7 (powers).
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable
from operator import add, mul, sub
from typing import Any

import numpy as np

from derivlab.array import primitives as p

Coefficients = list[Any]


def total(head: Any) -> Callable[[Iterable[Any]], Any]:
    """What adds up terms of the kind of ``head``: over arrays no 0 comes in."""
    return sum if type(head) is float else _reduced


def _reduced(terms: Iterable[Any]) -> Any:
    return functools.reduce(add, terms)


def slopes(x: Coefficients) -> Coefficients:
    """The series of x′: [x₁, 2 x₂, 3 x₃, …]."""
    return [j * c for j, c in enumerate(x[1:], 1)]


def integrate(y0: Any, slope: Coefficients) -> Coefficients:
    """The series with head y₀ and the derivative ``slope``."""
    return [y0, *(c / k for k, c in enumerate(slope, 1))]


def _at(function: Callable[..., Any], *heads: Any) -> Any:
    """A function of heads, as a float where they are."""
    value = function(*heads)
    return float(value) if type(heads[0]) is float else value


def _everywhere(condition: Any) -> bool:
    return condition if type(condition) is bool else bool(p.all(condition, axis=None, keepdims=False))


# Arithmetic.


def _add(y0: Any, order: int, a: Coefficients, b: Coefficients) -> Coefficients:
    shared = min(len(a), len(b))
    return [*map(add, a, b), *a[shared:], *b[shared:]]


def _subtract(y0: Any, order: int, a: Coefficients, b: Coefficients) -> Coefficients:
    shared = min(len(a), len(b))
    return [*map(sub, a, b), *a[shared:], *(-c for c in b[shared:])]


def product(a: Coefficients, b: Coefficients, order: int, times: Callable[[Any, Any], Any] = mul) -> Coefficients:
    """The Cauchy product Σ aⱼ b_{k−j}, for any bilinear ``times``."""
    if len(a) == 1:
        return [times(a[0], c) for c in b]
    if len(b) == 1:
        return [times(c, b[0]) for c in a]
    above = len(b) - 1
    terms = [map(times, a[max(0, k - above) :], b[min(k, above) :: -1]) for k in range(min(len(a) + above, order + 1))]
    return [*map(total(a[0] if type(b[0]) is float else b[0]), terms)]


def quotient(a: Coefficients, b: Coefficients, order: int) -> Coefficients:
    """q with q b = a: q_k = (a_k − Σ_{j≥1} b_j q_{k−j}) / b₀."""
    b0, rest = b[0], b[1:]
    if not rest:
        return [c / b0 for c in a]
    q = [a[0] / b0]
    plus = total(q[0])
    for k in range(1, order + 1):
        known = plus(map(mul, rest, reversed(q)))
        q.append((a[k] - known) / b0 if k < len(a) else -known / b0)
    return q


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
    slope = parts[0] if len(parts) == 1 else _add(None, order, *parts)
    plus, d, scaled = total(y0), slope[:1], [slope[0] / y0]
    for k in range(2, order + 1):
        known = plus(map(mul, d, reversed(scaled)))
        d.append(slope[k - 1] - known if k <= len(slope) else -known)
        scaled.append(d[-1] / (k * y0))
    return integrate(y0, d)


def _integer_power(order: int, x: Coefficients, n: int) -> Coefficients:
    """By squaring, which needs no division by x₀ and is exact at x₀ = 0."""
    result, square, left = [1.0], x if n >= 0 else quotient([1.0], x, order), abs(n)
    while left:
        if left % 2:
            result = square if len(result) == 1 else product(result, square, order)
        left //= 2
        square = product(square, square, order) if left else square
    return result


def _power(y0: Any, order: int, x: Coefficients, y: Coefficients) -> Coefficients | None:
    if len(y) > 1:
        if not _everywhere(x[0] > 0):
            return None
        return _exp(y0, order, product(y, _log(_at(p.log, x[0]), order, x), order))
    r = y[0]
    if not isinstance(r, (int, float, np.number)) or not math.isfinite(r):
        return None
    whole = math.floor(r)
    if whole == r:
        return [y0, *_integer_power(order, x, whole)[1:]]
    if not _everywhere(x[0] != 0):
        return None
    if r < 1:
        return _fraction_power(y0, order, x, r)
    if not _everywhere((abs(y0) > 1e-290) & (abs(y0) < 1e290)):  # where xⁿ may be out of range, though x^r is not
        return None
    fraction = _fraction_power(_at(p.power, x[0], r - whole), order, x, r - whole)
    return [y0, *product(_integer_power(order, x, whole), fraction, order)[1:]]


def _fraction_power(y0: Any, order: int, x: Coefficients, r: Any) -> Coefficients:
    """x y′ = r y x′: k x₀ y_k = Σ (r j − (k − j)) x_j y_{k−j}, for r < 1 as stable as the function."""
    plus, y = total(y0), [y0]
    for k in range(1, order + 1):
        weighted = [(r * j - (k - j)) * c for j, c in enumerate(x[1 : k + 1], 1)]
        y.append(plus(map(mul, weighted, reversed(y))) / (k * x[0]))
    return y


# Exponentials and logarithms.


def _exp(y0: Any, order: int, x: Coefficients) -> Coefficients:
    """y′ = y x′."""
    plus, d, y = total(y0), slopes(x), [y0]
    if len(d) == 1:
        return [*itertools.accumulate(range(1, order + 1), lambda c, k: d[0] * c / k, initial=y0)]
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
    w = [4 * _at(p.sigmoid, 2 * x[0]) * _at(p.sigmoid, -2 * x[0])]
    for k in range(1, order + 1):
        v.append(plus(map(mul, y, reversed(w))))
        y.append(plus(map(mul, d, reversed(w))) / k)
        w.append(plus(map(mul, d, reversed(v))) * -2 / k)
    return y


def _sigmoid(y0: Any, order: int, x: Coefficients) -> Coefficients:
    """σ(x) = (1 + tanh(x/2)) / 2."""
    half = [c / 2 for c in x]
    return [y0, *(c / 2 for c in _tanh(_at(p.tanh, half[0]), order, half)[1:])]


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
    "add": _add,
    "subtract": _subtract,
    "multiply": lambda y0, order, a, b: product(a, b, order),
    "divide": lambda y0, order, a, b: quotient(a, b, order),
    "reciprocal": lambda y0, order, x: quotient([1.0], x, order),
    "square": lambda y0, order, x: product(x, x, order),
    "sqrt": _sqrt,
    "hypot": _hypot,
    "integer_power": lambda y0, order, x, n: [y0, *_integer_power(order, x, n)[1:]],
    "power": _power,
    "exp": _exp,
    "log": _log,
    "sin": lambda y0, order, x: _sine(y0, _at(p.cos, x[0]), order, x, -1),
    "cos": lambda y0, order, x: _sine(y0, -_at(p.sin, x[0]), order, x, -1),
    "sinh": lambda y0, order, x: _sine(y0, _at(p.cosh, x[0]), order, x, 1),
    "cosh": lambda y0, order, x: _sine(y0, _at(p.sinh, x[0]), order, x, 1),
    "tan": _tan,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "matmul": lambda y0, order, a, b: product(a, b, order, p.matmul),
    "softmax": _softmax,
}
"""The recurrence of each primitive that has one; for the rest :mod:`derivlab.interpreters.taylor` has the rules."""
