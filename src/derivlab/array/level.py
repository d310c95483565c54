"""Levels: one fresh level for each run of an interpreter, so that derivatives of derivatives never mix.

Two nested derivatives that shared a level would confuse their perturbations: in d/dx [x · d/dy (x + y)] the
inner derivative must see x as a constant. Numbers grow with nesting; a primitive is handled by the highest
level among its arguments, and to that level everything lower is a constant.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from derivlab.errors import LevelFinishedError

if TYPE_CHECKING:
    from derivlab.array.primitive import Primitive

_numbers = itertools.count(2)  # below them the levels that never finish


class Level:
    """One run of an interpreter: says what a primitive does to the arrays of this run."""

    name = "abstract"
    differentiates = True
    """Whether a derivative may be taken of its arrays: not of balls and symbols, which are what is computed with."""
    written = False
    """Whether an array of this level was written into."""
    refusal = ""
    """What the last conversion said that would have cut a derivative of this level: code in C may lose that error."""

    def __init__(self) -> None:
        self.number = next(_numbers)

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Apply ``primitive`` to ``args``, of which at least one is an array of this level.

        Where an argument is of a higher level, that level runs instead.
        """
        raise NotImplementedError

    def above(self, args: Sequence[Any]) -> Level | None:
        """The highest level among ``args``, if it is higher than this one."""
        levels = [arg.level for arg in args if isinstance(arg, Traced) and arg.level.number > self.number]
        return max(levels, key=lambda level: level.number, default=None)

    def carries(self, array: Traced) -> bool:
        """Whether a derivative would be lost if ``array`` became a plain number."""
        raise NotImplementedError

    def decide(self, array: Traced) -> Any:
        """The concrete value of an array on which Python branches, or which picks indices."""
        return array.value

    def dtype(self, array: Traced) -> Any:
        """The dtype that the user's function sees."""
        return array.value.dtype

    def held(self, array: Traced) -> Any:
        """What a higher level keeps of an array: its state now, whatever is written into it later."""
        return type(array)(self, array.value, array.attached)

    def finish(self) -> None:
        """Close the run: any later use of its arrays is an error, not a wrong number."""
        self.__class__ = FinishedLevel  # pyright: ignore[reportAttributeAccessIssue]


class ConstantLevel(Level):
    """The level below all others: arrays that carry no derivative, over plain values.

    Creation functions make them, so that they can be written into: an array with a derivative that is written into
    a constant one lifts it to its own level.
    """

    name = "constant"

    def __init__(self) -> None:
        self.number = 0

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """The primitive on the plain values."""
        if (higher := self.above(args)) is not None:
            return higher.run(primitive, args, params)
        values = [arg.value if isinstance(arg, Traced) else arg for arg in args]
        array = next(arg for arg in args if isinstance(arg, Traced))
        return type(array)(self, primitive.evaluate(values, params))

    def carries(self, array: Traced) -> bool:
        """Never: that is what constants are."""
        return False

    def held(self, array: Traced) -> Any:
        """The plain value: results take the place of constants, and never change them."""
        return array.value

    def finish(self) -> None:
        """Constants never finish."""


CONSTANT = ConstantLevel()
"""The one level of all constants."""


class FinishedLevel(Level):
    """What a level becomes when its run is over."""

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """Refuse, by the name of the primitive."""
        raise finished(primitive.name)

    def carries(self, array: Traced) -> bool:
        """Always: what is lost cannot be told any more."""
        return True

    def decide(self, array: Traced) -> Any:
        """Refuse."""
        raise finished("a branch or an index")


def finished(what: str) -> LevelFinishedError:
    """The error of an array that outlived its level."""
    return LevelFinishedError(
        f"{what}: an array of a finished differentiation is used again. It was kept from inside the function (in a "
        "global, an attribute or a closure). Return it from the function instead, e.g. with value_and_grad or vjp."
    )


class Traced:
    """A value of any array underneath, at a level, with what that level's interpreter attaches to it.

    ``base`` and ``views`` are set where arrays share their entries; see :mod:`derivlab.array.writing`.
    """

    __slots__ = ("__weakref__", "attached", "base", "level", "value", "views")

    level: Level
    value: Any
    attached: Any
    base: Any
    views: Any

    def __init__(self, level: Level, value: Any, attached: Any = None) -> None:
        self.level = level
        self.value = value
        self.attached = attached
