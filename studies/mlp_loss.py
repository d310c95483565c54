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
BUDGETS = {"small": 30.0, "large": 3.0}
QUICK = {"small": 0.3, "large": 0.2}
SINGLE = dict.fromkeys(("manual", "reverse", "reverse-compiled", "reverse-jit", "jax"), 2.0)
"""In quick mode the budgets of the methods that take one sweep, however many unknowns there are."""


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Both sizes; symbolic methods at the large one in a process of its own, whose memory is bounded."""
    records = cells("small", default_methods(), quick, lambda name: progress(f"small: {name}", 0.0))
    others = [name for name in default_methods() if name not in SYMBOLIC]
    big = cells("large", others, quick, lambda name: progress(f"large: {name}", 0.5))
    with Worker() as worker:
        for k, method in enumerate(SYMBOLIC):
            progress(f"large: {method}", 0.8 + k / 10)
            big.insert(1 + k, cse_after(big[k]) if quick and k else symbolic(worker, method, quick))
    return records + big


def cells(size: str, methods: list[str], quick: bool, progress: Any) -> list[Record]:
    """Every method on one size, in this process."""
    spec, budget = dl.spec("mlp-loss", size=size), (QUICK if quick else BUDGETS)[size]
    dl.compare(dl.spec("add-mul-gate"), methods=methods, timing=False)  # loads libraries, outside the budget
    own = SINGLE if quick else {}
    measured = measure_cells(spec, methods, seconds=budget, budgets=own, sizes=False, rounds=3 if quick else 11,
                             progress=progress)  # fmt: skip
    return [_record(cell, size, own.get(cell.method, budget)) for cell in measured]


def _record(cell: Cell, size: str, budget: float) -> Record:
    spec = dl.spec("mlp-loss", size=size)
    parameters = sum(spec.args[k].size for k in (0, 1))
    return {"kind": "cell", **cell.record(), "size": size, "budget": budget, "unknowns": parameters}


def symbolic(worker: Worker, method: str, quick: bool) -> Record:
    """A symbolic gradient of the large network: what became of it."""
    budget = (QUICK if quick else BUDGETS)["large"]
    worker.run(prepare, method, "tiny", seconds=120.0)  # loads SymPy, outside the budget
    outcome, detail, seconds = "ok", "", None
    try:
        seconds = worker.run(prepare, method, "large", seconds=budget)
    except OutcomeError as error:
        outcome, detail = error.outcome, str(error)
    cell = Cell("mlp-loss", {"size": "large"}, method, "grad", outcome, detail, prepare_seconds=seconds)
    return _record(cell, "large", budget)


def cse_after(done: Record) -> Record:
    """In quick mode: what became of the formulas before CSE holds for those after it too."""
    return done | {"method": "symbolic-cse", "detail": f"not run: the same formulas before CSE: {done['detail']}"}


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """One figure a size."""
    from derivlab.report.charts import gradient_bars

    drawings: list[Drawing] = []
    for size, point in (("large", "only reverse mode scales"), ("small", "reverse mode wins already")):
        rows = [r for r in records if r["size"] == size]
        title = f"{rows[0]['unknowns']:,} parameters: {point}"
        caption = (
            f"The gradient of a two-layer network's squared error with {rows[0]['unknowns']:,} parameters. Bars: time "
            "of one gradient, also as a multiple of the time of the loss f itself; error: largest error of an entry "
            "over the largest entry. Preparation is done once and not in the bars; with one evaluation it had a budget "
            f"of {_budget(rows)} a method."
        )
        drawings.append(Drawing(f"{size}_network", gradient_bars(rows, title), caption, seen(rows), timed=True))
    return drawings


def seen(rows: list[Record]) -> str:
    """A figure in words."""
    from derivlab.report.tables import duration
    from derivlab.report.words import listing, ranked

    times = {r["method"]: r["evaluate_seconds"] for r in rows if r["evaluate_seconds"] is not None}
    without = [f"{r['method']} ({r['outcome']})" for r in rows if r["evaluate_seconds"] is None]
    rest = f" Without a time: {listing(without)}." if without else ""
    return f"Horizontal bars on a logarithmic axis of time, the shortest on top: {ranked(times, duration)}.{rest}"


# %%
def summary(records: list[Record]) -> str:
    """Both sizes as tables."""
    from derivlab.report.tables import duration, markdown, number

    text = ""
    for size in ("large", "small"):
        mine = [r for r in records if r["size"] == size]
        text += f"\n### {size}: {mine[0]['unknowns']:,} parameters, {_budget(mine)} a method\n\n"
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
    return text + "\nNumPy's BLAS and JAX run on one thread each."


def _budget(rows: list[Record]) -> str:
    least, most = (choose(r["budget"] for r in rows) for choose in (min, max))
    return f"{least:g} s" if least == most else f"{least:g} to {most:g} s"


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
