"""Findings and tables of the frontier."""

from __future__ import annotations

from collections.abc import Sequence

from _frontier_forms import FORMS
from derivlab.report.study import Record
from derivlab.report.tables import duration, markdown, number

TITLES = {"logistic-map": "lₙ′ of the logistic map", "helmholtz": "Gradient of the Helmholtz energy"}
EXACT = 1e-14
"""Errors up to here are rounding alone."""


def exact(rows: Sequence[Record]) -> list[Record]:
    """The forms that are right to rounding, the smallest first."""
    right = [r for r in rows if r["largest"] is not None and r["largest"] <= EXACT]
    return sorted(right, key=lambda r: r["operations"])


def wrong(rows: Sequence[Record]) -> list[Record]:
    """The forms that have no digit right somewhere, the smallest first."""
    lost = [r for r in rows if r["largest"] is not None and r["largest"] >= 1]
    return sorted(lost, key=lambda r: r["operations"])


def at(records: Sequence[Record], function: str, n: int) -> dict[str, Record]:
    """The cells of one derivative by method."""
    return {r["method"]: r for r in records if (r["function"], r["n"]) == (function, n)}


def tables(records: Sequence[Record]) -> str:
    """What was found, and every cell."""
    subjects = list(dict.fromkeys((r["function"], r["n"]) for r in records))
    text = "".join(_finding(list(at(records, *subject).values())) for subject in subjects)
    for function, n in subjects:
        rows = at(records, function, n)
        lines = [_line(method, r) for method, r in rows.items()]
        headers = ("form", "operations", "largest error", "median error", "time / f", "one evaluation", "preparation")
        text += f"\n### {TITLES[function]}, n = {n}\n\n" + markdown(headers, lines)
        text += "".join(f"\n- {FORMS[m]}: {r['outcome']}: {r['detail']}" for m, r in rows.items() if r["detail"]) + "\n"
    return text + (
        "\nThe largest error is relative to the largest derivative, the median is of relative errors. Symbolic forms "
        "are the printed program of the derivative alone; differences are a loop over the inputs, with a step by rule. "
        "Times are the least of the rounds. Operations are on numbers: an array operation counts once for each entry.\n"
    )


def _finding(rows: Sequence[Record]) -> str:
    right = exact(rows)
    fastest = min(right, key=lambda r: r["least_ratio"])
    return (
        f"- {TITLES[rows[0]['function']]}, n = {rows[0]['n']}: of the forms that are right to rounding, "
        f"{FORMS[right[0]['method']]} is the smallest, with {right[0]['operations']:,} operations, and "
        f"{FORMS[fastest['method']]} the fastest, {number(fastest['least_ratio'])} times the function.\n"
    )


def _line(method: str, r: Record) -> list[str]:
    if r["least_seconds"] is None:
        return [FORMS[method], *[r["outcome"]] * 6]
    return [FORMS[method], f"{r['operations']:,}", number(r["largest"]), number(r["median"]),
            number(r["least_ratio"]), duration(r["least_seconds"]), duration(r["prepare_seconds"])]  # fmt: skip
