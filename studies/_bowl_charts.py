"""Figures of the study of regression: the quadratic bowl."""

from __future__ import annotations

from typing import Any

import numpy as np

from _optimiser_looks import look, ok
from derivlab.report.study import Record

LEVELS = (0.5, 2, 5, 10, 18, 30, 45)


def gradient_figure(records: list[Record]) -> Any:
    """Contours with −∇ on them."""
    from derivlab.report.figures import INK, PALETTE, WARNING, panels

    (row,) = (r for r in records if r["kind"] == "arrows")
    figure, (axes,) = panels(f"−∇ is square to the contours, and {_angle(row):.0f}° off the minimum",
                             left=0.085, right=0.985, bottom=0.12)  # fmt: skip
    _contours(axes, row, (-5, 5), (-2.6, 2.6))
    axes.set(xlabel="w₁")
    axes.set_ylabel("w₂", rotation=0)
    axes.quiver(row["w1"], row["w2"], *(-np.array(row[key]) for key in ("d1", "d2")), color=PALETTE["blue"],
                angles="xy", scale_units="xy", scale=60, width=0.0035, zorder=3)  # fmt: skip
    start, slope = np.array(row["start"]), -np.array(row["start_gradient"])
    arrow = {"arrowstyle": "-|>", "color": PALETTE["vermillion"], "lw": 4, "mutation_scale": 28}
    axes.annotate("", start + 2.1 * slope / np.hypot(*slope), start, zorder=5, arrowprops=arrow)
    axes.plot([start[0], 0], [start[1], 0], color=INK, linestyle=(0, (4, 3)), linewidth=2.5, zorder=4)
    axes.plot(*start, "o", color=PALETTE["vermillion"], markersize=13, zorder=6)
    axes.plot(0, 0, "*", color=INK, markersize=20, zorder=6)
    boxed = {"fontsize": 19, "fontweight": "bold", "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 2}}
    axes.text(0.12, -0.5, "minimum", zorder=7, **boxed)
    axes.text(-3.3, -0.62, "−∇", color=WARNING, zorder=7, **boxed)
    return figure


def _angle(row: Record) -> float:
    """Degrees between −∇ at the start and the way to the minimum."""
    start, slope = np.array(row["start"]), np.array(row["start_gradient"])
    return float(np.degrees(np.arccos(start @ slope / (np.hypot(*start) * np.hypot(*slope)))))


def _contours(axes: Any, row: Record, across: tuple[float, float], up: tuple[float, float]) -> None:
    w1, w2 = np.meshgrid(np.linspace(*across, 201), np.linspace(*up, 201))
    height = row["a"] * w1**2 + row["b"] * w2**2 + row["c"] * w1 * w2
    axes.contour(w1, w2, height, levels=LEVELS, colors="#A0A0A0", linewidths=1.4)
    axes.set(xlim=across, ylim=up, aspect="equal")
    axes.grid(visible=False)


def paths_figure(records: list[Record]) -> Any:
    """The path of each optimiser over the contours, a panel each."""
    from derivlab.report.figures import panels

    (bowl,) = (r for r in records if r["kind"] == "arrows")
    rows = ok(records, kind="path", method="manual")
    figure, _ = panels("Gradient descent zigzags, momentum overshoots", 0,
                       left=0.055, right=0.985, top=0.84, bottom=0.06, gap=0.16)  # fmt: skip
    figure.subplots_adjust(hspace=0.34)
    for place, row in enumerate(rows):
        axes, style = figure.add_subplot(2, 3, place + 1), look(row["optimiser"])
        _contours(axes, bowl, (-4.7, 2.1), (-2.0, 2.3))
        axes.plot(row["w1"], row["w2"], **style.line() | {"linestyle": "-", "markersize": 6, "linewidth": 2})
        axes.plot(0, 0, "*", color="black", markersize=16, zorder=5)
        axes.set_title(row["optimiser"], color=style.ink, fontsize=20)
    return figure


def losses_figure(records: list[Record]) -> Any:
    """The height above the minimum against updates."""
    from derivlab.report.figures import decades, panels
    from derivlab.report.labels import end_labels

    rows = ok(records, kind="path", method="manual")
    nearest = min((min(r["losses"]) for r in rows if r["optimiser"] == "RMSProp"), default=0.0)
    figure, (axes,) = panels(f"RMSProp comes within {nearest:.0e} of the minimum and bounces", right=0.765)
    ends: list[tuple[float, float, str, str]] = []
    for row in rows:
        style = look(row["optimiser"])
        axes.plot(range(len(row["losses"])), row["losses"], **style.line() | {"markevery": 10})
        ends.append((row["updates"], row["losses"][-1], row["optimiser"], style.colour))
    axes.set(yscale="log", xlabel="update", ylabel="loss", ylim=(1e-15, 100))
    decades(axes.yaxis, 3)
    end_labels(axes, ends)
    return figure
