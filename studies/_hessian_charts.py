"""Figures of the study of Hessians."""

from __future__ import annotations

from collections import Counter
from typing import Any

from derivlab.report.study import Record

LABELS = {
    "gradient": "one gradient",
    "by hand": "by hand, dense",
    "complex-step": "bicomplex step",
    "jax": "JAX",
}
BY_HAND = ("gradient", "gradient by hand", "by hand", "by hand, sparse")
TARGET = 20.0
"""Gradients that a coloured Hessian of ten thousand inputs may cost."""
COLOURS = ("sky", "orange", "green")


def time_figure(rows: list[Record]) -> Any:
    """Ratio to one gradient against n, one line a way."""
    from derivlab.report.figures import INK, decades, panels
    from derivlab.report.labels import end_labels

    shown = [r for r in rows if r["least_ratio"] is not None and not r["method"].startswith("gradient")]
    best = best_of(rows)
    amount = f"{float(format(best['least_ratio'], '.2g')):,g} gradients"
    cost = f"{best['products']} products, {amount}" if best["method"] == "coloured" else f"a Hessian for {amount}"
    title = f"{best['title'].partition(' ')[0]}, n = {best['n']:,}: {cost}"
    figure, (axes,) = panels(title, right=0.73)
    sizes = sorted({r["n"] for r in shown})
    axes.set(xscale="log", yscale="log", xlabel="number of inputs n", ylabel="time of one Hessian / one gradient")
    axes.set_xlim(sizes[0] / 1.2, sizes[-1] * 1.1)
    axes.set_ylim(min(r["least_ratio"] for r in shown) / 1.6, max(r["least_ratio"] for r in shown) * 1.6)
    axes.axhline(1, color=INK, linewidth=1.5)
    ends: list[tuple[float, float, str, str]] = []
    for method in dict.fromkeys(r["method"] for r in shown):
        mine = [r for r in shown if r["method"] == method]
        look = _look(method)
        axes.plot([r["n"] for r in mine], [r["least_ratio"] for r in mine], **look.line() | {"linewidth": 2.5})
        ends.append((mine[-1]["n"], mine[-1]["least_ratio"], label(method), look.colour))
    decades(axes.xaxis)
    decades(axes.yaxis)
    end_labels(axes, ends, fontsize=16)
    return figure


def label(method: str) -> str:
    """The name of a way in figures and tables."""
    return LABELS.get(method, method)


def _look(method: str) -> Any:
    from derivlab.report.figures import INK, PALETTE, Mark, mark_of

    return {
        "by hand": mark_of("manual"),
        "by hand, sparse": Mark(INK, "*", ":", hollow=True),
        "forward-over-reverse": mark_of("reverse"),
        "reverse-over-reverse": Mark(PALETTE["blue"], "H", ":", hollow=True),
        "forward-over-forward": mark_of("forward"),
        "compiled": mark_of("reverse-compiled"),
        "coloured": Mark(PALETTE["vermillion"], "D"),
        "coloured anew": Mark(PALETTE["vermillion"], "D", ":", hollow=True),
        "coloured, compiled": Mark(PALETTE["vermillion"], "v", "--"),
    }.get(method, mark_of(method))


def best_of(rows: list[Record]) -> Record:
    """The cheapest automatic way at the largest n; of the coloured ones the one that is a single call."""
    timed = [r for r in rows if r["least_ratio"] is not None and r["method"] not in BY_HAND]
    largest = max(r["n"] for r in timed)
    last = [r for r in timed if r["n"] == largest]
    best = min(last, key=_ratio)
    return next((r for r in last if r["method"] == "coloured" and best["method"].startswith("coloured")), best)


def _ratio(record: Record) -> float:
    return record["least_ratio"]


