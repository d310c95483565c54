"""Printing a graph as NumPy: a program that a student would write, and that runs as fast.

One operation a line; names from the function's own variables where they are known; shapes as comments. Where an
operand is read for the last time its memory may be written over (``a *= b``), unless the caller can see it. A
recorded loop is printed as a loop.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.expressions import (
    HELPERS,
    RESERVED,
    Named,
    expression,
    has_float_form,
    helper_source,
    imports,
    index_text,
    literal,
    runs_on_floats,
)
from derivlab.graph.graph import Form, Graph, Guard, Node, form_of, operands
from derivlab.graph.loops import Loop, Read, body_reads, find_loops
from derivlab.graph.memory import UFUNCS, Memory
from derivlab.libraries.numpy import is_basic

_DOUBLE = (np.dtype(float), np.dtype(int), np.dtype(bool))
"""Among these alone a Python number means the same as NumPy's; elsewhere it would adapt to a smaller dtype."""
_LARGEST_PRINTED = 1000
"""Entries of a constant array above which a program does not spell it out."""
_FLOAT = Form((), np.dtype(float))
_IN_PLACE = {"add": "+=", "subtract": "-=", "multiply": "*=", "divide": "/="}


@dataclass
class Source:
    """A printed program.

    Attributes
    ----------
    text
        The program: imports, helper functions if any, and one function.
    name
        The function's name.
    constants
        Arrays that the program reads under the names given: too large to print.
    """

    text: str
    name: str
    constants: dict[str, Any] = field(default_factory=dict)

    def compile(self, condition: str = "", names: Mapping[str, Any] | None = None) -> Callable[..., Any]:
        """The function, compiled. Nothing in the text comes from a user but identifiers that were checked.

        With a ``condition`` on its arguments, in terms of ``names``, it raises :class:`NotImplementedError` first
        where that does not hold.
        """
        scope: dict[str, Any] = {**self.constants, **(names or {})}
        text = self.text
        if condition:
            head, colon, rest = text.partition(f"def {self.name}(")
            signature, end, body = rest.partition("):\n")
            text = f"{head}{colon}{signature}{end}    if not ({condition}): raise NotImplementedError\n{body}"
        exec(compile(text, f"<derivlab {self.name}>", "exec", dont_inherit=True), scope)
        return scope[self.name]


def print_graph(
    graph: Graph,
    arguments: Sequence[str],
    answer: Callable[[Sequence[str]], str],
    *,
    name: str = "derivative",
    preamble: Sequence[str] = (),
    leaves: Sequence[str] | None = None,
    buffers: bool = True,
    floats: bool = True,
) -> Source:
    """Print a graph as a Python function.

    Parameters
    ----------
    arguments
        Names of the function's arguments.
    answer
        Makes the expression to return from the names of the outputs.
    preamble
        Lines that take containers apart; ``leaves`` names the graph's inputs after them.
    buffers
        Write results over operands that nobody reads any more.
    floats
        Compute single numbers with Python's floats and ``math``, which are faster than NumPy's. Such a program
        raises where NumPy would answer inf or NaN.
    """
    writer = _Writer(graph, list(leaves or arguments), buffers, floats)
    body = [*preamble, *writer.body()]
    result = answer([writer.returned(y) for y in graph.outputs])
    head = (["import math"] if writer.math else []) + imports(writer.used, writer.floats)
    helpers = [] if writer.floats else [helper_source(h) for h in HELPERS if h in writer.used]
    lines = [f"def {name}({', '.join(arguments)}):", *(f"    {line}" if line else "" for line in body)]
    parts = ["\n".join(head)] if head else []
    parts += ["\n".join(_definition(name, value) for name, value in writer.constants.items())] * bool(writer.constants)
    text = "\n\n\n".join([*parts, *helpers, "\n".join([*lines, f"    return {result}"])])
    return Source(text + "\n", name, writer.constants)


def double_only(graph: Graph) -> bool:
    """Whether a program has no smaller dtype than double precision, to which Python's numbers would adapt."""
    return all(node.form.dtype in _DOUBLE for node in graph.nodes)


