"""One recording of a function and its derivative, for formulas and pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.graph.formulas.latex import ANSWER, BAR, PARTIAL
from derivlab.graph.graph import Graph
from derivlab.graph.trace import Trace, local_variables
from derivlab.graph.wengert import Line, sweep
from derivlab.interpreters.record import Record
from derivlab.method.checks import ArgNums, check_function, check_given
from derivlab.method.layout import Layout
from derivlab.method.problem import Problem, settle
from derivlab.transpose import whole


@dataclass(frozen=True)
class Derivative:
    """A function's value and its derivative as one graph.

    Attributes
    ----------
    graph
        Inputs: the arrays among the arguments, then a cotangent for each answer unless the function is scalar.
        Outputs: the answers, then the derivative for each active array.
    leaves
        Names of the arrays among the arguments.
    active
        Which of them the derivative is for, in the order of the outputs.
    answers
        The number of answers.
    scalar
        Whether the function has one answer, and that is a scalar; its cotangent then is 1.
    """

    graph: Graph
    leaves: Sequence[str]
    active: Sequence[int]
    answers: int
    scalar: bool


def record_derivative(f: Callable[..., Any], args: Sequence[Any], argnums: ArgNums) -> Derivative:
    """Record f and its reverse sweep, with names for variables and cotangents."""
    check_given("latex", check_function(f, "latex"), args)
    Problem(f, args, argnums)  # refuses what has no derivative
    layout, trace = Layout(f, args), Trace()
    found: dict[str, Any] = {}

    def run(leaves: Sequence[Any]) -> list[Any]:
        problem = Problem(f, layout.rebuild(leaves), argnums)
        values, bars, found["scalar"] = _swept(problem, f, trace)
        found["active"] = [x.attached for x in problem.primals]
        for place, bar in zip(found["active"], bars, strict=True):
            trace.name(bar, f"{PARTIAL}{place}")
        return [*values, *bars]

    graph = trace.run(run, layout.leaves)
    active = found["active"]
    return Derivative(graph, layout.leaf_names, active, len(graph.outputs) - len(active), found["scalar"])


def _swept(problem: Problem, f: Callable[..., Any], trace: Trace) -> tuple[list[Any], list[Any], bool]:
    level = Record()
    inputs = [level.input(x) for x in problem.primals]
    places = [x.attached for x in inputs]  # f may write into them
    try:
        with local_variables(f) as variables:
            answers = problem(inputs)
    finally:
        level.finish()
    for name, variable in variables.items():
        trace.name(variable, name)
    own = [isinstance(y, Traced) and y.level is level for y in answers]
    values = [y.value if mine else y for y, mine in zip(answers, own, strict=True)]
    for place, value in enumerate(values):
        trace.name(value, f"{ANSWER}{place}")
    scalar = len(values) == 1 and not getattr(values[0], "shape", ())
    trace.mark("backward")
    seeds: dict[int, Any] = {}
    for y, mine in zip(answers, own, strict=True):
        if mine:
            one = np.ones(y.shape, y.dtype)[()]
            seed = one if scalar else trace.level.input(one)
            seeds[y.attached] = seeds[y.attached] + seed if y.attached in seeds else seed
    named = {v.attached: name for name, v in variables.items() if isinstance(v, Traced) and v.level is level}
    watch = dict.fromkeys(named)
    bars = settle(sweep(level.lines, seeds, places, watch), problem.primals)
    for line, name in named.items():
        trace.name(watch[line], BAR + name)
    return values, bars, scalar


@dataclass(frozen=True)
class Run:
    """A function run at a point, line by line.

    Attributes
    ----------
    lines
        The Wengert list, with values.
    bars
        The cotangent of each line; None where the answer does not depend on it.
    outputs
        The numbers of the lines that the function returned.
    active
        The numbers of the inputs to differentiate with respect to; the other inputs are data.
    names
        Of lines: the arguments and the function's own variables.
    """

    lines: Sequence[Line]
    bars: Sequence[Any]
    outputs: Sequence[int]
    active: frozenset[int]
    names: dict[int, str]


def record_run(f: Callable[..., Any], args: Sequence[Any], argnums: ArgNums) -> Run:
    """Run f at a point and sweep back from 1 for each entry of its answers."""
    check_given("draw", check_function(f, "draw"), args)
    Problem(f, args, argnums)
    layout, level = Layout(f, args), Record()
    given = layout.rebuild([level.input(leaf) for leaf in layout.leaves])
    problem = Problem(f, given, argnums)
    active = frozenset(x.attached for x in problem.primals)
    try:
        with local_variables(f) as variables:
            answers = problem(problem.primals)
    finally:
        level.finish()
    names = dict(enumerate(layout.leaf_names))
    for name, value in variables.items():
        if isinstance(value, Traced) and value.level is level:
            names.setdefault(value.attached, name)
    outputs = [y.attached for y in answers if isinstance(y, Traced) and y.level is level]
    seeds = {line: np.ones(level.lines[line].value.shape)[()] for line in outputs}
    return Run(level.lines, _all_bars(level.lines, seeds), outputs, active, names)


def _all_bars(lines: Sequence[Line], seeds: dict[int, Any]) -> list[Any]:
    watch: dict[int, Any] = dict.fromkeys(range(len(lines)))
    inputs = [number for number, line in enumerate(lines) if line.primitive is None]
    watch.update(zip(inputs, sweep(lines, seeds, inputs, watch), strict=True))
    return [
        None if bar is None else whole(bar, line.value.shape) for bar, line in zip(watch.values(), lines, strict=True)
    ]
