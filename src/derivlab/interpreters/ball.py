"""Interpreting a function over Arb balls: every element is an enclosed power series."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import Traced
from derivlab.array.parts import is_complex
from derivlab.array.primitive import Primitive
from derivlab.errors import UndefinedError, UnsupportedError
from derivlab.interpreters.complex_ball import ComplexBalls, complex_kernels
from derivlab.interpreters.objects import Objects
from derivlab.libraries import exact_linalg, flint_linalg
from derivlab.libraries import flint as library
from derivlab.libraries import flint_functions as functions
from derivlab.libraries import flint_special as special
from derivlab.libraries.flint import Ball, compare, exact
from derivlab.libraries.objects import STRUCTURAL, box, elementwise

_STEPS = frozenset("sign floor ceil trunc round".split())
"""The functions whose answer is a number that stands still."""


def _lifted(function: Callable[..., Ball], arity: int = 1, name: str = "") -> Callable[..., Any]:
    """A function of balls applied to each element; its answer moves where an argument moves, but in steps."""

    def apply(*args: Any) -> Ball:
        balls = [exact(arg) for arg in args]
        return Ball(function(*balls).series, name not in _STEPS and any(ball.moving for ball in balls))

    return elementwise(apply, arity)


def _quiet(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """FLINT's own floating-point flags are not ours."""

    def apply(*args: Any) -> Any:
        with np.errstate(all="ignore"):
            return kernel(*args)

    return apply


def _comparison(accept: Callable[[int], bool]) -> Callable[..., Any]:
    ufunc = np.frompyfunc(lambda a, b: accept(compare(a, b)), 2, 1)
    return lambda a, b: np.asarray(ufunc(a, b)).astype(bool)


def _negative(a: Any) -> Any:
    """Where a number is negative."""
    return _comparison(lambda sign: sign < 0)(a, exact(0))


def _copysign(a: Any, b: Any) -> Any:
    """a with the sign of b, which an exact 0 has lost."""
    if np.any(_comparison(lambda sign: sign == 0)(b, exact(0))):
        raise UndefinedError("copysign: the sign of a zero is not followed here")
    return np.where(_negative(a) == _negative(b), a, -a)


def _reduction(pick: Callable[..., Ball]) -> Callable[..., Any]:
    ufunc = np.frompyfunc(pick, 2, 1)

    def reduce(x: Any, axis: Any, keepdims: bool) -> Any:
        axes = tuple(range(x.ndim)) if axis is None else axis
        out = x
        for a in axes:
            out = np.asarray(ufunc.reduce(out, axis=a, keepdims=True), dtype=object)
        return out if keepdims else np.squeeze(out, axis=axes)

    return reduce


