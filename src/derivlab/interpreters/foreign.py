"""Arrays of another library as the lowest level: PyTorch, JAX or array_api_strict under the other interpreters.

The array computes with that library's own functions, on the device where it lies, and behaves in all else as ours do:
NumPy's dtypes, shapes as tuples, constants of NumPy beside it. So forward, record, Taylor and batch run over it as
they run over each other, and NumPy, which they meet as it is, loses no time to it.

What a library does itself is left to it: how it promotes dtypes, JAX's precision, and PyTorch's own graph, of which the
operations on a tensor with ``requires_grad`` become a part. Two things wait for the device: a look at small inputs for
NaN, and one at the answer. Which entries an index picks is decided on the host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array.array import Array
from derivlab.array.level import Level, Traced
from derivlab.array.primitive import PLAIN, Primitive
from derivlab.errors import UnsupportedError
from derivlab.transpose import shape_of

_EXPLAINED = {TypeError: TypeError, ValueError: ValueError, IndexError: IndexError, RuntimeError: ValueError}
"""What libraries raise for arguments that do not fit, and what NumPy would: PyTorch has one kind for all."""


_NUMBER = 1
"""Above plain constants, below every run."""


class Foreign(Level):
    """The level of a library's arrays, under every run of an interpreter: nothing is ever lost to it."""

    def __init__(self, library: str) -> None:
        self.number = _NUMBER
        self.name = library
        self.module = libraries.load(library)

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        """The primitive in the library."""
        values: list[Any] = []
        known = True
        for arg in args:
            if isinstance(arg, Traced):
                if arg.level.number > _NUMBER:
                    return arg.level.run(primitive, args, params)
                known = known and arg.level is self
                arg = arg.value
            else:
                known = known and type(arg) in PLAIN
            values.append(arg)
        try:
            if known and primitive.name in self.module.KERNELS:
                return Array(self, libraries.computed(self.module, primitive.name, values, params))
            return Array(self, libraries.kernel(primitive.name, values)(*values, **params))
        except (TypeError, ValueError, IndexError, RuntimeError) as error:
            if type(error) not in _EXPLAINED:
                raise
            shapes = ", ".join(f"{tuple(shape_of(value))}" for value in values)
            raise _EXPLAINED[type(error)](f"{primitive.name} of shapes {shapes}: {error}") from None

    def carries(self, array: Traced) -> bool:
        """Never: the library's own derivatives are its own concern."""
        return False

    def decide(self, array: Traced) -> Any:
        """The value; refused where the library is tracing, and has none."""
        if isinstance(array.value, self.module.TRACERS):
            raise UnsupportedError(
                f"a branch or an index depends on a value that {self.module.NAME} is tracing (jit, vmap); choose with "
                "xp.where, or call the derivative outside of it"
            )
        return array.value

    def dtype(self, array: Traced) -> Any:
        """The library's own dtype."""
        return self.module.dtype_of(array.value)

    def release(self, value: Any) -> Any:
        """An array for the caller, whose memory is no other's."""
        return self.module.copy(value)


_LEVELS: dict[str, Foreign] = {}


def adopted(value: Any, *, own: bool = False) -> Any:
    """An array of another library as one of ours; anything else as it is.

    With ``own``, in memory that nobody can write into.
    """
    library = libraries.base(value)
    if library is None:
        return value
    if library not in _LEVELS:
        _LEVELS[library] = Foreign(library)
    level = _LEVELS[library]
    return Array(level, level.module.copy(value) if own else value)


def is_foreign(value: Any) -> bool:
    """Whether an array of ours holds one of another library, with no derivative."""
    return isinstance(value, Traced) and isinstance(value.level, Foreign)


def foreign_under(value: Any) -> Any:
    """The array of another library under all levels of one of ours, as :func:`adopted` gives it; None over NumPy."""
    while isinstance(value, Traced) and not isinstance(value.level, Foreign):
        value = value.value
    return value if isinstance(value, Traced) else adopted(value) if libraries.base(value) else None


def released(value: Any, like: Any = None) -> Any:
    """The library's own array again; NumPy's arrays become arrays of the library of ``like``."""
    if is_foreign(value):
        return value.level.release(value.value)
    if like is not None and isinstance(value, (np.ndarray, np.generic)):
        return like.level.module.constant(value, like.value)
    return value
