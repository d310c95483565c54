"""A graph as equations in matrix notation: one for each variable that has a name, and for what is read again.

The text is made node by node, in order, so that its length and the time are linear in the graph's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.graph.formulas.formula import ATOM, Formula, Relation, of_number, of_symbol, ones
from derivlab.graph.formulas.notation import Symbol, Symbols
from derivlab.graph.formulas.typeset import typeset
from derivlab.graph.graph import Builder, Candidate, Graph, Node, Operand, form_of, freeze, operands, rebuild
from derivlab.graph.passes.optimise import alive, optimise

BAR, PARTIAL, ANSWER = "bar ", "partial ", "answer "
"""Before a variable's name, or a number, they name its cotangent, gradient and answer: no identifier has a space."""

_SHARED = 3
"""A formula of at least this many operations that is read more than once gets a name."""
_LARGE = 24
_WIDE = 240
"""So does one with more operations, or more characters of TeX, than these."""


@dataclass(frozen=True)
class Equation:
    """left = right; ``backward`` where it belongs to the derivative."""

    left: str
    right: str
    backward: bool

    def __str__(self) -> str:
        return f"{self.left} = {self.right}"


@dataclass(frozen=True)
class Naming:
    """What the variables of a graph are called.

    Attributes
    ----------
    inputs
        Symbols of the inputs.
    names
        Symbols by the names that the graph gives its nodes.
    outputs
        For each output of the graph its symbol.
    entry
        The symbol of an entry of an output, by its place and subscripts; None if it has none.
    backward
        The first output that belongs to the derivative.
    """

    inputs: Sequence[Symbol]
    names: Mapping[str, Any]
    outputs: Sequence[Any]
    entry: Callable[[int, Sequence[str]], str | None]
    backward: int


def simplify(graph: Graph) -> Graph:
    """The graph optimised, and with 1 − h in place of e^(−z)/(1 + e^(−z)) where h = 1/(1 + e^(−z))."""
    graph = optimise(graph, without=["flat dots"])
    return rebuild(alive(rebuild(graph, [_complement], share=True)))


def _complement(candidate: Candidate, builder: Builder) -> Operand | None:
    """(a / d) u, with d = 1 + u and a factor h = 1/d in a: a (1 − h); and σ(−z) beside σ(z): 1 − σ(z)."""
    if candidate.name == "sigmoid" and (inner := _made_by(candidate.operands[0], "negative")):
        return builder.add(candidate.like("subtract", 1, builder.add(candidate.like("sigmoid", inner[0]))))
    if candidate.name != "multiply":
        return None
    for quotient, u in (candidate.operands, candidate.operands[::-1]):
        parts = _made_by(quotient, "divide")
        total = _made_by(parts[1], "add") if parts else ()
        if parts and total and any(x is u for x in total) and any(_is_one(x) for x in total):
            h = _reciprocal_factor(parts[0], parts[1])
            if h is not None:
                rest = builder.add(candidate.like("subtract", 1, h, form=h.form))
                return builder.add(candidate.like("multiply", parts[0], rest))
    return None


def _reciprocal_factor(product: Operand, d: Operand) -> Node | None:
    """A factor 1/d of a product."""
    pending = [product]
    for _ in range(16):
        if not pending:
            break
        x = pending.pop()
        parts = _made_by(x, "divide")
        if parts and parts[1] is d and _is_one(parts[0]):
            return x
        pending += _made_by(x, "multiply")
    return None


def _made_by(x: Operand, name: str) -> tuple[Operand, ...]:
    made = isinstance(x, Node) and x.primitive is not None and x.primitive.name == name
    return operands(x) if made else ()


def _is_one(x: Operand) -> bool:
    return isinstance(x, (int, float, np.number)) and x == 1


def _equation(left: str, formula: Formula, backward: bool) -> Equation:
    """left = formula; a comparison in brackets, which are 1 where it holds."""
    text = rf"\left[{formula.text}\right]" if isinstance(formula.structure, Relation) else formula.text
    return Equation(left, text, backward)


