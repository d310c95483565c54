"""Budgets and isolation: whatever goes wrong in a worker becomes a named outcome."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import derivlab as dl
from derivlab.errors import (
    ArgumentError,
    CrashedError,
    DerivlabError,
    MemoryBudgetError,
    OutcomeError,
    TimedOutError,
    UndefinedError,
)
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


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def break_memory() -> None:
    ctypes.string_at(0)


def descend() -> None:
    descend()


def descend_natively() -> None:
    sys.setrecursionlimit(10**9)
    nested: list = []
    for _ in range(10**6):
        nested = [nested]
    repr(nested)


def print_for_ever() -> None:
    while True:
        print("more and more", "x" * 10_000)


def write_for_ever() -> None:
    while True:
        os.write(2, b"x" * 65536)


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
    (die, CrashedError, "died with exit code 3", "crashed"),
    (leave, CrashedError, "died with exit code 4", "crashed"),
    (kill_itself, CrashedError, "killed by SIGKILL", "crashed"),
    (break_memory, CrashedError, "killed by SIGSEGV", "crashed"),
    (descend, OutcomeError, "RecursionError", "failed"),
    (descend_natively, CrashedError, "killed by SIGSEGV", "crashed"),
    (print_for_ever, TimedOutError, "did not finish", "timed out"),
    (write_for_ever, TimedOutError, "did not finish", "timed out"),
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
        worker.run(function, seconds=0.5 if error is TimedOutError else 20.0)
    assert caught.value.outcome == outcome
    assert outcome in OUTCOMES
    assert worker.run(answer, 4.0, seconds=20.0) == 8.0


def test_worker_that_was_killed_between_runs_is_replaced(worker: Worker) -> None:
    pid = worker.run(os.getpid)
    os.kill(pid, 9)
    time.sleep(0.2)
    assert worker.run(answer, 1.0) == 2.0


def chat(times: int) -> int:
    for _ in range(times):
        print("one line of many")
    os.system("echo from the shell")
    return times


def warn(times: int) -> int:
    for k in range(times):
        warnings.warn(f"number {k}", RuntimeWarning, stacklevel=1)
    return times


def fork_and_sleep() -> int:
    if not os.fork():
        time.sleep(60)
        os._exit(0)
    return 1


def fork_and_come_back() -> int:
    os.fork()
    return os.getpid()


def fork_and_print() -> None:
    if not os.fork():
        print_for_ever()
    os._exit(5)


def test_what_a_function_does_besides_is_told(worker: Worker) -> None:
    assert worker.run(chat, 3) == 3
    assert worker.remarks[0].startswith("printed 66 bytes: ")
    assert worker.run(chat, 10**5, seconds=60) == 10**5
    assert "printed 1,700,015 bytes: one line of many" in worker.remarks[0]
    assert worker.run(warn, 10**4, seconds=60) == 10**4
    assert worker.remarks == ["10,000 warnings: RuntimeWarning: number 0"]
    assert worker.run(answer, 1.0) == 2.0
    assert worker.remarks == []


def test_copies_of_the_process_answer_once_and_end(worker: Worker) -> None:
    before = worker.run(os.getpid)
    assert worker.run(fork_and_come_back) == before
    assert worker.run(fork_and_sleep) == 1
    assert worker.remarks == ["left a process behind, which was ended"]
    assert worker.run(answer, 1.0) == 2.0
    with pytest.raises(CrashedError, match="exit code 5"):
        worker.run(fork_and_print)
    assert worker.run(answer, 1.0) == 2.0


def test_workers_end_with_their_parent() -> None:
    """A parent that is killed leaves no process behind, even one in the middle of its work."""
    script = (
        "import sys, threading, time; sys.path.insert(0, sys.argv[1]); import test_worker as t\n"
        "from derivlab.harness.worker import Worker\n"
        "w = Worker(); print(w.run(t.os.getpid), flush=True); w.run(t.hang, seconds=60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, os.path.dirname(__file__)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.2)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        status = Path(f"/proc/{child}/status")
        if not status.exists() or "\nState:\tZ" in status.read_text():
            return
        time.sleep(0.05)
    pytest.fail("the worker lives on")


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


def test_time_limit_leaves_no_half_of_a_module_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slowly_imported.py").write_text("import time\nuntil = time.time() + 0.2\n"
        "while time.time() < until:\n    pass\nlast = 1\n")  # fmt: skip
    monkeypatch.syspath_prepend(tmp_path)

    def load_and_hang():
        importlib.import_module("slowly_imported")
        hang()

    with pytest.raises(TimedOutError), time_limit(0.05):
        load_and_hang()
    assert sys.modules.pop("slowly_imported").last == 1


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
