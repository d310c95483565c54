"""Deriving formulas with SymPy: the expressions of a function, their partial derivatives, and the program printed."""

from __future__ import annotations

import builtins
import inspect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, UnsupportedError
from derivlab.method.problem import Problem, flatten, name_of, unflatten
from derivlab.method.replay import VIA_GRAPH, Replay

Wanted = str | tuple[int, ...]
"""Which partial derivatives: a key of :data:`WANTED`, or the entries to differentiate by, in order."""

Partials = Sequence[tuple[int, ...]]

WANTED: dict[str, Callable[[int], Partials]] = {
    "jacobian": lambda n: [(i,) for i in range(n)],
    "hessian": lambda n: list(itertools.combinations_with_replacement(range(n), 2)),
    "laplacian": lambda n: [(i, i) for i in range(n)],
    "first with each": lambda n: [(0, i) for i in range(1, n)],
}
"""The partial derivatives by n active entries, as tuples of entries; of equal mixed ones the Hessian has one."""


@dataclass(frozen=True)
class Formulas:
    """The expressions of a function and of its partial derivatives.

    Attributes
    ----------
    inputs
        All symbols, of all arguments in order.
    values
        For each answer an object array of expressions.
    partials
        For each answer an object array of expressions, with the partial derivatives along one more axis.
    output_tree
        The structure of the answer.
    via_graph
        Whether they are those of the function as it was recorded at a point.
    point
        The arrays at which the recorded function took its branches; None where it took none.
    """

    inputs: list[Any]
    values: list[Any]
    partials: list[Any]
    output_tree: Any
    via_graph: bool = False
    point: list[Any] | None = None

    @property
    def entries(self) -> list[Any]:
        """All derivative expressions, in order."""
        return [entry for block in self.partials for entry in block.flat]


class Along:
    """f along a line: (t, x, v) ↦ f(x + t v), for arguments x of f and their directions v."""

    def __init__(self, f: Callable[..., Any], count: int) -> None:
        self.f = f
        self.count = count
        self.__name__ = name_of(f)
        self.names = ["t", *(name for form in ("{}", "d_{}") for name in map(form.format, _names(f, count)))]

    def __call__(self, t: Any, *both: Any) -> Any:
        (points, tree), (directions, _) = flatten(both[: self.count]), flatten(both[self.count :])
        moved = [x + t * v for x, v in zip(points, directions, strict=True)]
        return self.f(*unflatten(tree, moved))


def derive(problem: Problem, wanted: Wanted = "jacobian", form: str = "raw") -> Formulas:
    """The formulas of a function and of the partial derivatives that are wanted, these in one of the forms.

    Of a function along a line they are those at t = 0.

    Raises
    ------
    UnsupportedError
        If they are too large for the form or too deep for SymPy, or have no such form.
    """
    libraries.load("sympy")
    try:
        return _derive(problem, wanted, form)
    except RecursionError:
        raise UnsupportedError("symbolic: the formula nests too deeply for SymPy; use forward or reverse") from None


def _derive(problem: Problem, wanted: Wanted, form: str) -> Formulas:
    from derivlab.interpreters.symbolic import Symbolic

    level = Symbolic()
    inputs, active, symbolic = _symbols(level, problem)
    entries = [x for leaf in active for x in leaf.value.flat]  # f may write into the leaves
    try:
        answers, replay = _answers(symbolic, active, problem)
        values = [level.lift(y.value if isinstance(y, Traced) else y) for y in answers]
    finally:
        level.finish()
    places = WANTED[wanted](len(entries)) if isinstance(wanted, str) else [wanted]
    if form != "raw":
        libraries.load("sympy_forms").check_before([y for value in values for y in value.flat], len(places), form)
    partials = [_partials(value, [tuple(entries[i] for i in place) for place in places]) for value in values]
    if isinstance(problem.f, Along):
        values, partials = ([_at_zero(block, inputs[0]) for block in blocks] for blocks in (values, partials))
    if form != "raw":
        partials = _rewritten(partials, form)
    point = _leaves(problem) if replay is not None and replay.guarded else None
    return Formulas(inputs, values, partials, symbolic.output_tree, replay is not None, point)


def _answers(symbolic: Problem, active: Sequence[Any], problem: Problem) -> tuple[list[Any], Replay | None]:
    """The function over symbols; where it branches on a value, as it was recorded at the problem's own point."""
    try:
        return symbolic(active), None
    except (UnsupportedError, TypeError) as error:
        if isinstance(error, ArgumentError):
            raise
        try:
            replay = Replay(problem.f, problem.args)
        except Exception:
            raise error from None
    symbolic.f = replay
    return symbolic(active), replay


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
            if not floating(leaf):
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
    names = problem.f.names if isinstance(problem.f, Along) else _names(problem.f, len(problem.args))
    clash = len(set(names)) < len(names) or any(b.startswith(f"{a}_") for a in names for b in names)
    if clash:  # x_0 may be an entry of x
        return [f"x{i}" for i in range(len(problem.args))]
    return [f"{name}_" if name in _PRINTED else name for name in names]


