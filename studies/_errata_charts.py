"""The figures of the errata, drawn from their records alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from derivlab.report.study import Record

FLOOR = 1e-16
"""A deviation of 0 is drawn there."""


def _mistakes(records: Sequence[Record]) -> list[Record]:
    return [r for r in records if r["kind"] == "mistake"]


def board_figure(records: Sequence[Record]) -> Any:
    """Published, right and caught, a row a mistake."""
    from derivlab.report.figures import INK, MUTED, PALETTE, WARNING, panels, text_colour

    figure, (axes,) = panels("Four slides, four mistakes, and what catches them", left=0.02, right=0.98, bottom=0.02)
    axes.set_axis_off()
    unit = figure.get_figwidth() / 12.8  # a table: its letters are in proportion to the canvas
    rows = [*((r["formula"], r["right_formula"], _reason(r)) for r in _mistakes(records)), _digits_row(records)]
    axes.set(xlim=(0, 100), ylim=(len(rows) + 0.02, -0.4))
    columns = ((0, "published", WARNING), (37.5, "right", text_colour(PALETTE["green"])), (75, "caught by", INK))
    for x, head, _ in columns:
        axes.text(x, -0.15, head, fontsize=20 * unit, color=MUTED, va="center")
    for y, texts in enumerate(rows):
        axes.plot([0, 100], [y + 0.02, y + 0.02], color="#BFBFBF", linewidth=1)
        for (x, _, colour), text in zip(columns, texts, strict=True):
            axes.text(x, y + 0.52, text, fontsize=19 * unit, color=colour, va="center", linespacing=1.4)
    return figure


def _reason(record: Record) -> str:
    if record["name"] == "bias":
        return f"certified value:\noff by {record['value'] - record['right_value']:.1f} = $-b_3$"
    return f"gradient check:\n{100 * record['deviation']:.0f} % off"


def _digits_row(records: Sequence[Record]) -> tuple[str, str, str]:
    slopes = [r for r in records if r["kind"] == "slope"]
    noise = (slopes[0]["high"] - slopes[0]["low"]) / 2
    printed, open_to = ((lambda v: f"{v:g}".replace("-", "−")), f"{noise:.1f}")
    right = "   ".join(f"{printed(r['published'])} ± {open_to}" for r in slopes)
    return (
        r"$(1.25322 - 1.25347)\,/\,10^{-4}$, …" + "\n= " + ",   ".join(printed(r["published"]) for r in slopes),
        right,
        "counting digits",
    )


def check_figure(records: Sequence[Record]) -> Any:
    """How far each derivative by hand is from the differences."""
    from derivlab.report.figures import MUTED, PALETTE, WARNING, decades, panels, text_colour
    from derivlab.report.labels import scientific

    rows = _mistakes(records)
    apart = min(math.log10(r["deviation"] / max(r["right_deviation"], FLOOR)) for r in rows)
    title = f"A gradient check tells wrong from right by {math.floor(apart)} decades"
    figure, (axes,) = panels(title, left=0.16, right=0.97)
    axes.set(xscale="log", xlim=(3e-17, 2e3), ylim=(len(rows) - 0.4, -0.6))
    decades(axes.xaxis, 4)
    axes.set_yticks(range(len(rows)), [r["name"] for r in rows])
    axes.tick_params(axis="y", length=0, labelsize=21)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("largest deviation of an entry from central differences")
    axes.axvline(1e-5, color=MUTED, linestyle="--", linewidth=2)
    axes.text(1.3e-5, -0.5, "alarm", fontsize=17, color=MUTED, va="center")
    good = text_colour(PALETTE["green"])
    for y, r in enumerate(rows):
        axes.plot([max(r["right_deviation"], FLOOR)], [y], "o", color=PALETTE["green"], markersize=17)
        axes.plot([r["deviation"]], [y], "X", color=PALETTE["vermillion"], markersize=18)
        right = "right: 0" if r["right_deviation"] == 0 else f"right: {scientific(r['right_deviation'])}"
        for x, text, colour in (
            (max(r["right_deviation"], FLOOR), right, good),
            (r["deviation"], f"published: {r['deviation']:.2g}", WARNING),
        ):
            axes.annotate(text, (x, y), (0, 16), textcoords="offset points", ha="left" if x == FLOOR else "center",
                          va="bottom", fontsize=19, color=colour, fontweight="bold")  # fmt: skip
    return figure


def negative_figure(records: Sequence[Record]) -> Any:
    """Both softmax losses against the score of the right class."""
    from derivlab.report.figures import INK, PALETTE, WARNING, panels, text_colour

    rows = [r for r in records if r["kind"] == "loss"]
    figure, (axes,) = panels("Without its own class, a softmax loss turns negative", right=0.97)
    axes.set(xlim=(-4, 4), ylim=(-3.6, 5.2), xlabel="score of the right class, the others 0", ylabel="loss")
    axes.axhline(0, color=INK, linewidth=1.5)
    scores = [r["s"] for r in rows]
    below = [r for r in rows if r["value"] <= 0]
    axes.fill_between([r["s"] for r in below], [r["value"] for r in below], color=PALETTE["vermillion"], alpha=0.15)
    axes.plot(scores, [r["right"] for r in rows], color=PALETTE["green"])
    axes.plot(scores, [r["value"] for r in rows], color=PALETTE["vermillion"], linestyle="--")
    axes.text(0.9, 1.35, r"$-\log\,(e^{s_y} / \sum_j e^{s_j})$", fontsize=22, color=text_colour(PALETTE["green"]))
    axes.text(-2.3, -2.0, r"$-\log\,(e^{s_y} / \sum_{j \neq y} e^{s_j})$", fontsize=22, color=WARNING)
    axes.text(-2.3, -3.1, "as published", fontsize=19, color=WARNING)
    return figure


def digits_figure(records: Sequence[Record]) -> Any:
    """The published slopes with their ranges, and error against printed decimals."""
    from derivlab.report.figures import panels

    figure, plots = panels("Five printed digits leave ± 0.1 in every slope", 2, right=0.97, top=0.84, gap=0.35)
    _ranges(plots[0], [r for r in records if r["kind"] == "slope"])
    _errors(plots[1], [r for r in records if r["kind"] == "digits"])
    return figure


def _ranges(axes: Any, slopes: Sequence[Record]) -> None:
    from derivlab.report.figures import INK, PALETTE

    axes.set(title="as published", xlim=(-3.6, 1.6), ylim=(2.6, -0.6), xlabel="slope, h = 10⁻⁴")
    axes.set_yticks(range(3), [f"w{'₁₂₃'[r['entry']]}" for r in slopes])
    axes.tick_params(axis="y", length=0, labelsize=21)
    axes.grid(visible=False, axis="y")
    for y, r in enumerate(slopes):
        axes.plot([r["low"], r["high"]], [y, y], color=PALETTE["vermillion"], linewidth=12, solid_capstyle="butt")
        axes.plot([r["published"]], [y], "|", color=INK, markersize=26, markeredgewidth=3)
        text = f"{r['low']:.1f} … {r['high']:.1f}".replace("-", "−")
        axes.text(r["published"], y + 0.22, text, fontsize=19, ha="center", va="top")


def _errors(axes: Any, rows: Sequence[Record]) -> None:
    from derivlab.report.figures import MUTED, PALETTE, WARNING, decades

    printed = [r for r in rows if r["decimals"] is not None]
    (whole,) = (r for r in rows if r["decimals"] is None)
    axes.set(title="measured", yscale="log", xlim=(2.6, 14.4), ylim=(1e-7, 60), xlabel="printed decimals of the loss")
    axes.set_ylabel("largest error of a slope")
    axes.set_xticks(range(4, 15, 2))
    decades(axes.yaxis)
    axes.plot([r["decimals"] for r in printed], [r["bound"] for r in printed], "--", color=MUTED, linewidth=2)
    axes.axhline(whole["error"], color=MUTED, linewidth=2, linestyle=":")
    axes.plot([r["decimals"] for r in printed], [r["error"] for r in printed], "o-", color=PALETTE["blue"])
    (five,) = (r for r in printed if r["decimals"] == 5)
    axes.annotate(f"5 decimals:\n{five['error']:.2g}", (5, five["error"]), (6.4, 1.5), fontsize=19, color=WARNING,
                  fontweight="bold", va="center", arrowprops={"arrowstyle": "-", "color": WARNING})  # fmt: skip
    axes.text(14.2, 0.6 * whole["error"], "truncation", fontsize=17, color=MUTED, ha="right", va="top")
    axes.text(10.75, 4e-7, "10⁻ᵈ/h", fontsize=17, color=MUTED, va="bottom")
