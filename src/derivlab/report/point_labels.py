"""Labels of points, each where it covers neither a point nor another label."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from derivlab.report.figures import Axes, Bbox, text_colour

Point = tuple[float, float]
Entry = tuple[float, float, str, str]
"""(x, y, text, colour) in the units of the axes."""
_DISTANCES = (13, 26, 40, 60, 85, 115, 150, 190)
"""Points between a point and its label, the nearest first."""
_PLACES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_ALIGN = {-1: "right", 0: "center", 1: "left"}
_VALIGN = {-1: "top", 0: "center", 1: "bottom"}
_NEAR = 20
"""A label that stands further away has a leader."""
_SWEEPS = 4
"""How often each label may move once the others stand."""


def point_labels(axes: Axes, entries: Sequence[Entry], *, fontsize: float = 19, avoid: Sequence[Point] = ()) -> None:
    """Label points beside themselves, each at the nearest place where it covers nothing, nor its leader a label.

    Labels give way to each other: all are placed in turn, and again while one still covers something. ``avoid`` are
    further points that no label should cover, in the units of the axes.
    """
    board = _Board(axes, entries, fontsize, avoid)
    for _ in range(_SWEEPS):
        if sum(board.place(k) for k in range(len(entries))) == 0:
            break
    for entry, label in zip(entries, board.standing, strict=True):
        _write(axes, entry, label, fontsize)


def along(xs: Sequence[float], ys: Sequence[float], parts: int = 12) -> list[Point]:
    """Points of a line over a logarithmic axis of heights, so close that no label fits between two."""
    joints = list(zip(xs, ys, strict=True))
    between = [
        (a + t * (b - a), u ** (1 - t) * v**t)
        for (a, u), (b, v) in itertools.pairwise(joints)
        for t in (k / parts for k in range(parts))
    ]
    return between + joints


@dataclass(frozen=True)
class _Label:
    """A place for a label: where it stands from its point, its box, and points of its leader as far as that is seen."""

    place: tuple[int, int]
    distance: float
    box: Bbox
    leader: tuple[tuple[float, float], ...]

    @property
    def shift(self) -> tuple[float, float]:
        """From the point to the label, in points."""
        across, up = self.place
        share = 0.75 if across and up else 1.0
        return across * self.distance * share, up * self.distance * share


class _Board:
    """The points in pixels, and where their labels stand so far."""

    def __init__(self, axes: Axes, entries: Sequence[Entry], fontsize: float, avoid: Sequence[Point]) -> None:
        self.pixels = axes.figure.dpi / 72
        self.radius = 9 * self.pixels
        self.frame = axes.get_window_extent()
        self.centres = [tuple(axes.transData.transform(entry[:2])) for entry in entries]
        self.avoided = [tuple(axes.transData.transform(point)) for point in avoid]
        self.sizes = [_size(axes, text, fontsize) for _, _, text, _ in entries]
        self.standing: list[Any] = [None] * len(entries)

    def place(self, k: int) -> float:
        """Put the label of a point at the first place that is not bad at all, or at the least bad one: how bad."""
        self.standing[k] = None
        best, least = self._label(k, _PLACES[0], _DISTANCES[0]), math.inf
        for distance, place in itertools.product(_DISTANCES, _PLACES):
            label = self._label(k, place, distance)
            bad = self._badness(k, label)
            if bad < least:
                best, least = label, bad
            if bad == 0:
                break
        self.standing[k] = best
        return least

    def _label(self, k: int, place: tuple[int, int], distance: float) -> _Label:
        (x, y), (width, height) = self.centres[k], self.sizes[k]
        bare = _Label(place, distance, Bbox.null(), ())
        across, up = (shift * self.pixels for shift in bare.shift)
        left, bottom = x + across + (place[0] - 1) / 2 * width, y + up + (place[1] - 1) / 2 * height
        box = Bbox.from_bounds(left, bottom, width, height)
        u, v = left + width / 2, bottom + height / 2
        line = [(x + t * (u - x), y + t * (v - y)) for t in (step / 16 for step in range(1, 16))]
        seen = tuple(point for point in line if not _inside(box, point)) if distance > _NEAR else ()
        return _Label(place, distance, box, seen)

    def _badness(self, k: int, label: _Label) -> float:
        """What a label covers: labels, points and leaders; what its leader crosses; and how far it leaves the axes."""
        box, others = label.box, [centre for centre in self.centres if centre != self.centres[k]]
        boxes = [other.box.expanded(1.1, 1.1) for other in self.standing if other]
        lines = [point for other in self.standing if other for point in other.leader]
        area = sum(_overlap(box, other) for other in boxes)
        covered = sum(_inside(box, point, self.radius) for point in others) + sum(_inside(box, p) for p in lines)
        met = sum(_inside(box, point) for point in self.avoided)
        crossed = sum(_inside(other, point) for other in boxes for point in label.leader)
        passed = sum(math.dist(other, point) < self.radius for other in others for point in label.leader)
        frame = self.frame
        outside = max(0.0, frame.x0 - box.x0, box.x1 - frame.x1) + max(0.0, frame.y0 - box.y0, box.y1 - frame.y1)
        return area + 1000 * (area > 0) + 1000 * covered + 300 * crossed + 600 * passed + 100 * met + 200 * outside


def _size(axes: Axes, text: str, fontsize: float) -> tuple[float, float]:
    """Width and height of a label in pixels."""
    artist = axes.text(0, 0, text, fontsize=fontsize, fontweight="bold")
    box = artist.get_window_extent()
    artist.remove()
    return box.width, box.height


def _write(axes: Axes, entry: Entry, label: _Label, fontsize: float) -> None:
    x, y, text, colour = entry
    leader = {"arrowstyle": "-", "color": colour, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 6}
    axes.annotate(
        text,
        xy=(x, y),
        xytext=label.shift,
        textcoords="offset points",
        ha=_ALIGN[label.place[0]],
        va=_VALIGN[label.place[1]],
        color=text_colour(colour),
        fontsize=fontsize,
        fontweight="bold",
        arrowprops=leader if label.distance > _NEAR else None,
    )


def _inside(box: Bbox, point: Any, radius: float = 0.0) -> bool:
    return box.x0 - radius < point[0] < box.x1 + radius and box.y0 - radius < point[1] < box.y1 + radius


def _overlap(a: Bbox, b: Bbox) -> float:
    return max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0)) * max(0.0, min(a.y1, b.y1) - max(a.y0, b.y0))
