"""Conversions to plain numbers: free when nothing is lost, an error that teaches when a derivative would be."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from derivlab.array import callers, outside
from derivlab.array.level import Traced
from derivlab.errors import DerivativeLostError

_STACK = "np.stack([a, b]) (or xp.stack([a, b]))"
_FILL = "out = np.zeros_like(x, shape=3) (or xp.zeros(3)), and then out[0] = x[0]"
_INSTEAD = {
    "float of": "keep it an array: drop float(), and compute with functions of NumPy or of xp = array_namespace(x): "
    f"np.exp(x) or xp.exp(x), not math.exp(x); to collect numbers write {_STACK}",
    "int of": "keep it an array: np.trunc(x) or xp.trunc(x) for its whole part; for a count or an index use x.shape, "
    "len(x), np.argmax(x) or a Python integer",
    "tolist of": f"index the array, x[i], or loop over it, for t in x; to collect the results write {_STACK}",
    "item of": "index the array, x[i], or x[()] for its only entry, and keep that an array: np.exp(x[i]) (or "
    "xp.exp(x[i])), not math.exp(x.item())",
    "complex of": "keep it an array: drop complex()",
    "pickle of": "keep the computation in one process, and return what you need from the function",
    "DLPack of": "drop the exchange with another library, and use functions of xp = array_namespace(x)",
    "numpy.asarray of": "drop np.asarray(x), np.array(x) and routines that convert their input, and use functions of "
    f"NumPy itself or of xp = array_namespace(x), e.g. np.sum(x) or xp.sum(x); to collect arrays write {_STACK}",
    "numpy.asarray of an entry,": f"to collect numbers into an array write {_STACK}, not np.array([a, b]) or "
    "np.sum([a, b]), and np.block([[a, b], [c, d]]) for a matrix; where a routine converts its input, use functions of "
    "NumPy itself or of xp = array_namespace(x)",
    "filling a NumPy array from": f"write into an array that can take on the derivative: {_FILL}; or collect the "
    f"parts by {_STACK}",
}


def lost(array: Traced, conversion: str) -> DerivativeLostError:
    """The error of a conversion that would cut a derivative: what asked for it, and what to type instead."""
    shape = getattr(array.value, "shape", ())
    call, what = callers.asking(), f"{conversion} of"
    if conversion in ("numpy.asarray", "float") and call.instruction in callers.STORES:
        what = "filling a NumPy array from"
    elif conversion == "numpy.asarray" and not shape:
        what = "numpy.asarray of an entry,"
    array.level.refusal = (
        f"{call.text}{': ' if call.text else ''}{what} an array that carries a derivative (shape {shape}, level "
        f"'{array.level.name}') would lose it. Instead, {outside.instead(call) or _INSTEAD[what]}."
    )
    return DerivativeLostError(array.level.refusal)


_CHOICE = (
    "to choose entry by entry write np.where(c, a, b) (or xp.where) in place of if, and np.maximum(x, 0) in place of "
    "max(x, 0)"
)


class Conversions(Traced):
    """What makes plain numbers of an array."""

    __slots__ = ()

    def __bool__(self) -> bool:
        try:
            return bool(self.level.decide(self))
        except ValueError as error:
            raise ValueError(f"{error}; {_CHOICE}") from None

    def __float__(self) -> float:
        return float(surrender(self, "float"))

    def __int__(self) -> int:
        return int(surrender(self, "int"))

    def __index__(self) -> int:
        return operator.index(surrender(self, "int"))

    def __trunc__(self) -> int:
        return math.trunc(surrender(self, "int"))

    def as_integer_ratio(self) -> tuple[int, int]:
        """The number as a fraction of integers, when no derivative would be lost."""
        return surrender(self, "float").as_integer_ratio()

    def __complex__(self) -> complex:
        return complex(surrender(self, "complex"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        value = surrender(self, "numpy.asarray")
        if isinstance(value, np.ndarray) and not copy:
            value = value.view()
            value.flags.writeable = False  # other arrays may share these entries
        return np.array(value, dtype=dtype) if copy else np.asarray(value, dtype=dtype)

    def __dlpack__(
        self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
    ) -> Any:
        asked = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
        options = {name: value for name, value in asked.items() if value is not None}
        return _dlpack(surrender(self, "DLPack")).__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return _dlpack(surrender(self, "DLPack")).__dlpack_device__()

    def tolist(self) -> Any:
        """The values as nested lists, when no derivative would be lost."""
        return surrender(self, "tolist").tolist()

    def item(self, *place: Any) -> Any:
        """The only element, or the one at a place, as a Python number, when no derivative would be lost."""
        return surrender(self, "item").item(*place)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise lost(self, "pickle")


def _dlpack(value: Any) -> Any:
    return value if hasattr(value, "__dlpack__") else np.array(value)


def surrender(array: Any, conversion: str) -> Any:
    """The plain value of an array that loses nothing by it."""
    if array.level.carries(array):
        raise lost(array, conversion)
    return concrete(array)


def concrete(value: Any) -> Any:
    """The plain value under all levels; each level notes that the program depended on it."""
    while isinstance(value, Traced):
        value = value.level.decide(value)
    return value
