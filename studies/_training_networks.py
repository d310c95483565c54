"""The networks that are trained: the specs of the 20-line network, and a classifier of handwritten digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import derivlab as dl
from _digits import Digits
from derivlab.specs.registry import Spec

PIXELS, HIDDEN, CLASSES = 64, 32, 10
SEED = 0


def classifier(digits: Digits, seed: int = SEED) -> Spec:
    """The mean cross-entropy of softmax(max(0, x W₁ + b₁) W₂ + b₂), by its weights, on the training images."""
    weights = first_weights(np.random.default_rng(seed))
    return Spec(
        cross_entropy,
        (*weights, digits.images, digits.targets),
        argnums=(0, 1, 2, 3),
        value_and_gradient=cross_entropy_by_hand,
        domain="no hidden unit's input is 0",
        latex=r"L = -\frac1n \sum_i \log \mathrm{softmax}(\max(0, x_i W_1 + b_1) W_2 + b_2)_{y_i}",
        source="Stanford CS231n, Neural Networks case study",
        name="classifier",
    )


def first_weights(rng: np.random.Generator) -> tuple[Any, ...]:
    """Normal weights of variance 2 / (number of inputs), and biases of 0.

    Reference: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", ICCV 2015.
    """
    w1 = rng.standard_normal((PIXELS, HIDDEN)) * np.sqrt(2 / PIXELS)
    w2 = rng.standard_normal((HIDDEN, CLASSES)) * np.sqrt(2 / HIDDEN)
    return w1, np.zeros(HIDDEN), w2, np.zeros(CLASSES)


def cross_entropy(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any) -> Any:
    """The loss, for images x and targets y as rows."""
    xp = dl.array_namespace(w1)
    h = xp.maximum(x @ w1 + b1, 0.0)
    scores = h @ w2 + b2
    return xp.mean(dl.special.logsumexp(scores, axis=1) - xp.sum(y * scores, axis=1))


def cross_entropy_by_hand(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any) -> tuple[Any, tuple[Any, ...]]:
    """The loss and its gradient as course material writes them."""
    h = np.maximum(x @ w1 + b1, 0.0)
    scores = h @ w2 + b2
    shifted = scores - scores.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) - np.sum(y * shifted, axis=1))
    grad_scores = (np.exp(shifted) / total - y) / len(x)
    grad_z = (grad_scores @ w2.T) * (h > 0)
    return loss, (x.T @ grad_z, grad_z.sum(axis=0), h.T @ grad_scores, grad_scores.sum(axis=0))


def accuracy(weights: tuple[Any, ...], images: Any, digits: Any) -> float:
    """The share of images whose largest score is that of their digit."""
    w1, b1, w2, b2 = weights
    scores = np.maximum(images @ w1 + b1, 0.0) @ w2 + b2
    return float(np.mean(scores.argmax(axis=1) == digits))


def minibatches(data: tuple[Any, ...], size: int, passes: int, seed: int = SEED) -> Iterator[tuple[Any, ...]]:
    """Batches of rows in a new random order for each pass; rows that fill no batch sit out the pass."""
    rng = np.random.default_rng(seed)
    rows = len(data[0])
    for _ in range(passes):
        if size == rows:
            yield data
            continue
        order = rng.permutation(rows)
        for start in range(0, rows - size + 1, size):
            chosen = order[start : start + size]
            yield tuple(part[chosen] for part in data)
