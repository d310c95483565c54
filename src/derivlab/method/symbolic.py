"""Symbolic differentiation with SymPy: derive a formula once, print it as Python, evaluate it many times."""

from __future__ import annotations

import builtins
import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, UnsupportedError
from derivlab.method.abstract import Method, Pullback
from derivlab.method.problem import Problem, flatten, unflatten
from derivlab.method.seeds import check_order


@dataclass(frozen=True)
class Formulas:
    """The expressions of a function and of its Jacobian.

    Attributes
    ----------
    inputs
        All symbols, of all arguments in order.
    values
        For each answer an object array of expressions.
    jacobian
        ``jacobian[k][i]``: expressions of answer k by input leaf i, of shape (answer) + (input).
    output_tree
        The structure of the answer.
    """

    inputs: list[Any]
    values: list[Any]
    jacobian: list[list[Any]]
    output_tree: Any

    @property
    def entries(self) -> list[Any]:
        """All derivative expressions, in order."""
        return [entry for row in self.jacobian for block in row for entry in block.flat]


def derive(problem: Problem, order: int = 1) -> Formulas:
    """The formulas of a function and of its partial derivatives (of order ``order`` for one input)."""
    libraries.load("sympy")
    from derivlab.interpreters.symbolic import Symbolic

    level = Symbolic()
    inputs, active, symbolic = _symbols(level, problem)
    try:
        answers = symbolic(active)
        values = [y.value if isinstance(y, Traced) else level.lift(y) for y in answers]
    finally:
        level.finish()
    jacobian = [[_partials(value, x.value, order) for x in active] for value in values]
    return Formulas(inputs, values, jacobian, symbolic.output_tree)


def _symbols(level: Any, problem: Problem) -> tuple[list[Any], list[Any], Problem]:
    """Symbols in place of every floating-point leaf of every argument."""
    inputs: list[Any] = []
    args: list[Any] = []
    active: dict[int, list[Any]] = {}
    names = _argument_names(problem)
    for position, arg in enumerate(problem.args):
        leaves, tree = flatten(arg)
        made: list[Any] = []
        for k, leaf in enumerate(leaves):
            if not _floating(leaf):
                made.append(leaf)
                continue
            name = names[position] if tree is None else f"{names[position]}_{k}"
            made.append(level.input(name, np.shape(leaf)))
            inputs += list(made[-1].value.flat)
        active[position] = made
        args.append(unflatten(tree, made))
    leaves = [leaf for position in problem.positions for leaf in active[position]]
    return inputs, leaves, problem.replaced(args)


_PRINTED = {*dir(np), *dir(builtins), "erf", "loggamma", "polygamma", "psi", "digamma", "gammaln", "select"}
"""Names that a printed program may call."""


def _argument_names(problem: Problem) -> list[str]:
    try:
        names = list(inspect.signature(problem.f).parameters)
    except (TypeError, ValueError):
        names = []
    usable = len(names) >= len(problem.args) and all(name.isascii() and name.isidentifier() for name in names)
    names = names[: len(problem.args)] if usable else []
    clash = any(b.startswith(f"{a}_") for a in names for b in names)  # x_0 may be an entry of x
    if not names or clash:
        return [f"x{i}" for i in range(len(problem.args))]
    return [f"{name}_" if name in _PRINTED else name for name in names]


def _floating(leaf: Any) -> bool:
    return isinstance(leaf, float) or getattr(getattr(leaf, "dtype", None), "kind", "") == "f"


def _partials(values: Any, x: Any, order: int) -> Any:
    block = np.empty(values.shape + x.shape, dtype=object)
    for index in np.ndindex(block.shape):
        value = values[index[: values.ndim]]
        if not isinstance(value, libraries.load("sympy").sympy.Expr):
            raise ArgumentError(f"the function returned {value}, which moves in steps: it has no useful derivative")
        block[index] = value.diff(x[index[values.ndim :]], order)
    return block


