"""The two-layer network of course material, whose gradient students write by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.namespace import array_namespace
from derivlab.specs.registry import Spec, register

_SIZES = {"small": (16, 4, 8, 3), "large": (64, 1000, 100, 10)}


@register("mlp-loss")
def mlp_loss(size: str = "small", seed: int = 0) -> Spec:
    """The squared error of a two-layer sigmoid network; size small (16×4→8→3) or large (64×1000→100→10)."""
    if size not in _SIZES:
        raise ArgumentError(f"size must be one of {', '.join(_SIZES)}, and is {size!r}")

    def loss(w1: Any, w2: Any, x: Any, y: Any) -> Any:
        xp = array_namespace(w1)
        h = 1 / (1 + xp.exp(-(x @ w1)))
        y_pred = h @ w2
        return xp.sum((y_pred - y) ** 2)

    def by_hand(w1: Any, w2: Any, x: Any, y: Any) -> tuple[Any, Any]:
        h = 1 / (1 + np.exp(-(x @ w1)))
        y_pred = h @ w2
        error = y_pred - y
        loss = np.sum(error**2)
        grad_y_pred = 2 * error
        grad_w2 = h.T @ grad_y_pred
        grad_h = grad_y_pred @ w2.T
        grad_w1 = x.T @ (grad_h * h * (1 - h))
        return loss, (grad_w1, grad_w2)

    n, d_in, hidden, d_out = _SIZES[size]
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, d_in)), rng.standard_normal((n, d_out))
    w1, w2 = rng.standard_normal((d_in, hidden)), rng.standard_normal((hidden, d_out))
    return Spec(
        loss,
        (w1, w2, x, y),
        argnums=(0, 1),
        value_and_gradient=by_hand,
        latex=r"h = \sigma(x W_1),\quad \hat y = h W_2,\quad L = \sum (\hat y - y)^2",
        source="Stanford CS231n, Neural Networks: a two-layer network in 20 lines of NumPy",
    )
