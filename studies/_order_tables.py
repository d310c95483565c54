"""Tables of the study of higher orders."""

from __future__ import annotations

from _order_charts import LABELS, last_of
from derivlab.report.study import Record


def tables(records: list[Record]) -> str:
    """The highest order, what came of every method, and a table by order for each function."""
    text = ""
    for name in dict.fromkeys(r["function"] for r in records):
        mine = [r for r in records if r["function"] == name]
        text += f"### {mine[0]['title']}\n\n{_findings(mine)}\n" + _highest(mine) + "\n" + _by_order(mine) + "\n"
    return text + (
        "\nThe error is relative to a certified enclosure. Each cell of the last table is error, preparation and "
        "evaluation; methods without preparation have only the time of making the operator. Evaluations are "
        "interleaved with the recurrence written by hand in Python, whose time in the same round is 1; what takes "
        "more than 20 ms is evaluated once. SymPy forgets between orders what it derived. JAX is jitted.\n"
    )


def _findings(records: list[Record]) -> str:
    from derivlab.report.tables import duration, number

    last = last_of(records)
    at = {r["method"]: r for r in records if r["order"] == last}
    taylor, jet, sums = at["taylor"], at["jax-jet"], at.get("manual, with sum()")
    lines = [
        f"- Taylor mode, order {last}: error {number(taylor['error'])}, nothing to prepare, evaluation "
        f"{duration(taylor['evaluate_seconds'])}, {number(taylor['ratio'])} times the recurrence by hand."
    ]
    if sums is not None:
        lines[0] += f" Written with sum() over generators, that takes {number(sums['ratio'])} times as long itself."
    if jet["outcome"] == "ok":
        lines.append(
            f"- JAX's jet, order {last}: error {number(jet['error'])}, {duration(jet['prepare_seconds'])} to compile, "
            f"evaluation {duration(jet['evaluate_seconds'])}."
        )
    for method in LABELS:
        rows = [r for r in records if r["method"] == method and r["kind"] == "cell"]
        stopped = next((r for r in rows if r["outcome"] not in ("ok", "inaccurate")), None)
        if stopped is not None:
            lines.append(f"- {LABELS[method]}: from order {stopped['order']} on {stopped['outcome']}: "
                         f"{stopped['detail']}.")  # fmt: skip
    return "\n".join(lines) + "\n"


def _highest(records: list[Record]) -> str:
    from derivlab.report.tables import duration, markdown, number

    last = last_of(records)
    rows = [
        [LABELS.get(r["method"]) or r["method"], r["outcome"], number(r.get("error")),
         duration(r.get("prepare_seconds")), duration(r["evaluate_seconds"]), number(r["ratio"]), _interval(r)]
        for r in records if r["order"] == last
    ]  # fmt: skip
    headers = (f"order {last}", "outcome", "error", "preparation", "evaluation", "× by hand", "95 % interval")
    return markdown(headers, rows)


def _interval(record: Record) -> str:
    from derivlab.report.tables import number

    low, high = record["ratio_low"], record["ratio_high"]
    return "–" if low is None else f"{number(low)} – {number(high)}"


def _by_order(records: list[Record]) -> str:
    from derivlab.report.tables import markdown

    cells = {(r["order"], r["method"]): r for r in records if r["kind"] == "cell"}
    orders = list(dict.fromkeys(order for order, _ in cells))
    methods = list(dict.fromkeys(method for _, method in cells))
    rows = [[str(order), *(_cell(cells[order, method]) for method in methods)] for order in orders]
    return markdown(("k", *(LABELS[method] for method in methods)), rows)


def _cell(record: Record) -> str:
    from derivlab.report.tables import duration, number

    if record["error"] is None:
        return record["outcome"]
    parts = (number(record["error"], 2), duration(record["prepare_seconds"]), duration(record["evaluate_seconds"]))
    return "; ".join(parts) + (" (inaccurate)" if record["outcome"] == "inaccurate" else "")
