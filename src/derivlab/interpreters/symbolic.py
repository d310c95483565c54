"""Interpreting a function over SymPy: every element is an exact expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import Traced
from derivlab.array.primitive import Primitive
from derivlab.errors import UnsupportedError
from derivlab.interpreters.objects import Objects
from derivlab.libraries import sympy as library
from derivlab.libraries.objects import box

_OF_TRUTH = frozenset(
    """
    where logical_and logical_or logical_xor logical_not all any index reshape permute_dims matrix_transpose
    broadcast_to concat flip roll assign
    """.split()
)
"""Primitives that take truth values as they are."""

_constants = np.frompyfunc(library.constant, 1, 1)


class Symbolic(Objects):
    """Arrays of SymPy expressions."""

    name = "symbolic"
    kernels = library.KERNELS

    def input(self, name: str, shape: tuple[int, ...]) -> Array:
        """An array of fresh symbols."""
        return Array(self, library.symbols(name, shape))

    def lift(self, value: Any) -> Any:
        """A constant as exact rationals."""
        return box(_constants(np.asarray(value)))

    def _value(self, arg: Any) -> Any:
        plain = not isinstance(arg, Traced) and getattr(getattr(arg, "dtype", None), "kind", "") == "b"
        return self.lift(arg) if plain else super()._value(arg)

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        """The primitive on expressions; a truth value among numbers is 1 or 0, as NumPy has it."""
        if primitive.name not in _OF_TRUTH:
            args = [self._counted(arg) for arg in args]
        return super().run(primitive, args, params)

    def _counted(self, arg: Any) -> Any:
        own = isinstance(arg, Traced) and arg.level is self
        return Array(self, library.counted(arg.value)) if own and library.is_truth(arg.value) else arg

    def dtype(self, array: Traced) -> Any:
        """What the function sees: bool of conditions, else float64."""
        return np.dtype(bool) if library.is_truth(array.value) else super().dtype(array)

    def decide(self, array: Traced) -> Any:
        """Refuse: a formula has no value to branch on."""
        raise UnsupportedError(
            "symbolic: the function branches on a value, and an expression has none; use xp.where(condition, a, b) "
            "for a formula of both branches, or an AD method"
        )
