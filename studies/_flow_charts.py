"""The figures of gradient flow, drawn from their records alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from _traces import forward_table, reverse_table
from derivlab.report.study import Record

WIDTH, HEIGHT = 12.8, 7.2
"""Inches of a slide, in which everything is placed; on another canvas lengths and letters are in proportion."""


class Slide:
    """An empty figure with a title, on which texts and graphs are placed in inches from the top left."""

    def __init__(self, title: str, key: bool = True) -> None:
        from derivlab.report.figures import PALETTE, WARNING, panels, text_colour

        self.figure, (self.axes,) = panels(title, size=(WIDTH, HEIGHT), left=0.0, right=1.0, top=1.0, bottom=0.0)
        self.axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
        self.axes.set_axis_off()
        self.unit = self.figure.get_figwidth() / WIDTH
        if key:
            self.text(0.26, 1.02, "value above", 18, color=text_colour(PALETTE["green"]))
            self.text(2.0, 1.02, "gradient below", 18, color=WARNING)

    def text(self, x: float, y: float, text: str, size: float, **looks: Any) -> None:
        """A text of some points, by default centred on its height."""
        self.axes.text(x, y, text, **{"va": "center", "fontsize": size * self.unit} | looks)

    def graph(self, painter: Any, x: float, y: float, scale: float) -> None:
        """A graph, its upper left corner at (x, y)."""
        painter.into(self.figure, x * self.unit, y * self.unit, scale * self.unit)


def _painter(records: Sequence[Record], graph: str) -> Any:
    from derivlab.graph.drawing.draw import Node
    from derivlab.report.painter import Painter

    fields = ("label", "role", "parents", "value", "gradient", "output")
    rows = [r for r in records if r["kind"] == "node" and r["graph"] == graph]
    return Painter([Node(*(row[field] for field in fields)) for row in rows], values=True)


def _size(painter: Any) -> tuple[float, float]:
    left, right, low, high = painter.extent
    return right - left, high - low


def _shares(records: Sequence[Record], graph: str) -> list[Record]:
    return [r for r in records if r["kind"] == "share" and r["graph"] == graph]


def graph_figure(records: Sequence[Record], graph: str, title: str) -> Any:
    """One graph, as large as a slide."""
    slide, painter = Slide(title), _painter(records, graph)
    width, height = _size(painter)
    scale = min(12.2 / width, 5.6 / height)
    slide.graph(painter, (WIDTH - scale * width) / 2, 1.3 + (5.7 - scale * height) / 2, scale)
    return slide.figure


def patterns_figure(records: Sequence[Record]) -> Any:
    """The four patterns, each on a small graph."""
    slide = Slide("Add distributes, multiply swaps, copy adds, max routes")
    for k, (graph, head) in enumerate(_heads(records).items()):
        x, y = 0.26 + 6.25 * (k % 2), 1.6 + 2.85 * (k // 2)
        slide.text(x, y, head, 23, fontweight="bold")
        painter = _painter(records, graph)
        slide.graph(painter, x + 0.1, y + 0.2, 0.98)
        if graph == "copy":
            _branches(painter, _shares(records, graph), 18 * slide.unit)
    return slide.figure


def _heads(records: Sequence[Record]) -> dict[str, str]:
    """What each gate does to the gradient, in its numbers."""
    upstream = {r["graph"]: r["gradient"] for r in records if r["kind"] == "node" and r["label"] in ("+", "×", "max")}
    factors = [r["local"] for r in _shares(records, "multiply")][1:]
    shares = [r["share"] for r in _shares(records, "copy")][::-1]
    return {
        "add": f"add: {upstream['add']:g} to both",
        "multiply": f"multiply: {upstream['multiply']:g}·{factors[0]:g} and {upstream['multiply']:g}·{factors[1]:g}",
        "copy": "copy: " + " + ".join(f"{s:g}" for s in shares) + f" = {sum(shares):g}",
        "max": f"max: {upstream['max']:g} to the larger",
    }


def _branches(painter: Any, shares: Sequence[Record], size: float) -> None:
    """What comes back along each branch, beside its end."""
    from derivlab.report.figures import WARNING

    for r in shares:
        x, y = painter.layout.routes[r["parent"], r["line"]][-1]
        side = 1 if y > painter.layout.points[r["parent"]][1] else -1
        painter.axes.text(x - 0.22, y + 0.1 * side, f"{r['share']:g}", fontsize=size, color=WARNING, ha="center",
                          va="bottom" if side > 0 else "top")  # fmt: skip


def neuron_figure(records: Sequence[Record]) -> Any:
    """The neuron with σ as one gate, and σ unfolded."""
    slide = Slide("One gate or four: σ sends back the same gradient")
    for graph, y, text in (("neuron", 1.2, "σ: one gate"), ("sigmoid", 5.85, "σ: four gates")):
        painter = _painter(records, graph)
        slide.graph(painter, 0.3, y, 0.9)
        end = painter.layout.points[-1][1]
        slide.text(10.5, y + 0.9 * (painter.extent[3] - end), text, 20, fontweight="bold")
    return slide.figure


def rectifier_figure(records: Sequence[Record]) -> Any:
    """z = max(0, x), and x̄ = J z̄ with the numbers in place."""
    from derivlab.report.figures import PALETTE, WARNING, text_colour

    (r,) = (r for r in records if r["kind"] == "rectifier")
    slide = Slide("The rectifier’s Jacobian is a mask: never build it", key=False)
    green = text_colour(PALETTE["green"])
    x, z, x_bar, z_bar = ([[v] for v in r[key]] for key in ("x", "z", "x_bar", "z_bar"))
    for left, matrix, colour, name in (
        (0.5, x, green, "$x$"),
        (3.0, z, green, "$z$"),
        (5.4, x_bar, WARNING, r"$\bar x$"),
        (7.1, r["jacobian"], "black", r"$J = \partial z / \partial x$"),
        (11.3, z_bar, WARNING, r"$\bar z$"),
    ):
        _matrix(slide, left, matrix, colour, name)
    for left, text, size in ((2.2, "max(0, x)\n→", 18), (6.7, "=", 24), (10.95, "·", 24)):
        slide.text(left, _MIDDLE, text, size, ha="center")
    return slide.figure


_CELL, _MIDDLE = 0.9, 4.2


def _matrix(slide: Slide, x: float, matrix: Sequence[Sequence[float]], colour: str, name: str) -> None:
    """A grid of numbers below its name; zeros are pale."""
    from derivlab.report.figures import MUTED

    top = _MIDDLE - _CELL * len(matrix) / 2
    slide.text(x + _CELL * len(matrix[0]) / 2, top - 0.25, name, 24, ha="center", va="bottom", color=colour)
    for i, row in enumerate(matrix):
        for j, value in enumerate(row):
            left, high = x + j * _CELL, top + i * _CELL
            xs, ys = [left, left + _CELL, left + _CELL, left], [high, high, high + _CELL, high + _CELL]
            ink, paper = (MUTED, "#F3F3F3") if value == 0 else (colour, "white")
            slide.axes.fill(xs, ys, facecolor=paper, edgecolor="#9A9A9A", linewidth=1.2)
            text = f"{value:g}".replace("-", "−")
            slide.text(left + _CELL / 2, high + _CELL / 2, text, 22, ha="center", color=ink)


def trace_figure(records: Sequence[Record]) -> Any:
    """The recorded list forwards and backwards."""
    slide = Slide("Forward mode walks down the list, reverse mode back up", key=False)
    for x, text in ((0.26, "forward"), (6.65, "reverse, in the order of the sweep")):
        slide.text(x, 1.25, text, 21, fontweight="bold")
    _table(slide, (0.26, 3.2, 4.7, 6.15), *forward_table(records))
    _table(slide, (6.65, 11.42, 12.6), *reverse_table(records))
    return slide.figure


def _table(slide: Slide, places: Sequence[float], heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table, its columns at some places: the first to the left, the others to the right of theirs."""
    from derivlab.report.figures import INK, MUTED

    for k, row in enumerate((heads, *rows)):
        y, ink = (1.8, MUTED) if k == 0 else (1.85 + 0.5 * k, INK)
        for x, text in zip(places, row, strict=True):
            slide.text(x, y, text, 17, color=ink, ha="left" if x == places[0] else "right")
