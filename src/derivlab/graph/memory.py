"""Which arrays share memory, who reads them last, and where a result can be written over an operand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from derivlab.graph.graph import Form, Graph, Node, operands
from derivlab.graph.loops import Loop
from derivlab.libraries.numpy import is_basic

VIEWS = frozenset({"reshape", "permute_dims", "matrix_transpose", "broadcast_to", "index", "flip", "astype"})
"""Primitives whose result may share the memory of their operand."""

UFUNCS = frozenset(
    """
    add subtract multiply divide negative exp expm1 log log1p log2 log10 sqrt square reciprocal sin cos tan sinh cosh
    tanh maximum minimum
    """.split()
)
"""Primitives that NumPy can write into memory that is there (``out=``), under the same name."""

WORTH_REUSING = 2048
"""Entries above which a fresh array costs more than writing over an old one."""


class Memory:
    """The memory of the nodes of a graph.

    Attributes
    ----------
    roots
        For each node by index the node whose memory it may share: itself, or the operand that it is a view of.
    read
        The nodes by index that another node reads.
    added
        Sums by index that are printed as ``target[key] += part``: the target, and the scatter of the part.
    deferred
        Those scatters, by index, which need no memory of their own.
    """

    def __init__(self, graph: Graph, loops: Sequence[Loop] = ()) -> None:
        self.roots: dict[int, int] = {}
        for node in graph.nodes:
            view = node.primitive is not None and node.primitive.name in VIEWS
            parent = node.parents[0] if view else None
            self.roots[node.index] = node.index if parent is None else self.roots[parent.index]
        self.inputs = {node.index for node in graph.inputs}
        self._visible = self.inputs | {self.roots[y.index] for y in graph.outputs if isinstance(y, Node)}
        self.read = {parent.index for node in graph.nodes for parent in node.parents if parent is not None}
        self._idle: dict[Form, list[Node]] = {}
        self.deferred: set[int] = set()
        self.added: dict[int, tuple[Node, Node]] = {}
        looped = {graph.nodes[i].index for loop in loops for i in range(loop.start, loop.stop)}
        self._last = self._last_reads(graph)
        self._defer_scatters(graph, looped)
        self._last = self._last_reads(graph)

    def _last_reads(self, graph: Graph) -> dict[int, int]:
        """For each root the node that reads it last; what a deferred scatter reads, its sum reads."""
        last: dict[int, int] = {}
        for node in graph.nodes:
            read = [parent.index for parent in node.parents if parent is not None]
            if node.index in self.added:
                scattered = self.added[node.index][1]
                read += [parent.index for parent in scattered.parents if parent is not None]
            for index in (node.index, *read):
                last[self.roots[index]] = node.index
        return last

    def _defer_scatters(self, graph: Graph, looped: set[int]) -> None:
        """Find sums target + scatter(x) in which the target's memory can take x directly."""
        readers = Counter(parent.index for node in graph.nodes for parent in node.parents if parent is not None)
        readers.update(y.index for y in graph.outputs if isinstance(y, Node))
        readers.update(guard.node.index for guard in graph.guards)
        for node in graph.nodes:
            if node.primitive is None or node.primitive.name != "add" or node.index in looped:
                continue
            pair = [x for x in operands(node) if isinstance(x, Node)]
            for target, part in (pair, pair[::-1]) if len(pair) == 2 else ():
                if (
                    _is_slice_scatter(part)
                    and readers[part.index] == 1
                    and part.index not in looped
                    and self._owned(target)
                    and target.index not in self.deferred
                    and self.roots[target.index] == target.index
                    and target.form == node.form == part.form
                    and self._last[target.index] == node.index
                    and readers[target.index] == 1
                ):
                    self.deferred.add(part.index)
                    self.added[node.index] = (target, part)
                    break

    def reusable(self, node: Node) -> Node | None:
        """An operand whose memory can take the result: same form, read here last, and seen by nobody else."""
        if node.primitive is None or node.primitive.name not in UFUNCS or node.form.size < WORTH_REUSING:
            return None
        candidates = [x for x in operands(node) if isinstance(x, Node)]
        for x in candidates:
            sharing = sum(1 for y in candidates if self.roots[y.index] == x.index)
            if self._owned(x) and x.form == node.form and self._last[x.index] == node.index and sharing == 1:
                return x
        return None

    def take_idle(self, node: Node) -> Node | None:
        """A node nobody reads any more, whose memory can take the result."""
        if node.form.size < WORTH_REUSING:
            return None
        idle = self._idle.get(node.form)
        return idle.pop() if idle else None

    def release(self, node: Node, taken: Node | None) -> None:
        """Note what nobody reads after ``node`` any more, but for what its result has taken over."""
        for x in {x.index: x for x in operands(node) if isinstance(x, Node)}.values():
            read_last = self.roots[x.index] == x.index and self._last[x.index] == node.index
            if read_last and x is not taken and self._owned(x) and x.form.size >= WORTH_REUSING:
                self._idle.setdefault(x.form, []).append(x)

    def _owned(self, x: Node) -> bool:
        """Whether a node's memory is its own, and no input's, output's or constant's."""
        own = x.primitive is not None and x.primitive.name not in VIEWS
        return own and x.index not in self._visible and x.form.dtype.kind == "f"


def _is_slice_scatter(x: Node) -> bool:
    return x.primitive is not None and x.primitive.name == "scatter" and is_basic(x.params["key"])
