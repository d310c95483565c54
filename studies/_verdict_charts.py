"""A matrix of verdicts: demonstrations down, methods across, each cell told by colour and by sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from _pitfall_contestants import NAMES
from derivlab.report.study import Record

HEADS = {
    "symbolic": "SymPy",
    "textbook-difference": "textbook\nstep",
    "central-difference": "chosen\nstep",
    "complex-step": "complex\nstep",
    "forward": "forward\nAD",
    "reverse": "reverse\nAD",
    "reverse-compiled": "reverse,\ncompiled",
    "jax": "JAX",
    "torch": "PyTorch",
}
SIGNS = {
    "right": ("✓", "#CFE8F7", "right"),
    "approximate": ("≈", "#FBF3A9", "some digits"),
    "wrong": ("✗", "#D55E00", "wrong"),
    "nan": ("NaN", "#8F3A6B", ""),
    "accepted": ("∈", "#BFE6D8", "accepted"),
    "refused": ("⊘", "#DDDDDD", "refused"),
    "timed out": ("late", "#DDDDDD", "without end"),
    "unavailable": ("n/a", "#FFFFFF", "not installed"),
}
"""Sign and colour of each verdict, and words where the sign needs them."""

_DARK = ("wrong", "nan")
_LEFT, _GAP = 3.62, 0.3
"""The width of the names in widths of a cell, and the gap between cards in rows."""
_WIDTH = 12.8
"""Inches of a canvas whose letters have the sizes written here; those of another are in proportion."""
_HEAD = 0.125
"""The share of the axes that the names of the methods take."""


def verdicts_figure(records: Sequence[Record], cards: Sequence[str], title: str) -> Any:
    """The verdicts on some cards."""
    from derivlab.report.figures import panels

    cells = [r for r in records if r["kind"] == "cell" and r["card"] in cards]
    rows = _rows(cells, cards)
    figure, (axes,) = panels(title, left=0.015, right=0.985, top=0.885, bottom=0.085)
    axes.set_axis_off()
    unit = figure.get_figwidth() / _WIDTH
    depth = rows[-1][2] + 1
    axes.set(xlim=(-_LEFT, len(NAMES)), ylim=(depth, -depth * _HEAD / (1 - _HEAD)))
    _heads(axes, unit)
    for shown, cure, y in rows:
        weight = "bold" if cure else "normal"
        axes.text(-_LEFT, y + 0.5, shown, fontsize=17 * unit, va="center", fontweight=weight)
        for x, method in enumerate(NAMES):
            (cell,) = (r for r in cells if r["shown"] == shown and r["method"] == method)
            _cell(axes, (x, y), cell, unit)
    _legend(figure, cells, unit)
    return figure


def _rows(cells: Sequence[Record], cards: Sequence[str]) -> list[tuple[str, bool, float]]:
    """Each demonstration, whether it is a way out, and its height."""
    rows: list[tuple[str, bool, float]] = []
    y = 0.0
    for card in cards:
        for shown, cure in dict.fromkeys((r["shown"], r["cure"]) for r in cells if r["card"] == card):
            rows.append((shown, cure, y))
            y += 1
        y += _GAP
    return rows


def _heads(axes: Any, unit: float) -> None:
    from derivlab.report.figures import MUTED

    looks = {"fontsize": 16 * unit, "ha": "center", "va": "bottom", "textcoords": "offset points"}
    for x, method in enumerate(NAMES):
        axes.annotate(HEADS[method], (x + 0.5, 0), (0, 4 * unit), linespacing=1.0, **looks)
    left, right = (list(NAMES).index(name) for name in ("textbook-difference", "central-difference"))
    axes.annotate("— differences —", ((left + right + 1) / 2, 0), (0, 40 * unit), color=MUTED, **looks)


def _cell(axes: Any, place: tuple[float, float], cell: Record, unit: float) -> None:
    x, y = place
    sign, colour, _ = SIGNS[cell["verdict"]]
    left, right, top, low = x + 0.03, x + 0.97, y + 0.05, y + 0.95
    axes.fill([left, right, right, left], [top, top, low, low], color=colour, linewidth=0)
    if cell["verdict"] == "accepted":
        sign = f"∈ {_short(cell['answer'])}"
    size = 17 if len(sign) == 1 else 16
    ink = "white" if cell["verdict"] in _DARK else "black"
    axes.text(x + 0.5, y + 0.5, sign, fontsize=size * unit, ha="center", va="center", color=ink)


def _short(slope: float) -> str:
    return f"{slope:.3g}" if abs(slope) < 1e3 else f"{slope:.0e}".replace("e+0", "e")


def _legend(figure: Any, cells: Sequence[Record], unit: float) -> None:
    """The signs that occur, in words."""
    there = {r["verdict"] for r in cells}
    parts = [f"{sign}  {words}" for verdict, (sign, _, words) in SIGNS.items() if verdict in there and words]
    figure.text(0.015, 0.03, "      ".join(parts), fontsize=16 * unit, va="center")
    figure.text(0.985, 0.03, "bold: the way out", fontsize=16 * unit, va="center", ha="right", fontweight="bold")
