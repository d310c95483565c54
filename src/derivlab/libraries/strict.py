"""The primitives over array_api_strict, which has what the array API standard has, and nothing else.

Kinds of dtype are not mixed there, indices are basic, and special functions are absent: what NumPy does beyond the
standard is written here in its terms. The only place that imports it.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.libraries import packed_linalg, standard

__all__ = ["KERNELS", "xp"]

xp: Any = importlib.import_module("array_api_strict")
NAME = "array_api_strict"
CAST = "xp.astype(x, xp.float64)"
TRACERS = ()

_Array: Any = type(xp.asarray(0.0))


# Arrays.


def dtype_of(x: Any) -> np.dtype[Any]:
    """NumPy's name for the dtype of an array."""
    return np.dtype(str(x.dtype).rpartition(".")[2])


def constant(value: Any, like: Any) -> Any:
    """A NumPy array as an array where ``like`` is."""
    return xp.asarray(np.array(value), device=like.device)


def lift(name: str, values: Sequence[Any]) -> list[Any]:
    """Values of which one is an array, all as arrays."""
    arrays = [x for x in values if isinstance(x, _Array)]
    if len(arrays) == len(values):
        return list(values)
    dtypes = [dtype_of(x) for x in arrays] + [x.dtype for x in values if isinstance(x, (np.ndarray, np.generic))]
    return [x if isinstance(x, _Array) else constant(standard.fitting(x, dtypes), arrays[0]) for x in values]


def copy(x: Any) -> Any:
    """The same numbers in memory of their own."""
    return xp.asarray(x, copy=True)


def host(x: Any) -> Any:
    """The array's numbers as a NumPy array."""
    return np.from_dlpack(x)


# Kinds of dtype, which the standard leaves apart.


def _as(x: Any, dtype: Any) -> Any:
    return xp.astype(x, getattr(xp, np.dtype(dtype).name), copy=False)


def _mixed(function: Callable[..., Any], first: int = 0) -> Callable[..., Any]:
    """A function whose arguments from ``first`` on get NumPy's common dtype."""

    def call(*args: Any, **params: Any) -> Any:
        dtypes = {dtype_of(x) for x in args[first:]}
        if len({dtype.kind for dtype in dtypes}) > 1:
            dtype = np.result_type(*dtypes)
            args = (*args[:first], *(_as(x, dtype) for x in args[first:]))
        return function(*args, **params)

    return call


