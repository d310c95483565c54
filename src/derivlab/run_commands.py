"""The commands on plans and stores: run, results, diff, history."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from derivlab.errors import ArgumentError, StoreError

OK, FAULTY = 0, 1


def add_run_commands(commands: Any, common: dict[str, Any]) -> None:
    """Add them to the parser of the command line."""
    run = commands.add_parser("run", help="measure every cell of a plan into a store", **common)
    run.add_argument("plan", type=Path, metavar="PLAN", help="a TOML file, or a Python file that defines PLAN")
    run.add_argument("--store", type=Path, metavar="FILE", help="where the cells go (default: runs/PLAN.jsonl)")
    run.add_argument("--resume", action="store_true", help="measure what the store has no cell of, and only that")
    run.add_argument("--retry", default="", metavar="A,B", help="also cells that ended so, e.g. --retry crashed")
    run.add_argument("--dry-run", action="store_true", help="print the cells, and measure none")
    run.add_argument("--jobs", type=_count, default=1, metavar="N", help="cells at once; times come one by one")
    run.add_argument("--executor", default="", metavar="dask=ADDRESS", help="measure on a Dask cluster")
    run.add_argument("--json", action="store_true", help="machine-readable output on stdout")
    run.set_defaults(run=_run)
    results = commands.add_parser("results", help="what a store says, as Markdown", **common)
    results.add_argument("store", type=Path, metavar="STORE")
    results.add_argument("--output", type=Path, metavar="FILE", help="write it there")
    results.set_defaults(run=_results)
    diff = commands.add_parser("diff", help="which cells changed from one store to another", **common)
    diff.add_argument("old", type=Path, metavar="OLD")
    diff.add_argument("new", type=Path, metavar="NEW")
    diff.add_argument("--json", action="store_true", help="machine-readable output on stdout")
    diff.set_defaults(run=_diff)
    history = commands.add_parser("history", help="what several stores say of each cell", **common)
    history.add_argument("stores", nargs="+", type=Path, metavar="STORE")
    history.add_argument("--all", action="store_true", help="also cells that never changed")
    history.set_defaults(run=_history)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is no positive number")
    return value


def _run(options: argparse.Namespace) -> int:
    from derivlab.harness.cells import OUTCOMES
    from derivlab.harness.plan import check_names, load_plan

    plan = load_plan(options.plan)
    tasks = plan.tasks()
    retry = [name for name in options.retry.split(",") if name]
    check_names("outcome", retry, OUTCOMES)
    if options.dry_run:
        print("\n".join(task.label for task in tasks))
        print(f"{len(tasks)} cells", file=sys.stderr)
        return OK
    progress = _measure(options, tasks, retry)
    if options.json:
        print(json.dumps({"cells": progress.total, "found": progress.found, "measured": progress.done,
                          "outcomes": progress.outcomes, "store": str(_store(options))}))  # fmt: skip
    else:
        listed = ", ".join(f"{count} {outcome}" for outcome, count in progress.outcomes.items())
        measured = f"{progress.done} cells measured ({listed or 'none was missing'})"
        print(f"{measured}, {progress.found} were there: {_store(options)}")
    return OK


def _store(options: argparse.Namespace) -> Path:
    return options.store or Path("runs") / f"{options.plan.stem}.jsonl"


def _measure(options: argparse.Namespace, tasks: Sequence[Any], retry: Sequence[str]) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from derivlab.harness.executors import executor
    from derivlab.harness.journal import Journal
    from derivlab.harness.run import run_plan

    path = _store(options)
    if not (options.resume or retry) and path.exists() and path.stat().st_size:
        raise ArgumentError(f"{path} holds cells already: add --resume to go on with it, or choose another --store")
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with (
        Journal(path) as journal,
        executor(options.executor, options.jobs) as (chosen, jobs, machines),
        Progress(*columns, console=Console(stderr=True)) as bars,
    ):
        if journal.damage:
            print(f"derivlab: {path}: {journal.damage}", file=sys.stderr)
        bar = bars.add_task("", total=len(tasks))

        def tell(progress: Any) -> None:
            latest = progress.latest
            bars.update(bar, completed=progress.found + progress.done,
                        description=f"{latest['measure']} of {latest['method']} on {latest['spec']}")  # fmt: skip

        return run_plan(tasks, journal, chosen, jobs=jobs, machines=machines, retry=retry, tell=tell)


def _results(options: argparse.Namespace) -> int:
    from derivlab.report.results import results

    text = results(options.store)
    if options.output is None:
        print(text)
    else:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text, encoding="utf-8")
        print(options.output)
    return OK


def _diff(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from derivlab.harness.changes import changes
    from derivlab.harness.store import plain

    found = changes(options.old, options.new)
    if options.json:
        print(json.dumps(plain([asdict(change) for change in found]), ensure_ascii=False))
    for change in [] if options.json else found:
        note = f"  ({change.note})" if change.note else ""
        print(f"{change.cell}: {change.what} {_figure(change.old)} → {_figure(change.new)}{note}")
    if not found and not options.json:
        print("nothing changed")
    return FAULTY if found else OK


def _figure(value: Any) -> str:
    return "–" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def _history(options: argparse.Namespace) -> int:
    from derivlab.harness.changes import history
    from derivlab.report.tables import markdown

    if len(options.stores) < 2 and not options.all:
        raise StoreError("history compares several stores; name two or more, or add --all")
    rows = [[cell or "–" for cell in row] for row in history(options.stores, every=options.all)]
    print(markdown(["cell", *(path.stem for path in options.stores)], rows) if rows else "nothing changed")
    return OK
