"""Truncated power series with Arb balls as coefficients, and the only place that imports FLINT.

A :class:`Ball` encloses f(x₀ + t v) as a polynomial in t up to ``ctx.cap`` terms; its coefficients provably
contain the exact ones. All rules of differentiation are FLINT's own series arithmetic, or compositions of its exp
and log: nothing here uses the rule table of this package.

Where two series compare equal at t = 0, the comparison is decided by their first different coefficient, for t on
the side that ``settings.side`` names; ``settings.tied`` tells that this happened. Where all coefficients are equal
though the numbers move with t, it is left undecided: the difference may lie beyond the truncation.

Reference: F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic", IEEE Trans.
Computers 66(8), 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import acb, acb_mat, arb, arb_mat, arb_series, ctx, fmpq

from derivlab.errors import UndecidedError, UndefinedError

__all__ = [
    "Ball",
    "acb",
    "acb_mat",
    "arb",
    "arb_mat",
    "arb_series",
    "ctx",
    "exact",
    "fmpq",
    "settings",
    "terms",
    "working_precision",
]


@dataclass
class Settings:
    """How ties are decided, and whether any occurred."""

    side: int = 1
    tied: bool = False


settings = Settings()


@contextmanager
def working_precision(bits: int, terms: int, side: int = 1) -> Generator[None]:
    """``bits`` of precision, series of ``terms`` coefficients; ties are decided for ``side`` · t > 0."""
    before = ctx.prec, ctx.cap, settings.side, settings.tied
    ctx.prec, ctx.cap, settings.side, settings.tied = bits, terms, side, False
    try:
        yield
    finally:
        ctx.prec, ctx.cap, settings.side, settings.tied = before


@contextmanager
def terms(count: int) -> Generator[None]:
    """Series of ``count`` coefficients."""
    before = ctx.cap
    ctx.cap = count
    try:
        yield
    finally:
        ctx.cap = before


class Ball:
    """One number as a truncated power series with enclosed coefficients.

    ``moving`` tells whether it may depend on t, in any coefficient.
    """

    __slots__ = ("moving", "series")

    def __init__(self, series: Any, moving: bool = False) -> None:
        self.series = series
        self.moving = moving

    def __add__(self, other: Any) -> Ball:
        other = exact(other)
        return Ball(self.series + other.series, self.moving or other.moving)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Ball:
        other = exact(other)
        return Ball(self.series - other.series, self.moving or other.moving)

    def __rsub__(self, other: Any) -> Ball:
        return exact(other) - self

    def __mul__(self, other: Any) -> Ball:
        other = exact(other)
        return Ball(self.series * other.series, self.moving or other.moving)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Ball:
        other = exact(other)
        if other.head.contains(0):
            undecided_unless_exact(other, "division by 0")
        return Ball(self.series / other.series, self.moving or other.moving)

    def __rtruediv__(self, other: Any) -> Ball:
        return exact(other) / self

    def __neg__(self) -> Ball:
        return Ball(-self.series, self.moving)

    def __bool__(self) -> bool:
        return order(self) != 0

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


def moved(value: float, slope: float) -> Ball:
    """The ball of value + slope · t."""
    return Ball(arb_series([arb(float(value)), arb(float(slope))]), slope != 0)


def midpoint(a: Ball) -> Ball:
    """The exact midpoint of a value, as a constant."""
    return Ball(arb_series([a.head.mid()]))


# Decisions.


def order(a: Ball, beyond: bool = False) -> int:
    """The sign of a series for small t on the chosen side: the sign of its first nonzero coefficient.

    Where all coefficients vanish, ``beyond`` says that the sign of what was truncated does not matter.
    """
    for k in range(min(ctx.cap, len(a.series))):
        c = a.coefficient(k)
        if c > 0 or c < 0:
            return (1 if c > 0 else -1) * (settings.side if k % 2 else 1)
        if not (c.is_exact() and c.is_zero()):
            raise UndecidedError("a comparison that the enclosure cannot decide at this precision")
        settings.tied = True
    if a.moving and not beyond and ctx.cap > 1:
        raise UndecidedError("a comparison of two numbers that agree in all coefficients computed")
    return 0


def compare(a: Any, b: Any) -> int:
    """The sign of a − b near t = 0."""
    return 0 if a is b else order(exact(a) - b)


def maximum(a: Any, b: Any) -> Ball:
    """The greater series; where all coefficients agree, either has the right ones."""
    return exact(a) if order(exact(a) - b, beyond=True) >= 0 else exact(b)


def minimum(a: Any, b: Any) -> Ball:
    """The smaller series."""
    return exact(a) if order(exact(a) - b, beyond=True) <= 0 else exact(b)


def rounding(rounded: Callable[[Fraction], int], shift: Fraction) -> Callable[[Ball], Ball]:
    """A function that rounds to integers and jumps at the integers minus ``shift``."""

    def apply(a: Ball) -> Ball:
        cell = (a.head + arb(shift.numerator) / shift.denominator).floor().unique_fmpz()
        if cell is None:
            raise UndecidedError("a rounding that the enclosure cannot decide at this precision")
        inside = jump = Fraction(int(cell)) - shift
        from_jump = a - Ball(arb_series([arb(jump.numerator) / jump.denominator]))
        if not from_jump.head.is_zero():
            inside = jump + Fraction(1, 2)
        elif a.moving and ctx.cap > 1:
            inside = jump + Fraction(order(from_jump), 2)
        return exact(rounded(inside))

    return apply


def undecided_unless_exact(a: Ball, what: str) -> None:
    """Raise: undefined for an exact number, undecided (so that precision rises) for an enclosed one."""
    if a.head.is_exact():
        raise UndefinedError(what)
    raise UndecidedError(f"{what}: the enclosure cannot decide at this precision")


def finite(series: Any, what: str) -> Ball:
    """The ball of a series, unless it has no finite enclosure."""
    for k in range(len(series)):
        if not series[k].is_finite():
            raise UndecidedError(f"{what}: the enclosure is not finite at this precision, or the function not there")
    return Ball(series)


def matrix_product(x: Any, y: Any) -> Any:
    """The product of two matrices of balls by FLINT's matrices, one for each pair of coefficients."""
    left, right = coefficient_matrices(x), coefficient_matrices(y)
    sums: list[Any] = [None] * min(ctx.cap, len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            if i + j < len(sums):
                product = a * b
                sums[i + j] = product if sums[i + j] is None else sums[i + j] + product
    out = np.empty((x.shape[0], y.shape[1]), dtype=object)
    entries = [matrix.entries() for matrix in sums]
    moving = any(exact(a).moving for a in x.flat) or any(exact(a).moving for a in y.flat)
    for k, index in enumerate(np.ndindex(out.shape)):
        out[index] = Ball(arb_series([e[k] for e in entries]), moving)
    return out


def coefficient_matrices(x: Any) -> list[Any]:
    """A matrix of series as matrices of coefficients."""
    flat = [exact(a).series for a in x.flat]
    count = max((len(s) for s in flat), default=1) or 1
    return [arb_mat(x.shape[0], x.shape[1], [s[k] for s in flat]) for k in range(min(count, ctx.cap))]
