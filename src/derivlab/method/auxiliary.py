"""Functions that return data beside their answer (``has_aux=True``)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from derivlab.errors import ArgumentError
from derivlab.method.problem import name_of


def without_aux(f: Callable[..., Any]) -> Callable[..., Any]:
    """The first of the two answers of f."""

    @functools.wraps(f)
    def answer(*args: Any) -> Any:
        pair = f(*args)
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise ArgumentError(
                f"has_aux=True needs a function that returns (answer, data), and {name_of(f)} returned {_kind(pair)}; "
                "write return answer, data"
            )
        return pair[0]

    return answer


def _kind(answer: Any) -> str:
    if isinstance(answer, tuple):
        return f"a tuple of {len(answer)}"
    shape = getattr(answer, "shape", None)
    return type(answer).__name__ if shape is None else f"an array of shape {shape}"


def beside_aux(derivative: Callable[..., Any], f: Callable[..., Any]) -> Callable[..., Any]:
    """The function of (derivative, data) for f with an answer and data."""
    return lambda *args, **options: (derivative(*args, **options), f(*args)[1])


def value_beside(both: tuple[Any, Any], data: Any) -> tuple[tuple[Any, Any], Any]:
    """((value, data), gradient) of ((value, gradient), data)."""
    return (both[0], data), both[1]
