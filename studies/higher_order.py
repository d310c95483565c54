# %% [markdown]
"""Which method for a tenth derivative? Error, preparation and evaluation of dᵏf/dxᵏ for k = 1 … 20."""

# %%
from __future__ import annotations

import time
from typing import Any

import numpy as np

import derivlab as dl
from _order_charts import error_figure, evaluation_figure, lines_seen, preparation_figure
from _order_methods import METHODS, SUBJECTS, Call, Subject, ready, side_by_side
from _order_tables import tables
from derivlab.errors import OutcomeError
from derivlab.harness.budget import time_limit
from derivlab.measure.runtime import Runtime, interleaved
from derivlab.report.study import Drawing, Progress, Record, Study

BUDGET = 2.0
"""Seconds that a method may take to prepare and evaluate one derivative."""
SLOW = 0.02
"""An evaluation that takes longer than this many seconds is timed once."""
DIGIT = 0.1
"""A relative error from which on not one digit is right."""


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Every method at every order, each function in turn."""
    orders = (1, 5, 20) if quick else (*range(1, 11), 12, 14, 16, 18, 20)
    budget = 0.2 if quick else BUDGET
    progress("loading the libraries", 0.0)
    for method in METHODS:
        attempt(method, SUBJECTS[1], 1, None)  # so that no budget pays for an import
    records: list[Record] = []
    for i, subject in enumerate(SUBJECTS):
        late: dict[str, str] = {}
        for k, order in enumerate(orders):
            progress(f"{subject.name}, order {order}", (i + k / len(orders)) / len(SUBJECTS))
            records += cells(subject, order, budget, late, quick, order == orders[-1])
    return records


def cells(subject: Subject, order: int, budget: float, late: dict[str, str], quick: bool, last: bool) -> list[Record]:
    """All methods at one order. ``late`` says why one is not run, where a lower order took too long already."""
    exact = dl.truth.derivative(subject.function, order=order)(subject.x)
    following = dl.truth.derivative(subject.function, order=order + 1)(subject.x)
    base = {"kind": "cell", "function": subject.name, "title": subject.title, "x": float(subject.x), "order": order,
            "exact": float(exact.value), "budget": budget,
            "condition": abs(float(subject.x) * float(following.value) / float(exact.value))}  # fmt: skip
    found: dict[str, Record] = {}
    calls: dict[str, Call] = {}
    first: dict[str, float] = {}
    for method in METHODS:
        if method in late:
            found[method] = {"outcome": "timed out", "detail": late[method], "prepare_seconds": None, "error": None}
            continue
        found[method], call, seconds = judged(method, subject, order, budget, exact)
        if found[method]["outcome"] == "timed out":
            late[method] = f"not run: order {order} already timed out ({found[method]['detail']})"
        if call is not None:
            calls[method], first[method] = call, seconds
    times = timed(calls | (side_by_side(subject, order) if last else {}), first, quick, last)
    records = [base | {"method": method, **cell, **_measured(times.get(method))} for method, cell in found.items()]
    for name in [name for name in times if name not in found]:
        records.append(base | {"kind": "way", "method": name, "outcome": "ok", "detail": "", **_measured(times[name])})
    return records


def judged(method: str, subject: Subject, order: int, budget: float, exact: Any) -> tuple[Record, Call | None, float]:
    """The cell of a method, its call if that is to be timed, and the seconds of the first evaluation."""
    outcome, detail, call, answer, prepare, seconds = attempt(method, subject, order, budget)
    error = None
    if call is not None:
        error = float(exact.relative_error(float(answer)))
        if not error < DIGIT:
            outcome, detail = "inaccurate", "not one digit is right"
    return {"outcome": outcome, "detail": detail, "prepare_seconds": prepare, "error": error}, call, seconds


def attempt(
    method: str, subject: Subject, order: int, budget: float | None
) -> tuple[str, str, Call | None, Any, float | None, float]:
    """Outcome, detail, call, answer, seconds to make the call ready, and seconds of the first evaluation."""
    start = time.perf_counter()
    try:
        with time_limit(budget), np.errstate(all="ignore"):
            call = ready(method, subject, order)
            middle = time.perf_counter()
            answer = call()
    except OutcomeError as trouble:
        return trouble.outcome, str(trouble), None, None, None, 0.0
    except Exception as trouble:
        detail = f"{type(trouble).__name__}: {' '.join(str(trouble).split())[:120]}"
        return "failed", detail, None, None, None, 0.0
    return "ok", "", call, answer, middle - start, time.perf_counter() - middle


def timed(calls: dict[str, Call], first: dict[str, float], quick: bool, careful: bool) -> dict[str, Runtime]:
    """All calls interleaved with the recurrence by hand; of the slow ones the first evaluation alone.

    JAX runs in a group of its own: its threads disturb whatever is timed beside them.
    """
    times = {name: Runtime((seconds,)) for name, seconds in first.items() if seconds > SLOW}
    rounds, batch = (3, 2e-4) if quick else (51, 2e-3) if careful else (7, 4e-4)
    for outside in (True, False):
        group = {name: call for name, call in calls.items() if name not in times and name.startswith("jax") == outside}
        times |= interleaved(group | {"manual": calls["manual"]}, "manual", rounds=rounds, batch_seconds=batch)
    return times


def _measured(runtime: Runtime | None) -> Record:
    low, high = (runtime and runtime.interval) or (None, None)
    seconds, ratio = (runtime.median, runtime.ratio) if runtime else (None, None)
    return {"evaluate_seconds": seconds, "ratio": ratio, "ratio_low": low, "ratio_high": high,
            "samples": list(runtime.samples) if runtime else []}  # fmt: skip


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """Error and evaluation against the order for the first function, preparation for each."""
    drawings: list[Drawing] = []
    for name in dict.fromkeys(r["function"] for r in records):
        mine = [r for r in records if r["function"] == name and r["kind"] == "cell"]
        title, budget = mine[0]["title"], f"{mine[0]['budget']:g} s"
        ends = f"A line ends with a cross where preparation and one evaluation no longer fit into {budget}"
        error = (
            f"Relative error of the k-th derivative of {title} against k, judged by certified enclosures. Dashed: what "
            "one rounding of x alone does (unit roundoff times the condition number |x f⁽ᵏ⁺¹⁾ / f⁽ᵏ⁾|, or 1). "
            f"{ends}; differences end at order 6."
        )
        preparation = (
            f"Seconds to derive, trace or compile the k-th derivative of {title}, against k. Taylor mode, forward "
            f"mode and differences have nothing to prepare. {ends}."
        )
        evaluation = (
            f"Seconds of one evaluation of the k-th derivative of {title}, after preparation, against k. {ends}."
        )
        seen = lines_seen(mine, "prepare_seconds", "preparation")
        drawings.append(Drawing(f"{name}_preparation", preparation_figure(mine), preparation, seen, timed=True))
        if name == SUBJECTS[0].name:
            drawings.append(Drawing(f"{name}_error", error_figure(mine), error, lines_seen(mine, "error", "the error")))
            seen = lines_seen(mine, "evaluate_seconds", "one evaluation")
            drawings.append(Drawing(f"{name}_evaluation", evaluation_figure(mine), evaluation, seen, timed=True))
    return drawings


# %%
def summary(records: list[Record]) -> str:
    """What the highest order costs, and how far each method gets."""
    return tables(records)


# %%
STUDY = Study(
    "higher_order",
    "Derivatives of higher order",
    "Which method for a tenth derivative, and what does each order more cost?",
    measure,
    draw,
    summary,
)

# %%
if __name__ == "__main__":
    STUDY.main()
