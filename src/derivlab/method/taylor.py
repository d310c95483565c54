"""Taylor-mode automatic differentiation: derivatives of high order from one run on truncated power series."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError
from derivlab.interpreters.taylor import Taylor
from derivlab.method.abstract import Method, check_pair
from derivlab.method.named import named
from derivlab.method.problem import ArgNums, Problem, flatten, settle
from derivlab.method.seeds import (
    as_array,
    basis,
    check_order,
    check_smooth,
    dtype_of,
    moves,
    nan_with,
    stack,
    unit_cotangent,
)
from derivlab.transpose import shape_of

MAX_ORDER = 50
"""Highest order of a derivative or a series."""


class TaylorMode(Method):
    """One run of the function on truncated power series gives f(x + t v) up to tᵏ, and so the k-th derivative.

    First-order operators push one tangent a run, as forward mode does; second-order ones nest.

    Cost: at order k about k² / 2 multiplications for each nonlinear operation of f, and k for each linear one.

    Reference: Griewank and Walther, "Evaluating Derivatives", 2nd ed., SIAM, 2008, chapter 13.
    """

    name = "taylor"
    bases = True

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        return _directional(1).push(problem, tangents)

    def derivative(self, f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
        """The function of dᵏf/dxᵏ for f of one real variable, from one run at any order k ≤ 50.

        Raises
        ------
        ArgumentError
            If x is not a single number, or the order not an integer from 1 to 50.
        """
        return Method.derivative(_directional(_checked(order)), f)

    def directional(
        self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], order: int = 1
    ) -> Any:
        """dᵏ/dtᵏ f(x + t v) at t = 0 from one run, k ≤ 50: J v for k = 1, vᵀ H v for k = 2."""
        self.check("directional", f)
        check_pair("directional", primals, tangents)
        return _directional(_checked(order)).jvp(f, primals, tangents)[1]

    def laplacian(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        """The function of ∇²f = Σᵢ ∂²f/∂xᵢ² for a scalar-valued f, from one run of order 2 for each active entry."""
        self.check("laplacian", f, argnums)

        def laplacian(*args: Any) -> Any:
            problem = self.pose(f, args, argnums)
            outputs, _ = _expand(problem, [None] * len(problem.primals), 0)
            unit_cotangent(outputs, f)
            pushed: list[Any] = [None]
            for k, x in enumerate(problem.primals):
                for index in np.ndindex(x.shape):
                    directions = [basis(x, index) if i == k else None for i in range(len(problem.primals))]
                    (second,) = _directional(2).push(problem, directions)[1]
                    pushed = [second if pushed[0] is None else pushed[0] if second is None else pushed[0] + second]
            problem.check_inputs(outputs)
            return problem.released(self._settled(pushed, outputs, f))[0]

        return named("laplacian", f, laplacian)

    def series(self, f: Callable[..., Any], x: Any, order: int, direction: Any = None) -> Any:
        """The Taylor coefficients [c₀, …, c_K] of f(x + t v) = Σ c_k tᵏ, with c_k = f⁽ᵏ⁾(x) / k! for a number x.

        Parameters
        ----------
        f
            A function of one argument, which may be a container of arrays.
        x
            The point of expansion.
        order
            K, from 0 to 50.
        direction
            v, of the structure and shapes of x; 1 by default, where x is a single number.

        Returns
        -------
        series
            In the structure of the answer: for an answer of shape s an array of shape (K + 1, \\*s) and its dtype,
            NaN where the answer is.
        """
        self.check("series", f)
        order = _checked(order, 0)
        problem = self.pose(f, (x,), 0)
        if direction is None:
            if flatten(x)[1] is not None or problem.primals[0].shape != ():
                raise ArgumentError(
                    f"series needs a direction where x is not a single number (here shapes "
                    f"{[shape_of(leaf) for leaf in problem.primals]}): series(f, x, order, direction=v) expands "
                    "f(x + t v) in t. numpy.ones_like(x) expands an elementwise f at every entry of x."
                )
            directions = [np.ones((), problem.primals[0].dtype)[()]]
        else:
            directions = problem.unpack_tangents((direction,))
        outputs, coefficients = _expand(problem, directions, order)
        problem.check_inputs(outputs)
        for y in outputs:
            check_smooth(y, f)
        heads, columns = [as_array(y) for y in outputs], [coefficients(k) for k in range(1, order + 1)]
        stacked = [
            nan_with(stack([y, *settle([c[i] for c in columns], [y] * order)], (order + 1, *y.shape), dtype_of(y)), y)
            for i, y in enumerate(heads)
        ]
        return problem.pack_output(stacked)


class _Directional(Method):
    """A push that gives dᵏ/dtᵏ f(x + t v) in place of J v: with it the operators of order 1 serve any order.

    t is counted in units s, a power of two near (k!)^(1/k): so the coefficients have the size of the derivatives, and
    leave the range of their dtype only where these do.
    """

    name = TaylorMode.name
    bases = True

    def __init__(self, order: int) -> None:
        self.order = order
        exponent = round(math.log2(math.factorial(order)) / order)
        self.unit = 2.0**exponent
        self.factor = np.float64(math.factorial(order) / 2 ** (exponent * order))

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        k = self.order
        if k > 1:
            tangents = [None if v is None else v * self.unit for v in tangents]
        outputs, coefficients = _expand(problem, tangents, k)
        if k == 1:
            return outputs, coefficients(1)
        return outputs, [None if c is None else c * self.factor for c in coefficients(k)]


def _expand(problem: Problem, directions: Sequence[Any], order: int) -> tuple[list[Any], Callable[[int], list[Any]]]:
    """The leaves of the answer, and what gives their coefficients of tᵏ for each k > 0: None is 0."""
    level = Taylor()
    try:
        inputs = [
            level.input(x, [v] if order and moves(v) else [], order)
            for x, v in zip(problem.primals, directions, strict=True)
        ]
        answers = problem(inputs)
    finally:
        coefficient = level.coefficient
        level.finish()
    outputs = [y.value if isinstance(y, Traced) and y.level is level else y for y in answers]
    return outputs, lambda k: [coefficient(y, k) for y in answers]


@functools.cache
def _directional(order: int) -> Method:
    return _Directional(order)


def _checked(order: Any, least: int = 1) -> int:
    if check_order(order, least) > MAX_ORDER:
        raise ArgumentError(
            f"order must be at most {MAX_ORDER}, and is {order}: beyond it k! and rounding leave no digits of most "
            "functions; truth.derivative(f, order=k) gives any order, certified"
        )
    return order
