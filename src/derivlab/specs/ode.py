"""The end of an ordinary differential equation, integrated by Taylor steps of fixed length."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.namespace import array_namespace
from derivlab.specs.registry import Spec, register

END = 2.0
"""The time up to which is integrated, from 0."""


def _shifted(xp: Any, y: Any, first: Any) -> Any:
    """(first, y₀, y₁, ..., yₙ₋₂)."""
    return xp.concat([first, y[:-1]])


def end(x: Any, steps: int, order: int) -> Any:
    """y(2) for y₀′ = x₀, yᵢ′ = xᵢ yᵢ₋₁ and y(0) = 0, of shape (n,), by Taylor steps of some order.

    The right side is linear in y, so that each further derivative in time is the same product without its constant.
    """
    xp = array_namespace(x)
    one, zero, h = xp.ones_like(x[:1]), xp.zeros_like(x[:1]), END / steps
    y = xp.zeros_like(x)
    for _ in range(steps):
        slope = x * _shifted(xp, y, one)
        for k in range(1, order + 1):
            y = y + h**k / math.factorial(k) * slope
            if k < order:
                slope = x * _shifted(xp, slope, zero)
    return y


def _by_hand(x: Any, steps: int, order: int) -> tuple[Any, Any]:
    """The last entry of the end and its gradient: the steps forward with all slopes kept, then backward."""
    weights = [(END / steps) ** k / math.factorial(k) for k in range(1, order + 1)]
    y, kept = np.zeros_like(x), list[Any]()
    for _ in range(steps):
        factors, factor = list[Any](), np.append(1.0, y[:-1])
        for weight in weights:
            factors.append(factor)
            y = y + weight * x * factor
            factor = np.append(0.0, (x * factor)[:-1])
        kept.append(factors)
    x_bar, y_bar = np.zeros_like(x), np.eye(len(x))[-1]
    for factors in kept[::-1]:
        later = np.zeros_like(x)  # the cotangent of the factor after, moved back to its place
        for weight, factor in zip(weights[::-1], factors[::-1], strict=True):
            slope_bar = weight * y_bar + later
            x_bar = x_bar + slope_bar * factor
            later = np.append((x * slope_bar)[1:], 0.0)
        y_bar = y_bar + later
    return y[-1], x_bar


@register("ode")
def ode(n: int = 3, steps: int = 2, order: int = 4, seed: int = 0) -> Spec:
    """yₙ₋₁ at time 2 of y₀′ = x₀, yᵢ′ = xᵢ yᵢ₋₁ from y = 0, by Taylor steps; exact where order × steps allow.

    The solution is y_{n−1}(t) = x₀ x₁ ⋯ xₙ₋₁ tⁿ/n!. One step of order n gives it, and a step of order 4 is that of
    the classical method of Runge and Kutta, which the benchmark takes: both are the same polynomial of a linear
    right side.
    """
    for name, number in {"n": n, "steps": steps, "order": order}.items():
        if number < 1:
            raise ArgumentError(f"{name} must be a positive integer, and is {number!r}")
    return Spec(
        lambda x: end(x, steps, order)[-1],
        (np.random.default_rng(seed).uniform(0.5, 1.5, n),),
        value_and_gradient=lambda x: _by_hand(x, steps, order),
        latex=r"y_0' = x_0,\quad y_i' = x_i\,y_{i-1},\quad y(0) = 0,\quad f(x) = y_{n-1}(2)",
        source="Bell, cmpad: comparison of algorithmic differentiation packages, an_ode; GradBench, ode",
    )
