"""The one array class: a value of any array underneath, at a level, that behaves as the standard asks.

Operators (:mod:`~derivlab.array.operators`) and attributes lead to primitives; writing into an array
(:mod:`~derivlab.array.writing`) is a functional update; anything that would turn the array into a plain number
(:mod:`~derivlab.array.conversions`) raises while a derivative would be lost, and works freely when none would.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array import primitives as p
from derivlab.array import writing
from derivlab.array.conversions import Conversions, concrete
from derivlab.array.level import CONSTANT, Traced
from derivlab.array.methods import Methods
from derivlab.array.operators import NONE, Operators
from derivlab.array.primitive import Primitive
from derivlab.array.swapping import refuse_swap
from derivlab.errors import ArgumentError

_LISTS = frozenset({list, tuple})

NAMESPACE: Any = None
"""The namespace of our arrays: :mod:`derivlab.array.surface`, which sets it."""

UFUNCS: dict[Any, Callable[..., Any]] = {}
"""What NumPy's ufuncs mean on our arrays; :mod:`derivlab.array.protocols` fills it."""

SCIPY_UFUNCS: dict[str, Callable[..., Any]] = {}
"""What the ufuncs of ``scipy.special`` mean, by name; :mod:`derivlab.special` fills it."""


class Array(Operators, Conversions, Methods):
    """An array of the Python array API standard whose operations are interpreted by its level.

    Attributes
    ----------
    value
        The primal: an array of any library, or an :class:`Array` of a lower level.
    level
        The run of an interpreter that this array belongs to.
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    # Attributes of the standard.

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.value.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.value.shape)

    @property
    def dtype(self) -> Any:
        """The data type that the user's function sees."""
        return self.level.dtype(self)

    @dtype.setter
    def dtype(self, value: Any) -> None:
        raise _assigned("dtype", "x = x.astype(dtype)")

    @property
    def device(self) -> Any:
        """Where the entries are: that of the library underneath, "cpu" over NumPy."""
        return libraries.device_of(self.value)

    def to_device(self, device: Any, /, *, stream: Any = None) -> Any:
        """The array itself, which stays where it is: any other device than its own is an error."""
        if device != self.device:
            raise ValueError(f"to_device: the array is on {self.device!r}, and stays there; it cannot go to {device!r}")
        return self

    @property
    def T(self) -> Any:
        """The transpose: all axes reversed (for a matrix, as in the standard)."""
        if self.ndim == 2:
            return p.matrix_transpose(self)
        return p.permute_dims(self, axes=tuple(reversed(range(self.ndim))))

    @property
    def mT(self) -> Any:
        """The transpose of each matrix of a stack."""
        return p.matrix_transpose(self)

    @property
    def real(self) -> Any:
        """The real part."""
        return p.real(self)

    @real.setter
    def real(self, value: Any) -> None:
        raise _assigned("real", "x = v + 1j * x.imag")

    @property
    def imag(self) -> Any:
        """The imaginary part; 0 of a real array."""
        return p.imag(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        raise _assigned("imag", "x = x.real + 1j * v")

    def __array_namespace__(self, api_version: str | None = None) -> Any:
        return NAMESPACE

    # NumPy's protocols: np.exp(x), np.sum(x), ndarray * x.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if (
            not options
            and method == "__call__"
            and (function := UFUNCS.get(ufunc)) is not None
            and len(inputs) == ufunc.nin
            and _LISTS.isdisjoint(map(type, inputs))
        ):
            return self.level.run(function, inputs, NONE) if isinstance(function, Primitive) else function(*inputs)
        from derivlab.array import protocols

        return protocols.call_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        from derivlab.array import protocols

        return protocols.call_function(function, args, options)

    # Containers.

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d array")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self.shape[0]))

    def __getitem__(self, key: Any) -> Any:
        return p.index(self, key=concrete_key(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        key = concrete_key(key)
        if isinstance(value, Traced):
            refuse_swap(self, key, value)
        writing.put(self, key, value)

    def __contains__(self, value: Any) -> bool:
        return bool(p.any(self == value, axis=None, keepdims=False))

    def __repr__(self) -> str:
        return f"Array({self.value!r}, level={self.level.name!r})"

    def __format__(self, spec: str) -> str:
        try:
            return format(self.value, spec) if spec else repr(self)
        except TypeError:
            if self.shape:
                raise
            return repr(self)  # an enclosure or an expression


def _assigned(name: str, instead: str) -> ArgumentError:
    return ArgumentError(f"x.{name} = v is not supported of an array under differentiation; write {instead}")


def constant(value: Any) -> Array:
    """An array that carries no derivative, of a plain value that nobody else writes into."""
    return Array(CONSTANT, value)


def plain_array(value: Any) -> Any:
    """The elements of an array as NumPy's, where they decide what the program does next."""
    return libraries.host(concrete(value))


def concrete_key(key: Any) -> Any:
    """An index whose arrays are plain: which elements are picked is never differentiated."""
    if isinstance(key, tuple):
        return tuple(concrete_key(part) for part in key)
    if isinstance(key, Traced):
        kind = getattr(key.level.dtype(key), "kind", "i")
        if kind not in "iub":
            raise IndexError("an index is an integer or a truth value, and not a float; write xp.astype(i, int)")
        return libraries.host(concrete(key))
    if isinstance(key, slice):
        return slice(*(operator.index(b) if isinstance(b, Array) else b for b in (key.start, key.stop, key.step)))
    if isinstance(key, (list, np.ndarray)) or libraries.base(key) is not None:
        return libraries.host(key)  # a copy: the caller may change his
    return key
