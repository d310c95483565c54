"""The methods of NumPy arrays that students type, in terms of NumPy's functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from derivlab.array import writing
from derivlab.array.level import Traced

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""What NumPy's functions mean on our arrays; :mod:`derivlab.array.numpy_names` fills it."""


def _call(function: Any, *args: Any, **options: Any) -> Any:
    """A function of NumPy's on our arrays, with its options and refusals."""
    from derivlab.array import protocols

    return protocols.call_function(function, args, options)


class Flat:
    """``x.flat``: the entries in order, to read and to write into."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return self.array.size

    def __iter__(self) -> Iterator[Any]:
        return iter(_call(np.ravel, self.array))

    def __getitem__(self, key: Any) -> Any:
        return writing.copied(_call(np.ravel, self.array)[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        places = np.arange(self.array.size)[key]
        _call(np.put, self.array, places, value)


def _reduction(function: Any, says: str) -> Callable[..., Any]:
    """The method of a reduction, which is called often: without further options its meaning is called at once."""

    def method(self: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
        if args or options.keys() - {"keepdims"}:
            return _call(function, self, axis, *args, **options)
        return FUNCTIONS[function](self, axis, **options)

    method.__name__ = method.__qualname__ = function.__name__
    method.__doc__ = says
    return method


class Methods(Traced):
    """NumPy's methods: each is the function of its name."""

    __slots__ = ()

    sum = _reduction(np.sum, "Σ over ``axis`` (all axes by default).")
    mean = _reduction(np.mean, "The mean over ``axis``.")
    max = _reduction(np.max, "The maximum over ``axis``; a cotangent is shared equally between ties.")
    min = _reduction(np.min, "The minimum over ``axis``; a cotangent is shared equally between ties.")

    def dot(self, other: Any, out: Any = None) -> Any:
        """The product x · other, as NumPy's dot."""
        return _call(np.dot, self, other, out)

    def compress(self, condition: Any, axis: Any = None, out: Any = None) -> Any:
        """The entries along ``axis`` where the condition holds."""
        return _call(np.compress, condition, self, axis, out)

    def partition(self, kth: Any, axis: int = -1, kind: str = "introselect", order: Any = None) -> None:
        """Sort in place so far that the entries at ``kth`` stand where they would in order."""
        writing.put(self, ..., _call(np.partition, self, kth, axis))

    @property
    def flat(self) -> Flat:
        """The entries in order, row by row."""
        return Flat(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        Flat(self)[:] = value

    @property
    def itemsize(self) -> int:
        """The bytes of an entry."""
        return np.dtype(self.level.dtype(self)).itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all entries."""
        return self.itemsize * self.size

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """The same elements in another shape."""
        flat = shape[0] if len(shape) == 1 else shape
        return _call(np.reshape, self, flat, order=order)

    def transpose(self, *axes: Any) -> Any:
        """Permuted axes; all reversed by default."""
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
        return _call(np.transpose, self, tuple(order) or None)

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        """The same values in another dtype."""
        return _call(np.astype, self, dtype, copy=copy)

    def copy(self, order: Any = "C") -> Any:
        """The same values under another name: what is written into one does not show in the other."""
        return writing.copied(self, order)

    def flatten(self, order: str = "C") -> Any:
        """A copy with one axis."""
        return writing.copied(_call(np.ravel, self, order=order))

    def fill(self, value: Any) -> None:
        """Write one value into all elements."""
        writing.put(self, ..., value)

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
        """Sort in place along an axis."""
        writing.put(self, ..., _call(np.sort, self, axis=axis))

    def conj(self) -> Any:
        """The complex conjugate; an array of real numbers itself."""
        if getattr(self.level.dtype(self), "kind", "f") != "c":
            return self
        return np.conjugate(self)  # pyright: ignore

    conjugate = conj

    def __copy__(self) -> Any:
        return writing.copied(self)

    def __deepcopy__(self, memo: Any) -> Any:
        """A copy at the same level: a copy of the level would be another differentiation, with a derivative of 0."""
        return writing.copied(self)

    def __getattr__(self, name: str) -> Any:
        function = _BY_NAME.get(name)
        if function is not None:
            return lambda *args, **options: _call(function, self, *args, **options)
        if name in ("base", "views") or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        instead = f"np.{name}(x), or those of" if hasattr(np, name) else "those of NumPy or of"
        raise AttributeError(
            f"an array under differentiation has no attribute {name!r}; use functions: {instead} "
            "xp = array_namespace(x), e.g. xp.reshape(x, (-1,)) for x.view()"
        )


_BY_NAME = {
    name: getattr(np, name)
    for name in (
        "prod std var argmax argmin argsort argpartition all any cumsum cumprod ravel swapaxes squeeze repeat take "
        "diagonal trace clip round nonzero searchsorted choose put"
    ).split()
}
