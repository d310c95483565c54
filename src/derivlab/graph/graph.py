"""A Wengert list without its values: what passes rewrite and what is printed as source."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.array.primitive import Primitive
from derivlab.array.primitives import PRIMITIVES
from derivlab.interpreters.record import Record


@dataclass(frozen=True)
class Form:
    """What is known of a value that is not there: its shape and dtype."""

    shape: tuple[int, ...]
    dtype: Any

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)

    def reduced(self, axis: Sequence[int] | None) -> Form:
        """What is left of it after a reduction over axes, all by default, which stay with the length 1."""
        over = range(len(self.shape)) if axis is None else axis
        return Form(tuple(1 if i in over else size for i, size in enumerate(self.shape)), self.dtype)


class Node:
    """One operation of a graph, or an input (no primitive).

    ``parents[i]`` is the node of operand i, or None where it is a constant, which then is ``constants[i]``. ``form``
    is what is known of the result.
    """

    __slots__ = ("constants", "form", "index", "params", "parents", "primitive")

    def __init__(
        self,
        index: int,
        primitive: Primitive | None,
        parents: Sequence[Node | None],
        constants: Sequence[Any],
        params: Mapping[str, Any],
        form: Form,
    ) -> None:
        self.index = index
        self.primitive = primitive
        self.parents = parents
        self.constants = constants
        self.params = params
        self.form = form

    def __repr__(self) -> str:
        what = "input" if self.primitive is None else self.primitive.name
        parents = ", ".join("·" if node is None else f"v{node.index}" for node in self.parents)
        return f"v{self.index} = {what}({parents})"


@dataclass(frozen=True)
class Guard:
    """A value on which the program branched: the graph holds only where ``node`` has it again."""

    node: Node
    value: Any
    place: str


@dataclass(frozen=True)
class Graph:
    """A program as a list of primitives.

    Attributes
    ----------
    nodes
        Inputs and operations in an order in which they can run; shapes and dtypes in place of values.
    inputs
        The input nodes, in the order of the arguments.
    outputs
        Nodes, or constants.
    guards
        What must be checked while it runs.
    names
        Names for nodes, from the function's own variables.
    marks
        Headings before nodes: where the backward pass begins.
    without
        Forms of printing that are switched off.
    """

    nodes: Sequence[Node]
    inputs: Sequence[Node]
    outputs: Sequence[Any]
    guards: Sequence[Guard] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    marks: Mapping[int, str] = field(default_factory=dict)
    without: Collection[str] = ()

    @cached_property
    def positions(self) -> dict[int, int]:
        """Where each node is in the list, by its index."""
        return {node.index: i for i, node in enumerate(self.nodes)}

    @property
    def operations(self) -> int:
        """The number of operations."""
        return sum(1 for node in self.nodes if node.primitive is not None)

    def __str__(self) -> str:
        lines = [f"{node!r}  {node.form.dtype}{list(node.form.shape)}" for node in self.nodes]
        outputs = ", ".join(f"v{y.index}" if isinstance(y, Node) else repr(y) for y in self.outputs)
        return "\n".join([*lines, f"return {outputs}"])


def from_record(
    level: Record,
    outputs: Sequence[Any],
    names: Mapping[int, str] | None = None,
    marks: Mapping[int, str] | None = None,
) -> Graph:
    """The graph of a finished recording: shapes in place of values, and copies of what its guards expect."""
    nodes: list[Node] = []
    for number, line in enumerate(level.lines):
        parents = [None if parent is None else nodes[parent] for parent in line.parents]
        pairs = zip(line.parents, line.values, strict=True)
        constants = [None if parent is not None else _number(v) for parent, v in pairs]
        form = Form(tuple(line.value.shape), line.value.dtype)
        nodes.append(Node(number, line.primitive, parents, constants, line.params, form))
    own = [level.line(y) for y in outputs]
    return Graph(
        nodes=nodes,
        inputs=[node for node in nodes if node.primitive is None],
        outputs=[y if number is None else nodes[number] for y, number in zip(outputs, own, strict=True)],
        guards=[Guard(nodes[d.line], np.array(d.value), d.place) for d in level.decisions],
        names=names or {},
        marks=marks or {},
    )


def _number(constant: Any) -> Any:
    """An array of no axes as the number in it."""
    return constant[()] if isinstance(constant, np.ndarray) and constant.ndim == 0 else constant


Operand = Any
"""A :class:`Node`, or the value of a constant."""


@dataclass(frozen=True)
class Candidate:
    """An operation about to be added to a graph."""

    name: str
    operands: tuple[Operand, ...]
    params: Mapping[str, Any]
    form: Form

    def like(self, name: str, *operands: Operand, form: Form | None = None, **params: Any) -> Candidate:
        """Another operation with the same form of result, unless one is given."""
        return Candidate(name, operands, params, form or self.form)


Rewrite = Callable[[Candidate, "Builder"], Operand | None]
"""A pass: the operand to use instead of a candidate, or None to leave it."""


class Builder:
    """A graph being written: every candidate goes through the rewrites, and equal ones become one node.

    ``readers`` counts for each node written who will read it, as far as the graph before tells.
    """

    def __init__(self, rewrites: Sequence[Rewrite], share: bool) -> None:
        self.nodes: list[Node] = []
        self.rewrites = rewrites
        self.share = share
        self.readers: Counter[int] = Counter()
        self._known: dict[Any, Node] = {}

    def input(self, form: Form) -> Node:
        """A new input."""
        node = Node(len(self.nodes), None, (), (), {}, form)
        self.nodes.append(node)
        return node

    def add(self, candidate: Candidate) -> Operand:
        """The operand for a candidate: a node, old or new, or a constant."""
        for rewrite in self.rewrites:
            operand = rewrite(candidate, self)
            if operand is not None:
                return operand
        key = _key(candidate) if self.share else None
        if key is not None and key in self._known:
            return self._known[key]
        node = self._append(candidate)
        if key is not None:
            self._known[key] = node
        return node

    def _append(self, candidate: Candidate) -> Node:
        parents = [x if isinstance(x, Node) else None for x in candidate.operands]
        constants = [None if isinstance(x, Node) else x for x in candidate.operands]
        primitive = PRIMITIVES[candidate.name]
        node = Node(len(self.nodes), primitive, parents, constants, candidate.params, candidate.form)
        self.nodes.append(node)
        return node


def rebuild(graph: Graph, rewrites: Sequence[Rewrite] = (), *, share: bool = False) -> Graph:
    """The graph written anew, through the rewrites; ``share`` makes equal operations one."""
    builder = Builder(rewrites, share)
    counts = Counter(parent.index for node in graph.nodes for parent in node.parents if parent is not None)
    counts.update(y.index for y in graph.outputs if isinstance(y, Node))
    new: dict[int, Operand] = {}
    marks: dict[int, str] = {}
    waiting = sorted(graph.marks.items(), reverse=True)
    for node in graph.nodes:
        before = len(builder.nodes)
        if node.primitive is None:
            new[node.index] = builder.input(node.form)
        else:
            new[node.index] = builder.add(Candidate(node.primitive.name, operands(node, new), node.params, node.form))
        operand = new[node.index]
        if isinstance(operand, Node):
            builder.readers[operand.index] += counts[node.index]
        while waiting and node.index >= waiting[-1][0] and len(builder.nodes) > before:
            marks[before] = waiting.pop()[1]
    guards: dict[Any, Guard] = {}  # one for each value of a node, however often the program looked at it
    for guard in graph.guards:
        if isinstance(node := new[guard.node.index], Node):
            guards.setdefault((node.index, freeze(guard.value)), replace(guard, node=node))
    names: dict[int, str] = {}
    for index, name in graph.names.items():
        if index in new and isinstance(new[index], Node):
            names.setdefault(new[index].index, name)
    return Graph(
        nodes=builder.nodes,
        inputs=[new[node.index] for node in graph.inputs],
        outputs=[new[y.index] if isinstance(y, Node) else y for y in graph.outputs],
        guards=list(guards.values()),
        names=names,
        marks=marks,
    )


def operands(node: Node, new: Mapping[int, Operand] | None = None) -> tuple[Operand, ...]:
    """The operands of a node: parents (or what stands for them in ``new``) and constants."""
    pairs = zip(node.parents, node.constants, strict=True)
    if new is None:
        return tuple([constant if parent is None else parent for parent, constant in pairs])
    return tuple([constant if parent is None else new[parent.index] for parent, constant in pairs])


def form_of(operand: Operand) -> Form:
    """The shape and dtype of an operand; a Python number has the dtype None, for it adapts."""
    if isinstance(operand, Node):
        return operand.form
    if isinstance(operand, (bool, int, float, complex)) and not isinstance(operand, np.generic):
        return Form((), None)
    return Form(tuple(np.shape(operand)), operand.dtype)


def _key(candidate: Candidate) -> Any:
    parts = tuple(("node", x.index) if isinstance(x, Node) else freeze(x) for x in candidate.operands)
    if candidate.name in ("add", "multiply"):
        parts = tuple(sorted(parts, key=repr))  # rounding commutes
    return candidate.name, parts, freeze(dict(candidate.params))


def freeze(value: Any) -> Any:
    """A hashable stand-in for a constant or a parameter; equal stand-ins mean the same bits."""
    if isinstance(value, dict):
        return tuple((key, freeze(part)) for key, part in sorted(value.items()))
    if isinstance(value, (tuple, list)):
        return type(value).__name__, tuple(freeze(part) for part in value)
    if isinstance(value, slice):
        return "slice", value.start, value.stop, value.step
    if isinstance(value, (np.ndarray, np.generic)):
        return "array", value.shape, str(value.dtype), value.tobytes() if value.size <= 1024 else id(value)
    if isinstance(value, Traced):
        return "traced", id(value)
    return type(value).__name__, repr(value)
