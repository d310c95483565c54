"""Colourings: columns of a sparse matrix that never meet share one colour, and one product recovers them all.

Greedy in the order given, each next column takes the first colour that is free. Sets of colours are the bits of
Python integers, so that a colouring takes a few operations for each entry of the pattern.

Reference: A. H. Gebremedhin, F. Manne and A. Pothen, "What color is your Jacobian? Graph coloring for computing
derivatives", SIAM Review 47(4), 2005.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from derivlab.libraries.scipy import sparse


class Colouring(NamedTuple):
    """How to compress a sparse matrix into a few products, and where its entries then stand.

    Attributes
    ----------
    mode
        ``"columns"``: products with sums of columns of one colour; ``"rows"``: of rows; ``"star"``: of columns of a
        symmetric matrix, each entry being read from one of its two places.
    colours
        The colour 0, 1, … of each column, or row.
    products
        For each product to take: its colour, the numbers of the stored entries to read from it, and their places in
        it. A colour from which nothing needs to be read has none.
    """

    mode: str
    colours: Any
    products: Sequence[tuple[int, Any, Any]]


def colour_jacobian(pattern: Any) -> Colouring:
    """The columns or the rows coloured, whichever takes fewer colours: two that share a colour have no entry in common.

    This is a greedy distance-1 colouring of the intersection graph, which is never formed.
    """
    rows, columns = _entries(pattern)
    transposed = pattern.tocsc()
    by_column = distinct(transposed, pattern.shape[0])
    if _count(by_column) > np.max(_counts(transposed), initial=0):  # rows may do with fewer
        by_row = distinct(pattern, pattern.shape[1])
        if _count(by_row) < _count(by_column):
            return _colouring("rows", by_row, by_row[rows], columns)
    return _colouring("columns", by_column, by_column[columns], rows)


def colour_hessian(pattern: Any) -> Colouring:
    """A star colouring of a symmetric pattern, from whose products all entries are read directly.

    A tridiagonal pattern takes three colours in turn, and a full one as many as columns.
    """
    count = pattern.shape[0]
    rows, columns = _entries(pattern)
    own = rows <= columns  # both halves read one place: the result is symmetric
    closed = pattern + sparse.eye_array(count, dtype=bool, format="csr")
    fullest = int(np.max(_counts(closed), initial=0))
    colours = _in_turn(count, fullest)
    if not ((fullest == 3 or closed.nnz == count**2) and _distinct(closed, colours)):
        colours = star(pattern)
        places = rows * _count(colours) + colours[columns]
        _, inverse, counts = np.unique(places, return_inverse=True, return_counts=True)
        alone = counts[inverse] == 1
        mirrored = alone[np.argsort(columns, kind="stable")]  # of the entry across the diagonal
        own = np.where(own, alone, ~mirrored)
    return _colouring("star", colours, colours[np.where(own, columns, rows)], np.where(own, rows, columns))


def _colouring(mode: str, colours: Any, colour_of: Any, place_of: Any) -> Colouring:
    """From the colour of the product that each entry is read from, and its place there."""
    counts = np.bincount(colour_of)
    order = np.argsort(colour_of.astype(np.min_scalar_type(counts.size)), kind="stable")
    groups = np.split(order, np.cumsum(counts)[:-1])
    products = [(colour, group, place_of[group]) for colour, group in enumerate(groups) if group.size]
    return Colouring(mode, colours, products)


def _entries(pattern: Any) -> tuple[Any, Any]:
    return np.repeat(np.arange(pattern.shape[0]), _counts(pattern)), pattern.indices.astype(np.int64)


def _counts(matrix: Any) -> Any:
    return np.diff(matrix.indptr)


def _count(colours: Any) -> int:
    return int(np.max(colours, initial=-1)) + 1


def _lists(matrix: Any) -> list[list[int]]:
    """The indices of a compressed matrix, row by row (CSR) or column by column (CSC)."""
    ends, indices = matrix.indptr.tolist(), matrix.indices.tolist()
    return [indices[start:end] for start, end in itertools.pairwise(ends)]


def distinct(matrix: Any, length: int) -> Any:
    """Colours for the vectors of a compressed matrix, such that no two of one colour have an index in common.

    As many colours as the fullest index has vectors are needed. Colours in turn do it for bands; else the greedy
    choice in natural order and, where that takes more, by falling number of entries.
    """
    least = int(np.max(np.bincount(matrix.indices, minlength=1)))
    in_turn = _in_turn(len(matrix.indptr) - 1, least)
    if _distinct(matrix, in_turn):
        return in_turn
    vectors = _lists(matrix)
    natural = _greedy(vectors, length, range(len(vectors)))
    if _count(natural) <= least:
        return natural
    falling = _greedy(vectors, length, np.argsort(-_counts(matrix), kind="stable").tolist())
    return min(natural, falling, key=_count)


def _in_turn(count: int, number: int) -> Any:
    """The colours 0, 1, …, number − 1, 0, 1, …"""
    return np.arange(count) % max(number, 1)


def _distinct(matrix: Any, colours: Any) -> bool:
    """Whether no two vectors of one colour have an index in common."""
    meetings = np.sort(matrix.indices * np.int64(_count(colours)) + np.repeat(colours, _counts(matrix)))
    return not np.any(meetings[1:] == meetings[:-1])


def _greedy(vectors: Sequence[Sequence[int]], length: int, order: Iterable[int]) -> Any:
    taken = [0] * length
    colours = np.zeros(len(vectors), int)
    for j in order:
        forbidden = 0
        for i in vectors[j]:
            forbidden |= taken[i]
        bit = ~forbidden & (forbidden + 1)
        for i in vectors[j]:
            taken[i] |= bit
        colours[j] = bit.bit_length() - 1
    return colours


def star(pattern: Any) -> Any:
    """A star colouring of the graph of a symmetric pattern: neighbours differ, and no path of four has two colours.

    So the columns of any two colours form stars, and each entry stands alone in the row of its spoke. Greedy in
    natural order and, where that takes more than three colours, by falling degree.
    """
    neighbours = [[j for j in row if j != i] for i, row in enumerate(_lists(pattern))]
    natural = _star(neighbours, range(len(neighbours)))
    if _count(natural) <= 3:
        return natural
    falling = _star(neighbours, np.argsort(-_counts(pattern), kind="stable").tolist())
    return min(natural, falling, key=_count)


def _star(neighbours: Sequence[Sequence[int]], order: Iterable[int]) -> Any:
    """Greedy star colouring.

    ``near`` and ``twice`` are the colours that at least one and two neighbours of a vertex have; ``hubs`` those of
    neighbours that have a second neighbour of its own colour, and so are the hub of a star that it belongs to.
    """
    count = len(neighbours)
    bits, near, twice, hubs = [0] * count, [0] * count, [0] * count, [0] * count
    first: list[dict[int, int]] = [{} for _ in range(count)]
    for v in order:
        forbidden = near[v]
        for w in neighbours[v]:
            if bits[w]:
                forbidden |= near[w] if bits[w] & twice[v] else hubs[w]
        bit = bits[v] = ~forbidden & (forbidden + 1)
        for w in neighbours[v]:
            if bits[w] & twice[v]:
                hubs[w] |= bit
            if near[w] & bit:
                twice[w] |= bit
                hubs[v] |= bits[w]
                hubs[first[w][bit]] |= bits[w]
            else:
                near[w] |= bit
                first[w][bit] = v
    return np.array([bit.bit_length() - 1 for bit in bits], int)
