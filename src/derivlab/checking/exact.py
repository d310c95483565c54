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
from derivlab.graph.wengert import Line
from derivlab.interpreters.record import Record
from derivlab.interpreters.rounding import Rounding
from derivlab.matrix_rules import MATRIX_RULES
from derivlab.method import METHODS
from derivlab.method.problem import flatten

MOST = 200_000
"""Operations on balls, those of the recording times directions, above which the exact rules stand for the truth."""
SPREADS = 16
"""Times what rounding does to a derivative that an entry may be off."""
_RUNS = 4


class NotRecorded(Exception):
    """The function does not run on our arrays; the message says why."""


def recorded(subject: Subject) -> list[Line]:
    """The Wengert list of f.

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
    return level.lines


def _roundoff(lines: Sequence[Line]) -> float:
    """The unit roundoff of the coarsest dtype in the list."""
    floats = [d for line in lines if (d := np.asarray(line.value).dtype).kind in "fc"]
    return max((float(np.finfo(d).eps) for d in floats), default=2.0**-52)


def _refuse_ties(lines: Sequence[Line]) -> None:
    """An error where a choice is tied: the truth looks at both sides, and the exact rules take a convention."""
    for line in lines:
        name, values = line.primitive and line.primitive.name, line.values
        pair = name in ("maximum", "minimum") and np.any(np.asarray(values[0]) == values[1])
        many = name in ("max", "min") and np.count_nonzero(values[0] == _kept(line)) > np.size(line.value)
        if pair or many or (name == "abs" and np.any(np.asarray(values[0]) == 0)):
            raise UndefinedError(f"{name} is tied")


def _kept(line: Line) -> Any:
    """The answer of a reduction in the axes of its argument."""
    axis = line.params["axis"]
    return line.value if axis is None or line.params["keepdims"] else np.expand_dims(line.value, axis)


def _operations(line: Line) -> int:
    """Multiplications of one line: of a product of matrices those of its sums, of linear algebra about n³."""
    size = max(map(np.size, (line.value, *line.values)))
    if line.primitive is None or line.primitive.name not in {"matmul", *MATRIX_RULES}:
        return size
    inner = np.shape(line.values[0])[-1]
    return inner * (int(np.size(line.value)) if line.primitive.name == "matmul" else size)


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
    lines = recorded(subject)
    epsilon = max(_roundoff(lines), subject.epsilon)
    own = own_derivative(subject)
    values, source, notes = own, "", ()
    if sum(map(_operations, lines)) * _directions(subject) <= MOST:
        try:
            values, source = _doubles(certified(subject)), "the certified derivative"
        except UndefinedError:
            raise
        except OutcomeError as error:
            notes = (f"no certificate: {' '.join(str(error).split()):.90}",)
    spread = rounding_spread(subject, own)
    allowed = [np.maximum(SLACK * ulps_of(v, epsilon), SPREADS * s) for v, s in zip(values, spread, strict=True)]
    if not source:
        _refuse_ties(lines)
        source = "the exact rules, forward and reverse mode"
        allowed = [a + np.abs(v - o) for a, v, o in zip(allowed, values, other_way(subject, own), strict=True)]
    tolerance = f"{SLACK} ulps, or {SPREADS} × what rounding does to it"
    known = [np.isfinite(v) for v in values]
    return Reference(values, allowed, known, resolved(values, allowed), source, tolerance, epsilon, notes=notes)


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
