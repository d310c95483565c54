"""Random straight-line programs over vectors of three, with shared subexpressions and values of moderate size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from derivlab import array_namespace, special

_MATRIX = np.array([[0.5, -0.25, 1.0], [0.75, 0.5, -0.5], [-0.25, 1.0, 0.25]])

UNARY: dict[str, Callable[[Any, Any], Any]] = {
    "sin": lambda xp, a: xp.sin(a),
    "cos": lambda xp, a: xp.cos(a),
    "tanh": lambda xp, a: xp.tanh(a),
    "exp": lambda xp, a: xp.exp(xp.sin(a)),
    "sigmoid": lambda xp, a: special.sigmoid(a),
    "atan": lambda xp, a: xp.atan(a),
    "root": lambda xp, a: xp.sqrt(1 + a * a),
    "log": lambda xp, a: xp.log(1.5 + a**2),
    "matmul": lambda xp, a: a @ _MATRIX,
    "flip": lambda xp, a: xp.flip(a),
    "partial sums": lambda xp, a: a - 0.1 * (a @ np.triu(np.ones((3, 3)))),
    "mean": lambda xp, a: a * xp.sum(a) / 3,
    "pieces": lambda xp, a: xp.concat([a[1:], a[:1] * a[2:]]),
    "softmax": lambda xp, a: special.softmax(a),
}
BINARY: dict[str, Callable[[Any, Any, Any], Any]] = {
    "add": lambda xp, a, b: a + b,
    "subtract": lambda xp, a, b: a - b,
    "multiply": lambda xp, a, b: a * b,
    "divide": lambda xp, a, b: a / (1 + b * b),
    "outer": lambda xp, a, b: xp.reshape(a, (3, 1)) * b @ a,
    "power": lambda xp, a, b: (1.5 + xp.cos(a)) ** xp.sin(b),
}


@dataclass(frozen=True)
class Program:
    """Lines (operation, operand, operand), an operand being the input or any earlier line."""

    lines: tuple[tuple[str, int, int], ...]

    def __call__(self, x: Any) -> Any:
        xp, values = array_namespace(x), [x]
        for name, i, j in self.lines:
            a, b = values[i % len(values)], values[j % len(values)]
            values.append(UNARY[name](xp, a) if name in UNARY else BINARY[name](xp, a, b))
        return values[-1]

    def total(self, x: Any) -> Any:
        """A scalar: Σ wᵢ yᵢ."""
        return array_namespace(x).sum(self(x) * np.array([1.0, -0.5, 0.75]))


_line = st.tuples(st.sampled_from([*UNARY, *BINARY]), st.integers(0, 50), st.integers(0, 50))
programs = st.lists(_line, min_size=1, max_size=8).map(lambda lines: Program(tuple(lines)))
seeds = st.integers(0, 2**32 - 1)


def point(seed: int) -> Any:
    """A vector with entries between 0.25 and 1.5, of either sign."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.25, 1.5, 3) * rng.choice([-1.0, 1.0], 3)
