"""Printing recorded loops as loops: what they carry is set before them, what later loops read is saved in lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from derivlab.graph.graph import Graph, Node, operands
from derivlab.graph.printing.loops import Loop, Read, body_reads
from derivlab.graph.printing.names import Names

Expression = Callable[[Node, Sequence[str]], str]


class LoopPrinter:
    """The loops of one graph as lines; ``known`` are the names of its nodes by index."""

    def __init__(self, graph: Graph, loops: Sequence[Loop], names: Names, known: dict[int, str]) -> None:
        self.graph = graph
        self.loops = loops
        self.names = names
        self.known = known
        self._streams = _streams(graph, loops)
        self._lists: dict[int, str] = {}

    def lines(self, loop: Loop, expression: Expression) -> list[str]:
        """One loop."""
        body, reads = self.graph.nodes[loop.start : loop.start + loop.period], body_reads(self.graph, loop)
        own = [self.names.fresh(f"t{node.index}") for node in body]
        carried = {read.position: read.initial for row in reads for read in row if read and read.kind == "carried"}
        late = {read.position for i, row in enumerate(reads) for read in row
                if read and read.kind == "carried" and read.position < i}  # fmt: skip
        head, iterated = self._header(loop, reads)
        lines = [f"{own[c]} = {self.known[self.graph.nodes[first].index]}" for c, first in sorted(carried.items())]
        saved = [c for c in range(loop.period) if loop.start + c in self._streams]
        for c in saved:
            self._lists[loop.start + c] = self.names.fresh(f"{own[c]}s")
            lines.append(f"{self._lists[loop.start + c]} = []")
        lines.append(head)
        lines += [f"    {own[c]}_before = {own[c]}" for c in sorted(late)]
        for i, node in enumerate(body):
            args = operands(node)
            texts = [self._read(x, read, own, i, iterated) for x, read in zip(args, reads[i], strict=True)]
            lines.append(f"    {own[i]} = {expression(node, texts)}{comment(node)}")
        lines += [f"    {self._lists[loop.start + c]}.append({own[c]})" for c in saved]
        for c, name in enumerate(own):
            self.known[self.graph.nodes[loop.last + c].index] = name
        return lines

    def _header(self, loop: Loop, reads: Sequence[Sequence[Read | None]]) -> tuple[str, dict[tuple[int, int], str]]:
        """The ``for`` line, and names for the streams that it walks, by their first position and step."""
        wanted = sorted({(r.position, r.step) for row in reads for r in row if r and r.kind == "saved"})
        iterated: dict[tuple[int, int], str] = {}
        walks: list[str] = []
        for position, step in wanted:
            source = next(o for o in self.loops if o.start <= position < o.stop)
            at, c = divmod(position - source.start, source.period)
            values = self._lists[source.start + c]
            iterated[position, step] = self.names.fresh(f"{values[:-1]}_k")
            walks.append(f"{values}[{at}:{at + loop.count}]" if step > 0 else f"{values}[{_backwards(at, loop.count)}]")
        if not walks:
            return f"for _ in range({loop.count}):", iterated
        names = ", ".join(iterated[walk] for walk in wanted)
        return f"for {names} in {walks[0] if len(walks) == 1 else 'zip(' + ', '.join(walks) + ')'}:", iterated

    def _read(self, x: Any, read: Read | None, own: list[str], i: int, iterated: dict[tuple[int, int], str]) -> str:
        if read is None:
            return self.names.constant(x)
        if read.kind == "fixed":
            return self.known[self.graph.nodes[read.position].index]
        if read.kind == "saved":
            return iterated[read.position, read.step]
        if read.kind == "carried" and read.position < i:
            return f"{own[read.position]}_before"
        return own[read.position]


def comment(node: Node) -> str:
    """The shape of a result, after the line that makes it."""
    return f"  # {node.form.shape}" if node.form.shape else ""


def _backwards(start: int, count: int) -> str:
    """The slice that walks back from ``start``."""
    return f"{start}::-1" if count > start else f"{start}:{start - count}:-1"


def _streams(graph: Graph, loops: Sequence[Loop]) -> set[int]:
    """Positions in first bodies whose values some other loop walks through."""
    found: set[int] = set()
    for loop in loops:
        for row in body_reads(graph, loop):
            for read in row:
                if read is not None and read.kind == "saved":
                    source = next(o for o in loops if o.start <= read.position < o.stop)
                    found.add(source.start + (read.position - source.start) % source.period)
    return found
