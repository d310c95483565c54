"""Choosing the step of a difference quotient: a ladder of steps, judged by what the quotients on it tell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.method.noise import tolerated_noise
from derivlab.method.path import GENERIC, Path
from derivlab.method.stencils import Stencil
from derivlab.method.steps import SAFETY, Quotients, Rung, noise_of, rung

_MOST = 40
_STILL = 8.0
"""A change of up to so many rounding errors is none."""
_DOUBT = 8.0
"""By how much smaller the error of a rung must be that is not trusted to stand before one that is."""
_BOLD = 1e4
"""A rung at a larger step contradicts one that claims up to so many times its digits."""
_ALIAS = 1e3
"""Changes without order that are so many times the measured noise are an oscillation between the points."""
_EVIDENCE = 5
"""Rungs over which a quotient must grow to have no limit."""


def best_step(path: Path, stencil: Stencil) -> Quotients:
    """Quotients with a step of the entry's own: the rung of a ladder h₀ rᵏ where the estimated error is least.

    r = 4 (2 for p > 2). The ladder begins at h₀ = ε^(1/(p+d)) |x| and grows only where some entry wants it: down
    while truncation is more than rounding, up while it is less, until the error is small for the order or a least one
    is found. In units of φ the error at h is the sum of

    * truncation: the change C from h to rh, over rᵖ − 1 where C falls as hᵖ⁺ᵈ;
    * rounding: ε |φ|, the quantum of φ, or the measured noise of f, whichever is most, times Σ|w|;
    * unforeseen noise: the largest C at smaller steps that did not fall so.

    A rung is trusted where C falls as hᵖ⁺ᵈ or is no more than rounding, and the highest difference of its points
    shows no kink. It is denied where a larger step says otherwise within its own error and a quarter of its value:
    a quotient of a few quanta says nothing. Where no rung is trusted, the noise of f is measured; if none is then,
    the one of least error stays, and is not trusted. The error is infinite only where the quotient grows over the
    five lowest rungs as at a jump or a root.

    References
    ----------
    Gill, Murray, Saunders and Wright, "Computing forward-difference intervals for numerical optimization", SIAM
    Journal on Scientific and Statistical Computing 4(2), 1983. Shi, Xie, Xuan and Nocedal, "Adaptive
    finite-difference interval estimation for noisy derivative-free optimization", SIAM Journal on Scientific
    Computing 44(4), 2022.
    """
    ladder = _Ladder(path, stencil)
    found = ladder.judge()
    while len(ladder.rungs) < _MOST and ladder.grow(found):
        found = ladder.judge()
    if not np.all(found.trusted):
        found.error = np.where(ladder.limitless() & ~found.trusted, np.inf, found.error)
    path.edge = path.edge & ~(found.trusted & (found.error <= ladder.enough * np.abs(found.value)))
    return found


class _Ladder:
    """The rungs visited, and what is to be visited next."""

    def __init__(self, path: Path, stencil: Stencil) -> None:
        self.path, self.stencil = path, stencil
        self.power = stencil.order + stencil.derivative
        self.ratio = 4 if stencil.order <= 2 else 2
        bits = math.log2(self.ratio)
        floor = path.quantum or 2.0 ** -(500 // stencil.derivative)
        self.bottom = math.ceil(math.log2(floor) / bits)
        self.top = max(self.bottom, math.floor((math.log2(max(path.unit, path.scale)) - 1) / bits) - 1)
        self.enough = 64 * path.epsilon ** (stencil.order / self.power)
        self.rungs: dict[int, Rung] = {}
        self.entries = np.arange(path.here.size)
        self.leap, self.measured = 1, False
        first = round(math.log2(path.epsilon ** (1 / self.power) * path.scale) / bits)
        first = min(max(first, self.bottom), self.top)
        for k in {first, max(first - 1, self.bottom)}:
            self._visit(k)

    def _visit(self, k: int) -> None:
        h = self.path.exact(GENERIC * float(self.ratio) ** k)
        self.rungs[k] = rung(self.path, self.stencil, h, self.ratio)

    def judge(self) -> Quotients:
        """For each entry the rung of least error, a trusted one where there is one."""
        path, r, d = self.path, self.ratio, self.stencil.derivative
        self.ks = sorted(self.rungs)
        rows = [self.rungs[k] for k in self.ks]
        fields = ("near", "far", "bend", "size", "quantum")
        near, far, bend, size, quantum = (np.array([getattr(row, name) for row in rows]) for name in fields)
        steps = np.array([row.h for row in rows])[:, None]
        noise = noise_of(path, size, quantum)
        change, self.rounding = np.abs(far - near), noise * self.stencil.mass
        next_door = np.array([[k + 1 in self.rungs] for k in self.ks])
        above = np.where(next_door, _shifted(change), np.inf) / float(r) ** self.power
        falls = next_door & (change <= 3 * above)
        still = change <= _STILL * self.rounding
        bends = next_door & (bend * r ** (d + 0.5) <= _shifted(bend))
        self.wild = ~(falls | still)
        self.truncation = np.where(falls, np.maximum(change, above) / (r**self.stencil.order - 1), change)
        below = np.maximum.accumulate(np.where(self.wild & next_door & np.isfinite(change), change, 0.0), axis=0)
        below = np.concatenate([np.zeros_like(below[:1]), below[:-1]])
        self.floor, self.rounding = self.rounding, self.rounding + below
        self.bound = ~np.isfinite(change) | (falls & (change > _STILL * self.rounding))
        unit = steps**d
        error = SAFETY * (self.truncation + np.maximum(self.rounding, 2 * bend * self.stencil.mass)) / unit
        value = near / unit
        finite = np.isfinite(value) & np.isfinite(error)
        wildness = np.maximum(below, np.where(self.wild, change, 0.0))
        aliased = (path.noise > 0) & (wildness > _ALIAS * self.floor)
        relative = error / np.abs(value)
        strong = finite & (relative < 0.25)
        self.strong = strong & ~aliased
        denied = np.zeros_like(finite)
        for i in range(len(rows) - 1):
            apart = np.abs(value[i + 1 :] - value[i]) > error[i + 1 :] + error[i]
            bold = self.strong[i + 1 :] & (relative[i + 1 :] < _BOLD * relative[i])
            denied[i] = np.any(apart & np.where(strong[i], bold, strong[i + 1 :]), axis=0)
        lost = (below > self.truncation) & (aliased | (relative > 0.25))
        trusted = finite & ~self.wild & ~denied & ~lost & (bends | (bend <= 4 * noise))
        error = np.where(finite, error, np.inf)
        score = error * np.where(trusted, 1.0, _DOUBT)
        rank = np.where(trusted | (strong & ~denied), 0, np.where(finite & ~denied, 1, 2))
        self.chosen = np.where(rank == rank.min(axis=0), score, np.inf).argmin(axis=0)
        self.near, self.far, self.change = near, far, change
        pick = self._pick
        return Quotients(pick(value), pick(error), pick(np.broadcast_to(steps, value.shape)), pick(trusted))

    def _pick(self, table: Any) -> Any:
        return table[self.chosen, self.entries]

    def grow(self, found: Quotients) -> bool:
        """Visit one more rung, or measure the noise; False when all is done."""
        k, under = self._neighbours()[:2]
        backed = (k - under == 1) | (k == self.bottom)  # two quotients of few quanta may agree by chance
        good = found.trusted & backed & (found.error <= self.enough * np.abs(found.value))
        done = good | ~np.isfinite(self.path.here)
        if np.all(done):
            return False
        if not self.measured and not np.all(done | found.trusted) and len(self.ks) > 2:
            self.measured = True
            widest = next(iter(self.rungs.values())).h
            self.path.noise = np.maximum(self.path.noise, tolerated_noise(self.path, widest))
            return True
        wish = self._towards_balance()
        if not np.all(done | found.trusted):
            ended = self.ks[0] == self.bottom
            kept = found.trusted | self._pick(self.strong) | (ended & np.isfinite(wish))
            wish = np.where(kept, wish, self._downwards())
        wishes = {int(k) for k in wish[~done].tolist() if math.isfinite(k)}
        fresh = sorted(wishes - self.rungs.keys())
        if not fresh:
            return False
        self.leap *= 2
        self._visit(fresh[len(fresh) // 2])
        return True

    def _neighbours(self) -> tuple[Any, Any, Any]:
        """The place of each entry's chosen rung, and of those next to it: NaN where there are none."""
        ks = np.array([np.nan, *self.ks, np.nan])
        return ks[self.chosen + 1], ks[self.chosen], ks[self.chosen + 2]

    def _towards_balance(self) -> Any:
        """The next rung for each entry whose chosen one is trusted: NaN where it lies between its neighbours."""
        k, under, over = self._neighbours()
        tables = (self.truncation, self.rounding, self.change, self.wild)
        truncation, rounding, change, wild = (self._pick(table) for table in tables)
        excess = np.log(truncation / rounding) / math.log(self.ratio) / self.power
        jump = np.maximum(1, np.round(np.minimum(excess, 1000)))
        down = np.where(np.isnan(under), np.maximum(k - jump, self.bottom), np.maximum(k - jump, _middle(under, k)))
        up = np.where(np.isnan(over), np.minimum(k + self.leap, self.top), _middle(k, over))
        wish = np.where(wild & np.isnan(over), up, down)
        wish = np.where(change <= _STILL * rounding, self._below_truncation(), wish)
        outside = min(self.ks[-1] + self.leap, self.top)
        empty = (change <= _STILL * rounding) & ~self._pick(self.strong)
        wish = np.where(empty, outside if outside > self.ks[-1] else _middle(k, over), wish)
        nowhere = np.isnan(wish) | (wish == k) | (wish == under) | (wish == self.ks[-1])
        return np.where(nowhere, np.where(k - under == 1, np.nan, np.maximum(k - 1, self.bottom)), wish)

    def _below_truncation(self) -> Any:
        """The next rung above the chosen one, below the first where truncation is seen."""
        count = len(self.ks)
        rows = np.arange(count)[:, None]
        gaps = np.array([[k - 1 not in self.rungs] for k in self.ks])
        first = np.where((rows > self.chosen) & (self.bound | gaps), rows, count).min(axis=0)
        ks = np.array([*self.ks, min(self.ks[-1] + self.leap, self.top)], float)
        last = ks[first - 1]
        return np.where(first == count, ks[-1], np.where(ks[first] - last > 1, _middle(last, ks[first]), np.nan))

    def _downwards(self) -> Any:
        """The next rung for each entry of which nothing is known: down to the bottom, then up to the top."""
        low, high = self.ks[0], self.ks[-1]
        k = max(low - self.leap, self.bottom) if low > self.bottom else min(high + self.leap, self.top)
        return np.full(self.chosen.shape, float(k))

    def limitless(self) -> Any:
        """Where the quotient grows over many rungs down to the lowest, far above rounding, as at a jump or a root."""
        r, d = self.ratio, self.stencil.derivative
        growth = self.near / self.far
        steady = (growth > 1.1) & (growth < 1.05 * r**d) & (self.change > 100 * self.floor)
        return np.all(steady[:_EVIDENCE], axis=0) if len(steady) >= _EVIDENCE else np.zeros(steady.shape[1:], bool)


def _shifted(table: Any) -> Any:
    return np.concatenate([table[1:], np.full_like(table[:1], np.inf)])


def _middle(low: Any, high: Any) -> Any:
    return np.floor((low + high) / 2)
