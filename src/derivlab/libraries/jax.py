"""The primitives over JAX, and the only place that imports it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.nn
import jax.numpy as jnp
import jax.scipy.special

from derivlab.libraries import packed_linalg, standard

__all__ = ["KERNELS", "REFUSALS", "double_precision", "jax", "jet", "jnp"]


def double_precision() -> Any:
    """A context in which JAX keeps float64, without touching the caller's own setting."""
    return jax.enable_x64(True)


def jet(f: Callable[..., Any], x: Any, order: int) -> Any:
    """dᵏf/dxᵏ at a number x by JAX's own Taylor mode, one run for k = ``order``."""
    from jax.experimental.jet import jet as run

    _, derivatives = run(f, (x,), ((1.0, *[0.0] * (order - 1)),))
    return derivatives[-1]


KERNELS: dict[str, Callable[..., Any]] = standard.kernels(jnp) | {
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "softmax": lambda x, axis: jax.nn.softmax(x, axis=axis),
    "logsumexp": lambda x, axis, keepdims: jax.nn.logsumexp(x, axis=axis, keepdims=keepdims),
    "erf": jax.scipy.special.erf,
    "gammaln": jax.scipy.special.gammaln,
    "polygamma": lambda x, n: jax.scipy.special.polygamma(n, x),
    "scatter": lambda x, key, shape: jnp.zeros(shape, x.dtype).at[key].add(x),
    **packed_linalg.kernels(jnp),
}

REFUSALS = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerBoolConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
"""What JAX raises for a function that it cannot trace."""
