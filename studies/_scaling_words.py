"""The figures of the study of scaling in words."""

from __future__ import annotations

from _scaling_charts import LABELS
from derivlab.report.study import Record
from derivlab.report.tables import duration, number
from derivlab.report.words import ranked


def time_seen(records: list[Record]) -> str:
    """Where each line of the ratios ends."""
    rows = [r for r in records if r["kind"] == "time" and r["ratio"] is not None and r["method"] != "function"]
    last = {f"{_label(r)} at n = {r['n']:,}": r["ratio"] for r in _last(rows, "n")}
    return (
        f"Lines with markers, one a method: n to {max(r['n'] for r in rows):,} to the right, the time of the gradient "
        "in times of the function upward, both logarithmic, with a level line at 4. Right ends, from the bottom: "
        f"{ranked(last, number)}."
    )


def memory_seen(records: list[Record]) -> str:
    """Where each line of the memory ends."""
    rows = [r for r in records if r["kind"] == "memory" and r["bytes"] is not None]
    last = {_label(r): r["bytes"] / 2**20 for r in _last(rows, "n")}
    largest = max(r["n"] for r in rows)
    return (
        f"Lines with markers, one a method, and a dashed one for the data: n to {largest:,} to the right, added memory "
        f"upward, both logarithmic. Right ends in MiB, from the bottom: {ranked(last, number)}; the data "
        f"{number(8 * largest**2 / 2**20)}."
    )


def operations_seen(records: list[Record]) -> str:
    """The specs by what their gradients cost."""
    rows = [r for r in records if r["kind"] == "operations" and r["function"]]
    ratios = {r["spec"]: r["reverse-compiled"] / r["function"] for r in rows}
    return (
        f"Two dots in each of {len(rows)} rows, one a function: operations of the gradient as recorded and as "
        f"compiled, in operations of the function. Compiled, from the top: {ranked(ratios, '{:.1f}'.format)}."
    )


def nodes_seen(records: list[Record]) -> str:
    """What an operation of the longest list costs."""
    longest = _last([r for r in records if r["kind"] == "nodes" and r["seconds"] is not None], "nodes")
    times = {_label(r): r["seconds"] / r["nodes"] for r in longest}
    held = {_label(r): r["bytes"] / r["nodes"] for r in longest if r["method"] != "function"}
    return (
        "Two panels of nearly level lines, operations to the right: seconds and bytes for each operation, upward. At "
        f"the longest list of each: {ranked(times, duration)}, and {ranked(held, '{:,.0f} bytes'.format)}."
    )


def _label(record: Record) -> str:
    return LABELS.get(record["method"], record["method"])


def _last(rows: list[Record], key: str) -> list[Record]:
    """The record at the right end of each method's line."""
    ends = {r["method"]: max(o[key] for o in rows if o["method"] == r["method"]) for r in rows}
    return [r for r in rows if r[key] == ends[r["method"]]]
