"""A study in a notebook: its findings and figures below the last cell."""

from __future__ import annotations

import builtins
import importlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derivlab.harness.store import read_records

if TYPE_CHECKING:
    from derivlab.report.study import Study


class Markdown:
    """Text that a notebook sets as Markdown."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_markdown_(self) -> str:
        return self.text


def running() -> bool:
    """Whether this process answers the cells of a notebook."""
    shell: Any = getattr(builtins, "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def show(study: Study) -> None:
    """Run a study in quick mode and show what it found; no file remains."""
    display: Any = importlib.import_module("IPython.display").display
    with tempfile.TemporaryDirectory() as place:
        records = read_records(study.run(Path(place), quick=True) / "data.jsonl")
    display(Markdown(f"**{study.question}**\n\n{study.summary(records)}"))
    for drawing in study.drawings(records):
        display(drawing)
        display(Markdown(drawing.caption))
