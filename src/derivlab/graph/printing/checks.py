"""Guards that ask whether a number is one, replaced by a look at the inputs where those decide it.

A polynomial of numbers that are not huge is a number. Where a program wants the value of a function only to know
that it is one, as for a gradient alone, it need not compute it unless an input is huge, infinite or NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.graph import Graph, Guard, Node, form_of, operands

HUGE = 1e20
"""Inputs of at most this magnitude have their polynomial bounded."""
_LARGEST = 1e300
_MOST_OPERATIONS = 64
FEWEST_SAVED = 3
"""Operations on arrays saved for each input that is looked at, from which that pays."""


@dataclass(frozen=True)
class Check:
    """Operations that only guards need, to be done only if one of ``inputs`` is huge or no number."""

    inputs: tuple[Node, ...]
    nodes: tuple[Node, ...]


def itself(node: Node) -> Node | None:
    """What is compared with itself, which tells whether it is a number; only a single one."""
    x, *others = node.parents or (None,)
    same = node.primitive is PRIMITIVES["equal"] and others == [x] and x is not None and x.form.shape == ()
    return x if same else None


def find_check(graph: Graph) -> Check | None:
    """What of a graph need be done only for inputs that are huge or no numbers; None if that would not pay."""
    bounds = _bounds(graph)
    lazy = [g for g in graph.guards if _may_wait(g, bounds)]
    others = [g.node for g in graph.guards if not any(g is guard for guard in lazy)]
    needed = _ancestors(graph, [*(y for y in graph.outputs if isinstance(y, Node)), *others])
    wanted = _ancestors(graph, [guard.node for guard in lazy])
    own = [n for n in graph.nodes if n.index in wanted - needed and n.primitive is not None]
    inputs = [x for x in graph.inputs if x.index in wanted and x.form.dtype.kind == "f"]
    work = sum(1 for node in own if node.form.shape or any(form_of(x).shape for x in operands(node)))
    if not inputs or len(own) > _MOST_OPERATIONS or work < FEWEST_SAVED * len(inputs):
        return None
    return Check(tuple(inputs), tuple(own))


def _may_wait(guard: Guard, bounds: dict[int, float]) -> bool:
    number = itself(guard.node)
    return number is not None and bool(np.all(guard.value)) and bounds[number.index] <= _LARGEST


def _ancestors(graph: Graph, nodes: Sequence[Node]) -> set[int]:
    found = {node.index for node in nodes}
    for node in reversed(graph.nodes):
        if node.index in found:
            found.update(parent.index for parent in node.parents if parent is not None)
    return found


def _bounds(graph: Graph) -> dict[int, float]:
    """For each node a bound of its magnitude and of all it is computed from, inputs being at most HUGE; or inf."""
    found: dict[int, float] = {}
    for node in graph.nodes:
        if node.primitive is None:
            double = node.form.dtype == np.float64
            found[node.index] = HUGE if double else 2.0**64 if node.form.dtype.kind in "iub" else math.inf
            continue
        rule, args = _RULES.get(node.primitive.name), operands(node)
        sizes = [found[x.index] if isinstance(x, Node) else _magnitude(x) for x in args]
        bound = rule(node, args, sizes) if rule is not None and node.form.dtype == np.float64 else math.inf
        found[node.index] = max(bound, *sizes) if max(sizes) <= _LARGEST >= bound else math.inf
    return found


def _magnitude(constant: Any) -> float:
    """The largest magnitude in a constant; inf if that is not a number."""
    most = float(np.max(np.abs(constant), initial=0.0))
    return most if most == most else math.inf


_Bound = Callable[[Node, Sequence[Any], Sequence[float]], float]


def _repeats(node: Node, args: Sequence[Any]) -> int:
    return max(form_of(args[0]).size, 1)


_RULES: dict[str, _Bound] = {
    **{name: (lambda node, args, b: sum(b)) for name in ("add", "subtract")},
    "multiply": lambda node, args, b: b[0] * b[1],
    "square": lambda node, args, b: b[0] * b[0],
    "integer_power": lambda node, args, b: _power(b[0], node.params["n"]),
    "sum": lambda node, args, b: b[0] * _repeats(node, args),
    "scatter": lambda node, args, b: b[0] * _repeats(node, args),
    "matmul": lambda node, args, b: b[0] * b[1] * form_of(args[0]).shape[-1],
    **{
        name: (lambda node, args, b: max(b))
        for name in "negative abs index reshape permute_dims matrix_transpose broadcast_to concat flip roll maximum "
        "minimum max min".split()
    },
    **{name: (lambda node, args, b: 1.0) for name in ("sin", "cos", "tanh", "sigmoid")},
}


def _power(b: float, n: int) -> float:
    return math.inf if n < 0 or n * math.log10(max(b, 1.0)) > 300 else max(b, 1.0) ** n


def place(order: Sequence[Any], check: Check, results: Callable[[Any], Collection[int]]) -> list[Any]:
    """The order with the check as soon as all that its operations read is there."""
    read = {parent.index for node in check.nodes for parent in node.parents if parent is not None}
    read |= {node.index for node in check.inputs}
    at = max((i for i, item in enumerate(order) if read.intersection(results(item))), default=-1)
    return [*order[: at + 1], check, *order[at + 1 :]]
