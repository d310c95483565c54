"""Randomised rounding: every operation's result is moved by up to one unit roundoff, to see what rounding may do.

Reverse mode over these arrays rounds its backward sweep in the same way. The spread of a derivative over several runs
is what any program of the same operations may be off by: stochastic arithmetic.

Reference: Vignes, "A stochastic arithmetic for reliable scientific computation", Mathematics and Computers in
Simulation 35(3), 1993.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import CONSTANT, Level, Traced
from derivlab.array.primitive import Primitive

_EXACT = frozenset(
    "negative abs reshape permute_dims matrix_transpose flip roll index scatter tril triu concat assign broadcast_to "
    "where maximum minimum max min real imag conj sign copysign floor ceil round trunc".split()
)
"""Primitives whose results are not rounded."""


class Rounding(Level):
    """A run in which results are multiplied by 1 + ε r, r uniform in [−1, 1], ε the unit roundoff of their dtype."""

    name = "rounding"

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = np.random.default_rng(seed)

    def input(self, value: Any) -> Array:
        """An argument, moved."""
        return Array(self, self.moved(value))

    def moved(self, value: Any) -> Any:
        """Floating point numbers, each moved by up to ε of itself; all else as it is."""
        dtype = getattr(value, "dtype", None)
        if dtype is None or dtype.kind not in "fc":
            return value
        epsilon = np.finfo(dtype).eps
        with np.errstate(all="ignore"):
            return (value * (1 + epsilon * self.random.uniform(-1, 1, np.shape(value))).astype(dtype))[()]

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """The primitive on the values, its result moved."""
        if (higher := self.above(args)) is not None:
            return higher.run(primitive, args, params)
        values = [arg.value if isinstance(arg, Traced) and arg.level in (self, CONSTANT) else arg for arg in args]
        value = primitive.evaluate(values, params)
        return Array(self, value if primitive.name in _EXACT else self.moved(value))

    def carries(self, array: Traced) -> bool:
        """Never: these are numbers."""
        return False
