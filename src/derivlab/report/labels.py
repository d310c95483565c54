"""Direct labels: names beside what they name, moved apart where they would overlap."""

from __future__ import annotations

from collections.abc import Sequence

from derivlab.report.figures import Axes, text_colour
from derivlab.report.point_labels import Entry, along, point_labels

__all__ = ["Entry", "along", "end_labels", "point_labels", "scientific", "spread"]


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
