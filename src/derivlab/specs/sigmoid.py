"""Sigmoid neurons: one at a worked point, and one trained by squared error."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.specs.registry import Spec, register

_COURSE = "Stanford CS231n, Backpropagation, Intuitions (sigmoid neuron example)"


@register("sigmoid-neuron")
def sigmoid_neuron() -> Spec:
    """σ(w₀x₀ + w₁x₁ + w₂) at w = (2, −3, −3), x = (−1, −2)."""

    def neuron(w: Any, x: Any) -> Any:
        xp = array_namespace(w, x)
        return 1 / (1 + xp.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))

    def by_hand(w: Any, x: Any) -> tuple[Any, Any]:
        f = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
        slope = f * (1 - f)
        return f, (slope * np.stack([x[0], x[1], np.ones_like(x[0])]), slope * w[:2])

    return Spec(
        neuron,
        (np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0])),
        argnums=(0, 1),
        value_and_gradient=by_hand,
        latex=r"f(w, x) = \sigma(w_0 x_0 + w_1 x_1 + w_2)",
        source=_COURSE,
    )


@register("sigmoid-neuron-loss")
def sigmoid_neuron_loss(n: int = 20, d: int = 3, seed: int = 0) -> Spec:
    """The squared error Σ (y − σ(w·x))² of a sigmoid neuron on n points of d features."""

    def loss(w: Any, x: Any, y: Any) -> Any:
        xp = array_namespace(w)
        return xp.sum((y - 1 / (1 + xp.exp(-(x @ w)))) ** 2)

    def by_hand(w: Any, x: Any, y: Any) -> tuple[Any, Any]:
        s = 1 / (1 + np.exp(-(x @ w)))
        delta = y - s
        return np.sum(delta**2), -2 * (delta * s * (1 - s)) @ x

    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    y = (x @ rng.standard_normal(d) > 0).astype(float)
    return Spec(
        loss,
        (rng.standard_normal(d), x, y),
        value_and_gradient=by_hand,
        latex=r"L(w) = \sum_i (y_i - \sigma(w \cdot x_i))^2",
        source="textbook example (delta rule)",
    )
