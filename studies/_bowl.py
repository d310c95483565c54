"""The quadratic bowl: its gradient on a grid, and the paths of optimisers that any method's gradient drives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import numpy as np

import derivlab as dl
from _optimisers import Rule, descent
from _training_runs import attempt
from derivlab.harness.store import plain
from derivlab.report.study import Record
from derivlab.specs.registry import Spec

COEFFICIENTS = {"a": 1.0, "b": 8.0, "c": 2.0}
"""Of a w₁² + b w₂² + c w₁w₂: nine times steeper in one direction than in the other."""
START = (-4.0, 1.6)
RULES = (
    Rule("gradient descent", 0.11),
    Rule("momentum 0.9", 0.01),
    Rule("Nesterov", 0.01),
    Rule("AdaGrad", 1.0),
    Rule("RMSProp", 0.1),
    Rule("Adam", 0.3),
)
DIFFERENCES = ("central-difference", "forward-difference")
METHODS = ("manual", "forward", "reverse", "reverse-compiled", "jax", "complex-step", *DIFFERENCES)
QUICK = ("manual", "reverse", "jax", "central-difference")


@cache
def bowl() -> Spec:
    """The spec with these coefficients."""
    return dl.spec("quadratic-bowl", **COEFFICIENTS)


@cache
def slope(method: str) -> Any:
    """The value and gradient by a method; differences take the textbook's step."""
    spec, known = bowl(), dl.methods[method]
    if method in DIFFERENCES:
        known = dl.FiniteDifference(method.removesuffix("-difference"), "rule")
    function: Any = spec if method == "manual" else spec.function
    return known.prepare("value_and_grad", function, np.array(START), argnums=0)


def arrows(across: int, up: int) -> Record:
    """The gradient by reverse mode on a grid, and at the start."""
    w1, w2 = (z.ravel() for z in np.meshgrid(np.linspace(-4.5, 4.5, across), np.linspace(-2.25, 2.25, up)))
    points = [*zip(w1, w2, strict=True), START]
    gradients = np.array([slope("reverse")(np.array(point))[1] for point in points])
    grid = {"w1": w1, "w2": w2, "d1": gradients[:-1, 0], "d2": gradients[:-1, 1]}
    return plain({"kind": "arrows", **COEFFICIENTS, "start": START, "start_gradient": gradients[-1], **grid})


def paths(updates: int, methods: Sequence[str]) -> list[Record]:
    """For each optimiser and method a path of so many updates, and how far it leaves the first method's."""
    return [record for rule in RULES for record in _paths(rule, updates, methods)]


def _paths(rule: Rule, updates: int, methods: Sequence[str]) -> list[Record]:
    @cache
    def walked(method: str) -> Any:
        def gradient(w: Any) -> tuple[Any, tuple[Any]]:
            value, downhill = slope(method)(w)
            return value, (downhill,)

        start = np.array(START)
        steps = descent(rule, gradient, (start,), [()] * updates)
        return np.array([start, *(weights[0] for _, weights in steps)])

    def path(method: str) -> Record:
        reference, places = walked(methods[0]), walked(method)
        apart = np.max(np.abs(places - reference)) / np.max(np.abs(START))
        losses = [bowl().function(w) for w in places]
        found: Record = {"updates": updates, "departure": apart, "last": losses[-1]}
        drawn = {"w1": places[:, 0], "w2": places[:, 1], "losses": losses} if method == methods[0] else {}
        return plain({**found, **drawn})

    label = {"kind": "path", "optimiser": rule.optimiser, "rate": rule.rate}
    return [attempt({**label, "method": method}, partial(path, method)) for method in methods]
