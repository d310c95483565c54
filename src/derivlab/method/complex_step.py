"""The complex step: f′(x) ≈ Im f(x + ih) / h, without subtraction and so without cancellation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, UnsupportedError
from derivlab.interpreters.bicomplex import BicomplexLevel
from derivlab.interpreters.bicomplex_numbers import Bicomplex
from derivlab.interpreters.complex_step import ComplexLevel
from derivlab.method.bilinear import Bilinear
from derivlab.method.problem import Problem
from derivlab.method.seeds import check_order


class ComplexStep(Bilinear):
    """Im f(x + ihv) / h for an analytic f; truncation error h² f‴/6, far below rounding for the default step.

    Second derivatives take two imaginary units: the part of f(x + ihv + jhw) along ij is h² vᵀ H w, with a truncation
    error of order h².

    Parameters
    ----------
    step
        h, absolute; by default 2⁻¹⁰⁰ (2⁻⁴⁰ in float32), times the least |x/v| of the entries
        that move if that is below 1. An |x/v| below 2⁻⁴⁰⁰ (2⁻⁶⁰) is refused.

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
        number = isinstance(step, (int, float, np.number)) and not isinstance(step, bool)
        if step is not None and not (number and np.isfinite(step) and step > 0):
            raise ArgumentError(f"step must be a positive number, and is {step!r}")
        self.step = step

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        h, level = self._step(problem, tangents), ComplexLevel()
        try:
            answers = problem([level.input(x + 1j * h * v) for x, v in zip(problem.primals, tangents, strict=True)])
        finally:
            level.finish()
        values = [y.value if isinstance(y, Traced) else np.asarray(y)[()] for y in answers]
        return [np.real(y) for y in values], [np.imag(y) / h for y in values]

    def push_twice(self, problem: Problem, v: Sequence[Any], w: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        h, level = min(self._step(problem, v), self._step(problem, w)), BicomplexLevel()
        tiny = float(np.finfo(np.result_type(*(x.dtype for x in problem.primals))).tiny)
        h = h if self.step else max(h, 4 * tiny**0.5)
        largest = max((_largest_ratio(x, d) for x, d in zip(problem.primals * 2, [*v, *w], strict=True)), default=1.0)
        if largest * tiny**0.5 > 1:
            raise UnsupportedError(
                f"complex-step: an entry is {largest:.1e} of its direction, beside which h² is 0 to the computer; "
                "measure it in other units, or use forward"
            )
        if not h * h > tiny:
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

    def _step(self, problem: Problem, tangents: Sequence[Any] = ()) -> float:
        if any(isinstance(x, Traced) for x in problem.primals):
            raise UnsupportedError("complex-step: cannot run inside another differentiation; use forward or reverse")
        single = any(x.dtype == np.float32 for x in problem.primals)
        nearest = min((_least_ratio(x, v) for x, v in zip(problem.primals, tangents, strict=False)), default=1.0)
        if not self.step and nearest < (2.0**-60 if single else 2.0**-400):
            raise UnsupportedError(
                f"complex-step: an entry is {nearest:.1e} of its direction, and products of a step beside it would be "
                "0 to the computer; measure it in other units, or use forward"
            )
        return self.step or (2.0**-40 if single else 2.0**-100) * nearest


def _least_ratio(x: Any, v: Any) -> float:
    """The least |x/v| of the entries where neither is 0, and at most 1: beyond it a step is no longer small."""
    both = (x != 0) & (v != 0)
    with np.errstate(all="ignore"):
        return float(np.min(np.abs(np.divide(x, v)), where=both, initial=1.0))


def _largest_ratio(x: Any, v: Any) -> float:
    """The largest |x/v| of the entries where neither is 0, and at least 1."""
    both = (x != 0) & (v != 0)
    with np.errstate(all="ignore"):
        return float(np.max(np.abs(np.divide(x, v)), where=both, initial=1.0))


class _Twice(ComplexStep):
    """Second derivatives along a line in place of first ones."""

    def __init__(self, method: ComplexStep) -> None:
        self.step = method.step

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        return self.push_twice(problem, tangents, tangents)
