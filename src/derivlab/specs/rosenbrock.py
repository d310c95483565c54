"""Rosenbrock's valley in n variables, with its gradient and its Hessian-vector product by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.specs.registry import Spec, register


def valley(x: Any) -> Any:
    """Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)² over i = 1, ..., n − 1."""
    xp = array_namespace(x)
    head, tail = x[:-1], x[1:]
    return xp.sum(100 * (tail - head**2) ** 2 + (1 - head) ** 2)


def value_and_gradient(x: Any) -> tuple[Any, Any]:
    """The valley and its gradient by hand."""
    head = x[:-1]
    away = x[1:] - head * head
    rest = 1 - head
    value = 100 * away.dot(away) + rest.dot(rest)
    gradient = np.empty_like(x)
    gradient[-1] = 0
    gradient[:-1] = -400 * head * away - 2 * rest
    gradient[1:] += 200 * away
    return value, gradient


def hessian_vector_product(x: Any, v: Any) -> Any:
    """H v for the tridiagonal Hessian H of the valley at x, by hand, in a few passes over n numbers."""
    head, v_head = x[:-1], v[:-1]
    away = x[1:] - head * head
    away_dot = v[1:] - 2 * head * v_head
    product = np.empty_like(x)
    product[-1] = 0
    product[:-1] = 2 * v_head - 400 * (v_head * away + head * away_dot)
    product[1:] += 200 * away_dot
    return product


@register("rosenbrock")
def rosenbrock(n: int = 10, seed: int = 0) -> Spec:
    """Rosenbrock's valley in n variables, at a point drawn uniformly from (−2, 2)ⁿ."""
    return Spec(
        valley,
        (np.random.default_rng(seed).uniform(-2, 2, n),),
        value_and_gradient=value_and_gradient,
        latex=r"f(x) = \sum_{i=1}^{n-1} 100\,(x_{i+1} - x_i^2)^2 + (1 - x_i)^2",
        source="Rosenbrock, An Automatic Method for Finding the Greatest or Least Value of a Function, "
        "The Computer Journal 3(3), 1960",
    )
