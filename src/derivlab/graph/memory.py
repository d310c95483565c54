"""Which arrays share memory, who reads them last, and where a result can be written over an operand."""

from __future__ import annotations

from derivlab.graph.graph import Graph, Node, operands

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
    """

    def __init__(self, graph: Graph) -> None:
        self.roots: dict[int, int] = {}
        for node in graph.nodes:
            view = node.primitive is not None and node.primitive.name in VIEWS
            parent = node.parents[0] if view else None
            self.roots[node.index] = node.index if parent is None else self.roots[parent.index]
        self._last: dict[int, int] = {}
        for node in graph.nodes:
            for index in (node.index, *(parent.index for parent in node.parents if parent is not None)):
                self._last[self.roots[index]] = node.index
        self.inputs = {node.index for node in graph.inputs}
        self._visible = self.inputs | {self.roots[y.index] for y in graph.outputs if isinstance(y, Node)}

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

    def _owned(self, x: Node) -> bool:
        """Whether a node's memory is its own, and no input's, output's or constant's."""
        own = x.primitive is not None and x.primitive.name not in VIEWS
        return own and x.index not in self._visible and x.form.dtype.kind == "f"
