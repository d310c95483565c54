"""Figures and tables of the study of higher orders."""

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
FLOOR = 2.0**-56
"""Smaller errors are drawn here."""
ROUNDOFF = 2.0**-53
LETTER = 0.36
"""The width of a letter of a name, in orders."""


def error_figure(records: list[Record]) -> Any:
    """Relative error against the order."""
    from derivlab.report.figures import MUTED, decades

    last = _last(records)
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

    mine = [r for r in records if r["method"] in ("symbolic", "symbolic-cse", "jax", "jax-jet")]
    longest = duration(float(f"{max(r['prepare_seconds'] or 0.0 for r in mine):.2g}"))
    figure, axes = _panel(records, f"Taylor mode prepares nothing; others take up to {longest}")
    axes.set_ylabel("preparation")
    _lines(axes, mine, "prepare_seconds", 0.0)
    _seconds(axes, mine, "prepare_seconds")
    _name_ends(axes, mine, "prepare_seconds", 0.0)
    return figure


def evaluation_figure(records: list[Record]) -> Any:
    """Evaluation against the order."""
    last = _last(records)
    (row,) = (r for r in records if r["method"] == "taylor" and r["order"] == last)
    done = f"Order {last} by Taylor mode: {row['ratio'] or 0.0:.2g} times the recurrence by hand"
    figure, axes = _panel(records, done if row["ratio"] else f"Order {last} by Taylor mode: {row['outcome']}")
    axes.set_ylabel("one evaluation")
    _lines(axes, records, "evaluate_seconds", 0.0)
    _seconds(axes, records, "evaluate_seconds")
    _name_ends(axes, records, "evaluate_seconds", 0.0)
    return figure


def _last(records: list[Record]) -> int:
    return max(r["order"] for r in records)


def _panel(records: list[Record], title: str) -> tuple[Any, Any]:
    from derivlab.report.figures import panels

    figure, (axes,) = panels(title, left=0.13, right=0.755)
    last = _last(records)
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
    """Names in the margin; of lines that end early, beside their ends, or above the lines that pass there."""
    from derivlab.report.labels import end_labels, spread

    lines = {r["method"]: _points(records, r["method"], key, floor) for r in records}
    ends = {m: (x[-1], y[-1], LABELS[m], look(m).colour) for m, (x, y) in lines.items() if x}
    whole = [m for m, end in ends.items() if end[0] == _last(records)]
    end_labels(axes, [*(ends[m] for m in whole), *more], fontsize=18)
    free: list[tuple[float, Entry]] = []
    crowded = 0
    for end in sorted((end for m, end in ends.items() if m not in whole), key=lambda end: end[1]):
        passing = [dict(zip(*lines[m], strict=True)).get(int(end[0]), 0.0) for m in whole]
        if end[1] > max(passing, default=0.0):
            free.append((_share(axes, end), end))
        else:
            foot = _share(axes, (end[0], max(passing))) + 0.06 + 0.09 * crowded
            crowded += 1
            _name(axes, end, (end[0], foot), "center")
    points = [(x, _share(axes, (x, y))) for line in lines.values() for x, y in zip(*line, strict=True)]
    for height, (_, end) in zip(spread([share for share, _ in free], 0.06), free, strict=True):
        width = 0.6 + LETTER * len(end[2])
        near = [x - end[0] for x, share in points if abs(share - height) < 0.05]
        right = end[0] < width or sum(0 < x < width for x in near) <= sum(-width < x < 0 for x in near)
        _name(axes, end, (end[0] + (0.6 if right else -0.6), height), "left" if right else "right")


def _share(axes: Any, end: Sequence[Any]) -> float:
    """The height of a point as a share of the axes."""
    return float((axes.transData + axes.transAxes.inverted()).transform(end[:2])[1])


