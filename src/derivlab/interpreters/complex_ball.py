"""Complex numbers as pairs of real balls, so that the truth follows a real function through them.

Each formula is in real series arithmetic, which encloses; the digits that it loses come back with the next precision.
A ball has no signed zero: exactly on a branch cut a function is undefined here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derivlab.libraries.flint import exact
from derivlab.libraries.flint_functions import complex_sqrt, unit_root
from derivlab.libraries.objects import STRUCTURAL, box

Kernels = Mapping[str, Callable[..., Any]]


class ComplexBalls:
    """a + b i, of two object arrays of balls of one shape."""

    dtype = np.dtype(object)

    def __init__(self, real: Any, imag: Any) -> None:
        self.real, self.imag = np.broadcast_arrays(box(real), box(imag))
        self.shape = self.real.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)


def parts(x: Any) -> tuple[Any, Any]:
    """The real and the imaginary part of an array of balls."""
    return (x.real, x.imag) if isinstance(x, ComplexBalls) else (box(x), _constant(np.shape(x), 0))


def _constant(shape: tuple[int, ...], value: int) -> Any:
    constant = np.empty(shape, dtype=object)
    constant[...] = exact(value)
    return constant


def _times(x: Any, y: Any, product: Callable[[Any, Any], Any] = lambda a, b: a * b) -> ComplexBalls:
    (a, b), (c, d) = parts(x), parts(y)
    return ComplexBalls(product(a, c) - product(b, d), product(a, d) + product(b, c))


def _over(x: Any, y: Any) -> ComplexBalls:
    c, d = parts(y)
    size = c * c + d * d
    return _times(x, ComplexBalls(c / size, -d / size))


def _plus(x: Any, y: Any, sign: int = 1) -> ComplexBalls:
    (a, b), (c, d) = parts(x), parts(y)
    return ComplexBalls(a + sign * c, b + sign * d)


def _conj(x: Any) -> ComplexBalls:
    a, b = parts(x)
    return ComplexBalls(a, -b)


def _scaled(x: Any, factor: Any) -> ComplexBalls:
    a, b = parts(x)
    return ComplexBalls(a * factor, b * factor)


def _integer_power(x: Any, n: int) -> ComplexBalls:
    result, square, left = ComplexBalls(_constant(x.shape, 1), _constant(x.shape, 0)), x, abs(n)
    while left:
        result = _times(result, square) if left % 2 else result
        square, left = (_times(square, square) if left > 1 else square), left // 2
    return _over(exact(1), result) if n < 0 else result


_sqrt_parts = np.frompyfunc(complex_sqrt, 2, 2)


def _transform(sign: int) -> Callable[..., ComplexBalls]:
    """The Fourier transform by its matrix of roots of unity; ``sign`` is that of the exponent."""

    def transform(x: Any, axis: int, norm: str) -> ComplexBalls:
        n = x.shape[axis]
        entries = np.frompyfunc(lambda j, k: unit_root(int(j) * int(k) % n, n), 2, 2)
        cosine, sine = entries(*np.ogrid[:n, :n])
        moved = ComplexBalls(*(np.moveaxis(part, axis, -1) for part in parts(x)))
        y = _times(moved, ComplexBalls(cosine, sine * sign), np.matmul)
        y = ComplexBalls(np.moveaxis(y.real, -1, axis), np.moveaxis(y.imag, -1, axis))
        power = {"backward": (1 + sign) / 2, "forward": (1 - sign) / 2, "ortho": 0.5}[norm]
        scale = {0: 1, 0.5: complex_sqrt(n, 0)[0], 1: n}[power]
        return _scaled(y, exact(1) / scale)

    return transform


def _elementary(real: Kernels) -> dict[str, Callable[..., Any]]:
    """Exponentials, logarithms and circular functions, by those of their parts."""

    def exp(x: Any) -> ComplexBalls:
        a, b = parts(x)
        size = real["exp"](a)
        return ComplexBalls(size * real["cos"](b), size * real["sin"](b))

    def log(x: Any) -> ComplexBalls:
        a, b = parts(x)
        return ComplexBalls(real["log"](real["hypot"](a, b)), real["atan2"](b, a))

    def sin(x: Any) -> ComplexBalls:
        a, b = parts(x)
        return ComplexBalls(real["sin"](a) * real["cosh"](b), real["cos"](a) * real["sinh"](b))

    def cos(x: Any) -> ComplexBalls:
        a, b = parts(x)
        return ComplexBalls(real["cos"](a) * real["cosh"](b), -real["sin"](a) * real["sinh"](b))

    turned = lambda x, power: _times(x, ComplexBalls(exact(0), exact(power)))  # times ± i
    cosh = lambda x: cos(turned(x, 1))
    sinh = lambda x: turned(sin(turned(x, 1)), -1)
    return {
        "power": lambda x, y: exp(_times(y, log(x))),
        "exp": exp,
        "expm1": lambda x: _plus(exp(x), exact(-1)),
        "log": log,
        "log1p": lambda x: log(_plus(x, exact(1))),
        "log2": lambda x: _scaled(log(x), 1 / real["log"](exact(2))),
        "log10": lambda x: _scaled(log(x), 1 / real["log"](exact(10))),
        "sin": sin,
        "cos": cos,
        "tan": lambda x: _over(sin(x), cos(x)),
        "sinh": sinh,
        "cosh": cosh,
        "tanh": lambda x: _over(sinh(x), cosh(x)),
    }


def complex_kernels(real: Kernels) -> dict[str, Callable[..., Any]]:
    """The primitives on complex numbers, in terms of those on real balls."""

    def by_parts(name: str) -> Callable[..., ComplexBalls]:
        def apply(*args: Any, **params: Any) -> ComplexBalls:
            pairs = [parts(x) for x in args]
            return ComplexBalls(*(real[name](*(pair[i] for pair in pairs), **params) for i in (0, 1)))

        return apply

    equal = lambda x, y: np.logical_and(*map(real["equal"], parts(x), parts(y)))
    return {
        **{name: by_parts(name) for name in STRUCTURAL},
        "negative": lambda x: _scaled(x, -1),
        "add": _plus,
        "subtract": lambda x, y: _plus(x, y, -1),
        "multiply": _times,
        "divide": _over,
        "reciprocal": lambda x: _over(exact(1), x),
        "square": lambda x: _times(x, x),
        "integer_power": _integer_power,
        **_elementary(real),
        "matmul": lambda x, y: _times(x, y, real["matmul"]),
        "sqrt": lambda x: ComplexBalls(*_sqrt_parts(*parts(x))),
        "abs": lambda x: real["hypot"](*parts(x)),
        "real": lambda x: parts(x)[0],
        "imag": lambda x: parts(x)[1],
        "conj": _conj,
        "astype": lambda x, dtype: ComplexBalls(*parts(x)),
        "equal": equal,
        "not_equal": lambda x, y: np.logical_not(equal(x, y)),
        "where": lambda c, x, y: ComplexBalls(
            *(real["where"](c, a, b) for a, b in zip(parts(x), parts(y), strict=True))
        ),
        "fft": _transform(-1),
        "ifft": _transform(1),
    }
