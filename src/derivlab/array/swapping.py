"""Rows swapped by code that takes them for copies: refused, for here they are views."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import callers
from derivlab.array.level import Traced
from derivlab.array.views import Base
from derivlab.errors import ArgumentError


def refuse_swap(array: Any, key: Any, row: Traced) -> None:
    """Refuse ``x[i], x[j] = x[j], x[i]`` from a routine in C: the second row would be the first again.

    So does ``np.random.shuffle`` with what is no array of NumPy's. A program that writes the line itself gets
    what NumPy makes of it.
    """
    base: Base | None = getattr(row, "base", None)
    if base is None or base.array is not array or not isinstance(key, (int, np.integer)):
        return
    if not any(_shows(view, key) for reference in array.views if (view := reference()) is not row):
        return
    call = callers.asking()
    if call.instruction in callers.STORES:
        return
    raise ArgumentError(
        f"{call.text or 'a routine'} swaps rows of an array of shape {array.shape} one by one, and would double some "
        "and lose others, for here a row is a view. Of shuffle(x) write x = x[rng.permutation(len(x))], with "
        "rng = np.random.default_rng()."
    )


def _shows(view: Any, key: Any) -> bool:
    """Whether somebody holds a view of that row; a view of nothing is one that is gone."""
    shown = None if view is None else view.base.params.get("key")
    return isinstance(shown, (int, np.integer)) and shown == key
