"""The primitives over JAX, and the only place that imports it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.core
import jax.nn
import jax.numpy as jnp
import jax.scipy.special
import numpy as np

from derivlab.libraries import jax_special, packed_linalg, standard

__all__ = ["KERNELS", "REFUSALS", "double_precision", "jax", "jet", "jnp"]


def double_precision() -> Any:
    """A context in which JAX keeps float64, without touching the caller's own setting."""
    return jax.enable_x64(True)


def jet(f: Callable[..., Any], x: Any, order: int) -> Any:
    """dᵏf/dxᵏ at a number x by JAX's own Taylor mode, one run for k = ``order``."""
    from jax.experimental.jet import jet as run

    _, derivatives = run(f, (x,), ((1.0, *[0.0] * (order - 1)),))
    return derivatives[-1]


NAME = "JAX"
CAST = "x.astype(float)"
TRACERS = (jax.core.Tracer,)
"""Arrays without numbers, on which no Python program can branch."""


def dtype_of(x: Any) -> np.dtype[Any]:
    """The dtype of an array, which is NumPy's."""
    return np.dtype(x.dtype)


def constant(value: Any, like: Any) -> Any:
    """A NumPy array as JAX's, in the precision that the caller has JAX set to; it follows the others' device."""
    return jnp.asarray(value)


def lift(name: str, values: Sequence[Any]) -> list[Any]:
    """NumPy's arrays as JAX's; Python's numbers stay, as JAX lets them take the arrays' dtype."""
    return [jnp.asarray(x) if isinstance(x, (np.ndarray, np.generic)) else x for x in values]


def copy(x: Any) -> Any:
    """The array itself, which nobody can write into."""
    return x


def host(x: Any) -> Any:
    """The array's numbers as a NumPy array."""
    return np.asarray(x)


KERNELS: dict[str, Callable[..., Any]] = standard.kernels(jnp) | {
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "softmax": lambda x, axis: jax.nn.softmax(x, axis=axis),
    "logsumexp": lambda x, axis, keepdims: jax.nn.logsumexp(x, axis=axis, keepdims=keepdims),
    "erf": jax.scipy.special.erf,
    "gammaln": jax.scipy.special.gammaln,
    "polygamma": lambda x, n: jax.scipy.special.polygamma(n, x),
    "assign": lambda x, entries, key: jnp.asarray(x).at[key].set(entries),
    **jax_special.kernels(jax),
    "scatter": lambda x, key, shape: jnp.zeros(shape, x.dtype).at[key].add(x),
    **packed_linalg.kernels(jnp, jax.lax.stop_gradient),
}

REFUSALS = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerBoolConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
"""What JAX raises for a function that it cannot trace."""
