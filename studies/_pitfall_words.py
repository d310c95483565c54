"""The figures of the pitfalls in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from _pitfall_contestants import NAMES
from derivlab.report.study import Record


def verdicts_seen(records: Sequence[Record], cards: Sequence[str]) -> str:
    """How often each verdict stands in a column."""
    cells = [r for r in records if r["kind"] == "cell" and r["card"] in cards]
    columns: list[str] = []
    for method, name in NAMES.items():
        counts = Counter(r["verdict"] for r in cells if r["method"] == method)
        columns.append(f"{name}: {', '.join(f'{count} {verdict}' for verdict, count in counts.most_common())}")
    rows = len({r["shown"] for r in cells})
    return f"A matrix of signs on coloured cells, {rows} functions down and methods across. {'; '.join(columns)}."


def tails_seen(records: Sequence[Record]) -> str:
    """Where JAX's slope is 0."""
    lost = [r["x"] for r in records if r["kind"] == "tail" and r["method"] == "jax" and r["slope"] == 0]
    end = f"from x = {min(lost):.1f} on it is 0" if lost else "it never reaches 0"
    return (
        "Two curves of σ′ against x on a logarithmic axis. Reverse AD falls along a straight line; JAX follows it, "
        f"breaks into widening stairs, and {end}."
    )


def chaos_seen(records: Sequence[Record]) -> str:
    """How the error grows."""
    rows = [r for r in records if r["kind"] == "chaos"]
    first, last = rows[0], rows[-1]
    return (
        "Two jagged lines, the errors of value and derivative on a logarithmic axis, climb along a dashed line that "
        f"doubles at each step: the derivative's from {first['error']:.0e} at n = {first['n']} to {last['error']:.0e} "
        f"at n = {last['n']}."
    )


def iterations_seen(records: Sequence[Record]) -> str:
    """The distances after the last step of each scheme."""
    last = {r["scheme"]: r for r in records if r["kind"] == "iteration"}
    told = [
        f"{scheme}, step {r['k']}: value {r['value_error']:.0e}, derivative {r['slope_error']:.0e}"
        for scheme, r in last.items()
    ]
    return (
        "Two panels of falling lines against the step k, distances on logarithmic axes; the derivative's line stays "
        f"above the value's. {'; '.join(told)}."
    )


def steps_seen(records: Sequence[Record]) -> str:
    """The best error of each line."""
    rows = [r for r in records if r["kind"] == "step" and r["h"] is not None]
    best = {
        (case, size): min(r["error"] for r in rows if (r["case"], r["size"]) == (case, size))
        for case, size in dict.fromkeys((r["case"], r["size"]) for r in rows)
    }
    told = [f"{case}, {size:.0e}: {error:.0e}" for (case, size), error in best.items()]
    return (
        "Two panels of V-shaped lines, the error against the step h, both logarithmic; a level line at the bottom is "
        f"reverse AD. The lowest points of the lines: {'; '.join(told)}."
    )