def pattern_figure(records: list[Record]) -> Any:
    """Each Hessian beside its compressed products, side by side."""
    from derivlab.report.figures import panels

    widths = [r["n"] if side == 0 else r["products"] for r in records for side in (0, 1)]
    counts = " or ".join(str(r["products"]) for r in records)
    figure, axes = panels(f"A whole Hessian from {counts} products", len(widths))
    text = "number: product that the entry is read from\n=: same by symmetry     Σ: sum of entries, not read"
    figure.text(0.025, 0.1, text, fontsize=17, linespacing=1.4)
    _resize(figure, axes, widths)
    for k, record in enumerate(records):
        _matrix(axes[2 * k], record)
        _products(axes[2 * k + 1], record)
    return figure


def _resize(figure: Any, axes: Any, widths: list[int]) -> None:
    """Panels as wide as they have columns, all squares of one size."""
    gaps = (0.055, 0.06, 0.055)
    share = (0.955 - sum(gaps)) / sum(widths)
    left = 0.025
    for k, (panel, width) in enumerate(zip(axes, widths, strict=True)):
        panel.set_position((left, 0.1, share * width, 0.74))
        left += share * width + (gaps[k] if k < len(gaps) else 0)
        panel.set(xticks=[], yticks=[], aspect="equal", anchor="NW")
        panel.grid(visible=False)
        for spine in panel.spines.values():
            spine.set_visible(False)


def _square(axes: Any, row: int, column: int, colour: str, text: str = "") -> None:
    axes.fill([column, column + 1, column + 1, column], [row, row, row + 1, row + 1], facecolor=colour,
              edgecolor="white", linewidth=2)  # fmt: skip
    axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=16)


def _matrix(axes: Any, record: Record) -> None:
    """The Hessian: an entry has the colour and number of the product that it is read from."""
    from derivlab.report.figures import PALETTE

    n = record["n"]
    for row in range(n):
        for column in range(n):
            _square(axes, row, column, "#F0F0F0")
    for row, column, colour in zip(record["rows"], record["columns"], record["read"], strict=True):
        _square(axes, row, column, PALETTE[COLOURS[colour]], str(colour + 1))
    for column, colour in enumerate(record["colours"]):
        axes.fill([column + 0.08, column + 0.92, column + 0.92, column + 0.08], [-0.62, -0.62, -0.2, -0.2],
                  facecolor=PALETTE[COLOURS[colour]])  # fmt: skip
    axes.set(xlim=(0, n), ylim=(n, -0.7))
    axes.set_title(f"H, {record['name']}", fontsize=19)


def _products(axes: Any, record: Record) -> None:
    """The products: what is read from them in colour, what is not read as Σ."""
    from derivlab.report.figures import PALETTE

    n, count = record["n"], record["products"]
    read = set(zip(record["read"], record["place"], strict=True))
    terms = Counter(
        (record["colours"][column], row) for row, column in zip(record["rows"], record["columns"], strict=True)
    )
    for colour in range(count):
        for row in range(n):
            if (colour, row) in read:
                _square(axes, row, colour, PALETTE[COLOURS[colour]], str(colour + 1))
            else:
                _square(axes, row, colour, "#F0F0F0", ("", "=", "Σ")[min(terms[colour, row], 2)])
    axes.set(xlim=(0, count), ylim=(n, -0.7))
    axes.set_title("H S", fontsize=19)


def time_seen(rows: list[Record]) -> str:
    """The figure in words."""
    from derivlab.report.words import ranked, times

    shown = [r for r in rows if r["least_ratio"] is not None and not r["method"].startswith("gradient")]
    last = {label(r["method"]): r["least_ratio"] for r in shown}
    sizes = [r["n"] for r in shown]
    return (
        f"Lines with markers, one a way: n from {min(sizes):,} to {max(sizes):,} to the right, the time of a Hessian "
        "in gradients upward, both logarithmic. At the largest n that each reaches, from the bottom: "
        f"{ranked(last, times)}."
    )


def pattern_seen(records: list[Record]) -> str:
    """The figure in words."""
    parts = [
        f"the {r['name']} one in {r['products']} colours, with {len(r['rows'])} of {r['n'] ** 2} squares filled"
        for r in records
    ]
    return f"Two grids of numbered squares, each with a narrower grid of its products beside it: {' and '.join(parts)}."
