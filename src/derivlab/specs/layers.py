"""Layers and the score functions made of them, each contracted with an upstream gradient to a number."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.special import sigmoid
from derivlab.specs.registry import Kink, Spec, register

_COURSE = "Stanford CS231n, Neural Networks"

PIXELS = np.array([56.0, 231.0, 24.0, 2.0])
"""An image of 2 × 2 pixels, as a vector."""


def scores(W: Any, b: Any, x: Any) -> Any:
    """W x + b: W of shape (classes, pixels), b (classes,), x (pixels,)."""
    return W @ x + b


@register("linear-score")
def linear_score() -> Spec:
    """s̄·(W x + b): the scores of three classes for an image of four pixels, pulled back along s̄.

    The scores are −96.8, 437.9 and 60.75. W̄ = s̄ xᵀ, b̄ = s̄, x̄ = Wᵀ s̄.
    """

    def contracted(W: Any, b: Any, x: Any, s_bar: Any) -> Any:
        return s_bar @ scores(W, b, x)

    def by_hand(W: Any, b: Any, x: Any, s_bar: Any) -> tuple[Any, Any]:
        return s_bar @ scores(W, b, x), (np.outer(s_bar, x), s_bar, W.T @ s_bar)

    W = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
    return Spec(
        contracted,
        (W, np.array([1.1, 3.2, -1.2]), PIXELS, np.array([-1.0, 0.25, 0.75])),
        argnums=(0, 1, 2),
        value_and_gradient=by_hand,
        latex=r"f(W, b, x) = \bar s \cdot (W x + b)",
        source="Stanford CS231n, Linear Classification: Interpreting a linear classifier",
    )


@register("fully-connected")
def fully_connected(n: int = 2, c_in: int = 3, c_out: int = 2, seed: int = 0) -> Spec:
    """Σ Ȳ ⊙ (X Wᵀ + b): a fully connected layer, pulled back along Ȳ.

    Shapes: X (n, c_in), W (c_out, c_in), b (c_out,), Ȳ (n, c_out). X̄ = Ȳ W, W̄ = Ȳᵀ X, b̄ = Σ Ȳ over the batch.
    """

    def layer(X: Any, W: Any, b: Any, Y_bar: Any) -> Any:
        return array_namespace(X, W, b).sum(Y_bar * (X @ W.T + b))

    def by_hand(X: Any, W: Any, b: Any, Y_bar: Any) -> tuple[Any, Any]:
        return np.sum(Y_bar * (X @ W.T + b)), (Y_bar @ W, Y_bar.T @ X, np.sum(Y_bar, axis=0))

    rng = np.random.default_rng(seed)
    shapes = (n, c_in), (c_out, c_in), (c_out,), (n, c_out)
    return Spec(
        layer,
        tuple(rng.standard_normal(shape) for shape in shapes),
        argnums=(0, 1, 2),
        value_and_gradient=by_hand,
        latex=r"f(X, W, b) = \sum \bar Y \odot (X W^T + b)",
        source=_COURSE,
    )


def _rectified(weights: Any, x: Any, s_bar: Any, on: Any) -> tuple[Any, Any]:
    """s̄·Wₖ max(0, ... max(0, W₁ x)) and its gradient, with slope ``on[k]`` (True or False) at a 0 of layer k."""
    layers, masks = [x], []
    for w, tied in zip(weights[:-1], on, strict=True):
        z = w @ layers[-1]
        masks.append((z > 0) | ((z == 0) & tied))
        layers.append(np.maximum(z, 0.0))
    gradients, bar = [np.outer(s_bar, layers[-1])], weights[-1].T @ s_bar
    for w, h, mask in zip(weights[-2::-1], layers[-2::-1], masks[::-1], strict=True):
        bar = bar * mask
        gradients.append(np.outer(bar, h))
        bar = w.T @ bar
    return s_bar @ weights[-1] @ layers[-1], (*gradients[::-1], bar)


def _network(weights: Any, tied: Any, latex: str) -> Spec:
    """A spec of two or more layers without biases; ``tied`` are weights that meet 0 once in each hidden layer."""

    def network(*args: Any) -> Any:
        *layers, last, x, s_bar = args
        xp = array_namespace(*args[:-1])
        for w in layers:
            x = xp.maximum(w @ x, 0.0)
        return s_bar @ (last @ x)

    def by_hand(*args: Any) -> tuple[Any, Any]:
        *layers, x, s_bar = args
        return _rectified(layers, x, s_bar, [False] * (depth - 1))

    depth, x, s_bar = len(weights), np.array([1.0, -0.5]), np.array([0.75, -1.0])
    sides = itertools.product([False, True], repeat=depth - 1)
    corners = [_rectified(tied, x, s_bar, on)[1] for on in sides]
    return Spec(
        network,
        (*weights, x, s_bar),
        argnums=tuple(range(depth + 1)),
        value_and_gradient=by_hand,
        domain="no hidden unit receives 0",
        kinks=[Kink((*tied, x, s_bar), corners)],
        latex=latex,
        source=_COURSE + ", part 2",
    )


@register("two-layer-scores")
def two_layer_scores(seed: int = 0) -> Spec:
    """s̄·W₂ max(0, W₁ x): two rectified layers; a hidden unit that receives 0 accepts either side and mixtures."""
    rng = np.random.default_rng(seed)
    first = np.array([[1.0, 2.0], [0.5, -1.0], [-1.0, 0.25]])
    return _network(
        (rng.standard_normal((3, 2)), rng.standard_normal((2, 3))),
        (first, np.array([[1.0, -0.5, 2.0], [0.25, 1.0, -1.0]])),
        r"f = \bar s \cdot W_2 \max(0, W_1 x)",
    )


@register("three-layer-scores")
def three_layer_scores(seed: int = 0) -> Spec:
    """s̄·W₃ max(0, W₂ max(0, W₁ x)): three rectified layers, with kinks as those of two."""
    rng = np.random.default_rng(seed)
    first, second = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[1.0, 0.0], [-0.5, 1.0]])
    return _network(
        tuple(rng.standard_normal((3, 2, 2))),
        (first, second, np.array([[1.0, -0.5], [0.25, 1.0]])),
        r"f = \bar s \cdot W_3 \max(0, W_2 \max(0, W_1 x))",
    )


@register("sigmoid-net")
def sigmoid_net(seed: int = 0) -> Spec:
    """The 3–4–4–1 network W₃ σ(W₂ σ(W₁ x + b₁) + b₂) + b₃."""

    def network(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, x: Any) -> Any:
        h1 = sigmoid(W1 @ x + b1)
        h2 = sigmoid(W2 @ h1 + b2)
        return W3 @ h2 + b3

    def by_hand(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, x: Any) -> tuple[Any, Any]:
        z1 = W1 @ x + b1
        h1 = 1 / (1 + np.exp(-z1))
        z2 = W2 @ h1 + b2
        h2 = 1 / (1 + np.exp(-z2))
        z2_bar = W3 * h2 / (1 + np.exp(z2))
        z1_bar = W2.T @ z2_bar * h1 / (1 + np.exp(z1))
        return W3 @ h2 + b3, (np.outer(z1_bar, x), z1_bar, np.outer(z2_bar, h1), z2_bar, h2, 1.0, W1.T @ z1_bar)

    rng = np.random.default_rng(seed)
    shapes: Any = (4, 3), (4,), (4, 4), (4,), (4,), (), (3,)
    return Spec(
        network,
        tuple(rng.standard_normal(shape) for shape in shapes),
        argnums=tuple(range(7)),
        value_and_gradient=by_hand,
        latex=r"f = W_3\,\sigma(W_2\,\sigma(W_1 x + b_1) + b_2) + b_3",
        source=_COURSE + ", part 1: a three-layer network",
    )
