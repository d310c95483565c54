"""Writing into arrays: ``x[i] = v`` and ``x += v`` as functional updates that every name of the array sees.

Values are never written into: an update makes new ones, of which the array takes hold. Slices, transposes and
reshapes of an array share its entries, as in NumPy: a view knows its ``base`` and passes what is written into it on,
and a base knows its live ``views`` and makes them again.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array import primitives as p
from derivlab.array.level import Traced
from derivlab.array.views import WRITABLE, Base, is_array, plain
from derivlab.errors import DerivativeLostError


def copied(array: Traced, order: str = "K") -> Any:
    """The array under another name: what is written into one does not show in the other.

    ``order`` is that of the entries in memory, as NumPy's copy has it: it decides whether a reshape of the copy is a
    view of it.
    """
    return type(array)(array.level, _laid_out(array.value, order), array.attached)


def _laid_out(value: Any, order: Any) -> Any:
    if isinstance(value, Traced):
        return copied(value, order)
    if not isinstance(value, np.ndarray) or value.ndim < 2:
        return value
    flags = value.flags
    kept = flags.c_contiguous or (flags.f_contiguous and order != "C") if order != "F" else flags.f_contiguous
    return value if kept else np.array(value, order=order)


def put(array: Any, key: Any, entries: Any) -> None:
    """``array[key] = entries``.

    Raises
    ------
    DerivativeLostError
        If entries with a derivative are written into an array of integers or truth values, which would cut it.
    TypeError
        If complex entries are written into a real array.
    """
    _write(array, p.assign(array, _cast(array, entries), key=key))


def updated(array: Any, result: Any) -> Any:
    """What ``array += …`` leaves in the name: the array itself with its new entries.

    A single number that NumPy gives as a scalar (an element, a sum) is no array there: its name moves on to the
    result, and other names keep the old number.

    Raises
    ------
    ValueError
        If the result has another shape.
    TypeError
        If it has another kind of numbers, as where integers are divided in place.
    """
    if not is_array(array):
        return result
    if result.shape != array.shape:
        raise ValueError(
            f"an in-place operation made shape {result.shape} of an array of shape {array.shape}; write x = x + y"
        )
    entries = _cast(array, result)
    source, target = result.dtype, array.dtype
    if isinstance(target, np.dtype) and isinstance(source, np.dtype) and not np.can_cast(source, target, "same_kind"):
        raise TypeError(
            f"an in-place operation made {source} numbers, which do not fit an array of {target}; write x = x + y"
        )
    if not array.shape and getattr(array, "views", None) is None:
        array.views = []  # an array it stays, whatever NumPy makes of its new entry
    _write(array, entries if _strides(array) == _strides(entries) else p.assign(array, entries, key=...))
    return array


def _strides(array: Any) -> Any:
    """How the entries lie in memory, where they do."""
    return getattr(plain(array), "strides", None)


def _cast(array: Any, entries: Any) -> Any:
    """Entries in the dtype of the array that they are written into."""
    target = array.dtype
    if libraries.base(entries) is not None:
        return p.astype(entries, dtype=target)
    if not isinstance(entries, Traced):
        return np.asarray(entries, dtype=target)[()] if isinstance(target, np.dtype) else entries
    source = entries.level.dtype(entries)
    if source == target:
        return entries
    kinds = getattr(source, "kind", "f"), getattr(target, "kind", "f")
    if kinds[1] in "biu" and kinds[0] in "fc" and entries.level.carries(entries):
        raise DerivativeLostError(
            f"writing {source} numbers that carry a derivative into an array of {target} would cut it. Make that array "
            f"of floats: xp.zeros(shape, dtype=x.dtype), xp.zeros_like(x), or x.astype(float)."
        )
    if kinds[0] == "c" and kinds[1] != "c":
        raise TypeError(f"cannot write {source} numbers into an array of {target}; make that array complex")
    return p.astype(entries, dtype=target)


def _write(array: Any, result: Any) -> None:
    """Let an array take the entries of a result; its base and its views take their part of them."""
    base: Base | None = getattr(array, "base", None)
    if base is None:
        _become(array, result)
        return
    owner, primitive, params = base
    if primitive.name not in WRITABLE:
        raise DerivativeLostError(
            f"writing into what {primitive.name} shows of an array is not supported. Write into the array itself, or "
            "copy first: y = x.copy()."
        )
    if primitive is p.index:
        _write(owner, p.assign(owner, result, key=params["key"]))
        return
    shape: tuple[int, ...] = owner.shape  # type: ignore[attr-defined]
    numbers = np.arange(math.prod(shape)).reshape(shape)
    key = np.unravel_index(primitive.kernel(numbers, **params), shape) if shape else ()
    _write(owner, p.assign(owner, result if shape else p.reshape(result, shape=()), key=key))


def _become(array: Any, result: Traced) -> None:
    if result.level.number:
        result.level.written = True
    array.__class__ = type(result)
    array.level, array.value, array.attached = result.level, result.value, result.attached
    for reference in getattr(array, "views", ()):
        if (view := reference()) is not None:
            base: Base = view.base
            _become(view, array.level.run(base.primitive, (array,), base.params))
