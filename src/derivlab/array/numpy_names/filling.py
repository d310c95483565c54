"""Functions of NumPy's that write into an array: our arrays are written into so that their views see it."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array import writing
from derivlab.array.level import Traced
from derivlab.array.numpy_names.common import Lacking, Table, array, flat, integers, size_of
from derivlab.array.surface.axes import shape_of


def ours(x: Any) -> Any:
    """The array that is written into: it must be one of ours to take on a derivative."""
    if isinstance(x, Traced):
        return x
    raise Lacking(
        "into a NumPy array",
        "make that array by np.zeros_like(x, shape=...) (or xp.zeros(...)), so that it can take on the derivative",
    )


def checked(result: Any, target: Any, casting: str = "same_kind") -> Any:
    """A result that NumPy would let into an array of that dtype."""
    source, dtype = np.dtype(xp.result_type(result)), np.dtype(xp.result_type(target))
    if not isinstance(result, (int, float)) and not np.can_cast(source, dtype, casting):  # type: ignore[arg-type]
        raise TypeError(f"Cannot cast output from dtype('{source}') to dtype('{dtype}') with casting rule '{casting}'")
    return result


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    if not isinstance(dst, Traced):
        raise Lacking("into a NumPy array")  # np.full(shape, x[0]) comes here too
    target = dst
    source = checked(src if isinstance(src, (int, float)) else array(src), target, casting)
    if where is True:
        writing.put(target, ..., source)
        return
    mask = np.broadcast_to(integers(where).astype(bool), shape_of(target))
    writing.put(target, mask, p.broadcast_to(array(source), shape=shape_of(target))[mask])


def _cycled(values: Any, count: int) -> Any:
    """As many values as there are places, from the first again when they run out."""
    line = flat(array(values))
    return p.index(line, key=(np.arange(count) % max(size_of(line), 1),)) if size_of(line) != 1 else line[0]


def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    target, places = ours(a), np.ravel(integers(ind))
    if not places.size or not size_of(array(v)):
        return
    size = size_of(target)
    if mode != "raise":
        places = np.clip(places, 0, size - 1) if mode == "clip" else places % size
    elif np.any((places < -size) | (places >= size)):
        raise IndexError(f"put: an index is out of bounds for an array of {size} entries")
    writing.put(target, np.unravel_index(places % size, shape_of(target)), _cycled(v, places.size))


def _mask(target: Any, mask: Any) -> Any:
    return integers(p.not_equal(array(mask), 0)).astype(bool).reshape(shape_of(target))


def _place(arr: Any, mask: Any, vals: Any) -> None:
    """The first entries of ``vals`` where the mask holds."""
    target = ours(arr)
    chosen = _mask(target, mask)
    if np.any(chosen):
        if not size_of(array(vals)):
            raise ValueError("Cannot insert from an empty array!")
        writing.put(target, chosen, _cycled(vals, int(np.count_nonzero(chosen))))


def _putmask(a: Any, /, mask: Any, values: Any) -> None:
    """The entries of ``values`` at the places where the mask holds."""
    target = ours(a)
    chosen = _mask(target, mask)
    if not size_of(array(values)):
        return
    spread = _cycled(values, size_of(target))
    writing.put(target, chosen, spread[np.flatnonzero(chosen)] if shape_of(spread) else spread)


def _put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    target, places = ours(arr), integers(indices)
    if axis is None:
        _put(target, places, p.broadcast_to(array(values), shape=places.shape))
        return
    axis %= len(shape_of(target))
    key: list[Any] = list(np.ogrid[tuple(slice(n) for n in shape_of(target))])
    key[axis] = places
    writing.put(target, tuple(key), array(values))


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """The entries (i, i, …); with ``wrap`` a tall matrix has several diagonals."""
    target = ours(a)
    shape = shape_of(target)
    if len(shape) < 2:
        raise ValueError("array must be at least 2-d")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    step = 1 + int(np.sum(np.cumprod(shape[:-1]))) if len(shape) > 2 else shape[1] + 1
    end = shape[1] * shape[1] if len(shape) == 2 and not wrap else None
    places = np.arange(size_of(target))[:end:step]
    if places.size:
        writing.put(target, np.unravel_index(places, shape), _cycled(val, places.size))


TABLE: Table = {
    np.copyto: _copyto,
    np.put: _put,
    np.place: _place,
    np.putmask: _putmask,
    np.put_along_axis: _put_along_axis,
    np.fill_diagonal: _fill_diagonal,
}
