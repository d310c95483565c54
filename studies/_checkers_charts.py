"""The figures of the study of checkers, from shares alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from _checkers_contestants import NAMES

_HEADS = {
    "ours": "ours",
    "values": "values\nonly",
    "jax": "JAX",
    "torch": "PyTorch",
    "scipy": "SciPy",
    "autograd": "autograd",
    "classroom": "class-\nroom",
}
_NAME = 2.15
"""The width of the names of kinds, in widths of a cell."""
_OURS = ("ours", "values")


def shares_figure(shares: Mapping[str, tuple[float | None, float | None]], mistakes: int, rights: int) -> Any:
    """Two bars a checker: the mistakes that it misses, and the right gradients that it rejects."""
    from derivlab.report.figures import PALETTE, panels

    figure, plots = panels(
        "Fixed steps and tolerances fail on both sides", 2, left=0.245, right=0.98, top=0.82, gap=0.08
    )
    titles = (f"missed, of {mistakes}", f"rejected, of {rights}")
    for k, (axes, title) in enumerate(zip(plots, titles, strict=True)):
        axes.set_title(title)
        largest = max((pair[k] or 0.0 for pair in shares.values()), default=0.0)
        axes.set_xlim(0, 100 * max(1.35 * largest, 0.05))
        for place, (who, pair) in enumerate(shares.items()):
            colour = PALETTE["blue"] if who in _OURS else PALETTE["orange"]
            axes.barh(place, 100 * (pair[k] or 0.0), height=0.62, color=colour)
            text = "not installed" if pair[k] is None else f"{100 * pair[k]:.1f} %"
            weight = "bold" if who in _OURS else "normal"
            axes.annotate(text, (100 * (pair[k] or 0.0), place), (8, 0), textcoords="offset points", va="center",
                          fontsize=19, fontweight=weight)  # fmt: skip
        axes.set_yticks(range(len(shares)), [NAMES[who] for who in shares] if k == 0 else [])
        axes.set_ylim(len(shares) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel("per cent")
    return figure


def matrix_figure(table: Mapping[str, Mapping[str, float | None]], title: str) -> Any:
    """Kinds down, checkers across, each cell a share in per cent."""
    from derivlab.report.figures import panels

    figure, (axes,) = panels(title, left=0.015, right=0.985, top=0.76, bottom=0.03)
    axes.set_axis_off()
    axes.set(xlim=(-_NAME, len(NAMES)), ylim=(max(len(table), 1), 0))
    for x, who in enumerate(NAMES):
        axes.annotate(_HEADS[who], (x + 0.5, 0), (0, 6), textcoords="offset points", ha="center", va="bottom",
                      fontsize=16, linespacing=1.05, fontweight="bold" if who in _OURS else "normal")  # fmt: skip
    for y, (kind, shares) in enumerate(table.items()):
        axes.text(-_NAME, y + 0.5, kind, fontsize=17, va="center")
        for x, who in enumerate(NAMES):
            _cell(axes, x, y, shares[who])
    return figure


def _cell(axes: Any, x: int, y: int, share: float | None) -> None:
    text = "n/a" if share is None else "" if share == 0 else f"{100 * share:.0f} %"
    depth = share or 0.0
    colour = (1 - 0.17 * depth, 1 - 0.63 * depth, 1 - depth)  # white to vermillion
    left, right, top, low = x + 0.03, x + 0.97, y + 0.06, y + 0.94
    axes.fill([left, right, right, left], [top, top, low, low], color=colour, linewidth=0)
    axes.text(x + 0.5, y + 0.5, text, fontsize=17, ha="center", va="center", color="black")
