"""A primitive: one of the closed list of operations that interpreters give a meaning to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array.level import Level, Traced
from derivlab.libraries import numpy as numpy_library

_PLAIN = frozenset({np.ndarray, bool, int, float, complex} | {np.dtype(code).type for code in "?bBhHiIlLqQefdFDgG"})
_KERNELS = numpy_library.KERNELS


class Primitive:
    """A named operation; calling it dispatches on the highest level among its arguments.

    ``kernel`` is the operation over NumPy. Keyword arguments are static parameters: they are never
    differentiated.
    """

    __slots__ = ("kernel", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.kernel: Callable[..., Any] = _KERNELS[name]

    def __call__(self, *args: Any, **params: Any) -> Any:
        top: Level | None = None
        for arg in args:
            if isinstance(arg, Traced) and (top is None or arg.level.number > top.number):
                top = arg.level
        if top is None:
            return self.evaluate(args, params)
        return top.run(self, args, params)

    def evaluate(self, values: tuple[Any, ...] | list[Any], params: Mapping[str, Any]) -> Any:
        """Apply to base values: plain NumPy at once, another library or a lower level by dispatch."""
        for value in values:
            if type(value) not in _PLAIN:
                return self._evaluate_elsewhere(values, params)
        try:
            return self.kernel(*values, **params)
        except (TypeError, ValueError, IndexError) as error:
            raise self._explained(error, values) from None

    def _evaluate_elsewhere(self, values: tuple[Any, ...] | list[Any], params: Mapping[str, Any]) -> Any:
        if any(isinstance(value, Traced) for value in values):
            return self(*values, **params)
        return libraries.kernel(self.name, values)(*values, **params)

    def _explained(self, error: Exception, values: tuple[Any, ...] | list[Any]) -> Exception:
        shapes = ", ".join(f"{np.shape(value)}" for value in values)
        message = f"{self.name} of shapes {shapes}: {error}"
        return type(error)(message)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"
