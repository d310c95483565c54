"""Functions with kinks: where they have no derivative, each lists what is accepted as one."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.specs.registry import Kink, Spec, register

_SOURCE = "Clarke, Optimization and Nonsmooth Analysis, SIAM, 1990, chapter 2"


@register("relu")
def relu(x: float = 0.5) -> Spec:
    """The rectifier max(0, x), whose kink at 0 accepts every slope from 0 to 1."""
    return Spec(
        lambda x: array_namespace(x).maximum(x, 0.0),
        (x,),
        "derivative",
        value_and_gradient=lambda x: (max(x, 0.0), 1.0 if x > 0 else 0.0),
        domain="x ≠ 0",
        kinks=[Kink((0.0,), [0.0, 1.0])],
        latex=r"f(x) = \max(0, x)",
        source=_SOURCE,
    )


@register("absolute-value")
def absolute_value(x: float = -1.5) -> Spec:
    """|x|, whose kink at 0 accepts every slope from −1 to 1."""
    return Spec(
        abs,
        (x,),
        "derivative",
        value_and_gradient=lambda x: (abs(x), float(np.sign(x))),
        domain="x ≠ 0",
        kinks=[Kink((0.0,), [-1.0, 1.0])],
        latex=r"f(x) = |x|",
        source=_SOURCE,
    )


@register("maximum")
def maximum(n: int = 3) -> Spec:
    """The largest of n numbers; where k are tied, the accepted gradients are the weights that sum to 1 over them."""

    def largest(x: Any) -> Any:
        return array_namespace(x).max(x)

    def by_hand(x: Any) -> tuple[Any, Any]:
        return np.max(x), np.eye(len(x))[np.argmax(x)]

    tied = np.minimum(np.arange(n, dtype=float), n - 2.0)
    return Spec(
        largest,
        (np.cos(np.arange(n, dtype=float)),),
        value_and_gradient=by_hand,
        domain="one entry is larger than all others",
        kinks=[Kink((tied,), list(np.eye(n)[-2:]))],
        latex=r"f(x) = \max_i x_i",
        source=_SOURCE,
    )
