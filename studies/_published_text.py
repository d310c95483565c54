"""Findings and tables of the study of published tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from _benchmark_page import SOURCE
from _helmholtz_protocols import METHODS, PROTOCOLS
from _page_charts import printed
from _published_charts import TITLES
from _survey_table import SIZED
from derivlab.report.study import Record
from derivlab.report.tables import markdown, number

FORMS = {
    "function": "lₙ",
    "derivative": "lₙ′ by the product rule",
    "printed": "lₙ′ as the survey prints it",
    "simplified": "lₙ′ simplified",
}
SURVEY = (
    "Baydin, Pearlmutter, Radul, Siskind, Automatic Differentiation in Machine Learning: a Survey, JMLR 18(153), 2018"
)
ABOUT_FORMS = """
Derived by SymPy from the closed form of lₙ; simplified is multiplied out, with the greatest common factor of the
coefficients in front. The error of differences of l₄ against their step is in the study `step_size`.
"""
ABOUT_HELMHOLTZ = """
Largest errors, relative to the largest entry: {}. The forward difference is a loop of n + 1 evaluations. For JAX the
drawn arrays are made JAX's inside the call. Times are the least of the rounds.
"""
ABOUT_PAGE = f"""
Published: {SOURCE}, Intel Core i7-4785T, means of 10,000 calls. The function is l₁₀₀ for the derivatives of one number
and xᵀ log(x/2), n = 100, for the others. Each figure is relative to the function in its own system, compiled F# there
and Python here. Differences follow the schemes of DiffSharp's source: central, three points, a forward loop, that loop
of that loop, two forward loops. Errors are relative to the largest entry; 1 means that no digit is right.
"""


def text(records: Sequence[Record]) -> str:
    """The survey's table, the sizes, the benchmark under both protocols, and the page."""
    return _forms(records) + _sizes(records) + _helmholtz(records) + _page(records)


def _forms(records: Sequence[Record]) -> str:
    rows = [r for r in records if r["kind"] == "form"]
    lines = [[str(r["n"]), FORMS[r["form"]], f"`{r['text']}`", str(r["operations"]), _verdict(r)] for r in rows]
    headers = ("n", "what", "form", "operations", "compared")
    return f"### Forms of lₙ′ (Table 1 of {SURVEY})\n\n" + markdown(headers, lines) + ABOUT_FORMS


def _verdict(record: Record) -> str:
    texts = {"equal": "equal to the derivative", "as_published": "the form that the survey prints"}
    found = [text if record[key] else f"NOT {text}" for key, text in texts.items() if record[key] is not None]
    return ", ".join(found)


def _sizes(records: Sequence[Record]) -> str:
    cells = {(r["n"], r["form"]): r for r in records if r["kind"] == "size"}
    show = lambda r: r["outcome"] if r["operations"] is None else f"{r['operations']:,}"
    lines = [[str(n), *(show(cells[n, form]) for form in SIZED)] for n in dict.fromkeys(n for n, _ in cells)]
    headers = ("n", "as a tree", "after CSE", "multiplied out")
    title = "\n### Operations of lₙ′, derived from the nested program\n\n"
    return title + markdown(headers, lines) + _notes((f"n = {r['n']}, {r['form']}", r) for r in cells.values())


def _notes(rows: Iterable[tuple[str, Record]]) -> str:
    return "".join(f"\n- {what}: {r['outcome']}: {r['detail']}\n" for what, r in rows if r["detail"])


def _helmholtz(records: Sequence[Record]) -> str:
    """A table a protocol: relative to f at n = 1, in brackets relative to f at the same n."""
    rows = [r for r in records if r["kind"] == "helmholtz"]
    written = ""
    for protocol in PROTOCOLS:
        cells = {(r["n"], r["method"]): r for r in rows if r["protocol"] == protocol}
        lines = [
            [f"{n:,}", number(cells[n, "function"]["ratio_first"]), *(_pair(cells[n, m]) for m in METHODS)]
            for n in dict.fromkeys(n for n, _ in cells)
        ]
        written += f"\n### Helmholtz energy, {TITLES[protocol]}: time relative to f at n = 1 (at the same n)\n\n"
        written += markdown(("n", "f", *METHODS), lines)
    written += _notes((f"{r['method']}, n = {r['n']}", r) for r in rows if r["protocol"] == PROTOCOLS[0])
    worst = {m: max((r["error"] for r in rows if r["method"] == m and r["error"]), default=0.0) for m in METHODS}
    return written + _what_protocols_do(rows) + (
        ABOUT_HELMHOLTZ.format(", ".join(f"{m} {number(error, 2)}" for m, error in worst.items()))
    )  # fmt: skip


def _pair(record: Record) -> str:
    if record["seconds"] is None:
        return record["outcome"]
    return f"{number(record['ratio_first'])} ({number(record['ratio_same'])})"


def _what_protocols_do(rows: Sequence[Record]) -> str:
    """What drawing the data inside the timer does to the ratios, at the largest n of the benchmark."""
    n = max(r["n"] for r in rows if r["n"] <= 50)
    cells = {(r["protocol"], r["method"]): r for r in rows if r["n"] == n}
    drawing = cells["inside", "function"]["seconds"] / cells["outside", "function"]["seconds"]
    changes = ", ".join(
        f"{m} {number(cells['outside', m]['ratio_same'])} → {number(cells['inside', m]['ratio_same'])}"
        for m in METHODS
        if cells["outside", m]["seconds"] is not None
    )
    return (
        f"\nAt n = {n}, f with its data drawn takes {number(drawing)} times as long as f alone. What is added to both "
        f"sides of a ratio draws it towards 1: time over that of f, data outside → inside: {changes}.\n"
    )


def _page(records: Sequence[Record]) -> str:
    rows = [r for r in records if r["kind"] == "operation"]
    lines = [[r["operation"], r["way"], printed(r["published"]), *_measured(r)] for r in rows]
    headers = ("operation", "way", "DiffSharp, published", "here", "here / published", "error here")
    title = "\n### Operations of DiffSharp's benchmark page: time relative to the function\n\n"
    return title + markdown(headers, lines) + _notes((f"{r['operation']}, {r['way']}", r) for r in rows) + ABOUT_PAGE


def _measured(record: Record) -> list[str]:
    if record["least_ratio"] is None:
        return [record["outcome"], "–", "–"]
    return [number(record["least_ratio"]), number(record["against"]), number(record["error"], 2)]
