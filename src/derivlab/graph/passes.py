"""Optimising passes: each a small function on one operation, applied while a graph is written anew.

None changes a result by more than the rounding of the operations that it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.gathers import gathers
from derivlab.graph.graph import Builder, Candidate, Form, Graph, Node, Operand, Rewrite, form_of, operands, rebuild
from derivlab.graph.plan import FORMS
from derivlab.rules import RULES
from derivlab.transpose import Elementwise

PASSES = (
    "fold",
    "expand",
    "identities",
    "reshapes",
    "broadcasts",
    "quotients",
    "dots",
    "flat dots",
    "negations",
    "scalars",
    "transposes",
    "gathers",
    "share",
    "dead",
    *FORMS,
)
"""The passes by name, in the order in which they are tried; the last are about how the result is printed."""


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
            graph = alive(graph)
        if graph.operations == before:
            break
        before = graph.operations
    return replace(rebuild(graph), without=tuple(name for name in without if name in FORMS))


def alive(graph: Graph) -> Graph:
    """Only what an output or a guard needs; inputs stay. The nodes keep their numbers."""
    needed = {y.index for y in graph.outputs if isinstance(y, Node)} | {g.node.index for g in graph.guards}
    for node in reversed(graph.nodes):
        if node.index in needed:
            needed.update(parent.index for parent in node.parents if parent is not None)
    kept = [node for node in graph.nodes if node.index in needed or node.primitive is None]
    return replace(graph, nodes=kept)


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
    """A reshape of a reshape is one reshape; a sum with its axes kept, then reshaped to one number, is that sum."""
    if candidate.name != "reshape":
        return None
    inner = _operand(candidate.operands[0], "reshape", 0)
    if inner is not None:
        return builder.add(candidate.like("reshape", inner, shape=candidate.params["shape"]))
    summed = _operand(candidate.operands[0], "sum", 0)
    if summed is not None and candidate.form.shape == ():
        return builder.add(candidate.like("sum", summed, axis=None, keepdims=False))
    return None


def expand(candidate: Candidate, builder: Builder) -> Operand | None:
    """log-sum-exp and softmax in terms of exp and sum, so that the two share their exponentials."""
    if candidate.name not in ("logsumexp", "softmax"):
        return None
    (x,), axis = candidate.operands, candidate.params["axis"]
    form = form_of(x)
    axes = range(len(form.shape)) if axis is None else axis
    kept = Form(tuple(1 if i in axes else size for i, size in enumerate(form.shape)), form.dtype)
    peak = builder.add(candidate.like("max", x, form=kept, axis=axis, keepdims=True))
    shifted = builder.add(candidate.like("subtract", x, peak, form=form))
    weights = builder.add(candidate.like("exp", shifted, form=form))
    total = builder.add(candidate.like("sum", weights, form=kept, axis=axis, keepdims=True))
    if candidate.name == "softmax":
        return builder.add(candidate.like("divide", weights, total))
    log = builder.add(candidate.like("log", total, form=kept))
    value = builder.add(candidate.like("add", log, peak, form=kept))
    return builder.add(candidate.like("reshape", value, shape=candidate.form.shape))


def broadcasts(candidate: Candidate, builder: Builder) -> Operand | None:
    """An elementwise operation takes the operand of a broadcast, and broadcasts its own result if it must."""
    if not isinstance(RULES[candidate.name], Elementwise):
        return None
    inner = [_operand(x, "broadcast_to", 0) for x in candidate.operands]
    if all(x is None for x in inner):
        return None
    plain = [x if y is None else y for x, y in zip(candidate.operands, inner, strict=True)]
    shape = np.broadcast_shapes(*(form_of(x).shape for x in plain))
    small = candidate.like(candidate.name, *plain, form=Form(shape, candidate.form.dtype), **candidate.params)
    result = builder.add(small)
    if shape == candidate.form.shape:
        return result
    return builder.add(candidate.like("broadcast_to", result, shape=candidate.form.shape))


def quotients(candidate: Candidate, builder: Builder) -> Operand | None:
    """a / (a / s) → s and (a s) / a → s, which two roundings make of it anyway.

    Where a = 0 that would hide a 0/0. So the first is done only beside log(a / s), and the second only where a
    divides something else too: there the value is not finite already.
    """
    if candidate.name != "divide":
        return None
    a, q = candidate.operands
    if isinstance(a, Node) and _single(a, "multiply") and isinstance(q, Node) and any(x is q for x in operands(a)):
        x, y = operands(a)
        rest = y if x is q else x
        divides = any(node is not a and _operand(node, "divide", 1) is q for node in builder.nodes)
        return rest if divides and form_of(rest) == candidate.form else None
    divisor = _operand(q, "divide", 1)
    if divisor is None or not isinstance(a, Node) or _operand(q, "divide", 0) is not a:
        return None
    if not any(_operand(node, "log", 0) is q for node in builder.nodes):
        return None
    if form_of(divisor) == candidate.form:
        return divisor
    return builder.add(candidate.like("broadcast_to", divisor, shape=candidate.form.shape))


def dots(candidate: Candidate, builder: Builder) -> Operand | None:
    """Σ a b of vectors → a · b, Σ c x → c Σ x, and a sum of such sums apart."""
    return _dot_of(candidate, builder) if len(form_of(candidate.operands[0]).shape) == 1 else None


def flat_dots(candidate: Candidate, builder: Builder) -> Operand | None:
    """The same for arrays of more axes, as vectors of all their entries: one call in place of two."""
    return _dot_of(candidate, builder) if len(form_of(candidate.operands[0]).shape) > 1 else None


def _dot_of(candidate: Candidate, builder: Builder) -> Operand | None:
    x = candidate.operands[0]
    if candidate.name != "sum" or candidate.form.shape != () or not isinstance(x, Node):
        return None
    if x.form.dtype.kind != "f" or not _dotted(x, builder, _DEEPEST_SUM):
        return None
    return _dot(x, candidate, builder)


_DEEPEST_SUM = 20
"""Additions and factors, one within another, through which a sum is taken apart."""


def _dotted(x: Operand, builder: Builder, depth: int) -> bool:
    """Whether an array is made of products and squares that nobody else reads."""
    if not isinstance(x, Node) or builder.readers[x.index] != 1 or depth == 0:
        return False
    factor, rest = _scaled(x)
    if factor is not None:
        return _dotted(rest, builder, depth - 1)
    if _single(x, "add"):
        return all(form_of(y) == x.form and _dotted(y, builder, depth - 1) for y in operands(x))
    return _single(x, "square") or (_single(x, "multiply") and all(form_of(y) == x.form for y in operands(x)))


def _dot(x: Node, candidate: Candidate, builder: Builder) -> Operand:
    factor, rest = _scaled(x)
    if factor is not None:
        return builder.add(candidate.like("multiply", factor, _dot(rest, candidate, builder)))
    if _single(x, "add"):
        return builder.add(candidate.like("add", *(_dot(y, candidate, builder) for y in operands(x))))
    vector = Form((x.form.size,), x.form.dtype)
    a, b = (builder.add(candidate.like("reshape", y, form=vector, shape=vector.shape))
            for y in (operands(x) * 2 if _single(x, "square") else operands(x)))  # fmt: skip
    return builder.add(candidate.like("matmul", a, b))


def negations(candidate: Candidate, builder: Builder) -> Operand | None:
    """Signs move outwards: (−a) b → −(a b), (−a) + b → b − a, a − (−b) → a + b, and into constant factors.

    Exact in every rounding.
    """
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
    if (
        name == "subtract"
        and (a := _operand(args[0], "negative", 0)) is not None
        and builder.readers[args[0].index] == 1
    ):
        return builder.add(candidate.like("negative", builder.add(candidate.like("add", a, args[1]))))
    if name == "negative" and isinstance(args[0], Node) and builder.readers[args[0].index] == 1:
        factor, rest = _factored(args[0], builder)
        if factor is not None and _is_number(factor):
            return builder.add(candidate.like("multiply", -factor, rest))
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
    """Numbers move outwards: c₁ (c₂ x) → (c₁ c₂) x, (c₁ x) (c₂ y) → (c₁ c₂) (x y), c x + c y → c (x + y), and
    (c A) B → c (A B) where that is no larger. Each only where nobody else reads what is taken apart.
    """
    name, args = candidate.name, candidate.operands
    if name == "multiply":
        alone = lambda x: isinstance(x, Node) and builder.readers[x.index] == 1 and x.form.dtype == candidate.form.dtype
        scaled = [_scaled(x) if alone(x) else (None, x) for x in args]
        (c1, x), (c2, y) = scaled
        if c1 is not None and c2 is not None:
            return builder.add(candidate.like("multiply", c1 * c2, builder.add(candidate.like("multiply", x, y))))
        if c1 is not None and _is_number(args[1]):
            return builder.add(candidate.like("multiply", c1 * args[1], x))
        if c2 is not None and _is_number(args[0]):
            return builder.add(candidate.like("multiply", c2 * args[0], y))
    if name == "matmul":
        for i in (0, 1):
            factor, matrix = _factored(args[i], builder)
            if factor is not None and form_of(matrix).size >= candidate.form.size:
                rest = (matrix, args[1]) if i == 0 else (args[0], matrix)
                return builder.add(candidate.like("multiply", factor, builder.add(candidate.like("matmul", *rest))))
    if name == "reshape":
        factor, array = _factored(args[0], builder)
        if factor is not None and form_of(array) == form_of(args[0]):
            moved = builder.add(candidate.like("reshape", array, shape=candidate.form.shape))
            return builder.add(candidate.like("multiply", factor, moved))
    if name in ("add", "subtract"):
        (c1, x), (c2, y) = (_factored(z, builder) for z in args)
        if c1 is not None and c1 is c2 and form_of(x) == form_of(y) == candidate.form:
            return builder.add(candidate.like("multiply", c1, builder.add(candidate.like(name, x, y))))
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
    "expand": expand,
    "reshapes": reshapes,
    "broadcasts": broadcasts,
    "quotients": quotients,
    "dots": dots,
    "flat dots": flat_dots,
    "negations": negations,
    "scalars": scalars,
    "transposes": transposes,
    "gathers": gathers,
}


def _operand(x: Operand, name: str, i: int) -> Operand | None:
    """Operand i of x, if x is the result of primitive ``name``."""
    if not isinstance(x, Node) or x.primitive is not PRIMITIVES[name]:
        return None
    return None if name == "negative" and x.form.dtype.kind != "f" else operands(x)[i]  # unsigned integers wrap


def _single(x: Operand, name: str) -> bool:
    return isinstance(x, Node) and x.primitive is PRIMITIVES[name]


_LARGEST_SEEN = 10**6
"""Entries of a constant array above which it is not searched for ones and zeros."""


def _is(x: Operand, number: float) -> bool:
    if isinstance(x, np.ndarray):
        return x.size <= _LARGEST_SEEN and bool((x == number).all())
    return _is_number(x) and x == number


def _is_number(x: Operand) -> bool:
    return isinstance(x, (int, float, np.number)) and not isinstance(x, bool)


def _fits(a: Operand, b: Operand, form: Form) -> bool:
    return np.broadcast_shapes(form_of(a).shape, form_of(b).shape) == form.shape


def _factored(x: Operand, builder: Builder) -> tuple[Operand | None, Operand]:
    """A product of a single number, constant or computed, with an array that nobody else reads, taken apart."""
    if _single(x, "multiply") and builder.readers[x.index] == 1 and x.form.dtype.kind == "f":
        a, b = operands(x)
        for factor, array in ((a, b), (b, a)):
            if form_of(factor).shape == () != form_of(array).shape and form_of(array).dtype == x.form.dtype:
                return factor, array
    return None, x


def _scaled(x: Operand) -> tuple[Any, Operand]:
    if isinstance(x, Node) and x.primitive is PRIMITIVES["multiply"]:
        a, b = operands(x)
        for number, rest in ((a, b), (b, a)):
            if _is_number(number) and form_of(rest).dtype == x.form.dtype and x.form.dtype.kind == "f":
                return number, rest
    return None, x
