"""Polynomial regression of eight runners: its optimum in exact arithmetic, and the search for it by any gradient."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

import derivlab as dl
from _training_runs import attempt
from derivlab.harness.store import plain
from derivlab.libraries import load
from derivlab.report.study import Record
from derivlab.specs.polynomial import AGES, SPEEDS, scaled
from derivlab.specs.registry import Spec

DEGREES = range(1, 8)
PENALTY = 2.0**-6
METHODS = ("manual", "forward", "reverse", "reverse-compiled", "jax", "complex-step")
DIFFERENCES = ("central-difference", "forward-difference")


def runners() -> Record:
    """The data."""
    return plain({"kind": "runners", "ages": AGES, "speeds": SPEEDS})


@cache
def regression(degree: int, penalty: float) -> Spec:
    """The spec of the catalogue, once, so that it is derived once."""
    return dl.spec("polynomial-regression", degree=degree, l2=penalty)


def system(degree: int, penalty: float, t: Any, y: Any) -> tuple[Any, Any]:
    """The matrix and right-hand side whose least-squares solution is the optimum: powers of t above √λ of each wₖ."""
    powers = np.vander(t, degree + 1, increasing=True)
    ridge = np.sqrt(penalty) * np.eye(degree + 1)[1:]
    return np.vstack([powers, ridge]), np.append(y, np.zeros(degree))


def closed_form(degree: int, penalty: float, t: Any, y: Any) -> Any:
    """The optimum by LAPACK's least squares."""
    return np.linalg.lstsq(*system(degree, penalty, t, y))[0]


def exact_optimum(degree: int, penalty: float) -> Any:
    """The optimum from the normal equations in rational arithmetic, each weight rounded once.

    It is that of the powers of the floating-point numbers t which the loss computes from the ages.
    """
    t, y = ([Fraction(x) for x in column.tolist()] for column in (scaled(AGES), SPEEDS))
    n = degree + 1
    rows = [[sum((x ** (i + j) for x in t), Fraction(0)) for j in range(n)] for i in range(n)]
    for i in range(1, n):
        rows[i][i] += Fraction(penalty)
    for i, row in enumerate(rows):
        row.append(sum((z * x**i for x, z in zip(t, y, strict=True)), Fraction(0)))
    return np.array([float(w) for w in eliminated(rows)])


def eliminated(rows: list[list[Fraction]]) -> list[Fraction]:
    """The solution of a positive definite system [A | b], which needs no pivoting."""
    for k, pivot in enumerate(rows):
        rows[k] = pivot = [x / pivot[k] for x in pivot]
        for i, row in enumerate(rows):
            if i != k:
                rows[i] = [x - row[k] * p for x, p in zip(row, pivot, strict=True)]
    return [row[-1] for row in rows]


def fit(degree: int, penalty: float) -> Record:
    """The exact optimum, how well it fits, and how far it misses a runner that was left out (root mean squares)."""
    t = scaled(AGES)
    w = exact_optimum(degree, penalty)
    missed = [left_out(degree, penalty, k) for k in range(len(t))]
    determined = penalty > 0 or degree + 1 < len(t)
    return plain({
        "kind": "fit", "degree": degree, "penalty": penalty, "weights": w,
        "condition": np.linalg.cond(system(degree, penalty, t, SPEEDS)[0]) ** 2,
        "closed_form_error": distance(closed_form(degree, penalty, t, SPEEDS), w),
        "residual": np.sqrt(np.mean((values(w, t) - SPEEDS) ** 2)),
        "left_out": np.sqrt(np.mean(np.square(missed))) if determined else None,
    })  # fmt: skip


def left_out(degree: int, penalty: float, k: int) -> float:
    """The error at runner k of the fit to the others."""
    t, rest = scaled(AGES), np.arange(len(AGES)) != k
    return float(values(closed_form(degree, penalty, t[rest], SPEEDS[rest]), t[k]) - SPEEDS[k])


def values(w: Any, t: Any) -> Any:
    """Σ wₖ tᵏ."""
    return np.polynomial.polynomial.polyval(t, w)


def distance(w: Any, exact: Any) -> float:
    """The largest error of a weight, relative to the largest weight."""
    return float(np.max(np.abs(w - exact)) / np.max(np.abs(exact)))


def found(degree: int, penalty: float, method: str, exact: Any) -> Record:
    """Where the gradient of a method vanishes, by SciPy's ``root`` with the compiled Hessian of reverse mode."""
    record: Record = {"kind": "optimum", "degree": degree, "penalty": penalty, "method": method}

    def search() -> Record:
        slope = prepared(degree, penalty, method, "value_and_grad")
        hessian = prepared(degree, penalty, "reverse-compiled", "hessian")
        data, start, options = (AGES, SPEEDS), np.zeros(degree + 1), {"xtol": 1e-15, "maxfev": 100}
        root = load("scipy").optimize.root
        answer = root(lambda w: slope(w, *data)[1], start, jac=lambda w: hessian(w, *data), options=options)
        return {"error": distance(answer.x, exact), "evaluations": int(answer.nfev)}

    return attempt(record, search)


@cache
def prepared(degree: int, penalty: float, method: str, operator: str) -> Any:
    """A derivative of the loss, derived once; differences take the textbook's step."""
    spec, known = regression(degree, penalty), dl.methods[method]
    if method in DIFFERENCES:
        known = dl.FiniteDifference(method.removesuffix("-difference"), "rule")
    function: Any = spec if method == "manual" else spec.function
    return known.prepare(operator, function, *spec.args)
