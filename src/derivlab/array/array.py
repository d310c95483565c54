"""The one array class: a value of any array underneath, at a level, that behaves as the standard asks.

Operators and attributes lead to primitives; anything that would turn the array into a plain number raises while
a derivative would be lost, and works freely when none would.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.level import Traced
from derivlab.array.primitive import Primitive
from derivlab.errors import DerivativeLostError

_INSTEAD = {
    "float": "keep it an array: drop float(), and compute with functions of xp = array_namespace(x), e.g. xp.exp(x), "
    "not math.exp(x)",
    "int": "keep it an array; for a count or an index use x.shape, len(x) or a Python integer",
    "numpy.asarray": "drop the conversion, and use functions of xp = array_namespace(x), e.g. xp.sum(x), instead of a "
    "routine that converts its input; to collect numbers into an array use xp.stack([a, b])",
    "tolist": "index the array, x[i], instead of making a list of floats",
    "complex": "keep it an array: drop complex()",
    "pickle": "keep the computation in one process, and return what you need from the function",
}


def _lost(array: Traced, conversion: str, why: str = "") -> DerivativeLostError:
    return DerivativeLostError(
        f"{conversion} of an array that carries a derivative (shape {array.value.shape}, level "
        f"'{array.level.name}') would lose it{why}. Instead, {_INSTEAD[conversion]}."
    )


_NONE: dict[str, Any] = {}  # the parameters of most primitives; nobody writes into it

NAMESPACE: Any = None
"""The namespace of our arrays: :mod:`derivlab.array.surface`, which sets it."""

UFUNCS: dict[Any, Callable[..., Any]] = {}
"""What NumPy's ufuncs mean on our arrays; :mod:`derivlab.array.protocols` fills it."""


