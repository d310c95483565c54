"""Functions of single numbers that programs for a compiler call: their source is printed with the program."""

from __future__ import annotations

import math


def plus(total: float, x: float) -> float:
    """A term of a sum, which a compiler may take in any order."""
    return total + x


def plus_product(total: float, x: float, y: float) -> float:
    """A term of a scalar product, which a compiler may take in any order."""
    return total + x * y


def larger(x: float, y: float) -> float:
    """The maximum, NaN if either is."""
    return x if x >= y or x != x else y


def smaller(x: float, y: float) -> float:
    """The minimum, NaN if either is."""
    return x if x <= y or x != x else y


def sigmoid(x: float) -> float:
    """σ(x) = 1/(1 + e⁻ˣ), formed from e^−|x| so that neither tail overflows or cancels."""
    decay = math.exp(-abs(x))
    return (1.0 if x >= 0 else decay) / (1.0 + decay)


def logaddexp(x: float, y: float) -> float:
    """log(eˣ + eʸ); equal infinities give themselves."""
    if x == y:
        return x + math.log(2.0)
    return (x if x >= y or x != x else y) + math.log1p(math.exp(-abs(x - y)))
