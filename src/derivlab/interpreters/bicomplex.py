"""Bicomplex arithmetic for second derivatives: numbers a + j b with a and b complex, i² = j² = −1, ij = ji.

f(x + i h v + j h w) has h² vᵀ H w as its part along ij, without subtraction. Each formula keeps the digits of all four
parts, which are of sizes 1, h, h and h². Kinks follow the real part.

Reference: Lantoine, Russell and Dargent, "Using multicomplex variables for automatic computation of high-order
derivatives", ACM Transactions on Mathematical Software 38(3), 2012.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import Traced
from derivlab.array.primitive import Primitive
from derivlab.errors import UnsupportedError
from derivlab.interpreters.bicomplex_numbers import Bicomplex, by_parts, parts, real_part, select
from derivlab.interpreters.complex_step import (
    BY_REAL_PART,
    DOMAINS,
    LINEAR,
    UNDEFINED,
    ComplexLevel,
    binary_scale,
    log1p,
    refuse_complex,
)
from derivlab.interpreters.complex_step import KERNELS as COMPLEX
from derivlab.libraries import numpy as library


def _within(name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """NaN where the real function is not defined."""
    return lambda x: select(DOMAINS[name](real_part(x)), function(x), Bicomplex(x.a * UNDEFINED, x.b * UNDEFINED))


# Elementary functions.


def _exp(x: Bicomplex) -> Bicomplex:
    size = np.exp(x.a)
    return Bicomplex(size * np.cos(x.b), size * np.sin(x.b))


def _expm1(x: Bicomplex) -> Bicomplex:
    half = np.sin(x.b / 2)
    return Bicomplex(COMPLEX["expm1"](x.a) * np.cos(x.b) - 2 * half * half, np.exp(x.a) * np.sin(x.b))


def _sin(x: Bicomplex) -> Bicomplex:
    return Bicomplex(np.sin(x.a) * np.cosh(x.b), np.cos(x.a) * np.sinh(x.b))


def _cos(x: Bicomplex) -> Bicomplex:
    return Bicomplex(np.cos(x.a) * np.cosh(x.b), -np.sin(x.a) * np.sinh(x.b))


def _sinh(x: Bicomplex) -> Bicomplex:
    return Bicomplex(np.sinh(x.a) * np.cos(x.b), np.cosh(x.a) * np.sin(x.b))


def _cosh(x: Bicomplex) -> Bicomplex:
    return Bicomplex(np.cosh(x.a) * np.cos(x.b), np.sinh(x.a) * np.sin(x.b))


def _log(x: Bicomplex) -> Bicomplex:
    ratio = x.b / x.a
    return Bicomplex(np.log(x.a) + log1p(ratio * ratio) / 2, np.arctan(ratio))


def _log1p(x: Bicomplex) -> Bicomplex:
    ratio = x.b / (1 + x.a)
    return Bicomplex(log1p(x.a) + log1p(ratio * ratio) / 2, np.arctan(ratio))


def _sqrt(x: Bicomplex) -> Bicomplex:
    ratio = x.b / x.a
    a = np.sqrt(x.a) * np.sqrt((1 + np.sqrt(1 + ratio * ratio)) / 2)
    return Bicomplex(a, x.b / (2 * a))


def _atan(x: Bicomplex) -> Bicomplex:
    """atan a + atan ζ, ζ = jb / (1 + a (a + jb)), of the size of the step: ζ − ζ³/3 + ζ⁵/5."""
    small = Bicomplex(0 * x.a, x.b) / (x * x.a + 1)
    square = small * small
    return small * (square * (square / 5 - 1 / 3) + 1) + np.arctan(x.a)


def _odd(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """From the values for positive real parts."""

    def both(x: Bicomplex) -> Bicomplex:
        left = real_part(x) < 0
        y = function(select(left, -x, x))
        return select(left, -y, y)

    return both


def _tanh(x: Bicomplex) -> Bicomplex:
    decay = _expm1(-2 * x)
    return -decay / (decay + 2)


def _asin(x: Bicomplex) -> Bicomplex:
    return _atan(x / _sqrt((1 - x) * (1 + x)))


def _asinh(x: Bicomplex) -> Bicomplex:
    square = x * x
    return _log1p(x + square / (_sqrt(square + 1) + 1))


def _acosh(x: Bicomplex) -> Bicomplex:
    return _log1p((x - 1) + _sqrt((x - 1) * (x + 1)))


def _power(x: Any, y: Any) -> Bicomplex:
    if np.any(real_part(x) <= 0):
        raise UnsupportedError("complex-step: x ** y of an array y has no second derivative here at x ≤ 0; use forward")
    return _exp(y * _log(x if isinstance(x, Bicomplex) else Bicomplex(x + 0j, 0 * x + 0j)))


def _integer_power(x: Bicomplex, n: int) -> Bicomplex:
    result, square, left = Bicomplex(np.ones_like(x.a), np.zeros_like(x.b)), x, abs(n)
    while left:
        result = result * square if left % 2 else result
        square, left = (square * square if left > 1 else square), left // 2
    return 1 / result if n < 0 else result


def _softplus(x: Any) -> Bicomplex:
    right = real_part(x) > 0
    return select(right, x, 0 * x) + _log1p(_exp(select(right, -x, x)))


def _sigmoid(x: Bicomplex) -> Bicomplex:
    right = real_part(x) >= 0
    decay = _exp(select(right, -x, x))
    return select(right, 0 * decay + 1, decay) / (decay + 1)


# Products, sums and choices.

_sum = by_parts(np.add.reduce)


def _matmul(x: Any, y: Any) -> Bicomplex:
    (a, b), (c, d) = parts(x), parts(y)
    return Bicomplex(np.matmul(a, c) - _product(b, d), _product(a, d) + _product(b, c))


def _product(x: Any, y: Any) -> Any:
    return np.matmul(x, y) if np.ndim(x) and np.ndim(y) else 0.0


def _weights(x: Bicomplex, axis: Any) -> tuple[Any, Bicomplex]:
    peak = np.maximum.reduce(real_part(x), axis=axis, keepdims=True)
    return peak, _exp(x - peak)


def _softmax(x: Bicomplex, axis: Any) -> Bicomplex:
    _, weights = _weights(x, axis)
    return weights / _sum(weights, axis=axis, keepdims=True)


def _logsumexp(x: Bicomplex, axis: Any, keepdims: bool) -> Bicomplex:
    peak, weights = _weights(x, axis)
    total = _log(_sum(weights, axis=axis, keepdims=True)) + peak
    return total if keepdims else by_parts(np.squeeze)(total, axis=axis)


def _xlogy(x: Any, y: Any) -> Bicomplex:
    zero = np.logical_and(real_part(x) == 0, not isinstance(x, Bicomplex) or (x.a == 0) & (x.b == 0))
    return select(zero, 0 * y, x * _within("log", _log)(select(zero, 0 * y + 1, y)))


def _extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y: select(pick(real_part(x), real_part(y)), x, y)


def _hypot(x: Any, y: Any) -> Bicomplex:
    scale = binary_scale(np.maximum(np.abs(real_part(x)), np.abs(real_part(y))))
    x, y = x / scale, y / scale
    return _sqrt(x * x + y * y) * scale


def _norm(x: Bicomplex, axis: Any, keepdims: bool) -> Bicomplex:
    scale = binary_scale(np.max(np.abs(real_part(x)), axis=axis, keepdims=True, initial=0))
    x = x / scale
    root = _sqrt(_sum(x * x, axis=axis, keepdims=True)) * scale
    return root if keepdims else by_parts(np.squeeze)(root, axis=axis)


KERNELS: dict[str, Callable[..., Any]] = {
    **{name: by_parts(library.KERNELS[name]) for name in LINEAR},
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "reciprocal": lambda x: 1 / x,
    "square": lambda x: x * x,
    "matmul": _matmul,
    "where": lambda where, x, y: select(real_part(where) != 0, x, y),
    "abs": lambda x: select(real_part(x) < 0, -x, x),
    "copysign": lambda x, y: select(np.signbit(real_part(x)) == np.signbit(real_part(y)), x, -x),
    "remainder": lambda x, y: x - y * np.floor_divide(real_part(x), real_part(y)),
    "maximum": _extreme(np.greater_equal),
    "minimum": _extreme(np.less_equal),
    "hypot": _hypot,
    **dict.fromkeys(("real", "conj"), lambda x: x),
    "imag": lambda x: 0.0 * x,
    "power": _power,
    "integer_power": _integer_power,
    "exp": _exp,
    "expm1": _expm1,
    "log": _within("log", _log),
    "log2": _within("log2", lambda x: _log(x) / np.log(2.0)),
    "log10": _within("log10", lambda x: _log(x) / np.log(10.0)),
    "log1p": _log1p,
    "sqrt": _within("sqrt", _sqrt),
    "sin": _sin,
    "cos": _cos,
    "tan": lambda x: _sin(x) / _cos(x),
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _odd(_tanh),
    "asin": _within("asin", _asin),
    "acos": _within("acos", lambda x: np.pi / 2 - _asin(x)),
    "atan": _atan,
    "asinh": _odd(_asinh),
    "acosh": _within("acosh", _acosh),
    "atanh": _within("atanh", lambda x: (_log1p(x) - _log1p(-x)) / 2),
    "softplus": _softplus,
    "logaddexp": lambda x, y: y + _softplus(x - y),
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "logit": lambda x: _within("log", _log)(x) - _within("log", _log)(1 - x),
    "xlogy": lambda x, y: _xlogy(x, y),
    "xlog1py": lambda x, y: x * _log1p(y),
    "log_ratio": lambda x, y: _within("log", _log)(x / y),
    "rel_entr": lambda x, y: _xlogy(x, x / y),
    "kl_div": lambda x, y: _xlogy(x, x / y) - x + y,
    "norm": _norm,
}


class BicomplexLevel(ComplexLevel):
    """Arrays x + i h v + j h w that look real to the function."""

    name = "bicomplex step"

    def input(self, value: Any, second: Any = None) -> Array:
        """An array of this level, from its complex parts."""
        return Array(self, Bicomplex(value, second))

    def apply(self, primitive: Primitive, values: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """The primitive on the values of this level's arrays, of which those without a step stay real."""
        if not any(isinstance(value, Bicomplex) for value in values):
            return primitive.evaluate(values, params)
        if primitive.name in BY_REAL_PART:
            return np.asarray(library.KERNELS[primitive.name](*map(real_part, values), **params))[()]
        if primitive.name == "astype":
            refuse_complex(params["dtype"])
            return values[0]
        kernel = self.kernel(KERNELS, "bicomplex", primitive, values)
        return kernel(*(_lifted(value) for value in values), **params)

    def carries(self, array: Traced) -> bool:
        """Whether the value has steps."""
        return isinstance(array.value, Bicomplex)

    def decide(self, array: Traced) -> Any:
        """The real part."""
        return real_part(array.value)

    def dtype(self, array: Traced) -> Any:
        """What the function sees: the dtype of the real part."""
        return np.real(array.value.a).dtype if self.carries(array) else array.value.dtype


def _lifted(value: Any) -> Any:
    if isinstance(value, Bicomplex):
        return value
    a = np.asarray(value) + 0j
    return Bicomplex(a[()], np.zeros_like(a)[()])
