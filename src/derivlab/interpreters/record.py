"""Recording: every primitive becomes a node of a Wengert list, which reverse mode sweeps backwards."""

from __future__ import annotations

import gc
import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import Level, Traced
from derivlab.array.primitive import PLAIN, Primitive
from derivlab.graph.wengert import Line, depends
from derivlab.interpreters.foreign import adopted

_line, _array = tuple.__new__, object.__new__  # half the time of the constructors, in the hottest loop


class collector_paused:
    """A context without garbage collection: a list holds no cycles, and each collection would walk all of it."""

    def __enter__(self) -> None:
        self.collecting = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self.collecting:
            gc.enable()


class Decision(NamedTuple):
    """A line of the list on whose value the program depended beyond its result, and where it did."""

    line: int
    value: Any
    place: str


def caller() -> str:
    """File and line of the innermost frame of the user's program."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_back is not None and _inside(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return "" if frame is None else f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"


def _inside(module: str) -> bool:
    return module.startswith("derivlab.") and not module.startswith("derivlab.specs")


class Record(Level):
    """A Wengert list being written: an array's ``attached`` is the number of its line.

    Attributes
    ----------
    lines
        The list so far, inputs included. Constants that the program could still write into are copied: the
        sweep needs them as they were.
    decisions
        The lines on whose values the Python program branched or chose indices, with those values: the
        recording is the function only where they are the same.
    """

    name = "record"

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.decisions: list[Decision] = []

    def input(self, value: Any) -> Array:
        """A new input of the list."""
        self.lines.append(Line(None, (), (), {}, value))
        return Array(self, value, len(self.lines) - 1)

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        """The primitive on the values, as a new line of the list."""
        values: list[Any] = []
        parents: list[int | None] = []
        for arg in args:
            if isinstance(arg, Traced):
                level = arg.level
                if level is self:
                    values.append(arg.value)
                    parents.append(arg.attached)
                    continue
                if level.number > self.number:
                    return level.run(primitive, args, params)
                arg = adopted(level.held(arg), own=True)
            elif type(arg) is np.ndarray:
                if arg.flags.writeable:
                    arg = arg.copy("K")  # as it lies in memory, on which views depend
            elif type(arg) not in PLAIN:
                arg = adopted(arg, own=True)
            values.append(arg)
            parents.append(None)
        value = primitive.evaluate(values, params)
        if not any(parent is not None for parent in parents):
            return Array(self, value)
        lines = self.lines
        lines.append(_line(Line, (primitive, parents, values, params, value)))
        array = _array(Array)
        array.level, array.value, array.attached = self, value, len(lines) - 1
        return array

    def constant(self, value: Any) -> Array:
        """An array of this level that depends on no input, and has no line."""
        return Array(self, value)

    def carries(self, array: Traced) -> bool:
        """Whether the line of an array depends on an input, or the value on that of an outer level."""
        value = array.value
        return (array.attached is not None and depends(self.lines, array.attached)) or (
            isinstance(value, Traced) and value.level.carries(value)
        )

    def decide(self, array: Traced) -> Any:
        """The value, noted as a decision that the recording holds for."""
        if array.attached is not None:
            self.decisions.append(Decision(array.attached, array.value, caller()))
        return array.value

    def line(self, array: Any) -> int | None:
        """The number of an answer's line: None if it does not depend on the inputs of this run."""
        return array.attached if isinstance(array, Traced) and array.level is self else None
