"""Finding loops in a recording: runs of equal bodies whose operands move in step.

A recorded Python loop is a periodic stretch of the list. Iteration k + 1 of a body reads, for each operand of
iteration k, either the same node, or the node one period on (a value of its own, or carried over from the iteration
before), or the next value that another loop saved, in its order or in reverse.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from derivlab.graph.graph import Graph, Node, freeze, operands

LONGEST_BODY = 64
"""Bodies of more operations are not looked for."""

FEWEST_ITERATIONS = 16
"""Shorter loops stay straight lines, which run faster and allow memory to be reused."""


@dataclass(frozen=True)
class Loop:
    """``count`` bodies of ``period`` nodes each, from position ``start`` in the graph's list of nodes."""

    start: int
    period: int
    count: int

    @property
    def stop(self) -> int:
        """The position after the last body."""
        return self.start + self.period * self.count

    @property
    def last(self) -> int:
        """The position of the last body."""
        return self.stop - self.period


def find_loops(graph: Graph, apart: Collection[int] = ()) -> list[Loop]:
    """The loops of a graph, without overlaps, that can be printed as loops; ``apart`` are nodes to leave out of them.

    Cost: linear in the number of nodes, times :data:`LONGEST_BODY`.
    """
    table = _Table(graph)
    found: list[Loop] = []
    taken = np.array([node.index in apart for node in graph.nodes], dtype=bool)
    for period in range(1, min(LONGEST_BODY, table.size // FEWEST_ITERATIONS) + 1):
        for start, stop in table.runs(period):
            count = (stop - start) // period
            if count >= FEWEST_ITERATIONS and not taken[start : start + count * period].any():
                loop = Loop(start, period, count)
                found.append(loop)
                taken[loop.start : loop.stop] = True
    found.sort(key=lambda loop: loop.start)
    return _printable(graph, table, found)


class _Table:
    """What the nodes do and read, as arrays: comparisons at a distance are then vectorised."""

    def __init__(self, graph: Graph) -> None:
        self.size = len(graph.nodes)
        position = {node.index: i for i, node in enumerate(graph.nodes)}
        width = max((len(node.parents) for node in graph.nodes), default=0)
        self.kinds = np.zeros(self.size, dtype=np.int64)
        self.reads = np.full((self.size, width), -1, dtype=np.int64)
        numbers: dict[object, int] = {}
        for i, node in enumerate(graph.nodes):
            self.kinds[i] = numbers.setdefault(_kind(node, i), len(numbers))
            for j, parent in enumerate(node.parents):
                if parent is not None:
                    self.reads[i, j] = position[parent.index]

    def runs(self, period: int) -> list[tuple[int, int]]:
        """Stretches (start, stop) in which each node does as the one a period before, reading in step."""
        if self.size < 2 * period:
            return []
        same = self.kinds[period:] == self.kinds[:-period]
        steps = self.reads[period:] - self.reads[:-period]
        steady = np.ones(self.size - period, dtype=bool)
        steady[period:] = (steps[period:] == steps[:-period]).all(axis=1)
        first = np.concatenate([steady[period:], np.zeros(period, dtype=bool)])  # as steady as what comes after it
        either = (steady | first)[:, None]
        in_step = same & ((steps == 0) | (steps == period) | (self.reads[:-period] < 0) | either).all(axis=1)
        return _stretches(in_step, steady, period)


def _stretches(in_step: np.ndarray, steady: np.ndarray, period: int) -> list[tuple[int, int]]:
    """Maximal runs of ``in_step`` whose steps are the same from one iteration to the next."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], in_step, [False]]).astype(np.int8)))
    found: list[tuple[int, int]] = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        breaks = begin + period + np.flatnonzero(~steady[begin + period : end]) if end > begin + period else []
        start = int(begin)
        for stop in [*map(int, breaks), int(end)]:
            if stop > start:
                found.append((start, stop + period))
            start = max(start, stop - period + 1)
    return found


def _kind(node: Node, i: int) -> object:
    if node.primitive is None:
        return "input", i
    constants = tuple(freeze(c) for c, parent in zip(node.constants, node.parents, strict=True) if parent is None)
    shape = tuple(parent is None for parent in node.parents)
    return node.primitive.name, freeze(dict(node.params)), constants, shape, node.form.shape, str(node.form.dtype)


@dataclass(frozen=True)
class Read:
    """How an operand of a loop's body is found.

    ``kind`` is "fixed" (the node at ``position``), "own" (the node at ``position`` within the body), "carried" (the
    same of the iteration before, at first the node at ``initial``), or "saved" (the next value of the stream that
    begins with the node at ``position`` and moves on by ``step``).
    """

    kind: str
    position: int
    initial: int = -1
    step: int = 0


def reads_of(table_reads: Sequence[int], after: Sequence[int], loop: Loop, i: int) -> list[Read | None]:
    """The reads of node i of the first body, from its positions there and in the second body."""
    found: list[Read | None] = []
    for first, second in zip(table_reads, after, strict=True):
        if first < 0:
            found.append(None)
        elif second == first:
            found.append(Read("fixed", first))
        elif second - first == loop.period and first >= loop.start:
            found.append(Read("own", first - loop.start))
        elif second - first == loop.period and first >= loop.start - loop.period and second < loop.start + loop.period:
            found.append(Read("carried", second - loop.start, first))
        else:
            found.append(Read("saved", first, step=second - first))
    return found


def body_reads(graph: Graph, loop: Loop) -> list[list[Read | None]]:
    """For each node of a loop's body, how its operands are found."""

    def places(i: int) -> list[int]:
        return [graph.positions[x.index] if isinstance(x, Node) else -1 for x in operands(graph.nodes[i])]

    return [reads_of(places(loop.start + i), places(loop.start + loop.period + i), loop, i) for i in range(loop.period)]


def _printable(graph: Graph, table: _Table, loops: list[Loop]) -> list[Loop]:
    """Loops of which only last values, or whole streams in other loops, are read from outside; no guards inside."""
    whole = np.array([node.primitive is not None for node in graph.nodes])
    whole[[graph.positions[guard.node.index] for guard in graph.guards]] = False
    while True:
        reads = {loop: [r for row in body_reads(graph, loop) for r in row if r] for loop in loops}
        single = _read_singly(graph, table, reads)
        kept = [
            loop
            for loop in loops
            if whole[loop.start : loop.stop].all()
            and not single[loop.start : loop.last].any()
            and all(_is_stream(read, loop, loops) for read in reads[loop] if read.kind == "saved")
        ]
        if len(kept) == len(loops):
            return kept
        loops = kept


def _read_singly(graph: Graph, table: _Table, reads: Mapping[Loop, Sequence[Read]]) -> np.ndarray:
    """Which positions are read other than from within their iteration, the one after, or as part of a stream."""
    straight = np.ones(table.size, dtype=bool)
    for loop in reads:
        straight[loop.start : loop.stop] = False
    single = np.zeros(table.size + 1, dtype=bool)  # the last for -1, a constant
    single[table.reads[straight]] = True
    single[[r.position for row in reads.values() for r in row if r.kind == "fixed"]] = True
    single[[r.initial for row in reads.values() for r in row if r.kind == "carried"]] = True
    single[[graph.positions[y.index] for y in graph.outputs if isinstance(y, Node)]] = True
    return single[:-1]


def _is_stream(read: Read, loop: Loop, loops: Sequence[Loop]) -> bool:
    """Whether another loop saves, one value an iteration, what this one reads."""
    low, high = sorted([read.position, read.position + read.step * (loop.count - 1)])
    inside = [o for o in loops if o is not loop and o.start <= low and high < o.stop]
    return bool(inside) and abs(read.step) == inside[0].period
