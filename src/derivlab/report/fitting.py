"""Room for text: panels give way to the labels beside them, and an axis to the text behind its points."""

from __future__ import annotations

import itertools
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
    """Make room for what stands beside the panels of a figure; nothing moves where there is room.

    Panels become narrower until no text is cut off or reaches into the next panel, and stand below the figure's title.
    """
    edge = _EDGE * figure.bbox.width
    boxes = _boxes(figure)
    for _ in range(_STEPS):
        left = max([0.0, *(edge - box.x0 for box in boxes)])
        right = max([0.0, *(box.x1 - figure.bbox.width + edge for box in boxes)])
        between = max([0.0, *(a.x1 + edge - b.x0 for a, b in _neighbours(boxes))])
        if max(left, right, between) < 1.0 or not _narrow(figure, left, right, between):
            break
        boxes = _boxes(figure)
    _lower(figure, boxes)
    return figure


def _narrow(figure: Figure, left: float, right: float, between: float) -> bool:
    """Give so many pixels to the left, the right and each gap; whether the panels stay wide enough."""
    now, width = figure.subplotpars, figure.bbox.width
    columns = max(axes.get_subplotspec().get_gridspec().ncols for axes in _panels(figure))
    whole = (now.right - now.left) * width
    panel = whole / (columns + (columns - 1) * now.wspace)
    gap = now.wspace * panel + between
    narrower = (whole - left - right - (columns - 1) * gap) / columns
    if narrower * columns < _NARROWEST * width:
        return False
    figure.subplots_adjust(left=now.left + left / width, right=now.right - right / width, wspace=gap / narrower)
    return True


def _neighbours(boxes: list[Any]) -> list[tuple[Any, Any]]:
    """Pairs of extents side by side, the left one first."""
    pairs = itertools.permutations(boxes, 2)
    return [(a, b) for a, b in pairs if a.x0 < b.x0 and a.x1 < b.x1 and a.y0 < b.y1 and b.y0 < a.y1]


def _panels(figure: Figure) -> list[Any]:
    """Axes of a grid that are shown."""
    return [axes for axes in figure.axes if axes.axison and axes.get_subplotspec() is not None]


def _boxes(figure: Figure) -> list[Any]:
    """The extents of the panels with all that belongs to them."""
    renderer: Any = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    found = [axes.get_tightbbox(renderer) for axes in _panels(figure)]
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
