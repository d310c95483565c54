"""A function as the primitives that it ran at a point, to be run again over other arrays.

What cannot run a function itself (JAX at ``np.exp(x)``, SymPy at a branch on a value) can run what it recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array.level import Traced
from derivlab.interpreters.record import Record
from derivlab.method.layout import Layout
from derivlab.method.problem import flatten, name_of, unflatten

VIA_GRAPH = "via graph"
"""What a table says of a derivative that comes from the recorded function."""


class Replay:
    """f as it ran on ``args``: called with other arrays of the same shapes, it runs the same primitives on them.

    Attributes
    ----------
    guarded
        Whether the function branched on a value, or picked by one: then this is the function only where those
        values are the same.
    writes
        Whether it wrote into arrays.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any]) -> None:
        self.__name__ = name_of(f)
        self._layout = Layout(f, [plain(arg) for arg in args])
        level = Record()
        inputs = [level.input(leaf) for leaf in self._layout.leaves]
        try:
            answers, self._tree = flatten(f(*self._layout.rebuild(inputs)))
        finally:
            level.finish()
        self.guarded = bool(level.decisions)
        self.writes = level.written
        self._outputs = [(y.attached, y.value) if isinstance(y, Traced) else (None, y) for y in answers]
        self._lines = level.lines
        self._needed = _needed(level.lines, [place for place, _ in self._outputs if place is not None])

    def __call__(self, *args: Any) -> Any:
        leaves = iter(self._layout.leaves_of(args))
        values: list[Any] = [None] * len(self._lines)
        for number, line in enumerate(self._lines):
            if line.primitive is None:
                values[number] = next(leaves)
            elif self._needed[number]:
                pairs = zip(line.parents, line.values, strict=True)
                operands = [value if parent is None else values[parent] for parent, value in pairs]
                values[number] = line.primitive(*operands, **line.params)
        return unflatten(self._tree, [y if place is None else values[place] for place, y in self._outputs])

    def fits(self, args: Sequence[Any]) -> bool:
        """Whether arguments have the structure, and the values that are no arrays, of the recorded ones."""
        return self._layout.alike([plain(arg) for arg in args])


def plain(arg: Any) -> Any:
    """Arguments with NumPy's arrays in place of another library's, which would not be inputs of a recording."""
    leaves, tree = flatten(arg)
    known = (leaf if libraries.home(leaf) in (None, "numpy") else np.asarray(leaf)[()] for leaf in leaves)
    return unflatten(tree, list(known)) if leaves else arg


def _needed(lines: Sequence[Any], outputs: Sequence[int]) -> list[bool]:
    """Which lines some output is made of."""
    needed = [False] * len(lines)
    for place in outputs:
        needed[place] = True
    for number in range(len(lines) - 1, -1, -1):
        if needed[number]:
            for parent in lines[number].parents:
                if parent is not None:
                    needed[parent] = True
    return needed
