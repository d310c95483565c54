# %% [markdown]
"""What does a Hessian cost, dense and sparse? Every way against one gradient, for up to ten thousand inputs."""

# %%
from __future__ import annotations

from typing import Any

import numpy as np

import derivlab as dl
from _contest import Contest, late
from _hessian_charts import pattern_figure, pattern_seen, time_figure, time_seen
from _hessian_forms import Form, arrow, form, ways
from _hessian_tables import tables
from derivlab.libraries import load
from derivlab.report.study import Drawing, Progress, Record, Study
from derivlab.specs.rosenbrock import valley

SIZES = {
    "rosenbrock": (3, 10, 30, 100, 300, 1000, 3000, 10000),
    "helmholtz": (3, 10, 30, 100, 300, 1000),
}
QUICK = {"rosenbrock": (10, 10000), "helmholtz": (10,)}
TOLERANCE = 1e-10
"""Largest error of an entry, relative to the largest entry."""
HOPELESS = 300.0
"""Times the fastest way: what is slower is timed by few evaluations."""
CERTIFIED = 100
"""Inputs up to which the Hessian by hand is held against certified second derivatives along random directions."""
SEED = 0


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Every way to both Hessians for growing n, the Hessian by hand against the truth, and two coloured patterns."""
    records: list[Record] = []
    sizes = QUICK if quick else SIZES
    _warm_up()
    done, total = 0, sum(n for many in sizes.values() for n in many)
    for name, many in sizes.items():
        slow: dict[str, str] = {}
        for n in many:
            progress(f"{name}, n = {n:,}", done / total)
            done += n
            records += cells(form(name, n), slow, quick)
            if n <= CERTIFIED:
                records.append(certified(form(name, n)))
    return [*records, colours("tridiagonal", valley), colours("arrow", arrow)]


def _warm_up() -> None:
    """Load what the ways use, so that no preparation pays for an import."""
    small = form("rosenbrock", 3)
    load("jax")
    for make, _ in ways(small, quick=True).values():
        try:
            make()()
        except Exception:
            continue  # has its own outcome below


def cells(form: Form, slow: dict[str, str], quick: bool) -> list[Record]:
    """A record for each way; those in ``slow`` took too long for fewer inputs, and are not run."""
    n, every = form.args[0].size, ways(form, quick)
    gradient = dl.reverse.grad(form.function)
    found = Contest(TOLERANCE, 3 if quick else 9, 5e-4 if quick else 2e-3, HOPELESS).run(
        {name: make for name, (make, _) in every.items() if name not in slow},
        {name: limit for name, (_, limit) in every.items()},
        (form.banded or form.dense)(*form.args),
        ("gradient", lambda: gradient(*form.args)),
        {"gradient by hand": lambda: form.gradient(*form.args)},
    )
    for name, cell in found.items():
        if cell["outcome"] == "timed out":
            slow[name] = f"not run: n = {n:,} already timed out"
    base = {"kind": "time", "function": form.name, "title": form.title, "n": n}
    skipped = {name: late(reason) for name, reason in slow.items() if name not in found}
    sizes = Sizes(form)
    return [
        base | {"method": name, **cell, "products": sizes.products(name), "bytes": sizes.held(name)}
        for name, cell in (found | skipped).items()
    ]


class Sizes:
    """What is counted and not timed: products with the Hessian, and bytes."""

    def __init__(self, form: Form) -> None:
        self.n = form.args[0].size
        found = dl.sparse_hessian(form.function).prepare(*form.args)
        self.colours = found.products
        pattern = found.pattern
        self.stored = pattern.nnz * (8 + pattern.indices.itemsize) + pattern.indptr.nbytes

    def products(self, way: str) -> int | None:
        """Products with the Hessian, where a way takes products."""
        if way.startswith("coloured"):
            return self.colours
        return self.n if way in ("forward-over-reverse", "reverse-over-reverse", "compiled", "jax") else None

    def held(self, way: str) -> int:
        """Bytes of the numbers in the answer, and of their places where it is sparse."""
        if way.startswith("gradient"):
            return 8 * self.n
        return self.stored if way.startswith("coloured") or way.endswith("sparse") else 8 * self.n**2


def certified(form: Form) -> Record:
    """vᵀ H v of the Hessian by hand against the enclosed second derivative along v."""
    x, *rest = form.args
    v = np.random.default_rng(SEED).standard_normal(x.size)
    exact = dl.truth.directional(lambda x: form.function(x, *rest), (x,), (v,), 2)
    value = float(v @ form.dense(*form.args) @ v)
    return {"kind": "certified", "function": form.name, "n": x.size,
            "error": abs(value - float(exact.value)) / abs(float(exact.value))}  # fmt: skip


def colours(name: str, f: Any, n: int = 8) -> Record:
    """The entries of a small Hessian, the colour of each column, and from which product each entry is read."""
    hessian = dl.sparse_hessian(f)
    matrix = hessian(np.linspace(0.2, 0.9, n))
    read, place = np.empty(matrix.nnz, int), np.empty(matrix.nnz, int)
    for colour, entries, places in hessian.colouring.products:
        read[entries], place[entries] = colour, places
    return {"kind": "pattern", "name": name, "n": n, "products": hessian.products,
            "rows": np.repeat(np.arange(n), np.diff(matrix.indptr)).tolist(), "columns": matrix.indices.tolist(),
            "colours": hessian.colouring.colours.tolist(), "read": read.tolist(), "place": place.tolist()}  # fmt: skip


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """Time against n for each function, and the two coloured patterns."""
    caption = (
        "{}: time of one Hessian divided by the time of one gradient in reverse mode (least of the rounds each), "
        "against the number n of inputs. Dense Hessians are n × n arrays. Preparation is not included, except "
        "in “coloured anew”."
    )
    rows = [r for r in records if r["kind"] == "time"]
    titles = {r["function"]: r["title"] for r in rows}
    drawings = [
        Drawing(f"{name}_time", time_figure(mine), caption.format(title), time_seen(mine), timed=True)
        for name, title in titles.items()
        for mine in ([r for r in rows if r["function"] == name],)
    ]
    patterns = Drawing("colouring", pattern_figure([r for r in records if r["kind"] == "pattern"]), (
        "Hessians of eight inputs, each entry in the colour of the product that it is read from, and these products: "
        "column k holds H times the sum of the unit vectors of colour k. Above each column its colour. A tridiagonal "
        "Hessian takes three products whatever its size. In an arrow the first row is read across the diagonal, so "
        "that the sum Σ of its entries is never taken apart. =: the entry across the diagonal, read elsewhere."
    ), pattern_seen([r for r in records if r["kind"] == "pattern"]))  # fmt: skip
    return [*drawings, patterns]


# %%
def summary(records: list[Record]) -> str:
    """The finding on ten thousand inputs, and all tables."""
    return tables(records)


# %%
STUDY = Study(
    "hessians",
    "What a Hessian costs",
    "How many gradients does a Hessian cost, dense and sparse, and which way is the cheapest?",
    measure,
    draw,
    summary,
    SEED,
)

# %%
if __name__ == "__main__":
    STUDY.main()
