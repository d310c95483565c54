"""Figures and tables of the study of scaling."""

from __future__ import annotations

import math
from typing import Any

from derivlab.report.study import Record

LABELS = {
    "reverse-compiled": "compiled",
    "central-difference": "differences",
    "function": "function",
}
BOUND = 4.0
"""Griewank and Walther's bound on operations of a gradient, as a multiple of the function's."""


def time_figure(records: list[Record]) -> Any:
    """Ratio of times against n."""
    from derivlab.report.figures import MUTED, decades, panels
    from derivlab.report.labels import end_labels

    rows = [r for r in records if r["kind"] == "time" and r["ratio"] is not None and r["method"] != "function"]
    largest = max(r["n"] for r in rows if r["method"] == "reverse")
    flat = max(r["ratio"] for r in rows if r["method"] == "reverse-compiled")
    figure, (axes,) = panels(f"{largest:,} derivatives at {flat:.1f} times the function, compiled")
    axes.set(xscale="log", yscale="log", xlim=(0.9, largest * 1.1), xlabel="n", ylabel="time of gradient / function")
    ends = _lines(axes, rows, "n", "ratio")
    axes.axhline(BOUND, color=MUTED, linestyle=(0, (4, 3)), linewidth=2)
    axes.annotate("operations ≤ 4", (1, BOUND), (4, 6), textcoords="offset points", color=MUTED, fontsize=18)
    axes.set_ylim(0.8, max(r["ratio"] for r in rows) * 1.6)
    decades(axes.xaxis)
    decades(axes.yaxis)
    end_labels(axes, ends)
    return figure


def _lines(axes: Any, rows: list[Record], x: str, y: str) -> list[tuple[float, float, str, str]]:
    from derivlab.report.figures import INK, Mark, mark_of

    ends: list[tuple[float, float, str, str]] = []
    for method in dict.fromkeys(r["method"] for r in rows):
        look = Mark(INK, "*") if method == "function" else mark_of(method)
        mine = [r for r in rows if r["method"] == method]
        axes.plot([r[x] for r in mine], [r[y] for r in mine], **look.line())
        ends.append((mine[-1][x], mine[-1][y], LABELS.get(method, method), look.colour))
    return ends


def memory_figure(records: list[Record]) -> Any:
    """Bytes against n."""
    from derivlab.report.figures import MUTED, decades, panels
    from derivlab.report.labels import end_labels

    rows = [r for r in records if r["kind"] == "memory" and r["bytes"] is not None]
    drawn = [r | {"mib": max(r["bytes"], 4096) / 2**20} for r in rows]
    sizes = sorted({r["n"] for r in rows})
    data = [8 * n * n / 2**20 for n in sizes]
    reverse = max(r["mib"] for r in drawn if r["method"] == "reverse")
    figure, (axes,) = panels(f"Reverse mode adds {reverse:.2g} MiB to {data[-1]:.2g} MiB of data")
    axes.set(xscale="log", yscale="log", xlim=(sizes[0] * 0.9, sizes[-1] * 1.1), xlabel="n", ylabel="peak memory (MiB)")
    ends = _lines(axes, drawn, "n", "mib")
    axes.set_ylim(min(data) / 2, 10 * max(data))
    axes.plot(sizes, data, color=MUTED, linestyle=(0, (4, 3)), linewidth=2)
    ends.append((sizes[-1], data[-1], "data", MUTED))
    decades(axes.xaxis)
    decades(axes.yaxis)
    end_labels(axes, ends)
    return figure


def operations_figure(records: list[Record]) -> Any:
    """A dot for each spec, before and after the passes, in two columns."""
    from derivlab.report.figures import panels

    rows = sorted((r for r in records if r["kind"] == "operations" and r["function"]), key=_compiled_ratio)
    worst, half = _compiled_ratio(rows[-1]), (len(rows) + 1) // 2
    title = f"A gradient is at most {worst:.1f} times the arithmetic"
    height = max(7.2, 2.3 + 0.3 * half)
    figure, columns = panels(title, 2, size=(12.8, height), left=0.23, right=0.975, top=1 - 1.25 / height,
                             bottom=0.97 / height, gap=0.85)  # fmt: skip
    most = max(r["reverse"] / r["function"] for r in rows)
    for axes, part in zip(columns, (rows[:half], rows[half:]), strict=True):
        _ratios(axes, part)
        axes.set(xlim=(0, 1.05 * max(most, BOUND)), ylim=(half - 0.4, -0.6))
    figure.legend(*columns[0].get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.01, 1 - 0.6 / height),
                  ncols=2, frameon=False, fontsize=18)  # fmt: skip
    figure.supxlabel("operations of gradient / operations of function", fontsize=18, y=0.1 / height)
    return figure


