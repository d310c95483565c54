"""Records on disk: JSON lines and CSV, the same records in both.

A record is a flat dictionary of plain data. JSON has no infinities, so those floats are written as the strings
``"Infinity"``, ``"-Infinity"`` and ``"NaN"``, and read back as floats.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.harness.cells import SCHEMA

_SPECIAL = {"Infinity": float("inf"), "-Infinity": float("-inf"), "NaN": float("nan")}


def plain(value: Any) -> Any:
    """A value as JSON can hold it: NumPy scalars and arrays as Python's, infinities as strings."""
    if isinstance(value, (np.generic, np.ndarray)):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in cast("Sequence[Any]", value)]
    if isinstance(value, float) and not np.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value


def write_records(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line; each carries the version of the schema."""
    lines = [json.dumps(plain({"schema": SCHEMA, **record}), ensure_ascii=False) for record in records]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def read_records(path: Path) -> list[dict[str, Any]]:
    """The records of a file that :func:`write_records` wrote.

    Raises
    ------
    ArgumentError
        If a line has another version of the schema.
    """
    records: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = cast("dict[str, Any]", restored(json.loads(line)))
        if record.get("schema") != SCHEMA:
            raise ArgumentError(
                f"{path.name} has schema {record.get('schema')}, this version reads {SCHEMA}: run again"
            )
        records.append(record)
    return records


def restored(value: Any) -> Any:
    """A value as it was before :func:`plain`, infinities and all."""
    if isinstance(value, dict):
        return {key: restored(entry) for key, entry in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [restored(entry) for entry in cast("list[Any]", value)]
    return _SPECIAL.get(value, value) if isinstance(value, str) else value


def write_csv(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """The records as a table, with one column for each field of any record; lists and mappings as JSON."""
    rows = [plain(record) for record in records]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: json.dumps(v) if isinstance(v, (list, dict)) else v for k, v in row.items()})
