"""Whether a figure can be read: nothing is cut off, covered by other text, or too small.

The figure is drawn by a renderer that notes where each line of text comes to stand, so that only what a reader sees
is judged, and at the size of its ink.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg

from derivlab.report.figures import PRINT, Figure, Style, house_style

_TOUCH = 1.0
"""Pixels that the ink of two lines may share: the soft edges of letters."""


@dataclass(frozen=True)
class Line:
    """A line of text as drawn: its words, its size in points, and the box of its ink in pixels (y downward)."""

    text: str
    points: float
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Line) -> bool:
        """Whether the ink of two lines overlaps."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > _TOUCH and down > _TOUCH

    def leaves(self, width: float, height: float) -> bool:
        """Whether ink lies outside a canvas."""
        beyond = max(-self.left, -self.top, self.right - width, self.bottom - height)
        return beyond > _TOUCH


class _Reader(RendererAgg):
    """Draws a figure, and notes each line of text."""

    def __init__(self, figure: Figure) -> None:
        width, height = figure.get_size_inches() * figure.dpi
        super().__init__(width, height, figure.dpi)
        self.lines: list[Line] = []

    def draw_text(self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False,
                  mtext: Any = None) -> None:  # fmt: skip
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        turn = math.radians(angle)
        along, upward = np.array([math.cos(turn), -math.sin(turn)]), np.array([-math.sin(turn), -math.cos(turn)])
        corners = [np.array([x, y]) + u * along + v * upward for u in (0, width) for v in (-descent, height - descent)]
        (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
        self.lines.append(Line(s, prop.get_size_in_points(), left, top, right, bottom))


def lines_of_text(figure: Figure) -> list[Line]:
    """Every line of text that a figure shows."""
    with house_style():
        reader = _Reader(figure)
        figure.draw(reader)
    return reader.lines


def faults(figure: Figure, style: Style = PRINT) -> list[str]:
    """What a reader cannot read: a sentence for each line that is cut off, covered or too small, none if all is well.

    Sizes are those on paper or on a slide: a figure as wide as the style's canvas is shown at the style's width, and
    others in proportion, none wider than that.
    """
    width, height = figure.get_size_inches() * figure.dpi
    scale = style.shown / max(style.width, figure.get_size_inches()[0])
    lines = [line for line in lines_of_text(figure) if line.text.strip()]
    found = [f"{line.text!r} is cut off by the edge" for line in lines if line.leaves(width, height)]
    found += [f"{a.text!r} covers {b.text!r}" for a, b in itertools.combinations(lines, 2) if a.meets(b)]
    found += [
        f"{line.text!r} is shown at {line.points * scale:.1f} points, below {style.smallest:g}"
        for line in lines
        if line.points * scale < style.smallest
    ]
    return found if any(axes.has_data() or axes.texts for axes in figure.axes) else [*found, "the axes are empty"]