def _ratios(axes: Any, rows: list[Record]) -> None:
    """The dots of one column, and the bound."""
    from derivlab.report.figures import MUTED, mark_of

    for place, row in enumerate(rows):
        for method in ("reverse", "reverse-compiled"):
            style = mark_of(method).line() | {"linestyle": "", "markersize": 11}
            label = {"reverse": "recorded", "reverse-compiled": "compiled"}[method] if place == 0 else None
            axes.plot([row[method] / row["function"]], [place], **style, label=label)
    axes.axvline(BOUND, color=MUTED, linestyle=(0, (4, 3)), linewidth=2)
    axes.annotate("bound", (BOUND, 1.0), (0, 5), xycoords=("data", "axes fraction"), textcoords="offset points",
                  color=MUTED, fontsize=18, ha="center")  # fmt: skip
    axes.set_yticks(range(len(rows)), [r["spec"] for r in rows])
    axes.tick_params(axis="y", length=0, labelsize=16)


def _compiled_ratio(row: Record) -> float:
    return row["reverse-compiled"] / row["function"]


def nodes_figure(records: list[Record]) -> Any:
    """Seconds and bytes an operation, against the number of operations."""
    from derivlab.report.figures import decades, panels
    from derivlab.report.labels import end_labels

    rows = [r for r in records if r["kind"] == "nodes" and r["seconds"] is not None]
    timed = [r | {"each": r["seconds"] / r["nodes"] * 1e6} for r in rows]
    longest = max((r for r in timed if r["method"] == "reverse"), key=_length)
    title = f"{longest['nodes']:,} operations, eager: {longest['each']:.1f} µs each"
    figure, (left, right) = panels(title, 2, right=0.82, gap=0.75, left=0.09)
    held = [r | {"each": r["bytes"] / r["nodes"]} for r in rows if r["nodes"] >= 10**4 and r["method"] != "function"]
    for axes, drawn, label in ((left, timed, "µs an operation"), (right, held, "bytes an operation")):
        axes.set(xscale="log", yscale="log", xlabel="operations")
        axes.set_title(label)
        ends = _lines(axes, drawn, "nodes", "each")
        values = [r["each"] for r in drawn]
        axes.set_ylim(10 ** math.floor(math.log10(min(values)) - 0.1), 10 ** math.ceil(math.log10(max(values)) + 0.1))
        axes.set_xlim(min(r["nodes"] for r in drawn) / 2, max(r["nodes"] for r in drawn) * 1.3)
        decades(axes.xaxis)
        decades(axes.yaxis)
        end_labels(axes, ends, fontsize=17)
    return figure


def _length(record: Record) -> int:
    return record["nodes"]


def tables(records: list[Record]) -> str:
    """All four kinds of records."""
    return _times(records) + _memories(records) + _counts(records) + _lengths(records)


def _grid(rows: list[Record], key: str, show: Any) -> str:
    from derivlab.report.tables import markdown

    methods, places = (list(dict.fromkeys(r[k] for r in rows)) for k in ("method", key))
    cells = {(r["method"], r[key]): r for r in rows}
    lines = [[f"{p:,}", *(show(cells[m, p]) if cells[m, p]["outcome"] == "ok" else cells[m, p]["outcome"]
                          for m in methods)] for p in places]  # fmt: skip
    notes = "".join(
        f"\n- {r['method']}, {key} = {r[key]:,}: {r['outcome']}: {r['detail']}" for r in rows if r["detail"]
    )
    return markdown((key, *methods), lines) + notes + "\n"


def _times(records: list[Record]) -> str:
    from derivlab.report.tables import duration, number

    show = lambda r: duration(r["seconds"]) if r["method"] == "function" else number(r["ratio"])
    rows = [r for r in records if r["kind"] == "time"]
    return "### Gradient of the Helmholtz energy, × the time of the function\n\n" + _grid(rows, "n", show)


def _memories(records: list[Record]) -> str:
    show = lambda r: f"{r['bytes'] / 2**10:,.0f} KiB"
    rows = [r for r in records if r["kind"] == "memory"]
    return "\n### Memory added at the peak by one gradient\n\n" + _grid(rows, "n", show)


def _counts(records: list[Record]) -> str:
    from derivlab.report.tables import markdown, number

    lines: list[list[str]] = []
    for r in (r for r in records if r["kind"] == "operations"):
        ratios = [number(r[m] / r["function"]) if r["function"] else "–" for m in ("reverse", "reverse-compiled")]
        lines.append([r["spec"], *(f"{r[k]:,}" for k in ("function", "reverse", "reverse-compiled")), *ratios])
    headers = ("function", "operations of f", "of ∇f, recorded", "of ∇f, compiled", "recorded / f", "compiled / f")
    return "\n### Arithmetic operations, counted\n\n" + markdown(headers, lines)


def _lengths(records: list[Record]) -> str:
    from derivlab.report.tables import duration

    show = lambda r: (
        f"{duration(r['seconds'])}, {r['bytes'] / 2**20:,.0f} MiB ({duration(r['seconds'] / r['nodes'])} each)"
    )
    rows = [r for r in records if r["kind"] == "nodes"]
    return "\n### The logistic map with a long list: value and gradient\n\n" + _grid(rows, "nodes", show)
