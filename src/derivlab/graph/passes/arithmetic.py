"""Passes on arithmetic: neutral elements, quotients, sums of products, signs and numbers."""

from __future__ import annotations

from derivlab.graph.graph import Builder, Candidate, Form, Node, Operand, form_of, operands
from derivlab.graph.passes.patterns import (
    factored,
    fits,
    is_a,
    is_all,
    is_moderate,
    is_number,
    operand_of,
    product,
    scaled,
)

_MAY_LEAVE = frozenset("reshape broadcast_to astype sum max min all any".split())
"""Primitives that are the identity where they leave shape and dtype."""


def identities(candidate: Candidate, builder: Builder) -> Operand | None:
    """x·1, x/1, x + 0, x − 0, x¹, −(−x), a reduction, reshape or broadcast that leaves the shape: x itself."""
    name, args = candidate.name, candidate.operands
    same: Operand | None = None
    if name == "multiply":
        same = args[1] if is_all(args[0], 1) else args[0] if is_all(args[1], 1) else None
    elif name == "add":
        same = args[1] if is_all(args[0], 0) else args[0] if is_all(args[1], 0) else None
    elif name in ("divide", "subtract"):
        same = args[0] if is_all(args[1], 1 if name == "divide" else 0) else None
    elif name == "integer_power":
        same = args[0] if candidate.params["n"] == 1 else None
    elif name in _MAY_LEAVE or (name == "concat" and len(args) == 1):
        same = args[0]
    elif name in ("index", "permute_dims", "flip", "roll"):  # nothing to choose or to move in a single number
        same = args[0] if not form_of(args[0]).shape else None
    elif name == "negative":
        same = operand_of(args[0], "negative", 0)
    return same if same is not None and isinstance(same, Node) and form_of(same) == candidate.form else None


def quotients(candidate: Candidate, builder: Builder) -> Operand | None:
    """a / (a / s) → s and (a s) / a → s, which two roundings make of it anyway.

    Where a = 0 that would hide a 0/0. So the first is done only beside log(a / s), and the second only where a
    divides something else too: there the value is not finite already.
    """
    if candidate.name != "divide":
        return None
    a, q = candidate.operands
    if isinstance(a, Node) and is_a(a, "multiply") and isinstance(q, Node) and any(x is q for x in operands(a)):
        x, y = operands(a)
        rest = y if x is q else x
        divides = any(node is not a and operand_of(node, "divide", 1) is q for node in builder.nodes)
        return rest if divides and form_of(rest) == candidate.form else None
    divisor = operand_of(q, "divide", 1)
    if divisor is None or not isinstance(a, Node) or operand_of(q, "divide", 0) is not a:
        return None
    if not any(operand_of(node, "log", 0) is q for node in builder.nodes):
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
    factor, rest = scaled(x)
    if factor is not None:
        return _dotted(rest, builder, depth - 1)
    if is_a(x, "add"):
        return all(form_of(y) == x.form and _dotted(y, builder, depth - 1) for y in operands(x))
    return is_a(x, "square") or (is_a(x, "multiply") and all(form_of(y) == x.form for y in operands(x)))


def _dot(x: Node, candidate: Candidate, builder: Builder) -> Operand:
    factor, rest = scaled(x)
    if factor is not None:
        return builder.add(candidate.like("multiply", factor, _dot(rest, candidate, builder)))
    if is_a(x, "add"):
        return builder.add(candidate.like("add", *(_dot(y, candidate, builder) for y in operands(x))))
    vector = Form((x.form.size,), x.form.dtype)
    a, b = (builder.add(candidate.like("reshape", y, form=vector, shape=vector.shape))
            for y in (operands(x) * 2 if is_a(x, "square") else operands(x)))  # fmt: skip
    return builder.add(candidate.like("matmul", a, b))


