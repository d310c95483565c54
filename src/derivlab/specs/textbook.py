"""Small functions that textbooks differentiate by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.specs.registry import Kink, Spec, register


@register("wengert-example")
def wengert_example(x1: float = 2.0, x2: float = 5.0) -> Spec:
    """ln x₁ + x₁x₂ − sin x₂, the example of the forward and reverse trace tables."""

    def example(x1: Any, x2: Any) -> Any:
        xp = array_namespace(x1, x2)
        return xp.log(x1) + x1 * x2 - xp.sin(x2)

    def by_hand(x1: Any, x2: Any) -> tuple[Any, Any]:
        return math.log(x1) + x1 * x2 - math.sin(x2), (1 / x1 + x2, x1 - math.cos(x2))

    return Spec(
        example,
        (x1, x2),
        argnums=(0, 1),
        value_and_gradient=by_hand,
        domain="x₁ > 0",
        latex=r"y = \ln x_1 + x_1 x_2 - \sin x_2",
        source="Baydin, Pearlmutter, Radul, Siskind, Automatic Differentiation in Machine Learning: a Survey, "
        "JMLR 18(153), 2018, Tables 2 and 3",
    )


@register("relu-vector")
def relu_vector() -> Spec:
    """Σ z̄ max(0, x): the pullback of a rectifier applied to the upstream gradient z̄."""

    def rectified(x: Any, z_bar: Any) -> Any:
        xp = array_namespace(x)
        return xp.sum(z_bar * xp.maximum(x, 0.0))

    def by_hand(x: Any, z_bar: Any) -> tuple[Any, Any]:
        x_bar = np.where(x > 0, z_bar, 0.0)
        return np.sum(x_bar * x), x_bar

    z_bar = np.array([4.0, -1.0, 5.0, 9.0])
    corners = [np.array([first, 0.0, 5.0, last]) for first in (0.0, 4.0) for last in (0.0, 9.0)]
    return Spec(
        rectified,
        (np.array([1.0, -2.0, 3.0, -1.0]), z_bar),
        value_and_gradient=by_hand,
        domain="no entry of x is 0",
        kinks=[Kink((np.array([0.0, -2.0, 3.0, 0.0]), z_bar), corners)],
        latex=r"f(x) = \sum_i \bar z_i \max(0, x_i)",
        source="Stanford CS231n, Backpropagation (ReLU layer example)",
    )


@register("quadratic-bowl")
def quadratic_bowl(a: float = 2.0, b: float = 3.0, c: float = 0.5) -> Spec:
    """a w₁² + b w₂² + c w₁w₂, whose downhill arrows are drawn on its contours."""

    def bowl(w: Any) -> Any:
        return a * w[0] ** 2 + b * w[1] ** 2 + c * w[0] * w[1]

    def by_hand(w: Any) -> tuple[Any, Any]:
        w1, w2 = w
        return a * w1**2 + b * w2**2 + c * w1 * w2, np.stack([2 * a * w1 + c * w2, 2 * b * w2 + c * w1])

    return Spec(
        bowl,
        (np.array([4.0, -2.0]),),
        value_and_gradient=by_hand,
        latex=r"f(w) = a\,w_1^2 + b\,w_2^2 + c\,w_1 w_2",
        source="Stanford CS231n, Optimization",
    )


@register("least-squares")
def least_squares(n: int = 20, d: int = 3, seed: int = 0) -> Spec:
    """The squared error Σ (y − w·x)² of a linear model on n points of d features."""

    def loss(w: Any, x: Any, y: Any) -> Any:
        xp = array_namespace(w)
        return xp.sum((y - x @ w) ** 2)

    def by_hand(w: Any, x: Any, y: Any) -> tuple[Any, Any]:
        delta = y - x @ w
        return delta @ delta, -2 * (delta @ x)

    rng = np.random.default_rng(seed)
    return Spec(
        loss,
        (rng.standard_normal(d), rng.standard_normal((n, d)), rng.standard_normal(n)),
        value_and_gradient=by_hand,
        latex=r"L(w) = \sum_i (y_i - w \cdot x_i)^2",
        source="textbook example",
    )


@register("speelpenning")
def speelpenning(n: int = 10, seed: int = 0) -> Spec:
    """Speelpenning's product x₁ x₂ ⋯ xₙ, whose gradient by formula is n products and by reverse mode one sweep."""

    def product(x: Any) -> Any:
        return array_namespace(x).prod(x)

    def by_hand(x: Any) -> tuple[Any, Any]:
        before, after = np.cumprod(x), np.cumprod(x[::-1])[::-1]
        gradient = np.ones_like(x)
        gradient[1:] = before[:-1]
        gradient[:-1] *= after[1:]
        return before[-1], gradient

    return Spec(
        product,
        (np.random.default_rng(seed).uniform(0.5, 1.5, n),),
        value_and_gradient=by_hand,
        latex=r"f(x) = \prod_{i=1}^n x_i",
        source="Speelpenning, Compiling Fast Partial Derivatives of Functions Given by Algorithms, 1980",
    )


@register("x-log-half-x")
def x_log_half_x(n: int = 10, seed: int = 0) -> Spec:
    """xᵀ log(x/2), whose gradient is log(x/2) + 1 and whose Hessian is diagonal, 1/x."""

    def by_hand(x: Any) -> tuple[Any, Any]:
        logs = np.log(x / 2)
        return x @ logs, logs + 1

    return Spec(
        lambda x: x @ array_namespace(x).log(x / 2),
        (np.random.default_rng(seed).uniform(0.5, 1.5, n),),
        value_and_gradient=by_hand,
        domain="x > 0",
        latex=r"f(x) = x^T \log \frac{x}{2}",
        source="Baydin, Pearlmutter, Siskind, DiffSharp: benchmarks, diffsharp.github.io",
    )
