"""Paints the nodes of a computational graph."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from derivlab.graph.drawing.draw import Node, short
from derivlab.graph.drawing.layout import Layout, Point, layout
from derivlab.report.figures import INK, MUTED, PALETTE, WARNING, canvas, house_style

_RADIUS, _WIRE, _GAP, _ROW = 0.34, 0.9, 0.52, 0.96
"""Inches: a circle's radius, the wire that carries its numbers, between layers, and between rows."""
_FONT = 19
_MARGIN, _KEY = 0.35, 0.25
_HEAD = 0.14
_LOOK: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": INK, "markeredgewidth": 1.8, "zorder": 2}


class Painter:
    """Draws nodes, alone or into axes of a larger figure; one unit of the axes is an inch.

    Attributes
    ----------
    layout
        Where the nodes stand.
    extent
        (left, right, low, high) of what is drawn, in inches.
    """

    def __init__(self, nodes: Sequence[Node], values: bool) -> None:
        self.nodes = nodes
        self.values = values
        parents = [node.parents for node in nodes]
        self.read = {parent for reads in parents for parent in reads}
        self.layout: Layout = layout(parents, [self._width(node) for node in nodes], gap=_GAP, row=_ROW)
        self.extent = self._extent()

    @cached_property
    def figure(self) -> Any:
        """The graph alone, with a key to its colours."""
        left, right, low, high = self.extent
        left, low, high = left - _MARGIN, low - _MARGIN - (_KEY if self.values else 0.0), high + _MARGIN
        width, height = max(right - left, 4.6), high - low
        with house_style():
            figure = canvas(width, height)
            axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(left, left + width), ylim=(low, high))
        axes.set_axis_off()
        if self.values:
            self._key(axes, left + _MARGIN, low + 0.18)
        self._paint(axes)
        return figure

    def into(self, figure: Any, x: float, y: float, scale: float = 1.0) -> Any:
        """Paint into a figure, the upper left corner at (x, y) inches from its own, and letters by the same scale.

        The axes are returned.
        """
        left, right, low, high = self.extent
        width, height = figure.get_size_inches()
        size = scale * (right - left) / width, scale * (high - low) / height
        axes = figure.add_axes((x / width, 1 - y / height - size[1], *size), xlim=(left, right), ylim=(low, high))
        axes.set_axis_off()
        self._paint(axes, scale)
        return axes

    def _paint(self, axes: Any, scale: float = 1.0) -> None:
        self.axes, self.scale = axes, scale
        for route in self.layout.routes.values():
            self._edge(route)
        for k, node in enumerate(self.nodes):
            self._node(k, node)

    def _body(self, node: Node) -> float:
        """The width of a circle, a box or a name."""
        if node.kind == "fold":
            return 0.15 * len(node.label) + 0.3
        if node.kind == "operation":
            return max(2 * _RADIUS, 0.16 * len(node.label) + 0.2 if len(node.label) > 4 else 0.0)
        plain = "".join(c for c in node.label if c.isalnum())
        for macro in ("mathbf", "mathit", "mathrm", "boldsymbol"):
            plain = plain.replace(macro, "")
        return max(0.45, 0.17 * len(plain) + 0.2)

    def _wire(self, node: Node) -> float:
        if node.kind == "fold" or not self.values:
            return 0.0
        texts = [short(x) for x in (node.value, node.gradient) if x is not None]
        return max(_WIRE, 0.16 * max(map(len, texts), default=0) + 0.12)

    def _width(self, node: Node) -> float:
        return self._body(node) + self._wire(node)

    def _extent(self) -> tuple[float, float, float, float]:
        points = [*self.layout.points, *(point for route in self.layout.routes.values() for point in route)]
        rights = [x + self._width(n) for (x, _), n in zip(self.layout.points, self.nodes, strict=True)]
        heights = [y for _, y in points]
        return 0.0, max(rights, default=1.0) + 0.9, min(heights, default=0.0) - 0.55, max(heights, default=0.0) + 0.55

    def _key(self, axes: Any, x: float, y: float) -> None:
        """What the colours mean."""
        for text, colour, shift in (("value above", PALETTE["green"], 0.0), ("gradient below", WARNING, 1.6)):
            axes.text(x + shift, y, text, color=colour, fontsize=_FONT - 4, ha="left", va="baseline")

    def _edge(self, route: Sequence[Point]) -> None:
        curve = _smooth([*route[:-1], (route[-1][0] - _HEAD, route[-1][1])])
        look: dict[str, Any] = {"color": MUTED, "linewidth": self._points(1.8), "solid_capstyle": "round"}
        self.axes.plot(curve[:, 0], curve[:, 1], zorder=1, **look)
        self._arrow(*route[-1])

    def _arrow(self, x: float, y: float) -> None:
        """An arrow head that ends at a point, level."""
        xs, ys = [x - _HEAD, x, x - _HEAD], [y + 0.4 * _HEAD, y, y - 0.4 * _HEAD]
        self.axes.fill(xs, ys, color=MUTED, linewidth=0, zorder=2)

    def _node(self, k: int, node: Node) -> None:
        x, y = self.layout.points[k]
        body, end = self._body(node), x + self._width(node)
        centre = x + body / 2
        if node.kind == "operation" and body == 2 * _RADIUS:
            self.axes.plot([centre], [y], "o", markersize=self._points(2 * 72 * _RADIUS), **_LOOK)
        elif node.kind in ("operation", "fold"):
            self._box(x, y, body, dashed=node.kind == "fold")
        name = node.kind in ("input", "data")
        size = _FONT + 3 if name or len(node.label) == 1 else _FONT - 1 if len(node.label) < 4 else _FONT - 4
        colour = INK if node.kind != "data" else MUTED
        where: dict[str, Any] = {"ha": "center", "va": "center_baseline", "zorder": 3}
        self.axes.text(centre, y, node.label, fontsize=self._points(size), color=colour, **where)
        if k in self.read or node.output:
            self.axes.plot([x + body, end], [y, y], color=MUTED, linewidth=self._points(1.8), zorder=1)
        if self.values and node.kind != "fold":
            self._numbers((x + body + end) / 2, y, node)
        if node.output:
            self._arrow(end + 2 * _HEAD, y)
            self.axes.plot([end, end + _HEAD], [y, y], color=MUTED, linewidth=self._points(1.8), zorder=1)
            letter = self._points(_FONT + 3)
            self.axes.text(end + 2 * _HEAD + 0.1, y, node.output, fontsize=letter, ha="left", va="center_baseline")

    def _points(self, size: float) -> float:
        return size * self.scale

    def _box(self, x: float, y: float, width: float, dashed: bool) -> None:
        xs, ys = _rounded(x, y, width, 2 * _RADIUS)
        self.axes.fill(
            xs, ys, facecolor="white", edgecolor="black", linewidth=1.8, zorder=2, linestyle="--" if dashed else "-"
        )

    def _numbers(self, x: float, y: float, node: Node) -> None:
        above, below = {"ha": "center", "va": "bottom"}, {"ha": "center", "va": "top"}
        for number, colour, shift, place in (
            (node.value, PALETTE["green"], 0.06, above),
            (node.gradient, WARNING, -0.07, below),
        ):
            if number is not None:
                self.axes.text(
                    x, y + shift, short(number), fontsize=self._points(_FONT), color=colour, zorder=3, **place
                )


def _smooth(route: Sequence[Point]) -> Any:
    """A curve through points that is level at each."""
    t = np.linspace(0.0, 1.0, 17)
    ease = t * t * (3 - 2 * t)
    parts = [
        np.column_stack([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * ease]) for a, b in itertools.pairwise(route)
    ]
    return np.concatenate(parts)


def _rounded(x: float, y: float, width: float, height: float, radius: float = 0.14) -> tuple[Any, Any]:
    """The outline of a box with round corners, from its left end and middle height."""
    angles = np.linspace(0, np.pi / 2, 9)
    xs, ys = [], []
    for quarter, (right, top) in enumerate(((1, 1), (0, 1), (0, 0), (1, 0))):
        turn = angles + quarter * np.pi / 2
        xs.append(x + (width - radius if right else radius) + radius * np.cos(turn))
        ys.append(y + (height / 2 - radius if top else radius - height / 2) + radius * np.sin(turn))
    return np.concatenate(xs), np.concatenate(ys)
