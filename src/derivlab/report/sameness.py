"""Whether two runs of a study say the same, up to times: the records, and the figures that show no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derivlab.harness.store import plain, read_records
from derivlab.report import provenance

MEASURED = frozenset({"seconds", "ratio", "samples", "spread", "interval", "against", "bytes"})
"""A field one of whose words is among these holds a time or a size in memory, which differ from run to run."""
_SHOWN = 5


@dataclass(frozen=True)
class Comparison:
    """Two reports of one study.

    Attributes
    ----------
    differences
        What differs though it shows no time, a sentence each.
    overruns
        The cells that ran out of their budget in one run alone; a budget is a time, and so this is no difference, nor
        what the figures then show of it.
    """

    differences: list[str]
    overruns: list[str]


def is_measured(field: str) -> bool:
    """Whether a field of a record holds a time or a size in memory."""
    return not MEASURED.isdisjoint(field.split("_"))


def without_times(record: Mapping[str, Any]) -> dict[str, Any]:
    """What of a record must be the same in every run."""
    return {key: plain(value) for key, value in record.items() if not is_measured(key)}


def compared(folder: Path, other: Path) -> Comparison:
    """What differs between two reports of one study, besides times and memory."""
    here, there = (read_records(place / "data.jsonl") for place in (folder, other))
    differences = [] if len(here) == len(there) else [f"{len(here)} records, and {len(there)} there"]
    overruns: list[str] = []
    for line, (record, twin) in enumerate(zip(here, there, strict=False), 1):
        outcomes = record.get("outcome"), twin.get("outcome")
        if "timed out" in outcomes and outcomes[0] != outcomes[1]:
            overruns.append(f"record {line}: {outcomes[0]}, and {outcomes[1]} there")
        else:
            differences += _unequal(line, without_times(record), without_times(twin))
    figures = _figures(folder, other)
    overruns += figures if overruns else []
    return Comparison(_first(differences) + ([] if overruns else figures), _first(overruns))


def _unequal(line: int, here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    fields = [key for key in {**here, **there} if here.get(key) != there.get(key)]
    return [f"record {line}: {', '.join(fields)}"] if fields else []


def _first(sentences: list[str]) -> list[str]:
    more = len(sentences) - _SHOWN
    return [*sentences[:_SHOWN], f"and {more} more"] if more > 0 else sentences


def _figures(folder: Path, other: Path) -> list[str]:
    """The files of figures that show no time and have other bytes."""
    names = [f["name"] for f in provenance.read(folder)["figures"] if not f["timed"]]
    files = [f"{name}.{kind}" for name in names for kind in ("svg", "pdf", "png")]
    return [
        f"{name}: other bytes"
        for name in files
        if not (other / name).exists() or (folder / name).read_bytes() != (other / name).read_bytes()
    ]
