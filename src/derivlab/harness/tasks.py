"""Tasks: one cell to measure, as plain data that can be sent to another process or machine, and how it is measured."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.errors import OutcomeError
from derivlab.harness.budget import time_limit
from derivlab.harness.cells import Cell
from derivlab.harness.evaluate import Judge, evaluated, prepare, with_size, with_time
from derivlab.measure.runtime import drift, interleaved, reference_work
from derivlab.method import METHODS
from derivlab.specs.registry import Spec, spec

OPERATORS = ("derivative", "grad", "jacobian")
_DRIFT = 0.1
"""A reference computation that grew slower or faster by more than this share makes a time doubtful."""


@dataclass(frozen=True)
class Task:
    """One cell: a spec at its parameters, a method, an operator and a measure, with its budget.

    Attributes
    ----------
    spec, parameters, method, operator
        As in :class:`~derivlab.harness.cells.Cell`; the parameters as pairs.
    measure
        ``"accuracy"``, ``"size"`` or ``"time"``.
    seconds, memory
        The budget: wall time, and bytes of address space.
    setup
        A Python file that registers the spec; empty for specs of the package.
    """

    spec: str
    parameters: tuple[tuple[str, Any], ...]
    method: str
    operator: str
    measure: str
    seconds: float = 10.0
    memory: int = 8 * 2**30
    setup: str = ""

    @property
    def blank(self) -> Cell:
        """The cell before anything is known."""
        return Cell(self.spec, dict(self.parameters), self.method, self.operator, measure=self.measure)

    @property
    def subject(self) -> tuple[Any, ...]:
        """What all cells on one function share."""
        return self.spec, self.parameters, self.operator, self.setup, self.seconds

    @property
    def label(self) -> str:
        """For people: ``time of reverse on helmholtz n=8``."""
        return " ".join(
            [f"{self.measure} of {self.method} on {self.spec}", *(f"{key}={value}" for key, value in self.parameters)]
        )


def understand(subject: tuple[Any, ...]) -> None:
    """Compute the certified derivative of a subject; it is kept for the cells that follow."""
    _judge(subject)


def measure(task: Task) -> Cell:
    """The cell of a task, measured here and now."""
    start = time.perf_counter()
    cell = MEASURES[task.measure](task, _spec(task.subject))
    return cell.updated(seconds=time.perf_counter() - start)


@functools.lru_cache(maxsize=4)
def _spec(subject: tuple[Any, ...]) -> Spec:
    name, parameters, _, setup, _ = subject
    if setup:
        from derivlab.harness.plan import run_setup

        run_setup(setup)
    return spec(name, **dict(parameters))


@functools.lru_cache(maxsize=4)
def _judge(subject: tuple[Any, ...]) -> Judge:
    _, _, operator, _, seconds = subject
    return Judge(_spec(subject), operator, seconds)


def _accuracy(task: Task, chosen: Spec) -> Cell:
    return evaluated(task.blank, METHODS[task.method], chosen, _judge(task.subject), task.seconds)[0]


def _size(task: Task, chosen: Spec) -> Cell:
    method = METHODS[task.method]
    try:
        with time_limit(task.seconds), np.errstate(all="ignore"):
            prepared = prepare(method, chosen, task.operator)
    except OutcomeError as error:
        return task.blank.updated(outcome=error.outcome, detail=str(error))
    return with_size(task.blank, prepared.method or method, chosen, task.seconds)


def _time(task: Task, chosen: Spec) -> Cell:
    """Against the function itself, with a fixed computation in between that shows whether the machine drifts."""
    cell, prepared, call = evaluated(task.blank, METHODS[task.method], chosen, None, task.seconds)
    if prepared is None:
        return cell
    calls = {"method": call, "function": lambda: chosen(*chosen.args), "reference": reference_work}
    with time_limit(task.seconds):
        times = interleaved(calls, "function", rounds=21)
    moved = drift(times["reference"].samples)
    doubts = [times["method"].doubt, f"the machine's speed drifted by {moved:+.0%}" if abs(moved) > _DRIFT else ""]
    return with_time(cell, times["method"]).updated(doubt="; ".join(filter(None, doubts)))


MEASURES: dict[str, Callable[[Task, Spec], Cell]] = {"accuracy": _accuracy, "size": _size, "time": _time}
