"""Numba, and the only place that imports it: machine code for printed programs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numba  # pyright: ignore[reportMissingImports]

from derivlab.libraries import scalars

__all__ = ["REFUSALS", "machine_code"]

REFUSALS: tuple[type[Exception], ...] = (numba.core.errors.NumbaError, NotImplementedError)
"""What Numba raises for a program that it cannot compile."""

_ANY_ORDER = {"reassoc", "contract", "nsz"}
"""Leave to the compiler's additions of a sum, so that it can make several at once, as NumPy does. The order changes
the rounding alone: NaN and infinities stay."""


def machine_code(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as machine code, compiled at its first call; division by zero answers inf, as in NumPy.

    What it calls of :mod:`derivlab.libraries.scalars` is compiled too. Only in sums is the compiler free to choose
    the order: all else is rounded as it is written.
    """
    names: dict[str, Any] = function.__globals__
    names.update({name: _helper(name) for name in names.keys() & vars(scalars).keys() if callable(names[name])})
    return numba.njit(error_model="numpy")(function)


@functools.cache
def _helper(name: str) -> Any:
    helper: Any = getattr(scalars, name)
    if name in ("plus", "plus_product"):
        return numba.njit(error_model="numpy", fastmath=_ANY_ORDER)(helper)
    return numba.njit(error_model="numpy")(helper)
