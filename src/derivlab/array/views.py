"""Which arrays show entries of others, as NumPy's views do: slices, transposes and reshapes.

A view knows its ``base``, and a base its live ``views``; :mod:`derivlab.array.writing` keeps them alike.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from derivlab.array.level import Traced
from derivlab.libraries.numpy import is_basic

if TYPE_CHECKING:
    from derivlab.array.primitive import Primitive

NAMES = frozenset("index reshape permute_dims matrix_transpose flip broadcast_to real imag".split())
"""The primitives whose result may show the entries of their argument."""

WRITABLE = frozenset("index reshape permute_dims matrix_transpose flip".split())
"""Those through which one can write."""


class Base(NamedTuple):
    """How a view comes from the array whose entries it shows: ``view = primitive(array, **params)``."""

    array: Traced
    primitive: Primitive
    params: Mapping[str, Any]


_OBJECTS = np.dtype(object)


def is_array(array: Any) -> bool:
    """Whether NumPy holds an array, and no scalar: it has axes, was made as an array, or shows an entry of one."""
    if getattr(array.value, "shape", ()):
        return True
    if getattr(array, "base", None) is not None or getattr(array, "views", None) is not None:
        return True
    value = plain(array)
    return not isinstance(value, (np.generic, float, int, complex)) and getattr(value, "dtype", None) is not _OBJECTS


def link(view: Any, array: Traced, primitive: Primitive, params: Mapping[str, Any]) -> None:
    """Note that an array shows entries of another; a scalar of NumPy's has none to show."""
    if is_array(array) and _shows(view, array, primitive.name, params):
        tie(view, array, primitive, params)


def tie(view: Any, array: Traced, primitive: Primitive, params: Mapping[str, Any]) -> None:
    """Let an array share entries of another: ``view = primitive(array, **params)``."""
    view.base = Base(array, primitive, params)
    views: list[Any] | None = getattr(array, "views", None)
    if views is None:
        array.views = views = []
    elif len(views) >= 16 and not len(views) & (len(views) - 1):
        views[:] = [view for view in views if view() is not None]
    views.append(weakref.ref(view))


def _shows(view: Traced, array: Traced, name: str, params: Mapping[str, Any]) -> bool:
    """Whether NumPy's result was a view, and not a copy."""
    if name == "index":
        key = params["key"]
        entry = not getattr(view, "shape", ()) and not (isinstance(key, tuple) and any(k is Ellipsis for k in key))
        return is_basic(key) and (not entry or key is Ellipsis)
    if name != "reshape":
        return True
    left, right = plain(view), plain(array)
    both = isinstance(left, np.ndarray) and isinstance(right, np.ndarray)
    return np.may_share_memory(left, right) if both else True


def plain(value: Any) -> Any:
    """The value under all levels, which nobody is told of."""
    while isinstance(value, Traced):
        value = value.value
    return value
