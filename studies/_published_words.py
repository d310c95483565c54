"""The figures of the published tables in words."""

from __future__ import annotations

from collections.abc import Sequence

from _published_charts import LABELS, TITLES
from derivlab.report.study import Record
from derivlab.report.words import ranked, times


def table_seen(records: Sequence[Record]) -> str:
    """The operations of each form."""
    rows = [r for r in records if r["kind"] == "form" and r["form"] != "printed"]
    told = [f"l{r['n']} {r['form']} {r['operations']}" for r in rows]
    return f"Lines of formulas, each with its number of operations and a bar as long: {'; '.join(told)}."


def growth_seen(records: Sequence[Record]) -> str:
    """Where the lines of both panels end."""
    rows = [r for r in records if r["kind"] == "helmholtz" and r["seconds"] is not None]
    largest = max(r["n"] for r in rows)
    parts = [f"{TITLES[protocol]}: {ranked(_ends(rows, protocol, largest), times)}" for protocol in TITLES]
    return (
        "Two panels of lines with markers, one a method: n to the right, time in times of f at n = 1 upward, both "
        f"logarithmic. At n = {largest:,}, {'; and '.join(parts)}."
    )


def _ends(rows: Sequence[Record], protocol: str, n: int) -> dict[str, float]:
    return {LABELS[r["method"]]: r["ratio_first"] for r in rows if (r["protocol"], r["n"]) == (protocol, n)}


def protocol_seen(records: Sequence[Record]) -> str:
    """What the protocol makes of each method's ratio at the largest n."""
    rows = {(r["protocol"], r["method"], r["n"]): r for r in records if r["kind"] == "helmholtz" and r["ratio_same"]}
    largest = max(n for *_, n in rows)
    quotients = {
        LABELS[method]: rows["inside", method, n]["ratio_same"] / rows["outside", method, n]["ratio_same"]
        for protocol, method, n in rows
        if n == largest and protocol == "outside" and method != "function" and ("inside", method, n) in rows
    }
    return (
        "Lines with markers, one a method: n to the right, the quotient of the two ratios upward, both logarithmic, "
        f"with a level line at 1. At n = {largest:,}: {ranked(quotients, times)}."
    )


def page_seen(records: Sequence[Record], ways: Sequence[str]) -> str:
    """Both figures of each operation."""
    rows = [r for r in records if r["kind"] == "operation" and r["way"] in ways and r["ratio"] is not None]
    told = [f"{r['operation']}, {r['way']}: {times(r['ratio'])} here, {times(r['published'])} published" for r in rows]
    return f"Groups of horizontal bars on a logarithmic axis, an operation each. {'; '.join(told)}."
