"""The versions and the machine that a figure depends on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import Any

from derivlab.version import __version__

_PACKAGES = (
    "numpy", "scipy", "sympy", "jax", "python-flint", "matplotlib", "numba", "autograd", "torch", "casadi", "optax",
    "scikit-learn",
)  # fmt: skip
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "XLA_FLAGS")
"""Variables that say how many threads the libraries use, as far as they are set."""


def environment() -> dict[str, Any]:
    """The versions and the machine that a figure depends on."""
    versions: dict[str, str] = {}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "derivlab": __version__,
        "python": platform.python_version(),
        **versions,
        "threads": {name: os.environ[name] for name in _THREADS if name in os.environ},
        "machine": platform.machine(),
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "governor": _governor(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def _governor() -> str:
    """How the system chooses the processor's speed, where it tells."""
    try:
        with open("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return "unknown"
