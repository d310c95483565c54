"""Rewrites that only a compiler profits from: they save operations that NumPy does at the speed of memory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.graph import Builder, Candidate, Form, Graph, Node, Operand, form_of, operands, rebuild
from derivlab.graph.passes.optimise import alive

_DEEPEST_PRODUCT = 3
"""Multiplications, one within another, that are taken apart in search of a common factor."""


def simplify(graph: Graph) -> Graph:
    """The graph with norms as roots of sums, common factors taken out, and NaN looked for without the order of numbers.

    Neither changes more than the rounding of the operations that it moves.
    """
    return rebuild(alive(rebuild(graph, [lengths, common_factor, entries, not_a_number], share=True)))


def lengths(candidate: Candidate, builder: Builder) -> Operand | None:
    """‖x‖ → √Σ x², without the scaling that extreme numbers need."""
    if candidate.name != "norm" or candidate.params["axis"] == ():
        return None
    (x,) = candidate.operands
    squares = builder.add(candidate.like("multiply", x, x, form=form_of(x)))
    return builder.add(candidate.like("sqrt", builder.add(candidate.like("sum", squares, **candidate.params))))


def common_factor(candidate: Candidate, builder: Builder) -> Operand | None:
    """a c ± b c → (a ± b) c, where nobody else reads the products: one operation less, and less cancellation.

    Besides c each product may have numbers, and one other factor: with more their product could overflow.
    """
    if candidate.name not in ("add", "subtract") or candidate.form.dtype != np.float64:
        return None
    left, right = (_product(x, candidate.form, builder, _DEEPEST_PRODUCT) for x in candidate.operands)
    shared = [x for x in left if isinstance(x, Node) and x.form == candidate.form and any(x is y for y in right)]
    if not shared:
        return None
    rests = [_without(shared[0], factors) for factors in (left, right)]
    if not all([form_of(x) == candidate.form for x in rest if not _is_number(x)] == [True] for rest in rests):
        return None
    multiply = lambda x, y: builder.add(candidate.like("multiply", x, y))
    inner = builder.add(candidate.like(candidate.name, *(reduce(multiply, sorted(r, key=_is_number)) for r in rests)))
    return multiply(shared[0], inner)


def _product(x: Operand, form: Form, builder: Builder, depth: int) -> list[Operand]:
    """The factors of x, through products that have the same form and no other reader."""
    alone = isinstance(x, Node) and x.primitive is PRIMITIVES["multiply"] and builder.readers[x.index] == 1
    if not alone or form_of(x) != form or depth == 0:
        return [x]
    return [factor for part in operands(x) for factor in _product(part, form, builder, depth - 1)]


def _is_number(x: Operand) -> bool:
    return isinstance(x, (int, float, np.number))


def _without(x: Operand, factors: Sequence[Operand]) -> list[Operand]:
    place = next(i for i, factor in enumerate(factors) if factor is x)
    return [*factors[:place], *factors[place + 1 :]]


def entries(candidate: Candidate, builder: Builder) -> Operand | None:
    """a · b of arrays laid flat → Σ a b, so that the products are made beside the arrays' entries."""
    if candidate.name != "matmul" or candidate.form.shape:
        return None
    flat = [x for x in candidate.operands if isinstance(x, Node) and x.primitive is PRIMITIVES["reshape"]]
    arrays = [operands(x)[0] for x in flat]
    if len(arrays) < 2 or form_of(arrays[0]) != form_of(arrays[1]):
        return None
    product = builder.add(candidate.like("multiply", *arrays, form=form_of(arrays[0])))
    return builder.add(candidate.like("sum", product, axis=None, keepdims=False))


def not_a_number(candidate: Candidate, builder: Builder) -> Operand | None:
    """min x = min x → all (x = x): true where x has no NaN, and a comparison of each entry on its own."""
    if candidate.name != "equal":
        return None
    a, b = candidate.operands
    if a is not b or not isinstance(a, Node) or a.primitive not in (PRIMITIVES["min"], PRIMITIVES["max"]):
        return None
    (x,) = operands(a)
    each = builder.add(candidate.like("equal", x, x, form=Form(form_of(x).shape, np.dtype(bool))))
    return builder.add(candidate.like("all", each, **a.params))
