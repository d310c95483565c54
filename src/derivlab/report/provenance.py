"""``provenance.json``: what a report was made of, by which command, with which versions, on which machine."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from derivlab.errors import ArgumentError
from derivlab.harness.cells import SCHEMA
from derivlab.harness.environment import environment

NAME = "provenance.json"
_DRAWN_WITH = ("derivlab", "python", "numpy", "matplotlib")
"""Versions that a figure's file names; all of them stand in the provenance."""


def begin(folder: Path, about: Mapping[str, Any], seconds: float) -> None:
    """Write what is known once the study has been measured: all but its files."""
    today = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    _write(folder, {"schema": SCHEMA, **about, "date": today, "seconds": round(seconds, 1),
                    "environment": environment()})  # fmt: skip


def complete(folder: Path, figures: Sequence[Mapping[str, Any]], files: Sequence[str]) -> None:
    """Add the figures, and the names of all files of the report."""
    _write(folder, read(folder) | {"figures": list(figures), "files": [*files, NAME]})


def read(folder: Path) -> dict[str, Any]:
    """The provenance of the report in a folder.

    Raises
    ------
    ArgumentError
        If there is no report.
    """
    if not (folder / NAME).exists():
        raise ArgumentError(f"no report in {folder}: type derivlab report {folder.name}")
    return json.loads((folder / NAME).read_text(encoding="utf-8"))


def source(provenance: Mapping[str, Any]) -> str:
    """Command, seed and versions in one line, without a date."""
    versions = ", ".join(f"{key} {provenance['environment'][key]}" for key in _DRAWN_WITH)
    return f"{provenance['command']}; seed {provenance['seed']}; {versions}"


def remove_previous(folder: Path) -> None:
    """Delete the files that an earlier run wrote, so that no figure survives its study."""
    if (folder / NAME).exists():
        for name in read(folder).get("files", ()):
            if (folder / name).resolve().is_relative_to(folder.resolve()):
                (folder / name).unlink(missing_ok=True)


def _write(folder: Path, provenance: Mapping[str, Any]) -> None:
    text = json.dumps(provenance, indent=2, ensure_ascii=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")
