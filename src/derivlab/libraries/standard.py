"""The kernels that every library of the Python array API standard spells the same way."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "matmul": operator.matmul,
    "negative": operator.neg,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}

_FUNCTIONS = """
    bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign floor_divide
    nextafter remainder signbit
    abs acos acosh all any argmax argmin argsort asin asinh atan atan2 atanh broadcast_to ceil cos cosh exp
    expm1 flip floor hypot isfinite isinf isnan log log10 log1p log2 logaddexp logical_and logical_not
    logical_or logical_xor matrix_transpose max maximum min minimum permute_dims reciprocal reshape roll round
    sign sin sinh sqrt square sum tan tanh tril triu trunc where real imag conj
""".split()


def kernels(xp: Any) -> dict[str, Callable[..., Any]]:
    """The primitives of the standard over namespace ``xp``; a library adds and overrides its own."""
    table = dict(_OPERATORS)
    table.update({name: getattr(xp, name) for name in _FUNCTIONS if hasattr(xp, name)})
    table["integer_power"] = lambda x, n: x**n
    table["index"] = lambda x, key: x[key]
    table["concat"] = lambda *arrays, axis: xp.concat(arrays, axis=axis)
    table["cumulative_sum"] = lambda x, axis: xp.cumulative_sum(x, axis=axis)
    if hasattr(xp, "fft"):
        table["fft"] = lambda x, axis, norm: xp.fft.fft(x, axis=axis, norm=norm)
        table["ifft"] = lambda x, axis, norm: xp.fft.ifft(x, axis=axis, norm=norm)
    table["astype"] = lambda x, dtype: xp.astype(x, dtype)
    return table


def fitting(value: Any, dtypes: Sequence[np.dtype[Any]]) -> Any:
    """A number or an array of NumPy's as an array of NumPy's, to stand beside arrays of ``dtypes``.

    Python's numbers have no dtype of their own, as in the standard: a float is one of the arrays' floats.
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    kinds = {bool: "b", int: "iufc", float: "fc"}.get(type(value), "c")
    own = np.dtype(np.int64 if type(value) is int else type(value))
    dtype = next((dtype for dtype in dtypes if dtype.kind in kinds), own)
    return np.asarray(value, dtype=dtype)


def positions(key: Any, shape: tuple[int, ...]) -> Any:
    """The elements that an index of NumPy's picks from an array of ``shape``, counted in order."""
    return np.array(np.arange(int(np.prod(shape))).reshape(shape)[key], order="C")
