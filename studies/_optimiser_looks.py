"""How each optimiser looks in every figure, and what several figures of trainings share."""

from __future__ import annotations

from typing import Any

from derivlab.report.study import Record

FLOOR = 1e-17
"""Departures of 0 are drawn here: equal bits."""


def look(optimiser: str) -> Any:
    """Colour, marker and dash of an optimiser."""
    from derivlab.report.figures import INK, PALETTE, Mark

    return {
        "gradient descent": Mark(INK, "o"),
        "momentum 0.9": Mark(PALETTE["blue"], "s"),
        "momentum 0.99": Mark(PALETTE["sky"], "s", "--", hollow=True),
        "Nesterov": Mark(PALETTE["green"], "^", "--"),
        "AdaGrad": Mark(PALETTE["orange"], "D"),
        "RMSProp": Mark(PALETTE["purple"], "v", "--", hollow=True),
        "Adam": Mark(PALETTE["vermillion"], "P"),
    }[optimiser]


def look_of_method(method: str) -> Any:
    """Colour, marker and dash of a method; of the run that starts a last bit apart too."""
    from derivlab.report.figures import MUTED, Mark, mark_of

    return Mark(MUTED, "x", ":") if method == "twin" else mark_of(method)


def ok(records: list[Record], **fields: Any) -> list[Record]:
    """The records with these fields that have a result."""
    return [r for r in records if r.get("outcome") == "ok" and all(r.get(key) == fields[key] for key in fields)]


def absent(records: list[Record]) -> str:
    """What could not be measured, as a list in Markdown: one line for each reason."""
    about: dict[tuple[str, str], list[str]] = {}
    for r in records:
        if r.get("outcome", "ok") != "ok":
            name = r.get("method") or r.get("schedule") or "random search"
            about.setdefault((r["outcome"], r["detail"]), []).append(name)
    return "".join(
        f"\n- {', '.join(dict.fromkeys(names))}: {outcome}: {detail}" for (outcome, detail), names in about.items()
    )


def sparse_markers(count: int, place: int, of: int, shown: int = 6) -> dict[str, Any]:
    """Keywords for ``Axes.plot``: few markers, those of equal curves at different points."""
    every = max(count // shown, 1)
    return {"markevery": (place * every // of, every)}
