"""The methods of NumPy arrays that students type, in terms of the namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import writing
from derivlab.array.level import Traced

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""What NumPy's functions mean on our arrays; :mod:`derivlab.array.protocols` fills it."""


class Methods(Traced):
    """NumPy's methods: each is the function of its name."""

    __slots__ = ()

    def sum(self, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Σ over ``axis`` (all axes by default)."""
        return FUNCTIONS[np.sum](self, axis, dtype, out, keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """The mean over ``axis``."""
        return FUNCTIONS[np.mean](self, axis, dtype, out, keepdims)

    def max(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """The maximum over ``axis``; a cotangent is shared equally between ties."""
        return FUNCTIONS[np.max](self, axis, out, keepdims)

    def min(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """The minimum over ``axis``; a cotangent is shared equally between ties."""
        return FUNCTIONS[np.min](self, axis, out, keepdims)

    def dot(self, other: Any) -> Any:
        """The product x · other, as NumPy's dot."""
        return FUNCTIONS[np.dot](self, other)

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """The same elements in another shape."""
        flat = shape[0] if len(shape) == 1 else shape
        return FUNCTIONS[np.reshape](self, flat, order=order)

    def transpose(self, *axes: Any) -> Any:
        """Permuted axes; all reversed by default."""
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
        return FUNCTIONS[np.transpose](self, tuple(order) or None)

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        """The same values in another dtype."""
        return FUNCTIONS[np.astype](self, dtype)

    def conj(self) -> Any:
        """The complex conjugate."""
        return FUNCTIONS[np.conj](self)

    def conjugate(self) -> Any:
        """The complex conjugate."""
        return FUNCTIONS[np.conj](self)

    def copy(self, order: str = "C") -> Any:
        """The same values under another name: what is written into one does not show in the other."""
        return writing.copied(self)

    def flatten(self, order: str = "C") -> Any:
        """A copy with one axis."""
        return writing.copied(FUNCTIONS[np.ravel](self, order=order))

    def fill(self, value: Any) -> None:
        """Write one value into all elements."""
        writing.put(self, ..., value)

    def sort(self, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
        """Sort in place along an axis."""
        writing.put(self, ..., FUNCTIONS[np.sort](self, axis=axis))

    def __copy__(self) -> Any:
        return writing.copied(self)

    def __deepcopy__(self, memo: Any) -> Any:
        """A copy at the same level: a copy of the level would be another differentiation, with a derivative of 0."""
        return writing.copied(self)

    def __getattr__(self, name: str) -> Any:
        function = _BY_NAME.get(name)
        if function is not None:
            return lambda *args, **options: FUNCTIONS[function](self, *args, **options)
        if name in ("base", "views") or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        if name == "flat":
            return iter(FUNCTIONS[np.ravel](self))
        instead = f"np.{name}(x), or those of" if hasattr(np, name) else "those of NumPy or of"
        raise AttributeError(
            f"an array under differentiation has no attribute {name!r}; use functions: {instead} "
            "xp = array_namespace(x), e.g. xp.reshape(x, (-1,)) for x.view()"
        )


_BY_NAME = {
    name: getattr(np, name)
    for name in (
        "prod std var argmax argmin argsort all any cumsum cumprod ravel swapaxes squeeze repeat take diagonal trace "
        "clip round nonzero searchsorted compress conj conjugate"
    ).split()
}
