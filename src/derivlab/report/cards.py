"""Cards side by side: how each method writes a derivative, what it computes, and which digits are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from derivlab.report.figures import INK, MUTED, WARNING, Axes, Figure, mark_of, panels

_MONO: dict[str, Any] = {"family": "DejaVu Sans Mono"}


@dataclass(frozen=True)
class Card:
    """One method: its heading, a formula (mathtext), lines of code, its value, the exact one, its error in ulps."""

    method: str
    heading: str
    formula: str
    code: Sequence[str]
    value: float
    exact: str
    ulps: float


def cards_figure(title: str, cards: Sequence[Card]) -> Figure:
    """Up to four cards in two columns; the wrong digits of a value are thin and coloured."""
    figure, (whole,) = panels(title, left=0.0, right=1.0, top=1.0, bottom=0.0)
    whole.set_axis_off()
    for k, card in enumerate(cards):
        axes = figure.add_axes((0.02 + 0.49 * (k % 2), 0.465 - 0.445 * (k // 2), 0.47, 0.42))
        _draw(axes, card)
    return figure


def _draw(axes: Axes, card: Card) -> None:
    colour = mark_of(card.method).colour
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set(visible=True, color="#BFBFBF")
    axes.plot([0.004, 0.004], [0, 1], color=colour, linewidth=9, clip_on=True, solid_capstyle="butt")
    axes.text(0.035, 0.95, card.heading, fontsize=22, fontweight="bold", va="top")
    axes.text(0.035, 0.79, card.formula, fontsize=18, va="top", color=INK)
    axes.text(0.035, 0.645, "\n".join(card.code), fontsize=15, va="top", linespacing=1.15, **_MONO)
    right, wrong = _agreeing(repr(card.value), card.exact)
    start = axes.text(0.035, 0.045, right, fontsize=21, va="baseline", fontweight="bold", **_MONO)
    _append(axes, start, wrong)
    axes.text(0.97, 0.045, f"{_count(card.ulps)} ulps", fontsize=19, va="baseline", ha="right", color=MUTED)


def _append(axes: Axes, before: Any, text: str) -> None:
    if text:
        axes.annotate(text, xy=(1, 0), xycoords=before, va="bottom", fontsize=21, color=WARNING, **_MONO)


def _agreeing(value: str, exact: str) -> tuple[str, str]:
    """The digits of a value that agree with the exact decimal expansion, and the rest."""
    padded = exact.ljust(len(value), "0")
    same = next((i for i, digit in enumerate(value) if digit != padded[i]), len(value))
    return value[:same], value[same:]


def _count(ulps: float) -> str:
    if ulps < 1e4:
        return f"{ulps:.1f}"
    return f"{ulps / 1e6:.3g} million"
