# %% [markdown]
"""Is automatic differentiation slow? Every method against the derivative written by hand in NumPy."""

# %%
from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import derivlab as dl
from _contestants import OURS, PEERS, Call, ready
from _speed_charts import overview, overview_seen, ratios, ratios_seen
from _workloads import Workload, tiny, workloads
from derivlab.errors import OutcomeError
from derivlab.graph.passes.optimise import PASSES, optimise
from derivlab.harness.budget import time_limit
from derivlab.libraries import load
from derivlab.measure.runtime import Runtime, interleaved
from derivlab.report.study import Drawing, Progress, Record, Study

CONTESTANTS = (*OURS, "central-difference", "symbolic", "symbolic-cse", *PEERS)
SLOW = 0.05
"""An evaluation that takes longer, in seconds, is timed in few rounds."""
TOLERANCE = 1e-10
"""Largest error of a derivative, relative to its largest entry; what is worse is not timed."""
COARSE = 1e-5
"""The same for differences, which have a step to choose; they are timed all the same."""
CHOICE = "Of derivlab its fastest mode is drawn, of JAX the faster of jit and a loop rewritten for it."
PASSES_OF = ("mlp-large", "mlp-small", "helmholtz-100", "helmholtz-10", "gmm")


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Every method on every workload, and what each pass of the optimiser is worth."""
    _warm_up()
    works, records = workloads(quick), list[Record]()
    with load("jax").double_precision():
        for k, work in enumerate(works):
            progress(work.title, k / len(works))
            records += cells(work, quick)
    for work in works:
        if work.name in PASSES_OF:
            progress(f"passes on {work.title}", 0.95)
            records += passes(work, 3 if quick else 5)
    return records


def _warm_up() -> None:
    """Load what the methods use, so that no preparation pays for an import."""
    work = tiny()
    with load("jax").double_precision():
        for method in contestants(work):
            attempt(method, work, 10.0)


def contestants(work: Workload) -> list[str]:
    """The methods that apply: only an iterated map can be rewritten as a loop of JAX.

    Machine code of forward mode stands for one direction: a gradient would push as many as there are unknowns.
    """
    pointless = {"jax-loop"} if not work.size else set[str]()
    pointless |= {"forward-jit"} if work.kind == "gradient" else set()
    return [method for method in CONTESTANTS if method not in pointless]


def cells(work: Workload, quick: bool) -> list[Record]:
    """One workload: each method made ready, checked against reverse mode, then all timed together."""
    exact = work.derivative(ready("reverse", work)())
    calls: dict[str, Call] = {"manual": work.by_hand}
    found: dict[str, Record] = {"manual": {"outcome": "ok", "detail": "", "error": error(work, work.by_hand(), exact)}}
    first: dict[str, float] = {}
    for method in contestants(work):
        if method == "symbolic-cse" and found["symbolic"]["outcome"] == "timed out" and work.name != "logistic-points":
            found[method] = found["symbolic"] | {"detail": "not run: the same formulas timed out before CSE"}
            continue
        found[method], call, first[method] = judged(method, work, exact, budget(method, work, quick))
        if call is not None:
            calls[method] = call
    times = timed(calls, first, quick)
    return [_record(work, method, cell, times.get(method)) for method, cell in found.items()]


def budget(method: str, work: Workload, quick: bool) -> float:
    """Seconds until the first answer: a compiler may take long, what is repeated for each input may not."""
    once = method == "reverse-compiled" or (method == "forward-compiled" and work.kind != "gradient")
    if once or method.startswith("jax") or method.endswith("jit"):
        return 30.0
    return 0.2 if quick else 2.0 if method.startswith("symbolic") else 1.0


def judged(method: str, work: Workload, exact: list[Any], seconds: float) -> tuple[Record, Call | None, float]:
    """The record of one method, its call if it gave a right answer, and the time of that call."""
    outcome, detail, call, spent = attempt(method, work, seconds)
    record: Record = {"outcome": outcome, "detail": detail, "prepare_seconds": spent}
    if call is None:
        return record, None, 0.0
    start = time.perf_counter()
    off = error(work, call(), exact)
    elapsed, differences = time.perf_counter() - start, method == "central-difference"
    if not off <= (COARSE if differences else TOLERANCE):
        detail = f"off by {off:.1g} of the largest entry"
        return (
            record | {"outcome": "inaccurate", "detail": detail, "error": off},
            call if differences else None,
            elapsed,
        )
    return record | {"error": off}, call, elapsed


def attempt(method: str, work: Workload, seconds: float) -> tuple[str, str, Call | None, float | None]:
    """Outcome, detail, call, and the seconds until the first answer."""
    start = time.perf_counter()
    try:
        with time_limit(seconds), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.filterwarnings("error", ".*not as machine code")
            call = ready(method, work)
            call()
    except UserWarning as trouble:
        return "unsupported", str(trouble), None, None
    except OutcomeError as trouble:
        return trouble.outcome, str(trouble), None, None
    except Exception as trouble:
        return "failed", f"{type(trouble).__name__}: {' '.join(str(trouble).split())[:120]}", None, None
    return "ok", "", call, time.perf_counter() - start


def error(work: Workload, answer: Any, exact: list[Any]) -> float:
    """The largest difference from reverse mode in an array, relative to the array's largest entry."""
    parts = zip(work.derivative(answer), exact, strict=True)
    return max(float(np.max(np.abs(a.reshape(b.shape) - b)) / np.max(np.abs(b))) for a, b in parts)


