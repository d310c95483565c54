"""Whether two runs of a study say the same, up to times: the records, and the figures that show no time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from derivlab.harness.store import plain, read_records
from derivlab.report import provenance

MEASURED = frozenset({"seconds", "ratio", "samples", "spread", "bytes"})
"""A field one of whose words is among these holds a time or a size in memory, which differ from run to run."""
_SHOWN = 5


def is_measured(field: str) -> bool:
    """Whether a field of a record holds a time or a size in memory."""
    return not MEASURED.isdisjoint(field.split("_"))


def without_times(record: Mapping[str, Any]) -> dict[str, Any]:
    """What of a record must be the same in every run."""
    return {key: plain(value) for key, value in record.items() if not is_measured(key)}


def differences(folder: Path, other: Path) -> list[str]:
    """What differs between two reports of one study, a sentence each; none if they say the same.

    A cell that ran out of its budget in one run alone is a difference too, and named as such: the budget is a time.
    """
    both = [read_records(place / "data.jsonl") for place in (folder, other)]
    found = [] if len(both[0]) == len(both[1]) else [f"{len(both[0])} records, and {len(both[1])} there"]
    for line, (here, there) in enumerate(zip(*both, strict=False), 1):
        found += _unequal(line, without_times(here), without_times(there))
    more = [f"and {len(found) - _SHOWN} more records"] if len(found) > _SHOWN else []
    return [*found[:_SHOWN], *more, *_figures(folder, other)]


def _unequal(line: int, here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    if here == there:
        return []
    outcomes = [record.get("outcome") for record in (here, there)]
    if "timed out" in outcomes and outcomes[0] != outcomes[1]:
        return [f"record {line}: {outcomes[0]}, and {outcomes[1]} there"]
    fields = [key for key in {**here, **there} if here.get(key) != there.get(key)]
    return [f"record {line}: {', '.join(fields)}"]


def _figures(folder: Path, other: Path) -> list[str]:
    """The figures that show no time and have other bytes; what a file says of itself may name another command."""
    names = [f["name"] for f in provenance.read(folder)["figures"] if not f["timed"]]
    files = [f"{name}.{kind}" for name in names for kind in ("svg", "pdf", "png")]
    return [
        f"{name}: other bytes"
        for name in files
        if not (other / name).exists() or (folder / name).read_bytes() != (other / name).read_bytes()
    ]
