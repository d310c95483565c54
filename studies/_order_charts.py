"""Figures of the study of higher orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from derivlab.report.study import Record

Entry = tuple[float, float, str, str]
"""(order, height, name, colour)."""

LABELS = {
    "manual": "recurrence by hand",
    "taylor": "Taylor mode",
    "forward": "nested forward AD",
    "symbolic": "SymPy",
    "symbolic-cse": "SymPy, cse",
    "central-difference": "central difference",
    "richardson": "Richardson",
    "jax": "JAX, nested",
    "jax-jet": "JAX, jet",
}
PREPARED = ("symbolic", "symbolic-cse", "jax", "jax-jet")
"""Methods that derive, trace or compile before they evaluate."""
FLOOR = 2.0**-56
"""Smaller errors are drawn here."""
ROUNDOFF = 2.0**-53


def error_figure(records: list[Record]) -> Any:
    """Relative error against the order."""
    from derivlab.report.figures import MUTED, decades

    last = last_of(records)
    errors = [r["error"] for r in records if r["method"] == "taylor" and r["error"] is not None]
    title = f"Taylor mode errs by at most {max(errors):.0e}, up to order {last}" if errors else "Error by order"
    figure, axes = _panel(records, title)
    axes.set_ylabel("relative error")
    bound = {r["order"]: ROUNDOFF * max(1.0, r["condition"]) for r in records}
    axes.plot(list(bound), list(bound.values()), color=MUTED, linestyle=(0, (2, 2)), linewidth=2, zorder=1)
    _lines(axes, records, "error", FLOOR)
    axes.set_ylim(FLOOR / 2, 1)
    decades(axes.yaxis, 4)
    _name_ends(axes, records, "error", FLOOR, [(last, bound[last], "rounding of x alone", MUTED)])
    return figure


def preparation_figure(records: list[Record]) -> Any:
    """Preparation against the order, of those that have one."""
    from derivlab.report.tables import duration

    mine = [r for r in records if r["method"] in PREPARED]
    longest = duration(float(f"{max(r['prepare_seconds'] or 0.0 for r in mine):.2g}"))
    figure, axes = _panel(records, f"Taylor mode prepares nothing; others take up to {longest}")
    axes.set_ylabel("preparation")
    _lines(axes, mine, "prepare_seconds", 0.0)
    _seconds(axes, mine, "prepare_seconds")
    _name_ends(axes, mine, "prepare_seconds", 0.0)
    return figure


def evaluation_figure(records: list[Record]) -> Any:
    """Evaluation against the order."""
    last = last_of(records)
    (row,) = (r for r in records if r["method"] == "taylor" and r["order"] == last)
    done = f"Order {last} by Taylor mode: {row['ratio'] or 0.0:.2g} times the recurrence by hand"
    figure, axes = _panel(records, done if row["ratio"] else f"Order {last} by Taylor mode: {row['outcome']}")
    axes.set_ylabel("one evaluation")
    _lines(axes, records, "evaluate_seconds", 0.0)
    _seconds(axes, records, "evaluate_seconds")
    _name_ends(axes, records, "evaluate_seconds", 0.0)
    return figure


def last_of(records: list[Record]) -> int:
    """The highest order."""
    return max(r["order"] for r in records)


def _panel(records: list[Record], title: str) -> tuple[Any, Any]:
    from derivlab.report.figures import panels

    figure, (axes,) = panels(title, left=0.13, right=0.755)
    last = last_of(records)
    axes.set(xlim=(0.6, last + 0.4), yscale="log")
    axes.set_xticks([1, *range(2, last + 1, 2)])
    axes.set_xlabel(f"order k of the derivative of {records[0]['title']}")
    return figure, axes


def _seconds(axes: Any, records: list[Record], key: str) -> None:
    from derivlab.report.figures import seconds_axis

    values = [r[key] for r in records if r[key] is not None]
    axes.set_ylim(min(values) / 2, max(values) * 3)
    seconds_axis(axes.yaxis)


def look(method: str) -> Any:
    """Colour and marker of a method; JAX's two ways share their colour."""
    from derivlab.report.figures import Mark, mark_of

    return Mark(mark_of("jax").colour, "X", ":", hollow=True) if method == "jax-jet" else mark_of(method)


def _points(records: list[Record], method: str, key: str, floor: float) -> tuple[list[int], list[float]]:
    mine = [r for r in records if r["method"] == method and r[key] is not None]
    return [r["order"] for r in mine], [max(r[key], floor) for r in mine]


def _lines(axes: Any, records: list[Record], key: str, floor: float) -> None:
    for method in dict.fromkeys(r["method"] for r in records):
        orders, heights = _points(records, method, key, floor)
        if not orders:
            continue
        style = look(method).line() | {"markersize": 10, "linewidth": 4 if method == "taylor" else 2.2}
        axes.plot(orders, heights, **style, zorder=4 if method == "taylor" else 2)
        if any(r["outcome"] == "timed out" for r in records if r["method"] == method):
            axes.plot(orders[-1:], heights[-1:], marker="x", markersize=20, markeredgewidth=3.5,
                      color=look(method).colour, zorder=5)  # fmt: skip


def _name_ends(axes: Any, records: list[Record], key: str, floor: float, more: Sequence[Entry] = ()) -> None:
    """Names in the margin; of lines that end early, near their ends and off the lines."""
    from derivlab.report.labels import along, end_labels, point_labels

    lines = {r["method"]: _points(records, r["method"], key, floor) for r in records}
    ends = {m: (x[-1], y[-1], LABELS[m], look(m).colour) for m, (x, y) in lines.items() if x}
    whole = [m for m, end in ends.items() if end[0] == last_of(records)]
    along = [point for line in lines.values() for point in along(*line)]
    point_labels(axes, [end for m, end in ends.items() if m not in whole], fontsize=18, avoid=along)
    end_labels(axes, [*(ends[m] for m in whole), *more], fontsize=18)


def lines_seen(records: list[Record], key: str, what: str) -> str:
    """A figure in words: where each line ends."""
    from derivlab.report.tables import duration, number
    from derivlab.report.words import ranked

    drawn = [r for r in records if key != "prepare_seconds" or r["method"] in PREPARED]
    ends = {r["method"]: r for r in drawn if r[key] is not None}
    show = number if key == "error" else duration
    last = {f"{LABELS[m]} at order {r['order']}": r[key] for m, r in ends.items()}
    return (
        f"Lines with markers, one a method: the order from 1 to {last_of(records)} to the right, {what} upward on a "
        f"logarithmic axis. Their right ends, from the bottom: {ranked(last, show)}."
    )
