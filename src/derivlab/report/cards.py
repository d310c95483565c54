"""Cards side by side: how each method writes a derivative, what it computes, and which digits are right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from derivlab.report.figures import INK, MUTED, WARNING, Axes, Figure, mark_of, panels

_CODE, _VALUE = 16, 20
"""Points of the code, and of the value."""
_ADVANCE = 0.602
"""The width of a letter of the code's font, in its size."""
_LINE = 1.05
"""From line to line of code, in its size."""
_TOP, _FOOT = 0.685, 0.15
"""Where code begins and ends, as shares of the height of a card."""
_MONO: dict[str, Any] = {"family": "DejaVu Sans Mono"}


@dataclass(frozen=True)
class Card:
    """One method: its heading, a formula (mathtext), lines of code, its value, the exact one, its error in ulps.

    Lines that are too long are broken, and what does not fit is left out.
    """

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
    axes.text(0.035, 0.81, card.formula, fontsize=18, va="top", color=INK)
    axes.text(0.035, _TOP, "\n".join(_fitted(axes, card.code)), fontsize=_CODE, va="top", linespacing=1.02, **_MONO)
    right, wrong = _agreeing(repr(card.value), card.exact)
    start = axes.text(0.035, 0.045, right, fontsize=_VALUE, va="baseline", fontweight="bold", **_MONO)
    _append(axes, start, wrong)
    axes.text(0.97, 0.045, f"{_count(card.ulps)} ulps", fontsize=17, va="baseline", ha="right", color=MUTED)


def _fitted(axes: Axes, code: Sequence[str]) -> list[str]:
    """As much of the code as a card holds: long lines broken, and the middle left out before the last statement."""
    box = axes.get_window_extent()
    points = 72 / axes.figure.dpi / _CODE
    columns, rows = int(0.94 * box.width * points / _ADVANCE), int((_TOP - _FOOT) * box.height * points / _LINE)
    *lines, last = (_broken(line, columns) for line in code)
    head = [part for line in lines for part in line]
    if len(head) + len(last) <= rows:
        return [*head, *last]
    if len(last) > rows // 2:
        return [*(head + last)[: rows - 1], "…"]
    return [*head[: rows - 1 - len(last)], "…", *last]


def _broken(line: str, columns: int) -> list[str]:
    """A line in parts of so many letters: a statement is broken after a comma or before a dot, a formula anywhere."""
    if len(line) <= columns:
        return [line]
    ends = [found.end() for found in re.finditer(r"\), |\)(?=\.)", line) if found.end() < columns - 1]
    if not ends:
        return [line[:columns], *_broken(line[columns:], columns)]
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return [f"{line[: ends[-1]].rstrip()} \\", *_broken(indent + line[ends[-1] :], columns)]


def _append(axes: Axes, before: Any, text: str) -> None:
    if text:
        axes.annotate(text, xy=(1, 0), xycoords=before, va="bottom", fontsize=_VALUE, color=WARNING, **_MONO)


def _agreeing(value: str, exact: str) -> tuple[str, str]:
    """The digits of a value that agree with the exact decimal expansion, and the rest."""
    padded = exact.ljust(len(value), "0")
    same = next((i for i, digit in enumerate(value) if digit != padded[i]), len(value))
    return value[:same], value[same:]


def _count(ulps: float) -> str:
    if ulps < 1e2:
        return f"{ulps:.1f}"
    return f"{ulps:,.0f}" if ulps < 1e6 else f"{ulps / 1e6:.3g} million"
