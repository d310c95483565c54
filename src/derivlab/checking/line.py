"""Values of a function along a line: the step study of a claimed derivative, and the Taylor-remainder test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.checking.subject import Subject
from derivlab.errors import DerivlabError
from derivlab.method.difference import FiniteDifference
from derivlab.method.noise import ec_noise
from derivlab.method.problem import flatten

_ABOVE = 30.0
"""A remainder is seen where it is so many times the rounding in it."""
_MOST = 10
"""Points of the slope at most: those of the smallest steps at which the remainder is seen."""


@dataclass(frozen=True)
class Step:
    """One step of the study.

    Attributes
    ----------
    h
        The step, as a multiple of the direction.
    quotient
        The central difference quotient along the line.
    remainder, rounding
        |φ(h) − φ(0) − h s| with s the claimed slope, and the rounding in it; for a Hessian
        |φ(h) + φ(−h) − 2 φ(0) − h² s|.
    """

    h: float
    quotient: float
    remainder: float
    rounding: float


@dataclass(frozen=True)
class Study:
    """Steps over decades, and the power of h with which the remainder falls.

    Attributes
    ----------
    slope, right
        That power, None where rounding hides it, and the power it has where the claimed derivative is right.
    decades
        Over how many decades of h it was seen.
    claimed
        The claimed derivative along the line.
    """

    steps: Sequence[Step]
    slope: float | None
    right: int
    decades: float
    claimed: float


class Line:
    """φ(t) = ⟨w, f(x + t v)⟩ along a random direction of the sizes of the entries, with random weights."""

    def __init__(self, subject: Subject, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.subject, self.primals = subject, subject.problem.primals
        given = subject.tangents
        self.v = (
            [_direction(x, rng) for x in self.primals]
            if given is None
            else [np.asarray(v) for v in subject.problem.unpack_tangents(given)]
        )
        scalar = len(subject.outputs) == 1 and np.ndim(subject.outputs[0]) == 0
        self.w = [np.ones(()) if scalar else rng.uniform(0.5, 1.5, np.shape(y)) for y in subject.outputs]

    @property
    def order(self) -> int:
        """1, or 2 for a Hessian."""
        return 2 if self.subject.reduced == "hessian" else 1

    def contract(self, leaves: Sequence[Any]) -> float:
        """What derivatives in the form of the operator say about φ′(0); about φ″(0), for a Hessian."""
        rows = {"jacobian": self.w, "hessian": self.v, "jvp": self.w, "derivative": self.w}.get(self.subject.reduced)
        columns = self.v if self.subject.reduced in ("grad", "jacobian", "hessian") else None
        parts = [np.asarray(leaf, float) for leaf in leaves]
        if columns is None:
            scale = float(self.v[0]) if self.subject.reduced == "derivative" else 1.0
            return scale * sum(float(np.sum(w * leaf)) for w, leaf in zip(rows or [], parts, strict=True))
        if rows is None:
            return sum(float(np.sum(v * leaf)) for v, leaf in zip(columns, parts, strict=True))
        pairs = ((w, v) for w in rows for v in columns)
        return sum(float(np.sum(np.multiply.outer(w, v) * leaf)) for (w, v), leaf in zip(pairs, parts, strict=True))

    def __call__(self, t: float) -> float:
        return float(sum(np.sum(w * y) for w, y in zip(self.w, self._values(t), strict=True)))

    def _values(self, t: float) -> list[Any]:
        moved = [(x + t * v).astype(x.dtype)[()] for x, v in zip(self.primals, self.v, strict=True)]
        try:
            return [np.asarray(y, float) for y in self.subject.problem(moved)]
        except (ValueError, ArithmeticError) as error:
            if isinstance(error, DerivlabError):
                raise
            return [np.full(np.shape(w), np.nan) for w in self.w]

    def rounding(self) -> float:
        """How far rounding moves φ: its terms' last places, or the noise that is seen."""
        size = sum(float(np.sum(np.abs(w * y))) for w, y in zip(self.w, self._values(0.0), strict=True))
        near = np.array([[self(k * 64 * self.subject.epsilon)] for k in range(-3, 4)])
        level, reliable, _ = ec_noise(near, narrow=True)
        return max(self.subject.epsilon * size, 3.0 * float(level[0]) if reliable[0] else 0.0)

    def study(self, leaves: Sequence[Any]) -> Study:
        """The steps from 1/2 down by factors of 4, with the remainder of the claimed derivative.

        Cost: about 50 evaluations of f.
        """
        with np.errstate(all="ignore"):
            claimed, here, noise = self.contract(leaves), self(0.0), self.rounding()
            lowest = np.log2(self.subject.epsilon) * (0.9 if self.order == 1 else 0.5)
            sizes = [2.0**-k for k in range(1, int(-lowest), 2)]
            steps = [self._step(h, claimed, here, noise) for h in sizes]
        right = 2 * self.order
        slope, decades = _power(steps)
        return Study(steps, slope, right, decades, claimed)

    def _step(self, h: float, claimed: float, here: float, noise: float) -> Step:
        plus, minus = self(h), self(-h)
        if self.order == 2:
            second = plus + minus - 2 * here
            return Step(h, second / h**2, abs(second - h * h * claimed), 4 * noise)
        rounding = 2 * noise + self.subject.epsilon * abs(h * claimed)
        return Step(h, (plus - minus) / (2 * h), abs(plus - here - h * claimed), rounding)

    def contradicts(self, leaves: Sequence[Any]) -> str:
        """What differences say against a derivative, or nothing: they are trusted and beyond their errors."""
        if self.order == 2 or self.subject.reduced == "derivative":
            return ""
        try:
            with np.errstate(all="ignore"):
                found = self._difference()
        except DerivlabError:
            return ""
        value, error, trusted = (self._weighed(tree) for tree in (found.value, found.error, found.trusted))
        claimed = self.contract(leaves)
        if not bool(found) or not trusted or not abs(value - claimed) > 100 * error + 1e-3 * abs(claimed):
            return ""
        return f"along a direction differences give {value:.6g} ± {error:.1g}, and the recorded function {claimed:.6g}"

    def _difference(self) -> Any:
        problem, moved = self.subject.problem, iter(self.v)

        def function(*active: Any) -> Any:
            args = list(self.subject.args)
            for position, arg in zip(problem.positions, active, strict=True):
                args[position] = arg
            return self.subject.function(*args)

        active = tuple(self.subject.args[k] for k in problem.positions)
        tangents = tuple(_like(arg, moved) for arg in active)
        return FiniteDifference(order=4).with_error("jvp", function, active, tangents)

    def _weighed(self, tree: Any) -> float:
        return sum(float(np.sum(w * np.asarray(leaf, float))) for w, leaf in zip(self.w, flatten(tree)[0], strict=True))


def _like(arg: Any, leaves: Any) -> Any:
    from derivlab.method.problem import unflatten

    parts, tree = flatten(arg)
    return unflatten(tree, [next(leaves) for _ in parts])


def _direction(x: Any, rng: Any) -> Any:
    size = np.where(np.asarray(x) == 0, np.max(np.abs(x), initial=0.0) or 1.0, np.abs(x))
    return (size * rng.choice([-1.0, 1.0], np.shape(x)) * rng.uniform(0.5, 1.0, np.shape(x))).astype(x.dtype)[()]


def _power(steps: Sequence[Step]) -> tuple[float | None, float]:
    """The power of h in the remainder, by least squares over the smallest steps where it is seen, and their decades."""
    seen: list[Step] = []
    for step in steps:
        if not (np.isfinite(step.remainder) and step.remainder > _ABOVE * step.rounding):
            if seen:
                break
            continue
        seen.append(step)
    seen = seen[-_MOST:]
    if len(seen) < 3:
        return None, 0.0
    h, remainder = (np.log10([getattr(s, name) for s in seen]) for name in ("h", "remainder"))
    return float(np.polyfit(h, remainder, 1)[0]), float(h[0] - h[-1])
