"""The patterns of the local Jacobians: which entries of a result depend on which of one operand.

Each is a product of matrices of truth values; the empty product is the identity.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.graph.sparse.structure import Link, Shape
from derivlab.libraries.scipy import sparse
from derivlab.rules import RULES
from derivlab.transpose import Elementwise


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
    return [pick(np.zeros(link.shape, int), 1), pick(np.zeros(link.shapes[i], int), 1).T.tocsr()]


def _places(shape: Shape) -> Any:
    return np.arange(math.prod(shape)).reshape(shape)


def pick(index: Any, width: int) -> Any:
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
    return [pick(index, math.prod(link.shapes[i]))]


def _where(link: Link, i: int) -> list[Any]:
    """Both choices, unless the condition is a constant."""
    chosen = link.nonzero[0]
    return _kept(link, i, chosen if chosen is None or i == 1 else np.logical_not(chosen))


def _moved(link: Link, i: int) -> list[Any]:
    """Entries change places: the primitive run on their numbers says which. What it fills in is numbered −1."""
    assert link.primitive is not None
    numbers = [_places(shape) + 1 if k == i else np.zeros(shape, int) for k, shape in enumerate(link.shapes)]
    return [pick(np.asarray(link.primitive.kernel(*numbers, **link.params)) - 1, math.prod(link.shapes[i]))]


def _scattered(link: Link, i: int) -> list[Any]:
    targets = np.asarray(_places(link.shape)[link.params["key"]])
    return [pick(np.broadcast_to(targets, link.shapes[i]), math.prod(link.shape)).T.tocsr()]


def _groups(link: Link) -> Any:
    """For each entry of the operand, the number of the group along the axes that it falls into."""
    shape, axis = link.shapes[0], link.params["axis"]
    axes = range(len(shape)) if axis is None else [a % len(shape) for a in axis]
    return np.broadcast_to(_places(tuple(1 if a in axes else n for a, n in enumerate(shape))), shape)


def _reduced(link: Link, i: int) -> list[Any]:
    return [pick(_groups(link), math.prod(link.shape)).T.tocsr()]


def _grouped(link: Link, i: int) -> list[Any]:
    """Each entry depends on all of its group."""
    groups = _groups(link)
    member = pick(groups, int(np.max(groups, initial=-1)) + 1)
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
        factors.append(pick(places, places.size) + pick(shifted, places.size))
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
    gather = pick(np.broadcast_to(sums, shape), sums.size)
    return [gather, pick(np.broadcast_to(sums, x if i == 0 else y), sums.size).T.tocsr()]


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
    return [pick(np.broadcast_to(lead, link.shape), parts.size), pick(entries, parts.size).T.tocsr()]


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
