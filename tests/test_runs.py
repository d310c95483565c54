"""Plans, runs and resumes: every fault is one named cell, and nothing is lost, twice or wrong."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from derivlab.errors import ArgumentError, DerivlabError, StoreError, UnknownNameError
from derivlab.harness import identity
from derivlab.harness.journal import Journal, read_journal
from derivlab.harness.plan import Plan, in_bytes, load_plan
from derivlab.harness.run import run_plan
from derivlab.harness.tasks import Task, measure

PLANS = Path(__file__).parent / "plans"
DERIVLAB = [sys.executable, "-m", "derivlab.cli"]


def cells(path: Path) -> list[dict[str, Any]]:
    return [record for record in read_journal(path) if record["kind"] == "cell"]


def named(records: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {(r["spec"], tuple(r["parameters"].values()), r["method"], r["measure"]): r for r in records}


class Here(Executor):
    """Runs what it is given at once, in this process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


# Plans.


def test_a_plan_is_a_product_with_filters(tmp_path: Path) -> None:
    path = tmp_path / "night.toml"
    path.write_text("""
        methods = ["forward", "symbolic", "symbolic-cse"]
        measures = ["accuracy", "time"]
        seconds = 3
        memory = "2 GiB"
        specs = ["add-mul-gate", {name = "logistic-map", n = [2, 3], x = 0.3}]
        skip = [{method = "symbolic*", n = 3}, {spec = "add-mul-gate", measure = "time"}]
    """)
    tasks = load_plan(path).tasks()
    found = [(t.spec, dict(t.parameters), t.method, t.operator, t.measure) for t in tasks]
    methods, third = ["forward", "symbolic", "symbolic-cse"], {"n": 3, "x": 0.3}
    assert found == [
        *[("add-mul-gate", {}, m, "grad", "accuracy") for m in methods],
        *[("logistic-map", {"n": 2, "x": 0.3}, m, "derivative", k) for k in ("accuracy", "time") for m in methods],
        *[("logistic-map", third, "forward", "derivative", k) for k in ("accuracy", "time")],
    ]
    assert all((t.seconds, t.memory) == (3.0, 2 * 2**30) for t in tasks)
    only = Plan(["add-mul-gate"], only=[{"method": ["reverse", "jax"]}], measures=["accuracy"]).tasks()
    assert [t.method for t in only] == ["reverse", "jax"]


