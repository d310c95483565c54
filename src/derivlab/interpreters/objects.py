"""Interpreting arrays of scalar objects: SymPy expressions or Arb balls in NumPy object arrays.

Shapes are NumPy's; only the scalar functions differ, and each library gives them as one table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import CONSTANT, Level, Traced
from derivlab.array.parts import is_complex
from derivlab.array.primitive import Primitive
from derivlab.errors import UnsupportedError, complex_inside
from derivlab.libraries.objects import box


class Objects(Level):
    """A level over object arrays.

    Subclasses give ``kernels`` (primitive name to function of object arrays) and ``lift`` (an exact element for
    each constant).
    """

    differentiates = False
    kernels: Mapping[str, Callable[..., Any]]

    def lift(self, value: Any) -> Any:
        """A constant as an object array of exact elements."""
        raise NotImplementedError

    def integers(self, value: Any) -> Any:
        """Rounded elements as machine integers, which can pick elements."""
        raise UnsupportedError(f"{self.name}: an expression has no integer value; try another method")

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        """The primitive entry by entry over the level's own numbers."""
        if (higher := self.above(args)) is not None:
            return higher.run(primitive, args, params)
        if primitive.name == "copysign":
            args = (args[0], _signs(args[1]))
        values = [self._value(arg) for arg in args]
        if params.get("dtype") is not None and params["dtype"].kind == "c":
            raise complex_inside(self.name)
        if primitive.name == "astype":
            return Array(self, self.integers(values[0]) if params["dtype"].kind in "iu" else values[0])
        kernel = self.kernels.get(primitive.name)
        if kernel is None:
            raise UnsupportedError(f"{self.name}: primitive {primitive.name} is not supported; try another method")
        return Array(self, box(kernel(*values, **params)))

    def _value(self, arg: Any) -> Any:
        if isinstance(arg, Traced):
            if arg.level is self:
                return arg.value
            if arg.level is CONSTANT:
                return self._value(arg.value)
            raise UnsupportedError(f"{self.name}: cannot run inside another differentiation")
        if is_complex(arg):
            raise complex_inside(self.name)
        return arg if getattr(getattr(arg, "dtype", None), "kind", "") == "b" else self.lift(arg)

    def carries(self, array: Traced) -> bool:
        """Whether the elements are those of the library, and no plain numbers."""
        return array.value.dtype == object

    def dtype(self, array: Traced) -> Any:
        """What the function sees: float64 where the elements are those of the library."""
        return np.dtype(float) if array.value.dtype == object else array.value.dtype


def _signs(x: Any) -> Any:
    """−1 and 1 for the signs of a constant, of whose zeros only a double keeps them."""
    if isinstance(x, Traced) and x.level is CONSTANT:
        x = x.value
    return x if isinstance(x, Traced) else np.where(np.signbit(x), -1.0, 1.0)[()]
