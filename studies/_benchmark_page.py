"""The operations of DiffSharp's benchmark page, measured again beside the figures that it prints.

Reference: DiffSharp, "Benchmarks", http://diffsharp.github.io/DiffSharp/benchmarks.html: times relative to the
function, means of 10,000 calls on an Intel Core i7-4785T, vectors of 100 entries. The differences follow the schemes
of DiffSharp's module Numerical.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import derivlab as dl
from _contest import Contest
from _plain_differences import central_slope, forward_gradient, hessian, hessian_vector, second_slope
from derivlab.namespace import array_namespace
from derivlab.report.study import Record

SOURCE = "http://diffsharp.github.io/DiffSharp/benchmarks.html"
Call = Callable[[], Any]

N = 100
START = 0.75
"""Where the logistic map stays, and all its arithmetic is exact: elsewhere each step doubles a rounding error."""


@dataclass(frozen=True)
class Operation:
    """A derivative, what the page prints for it, and its ways here.

    Attributes
    ----------
    published
        By automatic differentiation, and by differences.
    function
        The call whose time is 1.
    ways
        For "eager", "compiled" and "differences" what makes the call ready.
    """

    title: str
    published: tuple[float, float]
    function: Call
    exact: Any
    ways: dict[str, Callable[[], Call]]


def entropy(x: Any) -> Any:
    """xᵀ log(x / 2), for x of shape (n,)."""
    return x @ array_namespace(x).log(x / 2)


def page() -> list[Operation]:
    """The page's operations: l₁₀₀ for one number, xᵀ log(x/2) for a hundred."""
    return [*_scalar(), *_vector()]


def _scalar() -> list[Operation]:
    iterate = dl.spec("logistic-map", n=N).function

    def operation(title: str, order: int, published: tuple[float, float], quotient: Any) -> Operation:
        eager = dl.methods["forward"].derivative(iterate, order)
        ways: dict[str, Callable[[], Call]] = {
            "eager": lambda: lambda: eager(START),
            "compiled": lambda: _prepared("forward-compiled", "derivative", iterate, START, order=order),
            "differences": lambda: lambda: quotient(iterate, START),
        }
        exact = np.float64(dl.truth.derivative(iterate, order)(START))
        return Operation(title, published, lambda: iterate(START), exact, ways)

    return [
        operation("first derivative of l₁₀₀", 1, (3.33, 1.93), central_slope),
        operation("second derivative of l₁₀₀", 2, (9.30, 2.78), second_slope),
    ]


def _vector() -> list[Operation]:
    rng = np.random.default_rng(0)
    x, v = rng.uniform(0.5, 1.5, N), rng.standard_normal(N)
    reverse = dl.methods["reverse"]

    def operation(title: str, name: str, published: tuple[float, float], exact: Any, quotient: Call) -> Operation:
        args: tuple[Any, ...] = ((x,), (v,)) if name == "hvp" else (x,)
        bound = reverse.bound(name, entropy)
        ways: dict[str, Callable[[], Call]] = {
            "eager": lambda: lambda: bound(*args),
            "compiled": lambda: _prepared("reverse-compiled", name, entropy, *args),
            "differences": lambda: quotient,
        }
        return Operation(title, published, lambda: entropy(x), exact, ways)

    return [
        operation("gradient", "grad", (4.79, 161.36), np.log(x / 2) + 1, lambda: forward_gradient(entropy, x)),
        operation("Hessian", "hessian", (810.22, 16750.0), np.diag(1 / x), lambda: hessian(entropy, x)),
        operation("Hessian · v", "hvp", (9.62, 322.88), v / x, lambda: hessian_vector(entropy, x, v)),
    ]


def _prepared(method: str, operator: str, f: Any, *args: Any, **choice: Any) -> Call:
    run = dl.methods[method].prepare(operator, f, *args, **choice)
    return lambda: run(*args)


def page_records(rounds: int, batch: float, budget: float) -> list[Record]:
    """Each operation by each way, in times of the function, beside the page's figure and the ratio of the two."""
    records: list[Record] = []
    for operation in page():
        found = Contest(float("inf"), rounds, batch).run(
            operation.ways, dict.fromkeys(operation.ways, budget), operation.exact, ("function", operation.function)
        )
        for way, cell in found.items():
            if way == "function":
                continue
            published = operation.published[way == "differences"]
            ratio = cell["least_ratio"]
            records.append(
                {"kind": "operation", "operation": operation.title, "way": way, "published": published, **cell}
                | {"against": None if ratio is None else ratio / published}
            )
    return records
