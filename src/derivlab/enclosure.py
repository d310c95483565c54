"""Arrays of exact numbers, each known to lie in a ball, and errors measured against them."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.libraries import load

RADIUS = 1e-3
"""Largest radius of an enclosure, in ulps of the value enclosed."""


class Enclosure:
    """An array of exact real numbers, each known to lie in a ball.

    Attributes
    ----------
    value
        The nearest doubles.
    offset, radius
        Arrays in ulps of ``value``: the exact number is ``value + (offset ± radius) ulp``.
    """

    def __init__(self, balls: Any) -> None:
        arb = load("flint").arb
        shape = balls.shape
        self.balls = balls
        self.value, self.offset, self.radius = np.empty(shape), np.empty(shape), np.empty(shape)
        for index in np.ndindex(shape):
            ball = balls[index]
            value = float(ball.mid())
            ulp = float(np.spacing(abs(value))) if np.isfinite(value) else 2.0**971
            self.value[index] = value
            exact = arb(value) if np.isfinite(value) else arb(np.sign(value) * 2.0**1023)
            self.offset[index] = float((ball.mid() - exact) / arb(ulp))
            self.radius[index] = float((ball.rad() / arb(ulp)).upper())

    def error_ulps(self, approximation: Any) -> Any:
        """A bound on |approximation − exact| for each entry, in ulps of the exact number in the dtype given.

        Not finite where the approximation is not.
        """
        approx = np.asarray(approximation)
        if approx.shape != self.value.shape:
            raise ArgumentError(f"the truth has shape {self.value.shape}, the approximation {approx.shape}")
        dtype = approx.dtype if approx.dtype.kind == "f" else np.dtype(float)
        ulp = np.spacing(np.abs(self.value))
        unit = np.spacing(np.abs(self.value).astype(dtype)).astype(float)
        with np.errstate(all="ignore"):
            gap = np.abs((approx.astype(float) - self.value) / ulp - self.offset) + self.radius
            error = gap * (ulp / unit)
        return np.where(np.isfinite(approx) & np.isfinite(error), error, np.inf)[()]

    def relative_error(self, approximation: Any) -> Any:
        """|approximation − exact| / |exact| for each entry (0 where both are 0)."""
        ulps = self.error_ulps(np.asarray(approximation, dtype=float))
        with np.errstate(all="ignore"):
            relative = ulps * np.spacing(np.abs(self.value)) / np.abs(self.value)
        exact = (self.value == 0) & (ulps <= RADIUS)
        return np.where(exact, 0.0, np.where(self.value == 0, np.inf, relative))[()]

    def __float__(self) -> float:
        return float(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.value, dtype=dtype)

    def __repr__(self) -> str:
        return f"Enclosure({self.value!r} ± {np.max(self.radius, initial=0.0):.1e} ulp)"


def coefficients(array: Any, k: int, scale: Any = None) -> Any:
    """The enclosures of the coefficient of tᵏ in an array of series, times ``scale``."""
    out = np.empty(array.shape, dtype=object)
    exact = load("flint").exact
    for index in np.ndindex(array.shape):
        c = exact(array[index]).coefficient(k)
        out[index] = c if scale is None else c * scale
    return out


def union(a: Any, b: Any) -> Any:
    """Balls that hold both of each pair."""
    out = np.empty(a.shape, dtype=object)
    for index in np.ndindex(a.shape):
        out[index] = a[index].union(b[index])
    return out
