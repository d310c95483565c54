"""Which operations of a graph share a loop nest, for a compiler that makes machine code of the loops.

Operations go into an ordered list of groups. Each joins the first group, after what it reads, that it fits: so
elementwise operations of one shape, and the sums over their results, become one nest even where the recording has
other things between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derivlab.graph.graph import Graph, Node, form_of, operands
from derivlab.graph.printing.expressions import scalar_text
from derivlab.graph.printing.loops import Loop, find_loops
from derivlab.libraries.numpy import is_basic

FOLDS = frozenset("sum max min all any".split())
"""Reductions that accumulate in a nest."""
VIEWS = frozenset("matrix_transpose permute_dims broadcast_to".split())
"""Primitives that are read through, at other indices; so are basic indexing and reshapes that add or drop axes."""
_NUMBERS = (np.dtype(float), np.dtype(bool), np.dtype(np.int64))
_WITH_INTEGERS = frozenset(
    "add subtract multiply negative equal not_equal less less_equal greater greater_equal where astype".split()
)
"""Elementwise primitives that on integers mean the same to a compiler as to NumPy."""


@dataclass
class Group:
    """Operations that are written together.

    Attributes
    ----------
    shape
        Of the loop nest; () for lines without one.
    matrix
        Where all are products of one matrix with vectors: what the matrix is a view of.
    units
        Operations, or loops of single numbers, in the order of the graph.
    """

    shape: tuple[int, ...]
    matrix: Any = None
    units: list[Node | Loop] = field(default_factory=list)


class Schedule:
    """The groups of a graph.

    Attributes
    ----------
    groups
        In an order in which they can run.
    place
        The number of the group of each operation by its index; what is read through has the number after which it
        can be read.
    roles
        "member" of an elementwise nest, "fold" over one, "line", "product" or "view", for each operation.
    loops
        The loops of the graph that are written as loops.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.roles = {node.index: role_of(node) for node in graph.nodes if node.primitive is not None}
        self.loops = [loop for loop in find_loops(graph) if self._elementwise(loop)]
        self._arrange()
        if any(not self._kept_within(loop) for loop in self.loops):
            self.loops = []
            self._arrange()

    def _arrange(self) -> None:
        self.groups: list[Group] = []
        self.place: dict[int, int] = {}
        loops = {loop.start: loop for loop in self.loops}
        inside = {i for loop in self.loops for i in range(loop.start, loop.stop)}
        for i, node in enumerate(self.graph.nodes):
            if i in loops:
                self._put(self.graph.nodes[i : loops[i].stop], loops[i])
            elif i not in inside and node.primitive is not None:
                self._put([node], node)

    def _put(self, nodes: Sequence[Node], unit: Node | Loop) -> None:
        """Give an operation, or the operations of a loop, a place."""
        node, own = nodes[0], {n.index for n in nodes}
        role, nest = self.roles[node.index], nest_shape(node)
        read = {x.index: x for n in nodes for x in n.parents if x is not None and x.index not in own}
        places = [self.place[x.index] + (not self._shares(x, node)) for x in read.values() if x.index in self.place]
        first = max(places, default=0)
        if role != "view":
            matrix = root(operands(node)[_matrix(node)]) if role == "product" else None
            first = self._join(first, nest, matrix, unit)
        self.place.update(dict.fromkeys(own, first))

    def _join(self, first: int, shape: tuple[int, ...], matrix: Any, unit: Node | Loop) -> int:
        for number in range(first, len(self.groups)):
            group = self.groups[number]
            if group.shape == shape and group.matrix is matrix:
                group.units.append(unit)
                return number
        self.groups.append(Group(shape, matrix, [unit]))
        return len(self.groups) - 1

    def _shares(self, x: Node, reader: Node) -> bool:
        """Whether an operand can be read within the group that makes it."""
        role, own, shape = self.roles[x.index], self.roles[reader.index], nest_shape(x)
        if role == "view":
            return True
        if "product" in (role, own):
            return False
        if not shape:
            return not nest_shape(reader)
        return role == "member" and own in ("member", "fold") and nest_shape(reader) == shape and not moves(reader)

    def _elementwise(self, loop: Loop) -> bool:
        body = self.graph.nodes[loop.start : loop.start + loop.period]
        return all(
            self.roles[n.index] == "member" and not moves(n) and n.form.shape == body[0].form.shape for n in body
        )

    def _kept_within(self, loop: Loop) -> bool:
        """Whether nobody outside the nest walks through what a loop of numbers in it has saved."""
        nodes = self.graph.nodes
        if not nodes[loop.start].form.shape:
            return True
        place, last = self.place[nodes[loop.start].index], {node.index for node in nodes[loop.last : loop.stop]}
        own = {node.index for node in nodes[loop.start : loop.stop]}
        return all(
            x is None or x.index not in own or x.index in last or self.place[node.index] == place
            for node in nodes
            for x in node.parents
        )


def role_of(node: Node) -> str:
    """How an operation is written; see :class:`Schedule`."""
    assert node.primitive is not None
    name, args = node.primitive.name, operands(node)
    if node.form.shape and (name in VIEWS or _reads_through(node)):
        return "view"
    if name in FOLDS and form_of(args[0]).shape:
        return "fold"
    if name == "matmul" and len(node.form.shape) < 2:
        return "product" if node.form.shape else "fold"
    if is_elementwise(node) or moves(node) or name in ("tril", "triu"):
        return "member"
    return "line"


def nest_shape(node: Node) -> tuple[int, ...]:
    """The shape of the nest that an operation belongs to."""
    role = role_of(node) if node.primitive is not None else "line"
    return form_of(operands(node)[0]).shape if role == "fold" else node.form.shape if role == "member" else ()


def is_elementwise(node: Node) -> bool:
    """Whether an operation is done entry by entry, in numbers that a compiler has."""
    assert node.primitive is not None
    args = operands(node)
    dtypes = [node.form.dtype, *(form_of(x).dtype for x in args)]
    if scalar_text(node.primitive.name, ["x"] * len(args), node.params, args) is None:
        return False
    if any(dtype not in (None, *_NUMBERS) for dtype in dtypes):
        return False
    return node.primitive.name in _WITH_INTEGERS or not any(d == np.int64 for d in dtypes)


def moves(node: Node) -> bool:
    """Whether an entry is that of the operand at another index."""
    assert node.primitive is not None
    name = node.primitive.name
    if name == "index":
        return not is_basic(node.params["key"]) or not node.form.shape
    return name in ("flip", "roll") or (name == "reshape" and not node.form.shape)


def _reads_through(node: Node) -> bool:
    assert node.primitive is not None
    if node.primitive.name == "index":
        return is_basic(node.params["key"])
    if node.primitive.name != "reshape":
        return False
    shape = form_of(operands(node)[0]).shape
    return [size for size in shape if size != 1] == [size for size in node.form.shape if size != 1]


def _matrix(node: Node) -> int:
    """Which operand of a product with a vector is the matrix."""
    return 0 if len(form_of(operands(node)[0]).shape) == 2 else 1


def root(x: Any) -> Any:
    """What a transpose is a transpose of."""
    while isinstance(x, Node) and x.primitive is not None and x.primitive.name == "matrix_transpose":
        x = operands(x)[0]
    return x
