"""Runs studies one after the other below bars that show what is done, and how much time is left."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from derivlab.harness.worker import Worker
from derivlab.report import provenance
from derivlab.report.folder import load_study
from derivlab.report.study import Study

_HOUR = 3600.0
_MOST = 600.0
"""Seconds that the figures of a study may take."""


def run_studies(
    folder: Path, names: Sequence[str], output: Path, *, quick: bool = False, slides: bool = False, redraw: bool = False
) -> list[dict[str, Any]]:
    """Run the studies of a folder, or only draw them again; one that raises is named, and the others still run.

    In quick mode the figures are drawn by another process while the next study is measured.

    Returns
    -------
    list of dict
        For each study its name, the outcome ``ok`` or ``failed``, a detail and the seconds it took.
    """
    studies = [load_study(folder, name) for name in names]
    draw = _beside(folder, output, slides) if quick and not redraw else _at_once(studies, output, slides)
    with _Bars(studies, _expected(studies, output, quick)) as bars, draw as drawn:
        steps = [_step(study, output, quick, redraw, bars.tell(k), drawn) for k, study in enumerate(studies)]
    return [_outcome(study, future, seconds) for study, (future, seconds) in zip(studies, steps, strict=True)]


def draw_again(folder: Path, name: str, output: Path, slides: bool) -> None:
    """Draw a study of a folder from the records that are there."""
    load_study(folder, name).redraw(output / name, slides=slides)


def _step(
    study: Study, output: Path, quick: bool, redraw: bool, tell: Callable[[str, float], None], draw: Any
) -> tuple[Future[None], float]:
    """Measure a study and have it drawn: what came of it, and the seconds until then."""
    start = time.perf_counter()
    tell("starting", 0.0)
    measured = _caught(lambda: None if redraw else study.record(output, quick=quick, progress=tell))
    tell("figures", 1.0)
    future = measured if measured.exception() else draw(study.name)
    tell("failed" if future.done() and future.exception() else "done", 1.0)
    return future, round(time.perf_counter() - start, 1)


def _outcome(study: Study, future: Future[None], seconds: float) -> dict[str, Any]:
    error = future.exception()
    detail = "" if error is None else f"{type(error).__name__}: {' '.join(str(error).split())}"
    return {"study": study.name, "outcome": "failed" if error else "ok", "detail": detail, "seconds": seconds}


def _caught(call: Callable[[], Any]) -> Future[None]:
    """What a call answers or raises, kept for later."""
    future: Future[None] = Future()
    try:
        call()
        future.set_result(None)
    except Exception as error:
        future.set_exception(error)
    return future


@contextlib.contextmanager
def _at_once(studies: Sequence[Study], output: Path, slides: bool) -> Generator[Callable[[str], Future[None]]]:
    """A function that draws the study of a name."""
    named = {study.name: study for study in studies}
    yield lambda name: _caught(lambda: named[name].redraw(output / name, slides=slides))


@contextlib.contextmanager
def _beside(folder: Path, output: Path, slides: bool) -> Generator[Callable[[str], Future[None]]]:
    """A function that has a study drawn by a worker, while the caller goes on; the worker ends when all is drawn."""
    with Worker(memory=None) as worker, ThreadPoolExecutor(1) as pool:
        yield lambda name: pool.submit(worker.run, draw_again, folder, name, output, slides, seconds=_MOST)


def _expected(studies: Sequence[Study], output: Path, quick: bool) -> list[float]:
    """The seconds that each study took the last time, as weights; those never run count as much as the others."""
    seconds: list[float | None] = []
    for study in studies:
        known = (output / study.name / provenance.NAME).exists()
        before = provenance.read(output / study.name) if known else {}
        seconds.append(before["seconds"] if before.get("quick") == quick else None)
    usual = [value for value in seconds if value] or [1.0]
    return [value or sum(usual) / len(usual) for value in seconds]


class _Bars:
    """A bar for each study and one for all, whose time left is that of the whole run."""

    def __init__(self, studies: Sequence[Study], shares: Sequence[float]) -> None:
        self.shares = shares
        self.bars = _columns()
        self.whole = self.bars.add_task("", study="all", total=sum(shares))
        self.tasks = [self.bars.add_task("waiting", study=study.name, total=1.0, start=False) for study in studies]

    def __enter__(self) -> _Bars:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def tell(self, k: int) -> Callable[[str, float], None]:
        """The progress of the study in place k."""
        done, share = sum(self.shares[:k]), self.shares[k]

        def progress(what: str, part: float) -> None:
            self.bars.start_task(self.tasks[k])
            self.bars.update(self.tasks[k], description=what, completed=part)
            self.bars.update(self.whole, completed=done + part * share)

        return progress


def _columns() -> Any:
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
