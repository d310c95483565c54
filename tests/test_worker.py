"""Budgets and isolation: whatever goes wrong in a worker becomes a named outcome."""

from __future__ import annotations

import json
import os
import signal
import sys
import time

import numpy as np
import pytest

import derivlab as dl
from derivlab.errors import ArgumentError, DerivlabError, MemoryBudgetError, OutcomeError, TimedOutError, UndefinedError
from derivlab.harness.budget import time_limit
from derivlab.harness.cells import OUTCOMES, Cell
from derivlab.harness.worker import Worker


def answer(x: float) -> float:
    return 2 * x


def hang() -> None:
    while True:
        time.sleep(0.01)


def die() -> None:
    os._exit(3)


def leave() -> None:
    sys.exit(4)


def fill() -> int:
    return np.ones(2**36).size


def refuse() -> None:
    raise UndefinedError("no derivative here")


def stumble() -> None:
    raise ZeroDivisionError("by zero")


def unsendable():
    return lambda x: x


@pytest.fixture(scope="module")
def worker():
    with Worker(memory=4 * 2**30) as running:
        yield running


def test_worker_answers_and_stays_warm(worker: Worker) -> None:
    first = worker.run(os.getpid)
    assert worker.run(answer, 3.0) == 6.0
    assert worker.run(os.getpid) == first != os.getpid()


FAILURES = [
    (hang, TimedOutError, "did not finish within 0.5 s", "timed out"),
    (die, OutcomeError, "died with exit code 3", "failed"),
    (leave, OutcomeError, "died with exit code 4", "failed"),
    (fill, MemoryBudgetError, "memory", "out of memory"),
    (refuse, UndefinedError, "no derivative here", "undefined"),
    (stumble, OutcomeError, "ZeroDivisionError: by zero", "failed"),
    (unsendable, OutcomeError, None, "failed"),
]


@pytest.mark.parametrize(
    ("function", "error", "message", "outcome"), FAILURES, ids=lambda value: getattr(value, "__name__", "")
)
def test_worker_names_what_went_wrong_and_goes_on(worker: Worker, function, error, message, outcome: str) -> None:
    with pytest.raises(error, match=message) as caught:
        worker.run(function, seconds=0.5 if function is hang else 20.0)
    assert caught.value.outcome == outcome
    assert outcome in OUTCOMES
    assert worker.run(answer, 4.0, seconds=20.0) == 8.0


def test_worker_that_was_killed_between_runs_is_named_and_replaced(worker: Worker) -> None:
    pid = worker.run(os.getpid)
    os.kill(pid, 9)
    time.sleep(0.2)
    with pytest.raises(OutcomeError, match="died"):
        worker.run(answer, 1.0)
    assert worker.run(answer, 1.0) == 2.0


def test_time_limit_interrupts() -> None:
    with pytest.raises(TimedOutError, match=r"within 0\.05 s"), time_limit(0.05):
        hang()


def test_time_limit_interrupts_code_that_swallows_errors() -> None:
    def stubborn():
        for _ in range(3):
            try:
                hang()
            except Exception:
                continue
        hang()

    with pytest.raises(TimedOutError), time_limit(0.05):
        stubborn()


def test_time_limit_ends_with_its_block() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(60.0):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before
    with time_limit(None):
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


# Cells.


def test_outcomes_are_a_closed_list() -> None:
    def kinds(error):
        return {error.outcome}.union(*(kinds(child) for child in error.__subclasses__()))

    assert kinds(OutcomeError) | {"ok", "inaccurate"} == set(OUTCOMES)


def test_records_are_plain_json() -> None:
    comparison = dl.compare(dl.spec("logistic-map", n=np.int64(3)), timing=True, seconds=5.0)
    for record in comparison.records:
        text = json.dumps(record, allow_nan=False)
        again = json.loads(text)
        assert again == record
        assert Cell(**{**again, "samples": tuple(again["samples"])}).record() == record
        assert again["outcome"] in OUTCOMES
        assert len(again["samples"]) == (11 if again["outcome"] == "ok" else 0)


CELLS = {
    "timed out": (lambda x: hang() or x, 0.3),
    "undefined": (abs, 0.0),
    "failed": (lambda x: [][1], 1.0),
    "inaccurate": (lambda x: 0 * x if x == 0 else x, 0.0),
}


@pytest.mark.parametrize("outcome", ["undefined", "inaccurate"])
def test_compare_names_the_outcome(outcome: str) -> None:
    f, x = CELLS[outcome]
    cells = dl.compare(f, x, methods=["forward", "reverse"], timing=False)
    assert [cell.outcome for cell in cells] == [outcome] * 2
    assert all(cell.detail for cell in cells)


def test_a_slow_method_is_timed_out_and_the_others_go_on() -> None:
    def slow_by_differences(x):
        if isinstance(x, float):
            time.sleep(0.5)
        return x * x

    cells = dl.compare(slow_by_differences, 2.0, methods=["central-difference", "reverse"], timing=False, seconds=0.2)
    assert [cell.outcome for cell in cells] == ["timed out", "ok"]


@pytest.mark.parametrize("error", [IndexError, KeyError, NotImplementedError, AssertionError, RuntimeError, OSError])
def test_an_error_of_one_method_is_a_cell(error) -> None:
    def picky(x):
        if isinstance(x, float):
            raise error("only arrays of ours")
        return x * x

    cells = dl.compare(picky, 2.0, methods=["central-difference", "reverse"], timing=False)
    assert [cell.outcome for cell in cells] == ["failed", "ok"]
    assert error.__name__ in cells["central-difference"].detail


def test_bad_arguments_of_compare_reach_the_caller() -> None:
    with pytest.raises(ArgumentError):
        dl.compare(lambda x: x, 3)
    with pytest.raises(DerivlabError):
        dl.compare(lambda x: x, np.nan)


def test_comparison_prints_a_table_without_blanks() -> None:
    comparison = dl.compare(dl.spec("add-mul-gate"), timing=False)
    text = str(comparison)
    for cell in comparison:
        assert cell.method in text
    with pytest.raises(KeyError, match="reverse"):
        comparison["backward"]
