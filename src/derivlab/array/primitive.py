"""A primitive: one of the closed list of operations that interpreters give a meaning to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array import views
from derivlab.array.level import Level, Traced
from derivlab.libraries import numpy as numpy_library

_PLAIN = frozenset({np.ndarray, bool, int, float, complex} | {np.dtype(code).type for code in "?bBhHiIlLqQefdFDgG"})
_KERNELS = numpy_library.KERNELS
PLAIN = _PLAIN
"""The types of what NumPy computes with as it stands."""


class Primitive:
    """A named operation; calling it dispatches on the highest level among its arguments.

    ``kernel`` is the operation over NumPy. Keyword arguments are static parameters: they are never
    differentiated.
    """

    __slots__ = ("__dict__", "arity", "kernel", "name", "shows")

    def __init__(self, name: str) -> None:
        self.name = name
        self.kernel: Callable[..., Any] = _KERNELS[name]
        self.arity: int | None = getattr(self.kernel, "nin", None)
        self.shows = name in views.NAMES

    def __call__(self, *args: Any, **params: Any) -> Any:
        if self.arity is not None and len(args) != self.arity:  # NumPy would take the next one for an output
            raise TypeError(f"{self.name} takes {self.arity} arrays, and got {len(args)}")
        for arg in args:
            if type(arg) not in _PLAIN:
                return self._dispatch(args, params)
        try:
            value = self.kernel(*args, **params)
        except (TypeError, ValueError, IndexError) as error:
            raise self._explained(error, args) from None
        return value if type(value) is not complex else np.complex128(value)

    def evaluate(self, values: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """The same on base values: plain NumPy at once, another library or a lower level by dispatch."""
        for value in values:
            if type(value) not in _PLAIN:
                return self._run(values, params)
        try:
            value = self.kernel(*values, **params)
        except (TypeError, ValueError, IndexError) as error:
            raise self._explained(error, values) from None
        return value if type(value) is not complex else np.complex128(value)  # 1j * np.float64(2) is Python's own

    def _dispatch(self, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        result = self._run(args, params)
        if self.shows and isinstance(result, Traced) and isinstance(args[0], Traced):
            views.link(result, args[0], self, params)
        return result

    def _run(self, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
        top: Level | None = None
        for arg in args:
            if isinstance(arg, Traced) and (top is None or arg.level.number > top.number):
                top = arg.level
        if top is not None:
            return top.run(self, args, params)
        return libraries.kernel(self.name, args)(*args, **params)

    def _explained(self, error: Exception, values: Sequence[Any]) -> Exception:
        shapes = ", ".join(f"{np.shape(value)}" for value in values)
        message = f"{self.name} of shapes {shapes}: {error}"
        try:
            return type(error)(message)
        except TypeError:  # NumPy's error where a ufunc has no loop is made of more than a text
            return TypeError(message)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"
