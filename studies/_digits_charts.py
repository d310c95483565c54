"""Figures of the study of training: the digits by recipe, and where rounding decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from _optimiser_looks import FLOOR, look, look_of_method, ok
from _training_charts import exact, largest_departure
from derivlab.report.study import Record

BOUND = 0.95
"""The share of held-out digits that a trained network is to get right."""


def digits_rows(records: list[Record]) -> list[Record]:
    """The digits by every recipe, with the gradient by hand."""
    return ok(records, kind="run", network="digits", method="manual")


def losses_figure(records: list[Record]) -> Any:
    """The training loss after each pass: batches, and optimisers."""
    from derivlab.report.figures import panels

    rows = [r for r in digits_rows(records) if not scheduled(r)]
    groups = {
        "loss by batch": [r for r in rows if r["optimiser"] == "gradient descent"],
        "loss, batches of 64": [r for r in rows if r["optimiser"] != "gradient descent"],
    }
    figure, axes = panels("Small batches learn more from each pass", 2, left=0.09, right=0.81, gap=0.62)
    for panel, (title, group) in zip(axes, groups.items(), strict=True):
        _pass_curves(panel, group, title)
    return figure


def scheduled(row: Record) -> bool:
    """Whether it stands among the schedules; a constant rate of 1 does, for comparison."""
    return row["schedule"] != "constant" or row["recipe"] == "SGD, constant"


def _pass_curves(axes: Any, rows: list[Record], title: str) -> None:
    from derivlab.report.figures import decades
    from derivlab.report.labels import end_labels

    axes.set(xscale="log", yscale="log", xlabel="passes over the data", title=title)
    ends: list[tuple[float, float, str, str]] = []
    for place, row in enumerate(rows):
        losses, style = row["pass_losses"][1:], _look(row, place)
        axes.plot(range(1, len(losses) + 1), losses, **style.line() | {"markevery": _marks(len(losses))})
        ends.append((len(losses), losses[-1], _name(row), style.colour))
    axes.set_ylim(5e-3, 4)
    decades(axes.yaxis)
    _pass_axis(axes, max(len(r["pass_losses"]) for r in rows))
    end_labels(axes, ends, fontsize=17)


def _pass_axis(axes: Any, most: int) -> None:
    axes.set_xlim(0.9, most * 1.1)
    ticks = [t for t in (1, 3, 10, 30, 100) if t <= most]
    axes.set_xticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()


def _marks(count: int) -> list[int]:
    return [k - 1 for k in (1, 2, 4, 8, 16, 32, 64) if k <= count]


def _look(row: Record, place: int) -> Any:
    """The look of the optimiser; batches of gradient descent are told apart by colour."""
    from derivlab.report.figures import INK, PALETTE, Mark

    if row["optimiser"] != "gradient descent":
        return look(row["optimiser"])
    return (Mark(INK, "o"), Mark(PALETTE["sky"], "s"), Mark(PALETTE["blue"], "D"), Mark(PALETTE["green"], "^"))[
        place % 4
    ]


def _name(row: Record) -> str:
    if row["recipe"] == "gradient descent":
        return f"all {row['size']:,}"
    return row["recipe"].removeprefix("SGD, batch ")


def schedules_figure(records: list[Record]) -> Any:
    """Learning rates against updates, and what they make of the loss."""
    from derivlab.report.figures import decades, panels
    from derivlab.report.labels import end_labels

    rows = [r for r in digits_rows(records) if scheduled(r)]
    best = _schedule_name(min(rows, key=lambda r: r["pass_losses"][-1]))
    title = "A constant rate ends lowest, falling ones settle" if best == "constant" else f"Rate and loss: {best}"
    figure, (rate, loss) = panels(title, 2, left=0.09, right=0.80, gap=0.82)
    ends: list[tuple[float, float, str, str]] = []
    for row in ok(records, kind="schedule"):
        style = _schedule_look(row["schedule"])
        at = [row["every"] * k for k in range(len(row["rates"]))]
        rate.plot(at, row["rates"], **style.line() | {"marker": ""})
        ends.append((at[-1], row["rates"][-1], _schedule_name(row), style.colour))
    rate.set(xlabel="update", title="learning rate", ylim=(0, None))
    end_labels(rate, ends, fontsize=17)
    ends = []
    for row in rows:
        losses, style = row["pass_losses"][1:], _schedule_look(row["schedule"])
        loss.plot(range(1, len(losses) + 1), losses, **style.line() | {"markevery": _marks(len(losses))})
        ends.append((len(losses), losses[-1], _schedule_name(row), style.colour))
    loss.set(yscale="log", xlabel="passes over the data", title="loss", ylim=(5e-3, 2))
    decades(loss.yaxis)
    end_labels(loss, ends, fontsize=17)
    return figure


def _schedule_name(row: Record) -> str:
    return {"inverse square root": "1/√t"}.get(row["schedule"], row["schedule"])


def _schedule_look(schedule: str) -> Any:
    from derivlab.report.figures import INK, PALETTE, Mark

    return {
        "constant": Mark(INK, "o"),
        "step": Mark(PALETTE["orange"], "s"),
        "cosine": Mark(PALETTE["blue"], "D"),
        "linear": Mark(PALETTE["green"], "^"),
        "inverse square root": Mark(PALETTE["purple"], "v"),
    }[schedule]


def accuracy_figure(records: list[Record]) -> Any:
    """The share of held-out digits that each recipe gets right, and random search."""
    from derivlab.report.figures import INK, MUTED, panels

    rows = sorted(digits_rows(records), key=lambda r: r["held_out"][-1])
    search = ok(records, kind="search", network="digits")
    passed = [r for r in rows if r["held_out"][-1] >= BOUND]
    how_many = "Every recipe passes" if len(passed) == len(rows) else f"{len(passed)} of {len(rows)} recipes pass"
    beside = "".join(f", random search reads {100 * r['held_out']:.0f} %" for r in search)
    figure, (axes,) = panels(f"{how_many} 95 %{beside}", left=0.27, right=0.93)
    bars = [*(("random search", r["held_out"], MUTED) for r in search),
            *((r["recipe"], r["held_out"][-1], look(r["optimiser"]).colour) for r in rows)]  # fmt: skip
    for place, (_, share, colour) in enumerate(bars):
        axes.barh(place, 100 * share, height=0.66, color=colour)
        axes.text(
            100 * share + 0.8, place, f"{100 * share:.1f}", va="center", fontsize=16, zorder=4, backgroundcolor="w"
        )
    axes.axvline(100 * BOUND, color=INK, linestyle=(0, (4, 3)), linewidth=2, zorder=3)
    axes.set_yticks(range(len(bars)), [name for name, *_ in bars])
    axes.tick_params(axis="y", length=0, labelsize=16)
    axes.grid(visible=False, axis="y")
    axes.set(xlim=(0, 100), ylim=(-0.6, len(bars) - 0.4), xlabel="held-out digits that are right (%)")
    return figure


def departures_figure(records: list[Record]) -> Any:
    """A row for each recipe: the largest departure of every method, on both networks."""
    from derivlab.report.figures import panels

    rows = ok(records, kind="run")
    names = list(dict.fromkeys(r["recipe"] for r in rows))
    title = f"With any optimiser exact gradients part by at most {largest_departure(rows):.0e}"
    figure, axes = panels(title, 2, left=0.25, right=0.975, gap=0.08)
    for panel, network, label in zip(axes, ("small", "digits"), ("the small network", "the digits"), strict=True):
        mine = [r for r in rows if r["network"] == network and r["method"] != "manual"]
        _dots(panel, mine, names)
        panel.set_title(label)
    axes[0].set_yticks(range(len(names)), names)
    axes[1].set_yticks(range(len(names)), [""] * len(names))
    return figure


def _dots(axes: Any, rows: list[Record], names: Sequence[str]) -> None:
    from derivlab.report.figures import INK, text_colour

    for row in rows:
        style = look_of_method(row["method"]).line() | {"linestyle": "", "markersize": 10}
        axes.plot([max(row["departure"], FLOOR)], [names.index(row["recipe"])], **style)
    groups = {"exact": (exact(rows), INK)} | {
        method.partition("-")[0]: ([r for r in rows if r["method"] == method], look_of_method(method).colour)
        for method in ("central-difference", "forward-difference")
    }
    for text, (group, colour) in groups.items():
        if group:
            middle = sorted(max(r["departure"], FLOOR) for r in group)[len(group) // 2]
            axes.text(middle, -1.1, text, color=text_colour(colour), ha="center", va="center", fontsize=17,
                      fontweight="bold")  # fmt: skip
    axes.set(xscale="log", xlim=(FLOOR / 2, 1e-6), ylim=(len(names) - 0.4, -1.8), xlabel="largest departure")
    axes.tick_params(axis="y", length=0, labelsize=16)
    axes.set_xticks([FLOOR, 1e-15, 1e-12, 1e-9], ["0", "$10^{-15}$", "$10^{-12}$", "$10^{-9}$"])
    axes.minorticks_off()


def edge_figure(records: list[Record]) -> Any:
    """Departures at growing rates, and the curvature that explains them."""
    from derivlab.report.figures import INK, decades, panels
    from derivlab.report.labels import end_labels

    figure, (apart, curvature) = panels("Where rate × curvature passes 2, a last bit decides", 2,
                                        left=0.09, right=0.86, gap=0.62)  # fmt: skip
    ends: list[tuple[float, float, str, str]] = []
    for rate, colour in _rates(records).items():
        rows = [r for r in ok(records, kind="edge", rate=rate) if r["method"] != "manual"]
        for row in rows:
            style = look_of_method(row["method"]).line() | {"color": colour, "marker": ""}
            apart.plot([k + 1 for k in row["at"]], [max(d, FLOOR) for d in row["departures"]], **style)
        ends.append((rows[0]["updates"], max(r["departure"] for r in rows), f"rate {rate:g}", colour))
    apart.set(yscale="log", xlabel="update", title="largest departure so far", ylim=(FLOOR, 10))
    decades(apart.yaxis, 3)
    end_labels(apart, ends, fontsize=17)
    ends = []
    for rate, colour in _rates(records).items():
        for row in ok(records, kind="curvature", rate=rate):
            heights = [rate * value for value in row["largest"]]
            curvature.plot(row["at"], heights, color=colour)
            ends.append((row["at"][-1], heights[-1], f"rate {rate:g}", colour))
    curvature.axhline(2, color=INK, linestyle=(0, (4, 3)), linewidth=2)
    curvature.set(xlabel="update", title="rate × curvature", ylim=(0, None))
    end_labels(curvature, ends, fontsize=17)
    return figure


def _rates(records: list[Record]) -> dict[float, str]:
    """The rates with their colours."""
    from derivlab.report.figures import PALETTE

    rates = dict.fromkeys(r["rate"] for r in ok(records, kind="edge"))
    return dict(zip(rates, (PALETTE["blue"], PALETTE["orange"], PALETTE["vermillion"]), strict=False))
