"""From a claimed derivative and a reference to a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.checking.evidence import Evidence
from derivlab.checking.line import Line
from derivlab.checking.patterns import likely_cause
from derivlab.checking.reference import SLACK, Reference, ulps_of
from derivlab.checking.subject import Subject
from derivlab.checking.verdict import Entry, Pattern, Verdict

_KEPT = 8


def judge(subject: Subject, got: Sequence[Any], reference: Reference, line: Line) -> Verdict:
    """The verdict on leaves that have the right shapes."""
    values, allowed, trusted, decided = map(
        _flat, (reference.values, reference.allowed, reference.trusted, reference.decided)
    )
    given = _flat(got)
    with np.errstate(all="ignore"):
        off = np.abs(given - values)
        off = np.where(np.isnan(off), np.where(np.isnan(given) & np.isnan(values), 0.0, np.inf), off)
        wrong = (off > allowed) & trusted
        rank = np.where(wrong, off / allowed, -1.0) if wrong.any() else off / allowed
    contradiction = "" if reference.measured else line.contradicts(reference.values)
    outcome, reason = _outcome(wrong, decided, contradiction)
    pattern = likely_cause(_evidence(subject, reference, given, values, allowed, wrong)) if outcome == "wrong" else None
    order = np.argsort(-np.nan_to_num(rank, nan=np.inf), kind="stable")[: _KEPT if wrong.any() else 1]
    places = _places(reference.values)
    entries = [_entry(subject, places[k], values[k], given[k], allowed[k], reference.epsilon) for k in order]
    return Verdict(
        outcome, title(subject), reason, entries, int(wrong.sum()), wrong.size, pattern, reference.source,
        reference.tolerance, line.study(got), reference.notes,
    )  # fmt: skip


def _outcome(wrong: Any, decided: Any, contradiction: str) -> tuple[str, str]:
    if contradiction:
        return "undecided", f"the recording and the values of f disagree: {contradiction}"
    if wrong.any():
        return "wrong", f"{int(wrong.sum())} of {wrong.size} entries are off"
    if not decided.all():
        return "undecided", f"rounding or noise leaves {int((~decided).sum())} of {wrong.size} entries open"
    return "correct", ""


def title(subject: Subject) -> str:
    """What is checked, in words."""
    return f"{subject.operator} of {subject.name}"


def reshaped(got: Sequence[Any], reference: Reference) -> list[Any]:
    """The same leaves; a number stands for an array of shape (1,) and a list of numbers for a vector."""
    if len(got) != len(reference.values):
        shape = np.shape(reference.values[0])
        numbers = len(reference.values) == 1 and shape == (len(got),) and all(np.ndim(g) == 0 for g in got)
        return [np.array(got)] if numbers else list(got)
    pairs = zip(got, reference.values, strict=True)
    return [g.reshape(v.shape) if g.size == v.size == 1 else g for g, v in pairs]


def misshapen(subject: Subject, got: Sequence[Any], reference: Reference) -> Verdict | None:
    """The verdict on an answer of other shapes; None where they are right."""
    shapes, expected = [g.shape for g in got], [np.shape(v) for v in reference.values]
    if shapes == expected:
        return None
    what = f"it answers {_shapes(shapes)}, and the derivative is {_shapes(expected)}"
    text = "the shape is not that of the derivative"
    name = "shape"
    if len(shapes) == len(expected) == 1 and shapes[0] == expected[0][::-1]:
        turned = got[0].T
        same = np.abs(turned - reference.values[0]) <= reference.allowed[0]
        name = "transposed" if same.all() else name
        text = "transposed" if same.all() else text
    return Verdict(
        "wrong", title(subject), what, (), sum(v.size for v in reference.values), sum(v.size for v in reference.values),
        Pattern(name, text), reference.source, reference.tolerance, None, reference.notes,
    )  # fmt: skip


def _shapes(shapes: Sequence[Any]) -> str:
    texts = [str(shape) for shape in shapes]
    if not texts:
        return "nothing"
    return f"shape {texts[0]}" if len(texts) == 1 else f"{len(texts)} arrays of shapes {', '.join(texts)}"


def _flat(leaves: Sequence[Any]) -> Any:
    return np.concatenate([np.ravel(leaf) for leaf in leaves])


def _places(leaves: Sequence[Any]) -> list[tuple[int, tuple[int, ...]]]:
    return [(k, index) for k, leaf in enumerate(leaves) for index in np.ndindex(np.shape(leaf))]


def _entry(
    subject: Subject, place: tuple[int, tuple[int, ...]], expected: Any, got: Any, allowed: Any, epsilon: float
) -> Entry:
    leaf, index = place
    with np.errstate(all="ignore"):
        gap = np.abs(got - expected)
        relative = float(gap / np.abs(expected)) if expected else (float("inf") if got else 0.0)
        ulps = float(gap / ulps_of(expected, epsilon))
    return Entry(subject.label(leaf, index), leaf, index, float(expected), float(got), relative, ulps, float(allowed))


def _evidence(subject: Subject, reference: Reference, got: Any, expected: Any, allowed: Any, wrong: Any) -> Evidence:
    is_gradient = subject.reduced == "grad"
    at = _flat([np.asarray(x, float) for x in subject.problem.primals]) if is_gradient else None
    names = [subject.label(k, (0,) * np.ndim(v)) for k, v in enumerate(reference.values)]
    plain = [name.replace("[0]", "").replace("[0, 0]", "") for name in names]
    shapes = [np.shape(v) for v in reference.values]
    allowed = np.where(np.isfinite(allowed), allowed, SLACK * reference.epsilon)
    return Evidence(got, expected, allowed, wrong, shapes, plain, at, _sizes(subject, got.size), reference.epsilon)


def _sizes(subject: Subject, entries: int) -> list[int]:
    """Numbers that a missing 1/N may have been."""
    from derivlab.method.problem import flatten

    arrays = [np.asarray(leaf) for arg in subject.problem.args for leaf in flatten(arg)[0] if hasattr(leaf, "shape")]
    found = {entries, *(a.size for a in arrays), *(n for a in arrays for n in a.shape)}
    return sorted(found - {0, 1})
