"""The primitives over NumPy, with SciPy for the special functions that NumPy lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.libraries import numpy_linalg, special, standard
from derivlab.libraries.special import bessel_i, bessel_ie, kl_div, log_ndtr, log_ratio
from derivlab.libraries.special import scipy_special as _special

__all__ = [
    "KERNELS", "bessel_i", "bessel_ie", "is_basic", "kl_div", "log_ndtr", "log_ratio", "logsumexp", "polygamma",
    "scatter", "sigmoid", "softmax",
]  # fmt: skip


def sigmoid(x: Any) -> Any:
    """σ(x) = 1/(1 + e⁻ˣ), formed from e^−|x| so that neither tail overflows or cancels."""
    decay = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, decay) / (1 + decay)


def softmax(x: Any, axis: tuple[int, ...] | None) -> Any:
    """eˣ / Σ eˣ, shifted by the maximum."""
    weights = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True))
    return weights / np.add.reduce(weights, axis=axis, keepdims=True)


def logsumexp(x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    """log Σ eˣ, shifted by the maximum."""
    peak = np.maximum.reduce(x, axis=axis, keepdims=True)
    total = np.log(np.add.reduce(np.exp(x - peak), axis=axis, keepdims=True)) + peak
    return total if keepdims else np.squeeze(total, axis=axis)


def polygamma(x: Any, n: int) -> Any:
    """The n-th derivative of the digamma function, in the dtype of x."""
    return _special("polygamma")(n, x).astype(np.result_type(np.asarray(x), np.float16))


def is_basic(key: Any) -> bool:
    """Whether an index selects each element at most once (slices, integers, None, Ellipsis)."""
    parts = key if isinstance(key, tuple) else (key,)
    return all(
        part is None or part is Ellipsis or (isinstance(part, (slice, int, np.integer)) and not isinstance(part, bool))
        for part in parts
    )


def scatter(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with x added in at ``key``: the transpose of indexing."""
    out = np.zeros(shape, dtype=np.result_type(x))
    if is_basic(key):
        out[key] = x
    else:
        np.add.at(out, key, x)
    return out


def assign(x: Any, entries: Any, key: Any) -> Any:
    """x with other entries at ``key``; where a place is named twice, the last entry stays."""
    out = np.array(x, dtype=np.result_type(x, entries))
    out[key] = entries
    return out[()]


KERNELS: dict[str, Callable[..., Any]] = standard.kernels(np) | {
    "sum": np.add.reduce,
    "reshape": lambda x, shape: np.asarray(x).reshape(shape),
    "permute_dims": lambda x, axes: x.transpose(axes),
    "matrix_transpose": lambda x: x.mT,
    "max": np.maximum.reduce,
    "min": np.minimum.reduce,
    "astype": lambda x, dtype: np.asarray(x).astype(dtype),
    "argsort": lambda x, axis: np.argsort(x, axis=axis, stable=True),
    "sigmoid": sigmoid,
    "softplus": lambda x: np.logaddexp(x, 0),
    "softmax": softmax,
    "logsumexp": logsumexp,
    "erf": lambda x: _special("erf")(x),
    "gammaln": lambda x: _special("gammaln")(x),
    "polygamma": polygamma,
    **special.KERNELS,
    "scatter": scatter,
    "assign": assign,
    **numpy_linalg.KERNELS,
}

_REAL_ONLY = """
    less less_equal greater greater_equal maximum minimum max min argmax argmin argsort sigmoid softplus softmax
    logsumexp erfinv ndtri log_ndtr logit xlogy xlog1py log_ratio rel_entr kl_div bessel_i
    bessel_ie betaln gammainc gammaincc floor_divide remainder copysign
""".split()
"""Primitives that need an order, as NumPy has one that has no derivative, and functions with rules for real ones."""


def _ordered(name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*args: Any, **params: Any) -> Any:
        for x in args:
            if x.dtype.kind == "c" if hasattr(x, "dtype") else type(x) is complex:
                raise TypeError(
                    f"complex numbers have no order, and {name} is for real ones: take abs(x), xp.real(x) or xp.imag(x)"
                )
        return kernel(*args, **params)

    return checked


KERNELS.update({name: _ordered(name, KERNELS[name]) for name in _REAL_ONLY})
