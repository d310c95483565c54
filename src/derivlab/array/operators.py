"""The operators of an array, with their reflected and in-place forms: each leads to a primitive."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import writing
from derivlab.array.level import Traced
from derivlab.array.primitive import Primitive

NONE: dict[str, Any] = {}  # the parameters of most primitives; nobody writes into it


class Operators(Traced):
    """What Python's operators mean on arrays."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    # Arithmetic.

    def __add__(self, other: Any) -> Any:
        return self.level.run(p.add, (self, other), NONE)

    def __radd__(self, other: Any) -> Any:
        return self.level.run(p.add, (other, self), NONE)

    def __sub__(self, other: Any) -> Any:
        return self.level.run(p.subtract, (self, other), NONE)

    def __rsub__(self, other: Any) -> Any:
        return self.level.run(p.subtract, (other, self), NONE)

    def __mul__(self, other: Any) -> Any:
        return self.level.run(p.multiply, (self, other), NONE)

    def __rmul__(self, other: Any) -> Any:
        return self.level.run(p.multiply, (other, self), NONE)

    def __truediv__(self, other: Any) -> Any:
        return self.level.run(p.divide, (self, other), NONE)

    def __rtruediv__(self, other: Any) -> Any:
        return self.level.run(p.divide, (other, self), NONE)

    def __floordiv__(self, other: Any) -> Any:
        return p.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return p.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return p.remainder(self, other)

    def __rmod__(self, other: Any) -> Any:
        return p.remainder(other, self)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __pow__(self, other: Any) -> Any:
        if type(other) is int or isinstance(other, np.integer):
            if other == 2:
                return self.level.run(p.square, (self,), NONE)
            return p.integer_power(self, n=int(other))
        return p.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return p.power(other, self)

    def __matmul__(self, other: Any) -> Any:
        return self.level.run(p.matmul, (self, other), NONE)

    def __rmatmul__(self, other: Any) -> Any:
        return self.level.run(p.matmul, (other, self), NONE)

    def __neg__(self) -> Any:
        return self.level.run(p.negative, (self,), NONE)

    def __pos__(self) -> Any:
        return writing.copied(self)

    def __abs__(self) -> Any:
        return p.abs(self)

    def __round__(self, ndigits: int | None = None) -> Any:
        return np.round(self, ndigits or 0)  # pyright: ignore

    # Comparisons.

    def __eq__(self, other: Any) -> Any:
        return p.equal(self, other)

    def __ne__(self, other: Any) -> Any:
        return p.not_equal(self, other)

    def __lt__(self, other: Any) -> Any:
        return p.less(self, other)

    def __le__(self, other: Any) -> Any:
        return p.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return p.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return p.greater_equal(self, other)

    # Logic on truth values, bits on integers.

    def __and__(self, other: Any) -> Any:
        return _bitwise(self, p.bitwise_and, p.logical_and)(self, other)

    def __rand__(self, other: Any) -> Any:
        return _bitwise(self, p.bitwise_and, p.logical_and)(other, self)

    def __or__(self, other: Any) -> Any:
        return _bitwise(self, p.bitwise_or, p.logical_or)(self, other)

    def __ror__(self, other: Any) -> Any:
        return _bitwise(self, p.bitwise_or, p.logical_or)(other, self)

    def __xor__(self, other: Any) -> Any:
        return _bitwise(self, p.bitwise_xor, p.logical_xor)(self, other)

    def __rxor__(self, other: Any) -> Any:
        return _bitwise(self, p.bitwise_xor, p.logical_xor)(other, self)

    def __invert__(self) -> Any:
        return _bitwise(self, p.bitwise_invert, p.logical_not)(self)

    def __lshift__(self, other: Any) -> Any:
        return p.bitwise_left_shift(self, other)

    def __rlshift__(self, other: Any) -> Any:
        return p.bitwise_left_shift(other, self)

    def __rshift__(self, other: Any) -> Any:
        return p.bitwise_right_shift(self, other)

    def __rrshift__(self, other: Any) -> Any:
        return p.bitwise_right_shift(other, self)

    # In place: other names of the same array, and views of it, see the new entries.

    def __iadd__(self, other: Any) -> Any:
        return writing.updated(self, self + other)

    def __isub__(self, other: Any) -> Any:
        return writing.updated(self, self - other)

    def __imul__(self, other: Any) -> Any:
        return writing.updated(self, self * other)

    def __itruediv__(self, other: Any) -> Any:
        return writing.updated(self, self / other)

    def __ifloordiv__(self, other: Any) -> Any:
        return writing.updated(self, self // other)

    def __imod__(self, other: Any) -> Any:
        return writing.updated(self, self % other)

    def __ipow__(self, other: Any) -> Any:
        return writing.updated(self, self**other)

    def __imatmul__(self, other: Any) -> Any:
        return writing.updated(self, self @ other)

    def __iand__(self, other: Any) -> Any:
        return writing.updated(self, self & other)

    def __ior__(self, other: Any) -> Any:
        return writing.updated(self, self | other)

    def __ixor__(self, other: Any) -> Any:
        return writing.updated(self, self ^ other)

    def __ilshift__(self, other: Any) -> Any:
        return writing.updated(self, self << other)

    def __irshift__(self, other: Any) -> Any:
        return writing.updated(self, self >> other)


def _bitwise(array: Traced, bits: Primitive, truth: Primitive) -> Primitive:
    """The primitive on bits for integers, else the one on truth values."""
    dtype = array.level.dtype(array)
    return bits if getattr(dtype, "kind", "b") in "iu" else truth
