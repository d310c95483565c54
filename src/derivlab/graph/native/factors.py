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

_ROOM, _SCALE = 460, 600
"""Exponents of two: where the largest of some numbers is outside 2^∓460, a factor 2^±600 keeps squares in range."""


def simplify(graph: Graph) -> Graph:
    """The graph with norms as roots of sums, common factors taken out, and NaN looked for without the order of numbers.

    Neither changes more than the rounding of the operations that it moves.
    """
    return rebuild(alive(rebuild(graph, [lengths, common_factor, entries, not_a_number], share=True)))


def lengths(candidate: Candidate, builder: Builder) -> Operand | None:
    """‖x‖ → √Σ (c x)² / c, with a power c of two that keeps the squares in range: exact, and 1 for most numbers."""
    if candidate.name != "norm" or candidate.params["axis"] == ():
        return None
    (x,), axis, keepdims = candidate.operands, candidate.params["axis"], bool(candidate.form.shape)
    kept = form_of(x).reduced(axis) if keepdims else candidate.form
    truth = Form(kept.shape, np.dtype(bool))
    add = lambda name, *args, form=kept, **params: builder.add(candidate.like(name, *args, form=form, **params))
    each = lambda name, *args: add(name, *args, form=form_of(x))
    peak = add("max", each("abs", x), axis=axis, keepdims=keepdims)
    small, large = add("less", peak, 2.0**-_ROOM, form=truth), add("greater", peak, 2.0**_ROOM, form=truth)
    factor = add("where", small, 2.0**_SCALE, add("where", large, 2.0**-_SCALE, 1.0))
    scaled = each("multiply", x, factor)
    squares = add("sum", each("multiply", scaled, scaled), axis=axis, keepdims=keepdims)
    length = add("divide", add("sqrt", squares), factor)
    return add("reshape", length, form=candidate.form, shape=candidate.form.shape) if candidate.form != kept else length


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
