"""Random smooth functions of one variable with their exact derivatives: for coverage of error estimates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab import array_namespace, truth

UNARY: tuple[Callable[[Any, Any], Any], ...] = (
    lambda xp, t: xp.sin(t),
    lambda xp, t: xp.cos(t),
    lambda xp, t: xp.exp(t),
    lambda xp, t: xp.tanh(t),
    lambda xp, t: xp.log(1 + t * t),
    lambda xp, t: xp.sqrt(1 + t * t),
    lambda xp, t: 1 / (1 + t * t),
    lambda xp, t: xp.atan(t),
    lambda xp, t: xp.exp(-t * t),
    lambda xp, t: t * t,
    lambda xp, t: t**3,
)


def random_function(rng: Any) -> tuple[Callable[[Any], Any], float]:
    """One to three layers of u, u + v or u v of affine arguments, and the factor on x, from 1e-3 to 1e3."""
    scale = float(10 ** rng.uniform(-3, 3))
    layers = [
        (*rng.integers(len(UNARY), size=2), *rng.normal(size=4), rng.integers(3)) for _ in range(rng.integers(1, 4))
    ]

    def f(x: Any) -> Any:
        xp, t = array_namespace(x), x * scale
        for i, j, a, b, c, d, kind in layers:
            u, v = UNARY[i](xp, a * t + b), UNARY[j](xp, c * t + d)
            t = (u, u + v, u * v)[kind]
        return t

    return f, scale


def random_case(rng: Any, order: int = 1) -> tuple[Callable[[Any], Any], float, float]:
    """A function, a point between 1e-6 and 1e4 in size (0 once in 30), and the derivative there."""
    while True:
        f, scale = random_function(rng)
        x = 0.0 if rng.random() < 1 / 30 else float(rng.choice([-1, 1]) * 10 ** rng.uniform(-6, 4))
        if abs(x * scale) > 30:
            x = float(rng.uniform(-30, 30) / scale)
        with np.errstate(all="ignore"):
            value = f(np.float64(x))
        if not np.isfinite(value) or abs(value) > 1e100:
            continue
        exact = truth.derivative(f, order=order)(x).value
        if np.isfinite(exact):
            return f, x, float(exact)
