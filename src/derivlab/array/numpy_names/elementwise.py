"""NumPy's ufuncs and its other functions of single entries, as primitives and as compositions of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.numpy_names.common import NOT_GIVEN, Table, array, cast, floating, integers, kind_of
from derivlab.array.parts import conj
from derivlab.array.surface.elementwise import angle

_SAME_NAME = """
    add subtract multiply divide power negative exp expm1 log log1p log2 log10 logaddexp sqrt square reciprocal sin
    cos tan sinh cosh tanh hypot floor ceil trunc maximum minimum equal not_equal less less_equal greater
    greater_equal logical_and logical_or logical_xor logical_not isfinite isinf isnan matmul signbit copysign nextafter
    floor_divide remainder bitwise_and bitwise_or bitwise_xor
""".split()
_OTHER_NAME = {
    "absolute": "abs", "fabs": "abs", "rint": "round", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "invert": "bitwise_invert", "left_shift": "bitwise_left_shift", "right_shift": "bitwise_right_shift",
    "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip


def _exp2(x: Any) -> Any:
    return p.power(2.0, x)


def _scaled(factor: float) -> Callable[..., Any]:
    return lambda x: x * factor


def _logaddexp2(x: Any, y: Any) -> Any:
    return p.logaddexp(x * math.log(2.0), y * math.log(2.0)) / math.log(2.0)


def _cbrt(x: Any) -> Any:
    """The real cube root, with slope ∞ at 0; one of Newton's steps takes off what the rounding of 1/3 puts on."""
    x = floating(array(x))
    flat = p.logical_or(x == 0, p.logical_not(p.isfinite(x)))
    safe = p.where(flat, 1.0, x)
    root = _side(safe) * p.power(p.abs(safe), 1.0 / 3.0)
    root = root - (root * root * root - safe) / (3.0 * root * root)
    zero = x == 0
    steep = p.sqrt(p.where(zero, x, 1.0))
    root = p.where(zero, steep, root)
    return p.where(p.isfinite(x), root, x)


def _side(x: Any) -> Any:
    """−1 before 0, else 1."""
    return cast(p.where(x < 0, -1.0, 1.0), xp.result_type(x))


def _float_power(x: Any, y: Any) -> Any:
    target = complex if "c" in (kind_of(x), kind_of(y)) else float
    return p.power(xp.astype(array(x), target, copy=False), y if isinstance(y, float) else xp.astype(array(y), target))


def _fmod(x: Any, y: Any) -> Any:
    """The remainder with the sign of x: slope 1 in x, −trunc(x / y) in y."""
    side = -1 if isinstance(x, (int, float)) and x < 0 else 1 if isinstance(x, (int, float)) else _side(x)
    return side * p.remainder(side * x, abs(y))


def _pick(first: Callable[..., Any]) -> Callable[..., Any]:
    """The extreme that leaves a NaN out, whose derivative is 0; a tie is shared equally."""

    def pick(x: Any, y: Any) -> Any:
        if kind_of(x) != "f" and kind_of(y) != "f":
            return first(x, y)
        return p.where(p.isnan(x), y, p.where(p.isnan(y), x, first(x, y)))

    return pick


def _heaviside(x: Any, y: Any) -> Any:
    """0 before 0, y at 0, and 1 behind: its derivative in x is 0 wherever it exists."""
    dtype = np.result_type(xp.result_type(x, y), np.float16)
    x = array(x)
    step = p.where(x > 0, 1.0, p.where(p.isnan(x), math.nan, 0.0))
    return cast(p.where(x == 0, y, step), dtype)


def _divmod(x: Any, y: Any) -> tuple[Any, Any]:
    return p.floor_divide(x, y), p.remainder(x, y)


def _modf(x: Any) -> tuple[Any, Any]:
    """Fraction and whole part: slopes 1 and 0."""
    x = floating(array(x))
    whole = p.trunc(x)
    return p.where(p.isinf(x), 0.0, x - whole), whole


