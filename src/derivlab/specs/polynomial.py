"""Polynomial regression of the speed of runners on their age."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.namespace import array_namespace
from derivlab.specs.registry import Spec, register

AGES = np.array([10.0, 15.0, 20.0, 25.0, 29.0, 40.0, 50.0, 60.0])
"""Of eight runners, in years."""
SPEEDS = np.array([6.0, 9.0, 11.0, 12.0, 13.0, 11.0, 10.0, 9.0])
"""Theirs, in miles per hour."""


def scaled(ages: Any) -> Any:
    """Ages as numbers t from −1 (10 years) to 1 (60 years), so that powers of them are of like size."""
    return (ages - 35) / 25


def predictions(w: Any, ages: Any) -> Any:
    """The speeds Σ wₖ tᵏ at t = scaled(ages), by Horner's scheme."""
    t, speeds = scaled(ages), w[-1]
    for k in range(w.shape[0] - 2, -1, -1):
        speeds = speeds * t + w[k]
    return speeds


@register("polynomial-regression")
def polynomial_regression(degree: int = 3, l2: float = 0.0, seed: int = 0) -> Spec:
    """The squared error of a polynomial of degree 1 to 7 through eight runners, plus λ times Σ wₖ² over k ≥ 1.

    The argument is w of shape (degree + 1,), the coefficients from that of degree 0 on; λ is ``l2``. Seven is the
    degree at which the curve passes through all points.
    """
    if not 1 <= degree < len(AGES):
        raise ArgumentError(f"degree must be from 1 to {len(AGES) - 1}, and is {degree!r}")

    def loss(w: Any, ages: Any, speeds: Any) -> Any:
        xp = array_namespace(w)
        return xp.sum((predictions(w, ages) - speeds) ** 2) + l2 * xp.sum(w[1:] ** 2)

    def by_hand(w: Any, ages: Any, speeds: Any) -> tuple[Any, Any]:
        powers = np.vander(scaled(ages), len(w), increasing=True)
        error, free = powers @ w - speeds, np.arange(len(w)) > 0
        return error @ error + l2 * w[1:] @ w[1:], 2 * error @ powers + 2 * l2 * w * free

    return Spec(
        loss,
        (np.random.default_rng(seed).standard_normal(degree + 1), AGES, SPEEDS),
        value_and_gradient=by_hand,
        latex=r"L(w) = \sum_i \left(\sum_k w_k t_i^k - y_i\right)^2 + \lambda \sum_{k \geq 1} w_k^2",
        source="course material: speed and age of eight runners",
    )
