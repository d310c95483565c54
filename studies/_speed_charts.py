"""Charts of the study of speed: dots on a logarithmic axis of ratios."""

from __future__ import annotations

from typing import Any

from _contestants import OURS as OWN
from derivlab.report.study import Record

LABELS = {
    "reverse-jit": "reverse, jit",
    "forward-jit": "forward, jit",
    "reverse-compiled": "reverse, compiled",
    "forward-compiled": "forward, compiled",
    "central-difference": "central difference",
    "symbolic": "SymPy",
    "symbolic-cse": "SymPy, cse",
    "jax-jit": "JAX, jit",
    "jax-loop": "JAX, fori_loop",
    "jax": "JAX",
    "torch": "PyTorch",
    "autograd": "autograd",
    "casadi": "CasADi",
}
IN_OVERVIEW = ("own", "jax-jit", "torch", "autograd", "casadi", "symbolic-cse")


def ratios(records: list[Record]) -> Any:
    """One workload: a dot a method, with its interval; what has no time is named."""
    from derivlab.report.figures import panels
    from derivlab.report.fitting import room_behind

    shown = sorted((r for r in records if r["ratio"] is not None and r["method"] != "manual"), key=_ratio)
    absent = [r for r in records if r["ratio"] is None and not _pointless(r)]
    best = next(r for r in shown if r["method"] in OWN)
    title = f"{records[0]['title']}: {_times(best['ratio'])} × by hand"
    figure, (axes,) = panels(title, left=0.235, right=0.97, top=0.885, bottom=0.115)
    _axis(axes, [r["ratio_low"] for r in shown], [r["ratio_high"] for r in shown])
    for place, record in enumerate(shown):
        _dot(axes, place, record)
    room_behind(axes)
    for place, record in enumerate(absent, len(shown)):
        _absent(axes, place, record)
    rows = [*shown, *absent]
    axes.set_yticks(range(len(rows)), [LABELS.get(r["method"], r["method"]) for r in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelsize=18)
    for tick, record in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_fontweight("bold" if record["method"] in OWN else "normal")
    return figure


def _ratio(record: Record) -> float:
    return record["ratio"]


def _pointless(record: Record) -> bool:
    """Not worth a row: it does not exist for this function."""
    return record["outcome"] == "unsupported"


def _axis(axes: Any, lows: list[float], highs: list[float]) -> None:
    """A logarithmic axis with the derivative by hand as a line at 1, and room for text on the right."""
    from derivlab.report.figures import INK, decades

    low, high = min([0.8, *lows]) / 1.3, max([1.25, *highs])
    axes.set(xscale="log", xlim=(low, high * (high / low) ** 0.2))
    axes.set_xlabel("time, hand-written NumPy = 1")
    axes.axvline(1.0, color=INK, linewidth=2.2, zorder=1)
    axes.grid(visible=False, axis="y")
    if high / low > 30:
        decades(axes.xaxis)
        ticks = [10.0**k for k in range(-3, 7) if low / 1.1 <= 10.0**k <= high * 3]
        axes.set_xticks(ticks, [f"{t:,g}" for t in ticks])
    else:
        ticks = [t for t in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0) if low <= t <= high * 1.2]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks], minor=False)
        axes.xaxis.set_minor_locator(_none())


def _none() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def _look(method: str) -> Any:
    from derivlab.report.figures import PALETTE, Mark, mark_of

    peers = {
        "jax-jit": Mark("#7A7A7A", "X"),
        "jax-loop": Mark("#7A7A7A", "X", hollow=True),
        "jax": Mark("#7A7A7A", "d", hollow=True),
        "torch": Mark(PALETTE["vermillion"], "v"),
        "autograd": Mark(PALETTE["green"], "P"),
        "casadi": Mark(PALETTE["purple"], "d"),
    }
    return peers.get(method) or mark_of(method)


