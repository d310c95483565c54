"""The formulas of the slides, right and as they were published, each with the gradient that a person would derive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import derivlab as dl

IMAGE = np.array([56.0, 231.0, 24.0, 2.0])
WEIGHTS = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
BIAS = np.array([1.1, 3.2, -1.2])
SCORES = np.array([3.2, 5.1, -1.7])
"""Of a cat, a car and a frog, for the picture of a cat."""


def others(scores: Any, y: int) -> Any:
    """The scores of all classes but y."""
    return scores[np.arange(len(scores)) != y]


def linear_scores(b: Any) -> Any:
    """W x + b of the image with four pixels."""
    return dl.array_namespace(b).asarray(WEIGHTS @ IMAGE) + b


def scores_without_third_bias(b: Any) -> Any:
    """What was computed on the slide."""
    return dl.array_namespace(b).asarray(WEIGHTS @ IMAGE) + b * np.array([1.0, 1.0, 0.0])


def hinge(scores: Any, y: int = 0) -> Any:
    """Σ_{j≠y} max(0, sⱼ − s_y + 1)."""
    xp = dl.array_namespace(scores)
    return xp.sum(xp.maximum(others(scores, y) - scores[y] + 1, 0.0))


def hinge_of_weights(w: Any, sign: int = -1) -> Any:
    """Σ_{j≠y} max(0, Wⱼ·x − W_y·x + 1) for y = 0; on the slide the sign is +."""
    xp = dl.array_namespace(w)
    scores = w @ xp.asarray(IMAGE)
    return xp.sum(xp.maximum(others(scores, 0) + sign * scores[0] + 1, 0.0))


def hinge_gradient(w: Any, sign: int = -1) -> Any:
    """By hand: x in the rows with a positive margin, and in row y their number times x with the sign."""
    scores = w @ IMAGE
    active = (others(scores, 0) + sign * scores[0] + 1 > 0).astype(float)
    return np.outer(np.concatenate([[sign * active.sum()], active]), IMAGE)


def softmax_loss(scores: Any, y: int = 0) -> Any:
    """−log(e^{s_y} / Σⱼ e^{sⱼ})."""
    return dl.special.logsumexp(scores) - scores[y]


def softmax_gradient(scores: Any, y: int = 0) -> Any:
    """By hand: p − 1_y."""
    p = np.exp(scores) / np.sum(np.exp(scores))
    return p - np.eye(len(scores))[y]


def softmax_loss_without_own(scores: Any, y: int = 0) -> Any:
    """−log(e^{s_y} / Σ_{j≠y} e^{sⱼ}), as it stood on the slide."""
    return dl.special.logsumexp(others(scores, y)) - scores[y]


def softmax_gradient_without_own(scores: Any, y: int = 0) -> Any:
    """By hand from that formula: −1 for class y, and for the others their shares among themselves."""
    powers = np.where(np.arange(len(scores)) == y, 0.0, np.exp(scores))
    return powers / np.sum(powers) - np.eye(len(scores))[y]


@dataclass(frozen=True)
class Mistake:
    """A published formula that is wrong.

    Attributes
    ----------
    name, what
        Short, and where it stood.
    published, right
        The formulas, in mathtext.
    function, wrong
        The right function and the published one, of the same argument.
    gradient, wrong_gradient
        Their derivatives by hand.
    at
        The argument.
    """

    name: str
    what: str
    published: str
    right: str
    function: Callable[[Any], Any]
    wrong: Callable[[Any], Any]
    gradient: Callable[[Any], Any]
    wrong_gradient: Callable[[Any], Any]
    at: Any


MISTAKES = (
    Mistake(
        "bias",
        "the third score of the image with four pixels",
        r"$s_3 = W_3 \cdot x = 61.95$",
        r"$s_3 = W_3 \cdot x + b_3 = 60.75$",
        linear_scores,
        scores_without_third_bias,
        lambda b: np.eye(3),
        lambda b: np.diag([1.0, 1.0, 0.0]),
        BIAS,
    ),
    Mistake(
        "hinge",
        "the hinge loss written out in the weights",
        r"$\sum_{j \neq y} \max(0,\ W_j \cdot x + W_y \cdot x + 1)$",
        r"$\sum_{j \neq y} \max(0,\ W_j \cdot x - W_y \cdot x + 1)$",
        hinge_of_weights,
        lambda w: hinge_of_weights(w, 1),
        hinge_gradient,
        lambda w: hinge_gradient(w, 1),
        WEIGHTS,
    ),
    Mistake(
        "softmax",
        "the softmax loss",
        r"$-\log\,(e^{s_y} / \sum_{j \neq y} e^{s_j})$",
        r"$-\log\,(e^{s_y} / \sum_j e^{s_j})$",
        softmax_loss,
        softmax_loss_without_own,
        softmax_gradient,
        softmax_gradient_without_own,
        SCORES,
    ),
)
