"""Passes on shapes: reshapes, broadcasts and transposes, and log-sum-exp in its parts."""

from __future__ import annotations

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.graph import Builder, Candidate, Form, Node, Operand, form_of, operands
from derivlab.graph.passes.patterns import operand_of
from derivlab.rules import RULES
from derivlab.transpose import Elementwise


def expand(candidate: Candidate, builder: Builder) -> Operand | None:
    """log-sum-exp and softmax in terms of exp and sum, so that the two share their exponentials."""
    if candidate.name not in ("logsumexp", "softmax"):
        return None
    (x,), axis = candidate.operands, candidate.params["axis"]
    form = form_of(x)
    kept = form.reduced(axis)
    peak = builder.add(candidate.like("max", x, form=kept, axis=axis, keepdims=True))
    shifted = builder.add(candidate.like("subtract", x, peak, form=form))
    weights = builder.add(candidate.like("exp", shifted, form=form))
    total = builder.add(candidate.like("sum", weights, form=kept, axis=axis, keepdims=True))
    if candidate.name == "softmax":
        return builder.add(candidate.like("divide", weights, total))
    log = builder.add(candidate.like("log", total, form=kept))
    value = builder.add(candidate.like("add", log, peak, form=kept))
    return builder.add(candidate.like("reshape", value, shape=candidate.form.shape))


def reshapes(candidate: Candidate, builder: Builder) -> Operand | None:
    """A reshape of a reshape is one reshape; a sum with its axes kept, then reshaped to one number, is that sum.

    An index of a single number by new axes is one too, and so is the transpose of that.
    """
    given, made = form_of(candidate.operands[0]), candidate.form
    single = {"index": given, "scatter": made}.get(candidate.name)
    if single is not None and not single.shape and given.size == made.size:
        return builder.add(candidate.like("reshape", candidate.operands[0], shape=made.shape))
    if candidate.name != "reshape":
        return None
    inner = operand_of(candidate.operands[0], "reshape", 0)
    if inner is not None:
        return builder.add(candidate.like("reshape", inner, shape=candidate.params["shape"]))
    summed = operand_of(candidate.operands[0], "sum", 0)
    if summed is not None and candidate.form.shape == ():
        return builder.add(candidate.like("sum", summed, axis=None, keepdims=False))
    return None


def broadcasts(candidate: Candidate, builder: Builder) -> Operand | None:
    """An elementwise operation takes the operand of a broadcast, and broadcasts its own result if it must."""
    if not isinstance(RULES[candidate.name], Elementwise):
        return None
    inner = [operand_of(x, "broadcast_to", 0) for x in candidate.operands]
    if all(x is None for x in inner):
        return None
    plain = [x if y is None else y for x, y in zip(candidate.operands, inner, strict=True)]
    shape = np.broadcast_shapes(*(form_of(x).shape for x in plain))
    small = candidate.like(candidate.name, *plain, form=Form(shape, candidate.form.dtype), **candidate.params)
    result = builder.add(small)
    if shape == candidate.form.shape:
        return result
    return builder.add(candidate.like("broadcast_to", result, shape=candidate.form.shape))


def transposes(candidate: Candidate, builder: Builder) -> Operand | None:
    """(Aᵀ)ᵀ → A, and Bᵀ Aᵀ → (A B)ᵀ where that saves a transpose; the product itself reads transposed."""
    name, args = candidate.name, candidate.operands
    if name != "matrix_transpose":
        return None
    inner = operand_of(args[0], "matrix_transpose", 0)
    if inner is not None:
        return inner
    node = args[0]
    if isinstance(node, Node) and node.primitive is PRIMITIVES["matmul"]:
        a, b = operands(node)
        at, bt = operand_of(a, "matrix_transpose", 0), operand_of(b, "matrix_transpose", 0)
        if at is not None and bt is not None:
            return builder.add(candidate.like("matmul", bt, at))
    return None