def _ldexp(x: Any, n: Any) -> Any:
    """x 2ⁿ, in two steps, so that neither overflows before x is there."""
    x, exponents = floating(array(x)), integers(n)
    half = exponents // 2
    first, second = (np.exp2(part.astype(xp.result_type(x)))[()] for part in (half, exponents - half))
    return x * first * second


def _vecmat(x: Any, y: Any) -> Any:
    return xp.squeeze(p.matmul(xp.expand_dims(conj(x), axis=-2), y), -2)


def _matvec(x: Any, y: Any) -> Any:
    return xp.squeeze(p.matmul(x, xp.expand_dims(y, axis=-1)), -1)


UFUNC_TABLE: Table = {
    **{getattr(np, name): p.PRIMITIVES[name] for name in _SAME_NAME},
    **{getattr(np, theirs): p.PRIMITIVES[ours] for theirs, ours in _OTHER_NAME.items()},
    np.power: xp.pow,
    np.positive: xp.positive,
    np.exp2: _exp2,
    np.deg2rad: _scaled(np.pi / 180),
    np.radians: _scaled(np.pi / 180),
    np.rad2deg: _scaled(180 / np.pi),
    np.degrees: _scaled(180 / np.pi),
    np.logaddexp2: _logaddexp2,
    np.cbrt: _cbrt,
    np.float_power: _float_power,
    np.fmod: _fmod,
    np.fmax: _pick(p.maximum),
    np.fmin: _pick(p.minimum),
    np.heaviside: _heaviside,
    np.divmod: _divmod,
    np.modf: _modf,
    np.ldexp: _ldexp,
    np.conjugate: p.conj,
    np.sign: xp.sign,
    np.vecdot: xp.vecdot,
    **{getattr(np, f.__name__[1:]): f for f in (_matvec, _vecmat) if hasattr(np, f.__name__[1:])},  # since NumPy 2.2
}


# Functions of single entries that are no ufuncs.


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Held between two bounds; at a bound the cotangent is shared equally."""
    return xp.clip(array(a), _bound(a_min, min), _bound(a_max, max))


def _bound(*given: Any) -> Any:
    """The bound that is given under either of its names; numbers stay Python's, which have no say in the dtype."""
    bound = next((x for x in given if x is not None and x is not NOT_GIVEN), None)
    return bound if bound is None or isinstance(bound, (int, float)) else array(bound)


def _round(a: Any, decimals: Any = 0) -> Any:
    """Rounded to so many decimals: steps, whose derivative is 0."""
    x, decimals = array(a), int(decimals)
    if decimals == 0 or (kind_of(x) not in "fc" and decimals > 0):
        return p.round(x)
    scale = 10.0 ** abs(decimals)
    return p.round(x * scale) / scale if decimals > 0 else p.round(x / scale) * scale


def _fix(x: Any) -> Any:
    return p.trunc(array(x))


def _isposinf(x: Any) -> Any:
    return p.logical_and(p.isinf(array(x)), array(x) > 0)


def _isneginf(x: Any) -> Any:
    return p.logical_and(p.isinf(array(x)), array(x) < 0)


_TERMS = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(12))


def _sinc(x: Any) -> Any:
    """sin(πx) / πx, by its series near 0, where the quotient loses the digits of its derivatives."""
    turn = floating(array(x)) * np.pi
    small = p.abs(turn) < 1.0
    squared = p.square(p.where(small, turn, 0.0))
    series: Any = _TERMS[-1]
    for term in _TERMS[-2::-1]:
        series = series * squared + term
    far = p.where(small, 1.0, turn)
    return p.where(small, series, p.sin(far) / far)


def _angle(z: Any, deg: bool = False) -> Any:
    """The argument of a complex number."""
    return angle(array(z)) * (180 / np.pi) if deg else angle(array(z))


TABLE: Table = {
    np.clip: _clip,
    np.round: _round,
    np.around: _round,
    np.fix: _fix,
    np.sinc: _sinc,
    np.isposinf: _isposinf,
    np.isneginf: _isneginf,
    np.i0: lambda x: p.bessel_i(array(x), n=0),
    np.real: lambda val: p.real(array(val)),
    np.imag: lambda val: p.imag(array(val)),
    np.angle: _angle,
}
