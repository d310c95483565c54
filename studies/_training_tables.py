"""Tables of the study of training."""

from __future__ import annotations

from _digits_charts import digits_rows
from _optimiser_looks import absent, ok
from _training_charts import NAMES
from derivlab.report.study import Record

PARTED = 0.01
"""A relative departure that can be seen."""


def tables(records: list[Record]) -> str:
    """One table for each question, and what could not be measured."""
    parts = {
        "The 20-line network, 101,000 weights": _curve_table(ok(records, kind="curve", network="large")),
        "Where differences part: 56 weights": _curve_table(ok(records, kind="curve", network="small")),
        "Handwritten digits": _digits(records),
        "Past the edge of stability": _edge(records),
    }
    text = "".join(f"\n### {title}\n\n{table}" for title, table in parts.items() if table)
    return text + absent(records) + (
        "\n\nDepartures are relative, and the largest of all updates, from the losses by hand in the same precision. "
        "\"Last bit changed\" is training by hand from first weights moved to the next floating-point number, up or "
        "down at random: what rounding alone does. Forward mode and differences run the network once or twice for "
        "each weight, and so drive the small one only.\n"
    )  # fmt: skip


def _curve_table(rows: list[Record]) -> str:
    from derivlab.report.tables import markdown, number

    lines = [
        [NAMES[r["method"]], r["dtype"], _step(r), number(r["loss"], 5), number(r["departure"]), _parted(r)]
        for r in rows
    ]
    headers = ("gradient", "precision", "h", "last loss", "largest departure", f"{100 * PARTED:g} % apart at update")
    return markdown(headers, lines) if rows else ""


def _step(row: Record) -> str:
    return f"{row['step']:.0e}" if isinstance(row["step"], float) else row["step"] or "–"


def _parted(row: Record) -> str:
    """The first update that is kept where the departure can be seen."""
    return next((f"{k + 1:,}" for k, d in zip(row["at"], row["departures"], strict=True) if d > PARTED), "never")


def _digits(records: list[Record]) -> str:
    from derivlab.report.tables import markdown, number

    lines: list[list[str]] = []
    methods = ("reverse", "reverse-compiled", "jax", "twin")
    for row in digits_rows(records):
        cells = {r["method"]: r for r in ok(records, kind="run", network="digits", recipe=row["recipe"])}
        about = [row["recipe"], f"{row['rate']:g}", f"{row['size']:,}", f"{row['updates']:,}"]
        apart = [number(cells[m]["departure"]) if m in cells else "–" for m in methods]
        lines.append([*about, number(row["pass_losses"][-1]), f"{100 * row['held_out'][-1]:.1f} %", *apart])
    for row in ok(records, kind="search", network="digits"):
        about = ["random search", "–", "all", f"{row['draws']:,} draws", number(row["loss"])]
        lines.append([*about, f"{100 * row['held_out']:.1f} %", *["–"] * 4])
    headers = ("recipe", "first rate", "batch", "updates", "loss", "held out", *(NAMES[m] for m in methods))
    return markdown(headers, lines) if lines else ""


def _edge(records: list[Record]) -> str:
    from derivlab.report.tables import markdown, number

    lines: list[list[str]] = []
    for row in ok(records, kind="curvature"):
        mine = {r["method"]: r for r in ok(records, kind="edge", rate=row["rate"])}
        steepest = row["rate"] * max(row["largest"])
        apart = [number(mine[m]["departure"]) if m in mine else "–" for m in ("reverse", "jax", "twin")]
        lines.append([f"{row['rate']:g}", number(steepest), *apart])
    headers = ("rate", "largest rate × curvature", "reverse AD", "JAX", "last bit changed")
    return markdown(headers, lines) if lines else ""