class SymbolicMethod(Method):
    """SymPy's derivative of the function's own expression, evaluated over NumPy.

    ``cse`` shares common subexpressions in the program that is printed; the formulas are the same.
    """

    unsupported = dict.fromkeys(
        ("hessian", "hvp", "vhp", "laplacian", "partial"),
        "expressions are derived once, and not of each other; use forward or reverse",
    )

    def __init__(self, *, cse: bool) -> None:
        self.cse = cse
        self.name = "symbolic-cse" if cse else "symbolic"
        self._program: _Program | None = None

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        outputs, jacobian = self._evaluate(problem)
        pushed = [
            sum(np.tensordot(block, t, axes=t.ndim) for block, t in zip(row, tangents, strict=True)) for row in jacobian
        ]
        return outputs, pushed

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        outputs, jacobian = self._evaluate(problem)

        def pullback(cotangents: Sequence[Any]) -> list[Any]:
            return [
                sum(np.tensordot(bar, row[i], axes=np.ndim(bar)) for bar, row in zip(cotangents, jacobian, strict=True))
                for i in range(len(problem.primals))
            ]

        return outputs, pullback

    def derivative(self, f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
        """The function of dᵏf/dxᵏ, from the expression differentiated k times."""
        first = super().derivative(f)
        if check_order(order) == 1:
            return first
        ready = copy.copy(self)

        def derivative(*args: Any) -> Any:
            problem = Problem(f, args, 0)
            if ready._program is None or not ready._program.fits(problem, order):
                ready._program = _Program(problem, self.cse, order)
            ((block,),) = ready._program(problem)[1]
            return block

        return derivative

    def specialise(self, problem: Problem, operator: str) -> Method:
        ready = copy.copy(self)
        ready._program = _Program(problem, self.cse)
        return ready

    def formulas(self, problem: Problem) -> Formulas:
        """The formulas of a problem: those at hand where the method was made ready for it."""
        program = self._program
        return program.formulas if program is not None and program.fits(problem) else derive(problem)

    def source(self) -> str | None:
        return None if self._program is None else self._program.source

    def _evaluate(self, problem: Problem) -> tuple[list[Any], list[list[Any]]]:
        program = self._program
        if program is None or not program.fits(problem):
            program = _Program(problem, self.cse)
        return program(problem)


class _Program:
    """Formulas printed and compiled, for arguments of given shapes."""

    def __init__(self, problem: Problem, cse: bool, order: int = 1) -> None:
        if any(isinstance(x, Traced) for x in problem.primals):
            raise UnsupportedError("symbolic: cannot run inside another differentiation; use forward or reverse there")
        formulas = derive(problem, order)
        self.problem = problem
        self.order = order
        self.formulas = formulas
        self.shapes = [value.shape for value in formulas.values]
        outputs = [entry for value in formulas.values for entry in value.flat] + formulas.entries
        self.function, self.source = libraries.load("sympy").compile_expressions(formulas.inputs, outputs, cse)
        self.signature = self._signature(problem)
        self.output_tree = formulas.output_tree

    def fits(self, problem: Problem, order: int = 1) -> bool:
        """Whether the formulas were derived for this function, these shapes, these constants and this order."""
        return order == self.order and problem.f is self.problem.f and self._signature(problem) == self.signature

    def __call__(self, problem: Problem) -> tuple[list[Any], list[list[Any]]]:
        numbers = [number for leaf in _leaves(problem) if _floating(leaf) for number in np.asarray(leaf).flat]
        entries = iter(self.function(*numbers))
        problem.output_tree = self.output_tree
        dtype = np.result_type(*problem.primals)
        outputs = [_fill(entries, shape, dtype) for shape in self.shapes]
        jacobian = [[_fill(entries, shape + x.shape, dtype) for x in problem.primals] for shape in self.shapes]
        return outputs, jacobian

    @staticmethod
    def _signature(problem: Problem) -> list[Any]:
        parts: list[Any] = [problem.positions]
        for leaf in _leaves(problem):
            parts.append(np.shape(leaf) if _floating(leaf) else (np.shape(leaf), np.asarray(leaf).tobytes()))
        return parts


def _leaves(problem: Problem) -> list[Any]:
    return [leaf for arg in problem.args for leaf in flatten(arg)[0]]


def _fill(entries: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    block = np.empty(shape, dtype=dtype)
    for index in np.ndindex(shape):
        block[index] = next(entries)
    return block[()]
