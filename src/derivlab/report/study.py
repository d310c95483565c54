"""Studies: one question each, measured once, then drawn and told from the records alone."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derivlab.harness.store import read_records, write_csv, write_records
from derivlab.measure.runtime import single_threaded
from derivlab.report import provenance
from derivlab.report.drawings import Drawing

if TYPE_CHECKING:
    from derivlab.report.figures import Style

__all__ = ["Drawing", "Progress", "Record", "Study"]

Record = dict[str, Any]
Progress = Callable[[str, float], None]
"""Called with what is being measured, and the share of the study that is done, in [0, 1]."""
SLIDES = "slides"
"""The folder of the figures for projection, inside of that of the report."""


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

    def run(self, output: Path, *, quick: bool = False, slides: bool = False, progress: Progress | None = None) -> Path:
        """Measure, and write data, figures, report and provenance to ``output/<name>/``; the folder is returned.

        Figures and report are made from the records as they are read back from the disk. ``slides`` adds the figures
        for projection.
        """
        folder = self.record(output, quick=quick, progress=progress)
        if progress is not None:
            progress("figures", 1.0)
        self.redraw(folder, slides=slides)
        return folder

    def record(self, output: Path, *, quick: bool = False, progress: Progress | None = None) -> Path:
        """Measure, and write the data alone; the folder is returned."""
        folder, tell = output / self.name, progress or (lambda what, share: None)
        folder.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        with single_threaded():
            records = self.measure(quick, tell)
            seconds = time.perf_counter() - start
            provenance.remove_previous(folder)
            write_records(folder / "data.jsonl", records)
            write_csv(folder / "data.csv", records)
            provenance.begin(folder, self._about(quick), seconds)
        return folder

    def _about(self, quick: bool) -> dict[str, Any]:
        command = f"derivlab report {self.name}" + (" --quick" if quick else "")
        return {"study": self.name, "title": self.title, "question": self.question, "command": command,
                "quick": quick, "seed": self.seed}  # fmt: skip

    def redraw(self, folder: Path, *, slides: bool = False) -> None:
        """Draw the figures of the records in a folder and write its report again; nothing is measured.

        Figures for projection that are there already are drawn again too.
        """
        from derivlab.report.figures import SLIDES as PROJECTION
        from derivlab.report.pages import write_report

        about = provenance.read(folder)
        records = read_records(folder / "data.jsonl")
        entries, files = self._save(records, folder, about)
        if slides or any(name.startswith(SLIDES) for name in about.get("files", ())):
            files += [f"{SLIDES}/{name}" for name in self._save(records, folder / SLIDES, about, PROJECTION)[1]]
        files += ["data.jsonl", "data.csv", "summary.md", "report.md"]
        provenance.complete(folder, entries, files)
        write_report(folder, self.findings(records))

    def _save(
        self, records: list[Record], folder: Path, about: Record, style: Style | None = None
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """Save every figure in every format; what the provenance says of each, and the names of the files."""
        from derivlab.report.figures import save

        entries: list[dict[str, Any]] = []
        files: list[str] = []
        for drawing in self.drawings(records, style):
            credit = drawing.credit(self.name, provenance.source(about))
            files += [path.name for path in save(drawing.figure, folder / drawing.name, credit, draft=about["quick"])]
            entries.append(drawing.entry(credit))
        return entries, files

    def drawings(self, records: list[Record], style: Style | None = None) -> list[Drawing]:
        """The figures in a style, print by default, with room for all their text."""
        from derivlab.report.figures import PRINT, house_style
        from derivlab.report.fitting import fit

        with house_style(style or PRINT):
            drawings = self.draw(records)
            for drawing in drawings:
                fit(drawing.figure)
        return drawings

    def findings(self, records: list[Record]) -> str:
        """The summary, with each number that comes from a record linked to its line of ``data.jsonl``.

        Where the summary takes numbers that know their records otherwise than plain ones, it stays without links.
        """
        from derivlab.report.tracing import linked, traced, unmarked

        plain = self.summary(records)
        marked = self.summary(traced(records))
        return linked(marked, _link) if unmarked(marked) == plain else plain

    def main(self, arguments: Sequence[str] | None = None) -> None:
        """Run the study as a script: ``python studies/<name>.py [--quick] [--output reports]``; or in a notebook.

        A notebook has no arguments: there the study runs in quick mode and shows findings and figures.
        """
        from derivlab.report import notebook
        from derivlab.report.pages import write_index

        if arguments is None and notebook.running():
            notebook.show(self)
            return
        parser = argparse.ArgumentParser(prog=f"{self.name}.py", description=self.question, allow_abbrev=False)
        parser.add_argument("--quick", action="store_true", help="fewer points and smaller budgets: a few seconds")
        parser.add_argument("--slides", action="store_true", help="also draw the figures for projection")
        parser.add_argument("--output", type=Path, default=Path("reports"), help="folder of the reports")
        options = parser.parse_args(arguments)
        folder = self.run(
            options.output,
            quick=options.quick,
            slides=options.slides,
            progress=lambda what, share: print(f"{share:4.0%} {what}"),
        )
        write_index(options.output)
        print(folder / "report.md")


def _link(number: str, places: list[int]) -> str:
    """A number as a link to its record; it names all where there are several."""
    from derivlab.report.tracing import spans

    names = ", ".join(spans(places))
    title = f"record {names}" if len(places) == 1 else f"records {names}"
    return f'[{number}](data.jsonl#L{places[0]} "{title}")'
