"""Figures and tables of the study of differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.report.study import Record
from derivlab.report.tracing import computed

LABELS = {
    "forward": "forward",
    "forward-2": "forward, order 2",
    "forward-4": "forward, order 4",
    "forward-8": "forward, order 8",
    "central": "central",
    "central-4": "central, order 4",
    "central-6": "central, order 6",
    "central-8": "central, order 8",
    "forward-rule": "forward, rule",
    "central-rule": "central, rule",
    "central-8-rule": "central, order 8, rule",
    "forward-fixed": "forward, h = 1e-6",
    "central-fixed": "central, h = 1e-6",
    "richardson": "Richardson",
    "ridders": "Ridders",
    "complex-step": "complex step",
    "scipy": "SciPy",
    "numdifftools": "numdifftools",
}
FLOOR = 2.0**-56
"""Smaller errors are drawn here."""


def totals(records: list[Record]) -> dict[str, Record]:
    """For each method that answered everywhere: quantiles of the errors, evaluations for each slope, and coverage."""
    found: dict[str, Record] = {}
    for method in dict.fromkeys(r["method"] for r in records):
        rows = [r for r in records if r["method"] == method and r["outcome"] == "ok"]
        if any(r["errors"] for r in rows):
            found[method] = _total(rows)
    return found


def _total(rows: list[Record]) -> Record:
    """The quantiles of one method, and how often its estimates hold where it gives any."""
    errors = [error for r in rows for error in r["errors"]]
    slopes = sum(r["entries"] for r in rows)
    total: Record = {"median": computed(float(np.median(errors)), errors), "worst": max(errors),
                     "most": computed(float(np.quantile(errors, 0.9, method="higher")), errors),
                     "evaluations": sum(r["evaluations"] for r in rows) / slopes, "slopes": len(errors),
                     "judged": None, "bounded": None, "trusted": None}  # fmt: skip
    if all(r["judged"] is not None for r in rows):
        estimates = [estimate for r in rows for estimate in r["estimates"]]
        held = [error <= estimate for error, estimate in zip(errors, estimates, strict=True)]
        trusted = [vouched for r in rows for vouched in r["trusted"]]
        total |= {"judged": sum(r["judged"] for r in rows) / slopes,
                  "bounded": computed(float(np.mean(held)), errors),
                  "trusted": computed(float(np.mean(trusted)), errors)}  # fmt: skip
    return total


def evaluations_figure(records: list[Record]) -> Any:
    """One labelled point a method."""
    from derivlab.report.figures import decades, panels
    from derivlab.report.labels import end_labels, point_labels

    rows = totals(records)
    best = rows["richardson"]
    title = f"Richardson: {best['median']:.0e} for {best['evaluations']:.0f} evaluations a slope"
    figure, (axes,) = panels(title, left=0.115, right=0.77)
    most = max(row["evaluations"] for row in rows.values())
    axes.set(xscale="log", yscale="log", xlim=(0.8, 1.2 * most), ylim=(FLOOR, 3e-6))
    axes.set_xlabel("evaluations of f for each partial derivative")
    axes.set_ylabel("median relative error")
    decades(axes.yaxis, 2)
    ticks = [t for t in (1, 2, 5, 10, 20, 50, 100) if t < most]
    axes.set_xticks(ticks, [str(t) for t in ticks])
    axes.xaxis.set_minor_locator(axes.yaxis.get_minor_locator())
    _name_lost(figure, [method for method, row in rows.items() if not np.isfinite(row["median"])])
    entries: list[tuple[float, float, str, str]] = []
    for method, row in ((m, row) for m, row in rows.items() if np.isfinite(row["median"])):
        look, height = _look(method), max(row["median"], 2 * FLOOR)
        axes.plot([row["evaluations"]], [height], **look.line(), markersize=12)
        entries.append((row["evaluations"], height, LABELS[method], look.colour))
    point_labels(axes, sorted((e for e in entries if e[0] < most / 1.45), key=lambda e: -e[1]), fontsize=16)
    end_labels(axes, [e for e in entries if e[0] >= most / 1.45], fontsize=16)
    return figure


def _name_lost(figure: Any, methods: list[str]) -> None:
    """Methods that mostly gave no number, below the axes."""
    from derivlab.report.figures import WARNING

    if methods:
        text = "no number for most: " + ", ".join(LABELS[method] for method in methods)
        figure.text(0.985, 0.025, text, color=WARNING, fontsize=16, va="bottom", ha="right")


def evaluations_seen(records: list[Record]) -> str:
    """The figure in words."""
    from derivlab.report.words import ranked

    rows = totals(records)
    errors = {LABELS[method]: row["median"] for method, row in rows.items()}
    counts = {LABELS[method]: row["evaluations"] for method, row in rows.items()}
    few, many = min(counts.values()), max(counts.values())
    return (
        f"One labelled point a method: evaluations from {few:.0f} to {many:.0f} to the right, error upward, both "
        f"logarithmic. From the bottom: {ranked(errors, lambda error: f'{error:.0e}')}."
    )


def estimates_seen(records: list[Record]) -> str:
    """The figure in words."""
    shares = " and ".join(f"{_percent(r['bounded'])} for {LABELS[r['method']]}" for r in records)
    return (
        "Panels of points with a diagonal: true error to the right, estimated error upward, both logarithmic. Above "
        f"the diagonal, where the estimate holds, lie {shares}."
    )


def _look(method: str) -> Any:
    """The look of the scheme; hollow without an automatic step, grey for the references."""
    from derivlab.report.figures import Mark, mark_of

    if method in ("scipy", "numdifftools"):
        return Mark("#7A7A7A", "X" if method == "scipy" else "d")
    if method in ("complex-step", "richardson"):
        return Mark(mark_of(method).colour, mark_of(method).marker)
    if method == "ridders":
        return Mark(mark_of("richardson").colour, "D")
    scheme = mark_of(f"{method.partition('-')[0]}-difference")
    return Mark(scheme.colour, scheme.marker, hollow=method.endswith(("rule", "fixed")))


def estimate_figure(records: list[Record]) -> Any:
    """Estimated against true error, a panel a method."""
    from derivlab.report.figures import panels

    worst, first = min(records, key=lambda r: r["bounded"]), records[0]
    if first["method"] == "central":
        title = f"The error estimate holds in {_percent(first['bounded'])} of {first['cases']:,} cases"
    else:
        title = f"{LABELS[worst['method']]}: the estimate is too small in {_percent(1 - worst['bounded'])}"
    figure, axes = panels(title, len(records), left=0.105, right=0.975, top=0.815, gap=0.3)
    for panel, record in zip(axes, records, strict=True):
        _scatter(panel, record)
    axes[0].set_ylabel("estimated error")
    return figure


def _scatter(axes: Any, record: Record) -> None:
    from derivlab.report.figures import INK, WARNING, decades

    low, high = FLOOR / 4, 10.0
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    axes.set_xlabel("true error")
    decades(axes.xaxis, 4)
    decades(axes.yaxis, 4)
    axes.plot([low, high], [low, high], color=INK, linewidth=2, zorder=3)
    errors, estimates = (np.clip(record[key], low * 1.3, high / 1.3) for key in ("errors", "estimates"))
    vouched = np.array(record["shown_trusted"], dtype=bool)
    style = {"linestyle": "", "markersize": 5}
    axes.plot(errors[vouched], estimates[vouched], marker="o", color=_look(record["method"]).colour, alpha=0.5, **style)
    axes.plot(errors[~vouched], estimates[~vouched], marker="x", color=WARNING, markeredgewidth=2.5, zorder=4,
              **style | {"markersize": 10})  # fmt: skip
    axes.set_title(f"{LABELS[record['method']]}, {record['cases']:,} cases", fontsize=18)
    axes.text(0.05, 0.93, f"holds in {_percent(record['bounded'])}", transform=axes.transAxes, fontsize=18, va="top")
    axes.text(0.95, 0.07, "too small", transform=axes.transAxes, fontsize=18, ha="right", color=WARNING)


def _error(value: float) -> str:
    from derivlab.report.tables import number

    return number(value) if value < float("inf") else "no number"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def tables(records: list[Record]) -> str:
    """Findings, then the catalogue and the random functions."""
    from derivlab.report.tables import markdown, number

    specs, random = ([r for r in records if r["kind"] == kind] for kind in ("spec", "random"))
    rows = totals(specs)
    text = _findings(rows, random) + "\n### All partial derivatives of the smooth points of the catalogue\n\n"
    lines = [
        [LABELS[m], *(_error(r[key]) for key in ("median", "most", "worst")),
         *(number(r[key]) for key in ("evaluations", "judged")),
         *("–" if r[key] is None else _percent(r[key]) for key in ("bounded", "trusted"))]
        for m, r in rows.items()
    ]  # fmt: skip
    headers = ("method", "median error", "90 % are below", "worst", "evaluations", "with estimate", "estimate holds",
               "vouched for")  # fmt: skip
    text += markdown(headers, lines) + "\n### Random functions\n\n"
    lines = [
        [LABELS[r["method"]], f"{r['cases']:,}",
         *(_percent(r[key]) for key in ("bounded", "trusted", "bounded_of_trusted", "bounded_or_told")),
         number(r["error_median"]), number(r["generosity_median"])]
        for r in random if r["outcome"] == "ok"
    ]  # fmt: skip
    headers = ("method", "cases", "estimate holds", "vouched for", "holds where vouched for", "holds or says it cannot",
               "median error", "estimate / error")  # fmt: skip
    text += markdown(headers, lines)
    absent = {(r["method"], r["outcome"], r["detail"]): r for r in records if r["outcome"] != "ok"}
    text += "".join(f"\n- {LABELS[m]}: {outcome}: {detail}" for m, outcome, detail in absent)
    return text + (
        "\n\nErrors are relative to certified enclosures; entries that are exactly 0 have none and are left out. Steps "
        "are automatic unless said otherwise: rule is ε^(1/(p+1)) max(1, |x|). Evaluations are for each partial "
        "derivative. SciPy and numdifftools run with their defaults; SciPy's success counts as vouching, and "
        "numdifftools always vouches.\n"
    )


def _findings(rows: dict[str, Record], random: list[Record]) -> str:
    from derivlab.report.tables import number

    lines = [
        f"- {LABELS[m]}: median error {number(rows[m]['median'])}, worst {_error(rows[m]['worst'])}, "
        f"{number(rows[m]['evaluations'])} evaluations a slope."
        for m in ("central", "richardson", "ridders", "scipy", "numdifftools") if m in rows
    ]  # fmt: skip
    lines += [
        f"- {LABELS[r['method']]}, {r['cases']:,} random functions: the estimate bounds the error in "
        f"{_percent(r['bounded'])}, and says that it cannot tell in {_percent(1 - r['trusted'])}."
        for r in random if r["outcome"] == "ok"
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
