"""Figures of the study of regression: the fits to the runners, and how near to the optimum each gradient leads."""

from __future__ import annotations

from typing import Any

import numpy as np

from _optimiser_looks import look_of_method, ok
from _polynomials import values
from _training_charts import NAMES
from derivlab.report.study import Record
from derivlab.specs.polynomial import scaled

SHOWN = (1, 3, 7)
FLOOR = 1e-17
"""Smaller errors are drawn here."""


def _fits(records: list[Record], penalised: bool) -> list[Record]:
    return [r for r in records if r["kind"] == "fit" and (r["penalty"] > 0) == penalised]


def _colour(degree: int) -> str:
    from derivlab.report.figures import PALETTE

    return {1: PALETTE["orange"], 3: PALETTE["blue"], 7: PALETTE["vermillion"]}.get(degree, "#B0B0B0")


def fits_figure(records: list[Record]) -> Any:
    """The polynomials through the runners, without and with a penalty."""
    from derivlab.report.figures import INK, panels

    (runners,) = (r for r in records if r["kind"] == "runners")
    figure, axes = panels("Degree 7 meets all eight runners, and invents the rest", 2,
                          left=0.085, right=0.865, gap=0.5)  # fmt: skip
    for panel, penalised, title in zip(axes, (False, True), ("no penalty", "L2 penalty"), strict=True):
        _curves(panel, _fits(records, penalised))
        panel.plot(runners["ages"], runners["speeds"], "o", color=INK, markersize=11, zorder=4)
        panel.set_title(title)
    axes[0].set_ylabel("miles an hour")
    return figure


def _curves(axes: Any, fits: list[Record]) -> None:
    from derivlab.report.labels import end_labels

    ages = np.linspace(8, 62, 400)
    ends: list[tuple[float, float, str, str]] = []
    for row in sorted(fits, key=lambda r: r["degree"] in SHOWN):
        curve, shown = values(row["weights"], scaled(ages)), row["degree"] in SHOWN
        axes.plot(ages, curve, color=_colour(row["degree"]), linewidth=3.4 if shown else 1.6)
        if shown:
            ends.append((ages[-1], curve[-1], f"degree {row['degree']}", _colour(row["degree"])))
    axes.set(xlim=(7, 63), ylim=(0, 21), xlabel="age in years")
    axes.set_yticks(range(0, 21, 5))
    end_labels(axes, ends, fontsize=17)


def left_out_figure(records: list[Record]) -> Any:
    """Errors against the degree: at the runners of the fit, and at one that was left out."""
    from derivlab.report.figures import MUTED, PALETTE, Mark, decades, panels
    from derivlab.report.labels import end_labels

    free, penalised = _fits(records, False), _fits(records, True)
    worst = max((r for r in free if r["left_out"] is not None), key=lambda r: r["left_out"])
    (same,) = (r for r in penalised if r["degree"] == worst["degree"])
    off = f"{worst['left_out']:.0f} mph off at degree {worst['degree']}"
    title = f"A runner left out: {off}, {same['left_out']:.1f} with L2"
    figure, (axes,) = panels(title, right=0.79)
    lines = (
        (free, "left_out", "left out, no L2", Mark(PALETTE["vermillion"], "o")),
        (penalised, "left_out", "left out, L2", Mark(PALETTE["blue"], "s")),
        (penalised, "residual", "fitted, L2", Mark(PALETTE["sky"], "s", "--", hollow=True)),
        (free, "residual", "fitted, no L2", Mark(MUTED, "o", "--", hollow=True)),
    )
    ends: list[tuple[float, float, str, str]] = []
    for rows, key, text, look in lines:
        drawn = [r for r in rows if r[key] is not None and r[key] > 1e-3]
        axes.plot([r["degree"] for r in drawn], [r[key] for r in drawn], **look.line())
        ends.append((drawn[-1]["degree"], drawn[-1][key], text, look.colour))
    axes.set(yscale="log", xlim=(0.8, 7.2), ylim=(0.05, 200), xlabel="degree")
    axes.set_ylabel("root mean square error (mph)")
    axes.set_xticks(range(1, 8))
    decades(axes.yaxis)
    end_labels(axes, ends)
    return figure


def optimum_figure(records: list[Record]) -> Any:
    """How far from the exact optimum the search ends, by degree and method."""
    from derivlab.report.figures import INK, MUTED, decades, panels
    from derivlab.report.labels import end_labels

    rows = ok(records, kind="optimum", penalty=0.0)
    worst = max(rows, key=lambda r: r["error"])
    title = f"{NAMES[worst['method']].capitalize()}s lose the optimum as the degree grows"
    figure, (axes,) = panels(title, left=0.115, right=0.72)
    ends: list[tuple[float, float, str, str]] = []
    for method in dict.fromkeys(r["method"] for r in rows):
        mine = [r for r in rows if r["method"] == method]
        heights = [max(r["error"], FLOOR) for r in mine]
        axes.plot([r["degree"] for r in mine], heights, **look_of_method(method).line())
        if method.endswith("difference"):
            ends.append((mine[-1]["degree"], heights[-1], NAMES[method], look_of_method(method).colour))
        elif method == "reverse":
            ends.append((mine[-1]["degree"], heights[-1] / 3, "exact gradients", INK))
    fits = _fits(records, False)
    axes.plot([r["degree"] for r in fits], [r["condition"] * 2.0**-53 for r in fits], color=MUTED,
              linestyle=(0, (2, 2)), linewidth=2)  # fmt: skip
    ends.append((fits[-1]["degree"], fits[-1]["condition"] * 2.0**-53, "condition × roundoff", MUTED))
    axes.set(yscale="log", xlim=(0.8, 7.2), ylim=(FLOOR / 5, 0.1), xlabel="degree")
    axes.set_ylabel("error of the weights")
    axes.set_xticks(range(1, 8))
    decades(axes.yaxis, 3)
    end_labels(axes, ends)
    return figure
