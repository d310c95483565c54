"""Charts that several studies share, each from records of cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from derivlab.errors import ArgumentError
from derivlab.report.figures import MUTED, WARNING, Axes, Figure, decades, house_style, mark_of, panels, seconds_axis
from derivlab.report.fitting import room_behind
from derivlab.report.labels import point_labels, scientific
from derivlab.report.tables import duration

_BEST = 0.5
"""An error below half an ulp is drawn there: no double is nearer to the truth."""


_SLOW = 0.5
"""A preparation that takes longer than this many seconds is named beside the bar, as once."""


@house_style()
def error_against_time(records: Sequence[dict[str, Any]], title: str) -> Figure:
    """Error in ulps against the time of one evaluation, one labelled point a method.

    Methods without a time or an error are named below the axes, with their outcome.

    Raises
    ------
    ArgumentError
        If no method has both.
    """
    shown = [r for r in records if r["evaluate_seconds"] is not None and _finite(r["ulps"])]
    if not shown:
        raise ArgumentError("nothing to plot: no method has both an error and a time; compare with timing=True")
    absent = [r for r in records if r not in shown]
    figure, (axes,) = panels(title, right=0.9, bottom=0.2 if absent else 0.135)
    axes.set(xscale="log", yscale="log")
    entries = [(r["evaluate_seconds"], max(r["ulps"], _BEST), r["method"], mark_of(r["method"]).colour) for r in shown]
    for x, y, method, _ in entries:
        axes.plot([x], [y], **mark_of(method).line(), markersize=15)
    times = [x for x, *_ in entries]
    axes.set_xlim(min(times) / 8, max(times) * 5)
    axes.set_ylim(_BEST / 30, max(1e4, 30 * max(y for _, y, *_ in entries)))
    axes.set_xlabel("time of one evaluation")
    axes.set_ylabel("error in ulps")
    seconds_axis(axes.xaxis)
    decades(axes.yaxis, 2)
    _digits_axis(axes)
    point_labels(axes, entries)
    _name_absent(figure, absent)
    return figure


def _digits_axis(axes: Axes) -> None:
    """Correct decimal digits on the right: 53 bits hold 15.95 of them, and each decade of ulps takes one."""
    right = axes.twinx()
    low, high = axes.get_ylim()
    right.set(yscale="log", ylim=(low, high))
    digits = [d for d in (16, 12, 8, 4, 0) if low <= 10 ** (15.95 - d) <= high]
    right.set_yticks([10 ** (15.95 - d) for d in digits], [str(d) for d in digits])
    right.minorticks_off()
    right.grid(visible=False)
    right.set_ylabel("correct digits", color=MUTED)
    right.tick_params(colors=MUTED)


def _name_absent(figure: Figure, absent: Sequence[dict[str, Any]]) -> None:
    if absent:
        text = "not shown: " + ", ".join(f"{r['method']} ({r['outcome']})" for r in absent)
        figure.text(0.02, 0.025, text, color=WARNING, fontsize=16, va="bottom")


def _finite(value: float | None) -> bool:
    return value is not None and value < float("inf")


_LABELS = 9
"""Labels of times that an axis has room for."""


@house_style()
def gradient_bars(records: Sequence[dict[str, Any]], title: str) -> Figure:
    """One row a method: the time of one gradient as a bar, and its error; or its outcome, named.

    A method that ran out of its ``budget`` has an open bar, which says only that it is longer.
    """
    timed = sorted((r for r in records if r["evaluate_seconds"] is not None), key=lambda r: r["evaluate_seconds"])
    rows = [*timed, *(r for r in records if r["evaluate_seconds"] is None)]
    figure, (axes,) = panels(title, left=0.235, right=0.97)
    budget = max([r["budget"] for r in rows if r["outcome"] == "timed out"], default=0.0)
    shortest = min([r["evaluate_seconds"] for r in timed], default=budget / 1e3) / 4
    longest = max([r["evaluate_seconds"] for r in timed], default=budget)
    axes.set(xscale="log", xlim=(shortest, max(10 * longest, 4 * budget)))
    for place, record in enumerate(rows):
        _bar(axes, place, record)
    room_behind(axes)
    axes.set_yticks(range(len(rows)), [r["method"] for r in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelsize=20)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("time of one gradient, after preparation")
    _ticks(axes, 10 * max(longest, budget))
    return figure


def _ticks(axes: Axes, end: float) -> None:
    """Decades of seconds up to an end, as many as have room for their labels."""
    low, high = axes.get_xlim()
    seconds_axis(axes.xaxis)
    ticks = [tick for tick in axes.get_xticks() if low < tick < end]
    axes.set_xticks(ticks[:: math.ceil(math.log10(high / low) / _LABELS)])


def _bar(axes: Axes, place: int, record: dict[str, Any]) -> None:
    colour = mark_of(record["method"]).colour
    left, right = axes.get_xlim()
    if record["evaluate_seconds"] is None:
        late = record["outcome"] == "timed out"
        text = f"timed out: not within {record['budget']:g} s" if late else record["outcome"]
        if late:
            width = record["budget"] - left
            axes.barh(place, width, left=left, height=0.62, fill=False, edgecolor="#B0B0B0", linestyle="--")
        axes.text(
            left * (right / left) ** 0.02, place, text, va="center", color=WARNING, fontsize=19, fontweight="bold"
        )
        return
    seconds = record["evaluate_seconds"]
    axes.barh(place, seconds - left, left=left, height=0.62, color=colour)
    text = f"{_short(seconds)} = {_multiple(record['ratio'])} × f,  error {scientific(record['normwise'], 1)}"
    if record["prepare_seconds"] > _SLOW:
        text += f",  + {_short(record['prepare_seconds'])} once"
    axes.text(seconds * (right / left) ** 0.01, place, text, va="center", fontsize=18)


def _short(seconds: float) -> str:
    return duration(float(f"{seconds:.2g}"))


def _multiple(ratio: float) -> str:
    return f"{float(f'{ratio:.2g}'):,g}"
