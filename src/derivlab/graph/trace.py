"""Recording a whole derivative: every array argument becomes an input, and the names of variables are kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.graph.graph import Graph, from_record
from derivlab.interpreters.record import Record


class Trace:
    """A recording of ``operation(*leaves)`` on array leaves.

    Attributes
    ----------
    level
        The level of the recording, while it runs.
    names
        Names of nodes by index; the first name given to a node stays.
    marks
        Headings by the index of the node that they stand before.
    """

    def __init__(self) -> None:
        self.level = _Arguments()
        self.names: dict[int, str] = {}
        self.marks: dict[int, str] = {}

    def run(self, operation: Callable[[Sequence[Any]], Sequence[Any]], leaves: Sequence[Any]) -> Graph:
        """The graph of an operation from leaves to leaves."""
        try:
            outputs = operation([self.level.input(leaf) for leaf in leaves])
            return from_record(self.level, outputs, self.names, self.marks)
        finally:
            self.level.finish()

    def name(self, value: Any, name: str) -> None:
        """Call the node of a value by a name, if it is an array of this recording and has none yet."""
        while isinstance(value, Traced) and value.level is not self.level:
            value = value.value
        if isinstance(value, Traced):
            self.names.setdefault(value.attached, name)

    def mark(self, heading: str) -> None:
        """Put a heading before the next node."""
        self.marks[len(self.level.lines)] = heading


class _Arguments(Record):
    """A recording in which an argument may become a plain number: the program is then for that number alone."""

    def carries(self, array: Traced) -> bool:
        return False


@contextmanager
def local_variables(f: Callable[..., Any]) -> Generator[dict[str, Any]]:
    """The local variables of a Python function after its first call in the context; filled when that closes."""
    code = getattr(f, "__code__", None) or getattr(getattr(f, "function", None), "__code__", None)
    before = sys.getprofile()
    variables: dict[str, Any] = {}
    if code is None or not (before is None or callable(before)):  # a profiler written in C could not be set again
        yield variables
        return
    frames: list[Any] = []

    def observe(frame: Any, event: str, arg: Any) -> None:
        if event == "call" and frame.f_code is code:
            frames.append(frame)  # which keeps its variables after it returned
            sys.setprofile(before)

    sys.setprofile(observe)
    try:
        yield variables
    finally:
        sys.setprofile(before)
        for frame in frames:
            variables.update(frame.f_locals)


def is_array(leaf: Any) -> bool:
    """Whether an argument's leaf is an input of a recording: a float or an array of numbers."""
    return isinstance(leaf, (float, complex)) or (
        isinstance(leaf, (np.ndarray, np.generic)) and leaf.dtype.kind in "fciub"
    )
