"""Interpreting arrays of scalar objects: SymPy expressions or Arb balls in NumPy object arrays.

Shapes are NumPy's; only the scalar functions differ, and each library gives them as one table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import Level, Traced
from derivlab.array.primitive import Primitive
from derivlab.errors import UnsupportedError
from derivlab.libraries import numpy as numpy_library

_STRUCTURAL = """
    sum cumulative_sum reshape permute_dims matrix_transpose broadcast_to concat flip roll index scatter tril
    triu
""".split()
STRUCTURAL: dict[str, Callable[..., Any]] = {name: numpy_library.KERNELS[name] for name in _STRUCTURAL}


class Objects(Level):
    """A level over object arrays.

    Subclasses give ``kernels`` (primitive name to function of object arrays) and ``lift`` (an exact element for
    each constant).
    """

    kernels: Mapping[str, Callable[..., Any]]

    def lift(self, value: Any) -> Any:
        """A constant as an object array of exact elements."""
        raise NotImplementedError

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        if (higher := self.above(args)) is not None:
            return higher.run(primitive, args, params)
        values = [self._value(arg) for arg in args]
        if primitive.name == "astype":
            return Array(self, values[0])
        kernel = self.kernels.get(primitive.name)
        if kernel is None:
            raise UnsupportedError(f"{self.name}: primitive {primitive.name} is not supported; try another method")
        return Array(self, box(kernel(*values, **params)))

    def _value(self, arg: Any) -> Any:
        if isinstance(arg, Traced):
            if arg.level is self:
                return arg.value
            raise UnsupportedError(f"{self.name}: cannot run inside another differentiation")
        return arg if getattr(getattr(arg, "dtype", None), "kind", "") == "b" else self.lift(arg)

    def carries(self, array: Traced) -> bool:
        return array.value.dtype == object

    def dtype(self, array: Traced) -> Any:
        return np.dtype(float) if array.value.dtype == object else array.value.dtype


def box(value: Any) -> Any:
    """A kernel's answer as an array: NumPy unpacks object arrays without axes."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (bool, np.bool_, np.integer)):
        return np.asarray(value)
    boxed = np.empty((), dtype=object)
    boxed[()] = value
    return boxed


def elementwise(function: Callable[..., Any], arity: int = 1) -> Callable[..., Any]:
    """A function of scalars applied to each element."""
    return np.frompyfunc(function, arity, 1)
