"""JAX as an outside reference: the same function over ``jax.numpy``, differentiated by JAX."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array.level import Traced
from derivlab.errors import DerivlabError, UnsupportedError
from derivlab.method.abstract import (
    ALONG,
    Method,
    Prepared,
    Pullback,
    all_of,
    check_places,
    check_prepared,
    place_of,
    primals_of,
    with_entry,
)
from derivlab.method.named import in_name_of, named
from derivlab.method.problem import ArgNums, Problem, flatten
from derivlab.method.replay import VIA_GRAPH, Replay, plain
from derivlab.method.seeds import check_order, check_pair, dtype_of, matching_tangents, unit_cotangent
from derivlab.method.written import written


class Jax(Method):
    """``jax.jvp`` and ``jax.vjp`` in double precision; a prepared operator is jitted."""

    name = "jax"
    outside = True
    complex = True

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        def push(f: Callable[..., Any]) -> tuple[list[Any], list[Any]]:
            problem.f = f
            with self._ready(problem) as jax:
                outputs, pushed = jax.jvp(lambda *leaves: problem(leaves), tuple(problem.primals), tuple(tangents))
                return _numpy(outputs), _numpy(pushed)

        return _traced(push, problem.f, problem.args)[0]

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        def linearised(f: Callable[..., Any]) -> tuple[list[Any], Any]:
            problem.f = f
            with self._ready(problem) as jax:
                return jax.vjp(lambda *leaves: problem(leaves), *problem.primals)

        outputs, pull = _traced(linearised, problem.f, problem.args)[0]
        dtypes = [dtype_of(y) for y in outputs]

        def pullback(cotangents: Sequence[Any]) -> list[Any]:
            with libraries.load("jax").double_precision():
                return _numpy(pull([np.asarray(t, dtype) for t, dtype in zip(cotangents, dtypes, strict=True)]))

        return _numpy(outputs), pullback

    def native(self, args: Sequence[Any]) -> tuple[Any, ...]:
        library = libraries.load("jax")
        with library.double_precision():
            return tuple(library.jax.tree_util.tree_map(library.jnp.asarray, tuple(args)))

    def derivative(self, f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
        self.check("derivative", f)
        if check_order(order) == 1:
            return super().derivative(f)
        return named("derivative", f, self._own("derivative", f, 0, order))

    def hessian(self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False) -> Callable[..., Any]:
        self.check("hessian", f, argnums)
        if has_aux:
            return super().hessian(f, argnums, has_aux)
        return named("hessian", f, self._own("hessian", f, argnums))

    def hvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        self.check("hvp", f)
        check_pair("hvp", primals, tangents)
        tangents = _like(primals, tangents)
        with in_name_of("hvp", f):
            return self._own("hvp", f)(primals, tangents)

    def vhp(self, f: Callable[..., Any], primals: tuple[Any, ...], cotangents: tuple[Any, ...]) -> Any:
        self.check("vhp", f)
        check_pair("vhp", primals, cotangents)
        cotangents = _like(primals, cotangents)
        with in_name_of("vhp", f):
            return self._own("vhp", f)(primals, cotangents)

    def partial(self, f: Callable[..., Any], wrt: Sequence[Any]) -> Callable[..., Any]:
        self.check("partial", f)
        return named("partial", f, self._own("partial", f, check_places(wrt)))

    def _own(self, operator: str, f: Callable[..., Any], argnums: Any = 0, order: int = 1) -> Callable[..., Any]:
        """JAX's own transformation, of NumPy's arrays to NumPy's arrays."""

        def run(*args: Any) -> Any:
            def once(f: Callable[..., Any]) -> Any:
                with self._ready(self._problem(operator, f, args, argnums)) as jax:
                    return jax.tree_util.tree_map(np.asarray, transformed(jax, operator, f, argnums, order)(*args))

            return _traced(once, f, primals_of(operator, args))[0]

        return run

    def prepare(
        self, operator: str, f: Callable[..., Any], *args: Any, argnums: ArgNums = 0, order: int = 1
    ) -> Prepared:
        if operator in ("vjp", "laplacian", "directional"):
            return super().prepare(operator, f, *args, argnums=argnums, order=order)
        check_prepared(operator, f, args)
        library = libraries.load("jax")
        start = time.perf_counter()

        replayed: list[Replay] = []

        def jitted(f: Callable[..., Any]) -> Any:
            if isinstance(f, Replay):
                replayed.append(f)
                if f.guarded:
                    return None
            with self._ready(self._problem(operator, f, args, argnums)) as jax:
                compiled = jax.jit(transformed(jax, operator, f, argnums, order))
                jax.block_until_ready(compiled(*args))
            return compiled

        compiled, note = _traced(jitted, f, primals_of(operator, args))
        if compiled is None:  # branches on values: recorded anew at each call
            own = super().prepare(operator, f, *plain(args), argnums=argnums, order=order)
            return replace(own, function=lambda *args: own.function(*plain(args)), note=note)
        seconds = time.perf_counter() - start

        def run(*args: Any) -> Any:
            if replayed and not replayed[0].fits(primals_of(operator, args)):
                return self.prepare(operator, f, *args, argnums=argnums, order=order)(*args)
            with library.double_precision():
                return library.jax.tree_util.tree_map(np.asarray, compiled(*args))

        return Prepared(run, seconds, note=note)

    def _problem(self, operator: str, f: Callable[..., Any], args: Sequence[Any], argnums: Any) -> Problem:
        """The problem of an operator, which refuses what is no input."""
        primals = primals_of(operator, args)
        if operator == "partial":
            for position, index in map(place_of, check_places(argnums)):
                with_entry(Problem(f, args, position), index)
        active = tuple(range(len(primals))) if operator in (*ALONG, "partial") else argnums
        return Problem(f, primals, active, complex=operator in _COMPLEX_TOO)

    def _ready(self, problem: Problem) -> Any:
        if any(isinstance(x, Traced) for x in problem.primals):
            raise UnsupportedError("jax: cannot run inside another differentiation of derivlab; nest jax.grad itself")
        wide = [x.dtype for x in problem.primals if x.dtype.itemsize > (16 if x.dtype.kind == "c" else 8)]
        if wide:
            raise UnsupportedError(f"jax: has no {wide[0]}; write x.astype(float)")
        return _Session(libraries.load("jax"))


