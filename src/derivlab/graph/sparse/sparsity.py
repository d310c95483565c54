"""Which results of a recorded program can depend on which inputs: a sweep of the Wengert list in truth values.

Each line passes on the union of what its operands depend on. How the entries of its result depend on those of an
operand is a sparse matrix of truth values, found by running the primitive on the numbers of the entries; the
pattern of the whole is the sum of products of these, the chain rule without its numbers.

Reference: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 7.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.graph.sparse.local_jacobians import local, pick
from derivlab.graph.sparse.structure import Link, Structure
from derivlab.libraries.scipy import sparse

MOST_ENTRIES = 10**8
"""A pattern with more entries than this is refused: it is not sparse, and would not fit the memory."""


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
            found[number] = pick(np.arange(start, start + size), width)
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
