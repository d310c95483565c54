"""The calculus of the package: one derivative rule for each primitive, and nowhere else.

An elementwise primitive has one expression for each argument, **linear in t**, in terms of the result and the
arguments. With t a tangent it is the forward rule (the terms are added up); with t a cotangent it is the reverse
rule (the term is summed back over broadcast axes). ``None`` marks an argument on which the result depends in
steps, so that its derivative is 0 wherever it exists.

Complex arguments: an expression is the derivative of the principal branch that NumPy computes, on its cut too; of
abs(z), which is real, ẏ = Re(ż conj(z)) / |z|, and 0 at z = 0. See :mod:`derivlab.transpose` for the cotangents.

Conventions at kinks: abs′(0) = sign(0) = 0, and abs″(0) is NaN; at a tie of maximum, minimum, max or min the
cotangent is shared equally. Rules are written to keep their digits in the tails: tanh′ = 1/cosh², never 1 − tanh².
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from derivlab.array import primitives as p
from derivlab.array.parts import is_complex, real
from derivlab.densities import (
    gamma_density,
    no_shape_derivative,
    normal_at_quantile,
    over_or_zero,
)
from derivlab.matrix_rules import MATRIX_RULES
from derivlab.transpose import (
    Bilinear,
    Elementwise,
    Gather,
    Linear,
    RealLinear,
    RealSteps,
    RealValued,
    Rule,
    Steps,
    Symmetric,
    Weighted,
    assign_back,
    bent,
    concat_back,
    expand_reduced,
    matmul_left,
    matmul_right,
    onto,
    unbroadcast,
)

_LN2, _LN10, _2_SQRT_PI = math.log(2.0), math.log(10.0), 2.0 / math.sqrt(math.pi)

_ELEMENTWISE: dict[str, tuple[Callable[..., Any] | None, ...]] = {
    # arithmetic
    "negative": (lambda t, y, x: -t,),
    "add": (lambda t, z, x, y: t, lambda t, z, x, y: t),
    "subtract": (lambda t, z, x, y: t, lambda t, z, x, y: -t),
    "multiply": (lambda t, z, x, y: t * y, lambda t, z, x, y: t * x),
    "divide": (lambda t, q, x, y: t / y, lambda t, q, x, y: -t * q / y),
    "reciprocal": (lambda t, y, x: -t * y * y,),
    "floor_divide": (None, None),
    "remainder": (lambda t, z, x, y: t, lambda t, z, x, y: -t * p.floor_divide(x, y)),
    "square": (lambda t, y, x: t * (2 * x),),
    "sqrt": (lambda t, y, x: t / (2 * y),),
    "integer_power": (lambda t, y, x, n: t * (n * p.integer_power(x, n=n - 1)) if n else 0 * t,),
    "power": (
        lambda t, z, x, y: t * _base_slope(x, y),
        lambda t, z, x, y: t * p.where(z == 0, 0.0, z * p.log(_base(x, z))),
    ),
    # exponentials and logarithms
    "exp": (lambda t, y, x: t * y,),
    "expm1": (lambda t, y, x: t * p.exp(x),),
    "log": (lambda t, y, x: t / x,),
    "log1p": (lambda t, y, x: t / (1 + x),),
    "log2": (lambda t, y, x: t / (x * _LN2),),
    "log10": (lambda t, y, x: t / (x * _LN10),),
    "logaddexp": (lambda t, z, x, y: t * p.sigmoid(x - y), lambda t, z, x, y: t * p.sigmoid(y - x)),
    # circular functions
    "sin": (lambda t, y, x: t * p.cos(x),),
    "cos": (lambda t, y, x: -t * p.sin(x),),
    "tan": (lambda t, y, x: t * (_sech_squared(1j * x) if is_complex(x) else 1 + y * y),),
    "asin": (lambda t, y, x: t / _root((1 - x) * (1 + x), p.cos, x, y),),
    "acos": (lambda t, y, x: -t / _root((1 - x) * (1 + x), p.sin, x, y),),
    "atan": (lambda t, y, x: t / (1 + x * x),),
    "atan2": (
        lambda t, z, y, x: t * (x / (r := p.hypot(x, y))) / r,
        lambda t, z, y, x: -t * (y / (r := p.hypot(x, y))) / r,
    ),
    "hypot": (lambda t, z, x, y: t * (x / z), lambda t, z, x, y: t * (y / z)),
    # hyperbolic functions
    "sinh": (lambda t, y, x: t * p.cosh(x),),
    "cosh": (lambda t, y, x: t * p.sinh(x),),
    "tanh": (lambda t, y, x: t * _sech_squared(x),),
    "asinh": (
        lambda t, y, x: t / (_root((1 - 1j * x) * (1 + 1j * x), p.cosh, x, y) if is_complex(x) else p.hypot(x, 1.0)),
    ),
    "acosh": (
        lambda t, y, x: (
            t / (_root((x - 1) * (x + 1), p.sinh, x, y) if is_complex(x) else p.sqrt(x - 1) * p.sqrt(x + 1))
        ),
    ),
    "atanh": (lambda t, y, x: t / ((1 - x) * (1 + x)),),
    # special functions
    "sigmoid": (lambda t, y, x: t * (y * p.sigmoid(-x)),),
    "softplus": (lambda t, y, x: t * p.sigmoid(x),),
    "erf": (lambda t, y, x: t * (_2_SQRT_PI * p.exp(-x * x)),),
    "gammaln": (lambda t, y, x: t * p.polygamma(x, n=0),),
    "polygamma": (lambda t, y, x, n: t * p.polygamma(x, n=n + 1),),
    "erfc": (lambda t, y, x: -t * (_2_SQRT_PI * p.exp(-x * x)),),
    "erfinv": (lambda t, y, x: t * (p.exp(y * y) / _2_SQRT_PI),),
    "ndtri": (lambda t, y, x: t / normal_at_quantile(x, y),),
    "log_ndtr": (lambda t, y, x, n: t * p.log_ndtr(x, n=n + 1),),
    "logit": (lambda t, y, x: t / (x * (1 - x)),),
    "xlogy": (lambda t, z, x, y: t * p.log(y), lambda t, z, x, y: t * over_or_zero(x, y)),
    "xlog1py": (lambda t, z, x, y: t * p.log1p(y), lambda t, z, x, y: t * over_or_zero(x, 1 + y)),
    "log_ratio": (lambda t, z, x, y: t / x, lambda t, z, x, y: -t / y),
    "rel_entr": (lambda t, z, x, y: t * (1 + p.log_ratio(x, y)), lambda t, z, x, y: -t * (x / y)),
    "kl_div": (lambda t, z, x, y: t * p.log_ratio(x, y), lambda t, z, x, y: t * ((y - x) / y)),
    "bessel_i": (lambda t, y, x, n: t * _bessel_slope(x, n),),
    "bessel_ie": (lambda t, y, x, order, n: t * p.bessel_ie(x, order=order, n=n + 1),),
    "betaln": (
        lambda t, z, x, y: t * (p.polygamma(x, n=0) - p.polygamma(x + y, n=0)),
        lambda t, z, x, y: t * (p.polygamma(y, n=0) - p.polygamma(x + y, n=0)),
    ),
    "gammainc": (no_shape_derivative, lambda t, z, a, x: t * gamma_density(a, x)),
    "gammaincc": (no_shape_derivative, lambda t, z, a, x: -t * gamma_density(a, x)),
    # kinks and choices
    "copysign": (lambda t, z, x, y: p.where(p.signbit(x) == p.signbit(y), t, -t), None),
    "nextafter": (lambda t, z, x, y: t, None),
    "maximum": (
        lambda t, z, x, y: p.where(x > y, t, p.where(x == y, 0.5 * t, 0.0)),
        lambda t, z, x, y: p.where(y > x, t, p.where(x == y, 0.5 * t, 0.0)),
    ),
    "minimum": (
        lambda t, z, x, y: p.where(x < y, t, p.where(x == y, 0.5 * t, 0.0)),
        lambda t, z, x, y: p.where(y < x, t, p.where(x == y, 0.5 * t, 0.0)),
    ),
    "where": (None, lambda t, z, c, x, y: p.where(c, t, 0.0), lambda t, z, c, x, y: p.where(c, 0.0, t)),
}

_STRUCTURAL: dict[str, Rule] = {
    # linear: the tangent goes through the primitive itself, the cotangent through its transpose
    "sum": Linear(expand_reduced, lazy=True),
    "broadcast_to": Linear(lambda t, x, shape: unbroadcast(t, shape, x.shape), lazy=True),
    "reshape": Linear(lambda t, x, shape: p.reshape(t, shape=x.shape)),
    "permute_dims": Linear(
        lambda t, x, axes: p.permute_dims(t, axes=tuple(sorted(range(len(axes)), key=axes.__getitem__)))
    ),
    "matrix_transpose": Linear(lambda t, x: p.matrix_transpose(t)),
    "flip": Linear(lambda t, x, axis: p.flip(t, axis=axis)),
    "roll": Linear(lambda t, x, shift, axis: p.roll(t, shift=_opposite(shift), axis=axis)),
    "index": Linear(lambda t, x, key: p.scatter(t, key=key, shape=x.shape)),
    "scatter": Linear(lambda t, x, key, shape: p.index(t, key=key)),
    "tril": Linear(lambda t, x, k: p.tril(t, k=k)),
    "triu": Linear(lambda t, x, k: p.triu(t, k=k)),
    "cumulative_sum": Linear(
        lambda t, x, axis: p.flip(p.cumulative_sum(p.flip(t, axis=(axis,)), axis=axis), axis=(axis,))
    ),
    "astype": Linear(lambda t, x, dtype: p.astype(onto(t, x), dtype=x.dtype)),
    "concat": Gather(concat_back),
    "assign": Gather(assign_back),
    "matmul": Bilinear(matmul_left, matmul_right),
    # reductions whose Jacobian is a weight for each element
    "max": Weighted(lambda x, axis: _tie_weights(x, p.max(x, axis=axis, keepdims=True), axis)),
    "min": Weighted(lambda x, axis: _tie_weights(x, p.min(x, axis=axis, keepdims=True), axis)),
    "logsumexp": Weighted(lambda x, axis: p.softmax(x, axis=axis)),
    "softmax": Symmetric(lambda t, y, x, axis: _softmax_product(t, y, axis)),
}

_COMPLEX: dict[str, Rule] = {
    # to real numbers, and conjugation: linear in the real and the imaginary part, the cotangent by its own expression
    "abs": RealValued((lambda t, y, x: t * bent(_unit(p.conj(x), y) if is_complex(x) else p.sign(x), x, y == 0),)),
    "real": RealLinear((lambda t, y, x: t,)),
    "imag": RealLinear((lambda t, y, x: t * -1j,)),
    "conj": RealLinear((lambda t, y, x: p.conj(t),)),
    # Fourier: symmetric matrices, whose transposes are themselves
    "fft": Linear(lambda t, x, **form: onto(p.fft(t, **form), x)),
    "ifft": Linear(lambda t, x, **form: onto(p.ifft(t, **form), x)),
}

_STEPS = """
    floor ceil round trunc equal not_equal less less_equal greater greater_equal logical_and logical_or
    logical_xor logical_not isfinite isinf isnan argmax argmin argsort all any signbit bitwise_and bitwise_invert
    bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor
""".split()

RULES: dict[str, Rule] = {
    **{name: Elementwise(terms) for name, terms in _ELEMENTWISE.items()},
    **_STRUCTURAL,
    **MATRIX_RULES,
    **_COMPLEX,
    **{name: Steps() for name in _STEPS},
    "sign": RealSteps(),
}


def _bessel_slope(x: Any, n: int) -> Any:
    """(Iₙ₋₁ + Iₙ₊₁)/2, which has no 1/x."""
    return 0.5 * (p.bessel_i(x, n=n - 1) + p.bessel_i(x, n=n + 1)) if n else p.bessel_i(x, n=1)


def _base_slope(x: Any, y: Any) -> Any:
    """y x^(y−1), which is 0 also where x = y = 0 (x⁰ = 1 for every x)."""
    if isinstance(y, (int, float, complex)):
        return y * p.power(x, y - 1) if y else 0.0
    corner = p.logical_and(y == 0, x == 0)  # not all of y = 0: the slope there still moves with y
    return p.where(corner, 0.0, y * p.power(x, p.where(corner, 1.0, y - 1)))


def _base(x: Any, z: Any) -> Any:
    """x of z = x ** y for its logarithm, in the dtype of z, and 1 where z = 0."""
    same = isinstance(x, (int, float, complex)) or x.dtype == z.dtype
    return p.where(z == 0, 1.0, x if same else p.astype(x, dtype=z.dtype))


def _unit(x: Any, size: Any) -> Any:
    """x / |x|, and 0 at 0."""
    length = p.where(size == 0, 1.0, size)
    return p.where(size == 0, 0.0, p.real(x) / length + 1j * (p.imag(x) / length))  # by parts: |x| may be subnormal


def _sech_squared(x: Any) -> Any:
    """1/cosh², as 4 e / (1 + e)² with e = exp(∓2x) the one that decays: no order of derivative overflows."""
    decay = p.exp(p.where(real(x) < 0, 2 * x, -2 * x))
    return 4 * decay / p.square(1 + decay)


def _root(square: Any, value: Callable[[Any], Any], x: Any, y: Any) -> Any:
    """√square, of the sign that ``value(y)``, equal to it but for digits lost, has: the branch that y is on."""
    root = p.sqrt(square)
    if not is_complex(x):
        return root
    near = value(y)
    return p.where(p.real(root) * p.real(near) + p.imag(root) * p.imag(near) < 0, -root, root)


def _opposite(shift: Any) -> Any:
    return tuple(-s for s in shift) if isinstance(shift, tuple) else -shift


def _tie_weights(x: Any, extreme: Any, axis: Any) -> Any:
    hit = p.where(x == extreme, 1.0, 0.0)
    return p.astype(hit / p.sum(hit, axis=axis, keepdims=True), dtype=x.dtype)


def _softmax_product(t: Any, y: Any, axis: Any) -> Any:
    """y ⊙ (t − Σ y t), which is unchanged by a shift of t; shifting by t where y peaks saves the tails."""
    peak = p.where(y == p.max(y, axis=axis, keepdims=True), 1.0, 0.0)
    shift = p.sum(peak * t, axis=axis, keepdims=True) / p.sum(peak, axis=axis, keepdims=True)
    relative = t - p.astype(shift, dtype=y.dtype)
    return y * (relative - p.sum(y * relative, axis=axis, keepdims=True))
