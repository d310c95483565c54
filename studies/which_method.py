# %% [markdown]
"""Which method is the cheapest? A map over inputs, outputs and order, under a bound on the error."""

# %%
from __future__ import annotations

from typing import Any

import derivlab as dl
from _contest import Contest, late
from _hessian_forms import Way
from _map_charts import BOUNDS, CLOSE, map_figure, map_seen, task_figure, tasks_seen
from _map_forms import TASKS, Mixing, first_order, task
from _map_tables import tables
from derivlab.report.study import Drawing, Progress, Record, Study

SIZES = (1, 3, 10, 30, 100, 300, 1000)
QUICK = (1, 10, 100)
HOPELESS = 30.0
"""Times the fastest way: what is slower is timed by few evaluations."""


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Jacobians for every number of inputs and outputs; then five tasks with a scalar answer for every n."""
    sizes = QUICK if quick else SIZES
    rules = Contest(max(BOUNDS), 3 if quick else 5, 3e-4 if quick else 1e-3, HOPELESS)
    budget = 0.1 if quick else 0.5
    _warm_up()
    records: list[Record] = []
    slow: dict[str, list[tuple[int, int]]] = {}
    for k, m in enumerate(sizes):
        for n in sizes:
            progress(f"Jacobian, {n:,} × {m:,}", 0.7 * k / len(sizes))
            work = Mixing(m, n)
            ways = first_order(work, budget)
            cells = contest(rules, ways, slow, (m, n), work.jacobian(), lambda work=work: work(work.x))
            records += [{"kind": "jacobian", "inputs": m, "outputs": n, **cell} for cell in cells]
    for k, name in enumerate(TASKS):
        slow = {}
        for n in sizes if name != "tridiagonal Hessian" else sizes[1:]:
            progress(f"{name}, n = {n:,}", 0.7 + 0.3 * k / len(TASKS))
            cells = contest(rules, *_ordered(task(name, n, budget), slow, (n, 1)))
            records += [{"kind": "task", "task": name, "inputs": n, "outputs": 1, **cell} for cell in cells]
    return records


def _ordered(found: tuple[dict[str, Way], Any, Any], slow: Any, place: tuple[int, int]) -> Any:
    ways, exact, unit = found
    return ways, slow, place, exact, unit


def _warm_up() -> None:
    """Load what the ways use, so that no preparation pays for an import."""
    for name in ("symbolic-cse", "reverse-compiled", "complex-step"):
        dl.methods[name].prepare("derivative", lambda x: x * x, 1.0)(1.0)


def contest(
    rules: Contest,
    ways: dict[str, Way],
    slow: dict[str, list[tuple[int, int]]],
    place: tuple[int, int],
    exact: Any,
    unit: Any,
) -> list[Record]:
    """A record for each way; one that timed out on no more inputs and outputs is not run, as ``slow`` remembers."""
    m, n = place
    before = {name: next(((a, b) for a, b in slow.get(name, ()) if a <= m and b <= n), None) for name in ways}
    running = {name: make for name, (make, _) in ways.items() if before[name] is None}
    found = rules.run(running, {name: limit for name, (_, limit) in ways.items()}, exact, ("function", unit))
    for name, cell in found.items():
        if cell["outcome"] == "timed out":
            slow.setdefault(name, []).append(place)
    skipped = {
        name: late(f"not run: {seen[0]:,} inputs and {seen[1]:,} outputs already timed out")
        for name, seen in before.items()
        if seen is not None
    }
    return [{"method": name, **cell} for name, cell in (found | skipped).items()]


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The map of Jacobians, prepared and not, under both bounds; and the tasks."""
    family = (
        "The cheapest way to the Jacobian of y = tanh(V tanh(U x)), for each number of inputs and of outputs, among "
        "ways with an error of at most {} of the largest entry. In each cell: how many times longer the runner-up "
        f"takes; ≈ where that is below {CLOSE:g}, which another run may turn round. The shorter side wins: forward "
        "mode where inputs are fewer than outputs, reverse mode where they are more. "
    )
    often, once = (
        "Time of one evaluation, preparation not counted. Hatched: eager.",
        "Time until the first answer, with preparation.",
    )
    strict, coarse = BOUNDS
    rows, tasks = ([r for r in records if r["kind"] == kind] for kind in ("jacobian", "task"))
    return [
        *(
            Drawing(name, map_figure(rows, bound, key), family.format(f"{bound:.0e}") + when,
                    map_seen(rows, bound, key), timed=True)
            for name, bound, key, when in (
                ("often", strict, "least_seconds", often),
                ("once", strict, "first_seconds", once),
                ("often_coarse", coarse, "least_seconds", often),
            )
        ),
        Drawing("tasks", task_figure(tasks, strict), (
            "The cheapest way to derivatives of a scalar answer, by task and number n of inputs, evaluation only, "
            f"error at most {strict:.0e}. Below each name: how many times longer the runner-up takes (≈: below "
            f"{CLOSE:g}). The tridiagonal Hessian is Rosenbrock's, the others are of Σ tanh(V tanh(U x)). Coloured: "
            "compressed products, answered as a sparse matrix."
        ), tasks_seen(tasks, strict), timed=True),
    ]  # fmt: skip


# %%
def summary(records: list[Record]) -> str:
    """Who wins how often, the boundary between forward and reverse, and every cell."""
    return tables(records)


# %%
STUDY = Study(
    "which_method",
    "Which method, when",
    "For so many inputs, outputs and this order: which method is the cheapest that is exact enough?",
    measure,
    draw,
    summary,
)

# %%
if __name__ == "__main__":
    STUDY.main()
