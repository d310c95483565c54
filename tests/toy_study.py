"""A small study, and records of cells, for the tests of reports."""

from __future__ import annotations

import math

import numpy as np

from derivlab.report import figures
from derivlab.report.study import Drawing, Study

CELL = {
    "operator": "grad",
    "outcome": "ok",
    "ulps": 2.0,
    "normwise": 1e-16,
    "evaluate_seconds": 1e-5,
    "prepare_seconds": 0.0,
    "budget": 5.0,
    "ratio": 2.0,
}


def cells():
    """Five methods with errors and times, and one that timed out."""
    methods = ("manual", "symbolic", "forward-difference", "reverse", "jax")
    done = [{**CELL, "method": name, "evaluate_seconds": 1e-5 * 3**k} for k, name in enumerate(methods)]
    late = {**CELL, "method": "forward", "outcome": "timed out", "ulps": None, "evaluate_seconds": None, "ratio": None}
    return [*done, late]


def measure_toy(quick, progress):
    progress("toy", 0.5)
    return [{"kind": "toy", "x": x, "error": np.float64(10.0**-x)} for x in range(3)] + [
        {"kind": "toy", "error": math.inf}
    ]


def draw_toy(records):
    figure, (axes,) = figures.panels("A toy")
    axes.plot([r["x"] for r in records if "x" in r], [r["error"] for r in records if "x" in r])
    axes.set(xlabel="x", ylabel="error")
    return [Drawing("toy_figure", figure, "A caption with <angle> brackets.")]


def tell_toy(records):
    rows = "".join(f"| {r['x']} | {r['error']:.1e} |\n" for r in records if "x" in r)
    head = f"{len(records)} records, {records[1]['error'] / records[2]['error']:.3g} times\n"
    return f"{head}\n| x | error |\n| --- | --- |\n{rows}"


TOY = Study("toy", "Toy", "Does it run?", measure_toy, draw_toy, tell_toy)
