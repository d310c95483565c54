"""Arrays joined, cut apart, repeated and padded."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.numpy_names.common import Lacking, Table, along, array, cast, copied, flat, integers, rearranged
from derivlab.array.numpy_names.shaping import TABLE as SHAPING
from derivlab.array.surface.axes import one_axis, shape_of
from derivlab.array.surface.creation import spread


def _parts(arrays: Any) -> list[Any]:
    return [array(x) for x in arrays]


def _concatenate(arrays: Any, /, axis: Any = 0, *, dtype: Any = None) -> Any:
    parts = _parts(arrays)
    if axis is not None and any(not shape_of(x) for x in parts):
        raise ValueError("zero-dimensional arrays cannot be concatenated; use np.stack([a, b]) or np.append")
    return cast(xp.concat(parts, axis=axis), dtype)


def _stack(arrays: Any, axis: int = 0, *, dtype: Any = None) -> Any:
    return cast(xp.stack(_parts(arrays), axis=axis), dtype)


def _vstack(tup: Any, *, dtype: Any = None) -> Any:
    return _concatenate([SHAPING[np.atleast_2d](x) for x in tup], 0, dtype=dtype)


def _hstack(tup: Any, *, dtype: Any = None) -> Any:
    parts = [SHAPING[np.atleast_1d](x) for x in tup]
    return _concatenate(parts, 0 if parts and len(shape_of(parts[0])) == 1 else 1, dtype=dtype)


def _dstack(tup: Any) -> Any:
    return _concatenate([SHAPING[np.atleast_3d](x) for x in tup], 2)


def _column_stack(tup: Any) -> Any:
    parts = [x if len(shape_of(x)) >= 2 else xp.reshape(x, (-1, 1)) for x in _parts(tup)]
    return _concatenate(parts, 1)


def _block(arrays: Any) -> Any:
    """Nested lists of blocks joined: the innermost along the last axis, the outermost along the first."""
    depth = _depth(arrays)
    ndim = max(depth, max(len(shape_of(x)) for x in _leaves(arrays)))

    def joined(blocks: Any, level: int) -> Any:
        if not isinstance(blocks, list):
            x = array(blocks)
            return xp.reshape(x, (1,) * (ndim - len(shape_of(x))) + shape_of(x))
        return xp.concat([joined(block, level - 1) for block in blocks], axis=-level)

    made = joined(arrays, depth)
    return made if depth else xp.positive(made)


def _depth(blocks: Any) -> int:
    if not isinstance(blocks, list):
        return 0
    if not blocks:
        raise ValueError("List at arrays cannot be empty")
    depths = {_depth(block) for block in blocks}
    if len(depths) > 1:
        raise ValueError("List depths are mismatched")
    return 1 + depths.pop()


def _leaves(blocks: Any) -> list[Any]:
    return [x for block in blocks for x in _leaves(block)] if isinstance(blocks, list) else [array(blocks)]


def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    if axis is None:
        return xp.concat([flat(array(arr)), flat(array(values))])
    return _concatenate([arr, values], axis)


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    place = obj if isinstance(obj, (int, slice)) else integers(obj)
    joined = rearranged(lambda x, v: np.insert(x, place, v, axis), arr, values)
    return _fitting(joined, array(arr), "numpy.insert")


def _fitting(made: Any, x: Any, name: str) -> Any:
    """What has been made in the dtype of x, which NumPy keeps: fractions are cut off, and a derivative is not."""
    dtype = np.dtype(xp.result_type(x))
    if dtype.kind in "biu" and np.dtype(xp.result_type(made)).kind in "fc":
        raise TypeError(f"{name} of {dtype} numbers would cut fractions off; begin with floats: x.astype(float)")
    return cast(made, dtype)


def _delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    x = flat(array(arr)) if axis is None else array(arr)
    axis = one_axis(0 if axis is None else axis, len(shape_of(x)))
    gone = obj if isinstance(obj, (int, slice)) else integers(obj)
    return p.index(x, key=along(axis, np.delete(np.arange(shape_of(x)[axis]), gone), len(shape_of(x))))


def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Views of the parts of an array, whose lengths may differ by one."""
    x = array(ary)
    axis = one_axis(axis, len(shape_of(x)))
    length = shape_of(x)[axis]
    if np.ndim(integers(indices_or_sections)):
        bounds = [0, *map(int, integers(indices_or_sections)), length]
    else:
        count = operator.index(indices_or_sections)
        if count <= 0:
            raise ValueError("number sections must be larger than 0.")
        short, longer = divmod(length, count)
        bounds = [0, *np.cumsum([short + 1] * longer + [short] * (count - longer)).tolist()]
    pairs = itertools.pairwise(bounds)
    return [x[along(axis, slice(start, stop), len(shape_of(x)))] for start, stop in pairs]


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    x = array(ary)
    if not np.ndim(integers(indices_or_sections)) and shape_of(x)[axis] % operator.index(indices_or_sections):
        raise ValueError("array split does not result in an equal division")
    return _array_split(x, indices_or_sections, axis)


