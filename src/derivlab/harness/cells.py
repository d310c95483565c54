"""Cells: what became of one method on one function, as plain records."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from derivlab import truth
from derivlab.errors import ArgumentError, OutcomeError
from derivlab.harness.budget import time_limit
from derivlab.measure.accuracy import Accuracy, accuracy
from derivlab.measure.runtime import Runtime, interleaved
from derivlab.measure.size import size_of_derivative
from derivlab.method import METHODS, Method, Prepared
from derivlab.method.problem import flatten
from derivlab.specs.registry import Spec

SCHEMA = 1
"""Version of the record's fields."""

OUTCOMES = (
    "ok",
    "inaccurate",
    "unsupported",
    "unavailable",
    "undefined",
    "undecided",
    "failed",
    "timed out",
    "out of memory",
)
"""Every cell ends as one of these."""


@dataclass(frozen=True)
class Cell:
    """One method on one function: an outcome, and what was measured.

    Attributes
    ----------
    spec, parameters, method, operator
        What was asked.
    outcome
        One of :data:`OUTCOMES`.
    detail
        Why, where the outcome is not ok.
    value
        The derivative, where it is one number.
    ulps, relative, normwise, condition
        Error bounds over the entries; see :class:`derivlab.measure.accuracy.Accuracy`.
    tree, dag, operations, characters
        See :class:`derivlab.measure.size.Size`.
    prepare_seconds, evaluate_seconds
        Preparation once; median time of an evaluation.
    ratio, ratio_low, ratio_high
        Evaluation divided by the function's own in the same round: median, least, greatest.
    samples
        The raw batch means, in seconds.
    """

    spec: str
    parameters: Mapping[str, Any]
    method: str
    operator: str
    outcome: str = "ok"
    detail: str = ""
    value: float | None = None
    ulps: float | None = None
    relative: float | None = None
    normwise: float | None = None
    condition: float | None = None
    tree: int | None = None
    dag: int | None = None
    operations: int | None = None
    characters: int | None = None
    prepare_seconds: float | None = None
    evaluate_seconds: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    samples: tuple[float, ...] = ()
    schema: int = SCHEMA

    def record(self) -> dict[str, Any]:
        """The cell as plain data, for JSON."""
        data = asdict(self)
        data["parameters"] = {key: _plain(value) for key, value in self.parameters.items()}
        data["samples"] = list(self.samples)
        return data


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def environment() -> dict[str, Any]:
    """The versions and the machine that a figure depends on."""
    import importlib.metadata

    from derivlab.version import __version__

    packages = ("numpy", "scipy", "sympy", "jax", "python-flint", "matplotlib")
    versions: dict[str, str] = {}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "derivlab": __version__,
        "python": platform.python_version(),
        **versions,
        "machine": platform.machine(),
        "system": platform.system(),
        "processor": _processor(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def measure_cells(
    spec: Spec,
    methods: Sequence[str],
    operator: str | None = None,
    *,
    seconds: float = 10.0,
    timing: bool = True,
    sizes: bool = True,
    rounds: int = 11,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Cell]:
    """Every method on one spec: prepared, evaluated, judged against the truth, timed and counted.

    Parameters
    ----------
    operator
        "derivative", "grad" or "jacobian"; the spec's own by default.
    seconds
        Budget of one cell; what exceeds it is ``timed out``.
    progress
        Called with each method's name before it runs.
    """
    operator = operator or spec.operator
    if operator not in ("derivative", "grad", "jacobian"):
        raise ArgumentError(f"compare can judge derivative, grad and jacobian, and not {operator!r}")
    chosen = {name: METHODS[name] for name in methods}
    judge = _Judge(spec, operator)
    cells: dict[str, Cell] = {}
    ready: dict[str, Callable[[], Any]] = {}
    for name, method in chosen.items():
        progress(name)
        blank = Cell(spec.name, spec.parameters, name, operator)
        cells[name], call = _run(blank, method, spec, judge, seconds)
        if call is not None:
            ready[name] = call
            if sizes:
                cells[name] = _with_size(cells[name], method, spec, seconds)
    if timing and ready:
        progress("timing")
        times = interleaved({**ready, "": lambda: spec(*spec.args)}, "", rounds=rounds)
        cells |= {name: _with_time(cells[name], times[name]) for name in ready}
    return list(cells.values())


class _Judge:
    """The truth about one spec, computed once; where there is none, every verdict carries the reason."""

    def __init__(self, spec: Spec, operator: str) -> None:
        argnums = () if operator == "derivative" else (spec.argnums,)
        self.trouble: OutcomeError | None = None
        self.leaves: list[Any] = []
        self.conditions: list[Any] | None = None
        try:
            self.leaves = _enclosures(getattr(truth, operator)(spec.function, *argnums)(*spec.args))
            if operator != "jacobian":
                conditions = truth.condition(spec.function, spec.argnums, operator)(*spec.args)
                self.conditions = None if conditions is None else flatten(conditions)[0]
        except OutcomeError as error:
            self.trouble = error

    def verdict(self, answer: Any) -> Accuracy:
        if self.trouble is not None:
            raise self.trouble
        return accuracy(flatten(answer)[0], self.leaves, self.conditions)


def _enclosures(tree: Any) -> list[Any]:
    import optree

    return list(optree.tree_leaves(tree))


def _run(
    blank: Cell, method: Method, spec: Spec, judge: _Judge, seconds: float
) -> tuple[Cell, Callable[[], Any] | None]:
    try:
        with time_limit(seconds), np.errstate(all="ignore"):
            prepared = prepare(method, spec, blank.operator)
            args = method.native(spec.args)
            answer = prepared(*args)
    except OutcomeError as error:
        return _ended(blank, error.outcome, str(error)), None
    except MemoryError:
        return _ended(blank, "out of memory", "the process ran out of memory"), None
    except Exception as error:
        return _ended(blank, "failed", f"{type(error).__name__}: {error}"), None
    try:
        verdict = judge.verdict(answer)
    except OutcomeError as error:
        return _ended(blank, error.outcome, str(error)), lambda: prepared(*args)
    fine = verdict.within(method.accuracy)
    cell = _updated(
        blank,
        outcome="ok" if fine else "inaccurate",
        detail="" if fine else f"off by {verdict.ulps:.3g} ulps, more than the method promises",
        value=float(answer) if getattr(answer, "shape", None) == () or isinstance(answer, float) else None,
        ulps=verdict.ulps,
        relative=verdict.relative,
        normwise=verdict.normwise,
        condition=verdict.condition,
        prepare_seconds=prepared.seconds,
    )
    return cell, lambda: prepared(*args)


def prepare(method: Method, spec: Spec, operator: str) -> Prepared:
    """A method made ready for a spec's own arguments."""
    f = spec if method.name == "manual" else spec.function
    return method.prepare(operator, f, *spec.args, argnums=0 if operator == "derivative" else spec.argnums)


def _ended(cell: Cell, outcome: str, detail: str) -> Cell:
    return _updated(cell, outcome=outcome, detail=detail)


def _updated(cell: Cell, **changes: Any) -> Cell:
    return Cell(**{f.name: getattr(cell, f.name) for f in fields(Cell)} | changes)


def _with_size(cell: Cell, method: Method, spec: Spec, seconds: float) -> Cell:
    f = spec if method.name == "manual" else spec.function
    argnums = 0 if cell.operator == "derivative" else spec.argnums
    try:
        with time_limit(seconds), np.errstate(all="ignore"):
            size = size_of_derivative(method, f, *spec.args, operator=cell.operator, argnums=argnums)
    except Exception:  # a size is extra: the cell has its outcome
        return cell
    return cell if size is None else _updated(cell, **asdict(size))


def _with_time(cell: Cell, time: Runtime) -> Cell:
    low, high = time.spread or (None, None)
    return _updated(
        cell,
        evaluate_seconds=time.median,
        ratio=time.ratio,
        ratio_low=low,
        ratio_high=high,
        samples=time.samples,
    )