class Equations:
    """The equations of a graph.

    Attributes
    ----------
    equations
        In the order of the computation.
    constants
        Arrays that the formulas read and do not print, by their symbols.
    """

    def __init__(self, graph: Graph, naming: Naming, symbols: Symbols) -> None:
        self.graph = graph
        self.naming = naming
        self.symbols = symbols
        self.equations: list[Equation] = []
        self.constants: dict[str, Any] = {}
        self._constant_symbols: dict[Any, Formula] = {}
        self._letter = symbols.free("vutabz")
        self._readers = Counter(p.index for node in graph.nodes for p in node.parents if p is not None)
        self._readers.update(y.index for y in graph.outputs if isinstance(y, Node))
        self._answers = {str(name) for name in naming.outputs[naming.backward :]}
        self._count = 0
        self._first_backward = min(graph.marks, default=len(graph.nodes))
        self._formulas: dict[int, Formula] = {}
        for node, name in zip(graph.inputs, naming.inputs, strict=True):
            self._formulas[node.index] = of_symbol(name, node.form.shape)
        for node in graph.nodes:
            if node.primitive is not None:
                self._formulas[node.index] = self._settled(node, self._formula(node))
        for place in range(len(graph.outputs)):
            self._answer(place)

    def _formula(self, node: Node) -> Formula:
        assert node.primitive is not None
        shape = node.form.shape
        formula = typeset(node.primitive.name, [self._operand(x) for x in operands(node)], node.params, shape)
        return formula if formula.shape == shape else Formula(formula.text, formula.level, shape, formula.size)

    def _operand(self, x: Operand) -> Formula:
        if isinstance(x, Node):
            return self._formulas[x.index]
        shape = form_of(x).shape
        return self._constant(np.asarray(x), x) if shape else of_number(x if isinstance(x, bool) else x + 0)

    def _constant(self, array: Any, x: Any) -> Formula:
        """An array of equal numbers as a multiple of ones; any other gets a letter."""
        if array.size and array.dtype.kind in "fiu" and bool((array == array.flat[0]).all()):
            value = array.flat[0].item()
            if value == 0:
                return Formula(r"\mathbf{0}", ATOM, array.shape)
            return typeset("multiply", [of_number(value), ones(array.shape)], {}, array.shape)
        key = freeze(x)
        if key not in self._constant_symbols:
            name = self.symbols.new(f"c{len(self.constants) + 1}", array.ndim)
            self.constants[str(name)] = x
            self._constant_symbols[key] = of_symbol(name, array.shape)
        return self._constant_symbols[key]

    def _settled(self, node: Node, formula: Formula) -> Formula:
        """The formula itself, or a symbol for it and an equation."""
        backward = node.index >= self._first_backward
        count = self._readers[node.index]
        name = self._named(node)
        if name is not None and str(name) in self._answers and count == 1:
            return formula  # its equation comes among those of the answers
        again = count > 1 and formula.size >= _SHARED and not formula.entries
        if name is None and not again and formula.size <= _LARGE and len(formula.text) <= _WIDE:
            return formula
        if name is not None and backward and formula.size == 0:
            return formula  # another name for a letter
        if name is None:
            self._count += 1
            name = self.symbols.new(f"{self._letter}{self._count}", len(node.form.shape))
        self.equations.append(_equation(str(name), formula, backward))
        return of_symbol(name, node.form.shape)

    def _named(self, node: Node) -> Any:
        """The symbol of a variable; what the function computes is not called by the name of a cotangent."""
        name = self.graph.names.get(node.index, "")
        backward = name.startswith((BAR, PARTIAL))
        return None if backward and node.index < self._first_backward else self.naming.names.get(name)

    def _answer(self, place: int) -> None:
        """The equation of an output, or those of its entries where only some are not zero."""
        y, name = self.graph.outputs[place], self.naming.outputs[place]
        formula = self._operand(y)
        backward = place >= self.naming.backward
        if formula.text == str(name):
            return
        entries = [(self.naming.entry(place, key), part) for key, part in formula.entries]
        if entries and len(entries) <= 8 and all(left is not None for left, _ in entries):
            for left, part in entries:
                self.equations.append(_equation(str(left), part, backward))
            return
        self.equations.append(_equation(str(name), formula, backward))
