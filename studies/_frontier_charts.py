"""Figures of the frontier: error against time, marker area as size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from _frontier_forms import FORMS
from derivlab.report.study import Record

FLOOR = 2.0**-54
"""Smaller errors are drawn here: no double is nearer."""
CEILING = 1e8
"""Larger errors are off the scale."""
DRAWN = tuple(method for method in FORMS if method != "forward-compiled")
"""On the figures: of the two compiled modes the one for many inputs; for one they run the same operations."""
NAMES = FORMS | {"reverse-compiled": "compiled AD"}
LARGEST, SMALLEST = 3500.0, 110.0
"""Areas of the largest marker, and of the smallest whose shape can be told, in points²."""
PLACES = {
    "symbolic": (32, 0, "left"),
    "symbolic-cse": (12, 10, "left"),
    "symbolic-factored": (14, 0, "left"),
    "symbolic-expanded": (0, 20, "center"),
    "symbolic-horner": (-8, 20, "right"),
    "forward": (-12, 46, "center"),
    "reverse": (0, -46, "center"),
    "reverse-compiled": (0, -32, "center"),
    "central-difference": (14, -26, "left"),
}
"""Where a path's name stands, in points from its last marker; the differences share one."""


def points_figure(rows: Sequence[Record], title: str) -> Any:
    """A marker a form, at one n."""
    from derivlab.report.figures import WARNING, panels
    from derivlab.report.labels import point_labels

    shown = sorted((r for r in rows if _drawn(r)), key=lambda r: (-_height(r), r["least_ratio"]))
    absent = [f"{NAMES[r['method']]} ({_why(r)})" for r in rows if r["method"] in DRAWN and not _drawn(r)]
    figure, (axes,) = panels(title, left=0.125, right=0.97, top=0.85, bottom=0.19 if absent else 0.135)
    _frame(figure, axes, shown, "marker area and number: operations")
    scale = _scale(shown)
    for r in sorted(shown, key=_operations, reverse=True):
        _marker(axes, r, scale)
    entries = [
        (r["least_ratio"], _height(r), f"{NAMES[r['method']]}, {r['operations']:,}", _look(r["method"]).colour)
        for r in shown
    ]
    point_labels(axes, entries, fontsize=17, radii=[_radius(r, scale) for r in shown])
    if absent:
        figure.text(0.02, 0.025, "not shown: " + ", ".join(absent), color=WARNING, fontsize=16, va="bottom")
    return figure


def growth_figure(rows: Sequence[Record], title: str) -> Any:
    """A path a form, from the smallest n to the largest that is on the scale."""
    from derivlab.report.figures import MUTED, panels

    shown = [r for r in rows if _drawn(r)]
    figure, (axes,) = panels(title, left=0.125, right=0.94, top=0.85)
    first, last = min(r["n"] for r in shown), max(r["n"] for r in shown)
    _frame(figure, axes, shown, f"one marker for each of n = {first} … {last}; marker area: operations")
    scale = _scale(shown)
    for method in DRAWN:
        path = [r for r in shown if r["method"] == method]
        if not path:
            continue
        look = _look(method)
        axes.plot([r["least_ratio"] for r in path], [_height(r) for r in path], color=look.colour, linewidth=2,
                  linestyle=look.dash, zorder=2)  # fmt: skip
        for r in path:
            _marker(axes, r, scale)
        if method in PLACES:
            name = "differences" if method == "central-difference" else NAMES[method]
            _name(axes, path[-1], name, PLACES[method], color=look.ink, fontsize=17, fontweight="bold")
        if method == "symbolic-horner":
            for r in path:
                _name(axes, r, f"n = {r['n']}", (-14, 0, "right"), color=MUTED, fontsize=16)
    return figure


def _drawn(record: Record) -> bool:
    return record["method"] in DRAWN and record["outcome"] == "ok" and record["largest"] <= CEILING


def _why(record: Record) -> str:
    return record["outcome"] if record["outcome"] != "ok" else f"off by 10$^{{{math.log10(record['largest']):.0f}}}$"


def _look(method: str) -> Any:
    """The look of the method; what is rewritten has one colour."""
    from derivlab.report.figures import PALETTE, Mark, mark_of

    rewritten = {
        "symbolic-factored": Mark(PALETTE["vermillion"], "d", ":"),
        "symbolic-expanded": Mark(PALETTE["vermillion"], "X"),
        "symbolic-horner": Mark(PALETTE["vermillion"], "p", "--"),
        "forward-difference": Mark(PALETTE["purple"], "v"),
    }
    return rewritten.get(method) or mark_of(method)


def _marker(axes: Any, record: Record, scale: float) -> None:
    look = _look(record["method"])
    axes.scatter(
        [record["least_ratio"]],
        [_height(record)],
        s=_area(record, scale),
        marker=look.marker,
        facecolor="white" if look.hollow else look.colour,
        edgecolor=look.colour,
        alpha=1.0 if look.hollow else 0.6,
        linewidths=2.2,
        zorder=3,
    )


def _name(axes: Any, record: Record, text: str, place: tuple[float, float, str], **style: Any) -> None:
    across, up, side = place
    axes.annotate(text, (record["least_ratio"], _height(record)), (across, up), textcoords="offset points", ha=side,
                  va="center", zorder=4, **style)  # fmt: skip


def _height(record: Record) -> float:
    return max(record["largest"], FLOOR)


def _operations(record: Record) -> int:
    return record["operations"]


def _scale(shown: Sequence[Record]) -> float:
    """Points² for each operation."""
    return LARGEST / max(map(_operations, shown))


def _area(record: Record, scale: float) -> float:
    return max(scale * record["operations"], SMALLEST)


def _radius(record: Record, scale: float) -> float:
    """Of the circle around a marker, in points."""
    return 0.6 * math.sqrt(_area(record, scale))


def _frame(figure: Any, axes: Any, shown: Sequence[Record], key: str) -> None:
    from derivlab.report.figures import MUTED, decades

    times = [r["least_ratio"] for r in shown]
    axes.set(xscale="log", yscale="log", xlim=(min(times) / 3, max(times) * 3))
    axes.set_ylim(1e-21, max(1e3, 300 * max(map(_height, shown))))
    decades(axes.xaxis)
    decades(axes.yaxis)
    axes.set_yticks([10.0**k for k in range(-16, 9, 4) if 10.0**k < axes.get_ylim()[1]])
    axes.set_xlabel("time of one evaluation / time of the function")
    axes.set_ylabel("largest error / largest derivative", fontsize=19)
    axes.axhline(1, color=MUTED, linewidth=1.5, linestyle="--")
    axes.annotate("no digit right", (1, 1), (-4, 5), xycoords=("axes fraction", "data"),
                  textcoords="offset points", ha="right", color=MUTED, fontsize=16)  # fmt: skip
    figure.text(0.02, 0.9, key, va="top", color=MUTED, fontsize=17)
