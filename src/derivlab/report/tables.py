"""Tables from records: plain text for a terminal, Markdown for a report, HTML for a notebook."""

from __future__ import annotations

import html
import io
import math
from collections.abc import Sequence
from typing import Any

_HEADERS = (
    "method",
    "outcome",
    "value",
    "error (ulps)",
    "relative error",
    "operations",
    "prepare",
    "evaluate",
    "× f",
)


def duration(seconds: float | None) -> str:
    """Seconds with a unit that keeps three digits."""
    if seconds is None:
        return "–"
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def number(value: float | None, digits: int = 3) -> str:
    """A number with few digits; a dash where there is none."""
    if value is None:
        return "–"
    if value != 0 and (abs(value) >= 1e4 or abs(value) < 1e-2):
        return f"{value:.{digits - 1}e}"
    return f"{value:.{digits}g}"


def rounded(value: float, digits: int = 2) -> float:
    """A number to so many significant digits."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def comparison_rows(records: Sequence[dict[str, Any]]) -> list[list[str]]:
    """One row of text a record."""
    return [
        [
            r["method"],
            r["outcome"] + (f" ({r['kink']})" if r.get("kink") else "") + (f" {r['note']}" if r.get("note") else ""),
            _value(r["value"]),
            number(r["ulps"]),
            number(r["relative"]),
            "–" if r["operations"] is None else str(r["operations"]),
            duration(r["prepare_seconds"]),
            duration(r["evaluate_seconds"]),
            number(r["ratio"]),
        ]
        for r in records
    ]


def _value(value: Any) -> str:
    """All digits of one number; eight of each of two or three, five of each of more."""
    if isinstance(value, list):
        return _few(value, 8 if len(_flat(value)) <= 3 else 5)
    return "–" if value is None else repr(value)


def _few(value: Any, digits: int) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_few(part, digits) for part in value)}]"
    return f"{value:.{digits}g}"


def _flat(value: Any) -> list[float]:
    return [number for part in value for number in _flat(part)] if isinstance(value, list) else [value]


def markdown(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def comparison_markdown(records: Sequence[dict[str, Any]]) -> str:
    """The comparison as a Markdown table, with a note for each cell that is not ok."""
    return markdown(_HEADERS, comparison_rows(records)) + _notes(records, "\n- {method}: {outcome}: {detail}")


def comparison_text(title: str, records: Sequence[dict[str, Any]], width: int = 190) -> str:
    """The comparison as a table for a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    rows = comparison_rows(records)
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    used = [i for i in range(len(_HEADERS)) if any(row[i] != "–" for row in rows)]
    for i in used:
        table.add_column(_HEADERS[i], justify="left" if i < 2 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(row[i] for i in used))
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(table)
    text = "\n".join(line.rstrip() for line in out.getvalue().strip("\n").splitlines())
    return text + _notes(records, "\n  {method}: {outcome}: {detail}")


def comparison_html(title: str, records: Sequence[dict[str, Any]]) -> str:
    """The comparison as an HTML table."""
    head = "".join(f"<th>{html.escape(h)}</th>" for h in _HEADERS)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in comparison_rows(records)
    )
    notes = html.escape(_notes(records, "\n{method}: {outcome}: {detail}")).replace("\n", "<br>")
    caption = html.escape(title)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def _notes(records: Sequence[dict[str, Any]], form: str) -> str:
    """One note for each reason, with the methods that it is about."""
    about: dict[tuple[str, str], list[str]] = {}
    for r in records:
        if r["detail"]:
            about.setdefault((r["outcome"], r["detail"]), []).append(r["method"])
    everyone = [[r["method"] for r in records]] if len(records) > 1 else []
    return "".join(
        form.format(method="all" if methods in everyone else ", ".join(methods), outcome=outcome, detail=detail)
        for (outcome, detail), methods in about.items()
    )
