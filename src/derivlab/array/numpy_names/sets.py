"""Sets of numbers: which belong is a step, and the entries that are picked carry their derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.numpy_names.common import Lacking, Table, array, flat, integers
from derivlab.array.numpy_names.statistics import TABLE as STATISTICS
from derivlab.array.surface.axes import shape_of


def _isin(element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each entry is among others."""
    x = array(element)
    among = xp.any(p.equal(xp.reshape(x, (*shape_of(x), 1)), flat(array(test_elements))), axis=-1)
    return p.logical_not(among) if invert else among


def _values(x: Any) -> Any:
    return STATISTICS[np.unique](x)


def _picked(x: Any, mask: Any) -> Any:
    return p.index(x, key=(np.flatnonzero(integers(mask)),))


def _union1d(ar1: Any, ar2: Any) -> Any:
    return _values(xp.concat([flat(array(ar1)), flat(array(ar2))]))


def _intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    if return_indices:
        raise Lacking("return_indices=", "find the places by np.flatnonzero(np.isin(a, b))")
    values = _values(ar1)
    return _picked(values, _isin(values, ar2))


def _setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    values = flat(array(ar1)) if assume_unique else _values(ar1)
    return _picked(values, _isin(values, ar2, invert=True))


def _setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    return _union1d(_setdiff1d(ar1, ar2), _setdiff1d(ar2, ar1))


TABLE: Table = {
    np.isin: _isin,
    np.union1d: _union1d,
    np.intersect1d: _intersect1d,
    np.setdiff1d: _setdiff1d,
    np.setxor1d: _setxor1d,
}
