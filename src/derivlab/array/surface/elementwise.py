"""Elementwise functions: the primitives themselves, and what is written in terms of them."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import writing
from derivlab.array.array import Array
from derivlab.array.level import Traced
from derivlab.array.parts import is_complex

__all__ = [
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "ceil",
    "clip",
    "conj",
    "copysign",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "pow",
    "real",
    "reciprocal",
    "remainder",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "where",
]

negative, abs, signbit = p.negative, p.abs, p.signbit
real, imag, conj = p.real, p.imag, p.conj
exp, expm1, log, log1p, log2, log10, logaddexp = p.exp, p.expm1, p.log, p.log1p, p.log2, p.log10, p.logaddexp
sqrt, square, reciprocal, hypot = p.sqrt, p.square, p.reciprocal, p.hypot
sin, cos, tan, asin, acos, atan, atan2 = p.sin, p.cos, p.tan, p.asin, p.acos, p.atan, p.atan2
sinh, cosh, tanh, asinh, acosh, atanh = p.sinh, p.cosh, p.tanh, p.asinh, p.acosh, p.atanh
floor, ceil, round, trunc = p.floor, p.ceil, p.round, p.trunc
add, subtract, multiply, divide = p.add, p.subtract, p.multiply, p.divide
floor_divide, remainder, copysign, nextafter = p.floor_divide, p.remainder, p.copysign, p.nextafter
minimum, maximum, where = p.minimum, p.maximum, p.where
equal, not_equal, less, less_equal = p.equal, p.not_equal, p.less, p.less_equal
greater, greater_equal = p.greater, p.greater_equal
logical_and, logical_or, logical_xor, logical_not = p.logical_and, p.logical_or, p.logical_xor, p.logical_not
bitwise_and, bitwise_or, bitwise_xor, bitwise_invert = p.bitwise_and, p.bitwise_or, p.bitwise_xor, p.bitwise_invert
bitwise_left_shift, bitwise_right_shift = p.bitwise_left_shift, p.bitwise_right_shift
isfinite, isinf, isnan = p.isfinite, p.isinf, p.isnan


def sign(x: Any, /) -> Any:
    """−1, 0 or 1; of complex numbers z / |z|, and 0 at 0."""
    if not is_complex(x):
        return p.sign(x)
    size, real, imag = p.abs(x), p.real(x), p.imag(x)
    endless = p.isinf(size)
    length = p.where(p.logical_or(p.equal(size, 0), endless), 1.0, size)
    ends = [p.where(p.isinf(part), p.sign(part), 0.0) for part in (real, imag)]
    both = p.logical_and(p.isinf(real), p.isinf(imag))
    parts = [p.where(endless, end, part / length) for end, part in zip(ends, (real, imag), strict=True)]
    unit = p.where(both, complex(np.nan, np.nan), parts[0] + 1j * parts[1])
    return unit if unit.dtype == x.dtype else p.astype(unit, dtype=x.dtype)


def abs_squared(x: Any) -> Any:
    """|x|², smooth at 0 too."""
    return p.add(p.square(p.real(x)), p.square(p.imag(x))) if is_complex(x) else p.square(x)


def angle(z: Any) -> Any:
    """The argument of complex numbers, in (−π, π]; of real ones 0 or π."""
    return p.atan2(p.imag(z), p.real(z))


def positive(x: Any, /) -> Any:
    """x under another name."""
    return writing.copied(x) if isinstance(x, Traced) else +x


def pow(x1: Any, x2: Any, /) -> Any:
    """x1 ** x2; an integer exponent stays one, so that negative bases differentiate."""
    return x1**x2 if isinstance(x1, Array) or isinstance(x2, int) else p.power(x1, x2)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """x held between ``min`` and ``max``; at a bound the cotangent is shared equally, as at any tie."""
    if min is None and max is None:
        return positive(x)
    x = x if min is None else p.maximum(x, min)
    return x if max is None else p.minimum(x, max)


def _describe(*names: str) -> inspect.Signature:
    only = inspect.Parameter.POSITIONAL_ONLY
    return inspect.Signature([inspect.Parameter(name, only) for name in names])


_ONE, _TWO = _describe("x"), _describe("x1", "x2")
_OF_ONE = """
    negative abs sign signbit exp expm1 log log1p log2 log10 sqrt square reciprocal sin cos tan asin acos atan sinh cosh
    tanh asinh acosh atanh floor ceil round trunc logical_not bitwise_invert isfinite isinf isnan real imag conj
    matrix_transpose
""".split()
_OF_TWO = """
    logaddexp hypot atan2 add subtract multiply divide floor_divide remainder copysign nextafter minimum maximum equal
    not_equal less less_equal greater greater_equal logical_and logical_or logical_xor bitwise_and bitwise_or
    bitwise_xor bitwise_left_shift bitwise_right_shift matmul
""".split()
for _names, _signature in ((_OF_ONE, _ONE), (_OF_TWO, _TWO), (["where"], _describe("condition", "x1", "x2"))):
    for _name in _names:
        _primitive: Any = p.PRIMITIVES[_name]
        _primitive.__signature__, _primitive.__name__, _primitive.__module__ = _signature, _name, __name__
