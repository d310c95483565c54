"""Operators under their own names: what they answer is named after them, and so are their errors."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from derivlab.errors import AnswerError, ArgumentError
from derivlab.method.problem import name_of


def named(operator: str, f: Any, run: Callable[..., Any]) -> Callable[..., Any]:
    """``run`` as the derivative of f by an operator: called by position, and named "grad(f)"."""

    def derivative(*args: Any, **options: Any) -> Any:
        if options:
            raise keyword_error(operator, f, options)
        try:
            return run(*args)
        except AnswerError as error:
            error.asked(operator, f)
            raise

    derivative.__name__ = derivative.__qualname__ = f"{operator}({name_of(f)})"
    vars(derivative)["differentiates"] = f
    return functools.update_wrapper(derivative, f, assigned=(), updated=())  # with the signature of f


def derived_from(f: Any) -> Any:
    """The function whose derivative f is; None where f is no answer of an operator."""
    return getattr(f, "differentiates", None)


@contextmanager
def in_name_of(operator: str, f: Any) -> Generator[None]:
    """Errors in the name of an operator that answers at once."""
    try:
        yield
    except AnswerError as error:
        error.asked(operator, f)
        raise


def keyword_error(operator: str, f: Any, options: dict[str, Any]) -> ArgumentError:
    """The error of a derivative that was called with keywords."""
    return ArgumentError(
        f"{operator}({name_of(f)}) takes its arguments in order, without names, and got {next(iter(options))}=: write "
        f"{operator}(f)(x). An option of f goes into a function of its own: {operator}(lambda x: f(x, option=...))(x)."
    )
