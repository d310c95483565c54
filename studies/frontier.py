# %% [markdown]
"""Which form of a derivative is worth having? Size, accuracy and cost of each, on one figure."""

# %%
from __future__ import annotations

import time

import numpy as np

from _contest import measured
from _frontier_charts import growth_figure, points_figure
from _frontier_forms import FORMS, Subject, Way, energy, iterate, way
from _frontier_tables import at, exact, tables, wrong
from _frontier_words import growth_seen, points_seen
from derivlab.errors import OutcomeError
from derivlab.harness.budget import time_limit
from derivlab.measure.runtime import interleaved
from derivlab.report.study import Drawing, Progress, Record, Study

BATCH = 5e-4
"""Seconds of a batch: short ones are rarely disturbed, and the least of many is kept."""


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Every form of lₙ′ and of the Helmholtz gradient, for each n."""
    budget, rounds = (1.0, 5) if quick else (10.0, 41)
    iterates, energies = ((4, 5, 6), (2,)) if quick else (range(3, 9), (2, 8))
    progress("loading the libraries", 0.0)
    for method in FORMS:
        attempt(method, iterate(2, 1), None)  # so that no budget pays for an import
    records: list[Record] = []
    for make, sizes, points in ((iterate, iterates, 20 if quick else 200), (energy, energies, 3 if quick else 20)):
        late: dict[str, str] = {}
        for n in sizes:
            progress(f"{make.__name__}, n = {n}", len(records) / (len(FORMS) * (len(iterates) + len(energies))))
            records += cells(make(n, points), budget, rounds, late)
    return records


def cells(subject: Subject, budget: float, rounds: int, late: dict[str, str]) -> list[Record]:
    """All forms of one derivative: each made ready and judged, then all timed together."""
    ready: dict[str, Way] = {}
    found: dict[str, Record] = {}
    for method in FORMS:
        if method in late:
            found[method] = {"outcome": "timed out", "detail": late[method]}
            continue
        found[method], made = attempt(method, subject, budget)
        if made is not None:
            ready[method] = made
            found[method] |= errors(made, subject)
        elif found[method]["outcome"] == "timed out":
            late[method] = f"not run: n = {subject.n} already timed out"
    x = subject.points[0]
    calls = {"function": lambda: subject.function(x), **{method: made.at(x) for method, made in ready.items()}}
    times = interleaved(calls, "function", rounds=rounds, batch_seconds=BATCH)
    unit = min(times["function"].samples)
    base = {"kind": "cell", "function": subject.name, "n": subject.n, "budget": budget}
    empty = dict.fromkeys(("operations", "largest", "median", "prepare_seconds"))
    return [
        base | {"method": method} | empty | cell | measured(times.get(method), unit) for method, cell in found.items()
    ]


def attempt(method: str, subject: Subject, budget: float | None) -> tuple[Record, Way | None]:
    """A form made ready and called once within the budget, and its record; no form where there is none."""
    start = time.perf_counter()
    try:
        with time_limit(budget), np.errstate(all="ignore"):
            made = way(method, subject)
            made.at(subject.points[0])()
    except OutcomeError as trouble:
        return {"outcome": trouble.outcome, "detail": str(trouble)}, None
    seconds = time.perf_counter() - start
    return {"outcome": "ok", "detail": "", "operations": made.operations, "prepare_seconds": seconds}, made


def errors(made: Way, subject: Subject) -> Record:
    """The largest error over the points relative to the largest derivative, and the median of relative errors."""
    with np.errstate(all="ignore"):
        answers = np.array([np.ravel(made.at(x)()) for x in subject.points], dtype=float)
        off = np.abs(answers.reshape(subject.exact.shape) - subject.exact)
        return {
            "largest": float(np.max(off) / subject.scale),
            "median": float(np.median(off / np.abs(subject.exact))),
        }


AXES = (
    "Error against time; the marker's area is the number of arithmetic operations. Error: the largest over {}, "
    "relative to the largest derivative. Time: one evaluation, relative to the function's. "
)


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """All forms of l₆′, of every lₙ′, and of the Helmholtz gradients."""
    iterates = [r for r in records if r["function"] == "logistic-map"]
    swollen = list(at(records, "logistic-map", 6).values())
    title = f"l₆′: {exact(swollen)[0]['operations']} operations exact" + "".join(
        f", {r['operations']} ({FORMS[r['method']]}) wrong" for r in wrong(swollen)[:1]
    )
    drawings = [
        Drawing("logistic_map_6", points_figure(swollen, title), AXES.format("points of (0, 1)") + (
            "The factored, the expanded and Horner's form of l₆′ are the same polynomial in few operations, and lose "
            "its digits by cancellation. Shared subexpressions and automatic differentiation keep the nesting, and the "
            "digits."
        ), points_seen(swollen), timed=True),
        Drawing("logistic_map", growth_figure(iterates, "Rewritten, lₙ′ loses its digits; AD keeps them"), (
            AXES.format("points of (0, 1)") + "A path for each form of lₙ′, a marker for each n. The raw tree grows to "
            "the right, rewritten forms rise until they leave the figure; what shares its subexpressions stays."
        ), growth_seen(iterates), timed=True),
    ]  # fmt: skip
    for n in dict.fromkeys(r["n"] for r in records if r["function"] == "helmholtz"):
        cells = list(at(records, "helmholtz", n).values())
        drawings.append(Drawing(f"helmholtz_{n}", points_figure(cells, _swelling(cells)), (
            AXES.format("compositions x") + f"Forms of the gradient of the Helmholtz energy of {n} components. Written "
            "out, a formula repeats for each entry what all entries share."
        ), points_seen(cells), timed=True))  # fmt: skip
    return drawings


def _swelling(cells: list[Record]) -> str:
    """The largest formula, beside the smallest form that is right to rounding."""
    formulas = [r for r in cells if r["method"].startswith("symbolic") and r["operations"] is not None]
    small, about = exact(cells)[0], f"Helmholtz, n = {cells[0]['n']}"
    if not formulas:
        return f"{about}: {small['operations']} operations exact"
    large = max(formulas, key=lambda r: r["operations"])
    times, name = large["operations"] / small["operations"], FORMS[large["method"]]
    return f"{about}: {name} is {times:.0f} × the smallest"


# %%
def summary(records: list[Record]) -> str:
    """What is smallest and fastest among the exact forms, and every cell."""
    return tables(records)


# %%
STUDY = Study(
    "frontier",
    "Size, accuracy and cost on one figure",
    "Which form of a derivative is small, exact and fast at once?",
    measure,
    draw,
    summary,
)

# %%
if __name__ == "__main__":
    STUDY.main()
