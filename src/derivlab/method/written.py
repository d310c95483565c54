"""Whether a function writes into arrays: it is run to see that, but not at each call."""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from derivlab.graph.trace import is_array
from derivlab.method.problem import flatten
from derivlab.method.replay import Replay

_HARMLESS: WeakKeyDictionary[Any, set[Hashable]] = WeakKeyDictionary()
"""For functions how they ran when they wrote nothing, by what such a run depends on."""
_MOST_RUNS = 64
"""Runs that are remembered of one function."""
_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_FIXED = (types.ModuleType, types.BuiltinFunctionType, np.ufunc, np.ndarray, np.generic)
"""What does not change the way that a function runs; an array that it captures is data."""


def written(f: Callable[..., Any], args: Sequence[Any]) -> Replay | None:
    """f as it is recorded at these arguments, if it writes into arrays; None also where it cannot be recorded.

    A plain function that wrote nothing, and did not branch on values, is not run for arguments like those again, while
    the plain values and functions that it reads from around it stay.
    """
    run = _run(f, args)
    if run is not None and run in _HARMLESS.get(f, ()):
        return None
    try:
        replay = Replay(f, args)
    except Exception:
        return None
    if replay.writes:
        return replay
    if run is not None and not replay.guarded:
        known = _HARMLESS.setdefault(f, set())
        if len(known) >= _MOST_RUNS:
            known.clear()
        known.add(run)
    return None


def _run(f: Callable[..., Any], args: Sequence[Any]) -> Hashable | None:
    """What a run depends on but the entries of arrays; None where that is not known."""
    try:
        leaves, tree = flatten(tuple(args))
        forms = tuple((np.shape(x), np.asarray(x).dtype.str) if is_array(x) else (type(x), x) for x in leaves)
        run = (tree, forms, _surroundings(f, {f}))
        hash(run)
    except (LookupError, TypeError, ValueError):
        return None
    return run


def _surroundings(f: Any, seen: set[Any]) -> Hashable:
    """The code of a function, and the plain values and functions that it reads from around it.

    Raises
    ------
    LookupError
        Where it reads something else, which may change the way that it runs.
    """
    if type(f) is not types.FunctionType:
        raise LookupError
    captured = [cell.cell_contents for cell in f.__closure__ or ()]
    read = [f.__globals__[name] for name in sorted(_names(f.__code__)) if name in f.__globals__]
    defaults = [*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()]
    return f.__code__, tuple(_kept(value, seen) for value in [*captured, *read, *defaults])


def _kept(value: Any, seen: set[Any]) -> Hashable:
    if isinstance(value, _PLAIN):
        return type(value), value
    if isinstance(value, (_FIXED, type)):
        return None
    if value in seen:
        return None
    return _surroundings(value, seen | {value})


def _names(code: types.CodeType) -> set[str]:
    """The names that code, and the functions in it, may read from a module."""
    return set(code.co_names).union(*(_names(part) for part in code.co_consts if isinstance(part, types.CodeType)))
