"""The kernels that every library of the Python array API standard spells the same way."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

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
