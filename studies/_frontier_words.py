"""The figures of the frontier in words."""

from __future__ import annotations

from collections.abc import Sequence

from _frontier_charts import DRAWN, NAMES
from derivlab.report.study import Record
from derivlab.report.words import times


def points_seen(rows: Sequence[Record]) -> str:
    """Each form with its error, time and size."""
    shown = [r for r in rows if r["method"] in DRAWN and r["least_ratio"] is not None and r["largest"] is not None]
    told = [
        f"{NAMES[r['method']]} {r['largest']:.0e}, {times(r['least_ratio'])} × f, {r['operations']:,} operations"
        for r in sorted(shown, key=_error)
    ]
    return (
        "Labelled markers: time to the right and error upward, both logarithmic; the area of a marker is its number of "
        f"operations. From the bottom: {'; '.join(told)}."
    )


def growth_seen(rows: Sequence[Record]) -> str:
    """Where the path of each form ends."""
    shown = [r for r in rows if r["method"] in DRAWN and r["least_ratio"] is not None and r["largest"] is not None]
    ends = {r["method"]: r for r in sorted(shown, key=lambda r: r["n"])}
    told = [
        f"{NAMES[m]} {r['largest']:.0e} at n = {r['n']}" for m, r in sorted(ends.items(), key=lambda e: _error(e[1]))
    ]
    return (
        "Paths of markers, one a form and a marker for each n: time to the right and error upward, both logarithmic. "
        f"Errors at the ends of the paths: {'; '.join(told)}."
    )


def _error(record: Record) -> float:
    return record["largest"]
