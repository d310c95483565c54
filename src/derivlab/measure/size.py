"""The size of a derivative, on one convention for every method.

Whatever computes a derivative is brought into the same form, lines of a Wengert list, and counted there: a SymPy
expression is lowered to the operations that its printed program runs, and an AD sweep is recorded while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array.level import Traced
from derivlab.errors import OutcomeError
from derivlab.graph.graph import Graph, Node, freeze
from derivlab.interpreters.record import Record
from derivlab.method.abstract import Method, Prepared
from derivlab.method.compiled import Compiled
from derivlab.method.problem import ArgNums, Problem, flatten
from derivlab.method.symbolic import SymbolicMethod

Lines = list[tuple[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Size:
    """Counts over a derivative and the value that it shares work with.

    Attributes
    ----------
    tree
        Nodes, inputs and constants included, if every use of a result were written out again.
    dag
        Distinct nodes, equal subexpressions being one.
    operations
        Operations that the method runs: of the tree for a plain formula, of the distinct nodes after CSE, of the
        recorded sweep for AD.
    characters
        Length of the printed program or formula; None where there is none.
    """

    tree: int
    dag: int
    operations: int
    characters: int | None = None


def count(lines: Lines, outputs: Sequence[int], *, shared: str = "as run", characters: int | None = None) -> Size:
    """Count lines that reach the outputs; ``shared`` is "tree" or "as run"."""
    reached = _reached(lines, outputs)
    trees: dict[int, tuple[int, int]] = {}
    numbers: dict[Any, int] = {}
    names: dict[int, int] = {}
    for i in reached:
        operation, operands = lines[i]
        leaf = operation.startswith("leaf")
        nodes = 1 + sum(trees[j][0] for j in operands)
        operations = (0 if leaf else 1) + sum(trees[j][1] for j in operands)
        trees[i] = nodes, operations
        key = (operation, i) if operation == "leaf" else (operation, tuple(names[j] for j in operands))
        names[i] = numbers.setdefault(key, len(numbers))
    by_sharing = {
        "tree": sum(trees[i][1] for i in outputs),
        "as run": sum(1 for i in reached if not lines[i][0].startswith("leaf")),
    }
    return Size(sum(trees[i][0] for i in outputs), len(numbers), by_sharing[shared], characters)


def _reached(lines: Lines, outputs: Sequence[int]) -> list[int]:
    needed = set(outputs)
    for i in range(len(lines) - 1, -1, -1):
        if i in needed:
            needed.update(lines[i][1])
    return sorted(needed)


def size_of_function(f: Callable[..., Any], *args: Any, argnums: ArgNums = 0) -> Size:
    """The size of the function itself, recorded on ``args``."""
    problem = Problem(f, args, argnums)
    level = Record()
    answers = problem([level.input(x) for x in problem.primals])
    return count(*_lines(level, answers))


def size_of_derivative(
    method: Method, f: Callable[..., Any], *args: Any, operator: str = "grad", argnums: ArgNums = 0
) -> Size | None:
    """The size of what ``method`` computes for one operator; None where it does not run through our arrays."""
    problem = Problem(f, args, argnums)
    if isinstance(method, SymbolicMethod):
        return _symbolic_size(method, problem, operator)
    if isinstance(method, Compiled):
        return _compiled_size(method.prepare(operator, f, *args, argnums=argnums))
    level = Record()
    inputs = list(problem.args)
    traced = problem.pack_input([level.input(x) for x in problem.primals])
    for position, argument in zip(problem.positions, [traced] if isinstance(argnums, int) else traced, strict=True):
        inputs[position] = argument
    differentiate = method.derivative(f) if operator == "derivative" else getattr(method, operator)(f, argnums)
    try:
        answers = flatten(differentiate(*inputs))[0]
    except OutcomeError:
        return None
    if not any(isinstance(y, Traced) and y.level is level for y in answers):
        return None
    return count(*_lines(level, answers))


def _lines(level: Record, answers: Sequence[Any]) -> tuple[Lines, list[int]]:
    lines: Lines = []
    places: list[int] = []
    for line in level.lines:
        operands: list[int] = []
        for parent, value in zip(line.parents, line.values, strict=True):
            if parent is None:
                lines.append((f"leaf {value!r}" if np.ndim(value) == 0 else f"leaf {id(value)}", ()))
                operands.append(len(lines) - 1)
            else:
                operands.append(places[parent])
        name = "leaf" if line.primitive is None else f"{line.primitive.name} {dict(line.params) or ''}"
        lines.append((name, tuple(operands)))
        places.append(len(lines) - 1)
    own = [level.line(y) for y in answers]
    return lines, [places[number] for number in own if number is not None]


def _symbolic_size(method: SymbolicMethod, problem: Problem, operator: str) -> Size:
    formulas = method.formulas(problem, operator if operator in ("hessian", "laplacian") else "jacobian")
    lines, outputs = libraries.load("sympy_lines").lower(formulas.entries, cse=method.cse)
    characters = sum(len(str(entry)) for entry in formulas.entries)
    return count(lines, outputs, shared="as run" if method.cse else "tree", characters=characters)


def _compiled_size(prepared: Prepared) -> Size:
    graph: Graph = prepared.graph
    lines: Lines = []
    places: dict[int, int] = {}
    for node in graph.nodes:
        found: list[int] = []
        for parent, constant in zip(node.parents, node.constants, strict=True):
            if parent is None:
                lines.append((f"leaf {freeze(constant)}", ()))
            found.append(len(lines) - 1 if parent is None else places[parent.index])
        name = "leaf" if node.primitive is None else f"{node.primitive.name} {freeze(dict(node.params))}"
        lines.append((name, tuple(found)))
        places[node.index] = len(lines) - 1
    outputs = [places[y.index] for y in graph.outputs if isinstance(y, Node)]
    return count(lines, outputs, characters=len(prepared.source or ""))