def _floating(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of real numbers, of integers and booleans too."""
    return lambda *args: function(*(_as(x, np.float64) if dtype_of(x).kind in "iub" else x for x in args))


def _truth(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of truth values, of numbers too."""
    return lambda *args: function(*(x if dtype_of(x).kind == "b" else x != xp.zeros_like(x) for x in args))


def _complex(x: Any) -> Any:
    return x if dtype_of(x).kind == "c" else _as(x, np.result_type(dtype_of(x), np.complex64))


def _divide(x: Any, y: Any) -> Any:
    return _floating(_mixed(xp.divide))(x, y)


# Indexing: the standard takes from one axis.


def _index(x: Any, key: Any) -> Any:
    places = standard.positions(key, x.shape)
    picked = xp.take(xp.reshape(x, (-1,)), xp.asarray(places.reshape(-1), device=x.device))
    return xp.reshape(picked, places.shape)


def _scatter(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros with x added in at ``key``: one round for each time that the most frequent place is named."""
    places = standard.positions(key, shape)
    flat = xp.reshape(xp.broadcast_to(x, places.shape), (-1,))
    padded = xp.concat([flat, xp.zeros(1, dtype=x.dtype, device=x.device)])
    total = xp.zeros(math.prod(shape), dtype=x.dtype, device=x.device)
    for sources in _rounds(places.reshape(-1), math.prod(shape)):
        total = total + xp.take(padded, xp.asarray(sources, device=x.device))
    return xp.reshape(total, shape)


def _assign(x: Any, entries: Any, key: Any) -> Any:
    """x with other entries at ``key``; where a place is named twice, the last entry stays."""
    places = standard.positions(key, x.shape)
    sources = np.arange(math.prod(x.shape))
    sources[places.reshape(-1)] = math.prod(x.shape) + np.arange(places.size)
    flat = [xp.reshape(x, (-1,)), xp.reshape(xp.broadcast_to(entries, places.shape), (-1,))]
    return xp.reshape(xp.take(xp.concat(flat), xp.asarray(sources, device=x.device)), x.shape)


def _rounds(places: Any, size: int) -> list[Any]:
    """For each place, in round k, which element is the k-th to land there; past the last element, none."""
    rounds: list[Any] = []
    counts = np.zeros(size, dtype=int)
    for source, place in enumerate(places):
        if counts[place] == len(rounds):
            rounds.append(np.full(size, len(places)))
        rounds[counts[place]][place] = source
        counts[place] += 1
    return rounds


# What is written with more than one of its functions.


def sigmoid(x: Any) -> Any:
    """σ(x) = 1/(1 + e⁻ˣ), formed from e^−|x| so that neither tail overflows or cancels."""
    decay = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, xp.ones_like(x), decay) / (1.0 + decay)


def softmax(x: Any, axis: Any) -> Any:
    """eˣ / Σ eˣ, shifted by the maximum."""
    weights = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return weights / xp.sum(weights, axis=axis, keepdims=True)


def logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    """log Σ eˣ, shifted by the maximum."""
    peak = xp.max(x, axis=axis, keepdims=True)
    total = xp.log(xp.sum(xp.exp(x - peak), axis=axis, keepdims=True)) + peak
    return total if keepdims else xp.reshape(total, xp.max(x, axis=axis).shape)


def _sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return xp.sum(_as(x, np.int64) if dtype_of(x).kind == "b" else x, axis=axis, keepdims=keepdims)


_TABLE = standard.kernels(xp)
_PAIRS = """
    add subtract multiply power matmul equal not_equal less less_equal greater greater_equal maximum minimum
""".split()
_REAL = """
    acos acosh asin asinh atan atanh cos cosh exp expm1 log log10 log1p log2 reciprocal sin sinh sqrt tan tanh
""".split()
_REAL_PAIRS = "atan2 hypot logaddexp".split()
_LOGICAL = "logical_and logical_or logical_xor logical_not".split()

KERNELS: dict[str, Callable[..., Any]] = {
    **_TABLE,
    **{name: _mixed(_TABLE[name]) for name in _PAIRS},
    **{name: _floating(_TABLE[name]) for name in _REAL},
    **{name: _floating(_mixed(_TABLE[name])) for name in _REAL_PAIRS},
    **{name: _truth(_TABLE[name]) for name in _LOGICAL},
    "divide": _divide,
    "concat": lambda *arrays, axis: xp.concat(arrays, axis=axis),
    "where": lambda condition, x, y: _mixed(xp.where, 1)(_truth(lambda c: c)(condition), x, y),
    "integer_power": lambda x, n: x ** (float(n) if dtype_of(x).kind == "f" else n),
    "sum": _sum,
    "argsort": lambda x, axis: xp.argsort(x, axis=axis, stable=True),
    "matrix_transpose": lambda x: x.mT,
    **packed_linalg.kernels(xp, lambda x: x, lambda a, b: _as(a, dtype_of(b))),
    "imag": lambda x: xp.imag(x) if dtype_of(x).kind == "c" else xp.zeros_like(x),
    "fft": lambda x, axis, norm: xp.fft.fft(_complex(x), axis=axis, norm=norm),
    "ifft": lambda x, axis, norm: xp.fft.ifft(_complex(x), axis=axis, norm=norm),
    "flip": lambda x, axis: xp.flip(x, axis=axis),
    "roll": lambda x, shift, axis: xp.roll(x, shift, axis=axis),
    "astype": _as,
    "index": _index,
    "scatter": _scatter,
    "assign": _assign,
    "sigmoid": sigmoid,
    "softplus": lambda x: xp.logaddexp(x, xp.zeros_like(x)),
    "softmax": softmax,
    "logsumexp": logsumexp,
}
