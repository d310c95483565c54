"""Which results of a recorded program can depend on which inputs: a sweep of the Wengert list in truth values.

Each line passes on the union of what its operands depend on. How the entries of its result depend on those of an
operand is a sparse matrix of truth values, found by running the primitive on the numbers of the entries; the
pattern of the whole is the sum of products of these, the chain rule without its numbers.

Reference: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 7.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from derivlab.array.primitive import Primitive
from derivlab.errors import ArgumentError
from derivlab.graph.wengert import Line
from derivlab.libraries.scipy import sparse
from derivlab.rules import RULES
from derivlab.transpose import Elementwise, shape_of

MOST_ENTRIES = 10**8
"""A pattern with more entries than this is refused: it is not sparse, and would not fit the memory."""

Shape = tuple[int, ...]


class Link(NamedTuple):
    """All of a line that its pattern is made from, and nothing else: no value, but where constants are not 0.

    ``nonzero[i]`` is None unless operand i is a constant of a primitive for which its zeros matter.
    """

    primitive: Primitive | None
    parents: Sequence[int | None]
    shapes: tuple[Shape, ...]
    shape: Shape
    params: Mapping[str, Any]
    nonzero: tuple[Any, ...]


class Structure(NamedTuple):
    """The links of a recording, and for each result its line (None for a constant) and number of entries."""

    links: list[Link]
    outputs: list[tuple[int | None, int]]


def structure(lines: Sequence[Line], outputs: Sequence[tuple[int | None, int]]) -> Structure:
    """The structure of a recording."""
    return Structure([_link(line) for line in lines], list(outputs))


def _link(line: Line) -> Link:
    nonzero: tuple[Any, ...] = ()
    if line.primitive is not None and line.primitive.name in _WITH_ZEROS:
        nonzero = tuple(
            None if parent is not None else np.not_equal(value, 0)
            for parent, value in zip(line.parents, line.values, strict=True)
        )
    shapes = tuple(shape_of(value) for value in line.values)
    return Link(line.primitive, line.parents, shapes, shape_of(line.value), line.params, nonzero)


def same(one: Structure, other: Structure) -> bool:
    """Whether two recordings have one structure, and so one pattern."""
    return (
        one.outputs == other.outputs
        and len(one.links) == len(other.links)
        and all(
            a[:4] == b[:4] and (a.params is b.params or _equal(a.params, b.params)) and _equal(a.nonzero, b.nonzero)
            for a, b in zip(one.links, other.links, strict=True)
        )
    )


def _equal(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and bool(np.all(a == b))
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    return bool(a == b)


def pattern(recorded: Structure) -> Any:
    """The truth values ∂yᵢ/∂xⱼ ≠ 0, as far as the structure tells: a ``scipy.sparse.csr_array`` of bool.

    A row for each entry of the results, a column for each entry of the inputs, both flattened and in order. An entry
    that is not stored is 0 for all values that take the same way through the program; one that is stored may be 0
    by chance, or by a cancellation that only algebra sees.

    Cost: linear in the entries of the patterns of the lines that the results need.

    Raises
    ------
    ArgumentError
        If more than ``MOST_ENTRIES`` entries would have to be stored.
    """
    links, outputs = recorded
    width = sum(math.prod(link.shape) for link in links if link.primitive is None)
    readers = _readers(recorded)
    found: dict[int, Any] = {}
    start = 0
    for number, link in enumerate(links):
        if link.primitive is None:
            size = math.prod(link.shape)
            found[number] = _pick(np.arange(start, start + size), width)
            start += size
        elif readers[number]:
            found[number] = _union(link, found)
            for parent in link.parents:
                if parent is not None:
                    readers[parent] -= 1
                    if not readers[parent]:
                        found.pop(parent, None)
    rows = [
        sparse.csr_array((size, width), dtype=bool) if number is None or found[number] is None else found[number]
        for number, size in outputs
    ]
    whole = rows[0].copy() if len(rows) == 1 else sparse.csr_array(sparse.vstack(rows, format="csr"))
    whole.sort_indices()
    return whole


def _readers(recorded: Structure) -> Counter[int]:
    """How many operands of needed lines, and results, each line is."""
    readers = Counter(number for number, _ in recorded.outputs if number is not None)
    for number in range(len(recorded.links) - 1, -1, -1):
        if readers[number]:
            readers.update(parent for parent in recorded.links[number].parents if parent is not None)
    return readers


def _union(link: Link, found: Mapping[int, Any]) -> Any:
    """What the entries of a result depend on; None for nothing."""
    total: Any = None
    for i, parent in enumerate(link.parents):
        part = None if parent is None else found[parent]
        factors = None if part is None else local(link, i)
        if factors is None:
            continue
        for factor in reversed(factors):
            part = _product(factor, part)
        if part is not total:
            total = part if total is None else total + part
    return total


def _product(left: Any, right: Any) -> Any:
    if np.sum(np.diff(right.indptr)[left.indices]) > MOST_ENTRIES:
        raise ArgumentError(
            f"more than {MOST_ENTRIES:.0e} entries of the derivative may differ from 0: it is not sparse. Use products "
            "with it, dl.forward.jvp, dl.reverse.vjp or dl.reverse.hvp, or fewer inputs."
        )
    return left @ right


# The local Jacobians. Each is a product of matrices of truth values; the empty product is the identity.


def local(link: Link, i: int) -> list[Any] | None:
    """Factors of the pattern of ∂result/∂operand i, whose entries are counted flat; None where it is 0.

    A primitive that is not known here may let everything depend on everything.
    """
    assert link.primitive is not None
    name = link.primitive.name
    rule = RULES[name]
    if not rule.depends(i) or (name == "integer_power" and link.params["n"] == 0):
        return None
    if name in _LOCAL:
        return _LOCAL[name](link, i)
    if isinstance(rule, Elementwise):
        return _elementwise(link, i)
    return [_pick(np.zeros(link.shape, int), 1), _pick(np.zeros(link.shapes[i], int), 1).T.tocsr()]


def _places(shape: Shape) -> Any:
    return np.arange(math.prod(shape)).reshape(shape)


def _pick(index: Any, width: int) -> Any:
    """The matrix whose row r has its only entry in column index[r], or none where that is negative."""
    columns = np.ravel(index)
    ends = np.arange(columns.size + 1)
    if columns.size and np.min(columns) < 0:
        kept = columns >= 0
        ends[1:] = np.cumsum(kept)
        columns = columns[kept]
    return sparse.csr_array((np.ones(columns.size, bool), columns, ends), shape=(ends.size - 1, width))


def _elementwise(link: Link, i: int) -> list[Any]:
    """Each entry depends on the one that is broadcast to it."""
    return _kept(link, i, None)


def _multiplied(link: Link, i: int) -> list[Any]:
    """The same, but where the other factor is a constant 0."""
    return _kept(link, i, link.nonzero[1 - i])


def _power(link: Link, i: int) -> list[Any]:
    """The same, but where the exponent is a constant 0."""
    return _kept(link, i, link.nonzero[1] if i == 0 else None)


def _kept(link: Link, i: int, kept: Any) -> list[Any]:
    """The entries where a condition holds; None holds everywhere."""
    if kept is None or np.all(kept):
        if link.shapes[i] == link.shape:
            return []
        kept = True
    index = np.where(kept, np.broadcast_to(_places(link.shapes[i]), link.shape), -1)
    return [_pick(index, math.prod(link.shapes[i]))]


def _where(link: Link, i: int) -> list[Any]:
    """Both choices, unless the condition is a constant."""
    chosen = link.nonzero[0]
    return _kept(link, i, chosen if chosen is None or i == 1 else np.logical_not(chosen))


def _moved(link: Link, i: int) -> list[Any]:
    """Entries change places: the primitive run on their numbers says which. What it fills in is numbered −1."""
    assert link.primitive is not None
    numbers = [_places(shape) + 1 if k == i else np.zeros(shape, int) for k, shape in enumerate(link.shapes)]
    return [_pick(np.asarray(link.primitive.kernel(*numbers, **link.params)) - 1, math.prod(link.shapes[i]))]


def _scattered(link: Link, i: int) -> list[Any]:
    targets = np.asarray(_places(link.shape)[link.params["key"]])
    return [_pick(np.broadcast_to(targets, link.shapes[i]), math.prod(link.shape)).T.tocsr()]


def _groups(link: Link) -> Any:
    """For each entry of the operand, the number of the group along the axes that it falls into."""
    shape, axis = link.shapes[0], link.params["axis"]
    axes = range(len(shape)) if axis is None else [a % len(shape) for a in axis]
    return np.broadcast_to(_places(tuple(1 if a in axes else n for a, n in enumerate(shape))), shape)


def _reduced(link: Link, i: int) -> list[Any]:
    return [_pick(_groups(link), math.prod(link.shape)).T.tocsr()]


def _grouped(link: Link, i: int) -> list[Any]:
    """Each entry depends on all of its group."""
    groups = _groups(link)
    member = _pick(groups, int(np.max(groups, initial=-1)) + 1)
    return [member, member.T.tocsr()]


def _accumulated(link: Link, i: int) -> list[Any]:
    """The sum over all shifts, 1 + S + S² + …, as the product of 1 + S, 1 + S², 1 + S⁴, …"""
    axis, places = link.params["axis"], _places(link.shape)
    along = np.moveaxis(places, axis, 0)
    factors: list[Any] = []
    step = 1
    while step < along.shape[0]:
        shifted = np.full(link.shape, -1)
        np.moveaxis(shifted, axis, 0)[step:] = along[:-step]
        factors.append(_pick(places, places.size) + _pick(shifted, places.size))
        step *= 2
    return factors


def _matmul(link: Link, i: int) -> list[Any]:
    """A row or column of the operand, but only its entries that meet something other than a constant 0."""
    other = link.nonzero[1 - i]
    x = link.shapes[0] if len(link.shapes[0]) > 1 else (1, *link.shapes[0])
    y = link.shapes[1] if len(link.shapes[1]) > 1 else (*link.shapes[1], 1)
    if other is not None and other.ndim <= 2 and not np.all(other):
        if i == 0:
            return [_kron(sparse.eye_array(math.prod(x[:-1]), dtype=bool), other.reshape(y).T)]
        rows = _kron(other.reshape(x), sparse.eye_array(y[-1], dtype=bool))
        return [_kron(sparse.eye_array(math.prod(y[:-2]), dtype=bool), rows)]
    shape = (*np.broadcast_shapes(x[:-2], y[:-2]), x[-2], y[-1])
    sums = _places((*x[:-1], 1) if i == 0 else (*y[:-2], 1, y[-1]))
    gather = _pick(np.broadcast_to(sums, shape), sums.size)
    return [gather, _pick(np.broadcast_to(sums, x if i == 0 else y), sums.size).T.tocsr()]


def _by_matrix(link: Link, i: int) -> list[Any]:
    """What is made of a matrix depends on all of it; of a right side, a column of the solution on one column."""
    k = max(map(len, link.shapes)) - 2
    own = (*link.shapes[i][:-2], 1, link.shapes[i][-1] if i else 1)
    parts = _places(own)
    lead = parts if i else parts.reshape(own[:-2] + (1,) * (len(link.shape) - k))
    assert link.primitive is not None
    entries = np.broadcast_to(parts, link.shapes[i])
    if link.primitive.name in ("cholesky", "eigh", "eigvalsh"):  # which read the lower triangle
        entries = np.where(np.tri(link.shapes[i][-1], dtype=bool), entries, -1)
    return [_pick(np.broadcast_to(lead, link.shape), parts.size), _pick(entries, parts.size).T.tocsr()]


def _kron(left: Any, right: Any) -> Any:
    return sparse.csr_array(sparse.kron(left, sparse.csr_array(right), format="csr"))


def _identity(link: Link, i: int) -> list[Any]:
    return []


_LOCAL: dict[str, Callable[[Link, int], list[Any]]] = {
    **dict.fromkeys(
        "reshape permute_dims matrix_transpose broadcast_to flip roll index tril triu concat assign".split(), _moved
    ),
    **dict.fromkeys("sum max min logsumexp norm".split(), _reduced),
    "softmax": _grouped,
    "scatter": _scattered,
    "cumulative_sum": _accumulated,
    "matmul": _matmul,
    **dict.fromkeys(
        "inv solve det cofactor slogdet cholesky qr completion eigh eigvalsh svd svdvals pinv".split(), _by_matrix
    ),
    "astype": _identity,
    "multiply": _multiplied,
    "power": _power,
    "where": _where,
}
_WITH_ZEROS = frozenset({"multiply", "power", "matmul", "where"})
