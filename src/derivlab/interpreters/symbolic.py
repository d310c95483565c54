"""Interpreting a function over SymPy: every element is an exact expression."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import Traced
from derivlab.errors import UnsupportedError
from derivlab.interpreters.objects import Objects
from derivlab.libraries import sympy as library
from derivlab.libraries.objects import box

_constants = np.frompyfunc(library.constant, 1, 1)


class Symbolic(Objects):
    """Arrays of SymPy expressions."""

    name = "symbolic"
    kernels = library.KERNELS

    def input(self, name: str, shape: tuple[int, ...]) -> Array:
        """An array of fresh symbols."""
        return Array(self, library.symbols(name, shape))

    def lift(self, value: Any) -> Any:
        return box(_constants(np.asarray(value)))

    def _value(self, arg: Any) -> Any:
        return self.lift(arg) if getattr(getattr(arg, "dtype", None), "kind", "") == "b" else super()._value(arg)

    def decide(self, array: Traced) -> Any:
        """Refuse: a formula has no value to branch on."""
        raise UnsupportedError(
            "symbolic: the function branches on a value, and an expression has none; use xp.where(condition, a, b) "
            "for a formula of both branches, or an AD method"
        )
