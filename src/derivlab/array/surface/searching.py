"""Searching, sorting, sets and truth: positions are constants, the values found there are differentiated."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.array import constant, plain_array
from derivlab.array.surface.axes import axes_of, one_axis, shape_of
from derivlab.array.surface.indexing import take, take_along_axis
from derivlab.array.surface.manipulation import reshape

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "isin",
    "nonzero",
    "searchsorted",
    "sort",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]

# Sorting.


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices that sort x, equal elements in their order."""
    axis = one_axis(axis, len(shape_of(x)))
    if not descending:
        return p.argsort(x, axis=axis)
    behind = plain_array(p.argsort(p.flip(x, axis=(axis,)), axis=axis))
    return constant(np.flip(shape_of(x)[axis] - 1 - behind, axis=axis))


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """x in order; at ties the cotangent follows the stable order."""
    return take_along_axis(x, argsort(x, axis=axis, descending=descending), axis=axis)


# Searching.


def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the maximum, the first one of ties."""
    return p.argmax(x, axis=axis, keepdims=keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the minimum, the first one of ties."""
    return p.argmin(x, axis=axis, keepdims=keepdims)


def nonzero(x: Any, /) -> tuple[Any, ...]:
    """The indices of the elements that are not 0, an array for each axis."""
    if not shape_of(x):
        raise ValueError("nonzero of an array without axes; write nonzero(reshape(x, (1,)))")
    return tuple(constant(places) for places in np.nonzero(plain_array(p.not_equal(x, 0))))


def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """How many elements are not 0."""
    return p.sum(p.astype(p.not_equal(x, 0), dtype=np.dtype(int)), axis=axes_of(x, axis), keepdims=keepdims)


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    """Where the elements of x2 belong in the sorted x1."""
    order = None if sorter is None else plain_array(sorter)
    return constant(np.searchsorted(plain_array(x1), plain_array(x2), side=side, sorter=order))  # type: ignore[call-overload]


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Whether each element of x1 is one of those of x2."""
    return constant(np.isin(plain_array(x1), plain_array(x2), invert=invert))


# Sets: NaNs are all different.


class UniqueAll(NamedTuple):
    """The answer of :func:`unique_all`."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """The answer of :func:`unique_counts`."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """The answer of :func:`unique_inverse`."""

    values: Any
    inverse_indices: Any


def unique_all(x: Any, /) -> UniqueAll:
    """The different elements of x in order, where each stands first, which of them each element is, and how often."""
    found = np.unique_all(plain_array(x))
    values = take(reshape(x, (math.prod(shape_of(x)),)), found.indices)
    return UniqueAll(values, *map(constant, found[1:]))


def unique_counts(x: Any, /) -> UniqueCounts:
    """The different elements of x in order, and how often each occurs."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Any, /) -> UniqueInverse:
    """The different elements of x in order, and which of them each element of x is."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Any, /) -> Any:
    """The different elements of x in order; each carries the derivative of the first of its equals."""
    return unique_all(x).values


# Truth.


def all(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements are true."""
    return p.all(x, axis=axes_of(x, axis), keepdims=keepdims)


def any(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether any element is true."""
    return p.any(x, axis=axes_of(x, axis), keepdims=keepdims)
