"""What the meanings of NumPy's functions share: what counts as an array, and how a call is refused."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array import writing
from derivlab.array.array import concrete_key
from derivlab.array.level import Traced
from derivlab.array.surface.axes import one_axis, shape_of
from derivlab.array.surface.creation import holds_traced
from derivlab.array.views import plain

Table = dict[Any, Callable[..., Any]]

NOT_GIVEN: Any = inspect.signature(np.sum).parameters["initial"].default
"""NumPy's own mark of an option that is not given."""


class Lacking(Exception):
    """Raised by a meaning that does not cover a call; ``instead`` is what to type.

    Where no derivative would be lost the call is left to NumPy; else it is refused by name.
    """

    def __init__(self, what: str, instead: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead


def array(x: Any) -> Any:
    """An array of what NumPy takes for one: lists and numbers too."""
    return x if isinstance(x, (Traced, np.ndarray, np.generic)) else _listed(x)


def _listed(x: Any) -> Any:
    if isinstance(x, (list, tuple)) and holds_traced(x):
        return xp.asarray(x)
    return np.asarray(x)


def carries(x: Any) -> bool:
    """Whether a derivative would be lost if x became plain numbers."""
    return x.level.carries(x) if isinstance(x, Traced) else False


def integers(x: Any) -> Any:
    """Positions as plain numbers: which entries are picked is never differentiated."""
    places = np.asarray(concrete_key(array(x)))
    return places if places.size or isinstance(x, (Traced, np.ndarray)) else places.astype(int)  # an empty list


def decided(x: Any) -> bool:
    """A truth value on which the meaning itself branches."""
    return bool(x)


def flat(x: Any) -> Any:
    """All entries of x along one axis."""
    return xp.reshape(x, -1) if len(shape_of(x)) != 1 else x


def size_of(x: Any) -> int:
    """How many entries x has."""
    return math.prod(shape_of(x))


def kind_of(x: Any) -> str:
    """The kind of the dtype of x: "f", "i", "b", …"""
    return np.dtype(xp.result_type(x)).kind


def cast(x: Any, dtype: Any) -> Any:
    """x in a dtype; as it is where that is None or its own."""
    return x if dtype is None else xp.astype(array(x), dtype, copy=False)


def floating(x: Any) -> Any:
    """x, or its float64 where it holds integers or truth values."""
    return x if kind_of(x) in "fc" else xp.astype(x, float)


def along(axis: int, key: Any, ndim: int) -> tuple[Any, ...]:
    """An index that picks ``key`` along one axis."""
    return (*(slice(None),) * one_axis(axis, ndim), key)


def cut(x: Any, axis: int, start: Any, stop: Any = None, step: Any = None) -> Any:
    """x[start:stop:step] along one axis."""
    return p.index(x, key=along(axis, slice(start, stop, step), len(shape_of(x))))


def true(option: Any) -> bool:
    """A truth value among options, where NumPy's own mark for "not given" means no."""
    return isinstance(option, (bool, np.bool_, int)) and bool(option)


def rearranged(function: Callable[..., Any], *arrays: Any) -> Any:
    """What a function of NumPy's that only moves entries about makes of arrays.

    The function runs on the numbers 1, 2, … of the entries, and those are then picked; entries that it fills in
    by itself are 0.
    """
    parts = [array(x) for x in arrays]
    if not any(isinstance(x, Traced) for x in parts):
        return function(*parts)
    starts = np.cumsum([1, *map(size_of, parts)])
    numbers = [np.arange(size_of(x)).reshape(shape_of(x)) + start for x, start in zip(parts, starts, strict=False)]
    places = np.asarray(function(*numbers))
    filled = bool(np.any(places == 0))
    pool = [flat(x) for x in parts]
    if filled or not places.size:
        pool = [np.zeros(1, dtype=xp.result_type(*parts)), *pool]
    else:
        places = places - 1
    return p.index(pool[0] if len(pool) == 1 else xp.concat(pool), key=(np.ascontiguousarray(places),))


def runs(x: Any, order: str) -> bool:
    """Whether the entries lie one after the other in memory, by rows ("C") or by columns ("F")."""
    value = plain(x)
    if not isinstance(value, np.ndarray):
        return order == "C"
    return bool(value.flags.c_contiguous if order == "C" else value.flags.f_contiguous)


def copied(x: Any, order: Any = "C") -> Any:
    """x under another name, where it is ours, with its entries in memory by rows or by columns."""
    return writing.copied(x, order) if isinstance(x, Traced) else np.array(x, order=order)
