"""Shapes and axes of anything that has a shape."""

from __future__ import annotations

from typing import Any

import numpy as np


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array or a Python number."""
    return x.shape if hasattr(x, "shape") else np.shape(x)


def axes_of(x: Any, axis: Any) -> tuple[int, ...] | None:
    """Axes as a tuple of non-negative integers; None for all of them.

    Raises
    ------
    numpy.exceptions.AxisError
        If there is no such axis.
    ValueError
        If an axis is named twice.
    """
    if axis is None:
        return None
    ndim = len(shape_of(x))
    axes = tuple(one_axis(a, ndim) for a in (axis if isinstance(axis, (tuple, list)) else (axis,)))
    if len(set(axes)) < len(axes):
        raise ValueError(f"an axis is named twice: {axis}")
    return axes


def one_axis(axis: Any, ndim: int) -> int:
    """An axis as a non-negative integer.

    Raises
    ------
    numpy.exceptions.AxisError
        (a ValueError and an IndexError) if there is no such axis.
    """
    if not isinstance(axis, int | np.integer):
        raise TypeError(f"an axis is an integer, counted from 0 or back from -1; it is {axis!r}")
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(f"axis {axis} is out of range for an array with {ndim} axes")
    return int(axis) % ndim