def negations(candidate: Candidate, builder: Builder) -> Operand | None:
    """Signs move outwards: (−a) b → −(a b), (−a) + b → b − a, a − (−b) → a + b, and into constant factors.

    Exact in every rounding.
    """
    name, args = candidate.name, candidate.operands
    if name in ("multiply", "divide", "matmul"):
        a, b = (operand_of(x, "negative", 0) for x in args)
        if a is not None and b is not None:
            return builder.add(candidate.like(name, a, b))
        if a is not None or b is not None:
            inner = builder.add(candidate.like(name, args[0] if a is None else a, args[1] if b is None else b))
            return builder.add(candidate.like("negative", inner))
    if name == "multiply" and -1 in [x for x in args if isinstance(x, (int, float))]:
        x = args[1] if is_all(args[0], -1) else args[0]
        return builder.add(candidate.like("negative", x)) if form_of(x) == candidate.form else None
    if name == "add":
        a, b = (operand_of(x, "negative", 0) for x in args)
        if b is not None and fits(args[0], b, candidate.form):
            return builder.add(candidate.like("subtract", args[0], b))
        if a is not None and fits(args[1], a, candidate.form):
            return builder.add(candidate.like("subtract", args[1], a))
    if name == "subtract" and (b := operand_of(args[1], "negative", 0)) is not None:
        return builder.add(candidate.like("add", args[0], b))
    if (
        name == "subtract"
        and (a := operand_of(args[0], "negative", 0)) is not None
        and builder.readers[args[0].index] == 1
    ):
        return builder.add(candidate.like("negative", builder.add(candidate.like("add", a, args[1]))))
    if name == "negative" and isinstance(args[0], Node) and builder.readers[args[0].index] == 1:
        factor, rest = factored(args[0], builder)
        if factor is not None and is_number(factor):
            return builder.add(candidate.like("multiply", -factor, rest))
    if name == "negative" and is_a(args[0], "subtract") and builder.readers[args[0].index] == 1:
        a, b = operands(args[0])
        return builder.add(candidate.like("subtract", b, a))
    if name in ("sum", "matrix_transpose", "reshape", "permute_dims") and isinstance(args[0], Node):
        inner = operand_of(args[0], "negative", 0)
        if inner is not None:
            moved = builder.add(candidate.like(name, inner, **candidate.params))
            return builder.add(candidate.like("negative", moved))
    return None


def scalars(candidate: Candidate, builder: Builder) -> Operand | None:
    """Numbers move outwards: c₁ (c₂ x) → (c₁ c₂) x, (c₁ x) (c₂ y) → (c₁ c₂) (x y), c x + c y → c (x + y), and
    (c A) B → c (A B) where that is no larger. Each only where nobody else reads what is taken apart, and where no
    product overflows or vanishes that did not before: a number computed at run time leaves only a product of arrays
    that are multiplied elsewhere too.
    """
    name, args = candidate.name, candidate.operands
    if name == "multiply":
        alone = lambda x: isinstance(x, Node) and builder.readers[x.index] == 1 and x.form.dtype == candidate.form.dtype
        parts = [scaled(x) if alone(x) else (None, x) for x in args]
        (c1, x), (c2, y) = parts
        dtype = candidate.form.dtype
        if is_moderate(c1) and is_moderate(c2) and (both := product(c1, c2, dtype)) is not None:
            return builder.add(candidate.like("multiply", both, builder.add(candidate.like("multiply", x, y))))
        for number, rest, other in ((c1, x, args[1]), (c2, y, args[0])):
            if number is not None and is_number(other):
                both = product(number, other, dtype)
                return None if both is None else builder.add(candidate.like("multiply", both, rest))
    if name == "matmul":
        for i in (0, 1):
            factor, matrix = factored(args[i], builder)
            rest = (matrix, args[1]) if i == 0 else (args[0], matrix)
            safe = is_moderate(factor) or (isinstance(factor, Node) and _multiplied(*rest, builder))
            if safe and form_of(matrix).size >= candidate.form.size:
                return builder.add(candidate.like("multiply", factor, builder.add(candidate.like("matmul", *rest))))
    if name == "reshape":
        factor, array = factored(args[0], builder)
        if factor is not None and form_of(array) == form_of(args[0]):
            moved = builder.add(candidate.like("reshape", array, shape=candidate.form.shape))
            return builder.add(candidate.like("multiply", factor, moved))
    if name in ("add", "subtract"):
        (c1, x), (c2, y) = (factored(z, builder) for z in args)
        if c1 is not None and c1 is c2 and form_of(x) == form_of(y) == candidate.form:
            return builder.add(candidate.like("multiply", c1, builder.add(candidate.like(name, x, y))))
    return None


_NEAR = 500
"""Operations back to which a product of the same arrays is looked for."""


def _multiplied(a: Operand, b: Operand, builder: Builder) -> bool:
    """Whether the two are multiplied already, in this order or another, as they are or transposed."""
    pair = {id(_untransposed(a)), id(_untransposed(b))}
    return any(
        is_a(node, "matmul") and {id(_untransposed(x)) for x in operands(node)} == pair
        for node in builder.nodes[-_NEAR:]
    )


def _untransposed(x: Operand) -> Operand:
    inner = operand_of(x, "matrix_transpose", 0)
    return x if inner is None else inner
