"""What each primitive is called in each array library: one file a library, and the only place that imports it.

``kernel(name, values)`` finds the library of the first foreign value. Adding a library touches one file here
and one line of ``_HOMES``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

from derivlab.errors import ArgumentError, UnavailableError

_HOMES = {"numpy": "numpy", "jax": "jax", "jaxlib": "jax", "torch": "torch", "autograd": "autograd"}


def home(value: Any) -> str | None:
    """The name of the library that ``value`` belongs to, or None for Python's own numbers."""
    return _HOMES.get(type(value).__module__.partition(".")[0])


def load(library: str) -> Any:
    """The module ``derivlab.libraries.<library>``; a missing package is an error with its install line."""
    try:
        return importlib.import_module(f"derivlab.libraries.{library}")
    except ModuleNotFoundError as error:
        package = {"flint": "python-flint"}.get(error.name or "", error.name or library)
        raise UnavailableError(f"{package} is not installed; type: pip install {package}") from error


def kernel(name: str, values: Iterable[Any]) -> Callable[..., Any]:
    """The function that computes primitive ``name`` in the library of ``values``."""
    for value in values:
        library = home(value)
        if library not in (None, "numpy") and name in load(library).KERNELS:
            return load(library).KERNELS[name]
    kinds = ", ".join(sorted({type(value).__name__ for value in values}))
    raise ArgumentError(
        f"{name}: cannot compute with {kinds}; give NumPy arrays or floats (numpy.asarray(value, dtype=float))."
    )
