"""The functions of the study of Hessians, their Hessians by hand, and the ways to them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import derivlab as dl
from _contest import Call
from derivlab.errors import MemoryBudgetError
from derivlab.libraries.scipy import sparse
from derivlab.namespace import array_namespace

STORE = 2**26
"""Bytes that the entries of one Hessian may take; a dense one of more than 2896 inputs is not run."""
_PLUS, _MINUS, _ROOT8 = 1 + math.sqrt(2), 1 - math.sqrt(2), math.sqrt(8)


@dataclass(frozen=True)
class Form:
    """A function of n inputs, with its gradient and its Hessian by hand.

    Attributes
    ----------
    name, title
        A key, and a heading.
    banded
        Its Hessian by hand as a sparse matrix, where that has few entries.
    """

    name: str
    title: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    gradient: Callable[..., Any]
    dense: Callable[..., Any]
    banded: Callable[..., Any] | None = None


def form(name: str, n: int) -> Form:
    """The function of that name in n variables, at the example point of the catalogue."""
    spec = dl.spec(name, n=n)
    assert spec.value_and_gradient is not None
    if name == "rosenbrock":
        return Form(name, "Rosenbrock (tridiagonal)", spec.function, spec.args, spec.value_and_gradient, _valley_dense,
                    _valley_banded)  # fmt: skip
    return Form(name, "Helmholtz (dense)", spec.function, spec.args, spec.value_and_gradient, _energy_dense)


def _diagonals(x: Any) -> tuple[Any, Any]:
    """The diagonal of the Hessian of Rosenbrock's valley, and the one beside it."""
    head = x[:-1]
    beside = -400 * head
    middle = np.zeros_like(x)
    middle[:-1] = 1200 * head * head - 400 * x[1:] + 2
    middle[1:] += 200
    return middle, beside


def _valley_dense(x: Any) -> Any:
    middle, beside = _diagonals(x)
    n = x.size
    hessian = np.zeros((n, n))
    flat = hessian.reshape(-1)
    flat[:: n + 1] = middle
    flat[1 :: n + 1] = beside
    flat[n :: n + 1] = beside
    return hessian


def _valley_banded(x: Any) -> Any:
    """Rows (i − 1, i, i + 1) in order: the arrays of the compressed format written directly."""
    middle, beside = _diagonals(x)
    n = x.size
    rows = np.empty((n, 3))
    rows[1:, 0], rows[:, 1], rows[:-1, 2] = beside, middle, beside
    columns = np.arange(n)[:, None] + np.array([-1, 0, 1])
    ends = np.arange(-1, 3 * n, 3)
    ends[0], ends[-1] = 0, 3 * n - 2
    return sparse.csr_array((rows.reshape(-1)[1:-1], columns.reshape(-1)[1:-1], ends), shape=(n, n))


def _energy_dense(x: Any, b: Any, A: Any) -> Any:
    """The Hessian of the Helmholtz energy I(x) − q φ(s), with s = b·x and q = xᵀ A x.

    I = Σ xᵢ log(xᵢ / (1 − s)) and φ = log((1 + p s) / (1 + m s)) / (√8 s).
    """
    s, total = float(b.dot(x)), float(x.sum())
    over, under = _PLUS / (1 + _PLUS * s), _MINUS / (1 + _MINUS * s)
    phi = math.log((1 + _PLUS * s) / (1 + _MINUS * s)) / (_ROOT8 * s)
    slope = (over - under) / (_ROOT8 * s) - phi / s
    bend = (under * under - over * over) / (_ROOT8 * s) - 2 * slope / s
    both = A + A.T
    Q = both.dot(x)
    q, free = float(x.dot(Q)) / 2, 1 - s
    side = 1 / free - slope * Q
    hessian = -phi * both
    hessian += np.outer(side, b)
    hessian += np.outer(b, side + (total / free**2 - q * bend) * b)
    hessian.reshape(-1)[:: x.size + 1] += 1 / x
    return hessian


def arrow(x: Any) -> Any:
    """Σ sin(x₀ xᵢ) + xᵢ⁴: every variable meets the first, and no other."""
    xp = array_namespace(x)
    return xp.sum(xp.sin(x[0] * x[1:]) + x[1:] ** 4)


Way = tuple[Callable[[], Call], float]
"""What makes a way ready, and the seconds that it may take until its first answer."""


def ways(form: Form, quick: bool) -> dict[str, Way]:
    """The ways to a Hessian by name; the dense ones answer only where a dense one fits."""
    f, args = form.function, form.args
    once, each = (1.0, 0.1) if quick else (6.0, 0.6)
    by_mode = {
        mode: dl.reverse.hessian(f, mode=mode)
        for mode in ("forward-over-reverse", "reverse-over-reverse", "forward-over-forward")
    }
    eager = {"by hand": form.dense, **by_mode, "taylor": dl.taylor.hessian(f)}
    dense: dict[str, Way] = {
        name: (partial(_plain, run, args), once if name.endswith("over-reverse") else each)
        for name, run in eager.items()
    }
    for name in ("symbolic", "complex-step"):
        dense[name] = partial(_prepared, name, f, args), each
    for name, method in (("jax", "jax"), ("compiled", "reverse-compiled")):
        dense[name] = partial(_prepared, method, f, args), once
    found: dict[str, Way] = {
        name: (partial(_within, make, args[0].size), limit) for name, (make, limit) in dense.items()
    }
    found["coloured"] = partial(_coloured, f, args), 1.0
    found["coloured anew"] = partial(_plain, lambda *args: dl.sparse_hessian(f)(*args), args), 1.0
    found["coloured, compiled"] = partial(_compiled_products, f, args), once
    if form.banded is not None:
        found["by hand, sparse"] = partial(_plain, form.banded, args), each
    return found


def _plain(run: Callable[..., Any], args: tuple[Any, ...]) -> Call:
    return lambda: run(*args)


def _within(make: Callable[[], Call], n: int) -> Call:
    if 8 * n * n > STORE:
        raise MemoryBudgetError(
            f"not run: a dense Hessian of {n:,} inputs holds {8 * n * n / 2**20:,.0f} MiB, and the study allows itself "
            f"{STORE / 2**20:,.0f} MiB"
        )
    return make()


def _prepared(method: str, f: Callable[..., Any], args: tuple[Any, ...]) -> Call:
    run = dl.methods[method].prepare("hessian", f, *args)
    native = dl.methods[method].native(args)
    return lambda: run(*native)


def _coloured(f: Callable[..., Any], args: tuple[Any, ...]) -> Call:
    hessian = dl.sparse_hessian(f).prepare(*args)
    return lambda: hessian(*args)


def _compiled_products(f: Callable[..., Any], args: tuple[Any, ...]) -> Call:
    """The same colours, each product by one compiled H v; pattern and colours are those of the preparation."""
    found = dl.sparse_hessian(f).prepare(*args)
    pattern, colouring = found.pattern, found.colouring
    along = lambda x: f(x, *args[1:])
    seeds = [(colouring.colours == colour).astype(float) for colour, _, _ in colouring.products]
    product = dl.methods["reverse-compiled"].prepare("hvp", along, (args[0],), (seeds[0],))

    def hessian() -> Any:
        data = np.empty(pattern.nnz)
        for seed, (_, entries, places) in zip(seeds, colouring.products, strict=True):
            data[entries] = product((args[0],), (seed,))[places]
        return sparse.csr_array((data, pattern.indices, pattern.indptr), shape=pattern.shape)

    return hessian
