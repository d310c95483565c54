"""Random smooth functions of one variable with their exact derivatives: for coverage of error estimates.

Some cancel inside, so that their noise is far above ε |f|.
"""

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


def logistic(x: Any, n: int) -> Any:
    """n iterates of the logistic map, chaotic on [0, 1]."""
    for _ in range(n):
        x = 4 * x * (1 - x)
    return x


def tent_of_sines(xp: Any, x: Any, n: int) -> Any:
    """n iterates of sin(πx), chaotic too."""
    for _ in range(n):
        x = xp.sin(3.14 * x)
    return x


CANCELLING: tuple[Callable[[Any, Any, int, float], Any], ...] = (
    lambda xp, x, n, a: logistic(x, n),
    lambda xp, x, n, a: tent_of_sines(xp, x, n),
    lambda xp, x, n, a: 1 - (1 - a * x * x),
    lambda xp, x, n, a: 1 - (1 - a * 10.0**-n * xp.sin(x)),
    lambda xp, x, n, a: xp.exp(10.0**-n * x) - 1,
    lambda xp, x, n, a: xp.log(1 + 10.0**-n * x),
    lambda xp, x, n, a: (1 - xp.cos(10.0 ** -(n // 2) * x)) * 10.0**n,
    lambda xp, x, n, a: (10.0**n + xp.sin(a * x)) - 10.0**n,
    lambda xp, x, n, a: xp.exp(a * x) + 10.0**n,
    lambda xp, x, n, a: xp.sqrt(10.0**n + x) - xp.sqrt(10.0**n + a),
    lambda xp, x, n, a: (x + 10.0 ** (n // 2)) ** 2 - x * x - 100.0 ** (n // 2),
    lambda xp, x, n, a: (x - 1) * (x - 1) * (x - 1) + 3 * x * x - 3 * x + 1 - x * x * x + 10.0**-n * xp.sin(x),
    lambda xp, x, n, a: 1 / (1 + 10.0**-n * x) - 1,
    lambda xp, x, n, a: xp.tanh(10.0**n * a * x + 1) * 10.0**-n,
)


def cancelling_function(rng: Any) -> tuple[Callable[[Any], Any], float]:
    """A function that subtracts what is nearly equal, and a point in [0, 1]."""
    shape, n = CANCELLING[rng.integers(len(CANCELLING))], int(rng.integers(2, 9))
    a, x = float(rng.normal()), float(rng.uniform(0, 1))
    return (lambda x: shape(array_namespace(x), x, n, a)), (
        0.5 + 10 ** rng.uniform(-9, -2) if rng.random() < 0.2 else x
    )


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


def cancelling_case(rng: Any) -> tuple[Callable[[Any], Any], float, float]:
    """A function that cancels inside, a point, and the derivative there."""
    f, x = cancelling_function(rng)
    return f, x, float(truth.derivative(f)(x).value)


def attainable(f: Callable[[Any], Any], x: float, exact: float) -> float:
    """The error of a central quotient at its best step: the least among steps of the worst of three neighbours."""
    steps = (max(abs(x), 2.0**-20) * 2.0**-k for k in range(1, 45))
    with np.errstate(all="ignore"):
        pairs = ((np.float64(x + h), np.float64(x - h)) for h in steps)
        errors = [abs(float((f(above) - f(below)) / (above - below)) - exact) for above, below in pairs]
    return min(max(three) for three in zip(errors, errors[1:], errors[2:], strict=False) if np.isfinite(three).all())
