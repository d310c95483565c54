"""Batching: one run on k arrays of equal shape at once, with what each primitive does to the axis that holds them.

The function sees arrays of one member's shape; underneath, the value has one more axis, the first, of length k.
With tangents batched, one forward sweep pushes k directions; with cotangents batched, one reverse sweep pulls k.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from derivlab.array import primitives as p
from derivlab.array.array import Array, concrete
from derivlab.array.level import CONSTANT, Level, Traced
from derivlab.array.primitive import PLAIN, Primitive
from derivlab.errors import UnsupportedError
from derivlab.interpreters.batching import BATCHING, common_size, elementwise
from derivlab.interpreters.foreign import adopted
from derivlab.transpose import shape_of, whole


class BatchArray(Array):
    """k arrays that behave as one: the shape is that of a member."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes of one example."""
        return self.value.shape[1:]

    @property
    def ndim(self) -> int:
        """The number of axes of one example."""
        return len(self.value.shape) - 1

    @property
    def size(self) -> int:
        """The number of entries of one example."""
        return math.prod(self.value.shape[1:])


class TooLarge(BaseException):
    """A run on so many members takes too much memory. It names the level; the function is not meant to catch it."""


class Batch(Level):
    """A run on batches of ``length`` members, over any base: NumPy or our own arrays.

    Arrays of lower levels are the same for all members, and are not repeated where an operation can do without.

    Attributes
    ----------
    length
        The number of members k.
    most
        The entries that an array may have for each member; one that has more stops the run with :class:`TooLarge`.
    largest
        The entries for each member of the largest array so far: k times this is what the run holds in memory.
    """

    name = "batch"

    def __init__(self, length: int, most: float = math.inf) -> None:
        super().__init__()
        self.length = length
        self.most = most
        self.largest = 0

    def batch(self, members: Any) -> BatchArray:
        """The batch of the arrays that lie along the first axis of ``members``."""
        return BatchArray(self, members)

    def members(self, array: Any) -> Any:
        """The members of a batch along a new first axis; what is no batch is repeated."""
        if isinstance(array, Traced) and array.level is self:
            return array.value
        return whole(array, (self.length, *shape_of(array)))

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> BatchArray:
        """The primitive on all members at once, by its rule in the table."""
        values: list[Any] = []
        batched: list[bool] = []
        for arg in args:
            if isinstance(arg, Traced):
                level = arg.level
                if level is self:
                    values.append(arg.value)
                    batched.append(True)
                    continue
                if level.number > self.number:
                    return level.run(primitive, args, params)
                if level is CONSTANT:
                    arg = adopted(arg.value)
            elif type(arg) not in PLAIN:
                arg = adopted(arg)
            values.append(arg)
            batched.append(False)
        rule = BATCHING[primitive.name]
        if rule is elementwise and len(values) > 1:
            self._admit(common_size(values, batched))
        value = rule(primitive, values, batched, params)
        self._admit(value.size // self.length)
        return BatchArray(self, value)

    def _admit(self, size: int) -> None:
        if size > self.largest:
            self.largest = size
            if size > self.most:
                raise TooLarge(self)

    def carries(self, array: Traced) -> bool:
        """Whether a value of the batch does."""
        value = array.value
        return isinstance(value, Traced) and value.level.carries(value)

    def decide(self, array: Traced) -> Any:
        """The value that all members share; a Python branch cannot go two ways."""
        members = array.value
        first = p.index(members, key=slice(1))
        if not bool(concrete(p.all(p.equal(members, first), axis=None, keepdims=False))):
            raise UnsupportedError(
                "a branch or an index depends on a tangent, and the many directions pushed at once do not agree. "
                "Choose with xp.where, or push one direction at a time with ForwardMode(chunk=1)."
            )
        return p.index(members, key=0)
