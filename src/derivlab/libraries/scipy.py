"""SciPy's modules, each loaded when it is first used, and the only place that imports them."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "differentiate":
        return importlib.import_module("scipy.differentiate")
    if name == "optimize":
        return importlib.import_module("scipy.optimize")
    if name == "sparse":
        return importlib.import_module("scipy.sparse")
    if name == "special":
        return importlib.import_module("scipy.special")
    raise AttributeError(name)