class CannotTraceError(UnsupportedError):
    """JAX refused the function itself; what it records may still run."""


def _traced(run: Callable[..., Any], f: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, str]:
    """What ``run`` makes of f, and a note; where JAX cannot trace f, of f as it is recorded at these arguments.

    So too where f writes into arrays: ``y += x`` makes a new array in JAX, which other names of y do not see.
    """
    if (replay := written(f, args)) is not None:
        return run(replay), VIA_GRAPH
    try:
        return run(f), ""
    except (CannotTraceError, TypeError, ValueError, AttributeError, NotImplementedError) as error:
        if isinstance(error, DerivlabError) and not isinstance(error, CannotTraceError):
            raise
        try:
            replay = Replay(f, args)
        except Exception:
            raise error from None
    return run(replay), VIA_GRAPH


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
                raise CannotTraceError(f"jax: cannot trace the function: {str(refusal).splitlines()[0]}") from error


_COMPLEX_TOO = ("grad", "value_and_grad", "jvp", "hvp", "vhp")
"""JAX's own transformations that take complex arguments as ours do; the others ask for ``holomorphic``."""


def transformed(jax: Any, operator: str, f: Callable[..., Any], argnums: Any, order: int) -> Callable[..., Any]:
    """An operator in JAX's own terms."""

    scalar = _scalar(f)

    def every(primals: Any) -> Callable[..., Any]:
        return jax.grad(scalar, all_of(primals))

    def pulled(primals: Any, cotangents: Any) -> Any:
        bars = jax.vjp(every(primals), *primals)[1](cotangents[0] if len(primals) == 1 else tuple(cotangents))
        return bars[0] if len(primals) == 1 else bars

    if operator == "derivative":
        return _repeated(jax.jacfwd, f, check_order(order))
    if operator == "partial":
        for place in reversed(argnums):
            f = _slope(jax, f, place)
        return f
    return {
        "grad": lambda: jax.grad(scalar, argnums),
        "value_and_grad": lambda: jax.value_and_grad(scalar, argnums),
        "jacobian": lambda: jax.jacobian(f, argnums),
        "hessian": lambda: jax.hessian(scalar, argnums),
        "jvp": lambda: lambda primals, tangents: jax.jvp(f, primals, tangents),
        "hvp": lambda: lambda primals, tangents: jax.jvp(every(primals), primals, tangents)[1],
        "vhp": lambda: pulled,
    }[operator]()


def _like(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, ...]:
    """Tangents of the structure, shapes and dtypes of the primals, or the error that says so."""
    problem = Problem(_like, primals, tuple(range(len(primals))), complex=True)
    return problem.pack_input(matching_tangents(problem, tangents))


def _scalar(f: Callable[..., Any]) -> Callable[..., Any]:
    """The only number of f's answer, with the other methods' words where that is no scalar."""

    @functools.wraps(f)
    def scalar(*args: Any) -> Any:
        outputs = flatten(f(*args))[0]
        unit_cotangent(outputs, f)
        return outputs[0]

    return scalar


def _repeated(transform: Callable[..., Any], f: Callable[..., Any], order: int) -> Callable[..., Any]:
    for _ in range(order):
        f = transform(f)
    return f


def _slope(jax: Any, f: Callable[..., Any], place: Any) -> Callable[..., Any]:
    """∂f by one entry of one argument."""
    position, *index = place if isinstance(place, tuple) else (place,)

    def slope(*args: Any) -> Any:
        x = jax.numpy.asarray(args[position])
        unit = jax.numpy.zeros_like(x).at[tuple(index)].set(1)
        return jax.jvp(lambda x: f(*args[:position], x, *args[position:][1:]), (x,), (unit,))[1]

    return slope


def _numpy(leaves: Sequence[Any]) -> list[Any]:
    return [np.asarray(leaf)[()] for leaf in leaves]