WRONG = {
    'specs = ["logistic-mapp"]': (UnknownNameError, "no spec 'logistic-mapp'"),
    'specs = ["helmholtz"]\nmethods = ["backward"]': (UnknownNameError, "no method 'backward'; there are"),
    'specs = ["helmholtz"]\nmeasures = ["beauty"]': (UnknownNameError, "no measure 'beauty'; there are accuracy"),
    'specs = ["helmholtz"]\nmethods = "reverse"': (ArgumentError, r'a list of names: \["reverse"\]'),
    'specs = ["helmholtz"]\noperators = ["hvp"]': (UnknownNameError, "no operator 'hvp'"),
    'specs = ["helmholtz"]\nmethod = ["reverse"]': (ArgumentError, "a plan has no 'method'; it has specs, methods"),
    'specs = ["helmholtz"]\nseconds = -1': (ArgumentError, "seconds is a positive number"),
    'specs = ["helmholtz"]\nmemory = "4 GB!"': (ArgumentError, "memory is a number of bytes"),
    'specs = ["helmholtz"]\nskip = [{spec = "*"}]': (ArgumentError, "leave nothing to measure"),
    "specs = [{n = 3}]": (ArgumentError, "a spec is a name or"),
    "specs = [3]": (ArgumentError, "a spec is a name or"),
    'specs = [{name = "helmholtz", size = 3}]': (ArgumentError, "has no parameter 'size'"),
    "specs = []": (ArgumentError, "names no spec"),
    'methods = ["reverse"]': (ArgumentError, "names no spec"),
    "specs = [": (ArgumentError, "night.toml"),
    'specs = ["helmholtz"]\nsetup = "nothing.py"': (ArgumentError, "no Python file"),
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_plans_say_what_to_type(tmp_path: Path, text: str) -> None:
    path = tmp_path / "night.toml"
    path.write_text(text)
    error, says = WRONG[text]
    with pytest.raises(error, match=says):
        load_plan(path).tasks()


def test_missing_plans(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="no plan"):
        load_plan(tmp_path / "nothing.toml")
    (tmp_path / "empty.py").write_text("x = 1")
    with pytest.raises(ArgumentError, match="defines no PLAN"):
        load_plan(tmp_path / "empty.py")


def test_memory_in_bytes() -> None:
    assert [in_bytes(text) for text in ("4 GiB", "500 MB", 7)] == [4 * 2**30, 5 * 10**8, 7]


def test_a_cell_is_what_its_task_and_its_code_are(tmp_path: Path) -> None:
    task = Task("helmholtz", (("n", 3),), "reverse", "grad", "accuracy")
    others = [
        Task("helmholtz", (("n", 4),), "reverse", "grad", "accuracy"),
        Task("helmholtz", (("n", 3),), "reverse", "grad", "time"),
        Task("helmholtz", (("n", 3),), "reverse", "grad", "accuracy", seconds=11.0),
    ]
    setup = tmp_path / "setup.py"
    setup.write_text("A = 1")
    others.append(Task("helmholtz", (("n", 3),), "reverse", "grad", "accuracy", setup=str(setup)))
    keys = [identity.key(one) for one in (task, *others)]
    assert len(set(keys)) == len(keys)
    setup.write_text("A = 2")
    identity.code.cache_clear()
    assert identity.key(others[-1]) != keys[-1], "changed code is a new cell"
    assert identity.key(task) == keys[0]


# Faults.


def test_every_fault_is_one_named_cell(tmp_path: Path) -> None:
    plan = load_plan(PLANS / "faulty.py")
    faults = sys.modules["derivlab_setup_faulty"].FAULTS
    path = tmp_path / "store.jsonl"
    with Journal(path) as journal, ThreadPoolExecutor(2) as threads:
        progress = run_plan(plan.tasks(), journal, threads, jobs=2)
    assert progress.done == 3 * len(faults)
    for cell in cells(path):
        outcome, says = faults[cell["spec"]][1:] if cell["method"] == "forward" else ("ok", "")
        told = " ".join([cell["detail"], *cell["remarks"]])
        assert (cell["outcome"], says in told) == (outcome, True), cell
        assert cell["outcome"] != "ok" or cell["ulps"] <= 1


def test_a_cell_that_the_executor_loses_is_handed_out_again(tmp_path: Path) -> None:
    class Losing(Here):
        """Loses every task so many times."""

        def __init__(self, times: int) -> None:
            self.times, self.lost = times, Counter[Any]()

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.lost[args] += 1
            if self.lost[args] > self.times:
                return super().submit(fn, *args, **kwargs)
            future: Future[Any] = Future()
            future.set_exception(RuntimeError("the machine is gone"))
            return future

    tasks = Plan(["add-mul-gate"], ["manual", "reverse"], measures=["accuracy"]).tasks()
    for times, outcomes in ((2, {"ok": 2}), (3, {"failed": 2})):
        with Journal(tmp_path / f"{times}.jsonl") as journal:
            assert run_plan(tasks, journal, Losing(times)).outcomes == outcomes
    assert "the executor lost it 3 times: RuntimeError" in cells(tmp_path / "3.jsonl")[0]["detail"]


def test_an_executor_of_processes_does_too(tmp_path: Path) -> None:
    tasks = Plan(["add-mul-gate"], ["manual", "reverse"]).tasks()
    with (
        Journal(tmp_path / "store.jsonl") as journal,
        ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool,
    ):
        assert run_plan(tasks, journal, pool, jobs=2).outcomes == {"ok": 6}


def test_a_full_disk_stops_the_run_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = Plan(["add-mul-gate"], ["manual", "forward", "reverse"], measures=["accuracy"]).tasks()
    path, write, written = tmp_path / "store.jsonl", os.write, []

    def full(file: int, data: bytes) -> int:
        if not data.startswith(b'{"kind"'):
            return write(file, data)
        written.append(data)
        return write(file, data) if len(written) < 4 else write(file, data[:7])

    monkeypatch.setattr(os, "write", full)
    with Journal(path) as journal, pytest.raises(StoreError, match="the disk is full"):
        run_plan(tasks, journal, Here())
    monkeypatch.setattr(os, "write", write)
    assert len(cells(path)) == 2
    with Journal(path) as journal:
        assert journal.damage == ""
        progress = run_plan(tasks, journal, Here())
    assert (progress.found, progress.done) == (2, 1)
    assert Counter(cell["method"] for cell in cells(path)) == {"manual": 1, "forward": 1, "reverse": 1}


KILLER = """
import os, random, signal, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from derivlab.harness.journal import Journal
from derivlab.harness.plan import load_plan
from derivlab.harness.run import run_plan

plan, store = Path(sys.argv[1]), Path(sys.argv[2])
tasks, chance = load_plan(plan).tasks(), random.Random(0)

def run(retry=()):
    with Journal(store) as journal, ThreadPoolExecutor(1) as threads:
        return run_plan(tasks, journal, threads, retry=retry)

def workers(parent):
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(entry.name)
        except (OSError, IndexError):
            continue

for kill in range(50):
    child = os.fork()
    if not child:
        run()
        os._exit(0)
    size = lambda: store.stat().st_size if store.exists() else 0
    enough, latest = size() + chance.uniform(0, 10_000), time.monotonic() + 5
    while size() < enough and time.monotonic() < latest:
        time.sleep(0.001)
    for victim in list(workers(child))[:1] if kill % 2 else []:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            pass
    time.sleep(chance.uniform(0.0, 0.1))
    try:
        os.kill(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(child, 0)
progress = run(retry=("crashed",))
print(progress.total, progress.found, progress.done)
"""


@pytest.mark.slow
def test_kills_at_fifty_moments_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """The parent is killed fifty times, and before every other time one of its workers."""
    plan, store = tmp_path / "plan.toml", tmp_path / "store.jsonl"
    xs = ", ".join(f"0.{k}" for k in range(100, 300))
    plan.write_text(f"""
        specs = [{{name = "logistic-map", x = [{xs}]}}]
        methods = ["manual", "forward", "reverse", "taylor"]
        measures = ["accuracy"]
    """)
    answer = subprocess.run(
        [sys.executable, "-c", KILLER, str(plan), str(store)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    total, found, done = map(int, answer.stdout.split())
    assert (total, found + done) == (800, 800)
    assert found > 100, "the kills came in the middle"
    records = cells(store)
    finished = [cell for cell in records if cell["outcome"] != "crashed"]
    assert len(named(finished)) == len(finished) == 800, "none lost and none twice"
    assert {cell["outcome"] for cell in finished} == {"ok"}
    for cell in random.Random(1).sample(finished, 50):
        task = Task("logistic-map", (("x", cell["parameters"]["x"]),), cell["method"], "derivative", "accuracy")
        assert measure(task).ulps == cell["ulps"], "none is wrong"


# The command.


def derivlab(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DERIVLAB, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


def test_the_command_runs_resumes_and_tells(tmp_path: Path) -> None:
    plan = tmp_path / "night.toml"
    plan.write_text('specs = ["add-mul-gate"]\nmethods = ["reverse", "null"]\n')
    dry = derivlab("run", plan, "--dry-run", cwd=tmp_path)
    assert dry.stdout.splitlines()[0] == "accuracy of reverse on add-mul-gate"
    assert "6 cells" in dry.stderr
    assert not (tmp_path / "runs").exists()
    first = derivlab("run", plan, "--jobs", 2, "--json", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout) == {
        "cells": 6, "found": 0, "measured": 6, "outcomes": {"ok": 5, "inaccurate": 1}, "store": "runs/night.jsonl"
    }  # fmt: skip
    refused = derivlab("run", plan, cwd=tmp_path)
    assert (refused.returncode, "--resume" in refused.stderr) == (2, True)
    plan.write_text('specs = ["add-mul-gate"]\nmethods = ["reverse", "null", "forward"]\nmeasures = ["accuracy"]\n')
    again = derivlab("run", plan, "--resume", cwd=tmp_path)
    assert "1 cells measured (1 ok), 2 were there" in again.stdout
    page = derivlab("results", "runs/night.jsonl", cwd=tmp_path).stdout
    for text in ("grad of add-mul-gate", "| reverse | ok | 0 |", "95 %", "the harness's own", "null, accuracy"):
        assert text in page
    assert derivlab("diff", "runs/night.jsonl", "runs/night.jsonl", cwd=tmp_path).stdout == "nothing changed\n"


def test_a_damaged_store_is_told_and_goes_on(tmp_path: Path) -> None:
    plan = tmp_path / "night.toml"
    plan.write_text('specs = ["add-mul-gate"]\nmethods = ["reverse", "manual"]\nmeasures = ["accuracy"]\n')
    derivlab("run", plan, cwd=tmp_path)
    store = tmp_path / "runs" / "night.jsonl"
    store.write_bytes(store.read_bytes()[:-20])
    again = derivlab("run", plan, "--resume", cwd=tmp_path)
    assert "set aside in night.damaged-1" in again.stderr
    assert "1 cells measured (1 ok), 1 were there" in again.stdout


MISTAKES = {
    "run nothing.toml": "no plan nothing.toml",
    "run plan.toml --jobs 0": "0 is no positive number",
    "run plan.toml --executor slurm": "an executor is dask=ADDRESS",
    "run plan.toml --retry lost": "no outcome 'lost'; there are ok",
    "results nothing.jsonl": "no store nothing.jsonl",
    "results empty.jsonl": "holds no cell yet",
    "diff nothing.jsonl empty.jsonl": "no store",
    "history empty.jsonl": "name two or more",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_mistakes_are_one_line(tmp_path: Path, typed: str) -> None:
    (tmp_path / "plan.toml").write_text('specs = ["add-mul-gate"]\n')
    (tmp_path / "empty.jsonl").touch()
    answer = derivlab(*typed.split(), cwd=tmp_path)
    assert answer.returncode == 2
    assert MISTAKES[typed] in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_plan_in_python_brings_its_own_specs(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("""
import derivlab as dl
from derivlab.harness.plan import Plan

@dl.register("my-cube")
def my_cube(x: float = 2.0) -> dl.Spec:
    "x cubed."
    return dl.Spec(lambda x: x**3, (x,), "derivative")

PLAN = Plan([{"name": "my-cube", "x": [1.0, 2.0]}], ["reverse"], measures=["accuracy", "size"])
""")
    answer = derivlab("run", "mine.py", cwd=tmp_path)
    assert "4 cells measured (4 ok)" in answer.stdout, answer.stderr


# Clusters.


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_loses_no_cell(tmp_path: Path) -> None:
    """A scheduler and two workers on this machine, one of which is killed in the middle of the run."""
    pytest.importorskip("distributed", reason="distributed is not installed")
    where, pieces = tmp_path / "scheduler.json", []
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    try:
        start = [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", where]
        pieces.append(subprocess.Popen([str(part) for part in start], **quiet))
        for _ in range(2):
            worker = [
                *dask,
                "worker",
                "--scheduler-file",
                str(where),
                "--no-nanny",
                "--nthreads",
                "1",
                "--no-dashboard",
            ]
            pieces.append(subprocess.Popen(worker, cwd=tmp_path, **quiet))
        for _ in range(200):
            if where.exists() and where.stat().st_size:
                break
            time.sleep(0.1)
        address = json.loads(where.read_text())["address"]
        plan, store = tmp_path / "plan.toml", tmp_path / "store.jsonl"
        xs = ", ".join(f"0.{k}" for k in range(100, 250))
        plan.write_text(f"""
            specs = [{{name = "logistic-map", x = [{xs}]}}]
            methods = ["manual", "reverse"]
            measures = ["accuracy", "size"]
        """)
        run = [*DERIVLAB, "run", str(plan), "--store", str(store), "--executor", f"dask={address}"]
        for _ in range(60):  # until the workers are there
            running = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            while running.poll() is None and not (store.exists() and len(cells(store)) > 100):
                time.sleep(0.05)
            if running.poll() is None:
                break
            time.sleep(0.5)
        pieces[1].kill()
        out, err = running.communicate(timeout=240)
        assert running.returncode == 0, err
        assert "600 cells measured (600 ok)" in out
        found = cells(store)
        assert len(named(found)) == len(found) == 600
    finally:
        for piece in pieces:
            piece.send_signal(signal.SIGKILL)
            piece.wait()


def test_no_cluster_is_said_in_a_line(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="distributed is not installed")
    from derivlab.harness.executors import executor

    with pytest.raises(DerivlabError, match="no Dask scheduler answers"), executor("dask=tcp://127.0.0.1:9"):
        pass
