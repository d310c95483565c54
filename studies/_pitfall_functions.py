"""The functions on the cards of the pitfalls, as a person would write them: array code for every library."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import derivlab as dl
from derivlab.libraries import home, load

Derivative = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]
"""f ↦ f′, by any method."""


# Tails and overflow.


def sigmoid(x: Any) -> Any:
    """σ as a library's own function."""
    return dl.special.sigmoid(x)


def sigmoid_by_hand(x: Any) -> Any:
    """1/(1 + e⁻ˣ)."""
    return 1 / (1 + dl.array_namespace(x).exp(-x))


def tanh(x: Any) -> Any:
    """The hyperbolic tangent of each library."""
    return dl.array_namespace(x).tanh(x)


def log_sum_exp(x: Any) -> Any:
    """log(eˣ + e⁰), naively."""
    xp = dl.array_namespace(x)
    return xp.log(xp.exp(x) + 1)


def softplus(x: Any) -> Any:
    """The same by a function that shifts by the maximum."""
    return dl.special.softplus(x)


# Kinks and points where a rule breaks.


def guarded_root(x: Any) -> Any:
    """√x where x > 0, else 0."""
    xp = dl.array_namespace(x)
    return xp.where(x > 0, xp.sqrt(x), 0 * x)


def doubly_guarded_root(x: Any) -> Any:
    """The same, with a root that is never asked for a negative number."""
    xp = dl.array_namespace(x)
    return xp.where(x > 0, xp.sqrt(xp.where(x > 0, x, 1 + 0 * x)), 0 * x)


def root(x: Any) -> Any:
    """√x."""
    return dl.array_namespace(x).sqrt(x)


def norm(x: Any) -> Any:
    """√(x²), the norm of a vector with one entry."""
    return dl.array_namespace(x).sqrt(x * x)


def root_of_fourth_power(x: Any) -> Any:
    """√(x⁴) = x²."""
    return dl.array_namespace(x).sqrt(x * x * x * x)


def relu(x: Any) -> Any:
    """The library's own rectifier; where(x > 0, x, 0) where it has none."""
    library = home(x)
    if library == "jax":
        return load("jax").jax.nn.relu(x)
    if library == "torch":
        return load("torch").torch.relu(x)
    return dl.array_namespace(x).where(x > 0, x, 0 * x)


def maximum_with_zero(x: Any) -> Any:
    """max(x, 0)."""
    return dl.array_namespace(x).maximum(x, 0 * x)


def identity_with_a_branch(x: Any) -> Any:
    """x, with a branch at 0 that gives the same value."""
    return 0 * x if x == 0 else x


# Iterations.


def newton(a: Any, steps: int = 4) -> Any:
    """√a by steps of Newton's iteration from 1."""
    y = 1.0
    for _ in range(steps):
        y = (y + a / y) / 2
    return y


def damped(a: Any, steps: int) -> Any:
    """√a by an iteration that gains half a digit a step."""
    y = 1.0
    for _ in range(steps):
        y = y - (y * y - a) / 4
    return y


def logistic(x: Any, n: int) -> Any:
    """lₙ(x) of the logistic map."""
    for _ in range(n - 1):
        x = 4 * x * (1 - x)
    return x


# Cancellation.


def one_minus_cosine(x: Any) -> Any:
    """(1 − cos x)/x²."""
    return (1 - dl.array_namespace(x).cos(x)) / (x * x)


def log_over_x(x: Any) -> Any:
    """log(1 + x)/x."""
    return dl.array_namespace(x).log(1 + x) / x


def log1p_over_x(x: Any) -> Any:
    """log1p(x)/x, which has all digits of the value."""
    return dl.array_namespace(x).log1p(x) / x


def series_of_log_over_x(x: Any) -> Any:
    """The same by its power series, as far as it matters for |x| < 1e-5."""
    return 1 - x / 2 + x * x / 3 - x * x * x / 4


# Perturbation confusion: a derivative inside a derivative, by the same method.


def nested_sum(x: Any, derivative: Derivative) -> Any:
    """x · d/dy (x + y) at y = 1."""
    return x * derivative(lambda y: x + y)(1.0)


def nested_product(x: Any, derivative: Derivative) -> Any:
    """x · d/dy (x y) at y = 1."""
    return x * derivative(lambda y: x * y)(1.0)


class UntaggedDual:
    """A dual number as in a first lesson, without a note of which differentiation its tangent belongs to."""

    def __init__(self, value: Any, tangent: Any = 0.0) -> None:
        self.value, self.tangent = value, tangent

    def __add__(self, other: Any) -> UntaggedDual:
        other = other if isinstance(other, UntaggedDual) else UntaggedDual(other)
        return UntaggedDual(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other: Any) -> UntaggedDual:
        other = other if isinstance(other, UntaggedDual) else UntaggedDual(other)
        return UntaggedDual(self.value * other.value, self.tangent * other.value + self.value * other.tangent)


def untagged_derivative(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """f′ by untagged dual numbers."""
    return lambda x: f(UntaggedDual(x, 1.0)).tangent


# Steps.


def sine(x: Any) -> Any:
    """sin x."""
    return dl.array_namespace(x).sin(x)


def noisy_sine(x: Any, noise: float = 1e-6) -> Any:
    """sin x read off an instrument: ± noise, which changes within any step."""
    xp = dl.array_namespace(x)
    return xp.sin(x) + noise * xp.round(xp.sin(1e16 * x * x))


# Lookup, rounding, integer parts.


def rounded(x: Any) -> Any:
    """sin x to three decimals."""
    xp = dl.array_namespace(x)
    return xp.round(1000 * xp.sin(x)) / 1000


TABLE = [math.sin(k / 8) for k in range(16)]


def looked_up(x: Any) -> Any:
    """sin x from a table with spacing 1/8."""
    return TABLE[int(8 * x)] + 0 * x


def whole_hundredths(x: Any) -> Any:
    """x cut to two decimals by its integer part."""
    return dl.array_namespace(x).floor(100 * x) / 100
