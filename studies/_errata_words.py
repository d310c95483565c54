"""The figures of the study of mistakes in words."""

from __future__ import annotations

from collections.abc import Sequence

from derivlab.report.study import Record
from derivlab.report.words import listing


def board_seen(records: Sequence[Record]) -> str:
    """What each mistake says, and what is right."""
    rows = [r for r in records if r["kind"] == "mistake"]
    told = [f"{r['name']}: {r['value']:.4g} as published, {r['right_value']:.4g} right" for r in rows]
    return (
        "A table of formulas with columns for the published one, the right one, and what catches it. "
        f"{'; '.join(told)}; the last row is of slopes from printed digits."
    )


def check_seen(records: Sequence[Record]) -> str:
    """The deviations of both formulas."""
    rows = [r for r in records if r["kind"] == "mistake"]
    told = listing([f"{r['name']} {r['right_deviation']:.0e} and {r['deviation']:.2g}" for r in rows])
    return (
        "A row for each formula with two dots on a logarithmic axis of deviations: the right one far left of a dashed "
        f"line at 1e-05, the published one right of it. Right and published: {told}."
    )


def negative_seen(records: Sequence[Record]) -> str:
    """Where the published loss turns negative."""
    rows = [r for r in records if r["kind"] == "loss"]
    crossing = min(r["s"] for r in rows if r["value"] <= 0)
    least = min(r["value"] for r in rows)
    return (
        "Two falling curves of the loss against the score of the right class. The right one bends and stays above 0; "
        f"the published one crosses 0 near {crossing:.2g} and goes straight down to {least:.2g}, shaded below 0."
    )


def digits_seen(records: Sequence[Record]) -> str:
    """The ranges, and how the error falls."""
    ranges = listing([f"{r['low']:.1f} to {r['high']:.1f}" for r in records if r["kind"] == "slope"])
    printed = [r for r in records if r["kind"] == "digits" and r["decimals"] is not None]
    first, last = printed[0], printed[-1]
    return (
        f"Left: a bar with a tick for each of three slopes, from {ranges}. Right: the largest error of a slope, on a "
        f"logarithmic axis, falls from {first['error']:.0e} at {first['decimals']} printed decimals and levels off at "
        f"{last['error']:.0e} at {last['decimals']}."
    )
