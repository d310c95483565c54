"""The derivative of a black box, from values alone: a family of differences, each with its error estimate."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.checking.reference import SLACK, Reference, resolved, ulps_of
from derivlab.checking.subject import Subject
from derivlab.errors import OutcomeError
from derivlab.method.difference import Difference, FiniteDifference
from derivlab.method.estimate import estimated
from derivlab.method.problem import flatten, name_of, unflatten
from derivlab.method.richardson import Richardson

SAFETY = 4.0
"""By how much an entry may pass the error that a difference estimates for itself."""
FAMILY: tuple[Difference, ...] = (FiniteDifference(order=2), FiniteDifference(order=4), Richardson())


def measured_reference(subject: Subject, why: str) -> Reference:
    """Of each entry the difference that is trusted and has the least error; where they disagree, none decides.

    Two differences disagree where their values are further apart than their errors allow.

    Cost: for each direction about 60 evaluations of f.
    """
    found = [estimate for method in FAMILY if (estimate := _estimate(method, subject)) is not None]
    if not found:
        raise OutcomeError(f"no difference of {name_of(subject.function)} could be taken")
    values, allowed, trusted = (list(column) for column in zip(*map(_best, zip(*found, strict=True)), strict=True))
    allowed = [SAFETY * e + SLACK * ulps_of(v, subject.epsilon) for v, e in zip(values, allowed, strict=True)]
    decided = [t & r for t, r in zip(trusted, resolved(values, allowed), strict=True)]
    source = "differences of orders 2, 4 and Richardson's"
    tolerance = f"{SAFETY:g} × their own error estimates"
    notes = (why[:120],)
    return Reference(values, allowed, trusted, decided, source, tolerance, subject.epsilon, True, notes)


Leaf = tuple[Any, Any, Any]
"""Values, errors, and whether they are trusted."""


def _estimate(method: Difference, subject: Subject) -> list[Leaf] | None:
    try:
        with np.errstate(all="ignore"):
            return _hessian(method, subject) if subject.reduced == "hessian" else _first_order(method, subject)
    except OutcomeError:
        return None


def _first_order(method: Difference, subject: Subject) -> list[Leaf]:
    if subject.tangents is not None:
        found = method.with_error("jvp", subject.function, subject.args, subject.tangents)
    else:
        found = method.with_error(subject.reduced, subject.function, *subject.args, argnums=subject.argnums)
    return _leaves(found)


def _leaves(found: Any) -> list[Leaf]:
    columns = (flatten(tree)[0] for tree in (found.value, found.error, found.trusted))
    return [(np.asarray(v, float), np.asarray(e, float), np.asarray(t, bool)) for v, e, t in zip(*columns, strict=True)]


def _best(leaf: Sequence[Leaf]) -> Leaf:
    value, error, trusted = (np.array(rows) for rows in zip(*leaf, strict=True))
    error = np.where(np.isfinite(value) & np.isfinite(error), error, np.inf)
    score = np.where(trusted, error, np.inf)
    pick = np.argmin(np.where(np.any(trusted, axis=0), score, error), axis=0)[None]
    chosen, own = (np.take_along_axis(table, pick, 0)[0] for table in (value, error))
    apart = trusted & (np.abs(value - chosen) > SAFETY * (error + own))
    return chosen, own, np.any(trusted, axis=0) & ~np.any(apart, axis=0)


def _hessian(method: Difference, subject: Subject) -> list[Leaf]:
    """Hᵢⱼ = (D²(aeᵢ + beⱼ) − D²(aeᵢ − beⱼ)) / 4ab with D² along lines, a and b of the sizes of the entries."""
    primals, twice = subject.problem.primals, method.of_order(2)
    sizes = [x.size for x in primals]
    flat = np.concatenate([np.ravel(x) for x in primals]).astype(float)
    scale = np.where(flat == 0, np.max(np.abs(flat), initial=0.0) or 1.0, np.abs(flat))
    n = flat.size
    table = np.zeros((3, n, n))
    for i in range(n):
        table[:, i, i] = _along(twice, subject, np.eye(n)[i] * scale[i]) / np.array([scale[i] ** 2] * 2 + [1])
        for j in range(i):
            a, b = np.eye(n)[i] * scale[i], np.eye(n)[j] * scale[j]
            plus, minus = _along(twice, subject, a + b), _along(twice, subject, a - b)
            area = 4 * scale[i] * scale[j]
            entry = ((plus[0] - minus[0]) / area, (plus[1] + minus[1]) / area, plus[2] * minus[2])
            table[:, i, j] = table[:, j, i] = entry
    ends = np.cumsum([0, *sizes])
    spans = [slice(a, b) for a, b in itertools.pairwise(ends)]
    return [
        tuple(table[k][rows, columns].reshape(x.shape + y.shape).astype(bool if k == 2 else float) for k in range(3))
        for rows, x in zip(spans, primals, strict=True)
        for columns, y in zip(spans, primals, strict=True)
    ]  # type: ignore[return-value]


def _along(twice: Difference, subject: Subject, direction: Any) -> Any:
    """D² along a direction of all active entries, its error, and whether it is trusted."""
    directions = iter(np.split(direction, np.cumsum([x.size for x in subject.problem.primals])[:-1]))
    tangents = [
        unflatten(tree, [next(directions).reshape(np.shape(x)).astype(np.asarray(x).dtype)[()] for x in leaves])
        for leaves, tree in (flatten(subject.args[k]) for k in subject.problem.positions)
    ]
    found = estimated(twice, "jvp", _of_active(subject), tuple(_active(subject)), tuple(tangents))
    return np.array([float(found.value), float(found.error), float(bool(found))])


def _active(subject: Subject) -> list[Any]:
    return [subject.args[k] for k in subject.problem.positions]


def _of_active(subject: Subject) -> Any:
    """f of its active arguments alone."""

    def function(*active: Any) -> Any:
        args = list(subject.args)
        for position, arg in zip(subject.problem.positions, active, strict=True):
            args[position] = arg
        return subject.function(*args)

    return function
