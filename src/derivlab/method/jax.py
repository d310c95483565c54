"""JAX as an outside reference: the same function over ``jax.numpy``, differentiated by JAX."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array.level import Traced
from derivlab.errors import UnsupportedError
from derivlab.method.abstract import Method, Prepared, Pullback
from derivlab.method.problem import ArgNums, Problem, check_function


class Jax(Method):
    """``jax.jvp`` and ``jax.vjp`` in double precision; a prepared operator is jitted."""

    name = "jax"
    outside = True

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        with self._ready(problem) as jax:
            outputs, pushed = jax.jvp(lambda *leaves: problem(leaves), tuple(problem.primals), tuple(tangents))
            return _numpy(outputs), _numpy(pushed)

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        with self._ready(problem) as jax:
            outputs, pull = jax.vjp(lambda *leaves: problem(leaves), *problem.primals)
        dtypes = [y.dtype for y in outputs]

        def pullback(cotangents: Sequence[Any]) -> list[Any]:
            with libraries.load("jax").double_precision():
                return _numpy(pull([np.asarray(t, dtype) for t, dtype in zip(cotangents, dtypes, strict=True)]))

        return _numpy(outputs), pullback

    def native(self, args: Sequence[Any]) -> tuple[Any, ...]:
        library = libraries.load("jax")
        with library.double_precision():
            return tuple(library.jax.tree_util.tree_map(library.jnp.asarray, tuple(args)))

    def hessian(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        check_function(f, "hessian")

        def hessian(*args: Any) -> Any:
            with self._ready(Problem(f, args, argnums)) as jax:
                return jax.tree_util.tree_map(np.asarray, jax.hessian(f, argnums)(*args))

        return hessian

    def hvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        check_function(f, "hvp")
        argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
        with self._ready(Problem(f, primals, argnums)) as jax:
            return jax.tree_util.tree_map(np.asarray, jax.jvp(jax.grad(f, argnums), primals, tangents)[1])

    def prepare(self, operator: str, f: Callable[..., Any], *args: Any, argnums: ArgNums = 0) -> Prepared:
        if operator not in ("grad", "value_and_grad", "derivative", "jacobian", "jvp", "hessian", "hvp"):
            return super().prepare(operator, f, *args, argnums=argnums)
        check_function(f, f"prepare({operator!r}, ...)")
        problem = Problem(f, args[0] if operator in ("jvp", "hvp") else args, argnums)
        library = libraries.load("jax")
        start = time.perf_counter()
        with self._ready(problem) as jax:
            transform = {
                "grad": lambda: jax.grad(f, argnums),
                "value_and_grad": lambda: jax.value_and_grad(f, argnums),
                "derivative": lambda: jax.jacfwd(f),
                "jacobian": lambda: jax.jacobian(f, argnums),
                "hessian": lambda: jax.hessian(f, argnums),
                "hvp": lambda: (
                    lambda primals, tangents: jax.jvp(
                        jax.grad(f, 0 if len(primals) == 1 else tuple(range(len(primals)))), primals, tangents
                    )[1]
                ),
                "jvp": lambda: lambda primals, tangents: jax.jvp(f, primals, tangents),
            }[operator]()
            compiled = jax.jit(transform)
            jax.block_until_ready(compiled(*args))
        seconds = time.perf_counter() - start

        def run(*args: Any) -> Any:
            with library.double_precision():
                return jax.tree_util.tree_map(np.asarray, compiled(*args))

        return Prepared(run, seconds)

    def _ready(self, problem: Problem) -> Any:
        if any(isinstance(x, Traced) for x in problem.primals):
            raise UnsupportedError("jax: cannot run inside another differentiation of derivlab; nest jax.grad itself")
        return _Session(libraries.load("jax"))


class _Session:
    """JAX in double precision, with its refusals translated."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.precision = library.double_precision()

    def __enter__(self) -> Any:
        self.precision.__enter__()
        return self.library.jax

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.precision.__exit__(kind, error, trace)
        for refusal in (error, getattr(error, "__cause__", None)):  # NumPy hides it behind its own, as in y[0] = x
            if isinstance(refusal, self.library.REFUSALS):
                raise UnsupportedError(f"jax: cannot trace the function: {str(refusal).splitlines()[0]}") from error


def _numpy(leaves: Sequence[Any]) -> list[Any]:
    return [np.asarray(leaf)[()] for leaf in leaves]
