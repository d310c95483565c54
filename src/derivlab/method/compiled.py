"""Compiled derivatives: record once, optimise, print as NumPy, and run the printed program.

The recording remembers the branches that the function took; the program checks them, and where one differs the
function is recorded again and both programs are kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from derivlab import libraries
from derivlab.method.abstract import Method, Prepared, check_prepared, primals_of
from derivlab.method.problem import ArgNums, Problem
from derivlab.method.program import Program, Ready


class Compiled(Method):
    """The derivatives of another method as printed programs; with ``native``, as machine code by Numba.

    ``prepare`` records on example arguments; an operator called without it records at its first call. A program
    holds for the shapes, dtypes and structure it was recorded on; others are recorded when they come. Variables that
    the function captures are constants of the program: after changing one, prepare again. Unlike the eager methods
    a program does not look for NaN and infinities in its input. It is for values that are numbers: where the function
    answers NaN (log at −1) another is recorded, which answers NaN too. With ``holomorphic`` no program is made; that a
    function of a complex variable is holomorphic, ``derivative`` looks at where it is recorded.
    """

    def __init__(self, inner: Method, *, native: bool = False) -> None:
        self.inner = inner
        self.machine = native
        self.unsupported = inner.unsupported
        self.complex = inner.complex
        self.name = f"{inner.name}-{'jit' if native else 'compiled'}"

    def value_and_grad(
        self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False, holomorphic: bool = False
    ) -> Any:
        return self._first_order("value_and_grad", f, argnums, has_aux, holomorphic)

    def grad(
        self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False, holomorphic: bool = False
    ) -> Any:
        return self._first_order("grad", f, argnums, has_aux, holomorphic)

    def jacobian(
        self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False, holomorphic: bool = False
    ) -> Any:
        return self._first_order("jacobian", f, argnums, has_aux, holomorphic)

    def hessian(self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False) -> Any:
        return self._program("hessian", f, argnums) if not has_aux else super().hessian(f, argnums, True)

    def laplacian(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Program:
        return self._program("laplacian", f, argnums)

    def partial(self, f: Callable[..., Any], wrt: Sequence[Any]) -> Program:
        return self._program("partial", f, wrt)

    def derivative(self, f: Callable[..., Any], order: int = 1) -> Program:
        self.inner.derivative(f, order)  # refuses what is no function, or no order
        return self._program("derivative", f, order=order)

    def jvp(
        self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], has_aux: bool = False
    ) -> tuple[Any, ...]:
        return self._program("jvp", f)(primals, tangents) if not has_aux else super().jvp(f, primals, tangents, True)

    def hvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        return self._program("hvp", f)(primals, tangents)

    def vhp(self, f: Callable[..., Any], primals: tuple[Any, ...], cotangents: tuple[Any, ...]) -> Any:
        return self._program("vhp", f)(primals, cotangents)

    def directional(
        self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], order: int = 1
    ) -> Any:
        return self._program("directional", f, order=order)(primals, tangents)

    def _first_order(self, operator: str, f: Callable[..., Any], argnums: Any, has_aux: bool, holomorphic: bool) -> Any:
        """A program; with auxiliary data the operator around one, and of complex numbers the operator without one."""
        if holomorphic:
            return getattr(self.inner, operator)(f, argnums, has_aux, holomorphic)
        if has_aux:
            return getattr(super(), operator)(f, argnums, True)
        return self._program(operator, f, argnums)

    def _program(self, operator: str, f: Callable[..., Any], argnums: Any = 0, order: int = 1) -> Program:
        if self.machine:
            libraries.load("numba")
        self.check(operator, f, 0 if operator == "partial" else argnums)
        return Program(self.inner, operator, f, argnums, order, native=self.machine)

    def pull(self, problem: Problem) -> Any:
        return self.inner.pull(problem)

    def push(self, problem: Problem, tangents: Sequence[Any]) -> Any:
        return self.inner.push(problem, tangents)

    def prepare(
        self, operator: str, f: Callable[..., Any], *args: Any, argnums: ArgNums = 0, order: int = 1
    ) -> Prepared:
        check_prepared(operator, f, args)
        if operator == "vjp":
            return super().prepare(operator, f, *args, argnums=argnums)
        primals_of(operator, args)
        start = time.perf_counter()
        program = self._program(operator, f, argnums, order)
        variant = program.record(args)
        return Ready(program, time.perf_counter() - start, variant.source.text, variant.graph)
