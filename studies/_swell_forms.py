"""The forms of lₙ′ that the study of swell compares. They run in a worker, which imports them from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import derivlab as dl
from derivlab.libraries import load
from derivlab.measure.size import count, size_of_derivative
from derivlab.method.problem import Problem
from derivlab.method.symbolic import derive
from derivlab.report.study import Record

FORMS = {
    "tree": ("symbolic, as a tree", "symbolic"),
    "dag": ("symbolic, as a DAG", "dag"),
    "cse": ("symbolic, after CSE", "symbolic-cse"),
    "expanded": ("symbolic, expanded", "expanded"),
    "forward": ("forward AD", "forward"),
    "reverse": ("reverse AD", "reverse"),
}
"""For each form its label, and the method whose colour and marker it has."""


def warm_up() -> None:
    """Load what the cells use, so that no budget pays for an import."""
    for form in FORMS:
        run_form(form, 2, np.array([0.5]))


def run_form(form: str, n: int, points: Any) -> tuple[Record, Any]:
    """Derive one form of lₙ′, count it, and evaluate it at the points (not the DAG): runs in a worker process."""
    f = dl.spec("logistic-map", n=n).function
    if form in ("forward", "reverse"):
        method = dl.methods[form]
        size = size_of_derivative(method, f, 0.2, operator="derivative")
        slope: Callable[[float], Any] = method.derivative(f)
        operations = 0 if size is None else size.operations  # l₁′ is the constant 1
    else:
        formulas = derive(Problem(f, (0.2,), 0))
        entries = [entry.expand() if form == "expanded" else entry for entry in formulas.entries]
        lines, outputs = load("sympy_lines").lower(entries, cse=form == "cse")
        operations = count(lines, outputs, shared="tree" if form == "tree" else "as run").operations
        if form == "dag":
            return {"operations": operations}, None
        program = load("sympy_printing").compile_expressions(formulas.inputs, entries, form == "cse")[0]
        slope = lambda x: program(x)[0]
    return {"operations": operations}, np.array([float(slope(x)) for x in points.tolist()])
