"""Which arrays share memory, who reads them last, and where a result can be written over an operand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from derivlab.graph.graph import Form, Graph, Node, operands
from derivlab.graph.printing.assembly import Assembly, assemble, is_slice_scatter
from derivlab.graph.printing.contractions import find_contractions

VIEWS = frozenset(
    {"reshape", "permute_dims", "matrix_transpose", "broadcast_to", "index", "flip", "astype", "real", "imag"}
)
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
        Nodes by index that need no memory of their own: those scatters, and products that are summed as they come.
    contracted
        Sums of such products, by index.
    assemblies
        What is known of an array made of slices, by the index of each node that writes into it.
    """

    def __init__(self, graph: Graph, fixed: Collection[int] = (), without: Collection[str] = ()) -> None:
        """``fixed`` are nodes by index that are printed otherwise, ``without`` the forms that are not wanted."""
        self.inputs = {node.index for node in graph.inputs}
        self.read = {parent.index for node in graph.nodes for parent in node.parents if parent is not None}
        self._idle: dict[Form, list[Node]] = {}
        self._fixed = set(fixed)
        self._writers: dict[int, Node] = {}
        readers = Counter(parent.index for node in graph.nodes for parent in node.parents if parent is not None)
        readers.update(y.index for y in graph.outputs if isinstance(y, Node))
        readers.update(guard.node.index for guard in graph.guards)
        self.added: dict[int, tuple[Node, Node]] = {}
        self.contracted = {} if "contractions" in without else find_contractions(graph, readers, self._fixed)
        self.deferred = {product.index for product in self.contracted.values()}
        self.assemblies: dict[int, Assembly] = {}
        self._see(graph)
        self._defer_scatters(graph, readers)
        self._see(graph)
        if "assembly" not in without:
            self._assemble(graph)
            self._see(graph)

    def _see(self, graph: Graph) -> None:
        """Find whose memory each node shares, and which node reads it last."""
        self.roots: dict[int, int] = {}
        for node in graph.nodes:
            view = node.primitive is not None and node.primitive.name in VIEWS
            parent = self._writers.get(node.index) or (node.parents[0] if view else None)
            self.roots[node.index] = node.index if parent is None else self.roots.get(parent.index, parent.index)
        self._visible = self.inputs | {self.roots[y.index] for y in graph.outputs if isinstance(y, Node)}
        self._last: dict[int, int] = {}
        for node in graph.nodes:
            for x in (node, *self._reads(node)):
                self._last[self.roots[x.index]] = node.index

    def _reads(self, node: Node) -> list[Node]:
        """The operands in memory: for a deferred one, those of its own."""
        found: list[Node] = []
        for x in node.parents:
            if x is not None:
                found += [y for y in x.parents if y is not None] if x.index in self.deferred else [x]
        return found

    def _defer_scatters(self, graph: Graph, readers: Mapping[int, int]) -> None:
        """Find sums target + scatter(x) in which the target's memory can take x directly."""
        for node in graph.nodes:
            if node.primitive is None or node.primitive.name != "add" or node.index in self._fixed:
                continue
            pair = [x for x in operands(node) if isinstance(x, Node)]
            for target, part in (pair, pair[::-1]) if len(pair) == 2 else ():
                if (
                    is_slice_scatter(part)
                    and readers[part.index] == 1
                    and part.index not in self._fixed
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

    def _assemble(self, graph: Graph) -> None:
        """Let slices be computed where they belong."""
        movable = {
            node.index
            for node in graph.nodes
            if node.primitive is not None
            and node.primitive.name in UFUNCS
            and node.index not in self._fixed | self._visible | self.added.keys() | self.deferred
        }
        last = {node.index: self._last[self.roots[node.index]] for node in graph.nodes}
        for assembly in assemble(graph, self.added, last, movable, self._fixed):
            for index in (assembly.base.index, *assembly.set, *assembly.computed):
                self.assemblies[index] = assembly
            self._writers.update((index, assembly.base) for index in assembly.computed)

    def reusable(self, node: Node) -> Node | None:
        """An operand whose memory can take the result: same form, read here last, and seen by nobody else.

        It may be another shape of an array, the whole of it, that is itself read here last.
        """
        if node.index in self._fixed or node.primitive is None or node.primitive.name not in UFUNCS:
            return None
        candidates = [x for x in operands(node) if isinstance(x, Node)]
        for x in candidates if node.form.size >= WORTH_REUSING else ():
            root = self.roots[x.index]
            sharing = sum(1 for y in self._reads(node) if self.roots[y.index] == root)
            if self._owned(x) and x.form == node.form and self._last[root] == node.index and sharing == 1:
                return x
        return None

    def take_idle(self, node: Node) -> Node | None:
        """A node nobody reads any more, whose memory can take the result."""
        if node.form.size < WORTH_REUSING or node.index in self._fixed:
            return None
        idle = self._idle.get(node.form)
        return idle.pop() if idle else None

    def release(self, node: Node, taken: Node | None) -> None:
        """Note what nobody reads after ``node`` any more, but for what its result has taken over."""
        for x in {x.index: x for x in self._reads(node)}.values():
            own = self.roots[x.index] == x.index and x.index not in self._fixed and node.index not in self._fixed
            read_last = own and self._last[x.index] == node.index
            if read_last and x is not taken and self._owned(x) and x.form.size >= WORTH_REUSING:
                self._idle.setdefault(x.form, []).append(x)

    def _owned(self, x: Node) -> bool:
        """Whether a node's memory is no input's, output's or constant's, and the node all of it."""
        while x.primitive is not None and x.primitive.name == "reshape" and x.parents[0] is not None:
            x = x.parents[0]
        own = x.primitive is not None and x.primitive.name not in VIEWS and x.index not in self._writers
        return own and self.roots[x.index] not in self._visible and x.form.dtype.kind == "f"
