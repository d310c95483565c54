"""Room for text: panels give way to the labels beside them, and an axis to the text behind its points."""

from __future__ import annotations

import math
from typing import Any

from derivlab.report.figures import Axes, Figure

_EDGE = 0.012
"""What stays free at the edges of a canvas, as a share of its width."""

_NARROWEST = 0.25
"""Panels stay at least that wide, all together."""
_STEPS = 6
"""Text moves with its point, so that one step is often not enough."""


def fit(figure: Figure) -> Figure:
    """Narrow the panels of a figure until no text beside them is cut off, and lower them below its title.

    Nothing moves where there is room.
    """
    width, edge = figure.bbox.width, _EDGE * figure.bbox.width
    boxes = _boxes(figure)
    for _ in range(_STEPS):
        left = max([0.0, *(edge - box.x0 for box in boxes)])
        right = max([0.0, *(box.x1 - width + edge for box in boxes)])
        now = figure.subplotpars
        if max(left, right) < 1.0 or now.right - now.left < _NARROWEST + (left + right) / width:
            break
        figure.subplots_adjust(left=now.left + left / width, right=now.right - right / width)
        boxes = _boxes(figure)
    _lower(figure, boxes)
    return figure


def _boxes(figure: Figure) -> list[Any]:
    """The extents of the panels with all that belongs to them."""
    renderer: Any = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    found = [axes.get_tightbbox(renderer) for axes in figure.axes if axes.get_subplotspec() is not None]
    return [box for box in found if box is not None]


def _lower(figure: Figure, boxes: list[Any]) -> None:
    """Lower the panels until their own titles stand clear of the figure's."""
    title: Any = figure._suptitle  # type: ignore[attr-defined]
    if title is None or not boxes:
        return
    gap = 0.4 * title.get_fontsize() * figure.dpi / 72
    excess = max(box.y1 for box in boxes) + gap - title.get_window_extent().y0
    if excess > 0:
        figure.subplots_adjust(top=figure.subplotpars.top - excess / figure.bbox.height)


def room_behind(axes: Axes) -> None:
    """Move the right end of a logarithmic axis out until the texts behind its points end inside of the axes.

    A text keeps its width while its point moves.
    """
    for _ in range(_STEPS):
        frame = axes.get_window_extent()
        boxes = [text.get_window_extent() for text in axes.texts]
        needed = [(box.x0 - frame.x0) / (frame.width - box.width) for box in boxes if box.width < frame.width]
        excess = max(needed, default=0.0)
        if excess <= 1.0:
            return
        low, high = axes.get_xlim()
        axes.set_xlim(low, low * math.exp(math.log(high / low) * excess))
