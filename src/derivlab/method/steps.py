"""Difference quotients along a path, at one step or at two, and what is known of their errors."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.method.path import Path
from derivlab.method.stencils import Stencil, kinks_stencil

_TINY = float(np.finfo(float).tiny)
_COARSE = 2.0**-10
SAFETY = 2.0
"""By how much the error bound exceeds the estimates that it is made of."""


@dataclass
class Quotients:
    """Difference quotients of the entries of a path.

    Attributes
    ----------
    value
        The quotients.
    error
        Bounds on their errors, estimated.
    step
        The steps that they were taken with.
    trusted
        Where the quotients behaved as those of a smooth function do, so that the bound means something.
    """

    value: Any
    error: Any
    step: Any
    trusted: Any

    def beaten_by(self, other: Quotients) -> Any:
        """Where the other is to be preferred: trusted before not, then by error; by step, where none is trusted."""
        mine, theirs = (np.where(np.isfinite(q.value), q.error, np.inf) for q in (self, other))
        closer = np.isfinite(other.value) & (~np.isfinite(self.value) | (other.step < self.step))
        return np.where(self.trusted == other.trusted, np.where(self.trusted, theirs < mine, closer), other.trusted)

    def replaced(self, other: Quotients, where: Any) -> Quotients:
        """The other's entries in some places."""
        pairs = ((getattr(other, name), getattr(self, name)) for name in ("value", "error", "step", "trusted"))
        return Quotients(*(np.where(where, theirs, mine) for theirs, mine in pairs))


@dataclass(frozen=True)
class Table:
    """A stencil at h and rh, and the highest difference of all their points, over one list of offsets."""

    offsets: tuple[float, ...]
    weights: Any
    bend_mass: float

    @staticmethod
    @functools.lru_cache(maxsize=256)
    def of(stencil: Stencil, ratio: int) -> Table:
        """The table of a stencil."""
        kinks = kinks_stencil(stencil.offsets, ratio)
        at = {offset: i for i, offset in enumerate(kinks.offsets)}
        weights = np.zeros((3, len(at)))
        for offset, weight in zip(stencil.offsets, stencil.weights, strict=True):
            weights[0, at[offset]] += float(weight)
            weights[1, at[ratio * offset]] += float(weight / ratio**stencil.derivative)
        weights[2] = kinks.floats
        return Table(tuple(float(o) for o in kinks.offsets), weights, kinks.mass)


@dataclass(frozen=True)
class Rung:
    """A stencil at h and rh, in units of φ: its differences, hᵈ times the two quotients, the highest difference of
    all points over the sum of its weights, the largest |φ|, and the power of 2 that divides every φ."""

    h: float
    near: Any
    far: Any
    bend: Any
    size: Any
    quantum: Any


def rung(path: Path, stencil: Stencil, h: float, ratio: int = 2) -> Rung:
    """The differences at h and rh. Subtracting φ(0) first is exact, and the weights sum to 0."""
    table = Table.of(stencil, ratio)
    values = path.at(table.offsets, h)
    near, far, bend = table.weights @ (values - path.here)
    return Rung(h, near, far, np.abs(bend) / table.bend_mass, np.abs(values).max(axis=0), quantum(values))


def noise_of(path: Path, size: Any, least: Any = 0.0) -> Any:
    """An error of values up to a size that is seldom passed: rounding of the value itself, or what was measured."""
    return np.maximum(np.maximum(path.epsilon * size, least), path.noise) + _TINY


def quantum(values: Any) -> Any:
    """For each column the largest power of 2 of which all are multiples: 1 − (1 − y) has that of 1, and not of y.

    0 where it is no small part of the values: they count something.
    """
    if values.dtype != np.float64:
        return np.zeros(values.shape[1:])
    mantissa, exponent = np.frexp(values)
    finite = np.isfinite(mantissa) & (mantissa != 0)
    digits = np.where(finite, np.ldexp(mantissa, 53), 0).astype(np.int64)
    powers = np.where(finite, np.ldexp((digits & -digits).astype(float), exponent - 53), np.inf).min(axis=0)
    return np.where(powers < _COARSE * np.abs(values).max(axis=0), powers, 0.0)


def quotient(path: Path, stencil: Stencil, h: float) -> tuple[Any, Any]:
    """The quotient at one step, and the rounding error in it."""
    values, unit = path.at([float(o) for o in stencil.offsets], h), h**stencil.derivative
    rounding = noise_of(path, np.abs(values).max(axis=0)) * stencil.mass
    return np.array(stencil.floats) @ (values - path.here) / unit, rounding / unit


def fixed_step(path: Path, stencil: Stencil, h: float) -> Quotients:
    """The quotient at one step, which nothing judges."""
    value, _ = quotient(path, stencil, h)
    finite = np.isfinite(value)
    return Quotients(value, np.where(finite, 0.0, np.inf), np.full_like(value, h), finite)


def judged_step(path: Path, stencil: Stencil, h: float) -> Quotients:
    """The quotient at one step, trusted where its change falls as the order says when the step is halved."""
    here, above, power = rung(path, stencil, h), rung(path, stencil, 2 * h), stencil.order + stencil.derivative
    rounding = noise_of(path, above.size) * stencil.mass
    change, wider = np.abs(here.far - here.near), np.abs(above.far - above.near) / 2**power
    error = SAFETY * (np.maximum(change, wider) / (2**stencil.order - 1) + rounding)
    fallen = (change - 2 * rounding <= wider * 2) & np.isfinite(error)
    unit = h**stencil.derivative
    return Quotients(here.near / unit, error / unit, np.full_like(error, h), fallen)
