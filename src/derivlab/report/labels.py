"""Direct labels: names beside what they name, moved apart where they would overlap."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from derivlab.report.figures import Axes, text_colour

Entry = tuple[float, float, str, str]
"""(x, y, text, colour) in the units of the axes."""


def end_labels(axes: Axes, entries: Sequence[Entry], *, fontsize: float = 19, pad: float = 0.03) -> None:
    """Label the right ends of lines in the margin, in order of height, with a leader to each line that moved."""
    fraction = axes.transData + axes.transAxes.inverted()
    points = [(float(u), min(max(float(v), 0.0), 1.0)) for u, v in (fraction.transform(entry[:2]) for entry in entries)]
    box = axes.get_window_extent()
    line = 1.3 * fontsize * axes.figure.dpi / 72 / box.height  # height of a label, as a share of the axes
    rows = sorted(range(len(entries)), key=lambda i: points[i][1])
    heights = spread([points[i][1] for i in rows], line)
    for i, height in zip(rows, heights, strict=True):
        _, _, text, colour = entries[i]
        leader = {"arrowstyle": "-", "color": colour, "linewidth": 1.0, "shrinkA": 2, "shrinkB": 2, "relpos": (0, 0.5)}
        axes.annotate(
            text,
            xy=points[i],
            xycoords="axes fraction",
            xytext=(1 + pad, height),
            textcoords="axes fraction",
            color=text_colour(colour),
            fontsize=fontsize,
            fontweight="bold",
            va="center",
            ha="left",
            annotation_clip=False,
            arrowprops=leader,
        )


def scientific(value: float, digits: int = 2) -> str:
    """A number as mathtext: 1.9 × 10⁻⁹."""
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return rf"${mantissa} \times 10^{{{int(exponent)}}}$"


def spread(heights: Sequence[float], gap: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Ascending heights moved as little as needed to stand ``gap`` apart between ``low`` and ``high``."""
    groups: list[tuple[list[float], float]] = []  # members and the centre of each block of touching labels
    for height in heights:
        members, centre = [height], height
        while groups and _bottom(members, centre, gap) < _top(*groups[-1], gap) + gap:
            members = groups.pop()[0] + members
            centre = sum(members) / len(members)
        groups.append((members, centre))
    placed: list[float] = []
    for members, centre in groups:
        start = min(max(_bottom(members, centre, gap), low), high - gap * (len(members) - 1))
        start = max(start, placed[-1] + gap) if placed else start
        placed += [start + gap * k for k in range(len(members))]
    return placed


def _bottom(members: list[float], centre: float, gap: float) -> float:
    return centre - gap * (len(members) - 1) / 2


def _top(members: list[float], centre: float, gap: float) -> float:
    return centre + gap * (len(members) - 1) / 2


_PLACES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_ALIGN = {-1: "right", 0: "center", 1: "left"}
_VALIGN = {-1: "top", 0: "center", 1: "bottom"}
_RADIUS = 9.0
"""Of a marker of the usual size, in points."""
_AWAY = (4, 17, 31, 51, 76)
"""Distances of a label from the edge of its marker, in points, nearest first."""
_NEAR = 11
"""Up to this distance a label needs no leader."""


def point_labels(
    axes: Axes, entries: Sequence[Entry], *, fontsize: float = 19, radii: Sequence[float] | None = None
) -> None:
    """Label points beside themselves, each at the first place that covers no other point or label.

    ``radii`` are those of the markers, in points; without them all are of the usual size.
    """
    renderer: Any = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    scale = axes.figure.dpi / 72
    radii = radii or [_RADIUS] * len(entries)
    discs = [
        (*axes.transData.transform(entry[:2]), radius * scale) for entry, radius in zip(entries, radii, strict=True)
    ]
    frame = axes.get_window_extent(renderer)
    taken: list[Any] = []
    for entry, radius, disc in zip(entries, radii, discs, strict=True):
        others = [d for d in discs if d is not disc]
        tried: list[tuple[float, float, tuple[int, int], Any]] = []
        for away, place in itertools.product(_AWAY, _PLACES):
            label = _label_at(axes, entry, fontsize, place, radius, away)
            box = label.get_window_extent(renderer)
            label.remove()
            tried.append((_badness(box, taken, others, frame), away, place, box))
            if tried[-1][0] == 0:
                break
        _, away, place, box = min(tried, key=lambda candidate: candidate[0])
        _label_at(axes, entry, fontsize, place, radius, away, leader=away > _NEAR)
        taken.append(box.expanded(1.15, 1.1))


def _label_at(
    axes: Axes, entry: Entry, fontsize: float, place: tuple[int, int], radius: float, away: float, leader: bool = False
) -> Any:
    x, y, text, colour = entry
    across, up = place
    distance = (radius + away) * (0.75 if across and up else 1.0)
    line = {"arrowstyle": "-", "color": colour, "linewidth": 1.0, "shrinkA": 0, "shrinkB": radius - 3}
    return axes.annotate(
        text,
        xy=(x, y),
        xytext=(across * distance, up * distance),
        textcoords="offset points",
        ha=_ALIGN[across],
        va=_VALIGN[up],
        color=text_colour(colour),
        fontsize=fontsize,
        fontweight="bold",
        arrowprops=line if leader else None,
    )


def _badness(box: Any, taken: list[Any], discs: list[Any], frame: Any) -> float:
    """How much a label covers: overlapping area with labels, points covered, and what leaves the frame."""
    area = sum(_overlap(box, other) for other in taken)
    covered = sum(
        box.x0 - radius < px < box.x1 + radius and box.y0 - radius < py < box.y1 + radius for px, py, radius in discs
    )
    outside = max(0.0, frame.x0 - box.x0, box.x1 - frame.x1) + max(0.0, frame.y0 - box.y0, box.y1 - frame.y1)
    return area + 1e3 * covered + 50 * outside


def _overlap(a: Any, b: Any) -> float:
    return max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0)) * max(0.0, min(a.y1, b.y1) - max(a.y0, b.y0))
