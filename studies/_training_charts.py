"""Figures of the study of training: curves by method."""

from __future__ import annotations

from typing import Any

from _optimiser_looks import FLOOR, look_of_method, ok, sparse_markers
from derivlab.report.study import Record

NAMES = {
    "manual": "by hand",
    "reverse": "reverse AD",
    "reverse-compiled": "compiled",
    "forward": "forward AD",
    "forward-compiled": "forward, compiled",
    "jax": "JAX",
    "complex-step": "complex step",
    "twin": "last bit changed",
    "central-difference": "central difference",
    "forward-difference": "forward difference",
}


def exact(records: list[Record]) -> list[Record]:
    """Without the differences and the twin."""
    return [r for r in records if not r["method"].endswith("difference") and r["method"] != "twin"]


def largest_departure(records: list[Record]) -> float:
    """Of the exact methods."""
    return max((r["departure"] for r in exact(records)), default=0.0)


def large_figure(records: list[Record]) -> Any:
    """The 20-line network: losses that coincide, and by how little they depart."""
    from derivlab.report.figures import panels

    rows = ok(records, kind="curve", network="large")
    title = f"{_count(exact(rows))} gradients, one loss curve: apart by {largest_departure(rows):.0e}"
    figure, (loss, apart) = panels(title, 2, left=0.09, right=0.81, gap=0.68)
    _losses(loss, exact(rows), ok(records, kind="search", network="large"))
    _departures(apart, [r for r in rows if r["method"] != "manual"], (FLOOR, 1e-12))
    return figure


def _count(records: list[Record]) -> str:
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven")
    return words[len({r["method"] for r in records})]


def _losses(axes: Any, rows: list[Record], search: list[Record]) -> None:
    from derivlab.report.figures import INK, MUTED, decades
    from derivlab.report.labels import end_labels

    axes.set(xscale="log", yscale="log", xlabel="update", title="loss")
    for place, row in enumerate(rows):
        look = look_of_method(row["method"]).line() | sparse_markers(len(row["at"]), place, len(rows))
        axes.plot(_updates(row), row["losses"], **look)
    ends = [(rows[0]["updates"], rows[0]["loss"], ",\n".join(NAMES[r["method"]] for r in rows), INK)]
    for row in search:
        axes.plot(_updates(row), row["losses"], color=MUTED, linestyle=(0, (2, 2)))
        ends.append((row["draws"], row["loss"], "random\nsearch", MUTED))
    axes.set_xlim(0.9, rows[0]["updates"] * 1.1)
    axes.set_ylim(rows[0]["loss"] / 3, 3 * rows[0]["losses"][0])
    decades(axes.xaxis)
    decades(axes.yaxis)
    end_labels(axes, ends, fontsize=17)


def _departures(axes: Any, rows: list[Record], limits: tuple[float, float]) -> None:
    from derivlab.report.figures import decades
    from derivlab.report.labels import end_labels

    axes.set(xscale="log", yscale="log", ylim=limits, xlabel="update", title="largest departure so far")
    ends: list[tuple[float, float, str, str]] = []
    for row in rows:
        at, look = _updates(row), look_of_method(row["method"])
        heights = [max(d, FLOOR) for d in row["departures"]]
        axes.plot(at, heights, **look.line() | {"marker": ""})
        ends.append((at[-1], heights[-1], NAMES[row["method"]], look.colour))
    axes.set_xlim(0.7, max(r["updates"] for r in rows) * 1.1)
    decades(axes.xaxis)
    decades(axes.yaxis)
    end_labels(axes, ends, fontsize=17)


def parting_figure(records: list[Record]) -> Any:
    """The small network: where the curves of differences leave that of the exact gradients."""
    from derivlab.report.figures import panels

    rows = ok(records, kind="curve", network="small")
    figure, (loss, apart) = panels("Exact gradients share one curve, differences leave it", 2,
                                   left=0.085, right=0.765, gap=0.72)  # fmt: skip
    _parted_losses(loss, [r for r in rows if r["dtype"] == "float32"])
    _parted_departures(apart, rows)
    return figure


def _difference_look(row: Record, rows: list[Record]) -> Any:
    """The look of a difference; given steps are told apart by dash."""
    from derivlab.report.figures import Mark, mark_of

    look = mark_of(row["method"])
    if row["step"] == "rule":
        return Mark(look.colour, look.marker, "-" if row["dtype"] == "float64" else "--")
    steps = sorted({r["step"] for r in rows if isinstance(r["step"], float)}, reverse=True)
    return Mark(look.colour, look.marker, ("-", "--", "-.", ":")[steps.index(row["step"]) % 4], hollow=True)


def _parted_losses(axes: Any, rows: list[Record]) -> None:
    from derivlab.report.figures import INK, decades
    from derivlab.report.labels import end_labels

    axes.set(xscale="log", yscale="log", xlabel="update", title="loss in float32")
    ends: list[tuple[float, float, str, str]] = []
    group = exact(rows)
    for place, row in enumerate(group):
        look = look_of_method(row["method"]).line() | sparse_markers(len(row["at"]), place, len(group), 3)
        axes.plot(_updates(row), row["losses"], **look)
        ends = [(row["updates"], row["loss"], "exact", INK)]
    for row in (r for r in rows if isinstance(r["step"], float)):
        look = _difference_look(row, rows)
        axes.plot(_updates(row), row["losses"], **look.line() | sparse_markers(len(row["at"]), 1, 2, 4))
        ends.append((row["updates"], row["loss"], f"h = {row['step']:.0e}", look.colour))
    axes.set_xlim(0.9, max(r["updates"] for r in rows) * 1.1)
    axes.set_ylim(min(r["loss"] for r in rows) / 1.3, 1.3 * max(r["losses"][0] for r in rows))
    decades(axes.xaxis)
    ticks = [t for t in (10, 20, 50, 100, 200) if axes.get_ylim()[0] < t < axes.get_ylim()[1]]
    axes.set_yticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()
    end_labels(axes, ends, fontsize=17)


def _updates(row: Record) -> list[int]:
    return [k + 1 for k in row["at"]]


def _parted_departures(axes: Any, rows: list[Record]) -> None:
    from derivlab.report.figures import INK, decades
    from derivlab.report.labels import end_labels

    axes.set(xscale="log", yscale="log", xlabel="update", title="largest departure so far", ylim=(FLOOR, 100))
    ends: list[tuple[float, float, str, str]] = []
    for dtype, dash in (("float64", "-"), ("float32", "--")):
        group = [r for r in exact(rows) if r["dtype"] == dtype and r["method"] != "manual"]
        if group:
            heights = [max(*column, FLOOR) for column in zip(*(r["departures"] for r in group), strict=True)]
            axes.plot(_updates(group[0]), heights, color=INK, linestyle=dash)
            ends.append((group[0]["updates"], heights[-1], f"exact, {dtype}", INK))
    for row in (r for r in rows if r["step"] is not None):
        heights, look = [max(d, FLOOR) for d in row["departures"]], _difference_look(row, rows)
        axes.plot(_updates(row), heights, **look.line() | sparse_markers(len(heights), 1, 2, 4))
        name = row["method"].partition("-")[0]
        text = f"{name}, {row['dtype']}" if row["step"] == "rule" else f"h = {row['step']:.0e}"
        ends.append((row["updates"], heights[-1], text, look.colour))
    axes.set_xlim(0.9, max(r["updates"] for r in rows) * 1.1)
    decades(axes.xaxis)
    decades(axes.yaxis, 3)
    end_labels(axes, ends, fontsize=17)
