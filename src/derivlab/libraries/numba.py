"""Numba, and the only place that imports it: machine code for printed programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba  # pyright: ignore[reportMissingImports]

__all__ = ["REFUSALS", "machine_code"]

REFUSALS: tuple[type[Exception], ...] = (numba.core.errors.NumbaError, NotImplementedError)
"""What Numba raises for a program that it cannot compile."""


def machine_code(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as machine code, compiled at its first call; division by zero answers inf, as in NumPy."""
    return numba.njit(error_model="numpy")(function)