class Array(Traced):
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
        return self.value.shape

    @property
    def ndim(self) -> int:
        return len(self.value.shape)

    @property
    def size(self) -> int:
        return math.prod(self.value.shape)

    @property
    def dtype(self) -> Any:
        return self.level.dtype(self)

    @property
    def device(self) -> Any:
        return getattr(self.value, "device", "cpu")

    @property
    def T(self) -> Any:
        """The transpose: all axes reversed (for a matrix, as in the standard)."""
        if self.ndim == 2:
            return p.matrix_transpose(self)
        return p.permute_dims(self, axes=tuple(reversed(range(self.ndim))))

    @property
    def mT(self) -> Any:
        return p.matrix_transpose(self)

    @property
    def real(self) -> Any:
        """The real part."""
        return p.real(self)

    @property
    def imag(self) -> Any:
        """The imaginary part; 0 of a real array."""
        return p.imag(self)

    def __array_namespace__(self, api_version: str | None = None) -> Any:
        return NAMESPACE

    # Arithmetic.

    def __add__(self, other: Any) -> Any:
        return self.level.run(p.add, (self, other), _NONE)

    def __radd__(self, other: Any) -> Any:
        return self.level.run(p.add, (other, self), _NONE)

    def __sub__(self, other: Any) -> Any:
        return self.level.run(p.subtract, (self, other), _NONE)

    def __rsub__(self, other: Any) -> Any:
        return self.level.run(p.subtract, (other, self), _NONE)

    def __mul__(self, other: Any) -> Any:
        return self.level.run(p.multiply, (self, other), _NONE)

    def __rmul__(self, other: Any) -> Any:
        return self.level.run(p.multiply, (other, self), _NONE)

    def __truediv__(self, other: Any) -> Any:
        return self.level.run(p.divide, (self, other), _NONE)

    def __rtruediv__(self, other: Any) -> Any:
        return self.level.run(p.divide, (other, self), _NONE)

    def __floordiv__(self, other: Any) -> Any:
        return p.floor(p.divide(self, other))

    def __rfloordiv__(self, other: Any) -> Any:
        return p.floor(p.divide(other, self))

    def __mod__(self, other: Any) -> Any:
        return self - (self // other) * other

    def __rmod__(self, other: Any) -> Any:
        return other - (other // self) * self

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __pow__(self, other: Any) -> Any:
        if type(other) is int or isinstance(other, np.integer):
            if other == 2:
                return self.level.run(p.square, (self,), _NONE)
            return p.integer_power(self, n=int(other))
        return p.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return p.power(other, self)

    def __matmul__(self, other: Any) -> Any:
        return self.level.run(p.matmul, (self, other), _NONE)

    def __rmatmul__(self, other: Any) -> Any:
        return self.level.run(p.matmul, (other, self), _NONE)

    def __neg__(self) -> Any:
        return self.level.run(p.negative, (self,), _NONE)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return p.abs(self)

    def __round__(self, ndigits: int | None = None) -> Any:
        if ndigits:
            raise TypeError("round(x, ndigits) is not differentiable here; use round(x * 10**n) / 10**n")
        return p.round(self)

    # Comparisons and logic.

    def __eq__(self, other: Any) -> Any:
        return p.equal(self, other)

    def __ne__(self, other: Any) -> Any:
        return p.not_equal(self, other)

    def __lt__(self, other: Any) -> Any:
        return p.less(self, other)

    def __le__(self, other: Any) -> Any:
        return p.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return p.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return p.greater_equal(self, other)

    def __and__(self, other: Any) -> Any:
        return p.logical_and(self, other)

    def __rand__(self, other: Any) -> Any:
        return p.logical_and(other, self)

    def __or__(self, other: Any) -> Any:
        return p.logical_or(self, other)

    def __ror__(self, other: Any) -> Any:
        return p.logical_or(other, self)

    def __xor__(self, other: Any) -> Any:
        return p.logical_xor(self, other)

    def __invert__(self) -> Any:
        return p.logical_not(self)

    # NumPy's protocols: np.exp(x), np.sum(x), ndarray * x.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if not options and method == "__call__" and (function := UFUNCS.get(ufunc)) is not None:
            return self.level.run(function, inputs, _NONE) if isinstance(function, Primitive) else function(*inputs)
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
        raise DerivativeLostError(
            f"writing into an array under differentiation (x[{key!r}] = ...) is not supported: other names of the "
            "same array would not see it. Instead, build the result: xp.where(mask, new, x), xp.stack([...]), or "
            "xp.concat([x[:i], new, x[i + 1:]])."
        )

    # Conversions: free when nothing is lost, an error when a derivative would be.

    def __bool__(self) -> bool:
        return bool(self.level.decide(self))

    def __float__(self) -> float:
        return float(self._surrender("float"))

    def __int__(self) -> int:
        return int(self._surrender("int"))

    def __index__(self) -> int:
        return self._surrender("int").__index__()

    def __complex__(self) -> complex:
        return complex(self._surrender("complex"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self._surrender("numpy.asarray"), dtype=dtype)

    def tolist(self) -> Any:
        """The values as nested lists, when no derivative would be lost."""
        return self._surrender("tolist").tolist()

    def item(self) -> Any:
        """The only element as a Python number, when no derivative would be lost."""
        return self._surrender("float").item()

    def _surrender(self, conversion: str) -> Any:
        if self.level.carries(self):
            raise _lost(self, conversion)
        return concrete(self)

    def __repr__(self) -> str:
        return f"Array({self.value!r}, level={self.level.name!r})"

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else repr(self)

    # The methods of NumPy arrays that students type.

    def __getattr__(self, name: str) -> Any:
        instead = f"np.{name}(x), or those of" if hasattr(np, name) else "those of NumPy or of"
        raise AttributeError(
            f"an array under differentiation has no attribute {name!r}; use functions: {instead} "
            "xp = array_namespace(x), e.g. xp.reshape(x, (-1,)) for x.flatten()"
        )

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Σ over ``axis`` (all axes by default)."""
        return NAMESPACE.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The mean over ``axis``."""
        return NAMESPACE.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The maximum over ``axis``; a cotangent is shared equally between ties."""
        return NAMESPACE.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The minimum over ``axis``; a cotangent is shared equally between ties."""
        return NAMESPACE.min(self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Any:
        """The same elements in another shape."""
        flat = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        return NAMESPACE.reshape(self, tuple(flat))

    def transpose(self, *axes: Any) -> Any:
        """Permuted axes; all reversed by default."""
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
        return p.permute_dims(self, axes=tuple(order)) if order else self.T

    def dot(self, other: Any) -> Any:
        """The product x · other, as NumPy's dot for one and two axes."""
        return p.matmul(self, other) if self.shape and np.shape(other) else p.multiply(self, other)

    def astype(self, dtype: Any) -> Any:
        """The same values in another dtype."""
        return NAMESPACE.astype(self, dtype)

    def conj(self) -> Any:
        """The complex conjugate."""
        return p.conj(self)

    def conjugate(self) -> Any:
        """The complex conjugate."""
        return p.conj(self)

    def copy(self) -> Any:
        """The array itself: it cannot be written into."""
        return self

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        """The array itself: a copy of its level would be another differentiation, with a derivative of 0."""
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise _lost(self, "pickle")


def concrete(value: Any) -> Any:
    """The plain value under all levels; each level notes that the program depended on it."""
    while isinstance(value, Traced):
        value = value.level.decide(value)
    return value


def concrete_key(key: Any) -> Any:
    """An index whose arrays are plain: which elements are picked is never differentiated."""
    if isinstance(key, tuple):
        return tuple(concrete_key(part) for part in key)
    if isinstance(key, Traced):
        return np.array(concrete(key))
    if isinstance(key, slice):
        return slice(*(operator.index(b) if isinstance(b, Array) else b for b in (key.start, key.stop, key.step)))
    return np.array(key) if isinstance(key, (list, np.ndarray)) else key  # a copy: the caller may change his
