"""Searching, sorting and truth: positions are constants, the sorted values are differentiated."""

from __future__ import annotations

from typing import Any

from derivlab.array import primitives as p
from derivlab.array.surface.axes import axes_of
from derivlab.array.surface.indexing import take_along_axis


def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the maximum."""
    return p.argmax(x, axis=axis, keepdims=keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the minimum."""
    return p.argmin(x, axis=axis, keepdims=keepdims)


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices that sort x."""
    return p.argsort(p.negative(x) if descending else x, axis=axis)


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """x in order; at ties the cotangent follows the stable order."""
    return take_along_axis(x, argsort(x, axis=axis, descending=descending), axis=axis)


def all(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements are true."""
    return p.all(x, axis=axes_of(x, axis), keepdims=keepdims)


def any(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether any element is true."""
    return p.any(x, axis=axes_of(x, axis), keepdims=keepdims)