def timed(calls: dict[str, Call], first: dict[str, float], quick: bool) -> dict[str, Runtime]:
    """All calls interleaved; the slow ones in a second run with few rounds."""
    rounds, batch = (3, 2e-4) if quick else (15, 2e-3)
    slow = {name: call for name, call in calls.items() if first.get(name, 0.0) > SLOW}
    times = interleaved({n: c for n, c in calls.items() if n not in slow}, "manual", rounds=rounds, batch_seconds=batch)
    late = interleaved(slow | {"manual": calls["manual"]}, "manual", rounds=3, batch_seconds=batch) if slow else {}
    return late | times


def _record(work: Workload, method: str, cell: Record, runtime: Runtime | None) -> Record:
    return {
        "kind": "cell",
        "workload": work.name,
        "title": work.title,
        "method": method,
        "prepare_seconds": None,
        "error": None,
        **cell,
        **_measured(runtime),
        "samples": list(runtime.samples) if runtime else [],
    }


def _measured(runtime: Runtime | None) -> Record:
    low, high = (runtime and runtime.interval) or (None, None)
    ratio, seconds = (runtime.ratio, runtime.median) if runtime else (None, None)
    return {"evaluate_seconds": seconds, "ratio": ratio, "ratio_low": low, "ratio_high": high}


def passes(work: Workload, rounds: int) -> list[Record]:
    """Operations and time of the compiled gradient with each pass switched off."""
    argnums = work.argnums if len(work.argnums) > 1 else work.argnums[0]
    program = dl.methods["reverse-compiled"].prepare("value_and_grad", work.function, *work.args, argnums=argnums)
    variant: Any = program.function.variants[0]  # type: ignore[attr-defined]
    chosen = {"all": (), **{name: (name,) for name in PASSES}, "buffers": (), "none": PASSES}
    found: dict[str, Record] = {}
    calls: dict[str, Call] = {"manual": work.by_hand}
    for name, without in chosen.items():
        found[name] = {"operations": None, "outcome": "ok", "detail": ""}
        other = copy.copy(variant)
        try:
            other.graph = optimise(variant.recorded, without)
            found[name]["operations"] = other.graph.operations
            calls[name] = _calling(other.print(buffers=name not in ("buffers", "none")).compile(), work.args)
        except Exception as trouble:
            found[name] |= {"outcome": "failed", "detail": f"{type(trouble).__name__}: {trouble}"}
    times = interleaved(calls, "manual", rounds=rounds)
    base = {"kind": "pass", "workload": work.name, "title": work.title}
    return [base | {"without": name, **cell, **_measured(times.get(name))} for name, cell in found.items()]


def _calling(function: Callable[..., Any], args: tuple[Any, ...]) -> Call:
    return lambda: function(*args)


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The overview, and one figure a workload."""
    rows = [r for r in records if r["kind"] == "cell"]
    caption = (
        "{}: time of one evaluation divided by that of the derivative written by hand in NumPy, in the same round on "
        "one thread: median, and its 95 % interval as a line. Left is faster. Preparation is not included. Central "
        "differences take two evaluations for each input, and choose the step without a look at the function."
    )
    words = caption.format("Every workload") + " " + CHOICE
    drawings = [Drawing("overview", overview(rows), words, overview_seen(rows), timed=True)]
    for name in dict.fromkeys(r["workload"] for r in rows):
        mine = [r for r in rows if r["workload"] == name]
        figure, words = ratios(mine), caption.format(mine[0]["title"])
        drawings.append(Drawing(name.replace("-", "_"), figure, words, ratios_seen(mine), timed=True))
    return drawings


# %%
def summary(records: list[Record]) -> str:
    """A table of ratios, one of times for each workload, and one of the passes."""
    from _speed_tables import pass_tables, ratio_table, workload_tables

    rows = [r for r in records if r["kind"] == "cell"]
    return ratio_table(rows) + workload_tables(rows) + pass_tables([r for r in records if r["kind"] == "pass"])


# %%
STUDY = Study(
    "speed",
    "Speed against hand-written derivatives",
    "Is automatic differentiation slower than the derivative that a careful person writes by hand?",
    measure,
    draw,
    summary,
)

# %%
if __name__ == "__main__":
    STUDY.main()
