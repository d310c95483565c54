"""A verdict as a figure and as HTML."""

from __future__ import annotations

import html
from typing import Any

from derivlab.errors import ArgumentError
from derivlab.report.figures import MUTED, PALETTE, WARNING, Axes, Figure, decades, house_style, panels

_FLOOR = 1e-17


def study_figure(verdict: Any) -> Figure:
    """The step study of a verdict: the quotient's distance from the claimed slope, and the Taylor remainder.

    Raises
    ------
    ArgumentError
        If the verdict has none: the shapes did not fit, or there is no derivative.
    """
    study = verdict.study
    if study is None:
        raise ArgumentError(f"nothing to plot: {verdict.subject} has no step study, the verdict is {verdict.outcome}")
    with house_style():
        figure, (left, right) = panels(
            f"{verdict.outcome.capitalize()}: {verdict.subject}", 2, right=0.97, top=0.84, gap=0.3
        )
        steps = [s for s in study.steps if s.quotient == s.quotient and s.remainder == s.remainder]
        h = [s.h for s in steps]
        scale = max(abs(study.claimed), *(abs(s.quotient) for s in steps), 1e-300)
        gaps = [max(abs(s.quotient - study.claimed) / scale, _FLOOR) for s in steps]
        _log(left, "step h", "relative distance", "Quotient from claimed slope")
        left.plot(h, gaps, color=PALETTE["purple"], marker="^")
        _log(right, "step h", "", "Taylor remainder")
        size = scale * (steps[0].h if steps else 1.0)
        right.plot(h, [max(s.remainder / size, _FLOOR) for s in steps], color=PALETTE["blue"], marker="o")
        right.plot(h, [max(s.rounding / size, _FLOOR) for s in steps], "--", color=MUTED, linewidth=2)
        right.text(h[0], _FLOOR / 30, "dashed: rounding", color=MUTED, fontsize=18, ha="right", va="center")
        if study.slope is not None:
            wrong = abs(study.slope - study.right) > 0.2
            text = f"falls as h$^{{{study.slope:.2f}}}$\nright: h$^{study.right}$"
            right.text(0.05, 0.95, text, transform=right.transAxes, va="top", fontsize=20, fontweight="bold",
                       color=WARNING if wrong else PALETTE["blue"])  # fmt: skip
    return figure


def _log(axes: Axes, x: str, y: str, title: str) -> None:
    axes.set(xscale="log", yscale="log", xlabel=x, ylabel=y, title=title, ylim=(_FLOOR / 100, 10))
    decades(axes.xaxis, 3)
    decades(axes.yaxis, 4)


def verdict_html(verdict: Any) -> str:
    """The verdict as HTML: outcome, entries as a table, likely cause, evidence."""
    head = f"<p><b>{html.escape(verdict.outcome)}</b>: {html.escape(verdict.subject)} {html.escape(verdict.reason)}</p>"
    columns = ("entry", "expected", "got", "relative error", "ulps")
    rows = "".join(
        f"<tr><td>{html.escape(e.label)}</td><td>{e.expected!r}</td><td>{e.got!r}</td><td>{e.relative:.1e}</td>"
        f"<td>{e.ulps:.1e}</td></tr>"
        for e in verdict.entries
    )
    table = f"<table><thead><tr>{''.join(f'<th>{c}</th>' for c in columns)}</tr></thead><tbody>{rows}</tbody></table>"
    cause = "" if verdict.pattern is None else f"<p>likely cause: {html.escape(verdict.pattern.text)}</p>"
    told = "".join(f"<li>{html.escape(line)}</li>" for line in (verdict.evidence))
    return f"{head}{table if verdict.entries else ''}{cause}<ul>{told}</ul>"
