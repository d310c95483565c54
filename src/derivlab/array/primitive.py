"""A primitive: one of the closed list of operations that interpreters give a meaning to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
                return self._dispatch(values, params)
        try:
            value = self.kernel(*values, **params)
        except (TypeError, ValueError, IndexError) as error:
            raise self._explained(error, values) from None
        return value if type(value) is not complex else np.complex128(value)  # 1j * np.float64(2) is Python's own

    def _dispatch(self, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
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
        return type(error)(message)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"
