"""Figures of the survey's tables: the forms of lₙ′ typeset with their sizes, and the Helmholtz benchmark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from _helmholtz_protocols import METHODS
from derivlab.report.study import Record

LABELS = {
    "function": "f itself",
    "forward-difference": "differences",
    "forward": "forward AD",
    "reverse": "reverse AD",
    "forward-compiled": "forward, comp.",
    "reverse-compiled": "reverse, comp.",
    "jax": "JAX",
}
TITLES = {"outside": "data drawn once, outside", "inside": "data drawn in every call"}
LINE = 58
"""Characters that a line has room for."""


def table_figure(records: Sequence[Record]) -> Any:
    """A line a form, broken between terms, with its operations as a bar."""
    from derivlab.report.figures import MUTED, panels

    forms = {(r["n"], r["form"]): r for r in records if r["kind"] == "form" and r["form"] != "printed"}
    rows = [r for (n, form), r in forms.items() if form != "simplified" or r["text"] != forms[n, "derivative"]["text"]]
    before, after = (forms[4, form]["operations"] for form in ("function", "derivative"))
    figure, (axes,) = panels(
        f"l₄ takes {before} operations, its derivative {after}", left=0.0, right=1.0, top=0.87, bottom=0.03
    )
    lines = [(r, text, part) for r in rows for part, text in enumerate(_lines(r))]
    axes.set(xlim=(0, 1), ylim=(len(lines) + 1.5, -1.3))
    axes.set_axis_off()
    axes.text(0.02, -1, "lₙ, its derivative by the product rule, the same simplified", fontsize=16, color=MUTED)
    axes.text(0.8, -1, "operations", fontsize=16, color=MUTED)
    for place, (record, text, part) in enumerate(lines):
        y = place + 0.6 * record["n"] - 0.3
        axes.text(0.07 if part else 0.02, y, f"${text}$", fontsize=16, va="center")
        if part == 0:
            _bar(axes, y, record, after)
    return figure


def _lines(record: Record) -> list[str]:
    """A form as lines of mathtext, none much longer than ``LINE``."""
    n, form = record["n"], record["form"]
    head = {"function": f"l_{n} = ", "derivative": f"l_{n}' = ", "simplified": r"\quad = "}[form]
    lines = [head]
    for term in terms(record["latex"].replace(r"\left", "").replace(r"\right", "")):
        if lines[-1] != head and _width(lines[-1] + term) > LINE:
            lines.append("")
        lines[-1] += term
    return lines


def terms(latex: str) -> list[str]:
    """The terms of a sum, each with its sign, what is in parentheses being left whole."""
    found, depth = [""], 0
    for word in re.split(r"([()+-])", latex):
        depth += (word == "(") - (word == ")")
        if word in ("+", "-") and depth == 0 and found[-1].strip():
            found.append("")
        found[-1] += word
    return found


def _width(latex: str) -> int:
    return len(re.sub(r"\\\w+|[{}^_ ]", "", latex))


def _bar(axes: Any, y: float, record: Record, most: int) -> None:
    from derivlab.report.figures import PALETTE

    left, length, half = 0.8, 0.13 * record["operations"] / most, 0.3
    colour = {"function": "black", "derivative": "vermillion", "simplified": "sky"}[record["form"]]
    axes.fill([left, left + length, left + length, left], [y - half, y - half, y + half, y + half],
              color=PALETTE[colour], linewidth=0)  # fmt: skip
    axes.text(left + length + 0.01, y, str(record["operations"]), fontsize=16, va="center", fontweight="bold")


def growth_figure(records: Sequence[Record]) -> Any:
    """Times relative to f of one component, a panel a protocol."""
    from derivlab.report.figures import decades, panels
    from derivlab.report.labels import end_labels

    rows = [r for r in records if r["kind"] == "helmholtz" and r["seconds"] is not None]
    title = "Data drawn inside the timer flatten the curves"
    figure, both = panels(title, 2, left=0.095, right=0.79, top=0.82, gap=0.12)
    highest = max(r["ratio_first"] for r in rows)
    for axes, protocol in zip(both, TITLES, strict=True):
        mine = [r for r in rows if r["protocol"] == protocol]
        axes.set(xscale="log", yscale="log", xlabel="n", ylim=(0.6, 2 * highest), xlim=(0.8, 1.25 * _largest(rows)))
        axes.set_title(TITLES[protocol], fontsize=19)
        ends = _paths(axes, mine, "ratio_first")
        decades(axes.xaxis)
        decades(axes.yaxis)
    both[0].set_ylabel("time / time of f at n = 1")
    both[1].tick_params(labelleft=False)
    end_labels(both[1], ends, fontsize=17)
    return figure


def protocol_figure(records: Sequence[Record]) -> Any:
    """The ratio to f of the same n with data drawn inside, relative to that with data drawn outside."""
    from derivlab.report.figures import INK, decades, panels
    from derivlab.report.labels import end_labels

    rows = [r for r in records if r["kind"] == "helmholtz" and r["seconds"] is not None]
    ratio = {(r["protocol"], r["method"], r["n"]): r["ratio_same"] for r in rows}
    titled = next(method for method in METHODS if ("inside", method, 50) in ratio)
    outside, inside = (ratio[protocol, titled, 50] for protocol in ("outside", "inside"))
    figure, (axes,) = panels(f"One gradient, two protocols: {outside:.0f} × f or {inside:.0f} × f", right=0.77)
    kept = [
        r | {"kept": r["ratio_same"] / ratio["outside", r["method"], r["n"]]}
        for r in rows
        if r["protocol"] == "inside" and r["method"] != "function"
    ]
    axes.set(xscale="log", yscale="log", xlabel="n", ylabel="time / f, inside / outside")
    axes.set(
        xlim=(0.8, 1.25 * _largest(rows)), ylim=[f(r["kept"] for r in kept) * k for f, k in ((min, 0.6), (max, 2))]
    )
    axes.axhline(1, color=INK, linewidth=1.5)
    ends = _paths(axes, kept, "kept")
    decades(axes.xaxis)
    decades(axes.yaxis)
    end_labels(axes, ends, fontsize=17)
    return figure


def _largest(rows: Sequence[Record]) -> int:
    return max(r["n"] for r in rows)


def _paths(axes: Any, rows: Sequence[Record], key: str) -> list[tuple[float, float, str, str]]:
    """A line a method; where their labels belong is returned."""
    from derivlab.report.figures import INK, Mark, mark_of

    ends: list[tuple[float, float, str, str]] = []
    for method in ("function", *METHODS):
        mine = [r for r in rows if r["method"] == method]
        if not mine:
            continue
        look = Mark(INK, "s") if method == "function" else mark_of(method)
        style = look.line() | {"linewidth": 2.2, "markersize": 9}
        axes.plot([r["n"] for r in mine], [r[key] for r in mine], **style)
        ends.append((mine[-1]["n"], mine[-1][key], LABELS[method], look.colour))
    return ends
