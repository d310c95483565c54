"""The derivative of a function that can be recorded: certified, or by the exact rules and looked at from two sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab import truth
from derivlab.array.level import Traced
from derivlab.checking.reference import SLACK, Reference, resolved, ulps_of
from derivlab.checking.subject import Subject
from derivlab.errors import OutcomeError, UndefinedError
from derivlab.interpreters.record import Record
from derivlab.interpreters.rounding import Rounding
from derivlab.method import METHODS
from derivlab.method.problem import flatten

MOST = 200_000
"""Operations on balls, entries of the recording times directions, above which the exact rules stand for the truth."""
SPREADS = 16
"""Times what rounding does to a derivative that an entry may be off."""
_RUNS = 4


class NotRecorded(Exception):
    """The function does not run on our arrays; the message says why."""


def recorded(subject: Subject) -> tuple[int, float]:
    """The size of the recording of f in entries, and the unit roundoff of its coarsest dtype.

    Raises
    ------
    NotRecorded
        If f does not run on our arrays.
    """
    level = Record()
    try:
        subject.problem([level.input(x) for x in subject.problem.primals])
    except Exception as error:  # whatever a black box does with an array that is no number
        raise NotRecorded(f"{type(error).__name__}: {' '.join(str(error).split())}") from error
    finally:
        level.finish()
    values = [np.asarray(line.value) for line in level.lines]
    floats = [v.dtype for v in values if v.dtype.kind in "fc"]
    return sum(v.size for v in values), max((float(np.finfo(d).eps) for d in floats), default=2.0**-52)


def exact_reference(subject: Subject) -> Reference:
    """The certified derivative where the function is small enough for it, else that of the exact rules.

    Each entry may be off by 64 ulps, or by 16 times the spread of the same derivative in randomised rounding, which is
    what rounding of the inputs and of every operation makes of it: the condition, without a formula for it.

    Raises
    ------
    NotRecorded
        If f does not run on our arrays.
    UndefinedError
        At a kink.
    """
    size, epsilon = recorded(subject)
    epsilon = max(epsilon, subject.epsilon)
    own = own_derivative(subject)
    values, source, notes = own, "", ()
    if size * _directions(subject) <= MOST:
        try:
            values, source = _doubles(certified(subject)), "the certified derivative"
        except UndefinedError:
            raise
        except OutcomeError as error:
            notes = (f"no certificate: {' '.join(str(error).split()):.90}",)
    spread = rounding_spread(subject, own)
    allowed = [np.maximum(SLACK * ulps_of(v, epsilon), SPREADS * s) for v, s in zip(values, spread, strict=True)]
    if not source:
        source = "the exact rules, forward and reverse mode"
        allowed = [a + np.abs(v - o) for a, v, o in zip(allowed, values, other_way(subject, own), strict=True)]
    tolerance = f"{SLACK} ulps, or {SPREADS} × what rounding does to it"
    return Reference(values, allowed, resolved(values, allowed), source, tolerance, epsilon, notes=notes)


def _directions(subject: Subject) -> int:
    inputs = 1 if subject.tangents is not None else sum(x.size for x in subject.problem.primals)
    return inputs * (4 * inputs if subject.reduced == "hessian" else 1)


def certified(subject: Subject) -> list[Any]:
    """The enclosures; those of a Hessian by power series of the gradient."""
    import optree

    f, argnums = subject.function, subject.argnums
    if subject.tangents is not None:
        tree = truth.directional(f, subject.args, subject.tangents)
    elif subject.reduced == "hessian":
        tree = truth.jacobian(METHODS["reverse"].grad(f, argnums), argnums)(*subject.args)
    elif subject.reduced == "derivative":
        tree = truth.derivative(f)(*subject.args)
    else:
        tree = getattr(truth, subject.reduced)(f, argnums)(*subject.args)
    return list(optree.tree_leaves(tree))


def own_derivative(subject: Subject, args: Sequence[Any] | None = None) -> list[Any]:
    """By our own modes, in double precision."""
    with np.errstate(all="ignore"):
        return _doubles(subject.by(METHODS[_first(subject)], args))


def other_way(subject: Subject, own: Sequence[Any]) -> list[Any]:
    """By the other mode; a gradient of many entries stands for itself, its slope is looked at along a direction."""
    if sum(x.size for x in subject.problem.primals) > truth.MANY:
        return list(own)
    with np.errstate(all="ignore"):
        return _doubles(subject.by(METHODS["reverse" if _first(subject) == "forward" else "forward"]))


def _first(subject: Subject) -> str:
    return "forward" if subject.reduced in ("jvp", "derivative") else "reverse"


def rounding_spread(subject: Subject, own: Sequence[Any]) -> list[Any]:
    """How far randomised rounding moves each entry: the largest change over four runs.

    Cost: four derivatives in eager mode.
    """
    most = [np.zeros(v.shape) for v in own]
    for seed in range(_RUNS):
        level = Rounding(seed)
        try:
            leaves = subject.by(METHODS[_first(subject)], subject.moved(level.input))
        finally:
            moved = [leaf.value if isinstance(leaf, Traced) else leaf for leaf in leaves]  # pyright: ignore
            level.finish()
        with np.errstate(all="ignore"):
            gaps = [np.abs(np.asarray(m, float) - o) for m, o in zip(moved, own, strict=True)]
        most = [np.fmax(a, np.where(np.isnan(b), np.inf, b)) for a, b in zip(most, gaps, strict=True)]
    return most


def _doubles(leaves: Sequence[Any]) -> list[Any]:
    return [np.asarray(leaf, dtype=float) for leaf in (flatten(leaf)[0][0] for leaf in leaves)]
