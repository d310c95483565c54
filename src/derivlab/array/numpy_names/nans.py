"""Reductions that leave NaNs out: an entry that is NaN has derivative 0.

Reverse mode pulls that 0 back through what made the NaN, where 0 · NaN is NaN; such programs are refused. Pick what is
known first, ``(ratings - u @ v.T)[known]``, in place of ``np.nansum((ratings - u @ v.T) ** 2)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.level import Traced
from derivlab.array.numpy_names.common import NOT_GIVEN, Lacking, Table, array, cast, decided, flat, kind_of, true
from derivlab.array.numpy_names.reductions import TABLE as PLAIN
from derivlab.array.numpy_names.reductions import counted, given, root_of
from derivlab.array.numpy_names.sorting import TABLE as SORTED
from derivlab.array.surface.axes import shape_of
from derivlab.array.views import plain

_PASSING = frozenset(
    """
    where assign concat index scatter reshape permute_dims matrix_transpose broadcast_to flip roll astype add subtract
    negative
    """.split()
)
"""The primitives that pull 0 back as 0 through a NaN."""


def _without(x: Any, filler: Any) -> Any:
    """x with other numbers in place of NaN."""
    if kind_of(x) not in "fc":
        return x
    missing = p.isnan(x)
    if isinstance(x, Traced) and decided(p.any(missing, axis=None, keepdims=False)):
        _follow(x)
    return p.where(missing, filler, x)


def _lost(value: Any) -> Any:
    return ~np.isfinite(value)


def _follow_lost(x: Any) -> None:
    if isinstance(x, Traced) and not decided(p.all(p.isfinite(x), axis=None, keepdims=False)):
        _follow(x, _lost)


def _follow(x: Traced, lost: Callable[..., Any] = np.isnan) -> None:
    """Refuse a NaN (or what else is ``lost``) that was computed in a way that a sweep backwards cannot pass.

    Raises
    ------
    Lacking
        Where a recorded operation has made or handed on a NaN, and multiplies cotangents by it.
    """
    lines, pending, seen = getattr(x.level, "lines", ()), [x.attached], set[int]()
    while lines and pending:
        number = pending.pop()
        if number is None or number in seen:
            continue
        seen.add(number)
        line = lines[number]
        if line.primitive is None or not np.any(lost(plain(line.value))):
            continue
        if line.primitive.name not in _PASSING:
            raise Lacking(
                "entries computed from NaN",
                "pick what is known before computing: known = ~np.isnan(y), np.sum((y[known] - f(x)[known]) ** 2); for "
                "a quotient write np.divide(a, b, out=np.zeros_like(a), where=b != 0)",
            )
        pending.extend(line.parents)


def _filled(function: Any, filler: float) -> Callable[..., Any]:
    """A sum or product of the numbers."""

    def reduce(
        a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
    ) -> Any:
        return PLAIN[function](_without(array(a), filler), axis, dtype, keepdims, initial, where)

    return reduce


def _running(function: Callable[..., Any], filler: float) -> Callable[..., Any]:
    def run(a: Any, axis: Any = None, dtype: Any = None) -> Any:
        x = _without(array(a), filler)
        return function(flat(x) if axis is None else x, axis=0 if axis is None else axis, dtype=dtype)

    return run


def _nanmean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    x = cast(array(a), dtype)
    return PLAIN[np.mean](_without(x, 0.0), axis, None, keepdims, where=_numbers(x, where))


def _numbers(x: Any, where: Any) -> Any:
    """Where the numbers are that take part."""
    numbers = p.logical_not(p.isnan(x)) if kind_of(x) in "fc" else np.ones(shape_of(x), dtype=bool)
    return numbers if where is True or where is NOT_GIVEN else p.logical_and(numbers, array(where))


def _nanvar(a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: Any = False, **options: Any) -> Any:
    """Σ (x − mean)² / (n − ddof) over the numbers, NaN where n ≤ ddof."""
    x = cast(array(a), dtype)
    numbers = _numbers(x, options.pop("where", True))
    variance = PLAIN[np.var](_without(x, 0.0), axis, None, ddof, keepdims, where=numbers, **options)
    correction = options.get("correction")
    free = counted(numbers, x, axis, true(keepdims)) - (correction if given(correction) else ddof)
    return p.where(free > 0, variance, math.nan)


def _extreme(function: Any, filler: float) -> Callable[..., Any]:
    """The extreme of the numbers, NaN where there is none."""

    def extreme(a: Any, axis: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        x = array(a)
        found = PLAIN[function](_without(x, filler), axis, keepdims, initial, where)
        if kind_of(x) != "f" or given(initial):
            return found
        return p.where(PLAIN[np.all](p.isnan(x), axis, keepdims), math.nan, found)

    return extreme


def _position(function: Any, filler: float) -> Callable[..., Any]:
    def position(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
        x = array(a)
        if kind_of(x) == "f" and decided(p.any(PLAIN[np.all](p.isnan(x), axis), axis=None, keepdims=False)):
            raise ValueError("All-NaN slice encountered")
        return PLAIN[function](_without(x, filler), axis, keepdims=keepdims)

    return position


def _ordered(function: Any) -> Callable[..., Any]:
    """A median or quantile of the numbers: over all entries, or where no entry is NaN."""

    def ordered(a: Any, *args: Any, axis: Any = None, **options: Any) -> Any:
        x = array(a)
        missing = p.isnan(x)
        if not decided(p.any(missing, axis=None, keepdims=False)):
            return SORTED[function](x, *args, axis=axis, **options)
        if axis is None and not options.get("keepdims"):
            return SORTED[function](flat(x)[p.logical_not(flat(missing))], *args, **options)
        raise Lacking("axis= where entries are NaN", "call it for each slice x[i], or fill the gaps by np.where first")

    return ordered


def _nanmedian(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return _ordered(np.median)(a, axis=axis, keepdims=keepdims)


def _nanpercentile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: Any = False) -> Any:
    return _ordered(np.percentile)(a, q, axis=axis, method=method, keepdims=keepdims)


def _nanquantile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: Any = False) -> Any:
    return _ordered(np.quantile)(a, q, axis=axis, method=method, keepdims=keepdims)


def _nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """x with numbers in place of NaN and ∞, where the derivative is 0."""
    x = array(x)
    if kind_of(x) not in "fc":
        return xp.positive(x)
    _follow_lost(x)
    limits = xp.finfo(x if not isinstance(x, np.ndarray) else x.dtype)
    most = limits.max if posinf is None else posinf
    least = limits.min if neginf is None else neginf
    finite = _finite(x, nan, most, least)
    if copy:
        return finite
    x[...] = finite
    return x


def _finite(x: Any, nan: Any, most: Any, least: Any) -> Any:
    if kind_of(x) == "c":
        return _finite(p.real(x), nan, most, least) + 1j * _finite(p.imag(x), nan, most, least)
    return p.where(p.isinf(x), p.where(x > 0, most, least), p.where(p.isnan(x), nan, x))


TABLE: Table = {
    np.nansum: _filled(np.sum, 0),
    np.nanprod: _filled(np.prod, 1),
    np.nanmean: _nanmean,
    np.nanvar: _nanvar,
    np.nanstd: root_of(_nanvar),
    np.nanmax: _extreme(np.max, -math.inf),
    np.nanmin: _extreme(np.min, math.inf),
    np.nanargmax: _position(np.argmax, -math.inf),
    np.nanargmin: _position(np.argmin, math.inf),
    np.nancumsum: _running(xp.cumulative_sum, 0),
    np.nancumprod: _running(xp.cumulative_prod, 1),
    np.nanmedian: _nanmedian,
    np.nanpercentile: _nanpercentile,
    np.nanquantile: _nanquantile,
    np.nan_to_num: _nan_to_num,
}
