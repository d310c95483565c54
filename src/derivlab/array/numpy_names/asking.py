"""Questions about arrays: shapes, dtypes, equality, and how an array is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.level import Traced
from derivlab.array.numpy_names.common import Lacking, Table, array, decided, kind_of, size_of
from derivlab.array.surface.axes import axes_of, shape_of
from derivlab.array.views import plain


def _shape(a: Any) -> tuple[int, ...]:
    return shape_of(array(a))


def _ndim(a: Any) -> int:
    return len(shape_of(array(a)))


def _size(a: Any, axis: Any = None) -> int:
    x = array(a)
    return size_of(x) if axis is None else int(np.prod([shape_of(x)[i] for i in axes_of(x, axis) or ()]))


def _dtype(x: Any) -> Any:
    return np.dtype(xp.result_type(x)) if isinstance(x, Traced) else x


def _result_type(*arrays_and_dtypes: Any) -> Any:
    return np.result_type(*map(_dtype, arrays_and_dtypes))


def _can_cast(from_: Any, to: Any, casting: str = "safe") -> bool:
    return np.can_cast(_dtype(from_), to, casting)  # type: ignore[arg-type]


def _common_type(*arrays: Any) -> Any:
    return np.common_type(*(np.empty(0, dtype=_dtype(array(x)) if isinstance(x, Traced) else x.dtype) for x in arrays))


def _isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """|a − b| ≤ atol + rtol |b|: a truth value for each entry."""
    x, y = array(a), array(b)
    near = p.logical_and(p.abs(x - y) <= atol + rtol * p.abs(y), p.isfinite(y))
    close = p.logical_or(near, x == y)
    return p.logical_or(close, p.logical_and(p.isnan(x), p.isnan(y))) if equal_nan else close


def _allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> bool:
    return decided(xp.all(_isclose(a, b, rtol, atol, equal_nan)))


def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    x, y = array(a1), array(a2)
    if shape_of(x) != shape_of(y):
        return False
    alike = p.equal(x, y)
    if equal_nan and kind_of(x) in "fc" and kind_of(y) in "fc":
        alike = p.logical_or(alike, p.logical_and(p.isnan(x), p.isnan(y)))
    return decided(xp.all(alike))


def _array_equiv(a1: Any, a2: Any) -> bool:
    x, y = array(a1), array(a2)
    try:
        np.broadcast_shapes(shape_of(x), shape_of(y))
    except ValueError:
        return False
    return decided(xp.all(p.equal(x, y)))


def _iscomplexobj(x: Any) -> bool:
    return kind_of(array(x)) == "c"


def _isrealobj(x: Any) -> bool:
    return not _iscomplexobj(x)


def _everywhere(name: str, answer: bool) -> Callable[..., Any]:
    """What is the same for all real numbers."""

    def asked(x: Any) -> Any:
        if _iscomplexobj(x):
            raise Lacking("complex numbers", "ask for its parts: x.imag == 0")
        return np.full(_shape(x), answer)[()]

    asked.__name__ = name
    return asked


def _printed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Text of the numbers as they are, which the differentiation does not depend on."""

    def text(*args: Any, **options: Any) -> Any:
        return function(*map(plain, args), **{key: plain(value) for key, value in options.items()})

    return text


TABLE: Table = {
    np.shape: _shape,
    np.ndim: _ndim,
    np.size: _size,
    np.result_type: _result_type,
    np.can_cast: _can_cast,
    np.common_type: _common_type,
    np.isclose: _isclose,
    np.allclose: _allclose,
    np.array_equal: _array_equal,
    np.array_equiv: _array_equiv,
    np.iscomplexobj: _iscomplexobj,
    np.isrealobj: _isrealobj,
    np.isreal: _everywhere("isreal", True),
    np.iscomplex: _everywhere("iscomplex", False),
    np.array_str: _printed(np.array_str),
    np.array_repr: _printed(np.array_repr),
    np.array2string: _printed(np.array2string),
}
