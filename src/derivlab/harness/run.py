"""Running a plan: what is missing is measured, by any executor, and every cell is stored as soon as it is there."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from typing import Any

from derivlab.errors import CrashedError, OutcomeError, StoreError, UndecidedError
from derivlab.harness import identity
from derivlab.harness.journal import Journal, read_journal
from derivlab.harness.tasks import Task, measure, understand
from derivlab.harness.worker import Worker

_TRUTH = 60.0
"""Seconds that the certified derivative may take at least, once for all cells on one function."""

_GRACE = 2.0
"""Seconds beyond its budget after which a cell's process is ended: what runs in Python ends itself before."""

_TRIES = 3
"""So many times a cell is handed out whose executor lost it."""


@dataclass
class Progress:
    """How far a run is, for people.

    Attributes
    ----------
    total, found, done
        The cells of the plan, those that the store had already, and those that this run added.
    outcomes
        How many of these ended how.
    latest
        The record that came last.
    """

    total: int
    found: int
    done: int
    outcomes: dict[str, int]
    latest: dict[str, Any] | None = None

    def add(self, record: dict[str, Any]) -> None:
        """Count one more cell."""
        self.done += 1
        self.outcomes[record["outcome"]] = self.outcomes.get(record["outcome"], 0) + 1
        self.latest = record


def run_plan(
    tasks: Sequence[Task],
    journal: Journal,
    executor: Executor,
    *,
    jobs: int = 1,
    machines: int = 1,
    retry: Collection[str] = (),
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Measure the tasks that a store has no cell of, and store each.

    Parameters
    ----------
    executor
        Any executor of ``concurrent.futures``; each of its threads keeps a worker process of its own.
    jobs, machines
        How many cells it may have in hand at once; and how many times, which come last and take turns on each machine.
    retry
        Outcomes of cells that are measured again.
    tell
        Called after every cell.

    Raises
    ------
    StoreError
        If the store cannot be written, or the executor breaks. What was measured before is kept.
    """
    known, environments = _found(journal)
    missing = [(key, task) for task in tasks if known.get(key := identity.key(task), "") in ("", *retry)]
    progress = Progress(len(tasks), len(tasks) - len(missing), 0, {})
    timed = [pair for pair in missing if pair[1].measure == "time"]
    others = [pair for pair in missing if pair[1].measure != "time"]
    for wanted, at_once in ((others, jobs + 1), (timed, machines)):  # one in reserve, so that no worker waits for us
        for key, record in _spread(wanted, executor, at_once):
            seen = record.pop("environment")
            if seen["id"] not in environments:
                environments.add(seen["id"])
                journal.append({"kind": "environment", **seen})
            journal.append({"kind": "cell", "key": key, "environment": seen["id"], **record})
            progress.add(record)
            tell(progress)
    return progress


def _found(journal: Journal) -> tuple[dict[str, str], set[str]]:
    """The outcomes that a store has by key, and the environments that it knows."""
    outcomes: dict[str, str] = {}
    environments: set[str] = set()
    for record in read_journal(journal.path):
        if record["kind"] == "cell":
            outcomes[record["key"]] = record["outcome"]
        else:
            environments.add(record["id"])
    return outcomes, environments


def _spread(
    wanted: Sequence[tuple[str, Task]], executor: Executor, at_once: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Hand tasks out and yield what comes back; never more in hand than ``at_once``, so that memory stays flat."""
    waiting = iter([(key, task, 1) for key, task in wanted])
    running: dict[Future[Any], tuple[str, Task, int]] = {
        executor.submit(attempt, one[1]): one for one in itertools.islice(waiting, at_once)
    }
    try:
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                key, task, tries = running.pop(future)
                record = _result(future, task, tries)
                follower = next(waiting, None) if record is not None else (key, task, tries + 1)
                if follower is not None:
                    running[executor.submit(attempt, follower[1])] = follower
                if record is not None:
                    yield key, record
    finally:
        for future in running:
            future.cancel()


def _result(future: Future[Any], task: Task, tries: int) -> dict[str, Any] | None:
    """What came back; None where the executor lost it and it is worth another try."""
    try:
        return future.result()
    except BrokenExecutor as error:
        raise StoreError(f"the executor broke ({error}). What was measured is kept; go on with --resume") from error
    except Exception as error:
        if tries < _TRIES:
            return None
        lost = OutcomeError(f"the executor lost it {_TRIES} times: {type(error).__name__}: {error}")
        return _record(task, lost, [], 0.0)


_ours = threading.local()


def attempt(task: Task) -> dict[str, Any]:
    """Measure one task in a worker process of this thread, whatever becomes of it; the cell is returned as a record."""
    start = time.perf_counter()
    worker = _worker(task.memory)
    remarks: list[str] = []
    with _turn() if task.measure == "time" else contextlib.nullcontext():
        try:
            if task.measure == "accuracy":
                _understand(worker, task)
            cell = worker.run(measure, task, seconds=task.seconds + _GRACE)
        except OutcomeError as error:
            cell = error
        remarks += worker.remarks
    return _record(task, cell, remarks, time.perf_counter() - start)


def _understand(worker: Worker, task: Task) -> None:
    try:
        worker.run(understand, task.subject, seconds=max(task.seconds, _TRUTH) + _GRACE)
    except CrashedError as error:
        raise CrashedError(f"the truth: {error}") from error
    except OutcomeError as error:
        raise UndecidedError(f"the truth: {error}") from error


def _record(task: Task, found: Any, remarks: Sequence[str], seconds: float) -> dict[str, Any]:
    if isinstance(found, OutcomeError):
        found = task.blank.updated(outcome=found.outcome, detail=str(found))
    record: dict[str, Any] = found.record()
    return {
        **record,
        "budget_seconds": task.seconds,
        "budget_memory": task.memory,
        "remarks": list(remarks),
        "load": os.getloadavg()[0],
        "overhead_seconds": seconds - (found.seconds or 0.0),
        "code": identity.code(task.setup),
        "environment": identity.here(),
    }


def _worker(memory: int) -> Worker:
    """The warm worker of this thread; one with another budget of memory takes its place."""
    worker: Worker | None = getattr(_ours, "worker", None)
    if worker is None or worker.memory != memory:
        if worker is not None:
            worker.close()
        worker = _ours.worker = Worker(memory)
    return worker


@contextlib.contextmanager
def _turn() -> Generator[None]:
    """The only timing on this machine, whoever else times."""
    path = os.path.join(tempfile.gettempdir(), "derivlab-timing.lock")
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
