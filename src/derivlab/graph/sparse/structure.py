"""What the pattern of a derivative is made from: the operations of a recording, without their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from derivlab.array.primitive import Primitive
from derivlab.graph.wengert import Line
from derivlab.transpose import shape_of

Shape = tuple[int, ...]
_WITH_ZEROS = frozenset({"multiply", "power", "matmul", "where"})


class Link(NamedTuple):
    """All of a line that its pattern is made from, and nothing else: no value, but where constants are not 0.

    ``nonzero[i]`` is None unless operand i is a constant of a primitive for which its zeros matter.
    """

    primitive: Primitive | None
    parents: Sequence[int | None]
    shapes: tuple[Shape, ...]
    shape: Shape
    params: Mapping[str, Any]
    nonzero: tuple[Any, ...]


class Structure(NamedTuple):
    """The links of a recording, and for each result its line (None for a constant) and number of entries."""

    links: list[Link]
    outputs: list[tuple[int | None, int]]


def structure(lines: Sequence[Line], outputs: Sequence[tuple[int | None, int]]) -> Structure:
    """The structure of a recording."""
    return Structure([_link(line) for line in lines], list(outputs))


def _link(line: Line) -> Link:
    nonzero: tuple[Any, ...] = ()
    if line.primitive is not None and line.primitive.name in _WITH_ZEROS:
        nonzero = tuple(
            None if parent is not None else np.not_equal(value, 0)
            for parent, value in zip(line.parents, line.values, strict=True)
        )
    shapes = tuple(shape_of(value) for value in line.values)
    return Link(line.primitive, line.parents, shapes, shape_of(line.value), line.params, nonzero)


def same(one: Structure, other: Structure) -> bool:
    """Whether two recordings have one structure, and so one pattern."""
    return (
        one.outputs == other.outputs
        and len(one.links) == len(other.links)
        and all(
            a[:4] == b[:4] and (a.params is b.params or _equal(a.params, b.params)) and _equal(a.nonzero, b.nonzero)
            for a, b in zip(one.links, other.links, strict=True)
        )
    )


def _equal(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and bool(np.all(a == b))
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    return bool(a == b)
