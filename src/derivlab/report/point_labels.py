"""Labels of points, each where it covers neither a point nor another label."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from derivlab.report.figures import Axes, Text, text_colour

Entry = tuple[float, float, str, str]
"""(x, y, text, colour) in the units of the axes."""
_DISTANCES = (13, 26, 40, 60, 85, 115, 150, 190)
"""Points between a point and its label, the nearest first."""
_PLACES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_ALIGN = {-1: "right", 0: "center", 1: "left"}
_VALIGN = {-1: "top", 0: "center", 1: "bottom"}
_SWEEPS = 4
"""How often each label may move once the others stand."""


def point_labels(axes: Axes, entries: Sequence[Entry], *, fontsize: float = 19) -> None:
    """Label points beside themselves, each at the nearest place where it covers nothing, nor its leader a label.

    Labels give way to each other: all are placed in turn, and again while one still covers something.
    """
    board = _Board(axes, entries, fontsize)
    for _ in range(_SWEEPS):
        if sum(board.place(k) for k in range(len(entries))) == 0:
            return


class _Board:
    """The points, and the labels that stand so far: for each its artist, its box, and points of its leader."""

    def __init__(self, axes: Axes, entries: Sequence[Entry], fontsize: float) -> None:
        self.axes, self.entries, self.fontsize = axes, entries, fontsize
        self.renderer: Any = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
        self.radius = 9 * axes.figure.dpi / 72
        self.frame = axes.get_window_extent(self.renderer)
        self.centres = [tuple(axes.transData.transform(entry[:2])) for entry in entries]
        self.standing: dict[int, tuple[Any, Any, list[Any]]] = {}

    def place(self, k: int) -> float:
        """Put the label of a point at the first place that is not bad at all, or at the least bad one: how bad."""
        if k in self.standing:
            self.standing.pop(k)[0].remove()
        best, least = (13, _PLACES[0]), math.inf
        for distance, place in itertools.product(_DISTANCES, _PLACES):
            label = self._label(k, place, distance)
            bad = self._badness(k, *self._shape(k, label))
            label.remove()
            if bad < least:
                best, least = (distance, place), bad
            if bad == 0:
                break
        label = self._label(k, best[1], best[0])
        self.standing[k] = (label, *self._shape(k, label))
        return least

    def _label(self, k: int, place: tuple[int, int], distance: float) -> Any:
        x, y, text, colour = self.entries[k]
        across, up = place
        share = 0.75 if across and up else 1.0
        leader = {"arrowstyle": "-", "color": colour, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 6}
        return self.axes.annotate(
            text,
            xy=(x, y),
            xytext=(across * distance * share, up * distance * share),
            textcoords="offset points",
            ha=_ALIGN[across],
            va=_VALIGN[up],
            color=text_colour(colour),
            fontsize=self.fontsize,
            fontweight="bold",
            arrowprops=leader if distance > 20 else None,
        )

    def _shape(self, k: int, label: Any) -> tuple[Any, list[Any]]:
        """The box of a label's text, and points of its leader as far as that is seen."""
        label.update_positions(self.renderer)
        box = Text.get_window_extent(label, self.renderer)  # the label's own extent has the leader in it
        (x, y), (u, v) = self.centres[k], ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        between = [(x + t * (u - x), y + t * (v - y)) for t in (step / 16 for step in range(1, 16))]
        seen = [point for point in between if not _inside(box, point)]
        return box, seen if label.arrow_patch is not None else []

    def _badness(self, k: int, box: Any, leader: list[Any]) -> float:
        """What a label covers: labels, points and leaders; what its leader crosses; and how far it leaves the axes."""
        others = [centre for centre in self.centres if centre != self.centres[k]]
        boxes = [other.expanded(1.1, 1.1) for _, other, _ in self.standing.values()]
        lines = [point for *_, points in self.standing.values() for point in points]
        area = sum(_overlap(box, other) for other in boxes)
        covered = sum(_inside(box, point, self.radius) for point in others) + sum(_inside(box, p) for p in lines)
        crossed = sum(_inside(other, point) for other in boxes for point in leader)
        passed = sum(math.dist(other, point) < self.radius for other in others for point in leader)
        frame = self.frame
        outside = max(0.0, frame.x0 - box.x0, box.x1 - frame.x1) + max(0.0, frame.y0 - box.y0, box.y1 - frame.y1)
        return area + 1000 * (area > 0) + 1000 * covered + 300 * crossed + 600 * passed + 200 * outside


def _inside(box: Any, point: Any, radius: float = 0.0) -> bool:
    return box.x0 - radius < point[0] < box.x1 + radius and box.y0 - radius < point[1] < box.y1 + radius


def _overlap(a: Any, b: Any) -> float:
    return max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0)) * max(0.0, min(a.y1, b.y1) - max(a.y0, b.y0))
