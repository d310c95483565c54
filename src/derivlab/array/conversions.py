"""Conversions to plain numbers: free when nothing is lost, an error that teaches when a derivative would be."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import DerivativeLostError

_INSTEAD = {
    "float": "keep it an array: drop float(), and compute with functions of xp = array_namespace(x), e.g. xp.exp(x), "
    "not math.exp(x)",
    "int": "keep it an array; for a count or an index use x.shape, len(x) or a Python integer",
    "numpy.asarray": "drop the conversion, and use functions of xp = array_namespace(x), e.g. xp.sum(x), instead of a "
    "routine that converts its input; to collect numbers into an array use xp.stack([a, b])",
    "tolist": "index the array, x[i], instead of making a list of floats",
    "complex": "keep it an array: drop complex()",
    "pickle": "keep the computation in one process, and return what you need from the function",
    "DLPack": "drop the exchange with another library, and use functions of xp = array_namespace(x)",
}


def lost(array: Traced, conversion: str) -> DerivativeLostError:
    """The error of a conversion that would cut a derivative."""
    shape = getattr(array.value, "shape", ())
    return DerivativeLostError(
        f"{conversion} of an array that carries a derivative (shape {shape}, level '{array.level.name}') would lose "
        f"it. Instead, {_INSTEAD[conversion]}."
    )


class Conversions(Traced):
    """What makes plain numbers of an array."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return bool(self.level.decide(self))

    def __float__(self) -> float:
        return float(surrender(self, "float"))

    def __int__(self) -> int:
        return int(surrender(self, "int"))

    def __index__(self) -> int:
        return operator.index(surrender(self, "int"))

    def __complex__(self) -> complex:
        return complex(surrender(self, "complex"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(surrender(self, "numpy.asarray"), dtype=dtype)

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
        return surrender(self, "float").item(*place)

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
