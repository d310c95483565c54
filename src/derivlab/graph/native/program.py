"""Printing a graph as loops over single numbers, for a compiler of Python to make machine code of.

What shares a loop nest (:mod:`derivlab.graph.native.nests`) is computed there in single numbers; only what is read
outside the nest is an array. Sums, maxima and the like accumulate in the nest. A matrix that multiplies several
vectors, or a vector from both sides, is read once. Slices, transposes and broadcasts are read through, at other
indices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.errors import UnsupportedError
from derivlab.graph.graph import Graph, Guard, Node, form_of, operands
from derivlab.graph.native.factors import simplify
from derivlab.graph.native.folds import fold_of, kept, reduced, trailing
from derivlab.graph.native.nests import Group, Schedule, is_elementwise, moves
from derivlab.graph.native.places import Indices, axes, dtype_name, empty, heads, moved
from derivlab.graph.native.wholes import vector_products, whole
from derivlab.graph.printing.expressions import helper_source, literal, scalar_text
from derivlab.graph.printing.loops import Loop, body_reads
from derivlab.graph.printing.source import Source
from derivlab.libraries import scalars

HELPERS = ("plus", "plus_product", "larger", "smaller", "sigmoid", "logaddexp")
"""Functions of single numbers whose source is printed with a program that calls them."""
_OWN = re.compile(rf"[itc]\d+(_\w+)?|k|entry|total|{'|'.join(HELPERS)}")
"""What variables of a program are called."""
_LARGEST_SPELLED = 512
"""Entries of a constant array above which it is an argument: a compiler would take long over it."""
_MOST_LINES = 3000
"""Lines above which a compiler would take minutes."""


def print_native(graph: Graph, arguments: Sequence[str], answer: Callable[[Sequence[str]], str], name: str) -> Source:
    """The graph as a function of its array arguments, and of its large constant arrays, which have defaults.

    The text needs NumPy and ``math``, and is Python too.

    Raises
    ------
    UnsupportedError
        For a primitive that has no form as a loop here, and for a program of too many lines.
    """
    if any(node.form.dtype.kind == "c" for node in graph.nodes):
        raise UnsupportedError("machine code: it computes with complex numbers")
    arguments = _apart(arguments)
    writer = Writer(simplify(graph), arguments)
    writer.body()
    result = answer([writer.returned(y) for y in writer.graph.outputs])
    if len(writer.lines) > _MOST_LINES:
        raise UnsupportedError(f"machine code: its {len(writer.lines)} lines would take minutes to compile")
    large = [f"{c}={c}" for c, value in writer.constants.items() if value.size > _LARGEST_SPELLED]
    head = f"def {name}({', '.join([*arguments, *large])}):"
    text = "\n".join([head, *(f"    {line}" for line in writer.lines), f"    return {result}"])
    used = [h for h in HELPERS if f"{h}(" in text]
    parts = ["import math\n\nimport numpy as np", *(helper_source(h, scalars) for h in used), text]
    return Source("\n\n\n".join(parts) + "\n", name, writer.constants)


def _apart(arguments: Sequence[str]) -> list[str]:
    """Names for the arguments that no variable of the program has."""
    names: list[str] = []
    for name in arguments:
        while _OWN.fullmatch(name) or name in names:
            name = f"given_{name}"
        names.append(name)
    return names


class Writer:
    """The lines of a program, and what its variables are called."""

    def __init__(self, graph: Graph, arguments: Sequence[str]) -> None:
        self.graph = graph
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.arrays: dict[int, str] = {}
        self.numbers: dict[int, str] = {}
        for node, argument in zip(graph.inputs, arguments, strict=True):
            (self.arrays if node.form.shape else self.numbers)[node.index] = argument
        self.foreign = {*arguments}
        self._schedule = Schedule(graph)
        self._streams = _saved(graph, self._schedule.loops)
        self._seen = {y.index for y in graph.outputs if isinstance(y, Node)} | {g.node.index for g in graph.guards}
        self._readers: dict[int, list[Node]] = {node.index: [] for node in graph.nodes}
        for node in graph.nodes:
            for parent in node.parents:
                if parent is not None:
                    self._readers[parent.index].append(node)

    def body(self) -> None:
        """All lines; what the program branches on is checked last, for nothing here has an effect."""
        for number, group in enumerate(self._schedule.groups):
            if group.matrix is not None:
                self.lines += vector_products(self, group)
            elif group.shape:
                self._nest(group, number)
            else:
                for unit in group.units:
                    self._straight(unit)
        for guard in self.graph.guards:
            self.lines.append(self._guard(guard))

    # Reading.

    def element(self, x: Any, indices: Indices) -> str:
        """An entry of an operand, at an index into the shape that the operand is broadcast to."""
        if isinstance(x, Node) and x.index in self.numbers:
            return self.numbers[x.index]
        shape = form_of(x).shape
        own = ["0" if size == 1 else i for size, i in zip(shape, indices[len(indices) - len(shape) :], strict=True)]
        if isinstance(x, Node) and x.index not in self.arrays:
            assert self._schedule.roles[x.index] == "view", f"{x} is read before it is there"
            return self.element(operands(x)[0], moved(x, own, self.constant))
        text = self.arrays[x.index] if isinstance(x, Node) else self.constant(x)
        return f"{text}[{', '.join(own)}]" if shape else text

    def array(self, x: Any) -> str:
        """An operand in memory, in the order of C."""
        if not isinstance(x, Node):
            return self.constant(x)
        if x.index not in self.arrays:  # read through until now
            indices = axes(x.form.shape)
            text = self.element(x, indices)
            self.arrays[x.index] = name = f"t{x.index}"
            inside = "    " * len(indices)
            self.lines += [empty(name, x), *heads(x.form.shape), f"{inside}{name}[{', '.join(indices)}] = {text}"]
        name = self.arrays[x.index]
        return f"np.ascontiguousarray({name})" if name in self.foreign else name

    def constant(self, value: Any) -> str:
        """A constant as text, or as a name under which the program finds it."""
        if not np.ndim(value):
            return literal(value[()] if isinstance(value, np.ndarray) else value)
        for name, known in self.constants.items():
            if known.shape == value.shape and known.dtype == value.dtype and known.tobytes() == value.tobytes():
                return name
        name = f"c{len(self.constants) + 1}_"
        self.constants[name] = np.ascontiguousarray(value)
        return name

    def returned(self, x: Any) -> str:
        """An output whose memory belongs to the caller alone."""
        if not form_of(x).shape:
            return self.element(x, ())
        name = self.array(x)
        own = isinstance(x, Node) and name not in self.foreign and not name.startswith("np.")
        self.foreign.add(name)
        return name if own else f"{name}.copy()"

    # Writing.

    def _straight(self, unit: Node | Loop) -> None:
        if isinstance(unit, Loop):
            self.lines += self._scratch(unit) + self._loop(unit, ())
        elif self._schedule.roles[unit.index] == "member":
            self.lines.append(f"t{unit.index} = {self._value(unit, ())}")
            self.numbers[unit.index] = f"t{unit.index}"
        else:
            self.lines += whole(self, unit)

    def _nest(self, group: Group, number: int) -> None:
        indices, inside = axes(group.shape), "    " * len(group.shape)
        folds: list[Node] = []
        body: list[str] = []
        before: list[str] = []
        members: list[Node] = []
        for unit in group.units:
            if isinstance(unit, Loop):
                before += self._scratch(unit)
                body += self._loop(unit, indices)
                members += self.graph.nodes[unit.last : unit.stop]
            elif self._schedule.roles[unit.index] == "fold":
                folds.append(unit)
                body.append(self._take_in(unit, indices))
            else:
                body.append(f"t{unit.index} = {self._value(unit, indices)}")
                self.numbers[unit.index] = f"t{unit.index}"
                members.append(unit)
        outliving = [node for node in members if self._outlives(node, number)]
        before += [empty(f"{self.numbers[node.index]}_array", node) for node in outliving]
        for node in outliving:
            text = self.numbers[node.index]
            body.append(f"{text}_array[{', '.join(indices)}] = {text}")
            self.arrays[node.index] = f"{text}_array"
        for node in members:
            del self.numbers[node.index]
        begin, end = self._around(folds, group.shape)
        heads_ = heads(group.shape)
        self.lines += before
        for depth, head in enumerate([*heads_, ""]):
            self.lines += ["    " * depth + line for line in begin.get(depth, ())] + ([head] if head else [])
        self.lines += [inside + line for line in body]
        for depth in reversed(range(len(indices))):
            self.lines += ["    " * depth + line for line in end.get(depth, ())]

    def _outlives(self, node: Node, number: int) -> bool:
        """Whether an entry of a nest is read outside it."""
        roles, place = self._schedule.roles, self._schedule.place
        return node.index in self._seen or any(
            place[reader.index] != number or roles[reader.index] not in ("member", "fold")
            for reader in self._readers[node.index]
        )

    def _value(self, node: Node, indices: Indices, texts: Sequence[str] | None = None) -> str:
        """The expression for one entry of an elementwise operation."""
        assert node.primitive is not None
        name, args = node.primitive.name, operands(node)
        if moves(node):
            return self.element(args[0], moved(node, indices, self.constant))
        texts = [self.element(x, indices) for x in args] if texts is None else texts
        if name in ("tril", "triu"):
            side = "<=" if name == "tril" else ">="
            return f"{texts[0]} if {indices[-1]} {side} {indices[-2]} + {node.params['k']} else 0.0"
        text = scalar_text(name, texts, node.params, args) if is_elementwise(node) else None
        if text is None:
            raise UnsupportedError(f"machine code: primitive {name} on {node.form.dtype} is not supported")
        return text

    # Reductions.

    def _take_in(self, node: Node, indices: Indices) -> str:
        """The line that takes one entry into a reduction."""
        texts = [self.element(x, indices) for x in operands(node)]
        if not trailing(node):
            self.arrays[node.index] = f"t{node.index}"
            total = f"t{node.index}[{', '.join(kept(node, indices))}]"
        else:
            total = f"t{node.index}"
        return f"{total} = {fold_of(node)[1].format(total, *texts)}"

    def _around(self, folds: Sequence[Node], shape: Sequence[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
        """The lines before and after the loops of each depth, for the reductions of a nest."""
        begin: dict[int, list[str]] = {}
        end: dict[int, list[str]] = {}
        for node in folds:
            start, name = fold_of(node)[0], f"t{node.index}"
            if not trailing(node):
                begin.setdefault(0, []).append(empty(name, node, start))
                continue
            depth = len(shape) - len(reduced(node))
            begin.setdefault(depth, []).append(f"{name} = {start}")
            if not node.form.shape:
                self.numbers[node.index] = name
                continue
            begin.setdefault(0, []).append(empty(f"{name}_array", node))
            end.setdefault(depth, []).append(f"{name}_array[{', '.join(kept(node, axes(shape)))}] = {name}")
            self.arrays[node.index] = f"{name}_array"
        return begin, end

    # Loops of the function itself.

    def _scratch(self, loop: Loop) -> list[str]:
        """Room for what later loops walk through."""
        nodes = self.graph.nodes[loop.start : loop.start + loop.period]
        saved = [node for node in nodes if node.index in self._streams]
        return [f"{self._streams[n.index]} = np.empty({loop.count}, dtype=np.{dtype_name(n)})" for n in saved]

    def _loop(self, loop: Loop, indices: Indices) -> list[str]:
        """One loop: what it carries is set before it, what later loops read is stored."""
        nodes, reads = self.graph.nodes, body_reads(self.graph, loop)
        body = nodes[loop.start : loop.start + loop.period]
        own = [f"t{node.index}" for node in body]
        pairs = [(i, read) for i, row in enumerate(reads) for read in row if read and read.kind == "carried"]
        lines = [f"{own[c]} = {self.element(nodes[first], indices)}"
                 for c, first in sorted({(read.position, read.initial) for _, read in pairs})]  # fmt: skip
        lines.append(f"for k in range({loop.count}):")
        lines += [f"    {own[c]}_before = {own[c]}" for c in sorted({r.position for i, r in pairs if r.position < i})]
        for i, node in enumerate(body):
            texts: list[str] = []
            for x, read in zip(operands(node), reads[i], strict=True):
                if read is None or read.kind == "fixed":
                    texts.append(self.element(x, indices))
                elif read.kind == "saved":
                    texts.append(self._walked(read.position, read.step))
                else:
                    texts.append(own[read.position] + "_before" * (read.kind == "carried" and read.position < i))
            lines.append(f"    {own[i]} = {self._value(node, indices, texts)}")
            if node.index in self._streams:
                lines.append(f"    {self._streams[node.index]}[k] = {own[i]}")
        for c, name in enumerate(own):
            self.numbers[nodes[loop.last + c].index] = name
        return lines

    def _walked(self, position: int, step: int) -> str:
        """The next value of a stream, forwards or backwards."""
        source = next(loop for loop in self._schedule.loops if loop.start <= position < loop.stop)
        at, c = divmod(position - source.start, source.period)
        return f"{self._streams[self.graph.nodes[source.start + c].index]}[{at} {'+' if step > 0 else '-'} k]"

    def _guard(self, guard: Guard) -> str:
        value = np.asarray(guard.value)
        if guard.node.form.shape:
            if value.dtype.kind == "f" and np.isnan(value).any():
                raise UnsupportedError("machine code: a branch on an array with NaN is not supported")
            wrong = f"not np.array_equal({self.array(guard.node)}, {self.constant(value)})"
        else:
            text = self.element(guard.node, ())
            other = f"{text} == {text}" if value != value else f"{text} != {literal(value[()])}"
            wrong = other if value.dtype.kind != "b" else f"not {text}" if value else text
        return f"if {wrong}: raise NotImplementedError({f'another branch was recorded at {guard.place}'!r})"


def _saved(graph: Graph, loops: Sequence[Loop]) -> dict[int, str]:
    """Names for the values in first bodies that some other loop walks through, by index."""
    found: dict[int, str] = {}
    for loop in loops:
        for read in (read for row in body_reads(graph, loop) for read in row):
            if read is not None and read.kind == "saved":
                source = next(o for o in loops if o.start <= read.position < o.stop)
                node = graph.nodes[source.start + (read.position - source.start) % source.period]
                found[node.index] = f"t{node.index}_saved"
    return found
