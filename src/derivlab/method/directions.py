"""All unit directions of some arrays, pushed or pulled many at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.errors import ArgumentError
from derivlab.interpreters.batch import Batch
from derivlab.method.problem import Problem, flatten
from derivlab.method.seeds import dtype_of
from derivlab.transpose import shape_of

ENTRIES = 2**17
"""Entries that an array of one sweep may have over all its directions: 1 MB, about what a core's cache holds."""
AT_ONCE = 128
"""Directions pushed at once without knowing how large the arrays within the function are."""
FIRST = 8
"""Directions pushed to find that out, where there are more."""

Linear = Callable[[list[Any]], list[Any]]


def check_chunk(chunk: Any) -> int | None:
    """The number of directions for one sweep, if it is one."""
    if chunk is None or (isinstance(chunk, int) and not isinstance(chunk, bool) and chunk > 0):
        return chunk
    raise ArgumentError(f"chunk must be a positive number of directions, or None for as many as fit; it is {chunk!r}")


def every_direction(
    leaves: Sequence[Any], run: Linear, chunk: int | None, largest: int, *, exact: bool = False
) -> list[Any]:
    """What ``run``, linear from arrays like ``leaves`` to arrays, makes of each unit vector, along a new first axis.

    Parameters
    ----------
    chunk
        Directions in one run; None for as many as keep the arrays of a run within ``ENTRIES``.
    largest
        Entries of the largest array that is known to take part; ``exact`` says that there is no larger one.
    """
    total = sum(size_of(x) for x in leaves)
    known = max([largest, 1, *(size_of(x) for x in leaves)])
    width = chunk or max(1, min(total if exact or total <= AT_ONCE else FIRST, ENTRIES // known))
    parts: list[list[Any]] = []
    start = 0
    while start < total or not parts:
        count = min(width, total - start)
        if count == 1:
            parts.append([p.reshape(y, shape=(1, *y.shape)) for y in run(_units(leaves, start, 1, lambda u: u[0]))])
        else:
            level = Batch(count)
            try:
                parts.append([level.members(y) for y in run(_units(leaves, start, count, level.batch))])
            finally:
                level.finish()
            width = chunk or max(1, ENTRIES // max(known, level.largest))
        start += count
    return [column[0] if len(column) == 1 else p.concat(*column, axis=0) for column in zip(*parts, strict=True)]


def pieces(stacked: Any, leaves: Sequence[Any]) -> list[Any]:
    """The parts of a stack over all unit directions that belong to each leaf, its axes first."""
    found: list[Any] = []
    start = 0
    for x in leaves:
        part = stacked if len(leaves) == 1 else p.index(stacked, key=slice(start, start + size_of(x)))
        shape = (*x.shape, *stacked.shape[1:])
        found.append(part if part.shape == shape else p.reshape(part, shape=shape))
        start += size_of(x)
    return found


def owned(x: Any) -> Any:
    """An answer whose memory is the caller's alone."""
    return np.array(x, order="C")[()] if isinstance(x, (np.ndarray, np.generic)) else x


def largest_argument(problem: Problem) -> int:
    """The entries of the largest array among all arguments."""
    return max(size_of(leaf) for arg in problem.args for leaf in flatten(arg)[0])


def size_of(x: Any) -> int:
    """The entries of an array or a Python number."""
    return math.prod(shape_of(x))


def _units(leaves: Sequence[Any], start: int, count: int, lift: Callable[[Any], Any]) -> list[Any]:
    """``count`` unit vectors from ``start`` on: ``lift`` takes those of a leaf as rows, unless all of them are 0."""
    units: list[Any] = []
    for x in leaves:
        size = size_of(x)
        if start < size and start + count > 0:
            units.append(lift(np.eye(count, size, start, dtype_of(x)).reshape((count, *x.shape))))
        else:
            units.append(np.zeros(x.shape, dtype_of(x))[()])
        start -= size
    return units