def _names(f: Any, count: int) -> list[str]:
    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        names = []
    usable = len(names) >= count and all(name.isascii() and name.isidentifier() for name in names)
    return names[:count] if usable else [f"x{i}" for i in range(count)]


def floating(leaf: Any) -> bool:
    """Whether a leaf of an argument becomes symbols; any other is a constant of the formulas."""
    return isinstance(leaf, float) or getattr(getattr(leaf, "dtype", None), "kind", "") == "f"


def _partials(values: Any, places: Sequence[tuple[Any, ...]]) -> Any:
    block = np.empty((*values.shape, len(places)), dtype=object)
    for index in np.ndindex(values.shape):
        value = values[index]
        if not isinstance(value, libraries.load("sympy").sympy.Expr):
            raise ArgumentError(f"the function returned {value}, which moves in steps: it has no useful derivative")
        partial = libraries.load("sympy").partial
        known: dict[tuple[Any, ...], Any] = {(): value}
        for k, place in enumerate(places):
            for stop in range(1, len(place) + 1):
                if place[:stop] not in known:
                    known[place[:stop]] = partial(known[place[: stop - 1]], place[stop - 1])
            block[(*index, k)] = known[place]
    return block


def _at_zero(block: Any, t: Any) -> Any:
    return _map(lambda entry: entry.xreplace({t: libraries.load("sympy").sympy.S.Zero}), block)


def _rewritten(blocks: Sequence[Any], form: str) -> list[Any]:
    rewritten = iter(libraries.load("sympy_forms").rewrite([entry for block in blocks for entry in block.flat], form))
    return [_map(lambda _: next(rewritten), block) for block in blocks]


def _map(function: Callable[[Any], Any], block: Any) -> Any:
    mapped = np.empty_like(block)
    for index in np.ndindex(block.shape):
        mapped[index] = function(block[index])
    return mapped


class Program:
    """Formulas printed and compiled, for arguments of given shapes."""

    def __init__(self, problem: Problem, wanted: Wanted, form: str, cse: bool) -> None:
        if any(isinstance(x, Traced) for x in problem.primals):
            raise UnsupportedError("symbolic: cannot run inside another differentiation; use forward or reverse there")
        formulas = derive(problem, wanted, form)
        self.f = problem.f
        self.wanted = wanted
        self.formulas = formulas
        self.note = VIA_GRAPH if formulas.via_graph else ""
        outputs = [entry for value in formulas.values for entry in value.flat] + formulas.entries
        self.function, self.source = libraries.load("sympy_printing").compile_expressions(formulas.inputs, outputs, cse)
        self.signature = _signature(problem)

    def fits(self, problem: Problem, wanted: Wanted) -> bool:
        """Whether the formulas are these derivatives, of this function, for these shapes and these constants."""
        same = wanted == self.wanted and problem.f is self.f and _signature(problem) == self.signature
        point = self.formulas.point
        return same and (point is None or all(map(np.array_equal, point, _leaves(problem))))

    def __call__(self, problem: Problem) -> tuple[list[Any], list[Any]]:
        """The answers, and for each the partial derivatives along one more axis."""
        numbers = [number for leaf in _leaves(problem) if floating(leaf) for number in np.asarray(leaf).flat]
        entries = iter(self.function(*numbers))
        problem.output_tree = self.formulas.output_tree
        dtype = np.result_type(*problem.primals)
        outputs = [_fill(entries, value.shape, dtype)[()] for value in self.formulas.values]
        return outputs, [_fill(entries, block.shape, dtype) for block in self.formulas.partials]


def _signature(problem: Problem) -> list[Any]:
    parts: list[Any] = [problem.positions]
    for arg in problem.args:
        leaves, tree = flatten(arg)
        parts += [tree, *(np.shape(leaf) if floating(leaf) else _constant(np.asarray(leaf)) for leaf in leaves)]
    return parts


def _constant(value: Any) -> tuple[Any, ...]:
    return value.shape, value.dtype, value.tobytes()


def _leaves(problem: Problem) -> list[Any]:
    return [leaf for arg in problem.args for leaf in flatten(arg)[0]]


def _fill(entries: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    block = np.empty(shape, dtype=dtype)
    for index in np.ndindex(shape):
        block[index] = next(entries)
    return block