def _split_along(least: int, axis: Callable[[int], int]) -> Callable[..., Any]:
    def split(ary: Any, indices_or_sections: Any) -> list[Any]:
        x = array(ary)
        if len(shape_of(x)) < least:
            raise ValueError(f"this split only works on arrays of {least} or more dimensions")
        return _split(x, indices_or_sections, axis(len(shape_of(x))))

    return split


def _unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    return xp.unstack(array(x), axis=axis)


def _repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    x = array(a)
    return xp.repeat(flat(x) if axis is None else x, integers(repeats), axis=0 if axis is None else axis)


def _tile(A: Any, reps: Any) -> Any:
    counts = np.atleast_1d(integers(reps)).tolist()
    if 0 in counts:
        return rearranged(lambda x: np.tile(x, counts), A)
    return copied(xp.tile(array(A), counts))


_PADS = ("constant", "edge", "reflect", "symmetric", "wrap")


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """Entries put around an array: constants, or its own again."""
    if mode not in _PADS or kwargs.get("reflect_type", "even") != "even":
        what = f"mode={mode!r}" if mode not in _PADS else f"reflect_type={kwargs['reflect_type']!r}"
        raise Lacking(what, f"use one of the modes {', '.join(_PADS)}, or join the edges by np.concatenate")
    width = {int(k): v for k, v in pad_width.items()} if isinstance(pad_width, dict) else integers(pad_width)
    if mode != "constant":
        return rearranged(lambda x: np.pad(x, width, mode, **kwargs), array)
    if "constant_values" not in kwargs or _is_zero(kwargs["constant_values"]):
        return rearranged(lambda x: np.pad(x, width), array)
    padded = rearranged(lambda x, c: np.pad(x, width, constant_values=c), array, kwargs["constant_values"])
    return _fitting(padded, _parts([array])[0], "numpy.pad")


def _is_zero(value: Any) -> bool:
    return isinstance(value, (int, float)) and value == 0


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    """The coordinates of a grid; with sparse=True each along its own axis only."""
    parts = [flat(array(x)) for x in xi]
    if not sparse:
        return tuple(xp.meshgrid(*parts, indexing=indexing)) if parts else ()
    grids = spread(parts, indexing)
    return tuple(copied(grid) if copy else grid for grid in grids)


TABLE: Table = {
    np.concatenate: _concatenate,
    np.concat: _concatenate,
    np.stack: _stack,
    np.vstack: _vstack,
    np.hstack: _hstack,
    np.dstack: _dstack,
    np.column_stack: _column_stack,
    np.block: _block,
    np.append: _append,
    np.insert: _insert,
    np.delete: _delete,
    np.array_split: _array_split,
    np.split: _split,
    np.vsplit: _split_along(2, lambda ndim: 0),
    np.hsplit: _split_along(1, lambda ndim: 1 if ndim > 1 else 0),
    np.dsplit: _split_along(3, lambda ndim: 2),
    np.unstack: _unstack,
    np.repeat: _repeat,
    np.tile: _tile,
    np.pad: _pad,
    np.meshgrid: _meshgrid,
}
