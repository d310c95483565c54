"""Figures of the decision map."""

from __future__ import annotations

from collections import Counter
from typing import Any

from derivlab.report.study import Record

BOUNDS = (1e-10, 1e-6)
"""Bounds on the error, relative to the largest entry of the derivative."""
COLOURS = {
    "forward": "sky",
    "forward-compiled": "sky",
    "reverse": "blue",
    "reverse-compiled": "blue",
    "taylor": "yellow",
    "coloured": "vermillion",
    "complex-step": "green",
    "symbolic-cse": "orange",
    "central-difference": "purple",
    "forward-difference": "purple",
}
HATCHED = ("forward", "reverse", "forward-difference")
"""Methods that share their colour with another, which is not hatched."""
CLOSE = 1.1
"""A runner-up that takes at most so many times as long is about as fast."""
Cell = tuple[int, int]
"""Column and row."""


def winner(rows: list[Record], bound: float, key: str) -> tuple[str, float | None] | None:
    """The cheapest method within a bound, and how many times longer the next one takes."""
    able = [r for r in rows if r["method"] != "function" and r["error"] is not None and r["error"] <= bound]
    able = sorted((r for r in able if r[key] is not None), key=lambda r: r[key])
    if not able:
        return None
    return able[0]["method"], able[1][key] / able[0][key] if len(able) > 1 else None


def map_figure(rows: list[Record], bound: float, key: str) -> Any:
    """Regions of inputs × outputs by the winning method, each named, with the ratio to the runner-up in each cell."""
    from derivlab.report.figures import panels

    sizes = sorted({r["inputs"] for r in rows})
    won = won_by(rows, bound, key)
    off = [(m < n, method) for (m, n), (method, _) in won.items() if m != n]
    right = sum(method.startswith("forward" if fewer else "reverse") for fewer, method in off)
    when = "Called often" if key == "least_seconds" else "Called once"
    title = f"{when}, error ≤ {bound:.0e}: the shorter side wins {right} of {len(off)}"
    figure, (axes,) = panels(title, right=0.98, top=0.89)
    _frame(axes, [f"{m:,}" for m in sizes], [f"{n:,}" for n in sizes])
    axes.set(xlabel="number of inputs", ylabel="number of outputs")
    hatched = HATCHED if any(method.endswith("-compiled") for method, _ in won.values()) else ()
    for (m, n), (method, ratio) in won.items():
        _cell(axes, (sizes.index(m), sizes.index(n)), method, ratio, method in hatched)
    for method, region in regions({(sizes.index(m), sizes.index(n)): won[m, n][0] for m, n in won}):
        _name(axes, method, region, method in hatched)
    return figure


def won_by(rows: list[Record], bound: float, key: str) -> dict[Cell, tuple[str, float | None]]:
    """The winner for each number of inputs and outputs."""
    places = dict.fromkeys((r["inputs"], r["outputs"]) for r in rows)
    found = {p: winner([r for r in rows if (r["inputs"], r["outputs"]) == p], bound, key) for p in places}
    return {place: won for place, won in found.items() if won is not None}


def regions(won: dict[Cell, str]) -> list[tuple[str, list[Cell]]]:
    """Connected cells with one winner, each with its name."""
    left, found = set(won), list[tuple[str, list[Cell]]]()
    while left:
        start = min(left)
        region, edge = {start}, [start]
        while edge:
            x, y = edge.pop()
            for near in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if near in left and near not in region and won[near] == won[start]:
                    region.add(near)
                    edge.append(near)
        left -= region
        found.append((won[start], sorted(region)))
    return found


def _frame(axes: Any, columns: list[str], rows: list[str]) -> None:
    axes.set_xticks([k + 0.5 for k in range(len(columns))], columns)
    axes.set_yticks([k + 0.5 for k in range(len(rows))], rows)
    axes.set(xlim=(0, len(columns)), ylim=(0, len(rows)))
    axes.tick_params(length=0)
    axes.grid(visible=False)


def _cell(axes: Any, place: Cell, method: str, ratio: float | None, hatched: bool, height: float = 0.2) -> None:
    from derivlab.report.figures import PALETTE

    x, y = place
    axes.fill([x, x + 1, x + 1, x], [y, y, y + 1, y + 1], facecolor=PALETTE[COLOURS[method]], edgecolor="white",
              linewidth=1.5, hatch="//" if hatched else "")  # fmt: skip
    if ratio is not None:
        _text(axes, (x + 0.5, y + height), times(ratio), method, 16, hatched)


