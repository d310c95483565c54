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
_RADIUS = 9.0
"""Of a marker of the usual size, in points."""
_DISTANCES = (4, 17, 31, 51, 76, 106, 141, 181)
"""Points between the edge of a marker and its label, the nearest first."""
_PLACES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_ALIGN = {-1: "right", 0: "center", 1: "left"}
_VALIGN = {-1: "top", 0: "center", 1: "bottom"}
_NEAR = 11
"""A label that stands further away has a leader."""
_SWEEPS = 4
"""How often each label may move once the others stand."""


def point_labels(
    axes: Axes,
    entries: Sequence[Entry],
    *,
    fontsize: float = 19,
    radii: Sequence[float] | None = None,
    avoid: Sequence[Point] = (),
) -> None:
    """Label points beside themselves, each at the nearest place where it covers nothing, nor its leader a label.

    Labels give way to each other: all are placed in turn, and again while one still covers something. ``radii`` are
    those of the markers, in points; without them all are of the usual size. ``avoid`` are further points that no label
    should cover, in the units of the axes.
    """
    board = _Board(axes, entries, fontsize, radii or [_RADIUS] * len(entries), avoid)
    for _ in range(_SWEEPS):
        if sum(board.place(k) for k in range(len(entries))) == 0:
            break
    for entry, label, radius in zip(entries, board.standing, board.radii, strict=True):
        _write(axes, entry, label, fontsize, radius)


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
    """A place for a label: its direction and distance from the edge of its marker, how many points across and up that
    is from the point, its box, and points of its leader as far as that is seen."""

    place: tuple[int, int]
    away: float
    shift: tuple[float, float]
    box: Bbox
    leader: tuple[tuple[float, float], ...]


class _Board:
    """The points in pixels, and where their labels stand so far."""

    def __init__(
        self, axes: Axes, entries: Sequence[Entry], fontsize: float, radii: Sequence[float], avoid: Sequence[Point]
    ) -> None:
        self.pixels, self.radii = axes.figure.dpi / 72, radii
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

    def _label(self, k: int, place: tuple[int, int], away: float) -> _Label:
        (x, y), (width, height) = self.centres[k], self.sizes[k]
        across, up = place
        distance = (self.radii[k] + away) * (0.75 if across and up else 1.0)
        left = x + across * distance * self.pixels + (across - 1) / 2 * width
        bottom = y + up * distance * self.pixels + (up - 1) / 2 * height
        box = Bbox.from_bounds(left, bottom, width, height)
        u, v = left + width / 2, bottom + height / 2
        line = [(x + t * (u - x), y + t * (v - y)) for t in (step / 16 for step in range(1, 16))]
        seen = tuple(point for point in line if not _inside(box, point)) if away > _NEAR else ()
        return _Label(place, away, (across * distance, up * distance), box, seen)

    def _badness(self, k: int, label: _Label) -> float:
        """What a label covers: labels, points and leaders; what its leader crosses; and how far it leaves the axes."""
        box = label.box
        discs = [(c, r * self.pixels) for c, r in zip(self.centres, self.radii, strict=True) if c != self.centres[k]]
        boxes = [other.box.expanded(1.1, 1.1) for other in self.standing if other]
        lines = [point for other in self.standing if other for point in other.leader]
        area = sum(_overlap(box, other) for other in boxes)
        covered = sum(_inside(box, *disc) for disc in discs) + sum(_inside(box, point) for point in lines)
        met = sum(_inside(box, point) for point in self.avoided)
        crossed = sum(_inside(other, point) for other in boxes for point in label.leader)
        passed = sum(math.dist(centre, point) < radius for centre, radius in discs for point in label.leader)
        return (
            area + 1000 * (area > 0) + 1000 * covered + 300 * crossed + 600 * passed + 100 * met
            + 200 * _outside(box, self.frame)
        )  # fmt: skip


def _size(axes: Axes, text: str, fontsize: float) -> tuple[float, float]:
    """Width and height of a label in pixels."""
    artist = axes.text(0, 0, text, fontsize=fontsize, fontweight="bold")
    box = artist.get_window_extent()
    artist.remove()
    return box.width, box.height


def _write(axes: Axes, entry: Entry, label: _Label, fontsize: float, radius: float) -> None:
    x, y, text, colour = entry
    leader = {"arrowstyle": "-", "color": colour, "linewidth": 1.0, "shrinkA": 0, "shrinkB": radius - 3}
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
        arrowprops=leader if label.away > _NEAR else None,
    )


def _outside(box: Bbox, frame: Bbox) -> float:
    """How far a box leaves a frame, across and up."""
    return max(0.0, frame.x0 - box.x0, box.x1 - frame.x1) + max(0.0, frame.y0 - box.y0, box.y1 - frame.y1)


def _inside(box: Bbox, point: Any, radius: float = 0.0) -> bool:
    return box.x0 - radius < point[0] < box.x1 + radius and box.y0 - radius < point[1] < box.y1 + radius


def _overlap(a: Bbox, b: Bbox) -> float:
    return max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0)) * max(0.0, min(a.y1, b.y1) - max(a.y0, b.y0))
