"""Arithmetic of truncated power series.

A series is the list [c₀, c₁, …, c_d] of its coefficients over any base (floats, arrays, arrays of a lower level);
those above d are 0. An operation of order K gives the coefficients up to tᴷ, in O(K²) operations on the base.

Reference: Knuth, "The Art of Computer Programming", vol. 2, section 4.7.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from operator import add, mul, sub
from typing import Any

from derivlab.array import primitives as p

Coefficients = list[Any]


def total(head: Any) -> Callable[[Iterable[Any]], Any]:
    """What adds up terms of the kind of ``head``: over arrays no 0 comes in."""
    return sum if type(head) is float else _reduced


def _reduced(terms: Iterable[Any]) -> Any:
    return functools.reduce(add, terms)


def at(function: Callable[..., Any], *heads: Any) -> Any:
    """A function of heads, as a float where they are."""
    value = function(*heads)
    return float(value) if type(heads[0]) is float else value


def everywhere(*conditions: Any) -> bool:
    """Whether all conditions on heads hold for all entries."""
    return all(c if type(c) is bool else bool(p.all(c, axis=None, keepdims=False)) for c in conditions)


def slopes(x: Coefficients) -> Coefficients:
    """The series of x′: [x₁, 2 x₂, 3 x₃, …]."""
    return [j * c for j, c in enumerate(x[1:], 1)]


def integrate(y0: Any, slope: Coefficients) -> Coefficients:
    """The series with head y₀ and the derivative ``slope``."""
    return [y0, *(c / k for k, c in enumerate(slope, 1))]


def combine(a: Coefficients, b: Coefficients, sign: int = 1) -> Coefficients:
    """a + b, or a − b."""
    shared = min(len(a), len(b))
    both = map(add if sign > 0 else sub, a, b)
    return [*both, *a[shared:], *(b[shared:] if sign > 0 else (-c for c in b[shared:]))]


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


def power(x: Coefficients, n: int, order: int) -> Coefficients:
    """xⁿ by squaring, which needs no division by x₀ and is exact at x₀ = 0."""
    result, square, left = [1.0], x if n >= 0 else quotient([1.0], x, order), abs(n)
    while left:
        if left % 2:
            result = square if len(result) == 1 else product(result, square, order)
        left //= 2
        square = product(square, square, order) if left else square
    return result


def powers(x: Coefficients, n: Any, order: int) -> Coefficients:
    """xⁿ for an array of exponents n ≥ 0: by squaring, each entry with the squares that it needs."""
    result, square, left = [n * 0.0 + 1.0], x, n
    while left.any():
        odd = left % 2 == 1
        result = product(result, [p.where(odd, c, 0.0 if k else 1.0) for k, c in enumerate(square)], order)
        left = left // 2
        square = product(square, square, order) if left.any() else square
    return result


def fraction_power(y0: Any, order: int, x: Coefficients, r: Any) -> Coefficients:
    """x y′ = r y x′: k x₀ y_k = Σ (r j − (k − j)) x_j y_{k−j}, for r < 1 as stable as the function."""
    plus, y = total(y0), [y0]
    for k in range(1, order + 1):
        weighted = [(r * j - (k - j)) * c for j, c in enumerate(x[1 : k + 1], 1)]
        y.append(plus(map(mul, weighted, reversed(y))) / (k * x[0]))
    return y
