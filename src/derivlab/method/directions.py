"""All unit directions of some arrays, pushed or pulled many at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array import primitives as p
from derivlab.array.array import concrete
from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, UnsupportedError
from derivlab.interpreters.batch import Batch, TooLarge
from derivlab.interpreters.foreign import adopted
from derivlab.method.seeds import dtype_of
from derivlab.transpose import shape_of

ENTRIES = 2**17
"""Entries that an array of one sweep should have over all its directions: 1 MB, about what a core's cache holds."""
MOST = 8 * ENTRIES
"""Entries with which a sweep is stopped, and begun again with fewer directions."""

Linear = Callable[[list[Any]], list[Any]]


def check_chunk(chunk: Any) -> int | None:
    """The number of directions for one sweep, if it is one."""
    if chunk is None or (isinstance(chunk, int) and not isinstance(chunk, bool) and chunk > 0):
        return chunk
    raise ArgumentError(f"chunk must be a positive number of directions, or None for as many as fit; it is {chunk!r}")


def every_direction(leaves: Sequence[Any], run: Linear, chunk: int | None, largest: int = 1) -> list[Any]:
    """What ``run``, linear from arrays like ``leaves`` to arrays, makes of each unit vector, along a new first axis.

    Parameters
    ----------
    chunk
        Directions in one run; None for as many as keep its arrays within ``ENTRIES``.
    largest
        Entries of the largest array that is known to take part. A larger one that turns up makes the chunks smaller.
    """
    total = sum(size_of(x) for x in leaves)
    largest = max([largest, 1, *(size_of(x) for x in leaves)])
    parts: list[list[Any]] = []
    start = 0
    while start < total or not parts:
        count = min(chunk or max(1, ENTRIES // largest), total - start)
        if count == 1:
            answers = [p.reshape(y, shape=(1, *y.shape)) for y in run(_units(leaves, start, 1, lambda u: u[0]))]
        else:
            answers, found = _together(leaves, run, start, count, math.inf if chunk else MOST // max(count, 1))
            largest = max(largest, found)
            if answers is None:
                continue
        parts.append(answers)
        start += count
    return [column[0] if len(column) == 1 else p.concat(*column, axis=0) for column in zip(*parts, strict=True)]


def every_direction_apart(leaves: Sequence[Any], run: Linear, chunk: int | None, largest: int = 1) -> list[Any]:
    """:func:`every_direction`, for those of one leaf at a time where a zero of another may have met a slope of ∞.

    ``run`` takes None for a leaf that stands still.
    """
    together = every_direction(leaves, run, chunk, largest)
    if len(leaves) == 1 or not any(_has_nan(y) for y in together):
        return together

    def alone(i: int, x: Any) -> list[Any]:
        before, after = [None] * i, [None] * (len(leaves) - i - 1)
        return every_direction([x], lambda moved: run([*before, *moved, *after]), chunk, largest)

    parts = [alone(i, x) for i, x in enumerate(leaves) if size_of(x)]
    return [p.concat(*column, axis=0) for column in zip(*parts, strict=True)]


def _has_nan(x: Any) -> bool:
    while isinstance(x, Traced):  # no decision of the program: both ways hold for all values
        x = x.value
    if libraries.base(x) is not None:
        try:
            return bool(concrete(p.any(p.isnan(adopted(x)), axis=None, keepdims=False)))
        except UnsupportedError:  # JAX is tracing it
            return True
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc" and bool(np.isnan(x).any())


def _together(leaves: Sequence[Any], run: Linear, start: int, count: int, most: float) -> tuple[list[Any] | None, int]:
    """One run on ``count`` directions, and the entries of its largest array for each; None where that was too large."""
    level = Batch(count, most)
    answers: list[Any] = []
    try:
        answers = [level.members(y) for y in run(_units(leaves, start, count, level.batch))]
    except TooLarge as stop:
        if stop.args[0] is not level:  # a sweep around this one
            raise
    finally:
        level.finish()
    return answers if level.largest <= most else None, level.largest


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
