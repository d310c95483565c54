"""Complex arithmetic for the complex step: analytic primitives as they are, kinks by the real part.

NumPy's own complex abs, maximum and comparisons are not the analytic continuations that the complex step needs:
abs(x + ih) would silently answer a derivative of 0. Here they follow the branch of the real part, and what has no
complex form is declared unsupported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import CONSTANT, Level, Traced
from derivlab.array.parts import is_complex
from derivlab.array.primitive import Primitive
from derivlab.errors import UnsupportedError, complex_inside
from derivlab.libraries import numpy as library
from derivlab.libraries.special import scipy_special


def _real(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decided by real parts alone, without a derivative."""
    return lambda *args, **params: function(*(np.real(arg) for arg in args), **params)


def _extreme(accept: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, b: np.where(accept(np.real(a), np.real(b)), a, b)


def _reduce_extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    ufunc = np.frompyfunc(pick, 2, 1)

    def reduce(x: Any, axis: Any, keepdims: bool) -> Any:
        out = np.asarray(x)
        axes = tuple(range(out.ndim)) if axis is None else axis
        for a in axes:
            out = np.asarray(ufunc.reduce(out.astype(object), axis=a, keepdims=True)).astype(x.dtype)
        return out if keepdims else np.squeeze(out, axis=axes)

    return reduce


UNDEFINED = complex(np.nan, np.nan)


def refuse_complex(dtype: Any) -> None:
    """Refuse a cast of the function's own to complex numbers, which here are taken by the step."""
    if np.dtype(dtype).kind == "c":
        raise complex_inside("complex-step")


def _where_real(name: str, domain: Callable[[Any], Any]) -> Callable[..., Any]:
    """A kernel that is NaN where the real function is not defined, though its complex continuation is."""
    return lambda x: np.where(domain(np.real(x)), library.KERNELS[name](x), UNDEFINED)


def log1p(x: Any) -> Any:
    """log(1 + x) from log |1 + x|² = log1p(2 Re x + |x|²): NumPy's own adds 1 first, and 1e-20 is lost."""
    real, imaginary = np.real(x), np.imag(x)
    modulus = np.log1p(real * (2 + real) + imaginary * imaginary) / 2
    return np.where(real > -1, modulus + 1j * np.arctan2(imaginary, 1 + real), UNDEFINED).astype(x.dtype)


def _power(x: Any, y: Any) -> Any:
    real = (np.real(x) >= 0) | (np.real(y) == np.round(np.real(y)))
    return np.where(real, np.power(x, y), UNDEFINED)


def _integer_power(x: Any, n: int) -> Any:
    """By squaring: NumPy's complex power of a large exponent goes through the argument π of a negative base."""
    result, square, left = np.ones_like(x), x, abs(n)
    while left:
        result = result * square if left % 2 else result
        square, left = (square * square if left > 1 else square), left // 2
    return 1 / result if n < 0 else result


DOMAINS: dict[str, Callable[[Any], Any]] = {
    "sqrt": lambda x: x >= 0,
    **dict.fromkeys(("log", "log2", "log10"), lambda x: x > 0),
    **dict.fromkeys(("asin", "acos", "atanh"), lambda x: np.abs(x) <= 1),
    "acosh": lambda x: x >= 1,
}


def _softplus(x: Any) -> Any:
    return np.where(np.real(x) > 0, x, 0) + log1p(np.exp(np.where(np.real(x) > 0, -x, x)))


def _sigmoid(x: Any) -> Any:
    decay = np.exp(np.where(np.real(x) >= 0, -x, x))
    return np.where(np.real(x) >= 0, 1, decay) / (1 + decay)


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    peak = np.maximum.reduce(np.real(x), axis=axis, keepdims=True)
    total = np.log(np.add.reduce(np.exp(x - peak), axis=axis, keepdims=True)) + peak
    return total if keepdims else np.squeeze(total, axis=axis)


def _softmax(x: Any, axis: Any) -> Any:
    weights = np.exp(x - np.maximum.reduce(np.real(x), axis=axis, keepdims=True))
    return weights / np.add.reduce(weights, axis=axis, keepdims=True)


def _logit(x: Any) -> Any:
    return np.where(np.abs(np.real(x) - 0.5) <= 0.5, np.log(x) - log1p(-x), UNDEFINED)


def _xlogy(x: Any, y: Any) -> Any:
    return np.where(x == 0, 0, np.where(np.real(y) > 0, x * np.log(np.where(y == 0, 1, y) + 0j), UNDEFINED))


def _xlog1py(x: Any, y: Any) -> Any:
    return np.where(x == 0, 0, x * log1p(y + np.zeros_like(y, dtype=complex)))


def _bessel_i(x: Any, n: int) -> Any:
    return scipy_special("iv")(float(n), x)


def _slogdet(x: Any) -> Any:
    """The sign of the real part, and log |det| continued: its imaginary part is what the sign is turned by."""
    turn, size = np.linalg.slogdet(x)
    sign = np.where(np.real(turn) < 0, -1, 1)
    return np.stack([sign + 0j, size + 1j * np.imag(turn * sign)], axis=-1)


def binary_scale(peak: Any) -> Any:
    """The power of two beside a size, by which squares keep within the range of numbers; 1 for 0 and infinity."""
    exponent = np.frexp(np.where(np.isfinite(peak) & (peak > 0), peak, 1.0))[1]
    return np.ldexp(1.0, exponent - 1)


def _hypot(x: Any, y: Any) -> Any:
    scale = binary_scale(np.maximum(np.abs(np.real(x)), np.abs(np.real(y))))
    return np.sqrt(np.square(x / scale) + np.square(y / scale)) * scale


def _norm(x: Any, axis: Any, keepdims: bool) -> Any:
    scale = binary_scale(np.max(np.abs(np.real(x)), axis=axis, keepdims=True, initial=0))
    root = np.sqrt(np.sum(np.square(x / scale), axis=axis, keepdims=True)) * scale
    return root if keepdims else np.squeeze(root, axis=axis)


LINEAR = """
    negative sum cumulative_sum reshape permute_dims matrix_transpose broadcast_to concat flip roll index scatter
    assign tril triu
""".split()
"""Linear in all arguments together: so of parts of numbers too."""
_AS_THEY_ARE = """
    add subtract multiply divide reciprocal square exp expm1 sin cos tan atan sinh cosh tanh asinh erf where matmul
""".split()
BY_REAL_PART = """
    sign floor ceil round trunc equal not_equal less less_equal greater greater_equal logical_and logical_or
    logical_xor logical_not isfinite isinf isnan argmax argmin argsort all any floor_divide signbit bitwise_and
    bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor
""".split()

KERNELS: dict[str, Callable[..., Any]] = {
    **{name: library.KERNELS[name] for name in [*LINEAR, *_AS_THEY_ARE]},
    **{name: _real(library.KERNELS[name]) for name in BY_REAL_PART},
    **{name: _where_real(name, domain) for name, domain in DOMAINS.items()},
    "power": _power,
    "integer_power": _integer_power,
    "log1p": log1p,
    "abs": lambda x: np.where(np.real(x) < 0, -x, x),
    "copysign": lambda x, y: np.where(np.signbit(np.real(x)) == np.signbit(np.real(y)), x, -x),
    "remainder": lambda x, y: x - np.floor_divide(np.real(x), np.real(y)) * y,
    "maximum": _extreme(np.greater_equal),
    "minimum": _extreme(np.less_equal),
    "max": _reduce_extreme(lambda a, b: a if a.real >= b.real else b),
    "min": _reduce_extreme(lambda a, b: a if a.real <= b.real else b),
    "hypot": _hypot,
    **dict.fromkeys(("real", "conj"), lambda x: x),
    "imag": lambda x: np.zeros_like(np.real(x)),
    "softplus": _softplus,
    "logaddexp": lambda a, b: b + _softplus(a - b),
    "sigmoid": _sigmoid,
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "erfc": library.KERNELS["erfc"],
    "logit": _logit,
    "xlogy": _xlogy,
    "xlog1py": _xlog1py,
    "log_ratio": lambda x, y: _xlogy(1.0, x / y),
    "rel_entr": lambda x, y: _xlogy(x, x / y),
    "kl_div": lambda x, y: _xlogy(x, x / y) - x + y,
    "bessel_i": _bessel_i,
    **{name: library.KERNELS[name] for name in ("inv", "solve", "det")},
    "slogdet": _slogdet,
    "norm": _norm,
}


class ComplexLevel(Level):
    """Arrays x + ih of complex dtype that look real to the function."""

    name = "complex step"
    differentiates = False

    def input(self, value: Any) -> Array:
        """An array of this level."""
        return Array(self, value)

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        """The primitive in complex arithmetic; refused where it has no such form, or met complex numbers of its own."""
        if (higher := self.above(args)) is not None:
            return higher.run(primitive, args, params)
        values = [arg.value if isinstance(arg, Traced) and arg.level in (self, CONSTANT) else arg for arg in args]
        if any(is_complex(value) for value, arg in zip(values, args, strict=True) if value is arg):
            raise complex_inside("complex-step")
        return Array(self, self.apply(primitive, values, params))

    def apply(self, primitive: Primitive, values: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """The primitive on the values of this level's arrays."""
        if primitive.name == "astype":
            refuse_complex(params["dtype"])
            value: Any = values[0]
            return value if is_complex(value) else value.astype(params["dtype"])
        return np.asarray(self.kernel(KERNELS, "complex", primitive, values)(*values, **params))[()]

    @staticmethod
    def kernel(kernels: Mapping[str, Any], kind: str, primitive: Primitive, values: Sequence[Any]) -> Any:
        """The form of a primitive, if it has one for these values."""
        kernel = kernels.get(primitive.name)
        if kernel is None or any(isinstance(value, Traced) for value in values):
            raise UnsupportedError(f"complex-step: {primitive.name} has no {kind} form here; use forward or reverse")
        return kernel

    def carries(self, array: Traced) -> bool:
        """Whether the value has a step."""
        return array.value.dtype.kind == "c"

    def decide(self, array: Traced) -> Any:
        """The real part."""
        return np.real(array.value)

    def dtype(self, array: Traced) -> Any:
        """What the function sees: the dtype of the real part."""
        return array.value.real.dtype
