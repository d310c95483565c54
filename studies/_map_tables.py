"""Tables of the decision map."""

from __future__ import annotations

import math
from collections import Counter

from _map_charts import BOUNDS, Cell, times, won_by
from derivlab.report.study import Record


def tables(records: list[Record]) -> str:
    """Winners by bound and preparation, then every cell."""
    rows = [r for r in records if r["kind"] == "jacobian"]
    text = ""
    for bound in BOUNDS:
        for key, when in (("least_seconds", "evaluation only"), ("first_seconds", "until the first answer")):
            counts = Counter(method for method, _ in won_by(rows, bound, key).values())
            each = ", ".join(f"{method} {count}" for method, count in counts.most_common())
            text += f"- Jacobians, error ≤ {bound:.0e}, {when}: cells won: {each}.\n"
    tasks = [r for r in records if r["kind"] == "task"]
    text += _boundary(rows) + _best_of_differences(rows) + _ranges(tasks)
    text += (
        "\nDifferences take their step by rule, without a look at the function. A method that has to be compiled for "
        "each shape outside of derivlab, as JAX, is not on the map. Times are the least of the rounds.\n"
    )
    text += _grid(rows, "least_seconds", "evaluation only") + _grid(rows, "first_seconds", "until the first answer")
    return text + _tasks(tasks) + _outcomes(records)


def _boundary(rows: list[Record]) -> str:
    """Where the compiled modes agree with the rule of the shorter side."""
    cells: dict[Cell, dict[str, float]] = {}
    for r in rows:
        if r["method"].endswith("-compiled") and r["least_seconds"] is not None and r["inputs"] != r["outputs"]:
            cells.setdefault((r["inputs"], r["outputs"]), {})[r["method"]] = r["least_seconds"]
    both = {place: cell for place, cell in cells.items() if len(cell) == 2}
    right = sum((cell["forward-compiled"] < cell["reverse-compiled"]) == (m < n) for (m, n), cell in both.items())
    lost = max((max(cell.values()) / min(cell.values()) for (m, n), cell in both.items()
                if (cell["forward-compiled"] < cell["reverse-compiled"]) != (m < n)), default=1.0)  # fmt: skip
    rest = f"; where it is wrong it costs at most {lost:.2g} times the better one" if right < len(both) else ""
    return (
        f"- “Along the shorter side: forward for fewer inputs than outputs, reverse for more” is right in {right} of "
        f"{len(both)} cells between the compiled two{rest}.\n"
    )


def _best_of_differences(rows: list[Record]) -> str:
    """How far the difference methods are from the winner where they come nearest."""
    nearest: list[tuple[float, Record]] = []
    for r in rows:
        if r["method"].endswith("difference") and r["least_seconds"] is not None:
            same = [
                o for o in rows if (o["inputs"], o["outputs"]) == (r["inputs"], r["outputs"]) and o["least_seconds"]
            ]
            best = min(o["least_seconds"] for o in same if o["method"] != "function")
            nearest.append((r["least_seconds"] / best, r))
    if not nearest:
        return ""
    ratio, r = min(nearest, key=lambda pair: pair[0])
    return (
        f"- Difference quotients come nearest to the fastest at {r['inputs']:,} inputs and {r['outputs']:,} outputs: "
        f"{r['method']} takes {ratio:.2g} times as long, with an error of {r['error']:.1e}.\n"
    )


def _ranges(rows: list[Record]) -> str:
    """For each task the winners by ranges of n."""
    text = ""
    for task in dict.fromkeys(r["task"] for r in rows):
        won = won_by([r for r in rows if r["task"] == task], BOUNDS[0], "least_seconds")
        parts: list[tuple[str, int]] = []
        for (n, _), (method, _) in won.items():
            parts = [*parts[:-1], (method, n)] if parts and parts[-1][0] == method else [*parts, (method, n)]
        each = ", ".join(f"{method} to n = {n:,}" for method, n in parts)
        text += f"- {task[0].upper()}{task[1:]}, evaluation only: {each}.\n"
    return text


def _grid(rows: list[Record], key: str, when: str) -> str:
    from derivlab.report.tables import markdown

    sizes = sorted({r["inputs"] for r in rows})
    won = won_by(rows, BOUNDS[0], key)
    lines = [[f"{n:,}", *(_won_text(won.get((m, n))) for m in sizes)] for n in sizes]
    headers = ("outputs", *(f"{m:,} inputs" for m in sizes))
    text = f"\n### Cheapest Jacobian, {when}, error ≤ {BOUNDS[0]:.0e} (in brackets the runner-up, winner = 1)\n\n"
    return text + markdown(headers, lines)


def _won_text(won: tuple[str, float | None] | None) -> str:
    if won is None:
        return "none"
    return won[0] if won[1] is None else f"{won[0]} ({times(won[1])})"


def _tasks(rows: list[Record]) -> str:
    """Every method on every task: time of the function = 1."""
    from derivlab.report.tables import markdown, number

    text = ""
    for task in dict.fromkeys(r["task"] for r in rows):
        cells = {(r["method"], r["inputs"]): r for r in rows if r["task"] == task and r["method"] != "function"}
        sizes = sorted({n for _, n in cells})
        show = lambda r: r["outcome"] if r["least_ratio"] is None else number(r["least_ratio"]) + _beyond(r)
        lines = [[m, *(show(cells[m, n]) for n in sizes)] for m in dict.fromkeys(m for m, _ in cells)]
        text += f"\n### {task[0].upper()}{task[1:]}: evaluation, time of the function = 1\n\n"
        text += markdown(("method", *(f"n = {n:,}" for n in sizes)), lines)
    return text + f"\nAn asterisk marks an error above {BOUNDS[0]:.0e}.\n"


def _beyond(record: Record) -> str:
    return "*" if record["error"] > BOUNDS[0] else ""


def _outcomes(records: list[Record]) -> str:
    """Each reason for a missing time, with how often it was given."""
    rows = [r for r in records if r["detail"] and not r["detail"].startswith("not run")]
    reasons = Counter((r["method"], r["outcome"], _generic(r["detail"])) for r in rows)
    text = "".join(f"\n- {m}: {outcome}: {detail} ({count} ×)" for (m, outcome, detail), count in reasons.items())
    skipped = sum(r["detail"].startswith("not run") for r in records)
    worst = max((r["error"] for r in records if r["error"] is not None and math.isfinite(r["error"])), default=0.0)
    return f"\n### What has no time\n{text}\n- {skipped} cells were not run, as smaller ones had timed out.\n" + (
        f"\nThe largest error of all answers, those called inaccurate included, is {worst:.1e}.\n"
    )


def _generic(detail: str) -> str:
    return "off by more than the bound" if detail.startswith("off by") else detail