def _name(axes: Any, end: Entry, place: tuple[float, float], align: str) -> None:
    """A name at (order, share of the height of the axes); one that stands centred has a leader."""
    from derivlab.report.figures import text_colour

    x, y, text, colour = end
    over = align == "center"
    leader = {"arrowstyle": "-", "color": colour, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 9} if over else None
    axes.annotate(text, (x, y), place, textcoords=axes.get_xaxis_transform(), arrowprops=leader, fontsize=18,
                  color=text_colour(colour), fontweight="bold", ha=align, va="bottom" if over else "center", zorder=6,
                  bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5})  # fmt: skip


def tables(records: list[Record]) -> str:
    """The highest order, what came of every method, and a table by order for each function."""
    text = ""
    for name in dict.fromkeys(r["function"] for r in records):
        mine = [r for r in records if r["function"] == name]
        text += f"### {mine[0]['title']}\n\n{_findings(mine)}\n" + _highest(mine) + "\n" + _by_order(mine) + "\n"
    return text + (
        "\nThe error is relative to a certified enclosure. Each cell of the last table is error, preparation and "
        "evaluation; methods without preparation have only the time of making the operator. Evaluations are "
        "interleaved with the recurrence written by hand in Python, whose time in the same round is 1; what takes "
        "more than 20 ms is evaluated once. SymPy forgets between orders what it derived. JAX is jitted.\n"
    )


def _findings(records: list[Record]) -> str:
    from derivlab.report.tables import duration, number

    last = _last(records)
    at = {r["method"]: r for r in records if r["order"] == last}
    taylor, jet, sums = at["taylor"], at["jax-jet"], at.get("manual, with sum()")
    lines = [
        f"- Taylor mode, order {last}: error {number(taylor['error'])}, nothing to prepare, evaluation "
        f"{duration(taylor['evaluate_seconds'])}, {number(taylor['ratio'])} times the recurrence by hand."
    ]
    if sums is not None:
        lines[0] += f" Written with sum() over generators, that takes {number(sums['ratio'])} times as long itself."
    if jet["outcome"] == "ok":
        lines.append(
            f"- JAX's jet, order {last}: error {number(jet['error'])}, {duration(jet['prepare_seconds'])} to compile, "
            f"evaluation {duration(jet['evaluate_seconds'])}."
        )
    for method in LABELS:
        rows = [r for r in records if r["method"] == method and r["kind"] == "cell"]
        stopped = next((r for r in rows if r["outcome"] not in ("ok", "inaccurate")), None)
        if stopped is not None:
            lines.append(f"- {LABELS[method]}: from order {stopped['order']} on {stopped['outcome']}: "
                         f"{stopped['detail']}.")  # fmt: skip
    return "\n".join(lines) + "\n"


def _highest(records: list[Record]) -> str:
    from derivlab.report.tables import duration, markdown, number

    last = _last(records)
    rows = [
        [LABELS.get(r["method"]) or r["method"], r["outcome"], number(r.get("error")),
         duration(r.get("prepare_seconds")), duration(r["evaluate_seconds"]), number(r["ratio"]), _interval(r)]
        for r in records if r["order"] == last
    ]  # fmt: skip
    headers = (f"order {last}", "outcome", "error", "preparation", "evaluation", "× by hand", "95 % interval")
    return markdown(headers, rows)


def _interval(record: Record) -> str:
    from derivlab.report.tables import number

    low, high = record["ratio_low"], record["ratio_high"]
    return "–" if low is None else f"{number(low)} – {number(high)}"


def _by_order(records: list[Record]) -> str:
    from derivlab.report.tables import markdown

    cells = {(r["order"], r["method"]): r for r in records if r["kind"] == "cell"}
    orders = list(dict.fromkeys(order for order, _ in cells))
    methods = list(dict.fromkeys(method for _, method in cells))
    rows = [[str(order), *(_cell(cells[order, method]) for method in methods)] for order in orders]
    return markdown(("k", *(LABELS[method] for method in methods)), rows)


def _cell(record: Record) -> str:
    from derivlab.report.tables import duration, number

    if record["error"] is None:
        return record["outcome"]
    parts = (number(record["error"], 2), duration(record["prepare_seconds"]), duration(record["evaluate_seconds"]))
    return "; ".join(parts) + (" (inaccurate)" if record["outcome"] == "inaccurate" else "")
