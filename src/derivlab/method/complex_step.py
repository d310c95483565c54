"""The complex step: f′(x) ≈ Im f(x + ih) / h, without subtraction and so without cancellation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, UnsupportedError
from derivlab.interpreters.bicomplex import Bicomplex, BicomplexLevel
from derivlab.interpreters.complex_step import ComplexLevel
from derivlab.method.abstract import Method, all_of, check_pair
from derivlab.method.first_order import beside_aux, without_aux
from derivlab.method.problem import ArgNums, Problem
from derivlab.method.seeds import basis, check_order, nan_with, unit_cotangent


class ComplexStep(Method):
    """Im f(x + ihv) / h for an analytic f; truncation error h² f‴/6, far below rounding for the default step.

    Second derivatives take two imaginary units: the part of f(x + ihv + jhw) along ij is h² vᵀ H w, with a truncation
    error of order h².

    Parameters
    ----------
    step
        h, absolute; by default 2⁻¹⁰⁰ (2⁻⁴⁰ in float32).

    Cost: one evaluation of f in complex arithmetic for each direction; in bicomplex arithmetic, about four times as
    dear, n for H v and n (n + 1) / 2 for a Hessian of n entries.

    References
    ----------
    Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40(1), 1998.
    Lantoine, Russell and Dargent, "Using multicomplex variables for automatic computation of high-order derivatives",
    ACM Transactions on Mathematical Software 38(3), 2012.
    """

    name = "complex-step"
    unsupported = dict.fromkeys(
        ("directional", "partial"),
        "complex and bicomplex steps give derivatives of order 1 and 2; use derivative, hessian or hvp, or forward",
    )

    def __init__(self, step: float | None = None) -> None:
        if step is not None and (isinstance(step, (str, bool)) or not np.isfinite(step) or step <= 0):
            raise ArgumentError(f"step must be a positive number, and is {step!r}")
        self.step = step

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        h, level = self._step(problem), ComplexLevel()
        try:
            answers = problem([level.input(x + 1j * h * v) for x, v in zip(problem.primals, tangents, strict=True)])
        finally:
            level.finish()
        values = [y.value if isinstance(y, Traced) else np.asarray(y)[()] for y in answers]
        return [np.real(y) for y in values], [np.imag(y) / h for y in values]

    def push_twice(self, problem: Problem, v: Sequence[Any], w: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The answer and its second derivative along v and w, as lists of leaves."""
        h, level = self._step(problem), BicomplexLevel()
        if not h * h > np.finfo(np.result_type(*(x.dtype for x in problem.primals))).tiny:
            raise UnsupportedError(f"complex-step: h² of the step {h} is 0 to the computer; choose a larger one")
        moved = zip(problem.primals, v, w, strict=True)
        try:
            answers = problem([level.input(x + 1j * h * dv, h * dw + 0j) for x, dv, dw in moved])
        finally:
            level.finish()
        values = [y.value if isinstance(y, Traced) else np.asarray(y)[()] for y in answers]
        here = [np.real(y.a) if isinstance(y, Bicomplex) else y for y in values]
        return here, [np.imag(y.b) / h / h if isinstance(y, Bicomplex) else np.zeros_like(y)[()] for y in values]

    def derivative(self, f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
        """The function of f′ or, with ``order=2``, f″ of one real variable."""
        if check_order(order) > 2:
            raise UnsupportedError(f"complex-step: derivatives of order 1 and 2, not {order}; use forward or taylor")
        return super(ComplexStep, self if order == 1 else _Twice(self)).derivative(f)

    def hessian(self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False) -> Callable[..., Any]:
        """The function of the Hessian of a scalar-valued f: a block of shape r + s for arguments of shapes r and s."""
        self.check("hessian", f)
        if has_aux:
            return beside_aux(self.hessian(without_aux(f), argnums), f)

        def hessian(*args: Any) -> Any:
            problem = Problem(f, args, argnums)
            units = list(_units(problem))
            matrix = np.empty((len(units), len(units)), np.result_type(*(x.dtype for x in problem.primals)))
            for i, v in enumerate(units):
                for j, w in enumerate(units[: i + 1]):
                    matrix[i, j] = matrix[j, i] = self._curvature(problem, v, w)
            ends = np.cumsum([x.size for x in problem.primals])[:-1]
            rows = [np.split(row, ends, axis=1) for row in np.split(matrix, ends)]
            return problem.pack_input(
                [
                    problem.pack_input(
                        [block.reshape(x.shape + y.shape)[()] for block, y in zip(row, problem.primals, strict=True)]
                    )
                    for row, x in zip(rows, problem.primals, strict=True)
                ]
            )

        return hessian

    def hvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        """H v for a scalar-valued f, in the structure of the gradient."""
        self.check("hvp", f)
        check_pair("hvp", primals, tangents)
        problem = Problem(f, primals, all_of(primals))
        w = problem.unpack_tangents(tangents)
        entries = np.array([self._curvature(problem, v, w) for v in _units(problem)])
        parts = np.split(entries, np.cumsum([x.size for x in problem.primals])[:-1])
        return problem.pack_input(
            [part.reshape(x.shape).astype(x.dtype)[()] for part, x in zip(parts, problem.primals, strict=True)]
        )

    def vhp(self, f: Callable[..., Any], primals: tuple[Any, ...], cotangents: tuple[Any, ...]) -> Any:
        """vᵀ H for a scalar-valued f: H is symmetric, so that this is H v."""
        return self.hvp(f, primals, cotangents)

    def _curvature(self, problem: Problem, v: Sequence[Any], w: Sequence[Any]) -> Any:
        outputs, second = self.push_twice(problem, v, w)
        unit_cotangent(outputs, problem.f)
        problem.check_inputs(outputs)
        return nan_with(second[0], outputs[0])

    def _step(self, problem: Problem) -> float:
        if any(isinstance(x, Traced) for x in problem.primals):
            raise UnsupportedError("complex-step: cannot run inside another differentiation; use forward or reverse")
        single = any(x.dtype == np.float32 for x in problem.primals)
        return self.step or (2.0**-40 if single else 2.0**-100)


class _Twice(ComplexStep):
    """Second derivatives along a line in place of first ones."""

    def __init__(self, method: ComplexStep) -> None:
        self.step = method.step

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        return self.push_twice(problem, tangents, tangents)


def _units(problem: Problem) -> Any:
    """The directions that move one entry each."""
    zeros = [np.zeros(x.shape, x.dtype)[()] for x in problem.primals]
    for k, x in enumerate(problem.primals):
        for index in np.ndindex(x.shape):
            yield [*zeros[:k], basis(x, index), *zeros[k + 1 :]]
