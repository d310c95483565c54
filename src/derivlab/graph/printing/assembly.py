"""Sums of slices that are put together in one array: each slice is written, or computed, where it belongs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.graph.graph import Form, Graph, Node, operands
from derivlab.libraries.numpy import is_basic

_LARGEST_SEEN = 10**6
"""Entries above which it is not worked out which of them a slice leaves out."""


@dataclass(frozen=True)
class Assembly:
    """An array made of slices.

    Attributes
    ----------
    base, last
        The scatter of the first slice, and the sum that is all of it.
    edges
        Indices of the entries that no slice sets, and that must be zero at first; None for all.
    set
        The scatter, and the sums, by index, whose slice is set, not added.
    computed
        Operations by index that write their result into the array, at the key given.
    """

    base: Node
    last: Node
    edges: tuple[Any, ...] | None
    set: frozenset[int]
    computed: Mapping[int, Any]


def assemble(
    graph: Graph,
    added: Mapping[int, tuple[Node, Node]],
    last: Mapping[int, int],
    movable: Collection[int],
    fixed: Collection[int],
) -> list[Assembly]:
    """The assemblies of a graph.

    ``added`` are the sums target + scatter that add in place, ``last`` the node that reads each node last, and
    ``movable`` the nodes that can write their result anywhere; ``fixed`` scatters are left alone.
    """
    follows = {target.index: graph.nodes[graph.positions[i]] for i, (target, _) in added.items()}
    parts = {i: part for i, (_, part) in added.items()}
    deferred = {part.index for part in parts.values()}
    found: list[Assembly] = []
    for node in graph.nodes:
        if is_slice_scatter(node) and node.index not in {*deferred, *fixed} and node.form.size <= _LARGEST_SEEN:
            chain = [node]
            while chain[-1].index in follows:
                chain.append(follows[chain[-1].index])
            found.append(_assembly(graph, chain, [parts.get(x.index, x) for x in chain], last, movable))
    return found


def _assembly(
    graph: Graph, chain: Sequence[Node], parts: Sequence[Node], last: Mapping[int, int], movable: Collection[int]
) -> Assembly:
    """What each step of a chain of sums does to the array."""
    touched, given = np.zeros(chain[0].form.shape, dtype=bool), np.zeros(chain[0].form.shape, dtype=bool)
    first: set[int] = set()
    computed: dict[int, Any] = {}
    for i, (step, part) in enumerate(zip(chain, parts, strict=True)):
        key, (x,) = part.params["key"], operands(part)
        if not touched[key].any():
            first.add(step.index)
            given[key] = True
            until = graph.positions[chain[i + 1].index] if i + 1 < len(chain) else graph.positions[step.index] + 1
            if (
                isinstance(x, Node)
                and x.index in movable
                and x.form.shape
                and x.form == Form(np.shape(given[key]), part.form.dtype)
                and graph.positions[last[x.index]] < until
            ):
                computed[x.index] = key
        touched[key] = True
    return Assembly(chain[0], chain[-1], _slabs(~given), frozenset(first), computed)


def _slabs(mask: np.ndarray) -> tuple[Any, ...] | None:
    """At most two stretches along one axis that hold all marked entries; None where there are no such."""
    if not mask.any():
        return ()
    for axis in range(mask.ndim):
        along = mask.any(axis=tuple(a for a in range(mask.ndim) if a != axis))
        if mask.sum() * along.size != along.sum() * mask.size:
            continue
        edges = np.flatnonzero(np.diff(np.concatenate([[False], along, [False]]).astype(np.int8)))
        if len(edges) <= 4:
            before = (slice(None),) * axis
            pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
            return tuple((*before, a if b == a + 1 else slice(a, b)) for a, b in pairs)
    return None


def is_slice_scatter(x: Any) -> bool:
    """Whether an operand is a slice of zeros filled in."""
    scatter = isinstance(x, Node) and x.primitive is not None and x.primitive.name == "scatter"
    return scatter and is_basic(x.params["key"])
