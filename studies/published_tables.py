# %% [markdown]
"""Published tables, measured again: the survey's forms of lₙ′, the Helmholtz benchmark, and DiffSharp's page."""

# %%
from __future__ import annotations

from _benchmark_page import page_records
from _helmholtz_protocols import benchmark
from _page_charts import page_figure
from _published_charts import growth_figure, protocol_figure, table_figure
from _published_text import text
from _published_words import growth_seen, page_seen, protocol_seen, table_seen
from _survey_table import ITERATES, SIZED, size_record, table_records
from derivlab.libraries import load
from derivlab.report.study import Drawing, Progress, Record, Study

SIZES = (1, 8, 15, 22, 29, 36, 43, 50, 100, 1000)
"""Of the Helmholtz benchmark: its own, and two larger ones."""
QUICK = (1, 50)
PAGE = (
    "Operations of DiffSharp's benchmark page: times relative to the function, as the page prints them (Intel Core "
    "i7-4785T, means of 10,000 calls) and as measured here, with the ratio of the two in brackets. The function is "
    "l₁₀₀ or xᵀ log(x/2) with n = 100; there it is compiled F#, here Python. "
)


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """The survey's table, the operations of the page, then the benchmark under both protocols."""
    rounds, batch, budget = (3, 3e-4, 2.0) if quick else (15, 1e-3, 20.0)
    progress("Table 1", 0.0)
    records = [record for n in ITERATES for record in table_records(n)]
    for n in range(2, 9 if quick else 11):
        progress(f"size of l′, n = {n}", 0.02 * n)
        records += [size_record(n, form) for form in SIZED]
    progress("operations of the benchmark page", 0.2)
    records += page_records(rounds, batch, budget)
    sizes = QUICK if quick else SIZES
    with load("jax").double_precision():
        for k, n in enumerate(sizes):
            progress(f"Helmholtz, n = {n}", 0.3 + 0.7 * k / len(sizes))
            records += benchmark(n, rounds, batch)
    return records


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """Table 1 typeset, the benchmark under both protocols, and the page's operations."""
    return [
        Drawing("table_1", table_figure(records), (
            "Table 1 of Baydin, Pearlmutter, Radul and Siskind (JMLR 18(153), 2018), derived again: iterates of the "
            "logistic map in closed form, their derivatives by the product rule, and these simplified, each with its "
            "number of operations. The simplified forms of l₃′ and l₄′ are those that the survey prints."
        ), table_seen(records)),
        Drawing("helmholtz_growth", growth_figure(records), (
            "Time of the Helmholtz energy and of its gradient, relative to the energy of one component, against the "
            "number n of components. Left: b, A and x are drawn once, outside the timed call. Right: they are drawn in "
            "every timed call, of f as of the gradient, as in the script of the benchmark that survives. Differences: "
            "a loop of n + 1 evaluations."
        ), growth_seen(records), timed=True),
        Drawing("helmholtz_protocols", protocol_figure(records), (
            "What the protocol does to the cost of a gradient relative to f: the ratio with data drawn inside the "
            "timed call, divided by that with data drawn outside. Below 1 the drawing of O(n²) numbers hides the "
            "gradient. JAX's calls include making its arrays. The title is of the forward difference at n = 50."
        ), protocol_seen(records), timed=True),
        Drawing("page_automatic", page_figure(records, "Hessian", ("eager", "compiled")), PAGE + (
            "Automatic differentiation; the title is of the Hessian, compiled."
        ), page_seen(records, ("eager", "compiled")), timed=True),
        Drawing("page_differences", page_figure(records, "gradient", ("differences",)), PAGE + (
            "Difference quotients by the same schemes; the title is of the gradient."
        ), page_seen(records, ("differences",)), timed=True),
    ]  # fmt: skip


# %%
def summary(records: list[Record]) -> str:
    """The forms, the sizes, the benchmark under both protocols, and the page beside what is measured here."""
    return text(records)


# %%
STUDY = Study(
    "published_tables",
    "Published tables, measured again",
    "Do the survey's forms come out, and do the published costs of derivatives hold here?",
    measure,
    draw,
    summary,
)

# %%
if __name__ == "__main__":
    STUDY.main()
