"""The figures of training in words."""

from __future__ import annotations

from _digits_charts import digits_rows, scheduled
from _optimiser_looks import ok
from _training_charts import NAMES
from derivlab.report.study import Record
from derivlab.report.tables import number
from derivlab.report.words import ranked


def twenty_lines(records: list[Record]) -> str:
    """Of the 20-line network."""
    rows = ok(records, kind="curve", network="large")
    departures = {NAMES[r["method"]]: r["departure"] for r in rows if r["method"] != "manual"}
    return (
        f"Left: losses against {rows[0]['updates']:,} updates, both logarithmic; one curve for all gradients falls "
        f"from {number(rows[0]['losses'][0])} to {number(rows[0]['loss'])}. Right: the departures from it, level "
        f"lines far below: {ranked(departures, number)}."
    )


def differences_part(records: list[Record]) -> str:
    """Of the small network."""
    rows = ok(records, kind="curve", network="small")
    given = {f"h = {r['step']:.0e}": r["loss"] for r in rows if isinstance(r["step"], float)}
    by_rule = {f"{NAMES[r['method']]}, {r['dtype']}": r["departure"] for r in rows if r["step"] == "rule"}
    return (
        f"Left: losses in float32 against {rows[0]['updates']} updates; the exact methods share one curve, and with a "
        f"given step the losses end at: {ranked(given, number)}. Right: the largest departures on a logarithmic axis; "
        f"with the textbook's step: {ranked(by_rule, number)}."
    )


def digits_losses(records: list[Record]) -> str:
    """Of batches and optimisers."""
    last = {r["recipe"]: r["pass_losses"][-1] for r in digits_rows(records) if not scheduled(r)}
    return (
        "Two panels of falling lines, the loss after each pass on a logarithmic axis, by size of batch and by "
        f"optimiser. At their ends, from the bottom: {ranked(last, number)}."
    )


def digits_schedules(records: list[Record]) -> str:
    """Of the schedules."""
    last = {r["schedule"]: r["pass_losses"][-1] for r in digits_rows(records) if scheduled(r)}
    return (
        "Two panels against the passes: rates that fall by schedule, and the losses that come of them on a logarithmic "
        f"axis. Losses at the end, from the bottom: {ranked(last, number)}."
    )


def digits_accuracy(records: list[Record]) -> str:
    """What each recipe reads."""
    best = {r["recipe"]: r["held_out"][-1] for r in digits_rows(records)}
    return (
        "Horizontal bars, one a recipe, of held-out digits that are read rightly, with a dashed line at 95 %. "
        f"{ranked(best, '{:.1%}'.format)}."
    )


def departures(records: list[Record]) -> str:
    """The largest departure of each method."""
    largest: dict[str, float] = {}
    for r in ok(records, kind="run"):
        name = NAMES[r["method"]]
        largest[name] = max(largest.get(name, 0.0), r["departure"])
    return (
        "Two panels of dots, a row a recipe, on a logarithmic axis of the departure from training by hand. The largest "
        f"of each method: {ranked(largest, number)}."
    )


def edge_of_stability(records: list[Record]) -> str:
    """How the curvature moves."""
    told = [
        f"rate {r['rate']:g}: from {r['rate'] * r['largest'][0]:.2f} to {r['rate'] * r['largest'][-1]:.2f}, at most "
        f"{r['rate'] * max(r['largest']):.2f}"
        for r in ok(records, kind="curvature")
    ]
    return (
        "Two panels against the update. Left: departures on a logarithmic axis, level until they climb. Right: rate × "
        f"curvature beside a dashed line at 2; {'; '.join(told)}."
    )
