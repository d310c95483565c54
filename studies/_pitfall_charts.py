"""The curves of the pitfalls, drawn from their records alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.report.study import Record

FLOOR = 2e-17
"""A relative error below this is drawn there."""


def tails_figure(records: Sequence[Record]) -> Any:
    """σ′ by two rules, on a logarithmic axis: a staircase that ends in 0."""
    from derivlab.report.figures import decades, mark_of, panels

    tail = [r for r in records if r["kind"] == "tail" and r["x"] >= 32]
    ours, theirs = ([r for r in tail if r["method"] == name] for name in ("reverse", "jax"))
    figure, (axes,) = panels("JAX’s σ′ comes down in stairs, and ends in 0", right=0.97)
    axes.set(yscale="log", xlim=(32, 42), ylim=(3e-19, 3e-14), xlabel="x", ylabel="σ′(x)")
    decades(axes.yaxis)
    axes.plot([r["x"] for r in ours], [r["slope"] for r in ours], color=mark_of("reverse").colour)
    stairs = [r for r in theirs if r["slope"] > 0]
    x = stairs[-1]["x"]
    axes.plot([*(r["x"] for r in stairs), x], [*(r["slope"] for r in stairs), 3e-19], color=mark_of("jax").colour)
    texts = (
        (32.15, 1.1e-16, f"JAX: y (1 − y),\n0 from x = {x:.1f} on", "jax"),
        (37.3, 2e-16, "reverse AD: σ(x) σ(−x),\nall digits right", "reverse"),
    )
    for left, height, text, method in texts:
        axes.text(left, height, text, fontsize=20, fontweight="bold", color=mark_of(method).ink, va="center")
    return figure


def chaos_figure(records: Sequence[Record]) -> Any:
    """Relative error of value and derivative against n."""
    from derivlab.report.figures import MUTED, PALETTE, WARNING, decades, panels
    from derivlab.report.labels import scientific

    rows = [r for r in records if r["kind"] == "chaos"]
    figure, (axes,) = panels("Every step through chaos doubles the error", right=0.97)
    axes.set(yscale="log", xlim=(0, 66), ylim=(FLOOR, 1e3), xlabel="n", ylabel="relative error")
    decades(axes.yaxis, 4)
    ns = [r["n"] for r in rows]
    axes.plot(ns, [2.0 ** (n - 53) for n in ns], "--", color=MUTED, linewidth=2)
    for field, colour, marker in (("value_error", PALETTE["sky"], "s"), ("error", PALETTE["blue"], "o")):
        axes.plot(ns, [max(r[field], FLOOR) for r in rows], color=colour, marker=marker, markersize=8, linewidth=1.5)
    axes.plot([2, 5.5], [30, 30], color=PALETTE["blue"], marker="o", markersize=9, linewidth=1.5)
    axes.plot([2, 5.5], [0.4, 0.4], color=PALETTE["sky"], marker="s", markersize=9, linewidth=1.5)
    axes.plot([2, 5.5], [0.006, 0.006], "--", color=MUTED, linewidth=2)
    for y, text in ((30, "derivative lₙ′(0.2) by AD"), (0.4, "value lₙ(0.2)"), (0.006, "2ⁿ × 2⁻⁵³")):
        axes.text(7, y, text, fontsize=19, va="center")
    (last,) = (r for r in rows if r["n"] == 60)
    text = f"l₆₀′ by AD: {scientific(last['slope'])}\nexactly: {scientific(last['exact'])}"
    axes.annotate(text, (60, last["error"]), (45.5, 3e-9), fontsize=20, color=WARNING, fontweight="bold",
                  arrowprops={"arrowstyle": "-", "color": WARNING, "linewidth": 1.5, "relpos": (0.6, 1)})  # fmt: skip
    return figure


_LINES = (("value_error", "sky", "s", "value"), ("slope_error", "blue", "o", "derivative"))


def iterations_figure(records: Sequence[Record]) -> Any:
    """Error of value and derivative against the step of two iterations."""
    from derivlab.report.figures import PALETTE, decades, panels, text_colour

    figure, (newton, damped) = panels(
        "An iteration’s derivative arrives after its value", 2, right=0.97, top=0.84, gap=0.3
    )
    for axes, scheme, title, last in ((newton, "newton", "Newton", 5), (damped, "damped", "y ← y − (y² − 2)/4", 30)):
        rows = [r for r in records if r["kind"] == "iteration" and r["scheme"] == scheme and r["k"] <= last]
        axes.set(yscale="log", xlabel="step k", title=title)
        decades(axes.yaxis, 4)
        for field, colour, marker, _ in _LINES:
            axes.plot([r["k"] for r in rows], [r[field] for r in rows], color=PALETTE[colour], marker=marker)
    newton.set(ylabel="distance from the limit", xlim=(0.6, 5.4), ylim=(1e-26, 30), xticks=range(1, 6))
    damped.set(xlim=(0, 31), ylim=(1e-17, 2))
    (fourth,) = (r for r in records if r["kind"] == "iteration" and (r["scheme"], r["k"]) == ("newton", 4))
    for height, (field, colour, _, text) in zip((5e-20, 5e-23), _LINES[::-1], strict=True):
        newton.text(0.85, height, f"{text}: {fourth[field]:.1e}", fontsize=20, color=text_colour(PALETTE[colour]),
                    fontweight="bold")  # fmt: skip
    newton.text(0.85, 5e-17, "after 4 steps", fontsize=20)
    for x, y, (_, colour, _, text) in ((14.5, 7e-7, _LINES[1]), (6, 5e-10, _LINES[0])):
        damped.text(x, y, text, fontsize=20, color=text_colour(PALETTE[colour]), fontweight="bold")
    return figure


def steps_figure(records: Sequence[Record]) -> Any:
    """Error against h, far from 0 and under noise."""
    from derivlab.report.figures import decades, mark_of, panels

    figure, plots = panels("Far from 0, or under noise, no step is right", 2, right=0.975, top=0.84, gap=0.12)
    for axes, case, title in zip(plots, ("far", "noise"), ("sin at x", "sin at 0.7, ± noise"), strict=True):
        axes.set(xscale="log", yscale="log", xlabel="step h", title=title, xlim=(1e-14, 10), ylim=(FLOOR, 1e2))
        decades(axes.xaxis, 3)
        decades(axes.yaxis, 4)
        rows = [r for r in records if r["kind"] == "step" and r["case"] == case]
        for size in dict.fromkeys(r["size"] for r in rows):
            _line(axes, [r for r in rows if r["size"] == size and r["h"] is not None], case)
        best = max(r["error"] for r in rows if r["h"] is None)
        axes.axhline(best, color=mark_of("reverse").colour)
        axes.text(2e-14, 2.5 * best, "reverse AD", fontsize=20, fontweight="bold", color=mark_of("reverse").ink)
    plots[0].set_ylabel("relative error")
    plots[1].tick_params(labelleft=False)
    return figure


def _line(axes: Any, rows: Sequence[Record], case: str) -> None:
    """One size's errors, labelled where they begin to fall."""
    from derivlab.report.figures import mark_of

    look = mark_of("central-difference")
    axes.plot([r["h"] for r in rows], [max(r["error"], FLOOR) for r in rows], color=look.colour, linewidth=2.5)
    start = next(r for r in rows if r["error"] < (0.9 if case == "far" else 1))
    power = round(np.log10(start["size"]))
    words = {0: "x = 1", 4: "x = 10$^4$"}
    shift = (0, 9) if power > 0 else (6, -75) if power == 0 else (13, 2)
    axes.annotate(words.get(power, f"10$^{{{power}}}$"), (start["h"], start["error"]), shift, fontsize=19,
                  textcoords="offset points", color=look.ink, fontweight="bold")  # fmt: skip
