"""Figures of DiffSharp's benchmark page: what it prints, beside the same operations here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from derivlab.report.study import Record
from derivlab.report.tables import number

LOOKS = {"eager": "reverse", "compiled": "reverse-compiled", "differences": "forward-difference"}
"""The methods whose colours the ways have."""
LEFT = 0.3
"""Where bars begin."""


def page_figure(records: Sequence[Record], operation: str, ways: Sequence[str]) -> Any:
    """A group of bars an operation: the page's figure, then each way with its ratio to that.

    The title is of one ``operation`` by the last of the ``ways``.
    """
    from derivlab.report.figures import INK, MUTED, decades, panels

    rows = [r for r in records if r["kind"] == "operation" and r["way"] in ways]
    groups = {name: [r for r in rows if r["operation"] == name] for name in dict.fromkeys(r["operation"] for r in rows)}
    (titled,) = (r for r in groups[operation] if r["way"] == ways[-1])
    figure, (axes,) = panels(_title(titled), left=0.225, right=0.97, top=0.85)
    figure.text(0.02, 0.9, "in brackets: the multiple of DiffSharp’s figure", va="top", color=MUTED, fontsize=17)
    values = [value for r in rows for value in (r["published"], r["least_ratio"]) if value is not None]
    left, right = LEFT, max(values) * (max(values) / LEFT) ** 0.65  # right of the longest bar stands its text
    axes.set(xscale="log", xlim=(left, right), xlabel="time / time of the function")
    y, ticks = 0.0, []
    for group in groups.values():
        _bar(axes, y, group[0]["published"], "#B0B0B0", f"{printed(group[0]['published'])}  DiffSharp, published", INK)
        for r in group:
            y += 1
            _way(axes, y, r)
        ticks.append(y - len(group) / 2)
        y += 1.6
    axes.set_yticks(ticks, [name.replace(" of ", "\nof ") for name in groups])
    axes.set_ylim(y - 0.9, -0.8)
    axes.tick_params(axis="y", length=0, labelsize=18)
    axes.grid(visible=False, axis="y")
    decades(axes.xaxis)
    return figure


def _title(record: Record) -> str:
    what, there = record["operation"].capitalize(), f"{record['published']:.0f} × f"
    here = "not timed" if record["least_ratio"] is None else f"{record['least_ratio']:.0f} ×"
    if record["way"] == "differences":
        return f"{what} by differences: {there}, here {here}"
    return f"{what}: {there} in DiffSharp, {here} here"


def _way(axes: Any, y: float, record: Record) -> None:
    from derivlab.report.figures import WARNING, mark_of

    look = mark_of(LOOKS[record["way"]])
    if record["least_ratio"] is None:
        axes.text(axes.get_xlim()[0] * 1.1, y, f"{record['way']}: {record['outcome']}", color=WARNING, fontsize=16,
                  va="center")  # fmt: skip
        return
    text = f"{_short(record['least_ratio'])}  {record['way']} ({number(record['against'], 2)} ×)"
    _bar(axes, y, record["least_ratio"], look.colour, text, look.ink, look.hollow)


def _bar(axes: Any, y: float, value: float, colour: str, text: str, ink: str, hollow: bool = False) -> None:
    left = axes.get_xlim()[0]
    axes.barh(y, value - left, left=left, height=0.72, color="white" if hollow else colour, edgecolor=colour,
              linewidth=2.2)  # fmt: skip
    axes.annotate(text, (value, y), (6, 0), textcoords="offset points", va="center", fontsize=16, color=ink)


def printed(value: float) -> str:
    """A figure of the page with the digits that it has there."""
    return f"{value:.2f}" if value < 1000 else f"{value:,.0f}"


def _short(value: float) -> str:
    return f"{float(f'{value:.3g}'):,g}"
