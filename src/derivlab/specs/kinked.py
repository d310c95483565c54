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


@register("chebyshev-distance")
def chebyshev_distance(n: int = 3) -> Spec:
    """max |xᵢ − cᵢ|; where k deviations are tied, accepted are the weights over their signs that sum to 1."""
    centre = np.arange(n) * 0.25  # exact, so that ties are

    def distance(x: Any) -> Any:
        xp = array_namespace(x)
        return xp.max(xp.abs(x - xp.asarray(centre, dtype=x.dtype)))

    def by_hand(x: Any) -> tuple[Any, Any]:
        deviation = x - centre
        worst = np.argmax(np.abs(deviation))
        return np.abs(deviation[worst]), np.sign(deviation[worst]) * np.eye(n)[worst]

    tied = centre + np.where(np.arange(n) == 0, 0.5, np.where(np.arange(n) == n - 1, -0.5, 0.0))
    return Spec(
        distance,
        (centre + np.arange(1.0, n + 1),),
        value_and_gradient=by_hand,
        domain="one deviation is larger than all others",
        kinks=[Kink((tied,), [np.eye(n)[0], -np.eye(n)[-1]])],
        latex=r"f(x) = \max_i |x_i - c_i|",
        source=_SOURCE,
    )
