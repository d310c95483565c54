"""Printing the operations of a graph: which line each becomes, and whose memory its result takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derivlab.graph.graph import Form, Graph, Guard, Node, form_of, operands
from derivlab.graph.printing.assembly import Assembly, is_slice_scatter
from derivlab.graph.printing.blocks import Stretch
from derivlab.graph.printing.checks import HUGE, Check, itself
from derivlab.graph.printing.contractions import contraction_text
from derivlab.graph.printing.expressions import (
    HELPER_NAMES,
    expression,
    has_float_form,
    index_text,
    is_narrow,
    number,
    runs_on_floats,
)
from derivlab.graph.printing.looped import LoopPrinter, comment
from derivlab.graph.printing.loops import find_loops
from derivlab.graph.printing.memory import UFUNCS, VIEWS, Memory
from derivlab.graph.printing.names import Names
from derivlab.graph.printing.plan import FORMS, Plan, plan

_FLOAT = Form((), np.dtype(float))
_IN_PLACE = {"add": "+=", "subtract": "-=", "multiply": "*=", "divide": "/="}


class Writer:
    """Names and lines for the nodes of one graph.

    ``targets`` are expressions, by the nodes whose results must be written there.
    """

    def __init__(
        self,
        graph: Graph,
        leaves: Sequence[str],
        names: Names,
        *,
        buffers: bool,
        floats: bool,
        targets: Mapping[int, str] | None = None,
    ) -> None:
        without = graph.without if buffers else FORMS
        self.plan: Plan = plan(graph, without)
        self.graph = self.plan.graph
        self.names = names
        self.known: dict[int, str] = dict(zip([node.index for node in graph.inputs], leaves, strict=True))
        self._floats = floats and runs_on_floats(graph.nodes)
        self._single_floats = floats and names.double
        self._loops = find_loops(self.graph, self.plan.fixed)
        self._loop_printer = LoopPrinter(self.graph, self._loops, names, self.known)
        looped = {self.graph.nodes[i].index for loop in self._loops for i in range(loop.start, loop.stop)}
        self._memory = Memory(self.graph, self.plan.fixed | looped, without)
        self._buffers = buffers
        self._targets = dict(targets or {})
        self._arrays: dict[int, str] = {}
        self._returned: set[int] = set()
        self._guards: dict[int, list[Guard]] = {}
        for guard in graph.guards:
            self._guards.setdefault(guard.node.index, []).append(guard)

    def body(self) -> list[str]:
        """The lines of the function."""
        starts = {self.graph.nodes[loop.start].index: loop for loop in self._loops}
        lines: list[str] = []
        skip = 0
        for item in self.plan.items:
            if isinstance(item, Stretch):
                lines += self._blocks(item)
            elif isinstance(item, Check):
                lines += self._check(item)
            elif skip:
                skip -= 1
            else:
                lines += self._heading(item)
                if item.index in starts:
                    loop = starts[item.index]
                    lines += self._loop_printer.lines(loop, self._expression)
                    skip = loop.stop - loop.start - 1
                else:
                    lines += self._lines(item)
        return lines + [f"{self._targets[i]} = {self.known[i]}" for i in self._targets]

    def _heading(self, node: Node) -> list[str]:
        return ["", f"# {self.graph.marks[node.index]}"] if node.index in self.graph.marks else []

    def operand(self, x: Any) -> str:
        """An operand as an expression."""
        return self.known[x.index] if isinstance(x, Node) else self.names.constant(x)

    def _operands(self, node: Node) -> list[str]:
        """The operands as expressions, doubles among them that a narrower array would not take for its own dtype."""
        args = operands(node)
        texts = [self.operand(x) for x in args]
        if node.form.dtype != _FLOAT.dtype:
            return texts
        narrow = [is_narrow(x) for x in args]
        for i, x in enumerate(args):
            if narrow[i] and not isinstance(x, Node) and not form_of(x).shape:
                texts[i], narrow[i] = number(float(x)), False
        if not any(narrow):
            return texts
        return [
            f"np.float64({text})" if isinstance(x, Node) and x.form == _FLOAT else text
            for x, text in zip(args, texts, strict=True)
        ]

    def returned(self, x: Any) -> str:
        """An output as an expression whose memory belongs to the caller alone."""
        text = self.operand(x)
        if not form_of(x).shape:
            return self._number(x, text) if isinstance(x, Node) and x.primitive is not None else text
        root = self._memory.roots[x.index] if isinstance(x, Node) else -1
        shared = not isinstance(x, Node) or root != x.index or root in self._memory.inputs or root in self._returned
        self._returned.add(root)
        return f"{text}.copy()" if shared else text

    def _number(self, x: Node, text: str) -> str:
        """A single number as one, not as an array of no axes that shares an operand's memory."""
        assert x.primitive is not None
        name, key = x.primitive.name, x.params.get("key")
        if name not in VIEWS or (name == "index" and not (isinstance(key, tuple) and Ellipsis in key)):
            return text
        return f"float({text})" if self._single_floats and x.form == _FLOAT else f"{text}[()]"

    def _lines(self, node: Node) -> list[str]:
        guards = self._guards.get(node.index, ())
        if node.primitive is None:
            return [self.names.guard(guard, self.known[node.index]) for guard in guards]
        if node.index in self._memory.deferred or self._inline(node):
            return []
        if guards and (number := itself(node)) is not None and all(bool(g.value) for g in guards):
            text = self.operand(number)
            self.known[node.index] = "True"
            return [f"if {text} != {text}: raise NotImplementedError('not a number, where one was recorded')"]
        if is_slice_scatter(node):
            return self._scatter(node)
        if node.index in self._memory.added:
            return self._add_scattered(node)
        before, line = self._line(node)
        return [*before, line + comment(node), *(self.names.guard(g, self.known[node.index]) for g in guards)]

    def _line(self, node: Node) -> tuple[list[str], str]:
        """The line of one operation, in whose memory it belongs, and what must stand before it."""
        assert node.primitive is not None
        name, args = node.primitive.name, operands(node)
        assembly = self._memory.assemblies.get(node.index)
        if assembly is not None:
            lines = self._array(assembly)
            return lines, self._into(
                node, f"{self.known[assembly.base.index]}[{index_text(assembly.computed[node.index])}]"
            )
        if node.index in self._targets and name in UFUNCS:
            return [], self._into(node, self._targets.pop(node.index))
        target, idle = self._memory.reusable(node) if self._buffers else None, None
        if target is not None:
            line = self._over(node, target, args)
        elif self._buffers and name in UFUNCS and (idle := self._memory.take_idle(node)) is not None:
            line = self._into(node, self.known[idle.index])
        else:
            line = self._assignment(node)
        self._memory.release(node, target)
        return [], line

    def _into(self, node: Node, place: str) -> str:
        """An operation that writes its result to a given place."""
        assert node.primitive is not None
        name, texts = node.primitive.name, self._operands(node)
        if name == "negative":  # NumPy 2.4 negates entries 64 bytes apart wrongly into a slice
            name, texts = "multiply", ["-1", *texts]
        self.names.used.add(name)
        self.known[node.index] = self._name(node)
        return f"{self.known[node.index]} = np.{name}({', '.join(texts)}, out={place})"

    def _name(self, node: Node) -> str:
        return self.names.of(node, self.graph.names)

    def _assignment(self, node: Node) -> str:
        known = node.index not in self._memory.contracted
        text = self._expression(node, self._operands(node) if known else ())
        self.known[node.index] = self._name(node)
        return f"{self.known[node.index]} = {text}"

    def _expression(self, node: Node, texts: Sequence[str]) -> str:
        assert node.primitive is not None
        if node.index in self._memory.contracted:
            product = self._memory.contracted[node.index]
            self.names.used.add("sum")
            return contraction_text(node, product, [self.operand(x) for x in operands(product)])
        name = node.primitive.name
        args = operands(node)
        if self._single_floats and node.form == _FLOAT:
            if all(form_of(x).shape == () for x in args) and has_float_form(name):
                text = expression(name, texts, node.params, args, True)
                self.names.math = self.names.math or "math." in text
                return text
            if name == "power" and all(form_of(x).shape == () for x in args):  # Python's is complex below 0
                return f"float(np.power({', '.join(texts)}))"
            text = expression(name, texts, self.names.hoisted(node.params), args, False)
            self.names.used.add(HELPER_NAMES.get(name, name))
            return f"float({text})" if node.index in self._memory.read else text
        self.names.used |= {name, "is_basic"} if name == "scatter" else {HELPER_NAMES.get(name, name)}
        return expression(name, texts, self.names.hoisted(node.params), args, False)

    def _scatter(self, node: Node) -> list[str]:
        """A slice of zeros, or of an array of other slices."""
        assembly = self._memory.assemblies.get(node.index)
        if assembly is not None:
            return [*self._array(assembly), *self._write(node, node, assembly)]
        name = self.known[node.index] = self._name(node)
        line = f"{name} = np.zeros({node.form.shape}{self._dtype(node.form)}){comment(node)}"
        return [line, f"{name}[{index_text(node.params['key'])}] = {self.operand(operands(node)[0])}"]

    def _add_scattered(self, node: Node) -> list[str]:
        """target[key] += part, for a part that would else be scattered into zeros first."""
        target, scattered = self._memory.added[node.index]
        self.known[node.index] = self.known[target.index]
        return self._write(node, scattered, self._memory.assemblies.get(node.index))

    def _write(self, step: Node, scattered: Node, assembly: Assembly | None) -> list[str]:
        """One slice set, or added; nothing where it was computed in its place, which is one of those it stands in."""
        (x,), key = operands(scattered), scattered.params["key"]
        places = {} if assembly is None else assembly.computed
        if isinstance(x, Node) and x.index in places and places[x.index] is key:  # a key may be None, a new axis
            return []
        sign = "=" if assembly is not None and step.index in assembly.set else "+="
        shape = comment(x) if isinstance(x, Node) else ""
        return [f"{self.known[step.index]}[{index_text(key)}] {sign} {self.operand(x)}{shape}"]

    def _array(self, assembly: Assembly) -> list[str]:
        """The array that slices are put together in, when the first of them comes."""
        base, last = assembly.base, assembly.last
        if base.index in self.known:
            return []
        name = self.known[base.index] = self._name(last if last.index in self.graph.names else base)
        make = "zeros" if assembly.edges is None else "empty"
        line = f"{name} = np.{make}({base.form.shape}{self._dtype(base.form)}){comment(base)}"
        return [line, *(f"{name}[{index_text(key)}] = 0" for key in assembly.edges or ())]

    def _dtype(self, form: Form) -> str:
        self.names.used.add("where")  # NumPy is imported
        plain = "bool" if form.dtype == np.bool else f"np.{form.dtype.name}"
        return "" if form.dtype == np.float64 else f", dtype={plain}"

    def _inline(self, node: Node) -> bool:
        """A matrix transpose is no work, and reads best where it is used."""
        assert node.primitive is not None
        if node.primitive.name != "matrix_transpose" or node.index in self.graph.names or node.index in self._guards:
            return False
        (x,) = operands(node)
        self.known[node.index] = expression("matrix_transpose", [self.operand(x)], {}, [x], self._floats)
        return True

    def _over(self, node: Node, target: Node, args: Sequence[Any]) -> str:
        """An operation whose result takes the memory of an operand, under its name where that has no meaning."""
        assert node.primitive is not None
        name, old = node.primitive.name, self.known[target.index]
        texts = [self.operand(x) for x in args]
        anonymous = target.index not in self.graph.names and node.index not in self.graph.names
        if name in _IN_PLACE and anonymous and (args[0] is target or name in ("add", "multiply")):
            self.known[node.index] = old
            return f"{old} {_IN_PLACE[name]} {texts[1 if args[0] is target else 0]}"
        self.known[node.index] = self._name(node)
        return f"{self.known[node.index]} = np.{name}({', '.join(texts)}, out={old})"

    # Larger units.

    def _check(self, check: Check) -> list[str]:
        """What only guards need, under a condition on the inputs that tells whether they can fail."""
        tests = [self._is_small(x) for x in check.inputs]
        condition = tests[0] if len(tests) == 1 else f"({' and '.join(tests)})"
        inside = [line for node in check.nodes for line in [*self._heading(node), *self._lines(node)]]
        return [f"if not {condition}:  # else the value is a number", *_indented(inside)]

    def _is_small(self, x: Node) -> str:
        text = self.known[x.index]
        if not x.form.shape:
            return f"abs({text}) < {HUGE!r}"
        self.names.used.add("where")
        squares = f"{text}.dot({text})" if len(x.form.shape) == 1 else f"np.vdot({text}, {text})"
        return f"{squares} < {HUGE**2!r}"

    def _blocks(self, stretch: Stretch) -> list[str]:
        """A stretch of elementwise operations as a loop over blocks, which writes its results into new arrays."""
        start, part = self.names.fresh("start"), self.names.fresh("part")
        lines: list[str] = []
        labels = {i: name for i, name in self.graph.names.items() if i not in {x.index for x in stretch.results}}
        targets: dict[int, str] = {}
        for node in stretch.results:
            name = self.known[node.index] = self._name(node)
            lines.append(f"{name} = np.empty({node.form.shape}{self._dtype(node.form)}){comment(node)}")
            labels[node.index] = f"{name}_part"
            targets[node.index] = f"{name}[{':, ' * stretch.axis}{part}]"
        inside = [f"{part} = slice({start}, {start} + {stretch.step})"]
        leaves: list[str] = []
        for x in stretch.reads:
            text, axis = self.operand(x), stretch.place(form_of(x))
            if axis is not None:
                whole, text = text, self.names.fresh(f"{text if text.isidentifier() else f't{x.index}'}_part")
                inside.append(f"{text} = {whole}[{':, ' * axis}{part}]")
            leaves.append(text)
        marks = {node.index: self.graph.marks[node.index] for node in stretch.nodes if node.index in self.graph.marks}
        block = replace(stretch.block(labels, marks), without=self.graph.without)
        inside += Writer(block, leaves, self.names, buffers=True, floats=False, targets=targets).body()
        lines += [f"for {start} in range(0, {stretch.shape[stretch.axis]}, {stretch.step}):", *_indented(inside)]
        return lines + [
            self.names.guard(guard, self.known[node.index])
            for node in stretch.nodes
            for guard in self._guards.get(node.index, ())
        ]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]
