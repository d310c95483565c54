"""``dl.latex``: a function and its gradient as formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from derivlab.graph.formulas.latex import BAR, PARTIAL, Equation, Equations, Naming, simplify
from derivlab.graph.formulas.notation import Symbol, Symbols
from derivlab.graph.graph import form_of
from derivlab.method.problem import ArgNums, name_of
from derivlab.method.recording import Derivative, record_derivative

_MANY = 40
"""Of more equations than these, ``str`` shows the first and the last half."""


@dataclass(frozen=True)
class Latex:
    """A function and its gradient in TeX.

    Attributes
    ----------
    function, gradient
        The equations of each, joined by commas: one line, without dollar signs.
    equations
        All of them, one a string, in the order of the computation.
    constants
        Arrays that the function captured, by the letters that stand for them.
    """

    function: str
    gradient: str
    equations: Sequence[str]
    constants: Mapping[str, Any]

    def __str__(self) -> str:
        shown = list(self.equations)
        if len(shown) > _MANY:
            left_out = len(shown) - _MANY
            shown[_MANY // 2 : -_MANY // 2] = [rf"\vdots = \text{{{left_out} more equations}}"]
        body = " \\\\\n".join(equation.replace(" = ", " &= ", 1) for equation in shown)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self}$"


def latex(f: Callable[..., Any], *args: Any, argnums: ArgNums = 0) -> Latex:
    r"""A function and its gradient as formulas in matrix notation.

    The function is recorded at the arguments, on the branch that it takes there. Scalars are italic, vectors bold,
    matrices capital; ⊙ is the product entry by entry, also in an exponent, and indices i, j, ... of a sum count
    axes. Variables of the function keep their names, the cotangent of h is written with a bar, and what is long or
    read twice gets a letter. Numbers have at most six digits. Of a function whose answer is not a scalar, the
    derivative is the cotangent of the argument for that of the answer.

    Parameters
    ----------
    f
        Array code. A spec works too.
    args
        Where to record it.
    argnums
        The arguments to differentiate with respect to.

    Returns
    -------
    Latex
        With ``function``, ``gradient`` and ``equations``; ``str`` is an ``aligned`` environment.

    Examples
    --------
    >>> import derivlab as dl
    >>> dl.latex(lambda x, y: x * x * y, 3.0, 4.0).gradient
    '\\frac{\\partial f}{\\partial x} = 2 x y'
    """
    derivative = record_derivative(f, args, argnums)
    symbols = Symbols()
    naming = _Names(derivative, f, symbols).naming()
    written = Equations(simplify(derivative.graph), naming, symbols)
    forward = [e for e in written.equations if not e.backward]
    backward = [e for e in written.equations if e.backward]
    return Latex(_joined(forward), _joined(backward), tuple(map(str, forward + backward)), written.constants)


def _joined(equations: Sequence[Equation]) -> str:
    return r",\quad ".join(map(str, equations))


class _Names:
    """The symbols of a derivative: inputs, variables, answers, cotangents and gradients."""

    def __init__(self, derivative: Derivative, f: Callable[..., Any], symbols: Symbols) -> None:
        self.derivative, self.symbols = derivative, symbols
        graph, named = derivative.graph, derivative.graph.names
        self.leaves = [
            symbols.new(named.get(node.index, name), len(node.form.shape))
            for node, name in zip(graph.inputs, derivative.leaves, strict=False)
        ]
        mine = {node.index for node in graph.inputs}
        self.variables = {
            name: symbols.new(name, len(graph.nodes[index].form.shape))
            for index, name in named.items()
            if index not in mine and " " not in name
        }
        self.answers = [self._answer(place, f) for place in range(derivative.answers)]

    def _answer(self, place: int, f: Callable[..., Any]) -> Symbol:
        y = self.derivative.graph.outputs[place]
        name = self.derivative.graph.names.get(getattr(y, "index", -1), "")
        if name in self.variables and name not in self.derivative.leaves:
            return self.variables[name]
        letter = letter_of(f) + (str(place + 1) if self.derivative.answers > 1 else "")
        fresh = self.symbols.new(letter, len(form_of(y).shape))
        if name:
            self.variables[name] = fresh
        return fresh

    def naming(self) -> Naming:
        """All symbols, by the names in the graph."""
        names: dict[str, Symbol] = dict(self.variables)
        names |= {BAR + name: self.symbols.unique(symbol.bar()) for name, symbol in names.items() if " " not in name}
        gradients = [self._gradient(place) for place in self.derivative.active]
        names |= {f"{PARTIAL}{place}": g for place, g in zip(self.derivative.active, gradients, strict=True)}
        seeds = [] if self.derivative.scalar else [y.bar() for y in self.answers]
        count = len(self.derivative.graph.inputs) - len(self.leaves)
        return Naming(
            [*self.leaves, *seeds[:count]], names, [*self.answers, *gradients], self._entry, len(self.answers)
        )

    def _gradient(self, place: int) -> Any:
        x = self.leaves[place]
        if not self.derivative.scalar:
            return self.symbols.unique(x.bar())
        return _Partial(str(self.answers[0]), str(x))

    def _entry(self, place: int, key: Sequence[str]) -> str | None:
        """∂f/∂w₀ for an entry of an argument."""
        place -= len(self.answers)
        if place < 0 or not self.derivative.scalar:
            return None
        x = self.leaves[self.derivative.active[place]]
        return str(_Partial(str(self.answers[0]), str(x.entry(key))))


@dataclass(frozen=True)
class _Partial:
    """∂y/∂x, in the place of a symbol."""

    y: str
    x: str

    def __str__(self) -> str:
        return rf"\frac{{\partial {self.y}}}{{\partial {self.x}}}"


def letter_of(f: Callable[..., Any]) -> str:
    """What the answer of a function is called: its own name if that is a letter, L for a loss, else f."""
    name = name_of(f)
    if len(name) == 1 and name.isalpha() and name.isascii():
        return name
    return "L" if "loss" in name.lower() else "f"
