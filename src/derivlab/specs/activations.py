"""Activations of neural networks, each alone, in forms that keep their digits in the tails."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.special import sigmoid as logistic
from derivlab.specs.registry import Kink, Spec, register

_COURSE = "Stanford CS231n, Neural Networks, part 1: commonly used activation functions"


@register("sigmoid")
def sigmoid(x: float = 0.5, naive: bool = False) -> Spec:
    """The logistic function σ(x) = 1/(1 + e⁻ˣ); naive writes it so, and its slope by hand as σ (1 − σ).

    In floating point σ is 1 from x = 37 on, and σ (1 − σ) is 0 there; the slope e^−|x|/(1 + e^−|x|)² keeps its digits.
    """

    def as_written(x: Any) -> Any:
        return 1 / (1 + array_namespace(x).exp(-x))

    def by_hand(x: Any) -> tuple[Any, Any]:
        small = math.exp(-abs(x))
        return (1.0 if x > 0 else small) / (1 + small), small / (1 + small) ** 2

    def from_value(x: Any) -> tuple[Any, Any]:
        s = 1 / (1 + math.exp(-x))
        return s, s * (1 - s)

    return Spec(
        as_written if naive else logistic,
        (x,),
        "derivative",
        value_and_gradient=from_value if naive else by_hand,
        latex=r"\sigma(x) = \frac{1}{1 + e^{-x}},\quad \sigma'(x) = \sigma(x)\,\sigma(-x)",
        source=_COURSE,
    )


@register("tanh")
def tanh(x: float = 0.5) -> Spec:
    """The hyperbolic tangent, whose slope is 1/cosh² x."""

    def by_hand(x: Any) -> tuple[Any, Any]:
        small = math.exp(-2 * abs(x))
        return math.tanh(x), 4 * small / (1 + small) ** 2

    return Spec(
        lambda x: array_namespace(x).tanh(x),
        (x,),
        "derivative",
        value_and_gradient=by_hand,
        latex=r"f(x) = \tanh x,\quad f'(x) = \frac{1}{\cosh^2 x}",
        source=_COURSE,
    )


@register("leaky-relu")
def leaky_relu(x: float = -0.5, slope: float = 0.1) -> Spec:
    """max(a x, x) with a slope 0 ≤ a < 1 on the left, whose kink at 0 accepts every slope from a to 1."""
    return Spec(
        lambda x: array_namespace(x).maximum(slope * x, x),
        (x,),
        "derivative",
        value_and_gradient=lambda x: (max(slope * x, x), 1.0 if x > 0 else slope),
        domain="x ≠ 0",
        kinks=[Kink((0.0,), [slope, 1.0])],
        latex=rf"f(x) = \max({slope}\,x, x)",
        source="Maas, Hannun, Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models, ICML 2013",
    )


@register("elu")
def elu(x: float = -0.5, alpha: float = 1.0) -> Spec:
    """x for x ≥ 0, α (eˣ − 1) below: smooth at 0 for α = 1, else with a kink there that accepts slopes from α to 1.

    The piece below sees no argument above 0, where eˣ overflows; and the pieces are chosen, not added as
    max(x, 0) + α (e^min(x, 0) − 1), whose two kinks at 0 cancel only for methods that answer ½ at both.
    """

    def unit(x: Any) -> Any:
        xp = array_namespace(x)
        return xp.where(x >= 0, x, alpha * xp.expm1(xp.minimum(x, 0.0)))

    return Spec(
        unit,
        (x,),
        "derivative",
        value_and_gradient=lambda x: (x, 1.0) if x >= 0 else (alpha * math.expm1(x), alpha * math.exp(x)),
        domain="all real inputs" if alpha == 1 else "x ≠ 0",
        kinks=[] if alpha == 1 else [Kink((0.0,), [alpha, 1.0])],
        latex=r"f(x) = x \text{ for } x \geq 0,\quad \alpha\,(e^x - 1) \text{ for } x < 0",
        source="Clevert, Unterthiner, Hochreiter, Fast and Accurate Deep Network Learning by Exponential Linear Units, "
        "ICLR 2016",
    )


@register("maxout")
def maxout() -> Spec:
    """max(w₁·x + b₁, w₂·x + b₂); where both pieces are equal, accepted are the mixtures of their gradients."""

    def unit(w1: Any, b1: Any, w2: Any, b2: Any, x: Any) -> Any:
        return array_namespace(w1, b1, w2, b2, x).maximum(w1 @ x + b1, w2 @ x + b2)

    def piece(first: bool, w1: Any, w2: Any, x: Any) -> tuple[Any, ...]:
        none = np.zeros_like(x), 0.0
        return (*(x, 1.0), *none, w1) if first else (*none, *(x, 1.0), w2)

    def by_hand(w1: Any, b1: Any, w2: Any, b2: Any, x: Any) -> tuple[Any, Any]:
        left, right = w1 @ x + b1, w2 @ x + b2
        return max(left, right), piece(left > right, w1, w2, x)

    w1, w2, x = np.array([1.0, -2.0]), np.array([0.5, 1.5]), np.array([2.0, -1.0])
    return Spec(
        unit,
        (w1, 0.25, w2, -0.5, x),
        argnums=(0, 1, 2, 3, 4),
        value_and_gradient=by_hand,
        domain="the pieces differ",
        kinks=[Kink((w1, -4.0, w2, 0.5, x), [piece(True, w1, w2, x), piece(False, w1, w2, x)])],
        latex=r"f = \max(w_1 \cdot x + b_1,\; w_2 \cdot x + b_2)",
        source="Goodfellow, Warde-Farley, Mirza, Courville, Bengio, Maxout Networks, ICML 2013",
    )
