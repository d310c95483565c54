"""The complex step: f′(x) ≈ Im f(x + ih) / h, without subtraction and so without cancellation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, UnsupportedError
from derivlab.interpreters.complex_step import ComplexLevel
from derivlab.method.abstract import Method
from derivlab.method.problem import Problem


class ComplexStep(Method):
    """Im f(x + ihv) / h for an analytic f; truncation error h² f‴/6, far below rounding for the default step.

    Parameters
    ----------
    step
        h, absolute; by default 2⁻¹⁰⁰ (2⁻⁴⁰ in float32).

    Cost: one evaluation of f in complex arithmetic for each direction.

    Reference: Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review
    40(1), 1998.
    """

    name = "complex-step"
    unsupported = dict.fromkeys(
        ("hessian", "hvp", "vhp", "laplacian", "directional", "partial"),
        "one complex step is one derivative; use forward or reverse",
    )

    def __init__(self, step: float | None = None) -> None:
        if step is not None and (isinstance(step, (str, bool)) or not np.isfinite(step) or step <= 0):
            raise ArgumentError(f"step must be a positive number, and is {step!r}")
        self.step = step

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        if any(isinstance(x, Traced) for x in problem.primals):
            raise UnsupportedError("complex-step: cannot run inside another differentiation; use forward or reverse")
        single = any(x.dtype == np.float32 for x in problem.primals)
        h = self.step or (2.0**-40 if single else 2.0**-100)
        level = ComplexLevel()
        try:
            answers = problem([level.input(x + 1j * h * v) for x, v in zip(problem.primals, tangents, strict=True)])
        finally:
            level.finish()
        values = [y.value if isinstance(y, Traced) else np.asarray(y)[()] for y in answers]
        return [np.real(y) for y in values], [np.imag(y) / h for y in values]
