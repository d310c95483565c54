"""The namespace of our arrays: the array API standard 2024.12, written once in terms of the primitives.

``x.__array_namespace__()`` answers this module. Files are named after the standard's chapters; each lists its names.

Reference: Consortium for Python Data API Standards, "Python array API standard", version 2024.12.
"""

from __future__ import annotations

import importlib
import math
import sys
from typing import Any

import numpy as np

from derivlab.array import array
from derivlab.array.surface import (
    creation,
    data_types,
    elementwise,
    fft,
    indexing,
    linalg,
    linear_algebra,
    manipulation,
    searching,
    statistical,
)
from derivlab.array.surface.creation import *
from derivlab.array.surface.data_types import *
from derivlab.array.surface.elementwise import *
from derivlab.array.surface.indexing import *
from derivlab.array.surface.linear_algebra import *
from derivlab.array.surface.manipulation import *
from derivlab.array.surface.searching import *
from derivlab.array.surface.statistical import *

e, inf, nan, newaxis, pi = math.e, math.inf, math.nan, None, math.pi
_DTYPES = """
    bool complex64 complex128 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64
""".split()
globals().update({name: getattr(np, name) for name in _DTYPES})
__array_api_version__ = "2024.12"


def __array_namespace_info__() -> Any:
    """What the namespace can do, and its dtypes and devices: those of NumPy."""
    return np.__array_namespace_info__()


def __getattr__(name: str) -> Any:
    """``special``, where SciPy looks for the special functions of a namespace."""
    if name == "special":
        return importlib.import_module("derivlab.special")
    if name.startswith("__"):
        raise AttributeError(name)
    hint = f" (did you mean {CALLED[name]!r}?)" if name in CALLED else ""  # SciPy asks for names: no long search
    numpys = f"; NumPy's takes these arrays too: np.{name}" if hasattr(np, name) else ""
    raise AttributeError(f"the array API standard has no {name!r}{hint}, and neither has its namespace here{numpys}")


array.NAMESPACE = sys.modules[__name__]

CALLED = {
    "concatenate": "concat",
    "power": "pow",
    "absolute": "abs",
    "array": "asarray",
    "transpose": "permute_dims",
    "dot": "vecdot",
    "amax": "max",
    "amin": "min",
    "cumsum": "cumulative_sum",
    "cumprod": "cumulative_prod",
    "conjugate": "conj",
    "invert": "bitwise_invert",
    "left_shift": "bitwise_left_shift",
    "right_shift": "bitwise_right_shift",
    **{f"arc{name}": f"a{name}" for name in "sin cos tan tan2 sinh cosh tanh".split()},
}
"""What functions of the standard are called in NumPy."""

_CHAPTERS: tuple[Any, ...] = (
    creation,
    data_types,
    elementwise,
    indexing,
    linear_algebra,
    manipulation,
    searching,
    statistical,
)

__all__ = [  # pyright: ignore[reportUnsupportedDunderAll]
    *(name for chapter in _CHAPTERS for name in chapter.__all__),
    *_DTYPES,
    "__array_api_version__",
    "__array_namespace_info__",
    "e",
    "fft",
    "inf",
    "linalg",
    "nan",
    "newaxis",
    "pi",
]
