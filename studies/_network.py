"""The symbolic gradient of the network. It runs in a worker, which imports it from here."""

from __future__ import annotations

import numpy as np

import derivlab as dl


def prepare(method: str, size: str) -> float:
    """Derive and compile the gradient, and evaluate it once; seconds of the preparation. Runs in a worker."""
    spec = dl.spec("mlp-loss", size="large" if size == "large" else "small")
    args = spec.args
    if size == "tiny":
        args = tuple(np.ones((1, 1)) for _ in spec.args)
    ready = dl.methods[method].prepare("grad", spec.function, *args, argnums=spec.argnums)
    ready(*args)
    return ready.seconds
