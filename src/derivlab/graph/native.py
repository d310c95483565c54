"""Printing a graph as loops over single numbers, for a compiler of Python to make machine code of.

Neighbouring elementwise operations of one shape become one loop nest, in which intermediate results are single
numbers; only what is read outside the nest is an array. Sums over all axes accumulate in the nest. Matrix products
and changes of shape stay NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derivlab.errors import UnsupportedError
from derivlab.graph.expressions import expression, index_text, literal, runs_on_floats, scalar_text
from derivlab.graph.graph import Form, Graph, Node, form_of, operands
from derivlab.graph.source import Source, print_graph

_WHOLE = frozenset("matmul matrix_transpose reshape index scatter concat sum permute_dims".split())
"""Primitives that are written as calls on whole arrays."""


def print_native(graph: Graph, arguments: Sequence[str], answer: Callable[[Sequence[str]], str], name: str) -> Source:
    """The graph as a function of its array arguments; its text needs NumPy and ``math``.

    Raises
    ------
    UnsupportedError
        For a primitive that has no form as a loop here.
    """
    if runs_on_floats(graph.nodes):
        return print_graph(graph, arguments, answer, name=name, floats=True)
    writer = _Loops(graph, list(arguments))
    body = writer.body()
    result = answer([writer.returned(y) for y in graph.outputs])
    lines = [f"def {name}({', '.join(arguments)}):", *(f"    {line}" for line in body), f"    return {result}"]
    return Source("\n".join(["import math", "", "import numpy as np", "", "", *lines, ""]), name, writer.constants)


@dataclass
class _Nest:
    """Elementwise operations of one shape that share a loop nest, and the sums that it accumulates."""

    shape: tuple[int, ...]
    members: list[Node] = field(default_factory=list)
    sums: list[Node] = field(default_factory=list)

    def holds(self, node: Node) -> bool:
        return any(member is node for member in self.members)

    def sums_to(self, node: Node) -> bool:
        return any(total is node for total in self.sums)


class _Loops:
    def __init__(self, graph: Graph, arguments: Sequence[str]) -> None:
        self.graph = graph
        self.names = dict(zip([node.index for node in graph.inputs], arguments, strict=True))
        self.constants: dict[str, Any] = {}
        self._returned: set[str] = set()
        self._outputs = {y.index for y in graph.outputs if isinstance(y, Node)}
        self._readers: dict[int, list[Node]] = {node.index: [] for node in graph.nodes}
        for node in graph.nodes:
            for parent in node.parents:
                if parent is not None:
                    self._readers[parent.index].append(node)
        self._guards = {guard.node.index: guard for guard in graph.guards}

    def body(self) -> list[str]:
        lines: list[str] = []
        nest: _Nest | None = None
        for node in self.graph.nodes:
            if node.primitive is None:
                continue
            if nest is not None and not self._joins(node, nest):
                lines += self._nest(nest)
                nest = None
            if _loops_over(node):
                nest = nest or _Nest(node.form.shape)
                nest.members.append(node)
            elif nest is not None and _is_total(node):
                nest.sums.append(node)
            else:
                lines.append(self._whole(node))
            if node.index in self._guards:
                lines += self._nest(nest) if nest is not None else []
                nest = None
                lines.append(self._guard(node))
        return lines + (self._nest(nest) if nest is not None else [])

    def _joins(self, node: Node, nest: _Nest) -> bool:
        parents = [parent for parent in node.parents if parent is not None]
        if any(nest.sums_to(parent) for parent in parents):
            return False
        if _is_total(node):
            return nest.holds(parents[0])
        if _loops_over(node):
            return node.form.shape == nest.shape and not any(
                nest.holds(parent) and parent.form.shape != nest.shape for parent in parents
            )
        return not any(nest.holds(parent) for parent in parents)

    def _nest(self, nest: _Nest) -> list[str]:
        indices = [f"i{axis}" for axis in range(len(nest.shape))]
        arrays = [node for node in nest.members if self._outlives(node, nest)]
        lines: list[str] = []
        for node in nest.members:
            self.names[node.index] = f"t{node.index}"
        for node in arrays:
            lines.append(f"t{node.index}_array = np.empty({nest.shape}, dtype=np.{node.form.dtype.name})")
        for total in nest.sums:
            self.names[total.index] = f"t{total.index}"
            lines.append(f"t{total.index} = 0.0")
        for axis, size in enumerate(nest.shape):
            lines.append("    " * axis + f"for {indices[axis]} in range({size}):")
        inside = "    " * len(nest.shape)
        for node in nest.members:
            texts = [self._element(x, nest, indices) for x in operands(node)]
            lines.append(f"{inside}t{node.index} = {self._scalar(node, texts)}")
            if any(array is node for array in arrays):
                lines.append(f"{inside}t{node.index}_array[{', '.join(indices)}] = t{node.index}")
        for total in nest.sums:
            lines.append(f"{inside}t{total.index} += {self._element(operands(total)[0], nest, indices)}")
        for node in arrays:
            self.names[node.index] = f"t{node.index}_array"
        return lines

    def _outlives(self, node: Node, nest: _Nest) -> bool:
        readers = self._readers[node.index]
        return (
            node.index in self._outputs
            or node.index in self._guards
            or any(not nest.holds(reader) and not nest.sums_to(reader) for reader in readers)
        )

    def _element(self, x: Any, nest: _Nest, indices: Sequence[str]) -> str:
        if isinstance(x, Node) and nest.holds(x):
            return f"t{x.index}"
        form = form_of(x)
        text = self.names[x.index] if isinstance(x, Node) else self.constant(x)
        if not form.shape:
            return text
        own = indices[len(indices) - len(form.shape) :]
        return f"{text}[{', '.join('0' if size == 1 else i for size, i in zip(form.shape, own, strict=True))}]"

    def _scalar(self, node: Node, texts: Sequence[str]) -> str:
        assert node.primitive is not None
        text = scalar_text(node.primitive.name, texts, node.params, operands(node))
        if text is None:
            raise UnsupportedError(f"machine code: primitive {node.primitive.name} is not supported")
        return text

    def _whole(self, node: Node) -> str:
        assert node.primitive is not None
        name, args = node.primitive.name, operands(node)
        texts = [self.names[x.index] if isinstance(x, Node) else self.constant(x) for x in args]
        self.names[node.index] = target = f"t{node.index}"
        if not node.form.shape and all(not form_of(x).shape for x in args):
            return f"{target} = {self._scalar(node, texts)}"
        if name not in _WHOLE or node.form.dtype != np.float64:
            raise UnsupportedError(f"machine code: primitive {name} on {node.form.dtype} is not supported")
        if name == "matmul":
            return f"{target} = np.dot({', '.join(texts)})"
        if name == "reshape":
            return f"{target} = np.ascontiguousarray({texts[0]}).reshape({node.params['shape']})"
        if name == "scatter":
            key = index_text(node.params["key"])
            if "array" in key:
                raise UnsupportedError("machine code: an index of integers in a scatter is not supported")
            return f"{target} = np.zeros({node.params['shape']}); {target}[{key}] = {texts[0]}"
        if name == "sum" and _is_total(node):
            return f"{target} = {texts[0]}.sum()"
        return f"{target} = {expression(name, texts, node.params, args, False)}"

    def _guard(self, node: Node) -> str:
        guard = self._guards[node.index]
        if np.ndim(guard.value):
            raise UnsupportedError("machine code: a branch on an array is not supported")
        text = self.names[node.index]
        wrong = f"{text} != {literal(np.asarray(guard.value)[()])}"
        return f"if {wrong}: raise NotImplementedError({f'another branch was recorded at {guard.place}'!r})"

    def returned(self, x: Any) -> str:
        """An output whose memory belongs to the caller alone."""
        text = self.names[x.index] if isinstance(x, Node) else self.constant(x)
        fresh = isinstance(x, Node) and text.endswith("_array") and text not in self._returned
        self._returned.add(text)
        return text if fresh or not form_of(x).shape else f"{text}.copy()"

    def constant(self, value: Any) -> str:
        """A constant as text, or as a name under which the program finds it."""
        if isinstance(value, (bool, int, float, np.generic)):
            return literal(value)
        name = f"c{len(self.constants) + 1}"
        self.constants[name] = value
        return name


def _loops_over(node: Node) -> bool:
    """Whether an operation is done element by element over an array."""
    assert node.primitive is not None
    arity = [""] * len(node.parents)
    known = scalar_text(node.primitive.name, arity, node.params, operands(node)) is not None
    return bool(node.form.shape) and known and node.form.dtype in (np.dtype(float), np.dtype(bool))


def _is_total(node: Node) -> bool:
    assert node.primitive is not None
    return node.primitive.name == "sum" and node.form == Form((), np.dtype(float)) and not node.params["keepdims"]
