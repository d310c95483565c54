"""Elementwise stretches on large arrays, to be run block by block: what is in between then stays in the cache."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.graph.graph import Form, Graph, Node, form_of, operands
from derivlab.graph.printing.assembly import is_slice_scatter
from derivlab.rules import RULES
from derivlab.transpose import Elementwise

WORTH_BLOCKS = 2**18
"""Entries above which an array does not fit the cache beside others."""
FEWEST_KEPT = 6
"""Intermediate results that must stay in the cache for blocks to pay."""
CACHE = 2**20
"""Bytes of cache that the arrays of one block may fill."""
ENTRIES = (2**12, 2**14)
"""Fewest entries of a block, below which the calls cost more than the arithmetic, and most."""
_MOST_STRETCHES = 64
_STEPS = frozenset(
    """
    sign floor ceil round trunc equal not_equal less less_equal greater greater_equal logical_and logical_or
    logical_xor logical_not isfinite isinf isnan
    """.split()
)


@dataclass(frozen=True)
class Stretch:
    """Elementwise operations on arrays of one shape, which can run as a unit.

    Attributes
    ----------
    nodes
        The operations, in order.
    reads
        What they read from outside: nodes, and constant arrays.
    results
        Those that are read outside.
    axis, step
        Blocks are ``step`` long along ``axis``.
    """

    nodes: tuple[Node, ...]
    reads: tuple[Any, ...]
    results: tuple[Node, ...]
    axis: int
    step: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all results."""
        return self.nodes[0].form.shape

    def place(self, form: Form) -> int | None:
        """The axis along which an operand is cut; None if every block reads all of it."""
        own = self.axis - len(self.shape) + len(form.shape)
        return own if own >= 0 and form.shape[own] == self.shape[self.axis] else None

    def block(self, names: dict[int, str], marks: dict[int, str]) -> Graph:
        """One block as a program of its own, whose inputs are parts of ``reads``."""
        inputs = [self._input(x, -1 - i) for i, x in enumerate(self.reads)]
        nodes = {id(x): node for x, node in zip(self.reads, inputs, strict=True)}
        for node in self.nodes:
            old = operands(node)
            parents = [nodes.get(id(x)) for x in old]
            constants = [x if parent is None else None for x, parent in zip(old, parents, strict=True)]
            form = self._cut(node.form)
            nodes[id(node)] = Node(node.index, node.primitive, parents, constants, node.params, form)
        outputs = [nodes[id(node)] for node in self.results]
        return Graph([*nodes.values()], inputs, outputs, names=names, marks=marks)

    def _input(self, x: Any, constant: int) -> Node:
        form = form_of(x)
        return Node(x.index if isinstance(x, Node) else constant, None, (), (), {}, self._cut(form))

    def _cut(self, form: Form) -> Form:
        axis, shape = self.place(form), form.shape
        return form if axis is None else Form((*shape[:axis], self.step, *shape[axis + 1 :]), form.dtype)


Item = Node | Stretch


def schedule(nodes: Sequence[Node], wanted: Collection[int]) -> list[Item]:
    """The nodes in an order in which stretches are together; ``wanted`` are those that must outlive them."""
    readers: dict[int, list[int]] = {}
    for node in nodes:
        for parent in node.parents:
            if parent is not None:
                readers.setdefault(parent.index, []).append(node.index)
    return _schedule(list(nodes), readers, wanted, set())


def _schedule(
    rest: list[Node], readers: dict[int, list[int]], wanted: Collection[int], declined: set[int]
) -> list[Item]:
    items: list[Item] = []
    for _ in range(_MOST_STRETCHES):
        first = next((node for node in rest if node.index not in declined and _is_member(node)), None)
        if first is None:
            break
        before, members, after = _gather(rest, first.form.shape, declined)
        stretch = _stretch(members, readers, wanted)
        if stretch is None:
            declined.update(node.index for node in members)
            continue
        items += [*_schedule(before, readers, wanted, declined), stretch]
        rest = after
    return [*items, *rest]


def _gather(
    nodes: Sequence[Node], shape: tuple[int, ...], declined: Collection[int]
) -> tuple[list[Node], list[Node], list[Node]]:
    """The members of a stretch, with what can run before it, and what must run after it."""
    before, members, after = list[Node](), list[Node](), list[Node]()
    inside, late = set[int](), set[int]()
    for node in nodes:
        read = {parent.index for parent in node.parents if parent is not None}
        if node.form.shape == shape and node.index not in declined and _is_member(node) and not read & late:
            members.append(node)
            inside.add(node.index)
        elif read & (late | inside):
            after.append(node)
            late.add(node.index)
        else:
            before.append(node)
    return before, members, after


def _is_member(node: Node) -> bool:
    """Whether a node is done entry by entry, on a large array."""
    if node.primitive is None or node.form.size < WORTH_BLOCKS:
        return False
    name = node.primitive.name
    if any(is_slice_scatter(x) for x in operands(node)):  # added in place, where it belongs
        return False
    return isinstance(RULES[name], Elementwise) or name in _STEPS


def _stretch(members: Sequence[Node], readers: dict[int, list[int]], wanted: Collection[int]) -> Stretch | None:
    """The members as a stretch, if enough of their results need not leave the cache."""
    inside = {node.index for node in members}
    results = [x for x in members if x.index in wanted or not inside.issuperset(readers.get(x.index, ()))]
    if len(members) - len(results) < FEWEST_KEPT:
        return None
    outside = [x for node in members for x in operands(node) if not (isinstance(x, Node) and x.index in inside)]
    reads = {id(x): x for x in outside if isinstance(x, Node) or form_of(x).shape}
    form = members[0].form
    width = max(node.form.dtype.itemsize for node in members)
    entries = CACHE // (width * (_most_alive(members) + len(reads)))
    entries = min(max(2 ** (entries.bit_length() - 1), ENTRIES[0]), ENTRIES[1])
    rows = form.size // form.shape[0] <= entries
    axis = 0 if rows else int(np.argmax(form.shape))
    step = max(1, entries * form.shape[axis] // form.size)
    return Stretch(tuple(members), tuple(reads.values()), tuple(results), axis, step)


def _most_alive(members: Sequence[Node]) -> int:
    """The largest number of members that are still to be read at a time."""
    last = {parent.index: i for i, node in enumerate(members) for parent in node.parents if parent is not None}
    ends = sorted(last.get(node.index, i) for i, node in enumerate(members))
    alive, most, done = 0, 0, 0
    for i in range(len(members)):
        alive += 1
        most = max(most, alive)
        while done < len(ends) and ends[done] <= i:
            alive, done = alive - 1, done + 1
    return most
