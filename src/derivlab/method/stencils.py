"""Difference stencils: weights on a few offsets that give a derivative, solved exactly in rationals."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import Any

from derivlab.errors import ArgumentError

HIGHEST = 6
"""Highest derivative that finite differences answer: beyond it rounding leaves too few digits."""

_ORDERS = {"forward": range(1, 9), "central": range(2, 9, 2), "backward": range(1, 9)}


@dataclass(frozen=True)
class Stencil:
    """Weights w at offsets o with Σ w φ(o h) / hᵈ = φ⁽ᵈ⁾(0) + C hᵖ φ⁽ᵈ⁺ᵖ⁾(0) + ….

    Attributes
    ----------
    offsets, weights
        Exact rationals; a weight of 0 leaves its offset out.
    derivative
        d.
    order
        p, the order of accuracy.
    constant
        C, the error constant.
    """

    offsets: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    derivative: int
    order: int
    constant: Fraction

    @functools.cached_property
    def floats(self) -> tuple[float, ...]:
        """The weights as doubles, correctly rounded."""
        return tuple(float(weight) for weight in self.weights)

    @functools.cached_property
    def mass(self) -> float:
        """Σ |w|: rounding of size ε in φ becomes at most ε Σ |w| / hᵈ in the answer."""
        return float(sum(abs(w) for w in self.weights))

    @functools.cached_property
    def reach(self) -> float:
        """The largest |offset|."""
        return float(max((abs(o) for o in self.offsets), default=0))


def stencil(offsets: Sequence[Any], derivative: int = 1) -> Stencil:
    """The stencil on the given offsets with the highest order of accuracy.

    The weights solve Σ wⱼ oⱼᵐ = d! [m = d] for m = 0 … n − 1, exactly, by Fornberg's recurrence.

    Parameters
    ----------
    offsets
        n > d distinct numbers, in steps: integers, fractions, or floats, which count as the exact binary numbers.
    derivative
        d ≥ 1.

    Raises
    ------
    ArgumentError
        If offsets repeat, are not finite, or are too few.

    References
    ----------
    Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids", Mathematics of Computation
    51(184), 1988.

    Examples
    --------
    >>> stencil([-1, 0, 1], 2).weights
    (Fraction(1, 1), Fraction(-2, 1), Fraction(1, 1))
    """
    if not isinstance(derivative, int) or isinstance(derivative, bool) or derivative < 1:
        raise ArgumentError(f"derivative must be a positive integer, and is {derivative!r}")
    try:
        exact = tuple(_exact(o) for o in offsets)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"offsets must be finite numbers, as in (-1, 0, 1), and are {offsets!r}") from None
    if len(set(exact)) < len(exact):
        raise ArgumentError(f"offsets must differ from each other, and are {offsets!r}")
    if len(exact) <= derivative:
        raise ArgumentError(f"derivative {derivative} needs at least {derivative + 1} offsets, and got {len(exact)}")
    return _solved(exact, derivative)


def named_stencil(scheme: str, derivative: int = 1, order: int | None = None) -> Stencil:
    """The forward, central or backward stencil on the fewest neighbouring integers; order 1 (central 2) by default.

    Raises
    ------
    ArgumentError
        If there is no such scheme, or it has no such order: central 2, 4, 6, 8; forward and backward 1 … 8.
    """
    if scheme not in _ORDERS:
        raise ArgumentError(f"no difference scheme {scheme!r}; there are {', '.join(_ORDERS)}")
    order = _ORDERS[scheme][0] if order is None else order
    if isinstance(order, bool) or order not in _ORDERS[scheme]:
        orders = ", ".join(str(p) for p in _ORDERS[scheme])
        raise ArgumentError(f"the order of accuracy of a {scheme} difference is one of {orders}, and not {order!r}")
    if scheme == "central":
        half = (derivative + 1) // 2 + order // 2 - 1
        return stencil(range(-half, half + 1), derivative)
    sign = 1 if scheme == "forward" else -1
    return stencil([sign * i for i in range(derivative + order)], derivative)


def _exact(offset: Any) -> Fraction:
    if isinstance(offset, (bool, str)):
        raise TypeError
    return Fraction(offset) if isinstance(offset, Rational) else Fraction(float(offset))


@functools.lru_cache(maxsize=256)
def _solved(offsets: tuple[Fraction, ...], derivative: int) -> Stencil:
    pairs = [(o, w) for o, w in zip(offsets, fornberg(offsets, derivative), strict=True) if w]
    moment = derivative + 1
    while not (rest := sum(w * o**moment for o, w in pairs)):
        moment += 1
    return Stencil(
        tuple(o for o, _ in pairs),
        tuple(w for _, w in pairs),
        derivative,
        moment - derivative,
        Fraction(rest) / math.factorial(moment),
    )


def fornberg(offsets: Sequence[Fraction], derivative: int) -> list[Fraction]:
    """One weight for each offset, for the derivative at 0."""
    count = len(offsets)
    table = [[Fraction(0)] * (derivative + 1) for _ in range(count)]
    table[0][0] = Fraction(1)
    before = Fraction(1)
    for n in range(1, count):
        now = Fraction(1)
        last = list(table[n - 1])
        for j in range(n):
            gap = offsets[n] - offsets[j]
            now *= gap
            row = table[j]
            table[j] = [(offsets[n] * row[m] - (m * row[m - 1] if m else 0)) / gap for m in range(derivative + 1)]
        table[n] = [
            before / now * ((m * last[m - 1] if m else 0) - offsets[n - 1] * last[m]) for m in range(derivative + 1)
        ]
        before = now
    return [row[derivative] for row in table]


@functools.lru_cache(maxsize=256)
def kinks_stencil(offsets: tuple[Fraction, ...], ratio: int) -> Stencil:
    """The highest difference on the offsets, a multiple of them and 0: far above rounding where f is not smooth."""
    nodes = sorted({Fraction(0), *offsets, *(ratio * o for o in offsets)})
    return stencil(nodes, len(nodes) - 1)