def _dot(axes: Any, place: float, record: Record) -> None:
    look = _look(record["method"])
    axes.plot([record["ratio_low"], record["ratio_high"]], [place, place], color=look.colour, linewidth=3.5, zorder=2,
              solid_capstyle="round")  # fmt: skip
    axes.plot([record["ratio"]], [place], **look.line() | {"linestyle": "", "markersize": 14}, zorder=3)
    text = _times(record["ratio"]) + (f",  error {record['error']:.0e}" if record["outcome"] == "inaccurate" else "")
    bold = "bold" if record["method"] in OWN else "normal"
    axes.annotate(text, (max(record["ratio_high"], record["ratio"]), place), (14, 0), textcoords="offset points",
                  va="center", fontsize=18, color=look.ink, fontweight=bold, zorder=1.5,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip


def _absent(axes: Any, place: float, record: Record) -> None:
    from derivlab.report.figures import WARNING

    axes.text(0.012, place, record["outcome"], transform=axes.get_yaxis_transform(), va="center", color=WARNING,
              fontsize=17, fontweight="bold", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip


def _times(ratio: float) -> str:
    if ratio < 0.1:
        return f"{ratio:.2g}"
    return f"{ratio:.2f}" if ratio < 10 else f"{float(f'{ratio:.2g}'):,g}"


def overview(records: list[Record]) -> Any:
    """Every workload as a row: our fastest mode among the outside libraries, and the faster of JAX's programs."""
    from derivlab.report.figures import panels

    names = list(dict.fromkeys(r["workload"] for r in records))
    cells = {(r["workload"], r["method"]): r for r in records if r["ratio"] is not None}
    chosen = [(n, m, _cell(cells, n, m)) for n in names for m in IN_OVERVIEW]
    chosen = [(n, m, r) for n, m, r in chosen if r is not None]
    figure, (axes,) = panels("What a derivative costs, by workload", left=0.345, right=0.97, top=0.8, bottom=0.115)
    _axis(axes, [r["ratio"] for *_, r in chosen], [r["ratio"] for *_, r in chosen])
    axes.set_xlim(axes.get_xlim()[0], max(r["ratio"] for *_, r in chosen) * 1.6)
    for name, method, record in chosen:
        look = _look("reverse-compiled" if method == "own" else method)
        size = 17 if method == "own" else 12
        style = look.line() | {"linestyle": "", "markersize": size, "zorder": 4 if method == "own" else 3}
        style |= {"markerfacecolor": look.colour} if method == "own" else {}
        axes.plot([record["ratio"]], [names.index(name)], **style)
    titles = {r["workload"]: r["title"] for r in records}
    axes.set_yticks(range(len(names)), [titles[name] for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelsize=16)
    axes.grid(visible=True, axis="y")
    _key(axes, [m for m in IN_OVERVIEW if any(m == found for _, found, _ in chosen)])
    return figure


def _cell(cells: dict[tuple[str, str], Record], name: str, method: str) -> Record | None:
    group = {"own": OWN, "jax-jit": ("jax-jit", "jax-loop")}.get(method, (method,))
    return min((cells[name, m] for m in group if (name, m) in cells), key=_ratio, default=None)


def _key(axes: Any, methods: list[str]) -> None:
    """The marks, named above the axes."""
    for k, method in enumerate(methods):
        look = _look("reverse-compiled" if method == "own" else method)
        x = -0.5 + k * 1.5 / len(methods)
        style = look.line() | {"linestyle": "", "markersize": 13}
        style |= {"markerfacecolor": look.colour} if method == "own" else {}
        axes.plot([x], [1.055], **style, transform=axes.transAxes,
                  clip_on=False)  # fmt: skip
        label = "derivlab" if method == "own" else LABELS[method]
        axes.text(x + 0.02, 1.055, label, transform=axes.transAxes, va="center", fontsize=16, color=look.ink,
                  fontweight="bold" if method == "own" else "normal")  # fmt: skip


def ratios_seen(records: list[Record]) -> str:
    """One workload in words."""
    from derivlab.report.words import listing, ranked

    times = {
        LABELS.get(r["method"], r["method"]): r["ratio"] for r in records if r["ratio"] and r["method"] != "manual"
    }
    absent = [r for r in records if r["ratio"] is None and not _pointless(r)]
    rest = [f"{LABELS.get(r['method'], r['method'])} ({r['outcome']})" for r in absent]
    return (
        "Dots with lines of their spread, one a row, on a logarithmic axis where the derivative by hand is 1. From the "
        f"top: {ranked(times, _times)}." + (f" Without a dot: {listing(rest)}." if rest else "")
    )


def overview_seen(records: list[Record]) -> str:
    """All workloads in words."""
    cells = {(r["workload"], r["method"]): r for r in records if r["ratio"] is not None}
    best = {r["workload"]: (r["title"], _cell(cells, r["workload"], "own")) for r in records}
    parts = [f"{title} {_times(cell['ratio'])}" for title, cell in best.values() if cell]
    return (
        "Rows of dots, a row a workload, on a logarithmic axis where the derivative by hand is 1. The dots of derivlab "
        f"from the top: {'; '.join(parts)}."
    )
