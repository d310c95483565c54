"""Studies: one question each, measured once, then drawn and told from the records alone."""

from __future__ import annotations

import argparse
import datetime
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derivlab.harness.cells import SCHEMA
from derivlab.harness.environment import environment
from derivlab.harness.store import read_records, write_csv, write_records

if TYPE_CHECKING:
    from derivlab.report.figures import Figure

Record = dict[str, Any]
Progress = Callable[[str, float], None]
"""Called with what is being measured, and the share of the study that is done, in [0, 1]."""


@dataclass(frozen=True)
class Drawing:
    """A figure with the name of its files and the caption that goes below it."""

    name: str
    figure: Figure
    caption: str


@dataclass(frozen=True)
class Study:
    """A question, how it is measured, and how the records answer it.

    Attributes
    ----------
    name
        The script's name without ``.py``, and the folder of the report.
    title, question
        A heading, and what the study finds out, in a sentence.
    measure
        ``measure(quick, progress)`` gives the records: flat dictionaries of plain data, each with a ``kind``.
        What could not be measured is a record with its ``outcome``, never left out.
    draw
        ``draw(records)`` gives the figures, from the records alone.
    summary
        ``summary(records)`` gives the findings as Markdown, from the records alone.
    seed
        Of every random number in the study.
    """

    name: str
    title: str
    question: str
    measure: Callable[[bool, Progress], list[Record]]
    draw: Callable[[list[Record]], list[Drawing]]
    summary: Callable[[list[Record]], str]
    seed: int = 0

    def run(self, output: Path, *, quick: bool = False, progress: Progress | None = None) -> Path:
        """Measure, and write data, figures, report and provenance to ``output/<name>/``; the folder is returned.

        Figures and report are made from the records as they are read back from the disk.
        """
        folder = output / self.name
        folder.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        records = self.measure(quick, progress or (lambda what, share: None))
        seconds = time.perf_counter() - start
        _remove_previous(folder)
        write_records(folder / "data.jsonl", records)
        write_csv(folder / "data.csv", records)
        (progress or (lambda what, share: None))("figures", 1.0)
        figures = self.redraw(folder)
        _write_provenance(self, folder, figures, quick, seconds)
        from derivlab.report.pages import write_report

        write_report(folder, self.summary(read_records(folder / "data.jsonl")))
        return folder

    def redraw(self, folder: Path) -> list[dict[str, str]]:
        """Draw the figures of the records in a folder again; the names and captions are returned."""
        from derivlab.report.figures import house_style, save

        with house_style():
            drawings = self.draw(read_records(folder / "data.jsonl"))
            for drawing in drawings:
                save(drawing.figure, folder / drawing.name)
        return [{"name": drawing.name, "caption": drawing.caption} for drawing in drawings]

    def main(self, arguments: Sequence[str] | None = None) -> None:
        """Run the study as a script: ``python studies/<name>.py [--quick] [--output reports]``."""
        from derivlab.report.pages import write_index

        parser = argparse.ArgumentParser(prog=f"{self.name}.py", description=self.question, allow_abbrev=False)
        parser.add_argument("--quick", action="store_true", help="fewer points and smaller budgets: a few seconds")
        parser.add_argument("--output", type=Path, default=Path("reports"), help="folder of the reports")
        options = parser.parse_args(arguments)
        folder = self.run(
            options.output, quick=options.quick, progress=lambda what, share: print(f"{share:4.0%} {what}")
        )
        write_index(options.output)
        print(folder / "report.md")


def _remove_previous(folder: Path) -> None:
    """Delete the files that an earlier run wrote, so that no figure survives its study."""
    provenance = folder / "provenance.json"
    if provenance.exists():
        for name in json.loads(provenance.read_text(encoding="utf-8"))["files"]:
            if Path(name).name == name:
                (folder / name).unlink(missing_ok=True)


def _write_provenance(study: Study, folder: Path, figures: list[dict[str, str]], quick: bool, seconds: float) -> None:
    images = [f"{figure['name']}.{kind}" for figure in figures for kind in ("svg", "pdf", "png")]
    provenance = {
        "schema": SCHEMA,
        "study": study.name,
        "title": study.title,
        "question": study.question,
        "command": f"derivlab report {study.name}" + (" --quick" if quick else ""),
        "quick": quick,
        "seed": study.seed,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "seconds": round(seconds, 1),
        "environment": environment(),
        "figures": figures,
        "files": [*images, "data.jsonl", "data.csv", "report.md", "provenance.json"],
    }
    text = json.dumps(provenance, indent=2, ensure_ascii=False)
    (folder / "provenance.json").write_text(text + "\n", encoding="utf-8")
