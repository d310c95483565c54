"""Runs studies one after the other below bars that show what is done, and how much time is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from derivlab.report import provenance
from derivlab.report.study import Progress, Study

_HOUR = 3600.0


def run_studies(
    studies: Sequence[Study], output: Path, *, quick: bool = False, slides: bool = False, redraw: bool = False
) -> list[dict[str, Any]]:
    """Run each study, or only draw it again; one that raises is named, and the others still run.

    Returns
    -------
    list of dict
        For each study its name, the outcome ``ok`` or ``failed``, a detail and the seconds it took.
    """

    def work(study: Study, tell: Progress) -> None:
        if redraw:
            study.redraw(output / study.name, slides=slides)
        else:
            study.run(output, quick=quick, slides=slides, progress=tell)

    shares = _expected(studies, output, quick)
    with _bars() as bars:
        every = bars.add_task("", study="all", total=sum(shares))
        tasks = [bars.add_task("waiting", study=study.name, total=1.0, start=False) for study in studies]
        outcomes: list[dict[str, Any]] = []
        for k, (study, task) in enumerate(zip(studies, tasks, strict=True)):
            done = sum(shares[:k])

            def tell(what: str, share: float, task: Any = task, done: float = done, whole: float = shares[k]) -> None:
                bars.update(task, description=what, completed=share)
                bars.update(every, completed=done + share * whole)

            bars.start_task(task)
            outcomes.append(_attempt(study, tell, work))
            tell(outcomes[-1]["outcome"], 1.0)
            bars.stop_task(task)
    return outcomes


def _attempt(study: Study, tell: Progress, work: Callable[[Study, Progress], None]) -> dict[str, Any]:
    start, outcome, detail = time.perf_counter(), "ok", ""
    try:
        work(study, tell)
    except Exception as error:
        outcome, detail = "failed", f"{type(error).__name__}: {' '.join(str(error).split())}"
    seconds = round(time.perf_counter() - start, 1)
    return {"study": study.name, "outcome": outcome, "detail": detail, "seconds": seconds}


def _expected(studies: Sequence[Study], output: Path, quick: bool) -> list[float]:
    """The seconds that each study took the last time, as weights; those never run count as much as the others."""
    seconds: list[float | None] = []
    for study in studies:
        known = (output / study.name / provenance.NAME).exists()
        before = provenance.read(output / study.name) if known else {}
        seconds.append(before["seconds"] if before.get("quick") == quick else None)
    usual = [value for value in seconds if value] or [1.0]
    return [value or sum(usual) / len(usual) for value in seconds]


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.fields[study]:15}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    return Progress(*columns, console=Console(stderr=True), speed_estimate_period=_HOUR)