class _Writer:
    """Names and lines for the nodes of one graph."""

    def __init__(self, graph: Graph, leaves: Sequence[str], buffers: bool, floats: bool) -> None:
        self.graph = graph
        self.floats = floats and runs_on_floats(graph.nodes)
        self.math = False
        self.constants: dict[str, Any] = {}
        self.used: set[str] = set()
        self.names: dict[int, str] = dict(zip([node.index for node in graph.inputs], leaves, strict=True))
        self.double = double_only(graph)
        self._single_floats = floats and self.double
        self._taken = {*leaves, *RESERVED}
        self._loops = find_loops(graph)
        self._memory = Memory(graph, self._loops)
        self._buffers = buffers
        self._returned: set[int] = set()
        self._guards: dict[int, list[Guard]] = {}
        self._lists: dict[int, str] = {}
        for guard in graph.guards:
            self._guards.setdefault(guard.node.index, []).append(guard)

    def body(self) -> list[str]:
        """The lines of the function."""
        streams = _streams(self.graph, self._loops)
        starts = {loop.start: loop for loop in self._loops}
        lines: list[str] = []
        i = 0
        while i < len(self.graph.nodes):
            node = self.graph.nodes[i]
            if node.index in self.graph.marks:
                lines += ["", f"# {self.graph.marks[node.index]}"]
            if i in starts:
                lines += self._loop(starts[i], streams)
                i = starts[i].stop
                continue
            lines += self._lines(node)
            i += 1
        return lines

    def operand(self, x: Any) -> str:
        """An operand as an expression."""
        return self.names[x.index] if isinstance(x, Node) else self._constant(x)

    def returned(self, x: Any) -> str:
        """An output as an expression whose memory belongs to the caller alone."""
        text = self.operand(x)
        if not form_of(x).shape:
            return text
        root = self._memory.roots[x.index] if isinstance(x, Node) else -1
        shared = not isinstance(x, Node) or root != x.index or root in self._memory.inputs or root in self._returned
        self._returned.add(root)
        return f"{text}.copy()" if shared else text

    def _lines(self, node: Node) -> list[str]:
        if node.primitive is None:
            guards = self._guards.get(node.index, ())
            return [self._guard(guard) for guard in guards]
        if self._inline(node):
            return []
        guards = self._guards.get(node.index, ())
        if guards and (number := _itself(node)) is not None and all(bool(g.value) for g in guards):
            text = self.operand(number)
            self.names[node.index] = "True"
            return [f"if {text} != {text}: raise NotImplementedError('not a number, where one was recorded')"]
        name, args = node.primitive.name, operands(node)
        if name == "scatter" and is_basic(node.params["key"]):
            return self._scatter(node)
        if node.index in self._memory.added:
            return self._add_scattered(node)
        target = self._memory.reusable(node) if self._buffers else None
        if target is not None:
            self.used.add(name)
            line = self._over(node, target, args)
        elif self._buffers and name in UFUNCS and (idle := self._memory.take_idle(node)) is not None:
            self.used.add(name)
            old, texts = self.names[idle.index], [self.operand(x) for x in args]
            self.names[node.index] = self._name(node)
            line = f"{self.names[node.index]} = np.{name}({', '.join(texts)}, out={old})"
        else:
            line = self._assignment(node, [self.operand(x) for x in args])
        self._memory.release(node, target)
        return [line + _comment(node), *(self._guard(guard) for guard in self._guards.get(node.index, ()))]

    def _assignment(self, node: Node, texts: Sequence[str]) -> str:
        text = self._expression(node, texts)
        self.names[node.index] = self._name(node)
        return f"{self.names[node.index]} = {text}"

    def _expression(self, node: Node, texts: Sequence[str]) -> str:
        assert node.primitive is not None
        name = node.primitive.name
        args = operands(node)
        if self._single_floats and node.form == _FLOAT:
            if all(form_of(x).shape == () for x in args) and has_float_form(name):
                text = expression(name, texts, node.params, args, True)
                self.math = self.math or "math." in text
                return text
            text = expression(name, texts, self._hoisted(node.params), args, False)
            self.used.add(name)
            return f"float({text})" if node.index in self._memory.read else text
        self.used |= {name, "is_basic"} if name == "scatter" else {name}
        return expression(name, texts, self._hoisted(node.params), args, False)

    def _hoisted(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Parameters with the arrays of an index under names, so that they are not made anew at each call."""
        key = params.get("key")
        parts = key if isinstance(key, tuple) else (key,)
        if not any(isinstance(part, np.ndarray) for part in parts):
            return params
        return {**params, "key": tuple(Named(self._constant(x)) if isinstance(x, np.ndarray) else x for x in parts)}

    def _scatter(self, node: Node) -> list[str]:
        """Zeros with a slice filled in, or nothing where the slice will be added to something else."""
        if node.index in self._memory.deferred:
            return []
        (x,) = operands(node)
        name = self.names[node.index] = self._name(node)
        dtype = "" if node.form.dtype == np.float64 else f", dtype=np.{node.form.dtype.name}"
        self.used.add("where")  # NumPy is imported
        return [
            f"{name} = np.zeros({node.form.shape}{dtype}){_comment(node)}",
            f"{name}[{index_text(node.params['key'])}] = {self.operand(x)}",
        ]

    def _add_scattered(self, node: Node) -> list[str]:
        """target[key] += part, for a part that would else be scattered into zeros first."""
        target, scattered = self._memory.added[node.index]
        name = self.names[node.index] = self.names[target.index]
        (x,) = operands(scattered)
        comment = _comment(x) if isinstance(x, Node) else ""
        return [f"{name}[{index_text(scattered.params['key'])}] += {self.operand(x)}{comment}"]

    def _inline(self, node: Node) -> bool:
        """A matrix transpose is no work, and reads best where it is used."""
        assert node.primitive is not None
        if node.primitive.name != "matrix_transpose" or node.index in self.graph.names or node.index in self._guards:
            return False
        (x,) = operands(node)
        self.names[node.index] = expression("matrix_transpose", [self.operand(x)], {}, [x], self.floats)
        return True

    def _over(self, node: Node, target: Node, args: Sequence[Any]) -> str:
        """An operation whose result takes the memory of an operand, under its name where that has no meaning."""
        assert node.primitive is not None
        name, old = node.primitive.name, self.names[target.index]
        texts = [self.operand(x) for x in args]
        anonymous = target.index not in self.graph.names and node.index not in self.graph.names
        if name in _IN_PLACE and anonymous and (args[0] is target or name in ("add", "multiply")):
            self.names[node.index] = old
            return f"{old} {_IN_PLACE[name]} {texts[1 if args[0] is target else 0]}"
        self.names[node.index] = self._name(node)
        return f"{self.names[node.index]} = np.{name}({', '.join(texts)}, out={old})"

    # Loops.

    def _loop(self, loop: Loop, streams: set[int]) -> list[str]:
        """One loop: what it carries is set before it, what later loops read is saved in lists."""
        body, reads = self.graph.nodes[loop.start : loop.start + loop.period], body_reads(self.graph, loop)
        own = [self._fresh(f"t{node.index}") for node in body]
        carried = {read.position: read.initial for row in reads for read in row if read and read.kind == "carried"}
        late = {read.position for i, row in enumerate(reads) for read in row
                if read and read.kind == "carried" and read.position < i}  # fmt: skip
        head, iterated = self._header(loop, reads)
        lines = [f"{own[c]} = {self.names[self.graph.nodes[first].index]}" for c, first in sorted(carried.items())]
        saved = [c for c in range(loop.period) if loop.start + c in streams]
        for c in saved:
            self._lists[loop.start + c] = self._fresh(f"{own[c]}s")
            lines.append(f"{self._lists[loop.start + c]} = []")
        lines.append(head)
        lines += [f"    {own[c]}_before = {own[c]}" for c in sorted(late)]
        for i, node in enumerate(body):
            args = operands(node)
            texts = [self._read(x, read, own, i, iterated) for x, read in zip(args, reads[i], strict=True)]
            lines.append(f"    {own[i]} = {self._expression(node, texts)}{_comment(node)}")
        lines += [f"    {self._lists[loop.start + c]}.append({own[c]})" for c in saved]
        for c, name in enumerate(own):
            self.names[self.graph.nodes[loop.last + c].index] = name
        return lines

    def _header(self, loop: Loop, reads: Sequence[Sequence[Read | None]]) -> tuple[str, dict[tuple[int, int], str]]:
        """The ``for`` line, and names for the streams that it walks, by their first position and step."""
        wanted = sorted({(r.position, r.step) for row in reads for r in row if r and r.kind == "saved"})
        iterated: dict[tuple[int, int], str] = {}
        walks: list[str] = []
        for position, step in wanted:
            source = next(o for o in self._loops if o.start <= position < o.stop)
            at, c = divmod(position - source.start, source.period)
            values = self._lists[source.start + c]
            iterated[position, step] = self._fresh(f"{values[:-1]}_k")
            walks.append(f"{values}[{at}:{at + loop.count}]" if step > 0 else f"{values}[{_backwards(at, loop.count)}]")
        if not walks:
            return f"for _ in range({loop.count}):", iterated
        names = ", ".join(iterated[walk] for walk in wanted)
        return f"for {names} in {walks[0] if len(walks) == 1 else 'zip(' + ', '.join(walks) + ')'}:", iterated

    def _read(self, x: Any, read: Read | None, own: list[str], i: int, iterated: dict[tuple[int, int], str]) -> str:
        if read is None:
            return self._constant(x)
        if read.kind == "fixed":
            return self.names[self.graph.nodes[read.position].index]
        if read.kind == "saved":
            return iterated[read.position, read.step]
        if read.kind == "carried" and read.position < i:
            return f"{own[read.position]}_before"
        return own[read.position]

    # Names, constants, guards.

    def _constant(self, value: Any) -> str:
        if isinstance(value, np.generic) and not (self.double and value.dtype in _DOUBLE):
            return f"np.{value.dtype.name}({literal(value)})"
        if self.floats and isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53:
            value = float(value)  # Python multiplies two floats faster than a float and an integer
        if isinstance(value, (bool, int, float, str, np.generic)) or value is None:
            text = literal(value)
            if self.floats and "np." in text:  # inf and NaN
                text = text.replace("np.", "math.")
                self.used.add("math")
            return f"({text})" if text.startswith("-") else text
        for name, known in self.constants.items():
            if known is value:
                return name
        name = self._fresh(f"c{len(self.constants) + 1}")
        self.constants[name] = value
        return name

    def _name(self, node: Node) -> str:
        wish = self.graph.names.get(node.index, "")
        usable = wish.isidentifier() and wish.isascii() and not keyword.iskeyword(wish)
        return self._fresh(wish if usable else f"t{node.index}")

    def _fresh(self, name: str) -> str:
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def _guard(self, guard: Guard) -> str:
        value, text = guard.value, self.names[guard.node.index]
        if np.ndim(value) == 0 and np.asarray(value).dtype.kind == "b":
            condition = text if not bool(value) else f"not {text}"
        elif np.ndim(value) == 0:
            condition = f"{text} == {text}" if value != value else f"{text} != {literal(np.asarray(value)[()])}"
        else:
            exact = ", equal_nan=True" if np.asarray(value).dtype.kind == "f" else ""
            condition = f"not np.array_equal({text}, {self._constant(np.asarray(value))}{exact})"
        return f"if {condition}: raise NotImplementedError({f'another branch was recorded at {guard.place}'!r})"


def _definition(name: str, value: Any) -> str:
    """A constant array as a line of the program, or a remark where it is too large to print."""
    if (unit := _unit_vectors(value)) is not None:
        return f"{name} = {unit}"
    if not isinstance(value, np.ndarray) or value.size > _LARGEST_PRINTED or not np.isfinite(value).all():
        return f"# {name}: a constant array of shape {value.shape} that the function was recorded with"
    shape = f".reshape({value.shape})" if value.ndim != 1 else ""
    return f"{name} = np.array({value.ravel().tolist()!r}, dtype=np.{value.dtype.name}){shape}"


def _unit_vectors(value: Any) -> str | None:
    """The unit vectors along the first axis that a whole Jacobian begins with, by NumPy's name for them."""
    if not isinstance(value, np.ndarray) or value.ndim < 2 or not value.size:
        return None
    count, size = value.shape[0], value.size // value.shape[0]
    row, column = divmod(int(np.argmax(value != 0)), size)
    if value.tobytes() != np.eye(count, size, column - row, value.dtype).tobytes():
        return None
    shape = f".reshape({value.shape})" if value.ndim != 2 else ""
    offset = f", {size}, {column - row}" if (size, column) != (count, row) else ""
    return f"np.eye({count}{offset}, dtype=np.{value.dtype.name}){shape}"


def _itself(node: Node) -> Node | None:
    """What is compared with itself, which tells whether it is a number; only where it was one."""
    x, *others = node.parents
    same = node.primitive is PRIMITIVES["equal"] and others == [x] and x is not None and x.form.shape == ()
    return x if same else None


def _backwards(start: int, count: int) -> str:
    """The slice that walks back from ``start``."""
    return f"{start}::-1" if count > start else f"{start}:{start - count}:-1"


def _comment(node: Node) -> str:
    return f"  # {node.form.shape}" if node.form.shape else ""


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
