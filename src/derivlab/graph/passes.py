"""Optimising passes: each a small function on one operation, applied while a graph is written anew.

None changes a result by more than the rounding of the operations that it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.graph import Builder, Candidate, Form, Graph, Node, Operand, Rewrite, form_of, operands, rebuild

PASSES = ("fold", "identities", "reshapes", "negations", "scalars", "transposes", "share", "dead")
"""The passes by name, in the order in which they are tried."""


def optimise(graph: Graph, without: Sequence[str] = ()) -> Graph:
    """The graph after all passes but those named; repeated until nothing changes (at most four times)."""
    unknown = set(without) - set(PASSES)
    if unknown:
        raise ValueError(f"no pass {', '.join(sorted(unknown))}; there are {', '.join(PASSES)}")
    rewrites = [_REWRITES[name] for name in PASSES if name in _REWRITES and name not in without]
    before = -1
    for _ in range(4):
        graph = rebuild(graph, rewrites, share="share" not in without)
        if "dead" not in without:
            graph = remove_dead(graph)
        if graph.operations == before:
            break
        before = graph.operations
    return graph


def remove_dead(graph: Graph) -> Graph:
    """Only what an output or a guard needs; inputs stay."""
    needed = {y.index for y in graph.outputs if isinstance(y, Node)} | {g.node.index for g in graph.guards}
    for node in reversed(graph.nodes):
        if node.index in needed:
            needed.update(parent.index for parent in node.parents if parent is not None)
    kept = [node for node in graph.nodes if node.index in needed or node.primitive is None]
    return rebuild(replace(graph, nodes=kept))


def fold(candidate: Candidate, builder: Builder) -> Operand | None:
    """An operation on constants alone is done now."""
    if any(isinstance(x, Node) for x in candidate.operands):
        return None
    return PRIMITIVES[candidate.name](*candidate.operands, **candidate.params)


def identities(candidate: Candidate, builder: Builder) -> Operand | None:
    """x·1, x/1, x + 0, x − 0, x¹, −(−x), a sum, reshape or broadcast that leaves the shape: x itself."""
    name, args = candidate.name, candidate.operands
    same: Operand | None = None
    if name == "multiply":
        same = args[1] if _is(args[0], 1) else args[0] if _is(args[1], 1) else None
    elif name == "add":
        same = args[1] if _is(args[0], 0) else args[0] if _is(args[1], 0) else None
    elif name in ("divide", "subtract"):
        same = args[0] if _is(args[1], 1 if name == "divide" else 0) else None
    elif name == "integer_power":
        same = args[0] if candidate.params["n"] == 1 else None
    elif name in ("reshape", "broadcast_to", "astype", "sum") or (name == "concat" and len(args) == 1):
        same = args[0]
    elif name == "negative":
        same = _operand(args[0], "negative", 0)
    return same if same is not None and isinstance(same, Node) and form_of(same) == candidate.form else None


def reshapes(candidate: Candidate, builder: Builder) -> Operand | None:
    """A reshape of a reshape is one reshape."""
    inner = _operand(candidate.operands[0], "reshape", 0) if candidate.name == "reshape" else None
    return None if inner is None else builder.add(candidate.like("reshape", inner, shape=candidate.params["shape"]))


def negations(candidate: Candidate, builder: Builder) -> Operand | None:
    """Signs move outwards: (−a) b → −(a b), (−a) + b → b − a, a − (−b) → a + b; exact in every rounding."""
    name, args = candidate.name, candidate.operands
    if name in ("multiply", "divide", "matmul"):
        a, b = (_operand(x, "negative", 0) for x in args)
        if a is not None and b is not None:
            return builder.add(candidate.like(name, a, b))
        if a is not None or b is not None:
            inner = builder.add(candidate.like(name, args[0] if a is None else a, args[1] if b is None else b))
            return builder.add(candidate.like("negative", inner))
    if name == "multiply" and -1 in [x for x in args if isinstance(x, (int, float))]:
        x = args[1] if _is(args[0], -1) else args[0]
        return builder.add(candidate.like("negative", x)) if form_of(x) == candidate.form else None
    if name == "add":
        a, b = (_operand(x, "negative", 0) for x in args)
        if b is not None and _fits(args[0], b, candidate.form):
            return builder.add(candidate.like("subtract", args[0], b))
        if a is not None and _fits(args[1], a, candidate.form):
            return builder.add(candidate.like("subtract", args[1], a))
    if name == "subtract" and (b := _operand(args[1], "negative", 0)) is not None:
        return builder.add(candidate.like("add", args[0], b))
    if name == "negative" and _single(args[0], "subtract") and builder.readers[args[0].index] == 1:
        a, b = operands(args[0])
        return builder.add(candidate.like("subtract", b, a))
    if name in ("sum", "matrix_transpose", "reshape", "permute_dims") and isinstance(args[0], Node):
        inner = _operand(args[0], "negative", 0)
        if inner is not None:
            moved = builder.add(candidate.like(name, inner, **candidate.params))
            return builder.add(candidate.like("negative", moved))
    return None


def scalars(candidate: Candidate, builder: Builder) -> Operand | None:
    """c₁ (c₂ x) → (c₁ c₂) x for powers of two, and (c A) B → c (A B) where that is smaller and alone reads c A."""
    name, args = candidate.name, candidate.operands
    if name == "multiply":
        for factor, rest in (args, args[::-1]):
            if _is_number(factor) and isinstance(rest, Node) and rest.primitive is PRIMITIVES["multiply"]:
                for inner, x in (operands(rest), operands(rest)[::-1]):
                    if _is_number(inner) and (_power_of_two(inner) or _power_of_two(factor)):
                        return builder.add(candidate.like("multiply", factor * inner, x))
    if name == "matmul":
        for i in (0, 1):
            factor, matrix = _scaled(args[i])
            if (
                factor is not None
                and builder.readers[args[i].index] == 1
                and form_of(matrix).size > candidate.form.size
                and _power_of_two(factor)
            ):
                rest = (matrix, args[1]) if i == 0 else (args[0], matrix)
                return builder.add(candidate.like("multiply", factor, builder.add(candidate.like("matmul", *rest))))
    return None


def transposes(candidate: Candidate, builder: Builder) -> Operand | None:
    """(Aᵀ)ᵀ → A, and Bᵀ Aᵀ → (A B)ᵀ where that saves a transpose; the product itself reads transposed."""
    name, args = candidate.name, candidate.operands
    if name != "matrix_transpose":
        return None
    inner = _operand(args[0], "matrix_transpose", 0)
    if inner is not None:
        return inner
    node = args[0]
    if isinstance(node, Node) and node.primitive is PRIMITIVES["matmul"]:
        a, b = operands(node)
        at, bt = _operand(a, "matrix_transpose", 0), _operand(b, "matrix_transpose", 0)
        if at is not None and bt is not None:
            return builder.add(candidate.like("matmul", bt, at))
    return None


_REWRITES: dict[str, Rewrite] = {
    "fold": fold,
    "identities": identities,
    "reshapes": reshapes,
    "negations": negations,
    "scalars": scalars,
    "transposes": transposes,
}


def _operand(x: Operand, name: str, i: int) -> Operand | None:
    """Operand i of x, if x is the result of primitive ``name``."""
    return operands(x)[i] if isinstance(x, Node) and x.primitive is PRIMITIVES[name] else None


def _single(x: Operand, name: str) -> bool:
    return isinstance(x, Node) and x.primitive is PRIMITIVES[name]


def _is(x: Operand, number: float) -> bool:
    return _is_number(x) and x == number


def _is_number(x: Operand) -> bool:
    return isinstance(x, (int, float, np.number)) and not isinstance(x, bool)


def _power_of_two(x: Any) -> bool:
    return x != 0 and np.frexp(abs(float(x)))[0] == 0.5


def _fits(a: Operand, b: Operand, form: Form) -> bool:
    return np.broadcast_shapes(form_of(a).shape, form_of(b).shape) == form.shape


def _scaled(x: Operand) -> tuple[Any, Operand]:
    if isinstance(x, Node) and x.primitive is PRIMITIVES["multiply"]:
        a, b = operands(x)
        if _is_number(a):
            return a, b
        if _is_number(b):
            return b, a
    return None, x
