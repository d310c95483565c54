"""The figures of regression and of the bowl in words."""

from __future__ import annotations

from _optimiser_looks import ok
from _training_charts import NAMES
from derivlab.report.study import Record
from derivlab.report.tables import number
from derivlab.report.words import listing, ranked


def runners(records: list[Record]) -> str:
    """The runners, and the degrees that are drawn."""
    (runner,) = (r for r in records if r["kind"] == "runners")
    degrees = listing([str(d) for d in dict.fromkeys(r["degree"] for r in records if r["kind"] == "fit")])
    return (
        f"Two panels with {len(runner['ages'])} dots, speed against age from {min(runner['ages']):g} to "
        f"{max(runner['ages']):g} years, and polynomials through them, of degrees among {degrees}. Without a penalty "
        "the highest degree swings far out between the dots; with it the curves stay near."
    )


def left_out(records: list[Record]) -> str:
    """The errors at the highest degree."""
    last = max(r["degree"] for r in records if r["kind"] == "fit")
    rows = [r for r in records if r["kind"] == "fit" and r["degree"] == last]
    told = [
        f"{'with L2' if r['penalty'] else 'without'}: {number(r['left_out'])} left out, {number(r['residual'])} fitted"
        for r in rows
    ]
    return f"Four lines against the degree, errors in mph on a logarithmic axis. At degree {last}, {'; '.join(told)}."


def optimum(records: list[Record]) -> str:
    """The errors by method at the highest degree."""
    rows = ok(records, kind="optimum", penalty=0.0)
    last = max(r["degree"] for r in rows)
    errors = {NAMES[r["method"]]: r["error"] for r in rows if r["degree"] == last}
    return (
        "Lines with markers, one a method: the degree to the right, the error of the weights upward on a logarithmic "
        f"axis. At degree {last}, from the bottom: {ranked(errors, number)}."
    )


def bowl_gradient(records: list[Record]) -> str:
    """The point and its gradient."""
    (row,) = (r for r in records if r["kind"] == "arrows")
    (x, y), (dx, dy) = row["start"], row["start_gradient"]
    return (
        "Tilted ellipses around a star, the minimum, on a field of small arrows across them. From the point "
        f"({x:g}, {y:g}) a large arrow points against the gradient ({dx:g}, {dy:g}), a dashed line to the minimum."
    )


def bowl_paths(records: list[Record]) -> str:
    """Where each path ends."""
    rows = ok(records, kind="path", method="manual")
    told = [f"{r['optimiser']} ({r['w1'][-1]:.1e}, {r['w2'][-1]:.1e})" for r in rows]
    return (
        f"Panels of the same ellipses, each with the dotted path of an optimiser. The paths end at: {'; '.join(told)}."
    )


def bowl_losses(records: list[Record]) -> str:
    """The losses after the last update."""
    rows = ok(records, kind="path", method="manual")
    losses = {r["optimiser"]: r["losses"][-1] for r in rows}
    return (
        f"Lines, one an optimiser: {rows[0]['updates']} updates to the right, the loss upward on a logarithmic axis. "
        f"At the end, from the bottom: {ranked(losses, number)}."
    )