def _search(sign: int) -> Callable[..., Any]:
    """The first index of the maximum (sign 1) or minimum (sign −1)."""

    def first(values: Any) -> int:
        best = 0
        for i in range(1, len(values)):
            best = i if compare(values[i], values[best]) == sign else best
        return best

    def search(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        if axis is None:
            return np.asarray(first(x.reshape(-1))).reshape((1,) * x.ndim if keepdims else ())
        found = np.apply_along_axis(first, axis, x)
        return np.expand_dims(found, axis) if keepdims else found

    return search


def _argsort(x: Any, axis: int) -> Any:
    """The stable order of balls along an axis."""
    order = lambda values: sorted(
        range(len(values)), key=functools.cmp_to_key(lambda i, j: compare(values[i], values[j]))
    )
    return np.apply_along_axis(order, axis, x).astype(int) if x.size else np.zeros(x.shape, dtype=int)


def _floor_divide(a: Any, b: Any) -> Ball:
    return functions.UNARY["floor"](exact(a) / exact(b))


_exp, _log = _lifted(functions.UNARY["exp"]), _lifted(functions.UNARY["log"])
_midpoint = elementwise(lambda a: library.midpoint(exact(a)))
_max = _reduction(library.maximum)


def _shifted(x: Any, axis: Any) -> tuple[Any, Any]:
    """exp(x − s), its exponents in range, and the exact constant s."""
    shift = _max(box(_midpoint(x)), axis, True)
    return box(_exp(x - shift)), shift


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    weights, shift = _shifted(x, axis)
    total = box(shift + _log(np.add.reduce(weights, axis=axis, keepdims=True)))
    return total if keepdims else np.squeeze(total, axis=axis)


def _softmax(x: Any, axis: Any) -> Any:
    weights, _ = _shifted(x, axis)
    return weights / np.add.reduce(weights, axis=axis, keepdims=True)


def _matmul(x: Any, y: Any) -> Any:
    return library.matrix_product(x, y) if x.ndim == y.ndim == 2 else np.matmul(x, y)


KERNELS: dict[str, Callable[..., Any]] = {
    **STRUCTURAL,
    **{name: _lifted(function, 1, name) for name, function in functions.UNARY.items()},
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": _lifted(functions.power, 2),
    "integer_power": lambda a, n: _lifted(lambda x: functions.integer_power(x, n))(a),
    "polygamma": lambda a, n: _lifted(lambda x: functions.polygamma(x, n))(a),
    **dict.fromkeys(("real", "conj"), lambda a: a),  # all elements are real
    "imag": elementwise(lambda a: exact(0)),
    "atan2": _lifted(functions.atan2, 2),
    "hypot": _lifted(functions.hypot, 2),
    "logaddexp": _lifted(lambda a, b: b + functions.softplus(a - b), 2),
    "maximum": _lifted(library.maximum, 2),
    "minimum": _lifted(library.minimum, 2),
    "floor_divide": elementwise(_floor_divide, 2),
    "remainder": elementwise(lambda a, b: exact(a) - _floor_divide(a, b) * b, 2),
    "signbit": _negative,
    "copysign": _copysign,
    "argsort": _argsort,
    "equal": _comparison(lambda sign: sign == 0),
    "not_equal": _comparison(lambda sign: sign != 0),
    "less": _comparison(lambda sign: sign < 0),
    "less_equal": _comparison(lambda sign: sign <= 0),
    "greater": _comparison(lambda sign: sign > 0),
    "greater_equal": _comparison(lambda sign: sign >= 0),
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "logical_not": np.logical_not,
    "isfinite": lambda x: np.ones(x.shape, dtype=bool),
    "isinf": lambda x: np.zeros(x.shape, dtype=bool),
    "isnan": lambda x: np.zeros(x.shape, dtype=bool),
    "all": lambda x, axis=None, keepdims=False: np.all(x.astype(bool), axis=axis, keepdims=keepdims),
    "any": lambda x, axis=None, keepdims=False: np.any(x.astype(bool), axis=axis, keepdims=keepdims),
    "where": lambda c, x, y: np.where(np.asarray(c, dtype=bool), x, y),
    "max": _max,
    "min": _reduction(library.minimum),
    "argmax": _search(1),
    "argmin": _search(-1),
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "matmul": _matmul,
    **{name: _lifted(function) for name, function in special.UNARY.items()},
    **{name: _quiet(_lifted(function, 2)) for name, function in special.BINARY.items()},
    "log_ndtr": lambda a, n: _lifted(lambda x: special.log_ndtr(x, n))(a),
    "bessel_i": lambda a, n: _lifted(lambda x: special.bessel_i(x, n))(a),
    "bessel_ie": lambda a, order, n: _lifted(lambda x: special.bessel_ie(x, order, n))(a),
}

_exact = exact_linalg.Exact(KERNELS, 1, library.matrix_product)  # no ball: it would have the terms of now


def _qr(x: Any) -> Any:
    return _exact.qr(x, lambda a: compare(a, 0) >= 0)


KERNELS.update(
    exact_linalg.kernels(_exact),
    qr=exact_linalg.stacked(_qr),
    eigh=exact_linalg.stacked(flint_linalg.packed_eigh),
    eigvalsh=exact_linalg.stacked(flint_linalg.eigvalsh),
    svd=exact_linalg.stacked(flint_linalg.packed_svd),
    svdvals=exact_linalg.stacked(flint_linalg.svdvals),
)
COMPLEX = complex_kernels(KERNELS)

_constants = elementwise(exact)
_along = elementwise(library.moved, 2)


def ball_array(value: Any, direction: Any = None) -> Any:
    """An array of exact balls x + t v; without a direction, constants."""
    x = np.asarray(value)
    if x.dtype == object:
        return x
    return box(_constants(x)) if direction is None else box(_along(x, np.asarray(direction)))


class BallLevel(Objects):
    """Arrays of :class:`derivlab.libraries.flint.Ball`; constants enter as the exact doubles they are."""

    name = "ball"
    kernels = KERNELS

    def input(self, value: Any, direction: Any = None) -> Array:
        """The array x + t v of this level."""
        return Array(self, ball_array(value, direction))

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        """The primitive on balls; where complex numbers take part, on pairs of them."""
        cast = primitive.name == "astype" and params["dtype"].kind == "c"
        if self.above(args) is not None or not (cast or any(map(is_complex, args))):
            return super().run(primitive, args, params)
        if primitive.name not in COMPLEX:
            raise UnsupportedError(f"ball: primitive {primitive.name} of complex numbers is not supported")
        value = COMPLEX[primitive.name](*map(self._value, args), **params)
        return Array(self, value if isinstance(value, ComplexBalls) else box(value))

    def _value(self, arg: Any) -> Any:
        if not isinstance(arg, Traced) and is_complex(arg):
            return ComplexBalls(ball_array(np.real(arg)), ball_array(np.imag(arg)))
        return super()._value(arg)

    def lift(self, value: Any) -> Any:
        """A constant as balls of radius 0."""
        return ball_array(value)

    def dtype(self, array: Traced) -> Any:
        """What the function sees: complex128 or float64."""
        return np.dtype(complex) if isinstance(array.value, ComplexBalls) else super().dtype(array)

    def integers(self, value: Any) -> Any:
        """The integers that balls of radius 0 hold."""
        return np.asarray(elementwise(lambda a: int(exact(a).head.unique_fmpz()))(value), dtype=int)

    def decide(self, array: Traced) -> Any:
        """Truth values; an error where a ball does not decide."""
        if isinstance(array.value, ComplexBalls):
            return COMPLEX["not_equal"](array.value, exact(0))
        return array.value if array.value.dtype != object else KERNELS["not_equal"](array.value, exact(0))
