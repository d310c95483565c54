"""Running every method on one spec, and judging what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from derivlab import truth
from derivlab.errors import ArgumentError, OutcomeError, UndecidedError, UndefinedError
from derivlab.harness.budget import time_limit
from derivlab.harness.cells import Cell
from derivlab.measure.accuracy import Accuracy, accuracy
from derivlab.measure.kinks import accepted
from derivlab.measure.runtime import Runtime, interleaved
from derivlab.measure.size import size_of_derivative
from derivlab.method import METHODS, Method, Prepared
from derivlab.method.problem import flatten, name_of
from derivlab.specs.registry import Spec

_LEAST_FOR_TRUTH = 60.0
"""Seconds that the truth may take at least: it is computed once for all methods."""

_FEW = 8
"""So many numbers of an answer stand in its cell."""


def measure_cells(
    spec: Spec,
    methods: Sequence[str],
    operator: str | None = None,
    *,
    seconds: float = 10.0,
    timing: bool = True,
    sizes: bool = True,
    rounds: int = 11,
    budgets: Mapping[str, float] | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Cell]:
    """Every method on one spec: prepared, evaluated, judged against the truth, timed and counted.

    Parameters
    ----------
    operator
        "derivative", "grad" or "jacobian"; the spec's own by default.
    seconds
        Budget of one cell; what exceeds it is ``timed out``.
    timing, sizes
        Whether to time the evaluations, in so many ``rounds``, and to count operations.
    budgets
        Seconds of single methods, where they are not those of all.
    progress
        Called with each method's name before it runs.
    """
    operator = operator or spec.operator
    if operator not in ("derivative", "grad", "jacobian"):
        raise ArgumentError(f"compare can judge derivative, grad and jacobian, and not {operator!r}")
    chosen = {name: METHODS[name] for name in methods}
    judge = Judge(spec, operator, seconds)
    cells: dict[str, Cell] = {}
    ready: dict[str, Callable[[], Any]] = {}
    for name, method in chosen.items():
        progress(name)
        blank = Cell(spec.name, spec.parameters, name, operator)
        cells[name], prepared, call = evaluated(blank, method, spec, judge, (budgets or {}).get(name, seconds))
        if prepared is not None:
            ready[name] = call
            if sizes:
                cells[name] = with_size(cells[name], prepared.method or method, spec, seconds)
    if timing and ready:
        progress("timing")
        times = interleaved({**ready, "": lambda: spec(*spec.args)}, "", rounds=rounds)
        cells |= {name: with_time(cells[name], times[name]) for name in ready}
    return list(cells.values())


class Judge:
    """The truth about one spec, computed once; where there is none, every verdict carries the reason."""

    def __init__(self, spec: Spec, operator: str, seconds: float) -> None:
        argnums = () if operator == "derivative" else (spec.argnums,)
        self.trouble: OutcomeError | None = None
        self.leaves: list[Any] = []
        self.conditions: list[Any] | None = None
        self.kink = next((kink for kink in spec.kinks if _same(kink.args, spec.args)), None)
        try:
            with time_limit(max(seconds, _LEAST_FOR_TRUTH)):
                self._enclose(spec, operator, argnums)
        except OutcomeError as error:
            self.trouble = type(error)(f"the truth: {error}")
        except ArgumentError:
            raise
        except Exception as error:
            self.trouble = UndecidedError(f"the truth of {name_of(spec)} failed with {type(error).__name__}: {error}")

    def _enclose(self, spec: Spec, operator: str, argnums: tuple[Any, ...]) -> None:
        self.leaves = _enclosures(getattr(truth, operator)(spec.function, *argnums)(*spec.args))
        if operator != "jacobian":
            conditions = truth.condition(spec.function, spec.argnums, operator)(*spec.args)
            self.conditions = None if conditions is None else flatten(conditions)[0]

    def side(self, answer: Any, method: Method) -> str | None:
        """Whether an answer is inside or outside what is accepted, at a kink that the spec lists."""
        if not isinstance(self.trouble, UndefinedError) or self.kink is None:
            return None
        promise = {} if method.accuracy is None else {"tolerance": method.accuracy}
        return "inside" if accepted(answer, self.kink.slopes, **promise) else "outside"

    def misfit(self, answer: Any) -> str | None:
        """Why an answer cannot be this derivative at all, one written by hand: no numbers, or of another shape."""
        try:
            shapes = [np.asarray(leaf, dtype=float).shape for leaf in flatten(answer)[0]]
        except (TypeError, ValueError):
            shapes = []
        expected = [leaf.value.shape for leaf in self.leaves]
        if not shapes:
            return f"answers {answer!r:.60}, and not with arrays of numbers"
        if self.trouble is None and shapes != expected:
            return f"answers with {_shapes(shapes)}, and the derivative has {_shapes(expected)}"
        return None

    def verdict(self, answer: Any) -> Accuracy:
        if self.trouble is not None:
            raise self.trouble
        return accuracy(flatten(answer)[0], self.leaves, self.conditions)


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return f"shape {shapes[0]}" if len(shapes) == 1 else f"{len(shapes)} arrays of shapes {', '.join(map(str, shapes))}"


def _same(left: Sequence[Any], right: Sequence[Any]) -> bool:
    (a, a_tree), (b, b_tree) = flatten(tuple(left)), flatten(tuple(right))
    return a_tree == b_tree and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def _enclosures(tree: Any) -> list[Any]:
    import optree

    return list(optree.tree_leaves(tree))


def evaluated(
    blank: Cell, method: Method, spec: Spec, judge: Judge | None, seconds: float
) -> tuple[Cell, Prepared | None, Callable[[], Any]]:
    """The cell of one method, its prepared derivative if it gave an answer, and the call to time.

    Without a judge the answer is not looked at.
    """
    try:
        with time_limit(seconds), np.errstate(all="ignore"):
            prepared = prepare(method, spec, blank.operator)
            args = method.native(spec.args)
            answer = prepared(*args)
    except OutcomeError as error:
        return blank.updated(outcome=error.outcome, detail=str(error)), None, _nothing
    except MemoryError:
        return blank.updated(outcome="out of memory", detail="the process ran out of memory"), None, _nothing
    except Exception as error:
        return blank.updated(outcome="failed", detail=f"{type(error).__name__}: {error}"), None, _nothing
    noted = blank.updated(note=prepared.note)
    if judge is None:
        return noted.updated(prepare_seconds=prepared.seconds), prepared, lambda: prepared(*args)
    if (misfit := judge.misfit(answer)) is not None:
        return noted.updated(outcome="failed", detail=misfit), None, _nothing
    return _judged(noted, method, judge, answer, prepared.seconds), prepared, lambda: prepared(*args)


def _nothing() -> None:
    """Stands for a call that cannot be timed."""


def _judged(blank: Cell, method: Method, judge: Judge, answer: Any, seconds: float) -> Cell:
    try:
        verdict = judge.verdict(answer)
    except OutcomeError as error:
        return blank.updated(
            outcome=error.outcome,
            detail=str(error),
            kink=judge.side(answer, method),
            value=_shown(answer),
            prepare_seconds=seconds,
        )
    fine = verdict.within(method.accuracy)
    return blank.updated(
        outcome="ok" if fine else "inaccurate",
        detail="" if fine else f"off by {verdict.ulps:.3g} ulps, more than the method promises",
        value=_shown(answer),
        ulps=verdict.ulps,
        relative=verdict.relative,
        normwise=verdict.normwise,
        condition=verdict.condition,
        prepare_seconds=seconds,
    )


def _shown(answer: Any) -> Any:
    """An answer of at most :data:`_FEW` numbers as floats, in lists where it has structure; of more, None."""
    leaves, _ = flatten(answer)
    plain = isinstance(answer, (tuple, list)) or len(leaves) == 1
    return _plain(answer) if plain and sum(np.size(leaf) for leaf in leaves) <= _FEW else None


def _plain(answer: Any) -> Any:
    if isinstance(answer, (tuple, list)):
        return [_plain(part) for part in answer]
    return np.asarray(answer, dtype=float).tolist()


def prepare(method: Method, spec: Spec, operator: str) -> Prepared:
    """A method made ready for a spec's own arguments."""
    f = spec if method.name == "manual" else spec.function
    return method.prepare(operator, f, *spec.args, argnums=0 if operator == "derivative" else spec.argnums)


def with_size(cell: Cell, method: Method, spec: Spec, seconds: float) -> Cell:
    f = spec if method.name == "manual" else spec.function
    argnums = 0 if cell.operator == "derivative" else spec.argnums
    try:
        with time_limit(seconds), np.errstate(all="ignore"):
            size = size_of_derivative(method, f, *spec.args, operator=cell.operator, argnums=argnums)
    except Exception:  # a size is extra: the cell has its outcome
        return cell
    return cell if size is None else cell.updated(**asdict(size))


def with_time(cell: Cell, time: Runtime) -> Cell:
    low, high = time.interval or (None, None)
    return cell.updated(
        evaluate_seconds=time.median,
        ratio=time.ratio,
        ratio_low=low,
        ratio_high=high,
        samples=time.samples,
    )
