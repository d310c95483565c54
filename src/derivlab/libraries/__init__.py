"""What each primitive is called in each array library: one file a library, and the only place that imports it.

``kernel(name, values)`` finds the library of the first foreign value. Adding a library touches one file here
and one line of ``_HOMES``. A library that can lie under derivlab's own interpreters (a *base*) has beside its
``KERNELS`` what :class:`derivlab.interpreters.foreign.Foreign` asks for: ``lift``, ``constant``, ``dtype_of``,
``copy``, ``host``, ``CAST`` and ``TRACERS``.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.errors import ArgumentError, UnavailableError, UnsupportedError

_HOMES = {
    "numpy": "numpy",
    "jax": "jax",
    "jaxlib": "jax",
    "torch": "torch",
    "array_api_strict": "strict",
    "autograd": "autograd",
}
BASES = ("torch", "jax", "strict")
"""The libraries whose arrays forward, reverse and Taylor mode take as they take NumPy's."""


def home(value: Any) -> str | None:
    """The name of the library that ``value`` belongs to, or None for Python's own numbers."""
    return _home_of(type(value))


@functools.lru_cache(maxsize=1024)
def _home_of(kind: type) -> str | None:
    for parent in kind.__mro__:  # a subclass of a tensor is a tensor: torch.nn.Parameter, or the user's own
        library = _HOMES.get(parent.__module__.partition(".")[0])
        if library is not None:
            return library
    return None


def load(library: str) -> Any:
    """The module ``derivlab.libraries.<library>``; a missing package is an error with its install line."""
    try:
        return importlib.import_module(f"derivlab.libraries.{library}")
    except ModuleNotFoundError as error:
        package = {"flint": "python-flint"}.get(error.name or "", error.name or library)
        raise UnavailableError(f"{package} is not installed; type: pip install {package}") from error


def base(value: Any) -> str | None:
    """The library of an array that can lie under derivlab's interpreters; None of NumPy's and of anything else."""
    library = home(value)
    return library if library in BASES and hasattr(value, "shape") else None


def kernel(name: str, values: Sequence[Any]) -> Callable[..., Any]:
    """The function that computes primitive ``name`` in the library of ``values``.

    NumPy arrays and numbers among its arguments are made arrays of that library first.

    Raises
    ------
    UnsupportedError
        If the library has no such function.
    """
    libraries = {library for value in values if (library := home(value)) not in (None, "numpy")}
    if len(libraries) == 1:
        (library,) = libraries
        module = load(str(library))
        if name in module.KERNELS:
            return lambda *values, **params: computed(module, name, values, params)
        if library in BASES:
            raise UnsupportedError(f"{name}: {module.NAME} has no such function; compute over NumPy arrays instead")
    kinds = ", ".join(sorted({type(value).__name__ for value in values}))
    raise ArgumentError(
        f"{name}: cannot compute with {kinds}; give NumPy arrays or floats (numpy.asarray(value, dtype=float))"
        + (", or arrays of one library." if len(libraries) > 1 else ".")
    )


def computed(module: Any, name: str, values: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """Primitive ``name`` in a library that has it, of values of which one is its own and none another's."""
    lift = getattr(module, "lift", None)
    return module.KERNELS[name](*(values if lift is None else lift(name, values)), **params)


def dtype_of(x: Any) -> np.dtype[Any]:
    """NumPy's name for the dtype of an array of any library; a Python number is a double."""
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, np.dtype):
        return dtype
    library = base(x)
    return np.dtype(float if dtype is None else dtype) if library is None else load(library).dtype_of(x)


def device_of(x: Any) -> Any:
    """Where an array lies: "cpu", or the device as its library has it."""
    device = getattr(x, "device", "cpu")
    return "cpu" if "cpu" in str(device).lower() else device


def host(x: Any) -> Any:
    """The elements of an array that picks elements, as NumPy's: positions are no part of the numbers computed."""
    library = base(x)
    return np.array(x if library is None else load(library).host(x))
