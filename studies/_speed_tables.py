"""Tables of the study of speed."""

from __future__ import annotations

from derivlab.report.study import Record
from derivlab.report.tables import duration, markdown, number


def ratio_table(rows: list[Record]) -> str:
    """Workloads down, methods across: ratios to the derivative by hand."""
    names, methods = (list(dict.fromkeys(r[key] for r in rows)) for key in ("workload", "method"))
    cells = {(r["workload"], r["method"]): r for r in rows}
    text = "### Time of one evaluation, hand-written NumPy = 1 (medians)\n\n"
    lines = [[method, *(_ratio(cells.get((name, method))) for name in names)] for method in methods]
    return text + markdown(("method", *(cells[name, "manual"]["title"] for name in names)), lines)


def _ratio(record: Record | None) -> str:
    if record is None:
        return "not applicable"
    if record["method"] == "manual":
        return f"1 ({duration(record['evaluate_seconds'])})"
    if record["ratio"] is None:
        return record["outcome"]
    return number(record["ratio"]) + (" (inaccurate)" if record["outcome"] == "inaccurate" else "")


def workload_tables(rows: list[Record]) -> str:
    """One table a workload, with preparation and evaluation apart, and a note for what has no time."""
    headers = ("method", "outcome", "until the first answer", "evaluation", "× by hand", "95 % interval", "error")
    text = ""
    for name in dict.fromkeys(r["workload"] for r in rows):
        mine = [r for r in rows if r["workload"] == name]
        lines = [
            [r["method"], r["outcome"], duration(r["prepare_seconds"]), duration(r["evaluate_seconds"]),
             number(r["ratio"]), _interval(r), number(r["error"])]
            for r in mine
        ]  # fmt: skip
        text += f"\n### {mine[0]['title']}\n\n" + markdown(headers, lines)
        text += "".join(f"\n- {r['method']}: {r['outcome']}: {r['detail']}" for r in mine if r["detail"]) + "\n"
    return text + (
        "\nThe first answer includes recording, deriving or compiling; the methods that prepare nothing have only "
        "their first evaluation there. The error is the largest difference from eager reverse mode, relative to the "
        "largest entry of the derivative; a method is timed only where that is below 1e-10. Central differences are "
        "timed in any case, and called inaccurate above 1e-5. JAX, PyTorch and CasADi compute on their own arrays or "
        "memory. Where the function has more than one number as its answer, reverse mode differentiates their sum.\n"
    )


def _interval(record: Record) -> str:
    low, high = record["ratio_low"], record["ratio_high"]
    return "–" if low is None else f"{number(low)} – {number(high)}"


def pass_tables(rows: list[Record]) -> str:
    """Each pass switched off: operations and time of the compiled gradient."""
    names, without = (list(dict.fromkeys(r[key] for r in rows)) for key in ("workload", "without"))
    cells = {(r["workload"], r["without"]): r for r in rows}
    text = "\n### The compiled gradient with passes switched off: operations, and × by hand\n\n"
    labels = {"all": "all passes", "none": "no passes", "buffers": "without reuse of buffers"}
    lines = [[labels.get(key, f"without {key}"), *(_pass(cells[n, key]) for n in names)] for key in without]
    notes = [r for r in rows if r["detail"]]
    text += markdown(("", *(cells[name, "all"]["title"] for name in names)), lines)
    return text + "".join(f"\n- {r['title']}, without {r['without']}: {r['outcome']}: {r['detail']}" for r in notes)


def _pass(record: Record) -> str:
    if record["ratio"] is None:
        return record["outcome"]
    return f"{record['operations']}: {number(record['ratio'])} ({_interval(record)})"
