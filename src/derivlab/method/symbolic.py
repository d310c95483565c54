"""Symbolic differentiation with SymPy: derive a formula once, print it as Python, evaluate it many times."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np

from derivlab.errors import unknown
from derivlab.method.abstract import Method, Prepared, Pullback, all_of, check_pair, check_prepared, primals_of
from derivlab.method.derivation import Along, Formulas, Program, Wanted, derive
from derivlab.method.named import in_name_of, named
from derivlab.method.problem import ArgNums, Problem
from derivlab.method.seeds import check_order, dtype_of, matching_tangents, nan_rows, nan_with, unit_cotangent

FORMS = ("raw", "simplified", "expanded", "factored", "horner")
"""The forms that a derivative is written in."""


class SymbolicMethod(Method):
    """SymPy's derivatives of the function's own expression, evaluated over NumPy.

    Derivatives of second and higher order are those of expressions: ``hessian`` derives each mixed one once, ``hvp``
    and ``directional`` differentiate f(x + t v) in t, with x and v as symbols. ``prepare`` derives once; an operator
    called without it derives at its first call.

    Parameters
    ----------
    form
        What each derivative is written as: "raw" is what the rules of differentiation give, "simplified" what
        ``sympy.simplify`` makes of it, "expanded" a sum of monomials, "factored" a product of irreducible factors,
        "horner" Horner's scheme, for polynomials. All are exact rewritings: constants keep every bit until a
        coefficient is printed as the double nearest to it. Their values in floating point differ, and a form may
        overflow where another does not. A derivative too large for a form is refused.
    cse
        Whether the program shares common subexpressions; the formulas are the same.
    """

    def __init__(self, form: str = "raw", *, cse: bool = False) -> None:
        if form not in FORMS:
            raise unknown("form", form, FORMS)
        self.form = form
        self.cse = cse
        self.name = "-".join(["symbolic", *([form] if form != "raw" else []), *(["cse"] if cse else [])])
        self._keeps = False
        self._along: Along | None = None
        self._program: Program | None = None

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        outputs, jacobians = self._evaluate(problem, "jacobian")
        direction = np.concatenate(
            [np.zeros(x.size) if t is None else np.ravel(t) for t, x in zip(tangents, problem.primals, strict=True)]
        )
        return outputs, [jacobian @ direction for jacobian in jacobians]

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        outputs, jacobians = self._evaluate(problem, "jacobian")

        def pullback(cotangents: Sequence[Any]) -> list[Any]:
            pulled = (np.tensordot(bar, j, axes=np.ndim(bar)) for bar, j in zip(cotangents, jacobians, strict=True))
            return _split(sum(pulled), problem.primals)

        return outputs, pullback

    def _rows(self, problem: Problem) -> list[list[Any]]:
        outputs, jacobians = self._evaluate(problem, "jacobian")
        problem.check_inputs(outputs)
        return [nan_rows(_split(j, problem.primals), y) for j, y in zip(jacobians, outputs, strict=True)]

    # Second and higher order.

    def hessian(self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False) -> Callable[..., Any]:
        """The function of the Hessian of a scalar-valued f, of which n (n + 1) / 2 expressions are derived."""
        self.check("hessian", f, argnums)
        if has_aux:
            return super().hessian(f, argnums, True)
        ready = self._own()

        def hessian(*args: Any) -> Any:
            problem = Problem(f, args, argnums)
            half = ready._scalar(problem, "hessian")
            size = sum(x.size for x in problem.primals)
            upper = np.triu_indices(size)
            matrix = np.empty((size, size), half.dtype)
            matrix[upper] = matrix.T[upper] = half
            rows = [np.moveaxis(row, 0, -1) for row in _split(matrix, problem.primals)]
            return problem.pack_input([problem.pack_input(_split(row, problem.primals)) for row in rows])

        return named("hessian", f, hessian)

    def laplacian(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        """The function of ∇²f = Σᵢ ∂²f/∂xᵢ² for a scalar-valued f, of which n expressions are derived."""
        self.check("laplacian", f, argnums)
        ready = self._own()
        return named("laplacian", f, lambda *args: np.sum(ready._scalar(Problem(f, args, argnums), "laplacian")))

    def hvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        """H v for a scalar-valued f, from the n expressions ∂²f(x + t v)/∂t∂xᵢ at t = 0."""
        return self._hessian_product("hvp", f, primals, tangents)

    def vhp(self, f: Callable[..., Any], primals: tuple[Any, ...], cotangents: tuple[Any, ...]) -> Any:
        """vᵀ H for a scalar-valued f: as :meth:`hvp`, for H is symmetric."""
        return self._hessian_product("vhp", f, primals, cotangents)

    def _hessian_product(self, operator: str, f: Callable[..., Any], primals: Any, tangents: Any) -> Any:
        self.check(operator, f)
        check_pair(operator, primals, tangents)
        problem = Problem(f, primals, all_of(primals))
        matching_tangents(problem, tangents)
        along = self._line(f, primals, tangents, tuple(range(len(primals) + 1)))
        with in_name_of(operator, f):
            return problem.pack_input(_split(self._scalar(along, "first with each"), problem.primals))

    def directional(
        self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], order: int = 1
    ) -> Any:
        """dᵏ/dtᵏ f(x + t v) at t = 0, from that expression: J v for k = 1, vᵀ H v for k = 2."""
        self.check("directional", f)
        check_pair("directional", primals, tangents)
        matching_tangents(Problem(f, primals, tuple(range(len(primals)))), tangents)
        return self._one(self._line(f, primals, tangents, 0), (0,) * check_order(order))

    def derivative(self, f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
        """The function of dᵏf/dxᵏ, from the expression differentiated k times."""
        self.check("derivative", f)
        ready = self._own()
        wanted = "jacobian" if check_order(order) == 1 else (0,) * order
        return _OfOrder(self.name, lambda problem: ready._evaluate(problem, wanted)).derivative(f)

    def partial(self, f: Callable[..., Any], wrt: Sequence[Any]) -> Callable[..., Any]:
        """The function of ∂ᵏf / ∂x_{wrt[0]} … ∂x_{wrt[k−1]}, from the expression differentiated by each."""
        return Method.partial(self._own(), f, wrt)

    def _nested(self, f: Callable[..., Any], rest: list[Any], args: Sequence[Any]) -> Any:
        problem = Problem(f, args, tuple(sorted({position for (position, _), _ in rest})))
        sizes = [x.size for x in problem.primals]
        starts = dict(zip(problem.positions, np.cumsum([0, *sizes]).tolist(), strict=False))
        entries = (starts[position] + int(np.argmax(unit)) for (position, _), unit in rest)
        return self._one(problem, tuple(sorted(entries)))

    # Programs.

    def prepare(
        self, operator: str, f: Callable[..., Any], *args: Any, argnums: ArgNums = 0, order: int = 1
    ) -> Prepared:
        check_prepared(operator, f, args)
        primals_of(operator, args)
        start = time.perf_counter()
        ready = copy.copy(self)._own()  # a program of its own, also where this method was prepared before
        function = ready.bound(operator, f, argnums, order)
        with np.errstate(all="ignore"):
            function(*args)  # derives what it needs
        program = ready._program
        source, note = (program.source, program.note) if program is not None else (None, "")
        return Prepared(function, time.perf_counter() - start, source, method=ready, note=note)

    def formulas(self, problem: Problem, wanted: Wanted = "jacobian") -> Formulas:
        """The formulas of a problem: those at hand where the method was made ready for it."""
        program = self._program
        if program is not None and program.fits(problem, wanted):
            return program.formulas
        return derive(problem, wanted, self.form)

    def _own(self) -> Self:
        """This method, with a place of its own for the program that it derives."""
        if self._keeps:
            return self
        own = copy.copy(self)
        own._keeps = True
        return own

    def _evaluate(self, problem: Problem, wanted: Wanted) -> tuple[list[Any], list[Any]]:
        program = self._program
        if program is None or not program.fits(problem, wanted):
            program = Program(problem, wanted, self.form, self.cse)
            if self._keeps:
                self._program = program
        return program(problem)

    def _scalar(self, problem: Problem, wanted: Wanted) -> Any:
        """Partial derivatives of the one number that f answers, as one axis."""
        outputs, partials = self._evaluate(problem, wanted)
        problem.check_inputs(outputs)
        unit_cotangent(outputs, problem.f.f if isinstance(problem.f, Along) else problem.f)
        return nan_with(partials[0], outputs[0])

    def _one(self, problem: Problem, place: tuple[int, ...]) -> Any:
        """One partial derivative of each answer, in their structure."""
        outputs, partials = self._evaluate(problem, place)
        problem.check_inputs(outputs)
        return problem.pack_output(self._settled([block[..., 0] for block in partials], outputs, problem.f))

    def _line(self, f: Callable[..., Any], primals: Any, tangents: Any, argnums: ArgNums) -> Problem:
        """f along a line, at t = 0; the same function at each call, so that a program fits."""
        along = self._along
        if along is None or along.f is not f or along.count != len(primals):
            along = Along(f, len(primals))
            if self._keeps:
                self._along = along
        dtype = np.result_type(*(dtype_of(x) for x in Problem(f, primals, all_of(primals)).primals))
        return Problem(along, (np.zeros((), dtype)[()], *primals, *tangents), argnums)


class _OfOrder(Method):
    """A push that gives dᵏf/dxᵏ in place of J v: with it ``derivative`` serves any order."""

    def __init__(self, name: str, evaluate: Callable[[Problem], tuple[list[Any], list[Any]]]) -> None:
        self.name = name
        self.evaluate = evaluate

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        outputs, partials = self.evaluate(problem)
        return outputs, [block[..., 0] for block in partials]


def _split(row: Any, primals: Sequence[Any]) -> list[Any]:
    """The last axis in the shapes and dtypes of the primals."""
    parts: list[Any] = []
    start = 0
    for x in primals:
        part = row[..., start : start + x.size]
        parts.append(part.reshape(row.shape[:-1] + x.shape).astype(x.dtype)[()])
        start += x.size
    return parts
