"""Our namespace as a module of its own, for suites that test an implementation of the array API standard.

Inside a differentiation arrays are made by the differentiation. A conformance suite makes its own: here creation
functions answer with arrays of an open level that carry no derivative, so that ``float(x)`` loses nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from derivlab.array import surface
from derivlab.array.array import Array
from derivlab.array.level import CONSTANT, Level
from derivlab.array.surface import creation
from derivlab.errors import UnknownNameError
from derivlab.interpreters.forward import Forward
from derivlab.interpreters.record import Record
from derivlab.interpreters.taylor import Taylor

LEVELS: dict[str, Callable[[], Level]] = {
    "forward": Forward,
    "record": Record,
    "taylor": Taylor,
    "constant": lambda: CONSTANT,
}
"""The interpreters that a namespace can make arrays for."""


def conformance_namespace(interpreter: str = "forward") -> ModuleType:
    """The namespace of our arrays, with creation functions that make arrays of an interpreter.

    Parameters
    ----------
    interpreter
        "forward" (dual numbers whose tangents are 0), "record" (entries of a Wengert list that depend on no input),
        "taylor" or "constant".

    Raises
    ------
    UnknownNameError
        For another interpreter.
    """
    if interpreter not in LEVELS:
        raise UnknownNameError(f"no interpreter {interpreter!r} to conform; there are {', '.join(LEVELS)}")
    level = LEVELS[interpreter]()
    return _module(f"derivlab.conformance.{interpreter}", surface, creation.__all__, level)


_CREATING = frozenset({"fftfreq", "rfftfreq"})


def _module(name: str, source: Any, creating: Any, level: Level) -> ModuleType:
    module = ModuleType(name, source.__doc__)
    for key in source.__all__:
        value: Any = getattr(source, key)
        if isinstance(value, ModuleType):
            value = _module(f"{name}.{key}", value, _CREATING, level)
        setattr(module, key, _at_level(value, level) if key in creating else value)
    return module


def _at_level(function: Callable[..., Any], level: Level) -> Callable[..., Any]:
    """A creation function whose constants are arrays of a level."""

    @functools.wraps(function)
    def create(*args: Any, **options: Any) -> Any:
        made = function(*args, **options)
        return [_lifted(array, level) for array in made] if isinstance(made, list) else _lifted(made, level)

    return create


def _lifted(array: Any, level: Level) -> Any:
    return Array(level, array.value) if isinstance(array, Array) and array.level is CONSTANT else array