def _text(
    axes: Any, place: tuple[float, float], text: str, method: str, size: float, hatched: bool, weight: str = "normal"
) -> None:
    """Text on a cell, on a patch of its own colour where that is hatched."""
    from derivlab.report.figures import PALETTE

    colour = PALETTE[COLOURS[method]]
    patch = {"facecolor": colour, "edgecolor": "none", "pad": 1.5} if hatched else None
    axes.text(*place, text, ha="center", va="center", fontsize=size, fontweight=weight, linespacing=0.95,
              color="white" if colour == PALETTE["blue"] else "black", bbox=patch, zorder=3)  # fmt: skip


def times(ratio: float) -> str:
    """A ratio with two digits: 1.3×, 12×, 3,400×; ≈ where it is close to 1."""
    from derivlab.report.tables import rounded

    return "≈" if ratio < CLOSE else f"{rounded(ratio):,g}×"


def _name(axes: Any, method: str, region: list[Cell], hatched: bool) -> None:
    """The name over the longest row of a region, the one nearest to its middle."""
    middle = sum(y for _, y in region) / len(region)
    runs: list[tuple[int, float, float, int]] = []
    for x, y in region:
        length = next(k for k in range(1, len(region) + 1) if (x + k, y) not in region)
        runs.append((min(length, 3), -abs(y - middle), x + length / 2, y))
    length, _, x, y = max(runs)
    if length > 1:
        _text(axes, (x, y + 0.66), method, method, 17 if length > 2 or len(method) < 13 else 16, hatched, "bold")
    else:
        _text(axes, (x, y + 0.66), method.replace("-", "-\n"), method, 16, hatched, "bold")


def task_figure(rows: list[Record], bound: float) -> Any:
    """The winner of each task for each n."""
    from derivlab.report.figures import panels

    names, sizes = list(dict.fromkeys(r["task"] for r in rows))[::-1], sorted({r["inputs"] for r in rows})
    figure, (axes,) = panels("One scalar answer: the cheapest way by task, prepared", left=0.165, right=0.98, top=0.89)
    _frame(axes, [f"{n:,}" for n in sizes], [_wrapped(name) for name in names])
    axes.set_xlabel("number of inputs")
    axes.tick_params(axis="y", labelsize=16)
    for y, name in enumerate(names):
        won = won_by([r for r in rows if r["task"] == name], bound, "least_seconds")
        for x in {*range(len(sizes))} - {sizes.index(n) for n, _ in won}:
            axes.text(x + 0.5, y + 0.5, "–", ha="center", va="center", fontsize=16)
        for (n, _), (method, ratio) in won.items():
            x = sizes.index(n)
            _cell(axes, (x, y), method, ratio, method in HATCHED, 0.15)
            _text(axes, (x + 0.5, y + 0.61), method.replace("-", "-\n"), method, 16, method in HATCHED, "bold")
    return figure


def _wrapped(name: str) -> str:
    words = name.split()
    return name if len(name) < 12 else " ".join(words[:-2]) + "\n" + " ".join(words[-2:]) if len(words) > 2 else (
        "\n".join(words)
    )  # fmt: skip


def map_seen(rows: list[Record], bound: float, key: str) -> str:
    """The figure in words."""
    won = won_by(rows, bound, key)
    return f"A grid of cells, inputs to the right and outputs upward, coloured and named by winner: {_counted(won)}."


def tasks_seen(rows: list[Record], bound: float) -> str:
    """The figure in words."""
    parts = [
        f"{task}: {_counted(won_by([r for r in rows if r['task'] == task], bound, 'least_seconds'))}"
        for task in dict.fromkeys(r["task"] for r in rows)
    ]
    return f"A grid of cells, n to the right and a row for each task, each named by winner. {'; '.join(parts)}."


def _counted(won: dict[Cell, tuple[str, float | None]]) -> str:
    counts = Counter(method for method, _ in won.values())
    return ", ".join(f"{method} {count} of {len(won)}" for method, count in counts.most_common())
