"""Losses and regularisers, each alone, and composed to the objective of a linear classifier."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.namespace import array_namespace
from derivlab.special import logsumexp
from derivlab.specs.registry import Kink, Spec, register

_COURSE = "Stanford CS231n, Linear Classification"

SCORES = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
"""Scores of three images for three classes; image i is of class i."""

# Losses of each example: scores s of shape (n, classes), right classes y of shape (n,).


def _is_right(s: Any, y: Any) -> Any:
    xp = array_namespace(s)
    return xp.arange(s.shape[1])[None, :] == xp.asarray(y)[:, None]


def _right(s: Any, y: Any) -> Any:
    """The score of the right class, of shape (n,)."""
    xp = array_namespace(s)
    return xp.sum(xp.where(_is_right(s, y), s, 0.0), axis=1)


def softmax_losses(s: Any, y: Any) -> Any:
    """−log(e^s_y / Σⱼ e^sⱼ), as log Σⱼ e^sⱼ − s_y, of which no exponential overflows."""
    return logsumexp(s, axis=1) - _right(s, y)


def softmax_losses_as_written(s: Any, y: Any) -> Any:
    """−log(e^s_y / Σⱼ e^sⱼ), which is NaN once a score passes 709."""
    xp = array_namespace(s)
    e = xp.exp(s)
    return -xp.log(_right(e, y) / xp.sum(e, axis=1))


def hinge_losses(s: Any, y: Any) -> Any:
    """Σ_{j≠y} max(0, sⱼ − s_y + 1)."""
    xp = array_namespace(s)
    margins = s - _right(s, y)[:, None] + 1
    return xp.sum(xp.where(_is_right(s, y), 0.0, xp.maximum(margins, 0.0)), axis=1)


def _softmax_by_hand(s: Any, y: Any, tied: Any = False) -> tuple[Any, Any]:
    """The losses and their gradients by the scores, which have no ties."""
    return _as_written_by_hand(s - np.max(s, axis=1, keepdims=True), y)


def _as_written_by_hand(s: Any, y: Any, tied: Any = False) -> tuple[Any, Any]:
    """The same without a shift of the scores, which overflows."""
    e, right = np.exp(s), _is_right(s, y)
    p = e / np.sum(e, axis=1, keepdims=True)
    return -np.log(p[right]), p - right


def _hinge_by_hand(s: Any, y: Any, tied: Any = False) -> tuple[Any, Any]:
    """The same of the hinge, where margins of 0 have slope 1 if ``tied``."""
    right = _is_right(s, y)
    margins = np.where(right, 0.0, s - s[right][:, None] + 1)
    on = ((margins > 0) | ((margins == 0) & tied)) & ~right
    return np.sum(margins * on, axis=1), on - right * np.sum(on, axis=1, keepdims=True)


def _mean(losses: Callable[..., Any]) -> Callable[..., Any]:
    return lambda s, y: array_namespace(s).mean(losses(s, y))


def _mean_by_hand(losses: Callable[..., Any], s: Any, y: Any, tied: Any = False) -> tuple[Any, Any]:
    values, slopes = losses(s, y, tied)
    return np.mean(values), slopes / len(s)


@register("softmax-cross-entropy")
def softmax_cross_entropy(naive: bool = False) -> Spec:
    """The mean of −log(e^s_y / Σⱼ e^sⱼ) over three images; naive computes it as written, which overflows."""
    by_hand = _as_written_by_hand if naive else _softmax_by_hand
    return Spec(
        _mean(softmax_losses_as_written if naive else softmax_losses),
        (SCORES, np.arange(3)),
        value_and_gradient=lambda s, y: _mean_by_hand(by_hand, s, y),
        latex=r"L = \frac{1}{n} \sum_i -\log \frac{e^{s_{i, y_i}}}{\sum_j e^{s_{ij}}}",
        source=_COURSE + ": softmax classifier",
    )


@register("multiclass-hinge")
def multiclass_hinge() -> Spec:
    """The mean of Σ_{j≠y} max(0, sⱼ − s_y + 1) over three images; a margin of 0 accepts slopes from 0 to 1."""
    tied = np.array([[2.0, 1.0, 0.5], [0.0, 3.0, 2.0], [0.5, 0.0, 0.25]])
    y = np.arange(3)
    sides = [np.array([[first], [second], [False]]) for first in (False, True) for second in (False, True)]
    corners = [_mean_by_hand(_hinge_by_hand, tied, y, side)[1] for side in sides]
    return Spec(
        _mean(hinge_losses),
        (SCORES, y),
        value_and_gradient=lambda s, y: _mean_by_hand(_hinge_by_hand, s, y),
        domain="no margin is 0",
        kinks=[Kink((tied, y), corners)],
        latex=r"L = \frac{1}{n} \sum_i \sum_{j \ne y_i} \max(0, s_{ij} - s_{i, y_i} + 1)",
        source="Weston, Watkins, Support Vector Machines for Multi-Class Pattern Recognition, ESANN 1999",
    )


@register("squared-error")
def squared_error(n: int = 3, c: int = 2, seed: int = 0) -> Spec:
    """Σ (ŷ − y)² over n predictions of c numbers."""
    rng = np.random.default_rng(seed)
    return Spec(
        lambda y_pred, y: array_namespace(y_pred).sum((y_pred - y) ** 2),
        (rng.standard_normal((n, c)), rng.standard_normal((n, c))),
        value_and_gradient=lambda y_pred, y: (np.sum((y_pred - y) ** 2), 2 * (y_pred - y)),
        latex=r"L = \sum_i (\hat y_i - y_i)^2",
        source=_COURSE,
    )


# Regularisers of weights W of any shape.


def _l2(W: Any) -> Any:
    return array_namespace(W).sum(W**2)


def _l1(W: Any) -> Any:
    xp = array_namespace(W)
    return xp.sum(xp.abs(W))


def _signs(W: Any) -> list[Any]:
    """The signs of W with either sign at its zeros."""
    zeros = np.argwhere(W == 0)
    corners: list[Any] = []
    for sides in itertools.product([-1.0, 1.0], repeat=len(zeros)):
        corners.append(np.sign(W))
        corners[-1][tuple(zeros.T)] = sides
    return corners


def _penalty(kind: str, beta: float) -> tuple[Callable[[Any], Any], Callable[[Any, Any], Any], str]:
    """A regulariser, its gradient by W and the signs of W, and its formula."""
    if kind == "l2":
        return _l2, lambda W, signs: 2 * W, r"\sum W^2"
    if kind == "l1":
        return _l1, lambda W, signs: signs, r"\sum |W|"
    if kind == "elastic-net":
        return lambda W: beta * _l2(W) + _l1(W), lambda W, signs: 2 * beta * W + signs, r"\sum \beta W^2 + |W|"
    raise ArgumentError(f"regulariser must be one of l2, l1, elastic-net, and is {kind!r}")


_WITH_ZEROS = np.array([[1.5, 0.0], [-2.0, 0.5], [0.0, 0.25]])


def _regulariser(kind: str, beta: float, source: str) -> Spec:
    function, slope, latex = _penalty(kind, beta)
    kink = Kink((_WITH_ZEROS,), [slope(_WITH_ZEROS, signs) for signs in _signs(_WITH_ZEROS)])
    return Spec(
        function,
        (np.random.default_rng(0).standard_normal((3, 2)),),
        value_and_gradient=lambda W: (function(W), slope(W, np.sign(W))),
        domain="all real W" if kind == "l2" else "no entry of W is 0",
        kinks=[] if kind == "l2" else [kink],
        latex=f"R(W) = {latex}",
        source=source,
    )


@register("l2-regulariser")
def l2_regulariser() -> Spec:
    """Σ W²."""
    return _regulariser("l2", 0.0, "Hoerl, Kennard, Ridge Regression, Technometrics 12(1), 1970")


@register("l1-regulariser")
def l1_regulariser() -> Spec:
    """Σ |W|; an entry 0 accepts slopes from −1 to 1."""
    return _regulariser("l1", 0.0, "Tibshirani, Regression Shrinkage and Selection via the Lasso, JRSS B 58(1), 1996")


@register("elastic-net")
def elastic_net(beta: float = 0.5) -> Spec:
    """Σ β W² + |W|; an entry 0 accepts slopes from −1 to 1."""
    source = "Zou, Hastie, Regularization and Variable Selection via the Elastic Net, JRSS B 67(2), 2005"
    return _regulariser("elastic-net", beta, source)


# The objective.

_LOSSES: dict[str, tuple[Callable[..., Any], Callable[..., Any], str]] = {
    "softmax": (softmax_losses, _softmax_by_hand, r"-\log \frac{e^{s_{i, y_i}}}{\sum_j e^{s_{ij}}}"),
    "svm": (hinge_losses, _hinge_by_hand, r"\sum_{j \ne y_i} \max(0, s_{ij} - s_{i, y_i} + 1)"),
}
_DOMAINS = {
    (False, False): "all real inputs",
    (True, False): "no margin is 0",
    (False, True): "no entry of W is 0",
    (True, True): "no margin and no entry of W is 0",
}


@register("classifier-loss")
def classifier_loss(
    loss: str = "softmax", regulariser: str = "l2", strength: float = 0.1, beta: float = 0.5, seed: int = 0
) -> Spec:
    """The mean loss (softmax or svm) of the scores X Wᵀ + b, plus λ R(W) with R l2, l1 or elastic-net.

    Shapes: W (classes, features), b (classes,), X (n, features), y (n,) of classes. λ is ``strength``.
    """
    if loss not in _LOSSES:
        raise ArgumentError(f"loss must be one of {', '.join(_LOSSES)}, and is {loss!r}")
    losses, losses_by_hand, formula = _LOSSES[loss]
    penalty, slope, penalty_formula = _penalty(regulariser, beta)

    def objective(W: Any, b: Any, X: Any, y: Any) -> Any:
        return array_namespace(W, b).mean(losses(X @ W.T + b, y)) + strength * penalty(W)

    def on_side(signs: Any, tied: bool, W: Any, b: Any, X: Any, y: Any) -> tuple[Any, Any]:
        value, s_bar = _mean_by_hand(losses_by_hand, X @ W.T + b, y, tied)
        return value + strength * penalty(W), (s_bar.T @ X + strength * slope(W, signs), np.sum(s_bar, axis=0))

    def kinks(X: Any, y: Any) -> Sequence[Kink]:
        args, tied = (_WITH_ZEROS, np.array([0.0, 3.0, 1.25]), X, y), [False, True] if loss == "svm" else [False]
        signs = _signs(_WITH_ZEROS) if regulariser != "l2" else [np.sign(_WITH_ZEROS)]
        corners = [on_side(s, t, *args)[1] for s, t in itertools.product(signs, tied)]
        return [Kink(args, corners)] if len(corners) > 1 else []

    rng = np.random.default_rng(seed)
    X, y = np.array([[2.0, -1.0], [0.5, 1.0], [-1.5, 0.5]]), np.array([0, 1, 2])
    return Spec(
        objective,
        (rng.standard_normal((3, 2)), rng.standard_normal(3), X, y),
        argnums=(0, 1),
        value_and_gradient=lambda W, b, X, y: on_side(np.sign(W), False, W, b, X, y),
        domain=_DOMAINS[loss == "svm", regulariser != "l2"],
        kinks=kinks(X, y),
        latex=rf"L = \frac{{1}}{{n}} \sum_i {formula} + \lambda {penalty_formula}",
        source=_COURSE + ": regularised loss",
    )
