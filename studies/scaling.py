# %% [markdown]
"""What does a gradient cost as its function grows? Time, memory and operations, beside the function's own."""

# %%
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import derivlab as dl
from _arithmetic import arithmetic_of, recorded_and_compiled, steps_of
from _scaling_charts import memory_figure, nodes_figure, operations_figure, time_figure
from _scaling_runs import long_list_once, memory_of, method_of
from _scaling_words import memory_seen, nodes_seen, operations_seen, time_seen
from derivlab.errors import OutcomeError
from derivlab.harness.budget import time_limit
from derivlab.harness.worker import Worker
from derivlab.measure.runtime import interleaved
from derivlab.report.study import Drawing, Progress, Record, Study

METHODS = ("reverse-compiled", "reverse", "forward", "central-difference")
QUICK_MEMORY = ("function", "reverse", "forward")
"""Methods whose memory is measured in quick mode: each takes a process of its own."""
BUDGET = 1.0
"""Seconds that a method may take to prepare and evaluate one gradient of the Helmholtz energy."""
PATIENCE = 4.0
"""Seconds that one run on a long list may take."""


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """The Helmholtz energy for n = 1, 2, ...; operations of every scalar spec; the logistic map as a long list."""
    sizes = (1, 10, 100) if quick else (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
    records: list[Record] = []
    for k, n in enumerate(sizes):
        progress(f"Helmholtz, n = {n}", k / len(sizes) / 2)
        records += helmholtz(n, 3 if quick else 11)
    for n in sizes[-1:] if quick else (10, 100, 300, 1000):
        progress(f"memory, n = {n}", 0.5)
        records += [memory(n, method) for method in ("function", *METHODS) if not quick or method in QUICK_MEMORY]
    progress("operations", 0.7)
    records += [record for name in dl.catalogue() if (record := operations(name)) is not None]
    for method in ("function", "reverse", "reverse-compiled"):
        late = ""
        for nodes in (10**4, 10**5) if quick else (10**3, 10**4, 10**5, 10**6):
            progress(f"{nodes:,} nodes, {method}", 0.8)
            records.append(long_list(nodes, method, quick, late))
            if records[-1]["outcome"] != "ok":
                late = late or f"not run: {nodes:,} nodes already {records[-1]['outcome']}"
    return records


def helmholtz(n: int, rounds: int) -> list[Record]:
    """Time of the gradient by each method, as a multiple of the function's own."""
    spec = dl.spec("helmholtz", n=n)
    calls: dict[str, Callable[[], Any]] = {"function": lambda: spec.function(*spec.args)}
    outcomes: dict[str, tuple[str, str]] = {"function": ("ok", "")}
    for method in METHODS:
        try:
            with time_limit(BUDGET):
                run = method_of(method).prepare("grad", spec.function, *spec.args)
                run(*spec.args)
            calls[method] = lambda run=run: run(*spec.args)
            outcomes[method] = "ok", ""
        except OutcomeError as error:
            outcomes[method] = error.outcome, str(error)
    times = interleaved(calls, "function", rounds=rounds)
    return [
        {"kind": "time", "n": n, "method": method, "outcome": outcome, "detail": detail,
         "seconds": times[method].median if method in times else None,
         "ratio": times[method].ratio if method in times else None,
         "interval": list(times[method].interval or ()) if method in times else None}
        for method, (outcome, detail) in outcomes.items()
    ]  # fmt: skip


def memory(n: int, method: str) -> Record:
    """Memory that one gradient adds to a fresh process, above its data."""
    record: Record = {"kind": "memory", "n": n, "method": method, "outcome": "ok", "detail": "", "bytes": None,
                      "data": 8 * n * n + 16 * n}  # fmt: skip
    with Worker() as worker:
        try:
            return record | {"bytes": worker.run(memory_of, n, method, seconds=PATIENCE)}
        except OutcomeError as error:
            return record | {"outcome": error.outcome, "detail": str(error)}


def operations(name: str) -> Record | None:
    """Arithmetic operations on numbers in the gradient, as recorded and as compiled, and in the function.

    None for one primitive alone (tanh, log-sum-exp): what it takes is inside a library, and not counted.
    """
    spec = dl.spec(name)
    program = dl.methods["reverse-compiled"].prepare(
        "grad", spec.function, *spec.args, argnums=spec.argnums if spec.operator == "grad" else 0
    )
    if steps_of(spec.function, spec.args) < 2:
        return None
    reverse, compiled = recorded_and_compiled(program)
    return {"kind": "operations", "spec": name, "function": arithmetic_of(spec.function, spec.args),
            "reverse": reverse, "reverse-compiled": compiled}  # fmt: skip


def long_list(nodes: int, method: str, quick: bool, late: str) -> Record:
    """The logistic map with so many recorded operations, in a fresh process: seconds and bytes.

    ``late`` says why it is not run, where a shorter list took too long.
    """
    record: Record = {"kind": "nodes", "nodes": nodes, "method": method, "outcome": "ok", "detail": "",
                      "seconds": None, "bytes": None}  # fmt: skip
    if late:
        return record | {"outcome": "timed out", "detail": late}
    limit = 1.0 if quick and method == "reverse-compiled" else PATIENCE
    with Worker() as worker:
        try:
            worker.run(long_list_once, 300, method, seconds=60.0)
            seconds, added = worker.run(long_list_once, nodes, method, seconds=limit)
            if nodes <= 10**5 and not quick:
                again = [worker.run(long_list_once, nodes, method, seconds=limit)[0] for _ in range(4)]
                seconds = float(np.median([seconds, *again]))
        except OutcomeError as error:
            return record | {"outcome": error.outcome, "detail": str(error)}
    return record | {"seconds": seconds, "bytes": added}


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """Time and memory against n, operations by spec, and cost against the length of the list."""
    return [
        Drawing("helmholtz_time", time_figure(records), (
            "Time of a gradient of the Helmholtz energy divided by the time of the function, against the number n of "
            "unknowns. Reverse mode stays flat; forward mode and differences (central, two evaluations for each "
            "unknown) grow with n. Dashed: the bound of 4 on the number of operations (Griewank); time below n = 100 "
            "is calls, not arithmetic."
        ), time_seen(records), timed=True),
        Drawing("helmholtz_memory", memory_figure(records), (
            "Memory that one gradient adds at its peak to a fresh process, against n, beside the memory of the data. "
            "A page is 4 KiB, below which nothing is seen."
        ), memory_seen(records), timed=True),
        Drawing("operations", operations_figure(records), (
            "Arithmetic operations in the gradient of each function of the catalogue that is more than one primitive, "
            "divided by those in the function itself, as reverse mode records them and after the optimising passes."
        ), operations_seen(records)),
        Drawing("long_lists", nodes_figure(records), (
            "Seconds and bytes for each recorded operation, for iterates of the logistic map with ever longer lists. "
            "Level lines mean linear cost. Compiled: preparation and first evaluation."
        ), nodes_seen(records), timed=True),
    ]  # fmt: skip


# %%
def summary(records: list[Record]) -> str:
    """Tables of all four."""
    from _scaling_charts import tables

    return tables(records)


# %%
STUDY = Study(
    "scaling",
    "What a gradient costs as its function grows",
    "Does a gradient cost a fixed multiple of its function, in time, memory and operations, however many unknowns?",
    measure,
    draw,
    summary,
)

# %%
if __name__ == "__main__":
    STUDY.main()
