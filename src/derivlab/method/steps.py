"""Choosing the step of a difference quotient: truncation, seen by doubling the step, against rounding."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.method.noise import tolerated_noise
from derivlab.method.path import Path
from derivlab.method.stencils import Stencil, kinks_stencil

_TRIES = 24
_GENERIC = 19657271 / 2**24
"""Times a power of 2: steps that are powers of 2 themselves, or near, may all hide a period of f."""
_TINY = float(np.finfo(float).tiny)
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


@dataclass
class Rung:
    """A stencil at h and at 2h: its quotient, truncation and rounding error, and tests of smoothness.

    ``ratio`` is the change of the quotient in units of its rounding error, ``kinked`` the highest difference of all
    points in units of its own, and ``grows`` says where the quotient is larger for the smaller step.
    """

    value: Any
    truncation: Any
    rounding: Any
    ratio: Any
    kinked: Any
    grows: Any

    def quotients(self, h: float, trusted: Any) -> Quotients:
        """The quotient at h with a bound on its error: none where it grows without being trusted."""
        error = np.where(self.grows & ~trusted, np.inf, SAFETY * (self.truncation + self.rounding))
        return Quotients(self.value, error, np.full_like(self.value, h), trusted)


@dataclass(frozen=True)
class Table:
    """A stencil at h and 2h, and the highest difference of all their points, over one list of offsets."""

    offsets: tuple[float, ...]
    weights: Any
    bend_mass: float

    @staticmethod
    @functools.lru_cache(maxsize=256)
    def of(stencil: Stencil) -> Table:
        """The table of a stencil."""
        kinks = kinks_stencil(stencil.offsets)
        at = {offset: i for i, offset in enumerate(kinks.offsets)}
        weights = np.zeros((3, len(at)))
        for offset, weight in zip(stencil.offsets, stencil.weights, strict=True):
            weights[0, at[offset]] += float(weight)
            weights[1, at[2 * offset]] += float(weight / 2**stencil.derivative)
        weights[2] = kinks.floats
        return Table(tuple(float(o) for o in kinks.offsets), weights, kinks.mass)


def rung(path: Path, stencil: Stencil, h: float) -> Rung:
    """What the quotients at h and 2h tell. Subtracting φ(0) first is exact, and the weights sum to 0."""
    table, unit = Table.of(stencil), h**stencil.derivative
    values = path.at(table.offsets, h)
    near, far, bend = table.weights @ (values - path.here)
    noise = np.maximum(path.epsilon * np.abs(values).max(axis=0), path.noise) + _TINY
    change, rounding = np.abs(far - near), noise * stencil.mass
    return Rung(
        value=near / unit,
        truncation=change / unit / (2.0**stencil.order - 1),
        rounding=rounding / unit,
        ratio=change / rounding,
        kinked=np.abs(bend) / (noise * table.bend_mass),
        grows=(np.abs(near) > 1.2 * np.abs(far)) & (change > 100 * rounding),
    )


def quotient(path: Path, stencil: Stencil, h: float) -> tuple[Any, Any]:
    """The quotient at one step, and the rounding error in it."""
    values, unit = path.at([float(o) for o in stencil.offsets], h), h**stencil.derivative
    noise = np.maximum(path.epsilon * np.abs(values).max(axis=0), path.noise) + _TINY
    return np.array(stencil.floats) @ (values - path.here) / unit, noise * stencil.mass / unit


def fixed_step(path: Path, stencil: Stencil, h: float) -> Quotients:
    """The quotient at one step, which nothing judges."""
    value, _ = quotient(path, stencil, h)
    finite = np.isfinite(value)
    return Quotients(value, np.where(finite, 0.0, np.inf), np.full_like(value, h), finite)


def judged_step(path: Path, stencil: Stencil, h: float) -> Quotients:
    """The quotient at one step, trusted where its change falls as the order says when the step is halved."""
    here, above = rung(path, stencil, h), rung(path, stencil, 2 * h)
    fallen = 2 * (here.truncation - 2 * here.rounding) <= above.truncation / 2 ** (stencil.order - 1)
    error = SAFETY * (np.maximum(here.truncation, above.truncation / 2**stencil.order) + here.rounding)
    return Quotients(here.value, error, np.full_like(error, h), fallen & np.isfinite(error))


def best_step(path: Path, stencil: Stencil) -> Quotients:
    """Quotients with a step of the entry's own, so chosen that truncation comes out of the rounding, and not far.

    The change of the quotient as h doubles must be 2 to 2·2ᵖ⁺ᵈ of its rounding errors: less, and h grows; more, or a
    highest difference that is no noise, and h shrinks. The search begins at ε^(1/(p+d)) |x| and brackets. Where a
    smaller step does not help, the noise of f is measured.

    References
    ----------
    Gill, Murray, Saunders and Wright, "Computing forward-difference intervals for numerical optimization", SIAM
    Journal on Scientific and Statistical Computing 4(2), 1983. Shi, Xie, Xuan and Nocedal, "Adaptive
    finite-difference interval estimation for noisy derivative-free optimization", SIAM Journal on Scientific
    Computing 44(4), 2022.
    """
    search = _Search(path, stencil)
    for _ in range(_TRIES):
        if not search.visit():
            break
    path.edge = path.edge & ~search.balanced
    return search.best


class _Search:
    """The rungs h = 2ᵏ visited, and between which of them each entry's step lies."""

    def __init__(self, path: Path, stencil: Stencil) -> None:
        self.path, self.stencil = path, stencil
        self.power = stencil.order + stencil.derivative
        self.most = 2.0 ** (self.power + 1)
        floor = path.quantum or 2.0 ** -(1000 // stencil.derivative)
        self.bottom = math.ceil(math.log2(floor))
        self.top = max(self.bottom, math.floor(math.log2(max(path.unit, path.scale))) - 2)
        self.restart(math.floor(math.log2(path.epsilon ** (1 / self.power) * path.scale)))
        self.measured = 0.0

    def restart(self, k: int) -> None:
        """Begin at h = 2ᵏ, with nothing known."""
        nothing = np.full(self.path.here.shape, np.nan)
        self.k, self.growth = min(max(k, self.bottom), self.top), 4
        self.low, self.high = np.full_like(nothing, self.bottom - 1), np.full_like(nothing, self.top + 1)
        self.above, self.before = np.zeros_like(nothing), np.full_like(nothing, np.inf)
        self.weak = np.zeros(nothing.shape, bool)
        self.done, self.balanced = ~np.isfinite(self.path.here), np.zeros(nothing.shape, bool)
        self.best = Quotients(nothing, np.full_like(nothing, np.inf), nothing, self.balanced)
        self.seen: set[int] = set()

    def visit(self) -> bool:
        """Take the quotients at this rung and move on; False when all is done."""
        h = self.path.exact(_GENERIC * 2.0**self.k)
        here = rung(self.path, self.stencil, h)
        self.seen.add(self.k)
        worst = np.maximum(here.ratio, here.kinked)
        large = ~(worst <= self.most)
        small = ~large & (here.ratio < 2)
        self.weak = np.where(small & (self.k > self.low), np.abs(here.value) < 8 * here.rounding, self.weak)
        self.above = np.where(large & (self.k < self.high), worst, self.above)
        self.low = np.where(small, np.maximum(self.low, self.k), self.low)
        self.high = np.where(large, np.minimum(self.high, self.k), self.high)
        found = here.quotients(h, ~large)
        self.best = self.best.replaced(found, self.best.beaten_by(found))
        if self._measure_noise(~self.done & large & (worst > self.before / 4)):
            return True
        self.balanced = self.balanced | ~(large | small)
        self.done = self.done | self.balanced | (self.high - self.low <= 1)
        self.before = np.where(large, worst, self.before)
        return not np.all(self.done) and self._move(here, large)

    def _sudden(self) -> Any:
        """Where a quotient no larger than its rounding error stands below a rung that truncation cannot explain."""
        smooth = 8 * 2.0 ** (1 + self.power * np.minimum(self.high - self.low, 1000 // self.power))
        return self.weak & (self.above > smooth) & ~self.balanced

    def _measure_noise(self, unchanged: Any) -> bool:
        """Where a smaller step did not help, or values tremble, measure how much and begin again."""
        sudden = self._sudden()
        self.best.trusted = self.best.trusted & ~sudden
        widest = 2.0 ** (np.max(self.high[sudden]) + 1) if np.any(sudden) else 2.0**self.k
        wanted = np.any(sudden) or (not self.measured and np.any(unchanged))
        if not wanted or widest <= self.measured:
            return False
        self.path.noise = np.maximum(self.path.noise, tolerated_noise(self.path, widest))
        self.measured = widest
        self.restart(round(math.log2(widest)) - 1)
        return True

    def _move(self, here: Rung, large: Any) -> bool:
        middle = math.sqrt(2 * self.most)
        shrink = np.minimum(
            np.log2(middle / here.ratio) / self.power,
            np.log2(middle / here.kinked) / kinks_stencil(self.stencil.offsets).derivative,
        )
        shrink = np.where(np.isfinite(shrink), np.clip(np.round(shrink), -200, -1), -8)
        still = (here.ratio == 0) & (here.value == 0)
        wish = self.k + np.where(large, shrink, np.where(still, self.top, self.growth))
        self.growth *= 2
        between = np.floor((self.low + self.high) / 2)
        wish = np.where((wish > self.low) & (wish < self.high), wish, between)
        wishes = np.unique(wish[~self.done])
        fresh = [int(k) for k in wishes if k not in self.seen]
        if fresh:
            self.k = fresh[len(fresh) // 2]
        return bool(fresh)
