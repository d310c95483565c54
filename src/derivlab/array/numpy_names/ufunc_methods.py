"""What can be done with a ufunc: call it, with ``out=`` and ``where=``, reduce, accumulate, outer, at, reduceat."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array import writing
from derivlab.array.array import SCIPY_UFUNCS, UFUNCS
from derivlab.array.level import Traced
from derivlab.array.numpy_names.common import (
    NOT_GIVEN,
    Lacking,
    array,
    carries,
    cast,
    cut,
    flat,
    integers,
    kind_of,
    true,
)
from derivlab.array.numpy_names.filling import checked, ours
from derivlab.array.numpy_names.reductions import TABLE as REDUCTIONS
from derivlab.array.surface.axes import axes_of, one_axis, shape_of

_IGNORED = frozenset(("order", "subok", "casting"))  # layout in memory, and what NumPy would refuse

_REDUCE: dict[Any, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
_ASSOCIATIVE = frozenset((np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logical_and, np.logical_or))


def meaning(ufunc: Any) -> Callable[..., Any]:
    """What a ufunc means on our arrays."""
    if (function := UFUNCS.get(ufunc) or _of_scipy(ufunc)) is None:
        wrapped = "O" in "".join(ufunc.types) and len(ufunc.types) == 1  # np.frompyfunc
        raise Lacking("", _OF_ENTRIES if wrapped else _INSTEAD.get(ufunc, ""))
    return function


def is_scipy(ufunc: Any) -> bool:
    """Whether a ufunc is SciPy's; it cannot be where SciPy's module was never loaded."""
    modules = sys.modules.get("scipy.special"), sys.modules.get("scipy.special._ufuncs")  # where lambertw has its own
    return any(getattr(module, ufunc.__name__, None) is ufunc for module in modules)


def _of_scipy(ufunc: Any) -> Callable[..., Any] | None:
    """Our function for a ufunc of ``scipy.special``, known by its name; found once, it is remembered."""
    if not is_scipy(ufunc):
        return None
    importlib.import_module("derivlab.special")  # which fills the table
    function = SCIPY_UFUNCS.get(ufunc.__name__)
    return function if function is None else UFUNCS.setdefault(ufunc, function)


_OF_ENTRIES = "write the function for whole arrays, or call it on each entry: np.stack([f(t) for t in x]) (or xp.stack)"
_INSTEAD = {
    np.frexp: "divide by a power of two: x / 2.0**k",
    np.spacing: "use np.finfo(x.dtype).eps * np.abs(x)",
}


def call(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """``ufunc(*inputs, out=, where=, dtype=, axis=)``."""
    options = {key: value for key, value in options.items() if value is not None and key not in _IGNORED}
    function, out, where = meaning(ufunc), options.pop("out", None), options.pop("where", True)
    if len(inputs) > ufunc.nin:
        inputs, out = inputs[: ufunc.nin], tuple(inputs[ufunc.nin :])
    dtype = options.pop("dtype", None)
    arrays = [cast(x, dtype) if dtype is not None else x if isinstance(x, (int, float)) else array(x) for x in inputs]
    axes = {key: options.pop(key) for key in ("axis",) if key in options and ufunc is np.vecdot}
    if options:
        raise Lacking(f"{next(iter(options))}=", "drop that option")
    if where is not True:
        return _where(function, arrays, out, where)
    results = function(*arrays, **axes)
    if out is None:
        return results
    several = isinstance(results, tuple)
    stored = tuple(
        result if target is None else store(result, target)
        for result, target in zip(results if several else (results,), out, strict=False)
    )
    return stored if several else stored[0]


def _where(function: Callable[..., Any], arrays: Sequence[Any], out: Any, where: Any) -> Any:
    """The ufunc on those entries alone that ``where`` marks: the others may be outside its domain."""
    if out is None:
        raise Lacking("where= without out=", "write np.where(condition, f(x), other) (or xp.where), or give out=")
    target = out[0]
    if len(out) > 1 or not isinstance(target, Traced):
        raise Lacking("where= and out= into a NumPy array", _OURS)
    shape = np.broadcast_shapes(*map(np.shape, arrays), np.shape(where), shape_of(target))
    if shape != shape_of(target):
        raise ValueError(f"out= of shape {shape_of(target)} cannot take a result of shape {shape}")
    mask = np.broadcast_to(integers(where).astype(bool), shape)
    picked = [x if isinstance(x, (int, float)) else p.broadcast_to(x, shape=shape)[mask] for x in arrays]
    writing.put(target, mask, checked(function(*picked), target))
    return target


_OURS = (
    "make that array by np.zeros_like(x, shape=...) (or xp.zeros(...)), so that it can take on the derivative, and "
    "write a = a + x for a += x"
)


def store(result: Any, target: Any) -> Any:
    """What ``out=`` does: the entries of a result written into an array, which is the answer."""
    if not isinstance(target, Traced):
        if carries(result) or not isinstance(target, np.ndarray):
            raise Lacking("out= into a NumPy array", _OURS)
        np.copyto(target, np.asarray(result))
        return target
    checked(result, target)
    if len(shape_of(result)) > len(shape_of(target)) or np.broadcast_shapes(
        shape_of(result), shape_of(target)
    ) != shape_of(target):
        raise ValueError(f"out= of shape {shape_of(target)} cannot take a result of shape {shape_of(result)}")
    writing.put(target, ..., result)
    return target


def reduce(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """ufunc over axes, the first by default."""
    x, axis, dtype, out, keepdims, initial, where = _arguments(
        inputs, options, ("array", "axis", "dtype", "out", "keepdims", "initial", "where"), (0, None, None, False)
    )
    x = array(x)
    chosen = {key: value for key, value in (("initial", initial), ("where", where)) if value is not None}
    if (function := _REDUCE.get(ufunc)) is not None:
        if "initial" in chosen and function in (np.all, np.any):
            raise Lacking("initial=", "combine the result with it by & or |")
        result = REDUCTIONS[function](cast(x, dtype), axis, keepdims=keepdims, **chosen)
    elif ufunc is np.logaddexp and not chosen and all(shape_of(x)):
        result = p.logsumexp(floats(cast(x, dtype)), axis=axes_of(x, axis), keepdims=true(keepdims))
    else:
        result = _folded(ufunc, cast(x, dtype), axis, true(keepdims), chosen)
    return result if out is None else store(result, out[0] if isinstance(out, tuple) else out)


def floats(x: Any) -> Any:
    """x, in float64 where it is not of floats."""
    return x if kind_of(x) == "f" else xp.astype(x, float)


def _arguments(
    inputs: Sequence[Any], options: dict[str, Any], names: Sequence[str], defaults: tuple[Any, ...]
) -> list[Any]:
    """The arguments of a method in its order; what it does not know is refused by name."""
    given = dict(zip(names, inputs, strict=False)) | options
    if unknown := [key for key in given if key not in names]:
        raise Lacking(f"{unknown[0]}=", "drop that option")
    filled = dict(zip(names[1:], defaults, strict=False)) | {k: v for k, v in given.items() if v is not NOT_GIVEN}
    return [filled.get(name) for name in names]


def _folded(ufunc: Any, x: Any, axis: Any, keepdims: bool, chosen: dict[str, Any]) -> Any:
    """One entry after the other, as NumPy takes them."""
    if "where" in chosen:
        raise Lacking("where=", "replace the entries that are left out by np.where first")
    axes = tuple(range(len(shape_of(x)))) if axis is None else axes_of(x, axis) or ()
    if len(axes) > 1:
        rest = [a for a in range(len(shape_of(x))) if a not in axes]
        kept = tuple(1 if a in axes else n for a, n in enumerate(shape_of(x)))
        line = xp.reshape(xp.permute_dims(x, [*axes, *rest]), (-1, *(shape_of(x)[a] for a in rest)))
        folded = _folded(ufunc, line, 0, False, chosen)
        return xp.reshape(folded, kept) if keepdims else folded
    if not axes:
        return x
    parts = list(xp.unstack(x, axis=axes[0]))
    if "initial" in chosen:
        parts.insert(0, chosen["initial"])
    if not parts:
        raise ValueError(f"zero-size array to reduction operation {ufunc.__name__} which has no identity")
    folded = functools.reduce(meaning(ufunc), parts)
    return xp.expand_dims(folded, axis=axes[0]) if keepdims else folded


def accumulate(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """ufunc over the entries so far; running extremes share a cotangent between ties."""
    x, axis, dtype, out = _arguments(inputs, options, ("array", "axis", "dtype", "out"), (0,))
    x = cast(array(x), dtype)
    axis = one_axis(axis, len(shape_of(x)))
    if ufunc is np.add:
        result = xp.cumulative_sum(x, axis=axis)
    elif ufunc is np.multiply:
        result = xp.cumulative_prod(x, axis=axis)
    elif ufunc in _ASSOCIATIVE:
        result = _doubled(meaning(ufunc), x, axis)
    else:
        result = _in_turn(meaning(ufunc), x, axis)
    return result if out is None else store(result, out[0] if isinstance(out, tuple) else out)


def _doubled(function: Callable[..., Any], x: Any, axis: int) -> Any:
    """log₂ n steps, each of which doubles how far back an entry looks."""
    length, step = shape_of(x)[axis], 1
    while step < length:
        later = function(cut(x, axis, None, length - step), cut(x, axis, step))
        x, step = p.concat(cut(x, axis, None, step), later, axis=axis), 2 * step
    return x


def _in_turn(function: Callable[..., Any], x: Any, axis: int) -> Any:
    parts = list(xp.unstack(x, axis=axis))
    for i in range(1, len(parts)):
        parts[i] = function(parts[i - 1], parts[i])
    return xp.stack(parts, axis=axis) if parts else x


def outer(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """ufunc of every pair of entries."""
    x, y = map(array, inputs)
    return call(ufunc, (xp.reshape(x, shape_of(x) + (1,) * len(shape_of(y))), y), options)


def reduceat(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """ufunc over each part from one position to the next; a part that ends before it begins is one entry."""
    x, indices, axis, dtype, out = _arguments(inputs, options, ("array", "indices", "axis", "dtype", "out"), (None, 0))
    x = cast(array(x), dtype)
    axis = one_axis(axis, len(shape_of(x)))
    starts = [int(i) for i in integers(indices)]
    stops = [*starts[1:], shape_of(x)[axis]]
    parts = [
        reduce(ufunc, (cut(x, axis, i, j if j > i else i + 1),), {"axis": axis})
        for i, j in zip(starts, stops, strict=True)
    ]
    result = xp.stack(parts, axis=axis)
    return result if out is None else store(result, out[0] if isinstance(out, tuple) else out)


def at(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> None:
    """ufunc in place at positions, again where a position is named again."""
    target, key = ours(inputs[0]), inputs[1]
    numbers = np.arange(max(1, int(np.prod(shape_of(target))))).reshape(shape_of(target))
    picked = np.asarray(numbers[_plain_key(key)])
    places, function = picked.ravel(), meaning(ufunc)
    values = [flat(p.broadcast_to(array(y), shape=picked.shape)) for y in inputs[2:]]
    if ufunc in (np.add, np.subtract) and values:
        total = p.scatter(values[0], key=(places,), shape=(numbers.size,))
        changed = function(target, xp.reshape(total, shape_of(target)))
        writing.put(target, ..., checked(changed, target))
        return
    order = np.argsort(places, kind="stable")
    _, first, counts = np.unique(places[order], return_index=True, return_counts=True)
    turn = np.empty(places.size, dtype=int)
    turn[order] = np.arange(places.size) - np.repeat(first, counts)
    for k in range(int(np.max(turn, initial=-1)) + 1):
        now = np.flatnonzero(turn == k)
        there = np.unravel_index(places[now], shape_of(target))
        writing.put(target, there, checked(function(target[there], *(v[now] for v in values)), target))


def _plain_key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(_plain_key(part) for part in key)
    return integers(key) if isinstance(key, (Traced, list)) else key


METHODS: dict[str, Callable[..., Any]] = {
    "__call__": call,
    "reduce": reduce,
    "accumulate": accumulate,
    "outer": outer,
    "reduceat": reduceat,
    "at": at,
}
