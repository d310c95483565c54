"""Entries picked by position, by condition and by place in a matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.array import constant
from derivlab.array.numpy_names.common import Table, along, array, copied, flat, integers, kind_of, rearranged, size_of
from derivlab.array.surface.axes import one_axis, shape_of


def _where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """x where the condition holds, else y; with the condition alone, where that is."""
    if (x is None) != (y is None):
        raise ValueError("either both or neither of x and y should be given")
    if x is None:
        return xp.nonzero(array(condition))
    condition = array(condition)
    truth = condition if kind_of(condition) == "b" else p.not_equal(condition, 0)
    return p.where(truth, x if _number(x) else array(x), y if _number(y) else array(y))


def _number(x: Any) -> bool:
    return type(x) in (int, float)


def _take(a: Any, indices: Any, axis: Any = None, *, mode: str = "raise") -> Any:
    x = flat(array(a)) if axis is None else array(a)
    axis = one_axis(0 if axis is None else axis, len(shape_of(x)))
    places, length = integers(indices), shape_of(x)[axis]
    if mode != "raise":
        places = np.clip(places, 0, length - 1) if mode == "clip" else places % length
    return copied(xp.take(x, places, axis=axis))


def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    x = flat(array(arr)) if axis is None else array(arr)
    return xp.take_along_axis(x, integers(indices), axis=0 if axis is None else axis)


def _compress(condition: Any, a: Any, axis: Any = None) -> Any:
    x = flat(array(a)) if axis is None else array(a)
    places = np.flatnonzero(integers(p.not_equal(array(condition), 0)))
    return p.index(x, key=along(0 if axis is None else axis, places, len(shape_of(x))))


def _extract(condition: Any, arr: Any) -> Any:
    return _compress(flat(array(condition)), arr)


def _choose(a: Any, choices: Any, *, mode: Any = "raise") -> Any:
    chooser = integers(a)
    parts = list(choices) if isinstance(choices, (list, tuple)) else list(array(choices))
    return rearranged(lambda *numbers: np.choose(chooser, numbers, mode=mode), *parts)


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """The first choice whose condition holds."""
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        if kind_of(array(condition)) != "b":
            raise TypeError("select: the conditions must be boolean arrays, e.g. x > 0")
        chosen = _where(condition, choice, chosen)
    return chosen


def _piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Each function on the entries whose condition holds; of several the last."""
    x = array(x)
    conditions = _conditions(condlist, x)
    if len(funclist) == len(conditions) + 1:
        none: Any = np.True_
        for condition in conditions:
            none = p.logical_and(none, p.logical_not(condition))
        conditions = [*conditions, none]
    elif len(funclist) != len(conditions):
        raise ValueError(f"with {len(conditions)} condition(s), either that many functions or one more are expected")
    answer = xp.zeros(shape_of(x), dtype=xp.result_type(x))
    for condition, function in zip(conditions, funclist, strict=True):
        mask = integers(condition)
        if not callable(function):
            answer[mask] = function
        elif np.any(mask):
            answer[mask] = function(x[mask], *args, **kw)
    return answer


def _conditions(condlist: Any, x: Any) -> list[Any]:
    single = not isinstance(condlist, (list, tuple)) and len(shape_of(array(condlist))) <= len(shape_of(x))
    scalar = isinstance(condlist, (list, tuple)) and not any(shape_of(array(c)) for c in condlist) and bool(shape_of(x))
    conditions = [condlist] if single or scalar else list(condlist)
    return [p.not_equal(array(c), 0) for c in conditions]


def _nonzero(a: Any) -> tuple[Any, ...]:
    return xp.nonzero(array(a))


def _argwhere(a: Any) -> Any:
    return constant(np.argwhere(integers(p.not_equal(array(a), 0))))


def _flatnonzero(a: Any) -> Any:
    return constant(np.flatnonzero(integers(p.not_equal(array(a), 0))))


def _diag(v: Any, k: int = 0) -> Any:
    x = array(v)
    if len(shape_of(x)) not in (1, 2):
        raise ValueError("Input must be 1- or 2-d.")
    return xp.diag(x, k=k)


def _diagflat(v: Any, k: int = 0) -> Any:
    return xp.diag(flat(array(v)), k=k)


def _triangle(primitive: Callable[..., Any]) -> Callable[..., Any]:
    def triangle(m: Any, k: int = 0) -> Any:
        x = array(m)
        square = p.broadcast_to(x, shape=shape_of(x) * 2) if len(shape_of(x)) == 1 else x
        return primitive(square, k=k)

    return triangle


def _indices_from(function: Callable[..., Any]) -> Callable[..., Any]:
    """Positions in a matrix, which depend on its shape alone."""

    def indices(arr: Any, k: int = 0) -> Any:
        return function(np.empty(shape_of(arr)), k)

    return indices


def _diag_indices_from(arr: Any) -> Any:
    return np.diag_indices_from(np.empty(shape_of(arr)))


def _ix_(*args: Any) -> Any:
    return np.ix_(*map(integers, args))


def _trim_zeros(filt: Any, trim: str = "fb") -> Any:
    x = array(filt)
    places = np.flatnonzero(integers(p.not_equal(x, 0)))
    start = int(places[0]) if places.size and "f" in trim.lower() else 0
    stop = int(places[-1]) + 1 if places.size and "b" in trim.lower() else size_of(x)
    return x[start:stop] if places.size else x[:0]


TABLE: Table = {
    np.where: _where,
    np.take: _take,
    np.take_along_axis: _take_along_axis,
    np.compress: _compress,
    np.extract: _extract,
    np.choose: _choose,
    np.select: _select,
    np.piecewise: _piecewise,
    np.nonzero: _nonzero,
    np.argwhere: _argwhere,
    np.flatnonzero: _flatnonzero,
    np.diag: _diag,
    np.diagflat: _diagflat,
    np.tril: _triangle(p.tril),
    np.triu: _triangle(p.triu),
    np.tril_indices_from: _indices_from(np.tril_indices_from),
    np.triu_indices_from: _indices_from(np.triu_indices_from),
    np.diag_indices_from: _diag_indices_from,
    np.ix_: _ix_,
    np.trim_zeros: _trim_zeros,
}
