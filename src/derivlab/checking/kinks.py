"""The verdict where f has no derivative: what a spec accepts, or the slopes of the two sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.checking.reference import ulps_of
from derivlab.checking.subject import Subject
from derivlab.checking.verdict import Entry, Pattern, Verdict
from derivlab.errors import DerivlabError
from derivlab.measure.kinks import accepted
from derivlab.method.difference import FiniteDifference
from derivlab.method.problem import flatten

_MANY = 1000
"""Inputs above which no sides are looked at."""
_SAFETY = 8.0
"""By how much slopes may pass the errors that the differences estimate."""


def at_a_kink(subject: Subject, tree: Any, got: Sequence[Any], trouble: str) -> Verdict:
    """The verdict at a point without a derivative, or where differences find none."""
    listed = next((kink for kink in subject.kinks if _same(kink.args, subject.args)), None)
    if listed is not None:
        inside = accepted(tree, listed.slopes)
        reason = "a kink, and the answer is " + ("an" if inside else "no") + " accepted slope: Clarke's set is listed"
        return _verdict(subject, "correct" if inside else "wrong", reason, None if inside else _KINK)
    sides = _sides(subject, got)
    if sides is None:
        return _verdict(subject, "undecided", trouble and f"no derivative here: {trouble}", None)
    return _between(subject, sides, trouble)


_KINK = Pattern("kink", "a slope that no side of the kink has; check the branch that is taken at equality")


@dataclass(frozen=True)
class _Sides:
    """For each entry what was got, the slopes from the left and right, and their errors."""

    got: Any
    left: Any
    right: Any
    error: Any

    @property
    def kinked(self) -> Any:
        return np.abs(self.left - self.right) > self.error

    @property
    def outside(self) -> Any:
        low, high = np.minimum(self.left, self.right), np.maximum(self.left, self.right)
        return ~((self.got >= low - self.error) & (self.got <= high + self.error))


def _sides(subject: Subject, got: Sequence[Any]) -> _Sides | None:
    """The slopes of both sides along each axis, by one-sided differences; None where there are none."""
    many = sum(x.size for x in subject.problem.primals) > _MANY
    if subject.reduced not in ("grad", "derivative", "jacobian") or many:
        return None
    columns: list[Any] = []
    try:
        with np.errstate(all="ignore"):
            for scheme in ("backward", "forward"):
                found = FiniteDifference(scheme, order=2).with_error(
                    subject.reduced, subject.function, *subject.args, argnums=subject.argnums
                )
                columns += [_flat(found.value), _flat(found.error)]
    except DerivlabError:
        return None
    given = np.concatenate([np.ravel(g) for g in got])
    if given.shape != columns[0].shape or not np.all(np.isfinite(columns)):
        return None
    error = _SAFETY * (columns[1] + columns[3]) + 64 * subject.epsilon * np.abs(columns[0])
    return _Sides(given, columns[0], columns[2], error)


def _between(subject: Subject, sides: _Sides, trouble: str) -> Verdict:
    """Wrong where a smooth entry is off, or the only one is outside its slopes; undecided otherwise."""
    smooth_off = sides.outside & ~sides.kinked
    if smooth_off.any():
        return _verdict(subject, "wrong", "an entry is off whose slopes on both sides agree", None, sides, smooth_off)
    if not sides.kinked.any():
        reason = trouble and f"no derivative here: {trouble}"
        return _verdict(subject, "undecided", reason, None, sides if reason else None)
    off = sides.outside & sides.kinked
    if not off.any():
        reason = "a kink: each entry lies between the slopes of the two sides, an accepted convention"
        return _verdict(subject, "undecided", reason, None, sides, sides.kinked)
    if sides.got.size == 1:
        return _verdict(
            subject, "wrong", "a kink, and the answer is outside the slopes of its sides", _KINK, sides, off
        )
    reason = "a kink, and an entry is outside the slopes of its two sides along the axis"
    return _verdict(subject, "undecided", reason, None, sides, off)


def _verdict(
    subject: Subject, outcome: str, reason: str, pattern: Pattern | None, sides: _Sides | None = None, off: Any = None
) -> Verdict:
    entries = [] if sides is None or off is None else _entries(subject, sides, off)
    notes = () if sides is None else _told(subject, sides)
    source = "" if sides is None else "one-sided differences"
    count = 0 if off is None else int(np.count_nonzero(off))
    total = sum(x.size for x in subject.problem.primals)
    what = f"{subject.operator} of {subject.name}"
    tolerance = f"{_SAFETY:g} × their error estimates"
    return Verdict(outcome, what, reason, entries, count, total, pattern, source, tolerance, None, notes)


def _entries(subject: Subject, sides: _Sides, off: Any) -> list[Entry]:
    """The entries in question; expected is the mean of the slopes, which a central difference would say."""
    found: list[Entry] = []
    for k in np.flatnonzero(off)[:4]:
        middle, got = float(sides.left[k] + sides.right[k]) / 2, float(sides.got[k])
        gap = abs(got - middle)
        relative = gap / abs(middle) if middle else float("inf") if gap else 0.0
        with np.errstate(all="ignore"):
            ulps = float(gap / ulps_of(middle, subject.epsilon))
        leaf, index = _place(subject, sides, int(k))
        found.append(Entry(subject.label(leaf, index), leaf, index, middle, got, relative, ulps, float(sides.error[k])))
    return found


def _place(subject: Subject, sides: _Sides, k: int) -> tuple[int, tuple[int, ...]]:
    rows = [()] if subject.reduced == "grad" else [np.shape(y) for y in subject.outputs]
    columns = [()] if subject.reduced == "derivative" else [x.shape for x in subject.problem.primals]
    for leaf, shape in enumerate([(*row, *column) for row in rows for column in columns]):
        if k < int(np.prod(shape)):
            return leaf, tuple(int(i) for i in np.unravel_index(k, shape))
        k -= int(np.prod(shape))
    raise IndexError(k)


def _told(subject: Subject, sides: _Sides) -> tuple[str, ...]:
    lines = [
        f"{subject.label(*_place(subject, sides, int(k)))}: slope {sides.left[k]:.6g} from the left, "
        f"{sides.right[k]:.6g} from the right, got {sides.got[k]:.6g}"
        for k in np.flatnonzero(sides.kinked)[:3]
    ]
    return tuple(lines)


def _flat(tree: Any) -> Any:
    return np.concatenate([np.ravel(np.asarray(leaf, float)) for leaf in flatten(tree)[0]])


def _same(left: Sequence[Any], right: Sequence[Any]) -> bool:
    (a, a_tree), (b, b_tree) = flatten(tuple(left)), flatten(tuple(right))
    return a_tree == b_tree and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
