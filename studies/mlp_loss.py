# %% [markdown]
"""Who can differentiate a real network? The two-layer loss at 56 and at 101,000 parameters, by every method."""

# %%
from __future__ import annotations

from typing import Any

import derivlab as dl
from _network import prepare
from derivlab.comparison import default_methods
from derivlab.errors import OutcomeError
from derivlab.harness.cells import Cell
from derivlab.harness.evaluate import measure_cells
from derivlab.harness.worker import Worker
from derivlab.report.study import Drawing, Progress, Record, Study

SYMBOLIC = ("symbolic", "symbolic-cse")
SMALL_BUDGET, LARGE_BUDGET = 30.0, 3.0


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Both sizes; symbolic methods at the large one in a process of its own, whose memory is bounded."""
    small, large = (0.5, 0.7) if quick else (SMALL_BUDGET, LARGE_BUDGET)
    records = cells("small", default_methods(), small, lambda name: progress(f"small: {name}", 0.0))
    others = [name for name in default_methods() if name not in SYMBOLIC]
    big = cells("large", others, large, lambda name: progress(f"large: {name}", 0.5))
    with Worker() as worker:
        for k, method in enumerate(SYMBOLIC):
            progress(f"large: {method}", 0.8 + k / 10)
            worker.run(prepare, method, "tiny", seconds=120.0)  # loads SymPy, outside the budget
            big.insert(1 + k, attempt(worker, method, large))
    return records + big


def cells(size: str, methods: list[str], budget: float, progress: Any) -> list[Record]:
    """Every method on one size, in this process."""
    spec = dl.spec("mlp-loss", size=size)
    dl.compare(dl.spec("add-mul-gate"), methods=methods, timing=False)  # loads libraries, outside the budget
    measured = measure_cells(spec, methods, seconds=budget, sizes=False, progress=progress)
    parameters = sum(spec.args[k].size for k in (0, 1))
    return [{"kind": "cell", **c.record(), "size": size, "budget": budget, "unknowns": parameters} for c in measured]


def attempt(worker: Worker, method: str, budget: float) -> Record:
    """A symbolic gradient of the large network: what became of it."""
    spec = dl.spec("mlp-loss", size="large")
    outcome, detail, seconds = "ok", "", None
    try:
        seconds = worker.run(prepare, method, "large", seconds=budget)
    except OutcomeError as error:
        outcome, detail = error.outcome, str(error)
    cell = Cell("mlp-loss", {"size": "large"}, method, "grad", outcome, detail, prepare_seconds=seconds)
    parameters = sum(spec.args[k].size for k in (0, 1))
    return {"kind": "cell", **cell.record(), "size": "large", "budget": budget, "unknowns": parameters}


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """One figure a size."""
    from derivlab.report.charts import gradient_bars

    drawings: list[Drawing] = []
    for size, point in (("large", "only reverse mode scales"), ("small", "reverse mode wins already")):
        rows = [r for r in records if r["size"] == size]
        budget, title = rows[0]["budget"], f"{rows[0]['unknowns']:,} parameters: {point}"
        caption = (
            f"The gradient of a two-layer network's squared error with {rows[0]['unknowns']:,} parameters. Bars: time "
            "of one gradient, also as a multiple of the time of the loss f itself; error: largest error of an entry "
            "over the largest entry. Preparation is done once and not in the bars; with one evaluation it had a budget "
            f"of {budget:g} s a method."
        )
        drawings.append(Drawing(f"{size}_network", gradient_bars(rows, title, budget), caption))
    return drawings


# %%
def summary(records: list[Record]) -> str:
    """Both sizes as tables."""
    from derivlab.report.tables import duration, markdown, number

    text = ""
    for size in ("large", "small"):
        mine = [r for r in records if r["size"] == size]
        text += f"\n### {size}: {mine[0]['unknowns']:,} parameters, {mine[0]['budget']:g} s a method\n\n"
        rows = [
            [
                r["method"],
                r["outcome"],
                number(r["normwise"]),
                number(r["relative"]),
                duration(r["prepare_seconds"]),
                duration(r["evaluate_seconds"]),
                number(r["ratio"]),
            ]
            for r in mine
        ]
        headers = ("method", "outcome", "error / largest entry", "largest relative error", "prepare", "evaluate", "× f")
        text += markdown(headers, rows)
        text += "".join(f"\n- {r['method']}: {r['outcome']}: {r['detail']}" for r in mine if r["detail"]) + "\n"
    return text + "\nNumPy's BLAS runs on one thread; the threads of JAX are its own affair and not limited."


# %%
STUDY = Study(
    "mlp_loss",
    "A two-layer network",
    "Who can differentiate a real network, how exactly, and at what multiple of its own cost?",
    measure,
    draw,
    summary,
)

# %%
if __name__ == "__main__":
    STUDY.main()
