"""Interpreting a function over Arb balls: every element is an enclosed power series."""

from __future__ import annotations

from typing import Any

from derivlab.array.array import Array
from derivlab.array.level import Traced
from derivlab.interpreters.objects import Objects
from derivlab.libraries import flint as library


class BallLevel(Objects):
    """Arrays of :class:`derivlab.libraries.flint.Ball`; constants enter as the exact doubles they are."""

    name = "ball"
    kernels = library.KERNELS

    def input(self, value: Any, direction: Any = None) -> Array:
        """The array x + t v of this level."""
        return Array(self, library.ball_array(value, direction))

    def lift(self, value: Any) -> Any:
        return library.ball_array(value)

    def decide(self, array: Traced) -> Any:
        if array.value.dtype != object:
            return array.value
        return library.KERNELS["not_equal"](array.value, library.exact(0))
