"""What a call must have: a function, the arguments at which to differentiate, and argnums that name some of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.errors import ArgumentError

ArgNums = int | tuple[int, ...]


def name_of(f: Any) -> str:
    """A function's name, for messages."""
    return getattr(f, "__name__", None) or getattr(f, "name", None) or type(f).__name__


def check_function(f: Any, operator: str) -> Callable[..., Any]:
    """f itself if it can be called, else an error with what to type."""
    if callable(f):
        return f
    how = f"{operator}(f), and its arguments to what that returns: {operator}(f)(x)"
    if operator in _AT_ONCE:
        how = f"and after it what {operator} takes besides: {_AT_ONCE[operator]}"
    raise ArgumentError(
        f"{operator} needs a function, and got {type(f).__name__} {f!r:.60}. Pass the function itself, {how}."
    )


_AT_ONCE = {
    **{operator: f"{operator}(f, (x,), (v,))" for operator in "jvp hvp vhp directional".split()},
    **{f"truth.{operator}": f"truth.{operator}(f, (x,), (v,))" for operator in "jvp directional".split()},
    **{operator: f"{operator}(f, x)" for operator in "vjp source latex draw noise compare sparsity".split()},
    "series": "series(f, x, order)",
    "prepare": "prepare('grad', f, x)",
    "with_error": "with_error('grad', f, x)",
}
"""How operators are called that take the arguments along with the function."""


def check_given(operator: str, f: Any, args: Sequence[Any]) -> None:
    """An error for a call without the arguments at which to differentiate."""
    if args:
        return
    name = name_of(f) if name_of(f).isidentifier() else "f"
    called = "spec.function, *spec.args" if hasattr(f, "args") else f"{name}, x"
    example = _AT_ONCE.get(operator, f"{operator}(f, x)").replace("f, x", called)
    raise ArgumentError(f"{operator} needs the arguments at which to differentiate: {example}")


def check_argnums(argnums: Any, operator: str = "") -> ArgNums:
    """argnums, if they are such; of an operator the error says where the point goes that stands in their place."""
    for position in argnums if isinstance(argnums, tuple) else (argnums,):
        if not isinstance(position, (int, np.integer)) or isinstance(position, bool):
            place = f"; the point comes in a second call: {operator}(f)(x), not {operator}(f, x)" if operator else ""
            raise ArgumentError(f"argnums must be an integer or a tuple of integers, and is {argnums!r:.60}{place}")
    return argnums


def positions(argnums: ArgNums, count: int) -> tuple[int, ...]:
    """The places of the active arguments among ``count``."""
    return _positions(argnums if type(argnums) is int else check_argnums(argnums), count)


@functools.lru_cache(maxsize=256, typed=True)
def _positions(argnums: ArgNums, count: int) -> tuple[int, ...]:
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    if not count:
        raise ArgumentError("no argument to differentiate with respect to: give the point, as in grad(f)(x)")
    if not chosen:
        raise ArgumentError("no argument to differentiate with respect to: name at least one in argnums")
    for position in chosen:
        if not -count <= position < count:
            raise ArgumentError(f"argnums={argnums} is out of range: the function was called with {count} arguments")
    places = tuple(int(position) % count for position in chosen)
    if len(set(places)) < len(places):
        raise ArgumentError(f"argnums={argnums} names an argument twice; name each once")
    return places
