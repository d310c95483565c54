"""What an input must be: an array of finite floats; anything else is refused with the cast to write."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array import primitives as p
from derivlab.array.level import Traced
from derivlab.array.parts import is_complex
from derivlab.errors import ArgumentError
from derivlab.interpreters.foreign import adopted

LARGE = 4096
"""Entries above which a constant is locked, not copied, and looked through only where the answer is not finite."""


def check_leaf(leaf: Any, where: str, adopt: bool = False, complex_too: bool = False) -> Any:
    """A leaf as an array to differentiate with respect to; refuses what would give a wrong or empty answer.

    ``where`` is what the caller knows it by: "argument 0", "tangent 1".
    """
    if isinstance(leaf, Traced):
        if is_complex(leaf) and not complex_too:
            raise ArgumentError(_not_floating(leaf.level.dtype(leaf), where))
        return leaf
    kind = type(leaf)
    if kind is float:
        leaf, kind = np.float64(leaf), np.float64
    elif kind is complex:
        leaf, kind = np.complex128(leaf), np.complex128
    if kind is np.ndarray or isinstance(leaf, np.generic):
        if leaf.dtype.kind != "f" and not (complex_too and leaf.dtype.kind == "c"):
            raise ArgumentError(_not_floating(leaf.dtype, where))
        if leaf.size < LARGE:
            check_finite(leaf, where)
        return leaf
    if isinstance(leaf, (bool, int)):
        raise ArgumentError(
            f"{where} is the {kind.__name__} {leaf!r}: derivatives need floating point; write "
            f"{float(leaf)!r} or numpy.asarray(x, dtype=float)"
        )
    if (library := libraries.base(leaf)) is not None:
        return _check_foreign(leaf, where, libraries.load(library), adopt)
    if libraries.home(leaf) is not None and not isinstance(leaf, np.ndarray):
        return leaf
    raise ArgumentError(
        f"{where} is {kind.__name__}: {leaf!r:.60}; give a float or an array, numpy.asarray(x, dtype=float)"
        + (", or pick another argument with argnums=" if where.startswith("argument") else "")
    )


def _check_foreign(leaf: Any, where: str, module: Any, adopt: bool) -> Any:
    """An array of another library as one of ours; without ``adopt`` JAX's, which turn into NumPy's, are left."""
    try:
        dtype = module.dtype_of(leaf)
    except TypeError as error:
        raise ArgumentError(f"{where}: {error}") from None
    if dtype.kind == "c":
        raise ArgumentError(
            f"{where} is complex ({dtype}), and of {module.NAME}'s arrays real ones are differentiated alone: give "
            "NumPy's, or its real and imaginary parts as two real arrays"
        )
    if dtype.kind in "iub":
        raise ArgumentError(_not_floating(dtype, where, module.CAST))
    if not adopt:
        if hasattr(leaf, "__array__") and module.TRACERS:
            return leaf
        raise ArgumentError(
            f"{where} is an array of {module.NAME}, and this method computes with NumPy: "
            "convert it, or use forward, reverse or taylor"
        )
    array = adopted(leaf)
    small = array.size < LARGE and not isinstance(leaf, module.TRACERS)
    if small and not p.all(p.isfinite(array), axis=None, keepdims=False):
        raise ArgumentError(_not_finite("nan or inf", where, "xp"))
    return array


def _not_floating(dtype: Any, where: str, cast: str = "") -> str:
    if dtype.kind == "c":
        return (
            f"{where} is complex ({dtype}), which this method does not take: use forward or reverse, or "
            "pass its real and imaginary parts as two real arrays"
        )
    return (
        f"{where} has dtype {dtype}: derivatives need floating point; write "
        f"{cast or 'x.astype(float) or numpy.asarray(x, dtype=float)'}"
    )


def check_finite(leaf: Any, where: str) -> None:
    """An error that names the entry, for an input that is not finite."""
    if not all_finite(leaf):
        raise ArgumentError(_not_finite(_first_bad(leaf), where, "numpy"))


def _not_finite(what: str, where: str, library: str) -> str:
    return (
        f"{where} holds {what}: a derivative there means nothing. Check the input with "
        f"{library}.isfinite(x), and remove or replace such entries."
    )


def all_finite(x: Any) -> bool:
    """Whether all entries of an array are finite."""
    cheap = x.dtype.kind == "f" and math.isfinite(np.vdot(x, x))
    return cheap or bool(np.isfinite(x).all())  # cheap for the usual case, and never warns


def _first_bad(x: Any) -> str:
    if x.ndim == 0:
        return str(x)
    place = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(x)))
    return f"{x[place]} at index {place}"


def complex_message(name: str) -> str:
    """What to do about a function that leaves the real numbers, for a method that does not follow it."""
    return f"{name} answers with complex numbers; return real ones, or use forward or reverse"
