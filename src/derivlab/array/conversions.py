"""Conversions to plain numbers: free when nothing is lost, an error that teaches when a derivative would be."""

from __future__ import annotations

import dis
import inspect
import operator
from typing import Any

import numpy as np

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
    f"NumPy itself or of xp = array_namespace(x), e.g. np.sum(x) or xp.sum(x); to collect arrays write {_STACK}; "
    "of a method of a NumPy array, write the operator or function: a @ x for a.dot(x)",
    "numpy.asarray of an entry,": f"to collect numbers into an array write {_STACK}, not np.array([a, b]) or "
    "np.sum([a, b]); for np.full(3, x[0]) write np.full_like(x, x[0], shape=3) (or xp.full); to fill an array write "
    f"{_FILL}; where a routine converts its input, use functions of NumPy itself or of xp = array_namespace(x)",
    "filling a NumPy array from": f"write into an array that can take on the derivative: {_FILL}; or collect the "
    f"parts by {_STACK}",
    "np.vectorize of": "write the function for whole arrays, with np.where in place of if (or xp.where), or call it on "
    "each entry: np.stack([f(t) for t in x]) (or xp.stack)",
}
_ASKED = {"STORE_SUBSCR": "filling a NumPy array from", "vectorize": "np.vectorize of"}


def lost(array: Traced, conversion: str) -> DerivativeLostError:
    """The error of a conversion that would cut a derivative."""
    shape = getattr(array.value, "shape", ())
    what = f"{conversion} of"
    if conversion in ("numpy.asarray", "float"):
        entry = conversion != "float" and not shape
        what = _ASKED.get(_asker(), f"{what} an entry," if entry else what)
    return DerivativeLostError(
        f"{what} an array that carries a derivative (shape {shape}, level '{array.level.name}') would lose it. "
        f"Instead, {_INSTEAD[what]}."
    )


def _asker() -> str:
    """What the program did that needs a plain number: the instruction, or the routine of NumPy's that it called."""
    frame = inspect.currentframe()
    while (
        frame is not None and frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("derivlab.")
    ):
        frame = frame.f_back
    place = frame
    while place is not None and place.f_globals.get("__name__", "").partition(".")[0] == "numpy":
        if type(place.f_locals.get("self")) is np.vectorize:
            return "vectorize"
        place = place.f_back
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] if frame is not None and frame.f_lasti >= 0 else ""


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
