"""How each method runs a workload: a function that makes it ready and gives the call to time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import derivlab as dl
from _workloads import Workload
from derivlab.errors import UnsupportedError
from derivlab.libraries import load
from derivlab.method.problem import Problem
from derivlab.method.symbolic import derive

Call = Callable[[], Any]

OURS = ("reverse-jit", "reverse-compiled", "reverse", "forward-jit", "forward-compiled", "forward")
DIFFERENCE = dl.FiniteDifference("central", step="rule")
"""Central differences at the textbook's cost: two evaluations for each input, the step chosen without a look at f."""
PEERS = ("jax-jit", "jax-loop", "jax", "torch", "autograd", "casadi")


def ready(method: str, work: Workload) -> Call:
    """The call that computes a workload's derivative by a method, prepared as far as the method can be.

    Raises
    ------
    OutcomeError
        Where there is no such thing, or its library is not installed.
    """
    if method in OURS or method == "central-difference":
        return _ours(method, work)
    if method.startswith("symbolic"):
        return _symbolic(work, method == "symbolic-cse")
    return {"autograd": _autograd, "torch": _torch, "casadi": _casadi}.get(method, _jax)(method, work)


def _ours(method: str, work: Workload) -> Call:
    chosen = DIFFERENCE if method == "central-difference" else dl.methods[method]
    forward = not method.startswith("reverse")
    compiled = method not in ("forward", "reverse")
    if work.kind == "product":
        return _product(chosen, work, forward, compiled)
    if work.kind == "tangent" and forward:
        primals, tangents = work.args, (work.direction,)
        if compiled:
            run = chosen.prepare("jvp", work.function, primals, tangents)
            return lambda: run(primals, tangents)
        return lambda: chosen.jvp(work.function, primals, tangents)
    argnums = work.argnums if len(work.argnums) > 1 else work.argnums[0]
    function = work.function if work.kind == "gradient" else work.total
    if compiled:
        prepared = chosen.prepare("value_and_grad", function, *work.args, argnums=argnums)
        return lambda: prepared(*work.args)
    eager = chosen.value_and_grad(function, argnums)
    return lambda: eager(*work.args)


def _product(chosen: Any, work: Workload, forward: bool, compiled: bool) -> Call:
    """H v: forward over reverse as ``hvp`` has it, or the gradient of reverse mode as a function for forward mode."""
    primals, tangents = work.args, (work.direction,)
    if forward:
        gradient = dl.reverse.grad(work.function)
        if compiled:
            run = chosen.prepare("jvp", gradient, primals, tangents)
            return lambda: run(primals, tangents)[1]
        return lambda: chosen.jvp(gradient, primals, tangents)[1]
    if compiled:
        product = chosen.prepare("hvp", work.function, primals, tangents)
        return lambda: product(primals, tangents)
    return lambda: chosen.hvp(work.function, primals, tangents)


def _symbolic(work: Workload, cse: bool) -> Call:
    """SymPy's formulas, lambdified; the numbers are unpacked beforehand."""
    if work.kind == "product":
        primals, tangents = work.args, (work.direction,)
        product = dl.methods["symbolic-cse" if cse else "symbolic"].prepare("hvp", work.function, primals, tangents)
        return lambda: product(primals, tangents)
    point = tuple(x.flat[0] for x in work.args) if work.kind == "tangent" and np.ndim(work.args[0]) else work.args
    formulas = derive(Problem(work.function, point, work.argnums))
    entries = [entry for value in formulas.values for entry in value.flat] + formulas.entries
    program = load("sympy_printing").compile_expressions(formulas.inputs, entries, cse)[0]
    if point is not work.args:
        return lambda: program(*work.args)
    floats = [x for x in work.args if isinstance(x, (float, np.ndarray))]
    numbers = [number for x in floats for number in np.ravel(x).tolist()]
    ends = np.cumsum([np.size(work.args[k]) for k in work.argnums])[:-1]

    def run() -> tuple[Any, Any]:
        value, *slopes = program(*numbers)
        return value, np.split(np.array(slopes), ends)

    return run


def _jax(method: str, work: Workload) -> Call:
    """JAX on its own arrays, waiting for the answer; whoever calls keeps it in double precision."""
    jax, f = load("jax").jax, work.function
    args = dl.methods["jax"].native(work.args)
    direction = None if work.direction is None else jax.numpy.asarray(work.direction)
    if method == "jax-loop":
        f = lambda x: jax.lax.fori_loop(0, work.size - 1, lambda _, v: 4 * v * (1 - v), x)
    if work.kind == "gradient":
        run = jax.value_and_grad(f, work.argnums)
    elif work.kind == "tangent":
        run = lambda x: jax.jvp(f, (x,), (direction,))
    else:
        run = lambda x: jax.jvp(jax.grad(f), (x,), (direction,))[1]
    run = run if method == "jax" else jax.jit(run)
    return lambda: jax.block_until_ready(run(*args))


def _autograd(method: str, work: Workload) -> Call:
    autograd = load("autograd").autograd
    if work.kind == "product":
        product = autograd.hessian_vector_product(work.function)
        return lambda: product(*work.args, work.direction)
    if len(work.argnums) == 1:
        single = autograd.value_and_grad(work.total)
        return lambda: single(*work.args)
    active = [work.args[k] for k in work.argnums]
    rest = work.args[len(active) :]  # the active arguments come first in every workload
    run = autograd.value_and_grad(lambda active: work.total(*active, *rest))
    return lambda: run(tuple(active))


def _torch(method: str, work: Workload) -> Call:
    torch = load("torch").torch
    torch.set_num_threads(1)
    double = torch.float64
    args = [torch.tensor(x, dtype=double) if isinstance(x, (float, np.ndarray)) else x for x in work.args]
    active = [args[k].requires_grad_(True) for k in work.argnums]
    if work.kind == "product":
        v = torch.tensor(work.direction, dtype=double)

        def product() -> Any:
            (gradient,) = torch.autograd.grad(work.function(*args), active, create_graph=True)
            return torch.autograd.grad(gradient, active, v)

        return product

    def run() -> tuple[Any, Any]:
        value = work.total(*args)
        return value, torch.autograd.grad(value, active)

    return run


def _casadi(method: str, work: Workload) -> Call:
    """CasADi's scalar expressions, compiled to its virtual machine, with arguments and answers in bound memory."""
    library = load("casadi")
    casadi = library.casadi
    if not work.casadi:
        raise UnsupportedError("written out in scalars, this would be too large: small workloads only")
    given = [k for k, x in enumerate(work.args) if isinstance(x, (float, np.ndarray))]
    args = list(work.args)
    for k in given:
        args[k] = library.symbols("abcdef"[k], args[k])
    columns, value = [library.column(args[k]) for k in given], work.function(*args)
    gradients = [casadi.gradient(value, library.column(args[k])) for k in work.argnums]
    values = [work.args[k] for k in given]
    if work.kind == "product":
        v = casadi.SX.sym("v", len(work.direction))
        product = casadi.densify(casadi.jtimes(gradients[0], columns[0], v))
        run = library.program([*columns, v], [product], [*values, work.direction])
        return lambda: run()[0]
    call = library.program(columns, [casadi.densify(y) for y in (value, *gradients)], values)
    shapes = [np.shape(work.args[k]) for k in work.argnums]
    views = [result.reshape(shape) for result, shape in zip(call()[1:], shapes, strict=True)]
    return lambda: (call()[0], views)
