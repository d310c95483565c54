"""Bicomplex numbers a + j b, of two complex arrays: their arithmetic, and their parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Bicomplex:
    """a + j b, of two complex arrays of one shape."""

    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b
        self.shape, self.ndim, self.dtype = np.shape(a), np.ndim(a), a.dtype

    def __neg__(self) -> Bicomplex:
        return Bicomplex(-self.a, -self.b)

    def __add__(self, other: Any) -> Bicomplex:
        a, b = parts(other)
        return Bicomplex(self.a + a, self.b + b)

    def __sub__(self, other: Any) -> Bicomplex:
        a, b = parts(other)
        return Bicomplex(self.a - a, self.b - b)

    def __rsub__(self, other: Any) -> Bicomplex:
        return -self + other

    def __mul__(self, other: Any) -> Bicomplex:
        a, b = parts(other)
        return Bicomplex(self.a * a - self.b * b, self.a * b + self.b * a)

    def __truediv__(self, other: Any) -> Bicomplex:
        a, b = parts(other)
        ratio = b / a
        size = a + b * ratio
        return Bicomplex((self.a + self.b * ratio) / size, (self.b - self.a * ratio) / size)

    def __rtruediv__(self, other: Any) -> Bicomplex:
        return Bicomplex(other + 0 * self.a, 0 * self.b) / self

    __radd__, __rmul__ = __add__, __mul__


def parts(x: Any) -> tuple[Any, Any]:
    """a and b; b is 0 of a number or an array that has none."""
    return (x.a, x.b) if isinstance(x, Bicomplex) else (x, 0.0)


def real_part(x: Any) -> Any:
    """What the function computes, without its steps."""
    return np.real(parts(x)[0])


def select(where: Any, x: Any, y: Any) -> Bicomplex:
    """x where ``where`` holds, else y."""
    (a, b), (c, d) = parts(x), parts(y)
    return Bicomplex(np.where(where, a, c), np.where(where, b, d))


def by_parts(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A linear map, applied to both parts of its arguments."""

    def apply(*args: Any, **params: Any) -> Bicomplex:
        pairs = [parts(arg) for arg in args]
        return Bicomplex(kernel(*(a for a, _ in pairs), **params), kernel(*(b for _, b in pairs), **params))

    return apply
