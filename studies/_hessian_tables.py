"""Tables of the study of Hessians."""

from __future__ import annotations

from _hessian_charts import TARGET, best_of, label
from derivlab.report.study import Record


def tables(records: list[Record]) -> str:
    """The finding, times, outcomes, products and memory, and the Hessian by hand against the truth."""
    rows = [r for r in records if r["kind"] == "time"]
    functions = {f: [r for r in rows if r["function"] == f] for f in dict.fromkeys(r["function"] for r in rows)}
    text = "".join(_finding(mine) for mine in functions.values())
    text += "".join(_times(mine) for mine in functions.values())
    text += _preparation(rows)
    worst = max((r for r in records if r["kind"] == "certified"), key=lambda r: r["error"])
    return text + (
        f"\nThe Hessians by hand agree with certified second derivatives along random directions to "
        f"{worst['error']:.1e} relative at worst ({worst['function']}, n = {worst['n']}). The error in the tables is "
        "the largest difference of an entry from the Hessian by hand, relative to the largest entry. Times are "
        "the least of the rounds.\n"
    )


def _finding(rows: list[Record]) -> str:
    """The cheapest way at the largest n, in gradients of both kinds."""
    best = best_of(rows)
    (hand,) = (r for r in rows if r["method"] == "gradient by hand" and r["n"] == best["n"])
    cost, by_hand = best["least_ratio"], best["least_ratio"] / hand["least_ratio"]
    taken = "" if best["products"] is None else f" in {best['products']:,} products with H"
    return (
        f"- {best['title']}, n = {best['n']:,}: {label(best['method'])}{taken}, {cost:.3g} gradients in reverse mode "
        f"({by_hand:.3g} gradients by hand), {best['bytes'] / 1e6:,.3g} MB where a dense one has "
        f"{8e-6 * best['n'] ** 2:,.3g} MB"
        + (f"; within {TARGET:g} gradients" if cost <= TARGET else "")
        + f"; error {best['error']:.1e}.\n"
    )


def _times(rows: list[Record]) -> str:
    from derivlab.report.tables import duration, markdown, number

    sizes, methods = (list(dict.fromkeys(r[key] for r in rows)) for key in ("n", "method"))
    cells = {(r["method"], r["n"]): r for r in rows}

    def show(record: Record) -> str:
        if record["method"] == "gradient":
            return f"1 ({duration(record['seconds'])})"
        return record["outcome"] if record["least_ratio"] is None else number(record["least_ratio"])

    lines = [[label(m), *(show(cells[m, n]) for n in sizes), _worst(rows, m)] for m in methods]
    headers = ("way", *(f"n = {n:,}" for n in sizes), "largest error")
    return f"\n### {rows[0]['title']}: time of one Hessian, one gradient in reverse mode = 1\n\n" + (
        markdown(headers, lines) + _notes(rows)
    )


def _worst(rows: list[Record], method: str) -> str:
    errors = [r["error"] for r in rows if r["method"] == method and r["error"] is not None]
    return f"{max(errors):.1e}" if errors else "–"


def _notes(rows: list[Record]) -> str:
    """The first reason of each way that has not answered everywhere."""
    first = {r["method"]: r for r in reversed(rows) if r["detail"]}
    return "".join(f"\n- {m}, n = {r['n']:,}: {r['outcome']}: {r['detail']}" for m, r in reversed(first.items())) + "\n"


def _preparation(rows: list[Record]) -> str:
    """Time to the first answer, products and memory at the largest n that a way has answered."""
    from derivlab.report.tables import duration, markdown

    last = {
        (r["title"], r["method"]): r for r in rows if r["first_seconds"] is not None and r["least_ratio"] is not None
    }
    lines = [
        [title, label(method), f"{r['n']:,}", duration(r["first_seconds"]), duration(r["least_seconds"]),
         "–" if r["products"] is None else f"{r['products']:,}", f"{r['bytes'] / 1e6:,.3g} MB"]
        for (title, method), r in last.items()
    ]  # fmt: skip
    headers = ("function", "way", "largest n", "until the first answer", "one evaluation", "products with H", "entries")
    return "\n### At the largest n that each way answered: preparation, products, memory of the entries\n\n" + markdown(
        headers, lines
    )
