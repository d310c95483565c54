"""Creation functions: arrays that carry no derivative, and that can be written into.

They are of the constant level, over NumPy; written into, such an array takes on the derivative of what is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import writing
from derivlab.array.array import constant
from derivlab.array.level import Traced
from derivlab.array.surface.axes import shape_of
from derivlab.array.surface.data_types import astype, dtype_of
from derivlab.array.surface.manipulation import broadcast_arrays, reshape, stack

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]


def _on(device: Any) -> None:
    if isinstance(device, str) and device != "cpu":
        raise ValueError(f"there is no device {device!r}; constants are made on 'cpu', and follow the arrays they meet")


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
    """An array of ``obj``; nested lists that hold arrays under differentiation are stacked."""
    _on(device)
    if isinstance(obj, Traced):
        changed = dtype is not None and np.dtype(dtype) != np.dtype(obj.level.dtype(obj))
        if changed and copy is False:
            raise ValueError(f"asarray: another dtype, {np.dtype(dtype)}, needs a copy; drop copy=False")
        result = astype(obj, dtype) if changed else obj
        return writing.copied(result) if copy and not changed else result
    if isinstance(obj, (list, tuple)) and holds_traced(obj):
        parts = [asarray(part, dtype=dtype) for part in obj]
        return stack(parts)
    if copy is False and not isinstance(obj, (np.ndarray, np.generic)):
        raise ValueError("asarray: a copy is needed to make an array of numbers; drop copy=False")
    return constant(np.array(obj, dtype=dtype))


def holds_traced(obj: Any) -> bool:
    """Whether an array of ours is among nested lists."""
    return isinstance(obj, Traced) or (isinstance(obj, (list, tuple)) and any(map(holds_traced, obj)))


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
    """An array of the numbers of any object with ``__dlpack__``; one of ours is itself, or copied if asked."""
    _on(device)
    if isinstance(x, Traced):
        return writing.copied(x) if copy else x
    return constant(np.array(np.from_dlpack(x)))


def arange(
    start: float, /, stop: float | None = None, step: float = 1, *, dtype: Any = None, device: Any = None
) -> Any:
    """start, start + step, … below stop; from 0 where only one number is given."""
    _on(device)
    first, last = (0, start) if stop is None else (start, stop)
    return constant(np.arange(first, last, step, dtype=dtype))


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Any:
    """``num`` numbers in equal steps from start to stop, whose derivative is that of its ends."""
    _on(device)
    if not isinstance(start, Traced) and not isinstance(stop, Traced):
        return constant(np.linspace(start, stop, num, dtype=dtype, endpoint=endpoint))
    weight = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    made: Any = p.multiply(start, 1 - weight) + p.multiply(stop, weight)
    return made if dtype is None else astype(made, dtype)


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros."""
    _on(device)
    return constant(np.zeros(shape, dtype=dtype or float))


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones."""
    _on(device)
    return constant(np.ones(shape, dtype=dtype or float))


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """An array to write into, filled with zeros."""
    return zeros(shape, dtype=dtype, device=device)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """One value everywhere; its derivative is that of the value."""
    _on(device)
    if isinstance(fill_value, Traced):
        value = fill_value if dtype is None else astype(fill_value, dtype)
        sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        return writing.copied(p.broadcast_to(value, shape=sizes), "C")
    return constant(np.full(shape, fill_value, dtype=dtype))


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Any:
    """Ones on the k-th diagonal, zeros elsewhere."""
    _on(device)
    return constant(np.eye(n_rows, n_cols, k=k, dtype=dtype or float))


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros of the shape and dtype of x."""
    return zeros(shape_of(x), dtype=dtype or dtype_of(x), device=device)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones of the shape and dtype of x."""
    return ones(shape_of(x), dtype=dtype or dtype_of(x), device=device)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """An array of the shape and dtype of x to write into, filled with zeros."""
    return zeros_like(x, dtype=dtype, device=device)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """One value everywhere, in the shape and dtype of x."""
    return full(shape_of(x), fill_value, dtype=dtype or dtype_of(x), device=device)


def tril(x: Any, /, *, k: int = 0) -> Any:
    """The lower triangle."""
    return p.tril(x, k=k)


def triu(x: Any, /, *, k: int = 0) -> Any:
    """The upper triangle."""
    return p.triu(x, k=k)


def meshgrid(*arrays: Any, indexing: str = "xy") -> list[Any]:
    """The coordinates of a grid: each array varies along its own axis (the first two swapped for "xy")."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', and not {indexing!r}")
    grids = broadcast_arrays(*spread(arrays, indexing))
    return [writing.copied(grid, "C") if isinstance(grid, Traced) else grid for grid in grids]


def spread(arrays: Sequence[Any], indexing: str) -> list[Any]:
    """Each array along its own axis of a grid, whose other axes have length 1."""
    count = len(arrays)
    places: Sequence[int] = (1, 0, *range(2, count)) if indexing == "xy" and count > 1 else range(count)
    shapes = [tuple(-1 if axis == place else 1 for axis in range(count)) for place in places]
    return [reshape(x, shape) for x, shape in zip(arrays, shapes, strict=True)]
