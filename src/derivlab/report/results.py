"""What a store of cells says, from the store alone: one table for each function, and what to doubt about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from derivlab.errors import StoreError
from derivlab.harness.changes import latest_cells
from derivlab.harness.journal import read_journal
from derivlab.report.tables import duration, markdown, number

_HEADERS = (
    "method",
    "outcome",
    "error (ulps)",
    "operations",
    "prepare",
    "evaluate",
    "× f",
    "where × f lies (95 %)",
    "doubt",
)


def results(path: Path) -> str:
    """The results of a store as Markdown.

    Times stand in one table only where they are of one environment: cells of another have a table of their own.

    Raises
    ------
    StoreError
        If there is no such store, or no cell in it.
    """
    records = list(read_journal(path))
    cells = [record for record in records if record["kind"] == "cell"]
    if not cells:
        raise StoreError(f"{path} holds no cell yet; fill it with derivlab run PLAN --store {path}")
    environments = {record["id"]: record for record in records if record["kind"] == "environment"}
    shown = latest_cells(cells)
    older = len(cells) - len(shown)
    parts = [f"# Results of {path.name}\n", _counted(shown), _environments(environments, shown)]
    if older:
        parts.append(f"{older} cells of earlier code or versions are in the store and not shown.\n")
    parts += [_section(subject, rows) for subject, rows in _by_subject(shown)]
    parts.append(_harness(shown))
    return "\n".join(parts)


def _counted(cells: Sequence[dict[str, Any]]) -> str:
    outcomes: dict[str, int] = {}
    for cell in cells:
        outcomes[cell["outcome"]] = outcomes.get(cell["outcome"], 0) + 1
    listed = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items(), key=lambda pair: -pair[1]))
    doubtful = sum(bool(cell["doubt"]) for cell in cells)
    told = f" **{doubtful} times are doubtful**, each says why." if doubtful else ""
    return f"{len(cells)} cells: {listed}.{told}\n"


def _environments(environments: dict[str, dict[str, Any]], cells: Sequence[dict[str, Any]]) -> str:
    used = dict.fromkeys(cell["environment"] for cell in cells)
    rows = [
        [name, *(str(environments[name][key]) for key in ("host", "processor", "cores", "governor", "python", "numpy"))]
        for name in used
    ]
    table = markdown(("environment", "machine", "processor", "cores", "governor", "python", "numpy"), rows)
    if len(used) > 1:
        table += f"\n**{len(used)} environments**: times of different ones are not comparable, and stand apart.\n"
    return table


def _by_subject(cells: Iterable[dict[str, Any]]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for cell in cells:
        parameters = "".join(f" {key}={value}" for key, value in cell["parameters"].items())
        groups.setdefault(f"{cell['operator']} of {cell['spec']}{parameters}", []).append(cell)
    return groups.items()


def _section(subject: str, cells: Sequence[dict[str, Any]]) -> str:
    methods = dict.fromkeys(cell["method"] for cell in cells)
    places = list(dict.fromkeys(cell["environment"] for cell in cells if cell["measure"] == "time")) or [None]
    rows: list[list[str]] = []
    for method in methods:
        found = [cell for cell in cells if cell["method"] == method]
        for place in places:
            timed = next((c for c in found if c["measure"] == "time" and c["environment"] == place), {})
            others = {c["measure"]: c for c in found if c["measure"] != "time"}
            rows.append(_row(method + (f" ({place})" if len(places) > 1 else ""), others, timed))
    return f"## {subject}\n\n{markdown(_HEADERS, rows)}{_told(cells)}"


def _row(name: str, others: dict[str, dict[str, Any]], timed: dict[str, Any]) -> list[str]:
    accuracy, size = others.get("accuracy", {}), others.get("size", {})
    low, high = timed.get("ratio_low"), timed.get("ratio_high")
    first = accuracy or timed or size
    return [
        name,
        first.get("outcome", "–") + (f" ({first['kink']})" if first.get("kink") else ""),
        number(accuracy.get("ulps")),
        "–" if size.get("operations") is None else str(size["operations"]),
        duration(timed.get("prepare_seconds")),
        duration(timed.get("evaluate_seconds")),
        number(timed.get("ratio")),
        "–" if low is None else f"{number(low)} to {number(high)}",
        timed.get("doubt") or "–",
    ]


def _told(cells: Sequence[dict[str, Any]]) -> str:
    lines = [
        f"- {cell['method']}, {cell['measure']}: "
        + "; ".join(filter(None, [cell["outcome"], cell["detail"], *remarks]))
        for cell in cells
        if (remarks := cell["remarks"]) or cell["detail"] or cell["outcome"] != "ok"
    ]
    return "\n" + "\n".join(lines) + "\n" if lines else ""


def _harness(cells: Sequence[dict[str, Any]]) -> str:
    """What measuring itself costs: around a cell, and inside a time by the null method, which computes nothing."""
    around = [cell["overhead_seconds"] for cell in cells if cell["seconds"] is not None]
    text = "## The harness itself\n\n"
    if around:
        text += f"Around a cell {duration(float(np.median(around)))} in the median (processes, messages, the store)"
        text += f", {duration(max(around))} at most (a process that starts).\n"
    null = [cell for cell in cells if cell["method"] == "null" and cell["measure"] == "time" and cell["ratio"]]
    if not null:
        return text + 'The cost inside a time was not measured: add the method "null" to the plan.\n'
    beyond = float(np.median([cell["evaluate_seconds"] * (1 - 1 / cell["ratio"]) for cell in null]))
    return (
        f"{text}Inside a time {duration(max(0.0, beyond))} of each call are the harness's own: so much the null "
        "method, which evaluates the function and differentiates nothing, takes beyond the function.\n"
    )
