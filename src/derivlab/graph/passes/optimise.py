"""Optimising passes: each a small function on one operation, applied while a graph is written anew.

None changes a result by more than the rounding of the operations that it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.graph import Builder, Candidate, Graph, Node, Operand, Rewrite, rebuild
from derivlab.graph.passes.arithmetic import dots, flat_dots, identities, negations, quotients, scalars
from derivlab.graph.passes.gathers import gathers
from derivlab.graph.passes.shaping import broadcasts, expand, reshapes, transposes
from derivlab.graph.printing.plan import FORMS

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
    value = PRIMITIVES[candidate.name](*candidate.operands, **candidate.params)
    return value[()] if isinstance(value, np.ndarray) and not value.shape else value


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
