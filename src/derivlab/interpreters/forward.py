"""Forward mode: every array carries a tangent, pushed through each primitive as it is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derivlab.array.array import Array
from derivlab.array.level import CONSTANT, Level, Traced
from derivlab.array.primitive import PLAIN, Primitive
from derivlab.interpreters.foreign import adopted
from derivlab.rules import RULES


class Forward(Level):
    """Dual numbers over any base: an array's ``attached`` is its tangent, or None where that is zero.

    Cost: between two and three times the operations of the function, whatever its number of outputs.
    """

    name = "forward"

    def dual(self, primal: Any, tangent: Any) -> Array:
        """The array primal + ε tangent of this level."""
        return Array(self, primal, tangent)

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        """The primitive on the primals, and its rule's push on the tangents of those that have one."""
        values: list[Any] = []
        tangents: list[Any] = []
        active = False
        for arg in args:
            if isinstance(arg, Traced):
                level = arg.level
                if level is self:
                    values.append(arg.value)
                    tangents.append(arg.attached)
                    active = active or arg.attached is not None
                    continue
                if level.number > self.number:
                    return level.run(primitive, args, params)
                if level is CONSTANT:
                    arg = adopted(arg.value)
            elif type(arg) not in PLAIN:
                arg = adopted(arg)
            values.append(arg)
            tangents.append(None)
        y = primitive.evaluate(values, params)
        if not active:
            return Array(self, y)
        return Array(self, y, RULES[primitive.name].push(primitive, tangents, y, values, params))

    def carries(self, array: Traced) -> bool:
        """Whether the array has a tangent, or its value one of an outer level."""
        return array.attached is not None or _carried(array.value)

    def tangent(self, array: Any) -> Any:
        """The tangent of an answer: None if it does not depend on the inputs of this run."""
        return array.attached if isinstance(array, Traced) and array.level is self else None


def _carried(value: Any) -> bool:
    return isinstance(value, Traced) and value.level.carries(value)
