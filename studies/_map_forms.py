"""What the decision map runs: a family of functions with any number of inputs and outputs, and the ways to derive."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import derivlab as dl
from _contest import Call
from _hessian_forms import Form, Way, form
from derivlab.namespace import array_namespace

HIDDEN = 4
"""Numbers between inputs and outputs: the cost of the function is so many multiply-adds for each input and output."""
WAYS = (
    "forward",
    "reverse",
    "forward-compiled",
    "reverse-compiled",
    "forward-difference",
    "central-difference",
    "complex-step",
    "symbolic-cse",
)
ORDER = 4


class Mixing:
    """y = tanh(V tanh(U x)) from m inputs to n outputs through ``HIDDEN`` numbers; all Jacobian entries differ from 0.

    U, V and x are standard normal with a fixed seed, scaled so that the arguments of tanh stay near 1.
    """

    def __init__(self, m: int, n: int, seed: int = 0) -> None:
        rng = np.random.default_rng((seed, m, n))
        self.U = rng.standard_normal((HIDDEN, m)) / np.sqrt(m)
        self.V = rng.standard_normal((n, HIDDEN)) / np.sqrt(HIDDEN)
        self.x = rng.standard_normal(m)
        self.v = rng.standard_normal(m) / np.sqrt(m)

    def __call__(self, x: Any) -> Any:
        xp = array_namespace(x)
        return xp.tanh(self.V @ xp.tanh(self.U @ x))

    def total(self, x: Any) -> Any:
        """The sum of the outputs."""
        return array_namespace(x).sum(self(x))

    def jacobian(self) -> Any:
        """By hand: diag(1 − y²) V diag(1 − h²) U."""
        h = np.tanh(self.U @ self.x)
        y = np.tanh(self.V @ h)
        return ((1 - y * y)[:, None] * self.V) @ ((1 - h * h)[:, None] * self.U)

    def curvature(self) -> Any:
        """By hand, the Hessian of the sum: Uᵀ (diag(s″ ∘ Vᵀȳ) + diag(s′) Vᵀ diag(−2 y ȳ) V diag(s′)) U, ȳ = 1 − y²."""
        h = np.tanh(self.U @ self.x)
        y = np.tanh(self.V @ h)
        bar, slope = 1 - y * y, 1 - h * h
        inner = slope[:, None] * (self.V.T @ ((-2 * y * bar)[:, None] * self.V)) * slope
        inner += np.diag(-2 * h * slope * (self.V.T @ bar))
        return self.U.T @ inner @ self.U


def instrument(name: str) -> Any:
    """The method of a name; differences with the step by rule, which looks at no values of the function."""
    if name.endswith("-difference"):
        return dl.FiniteDifference(name.removesuffix("-difference"), "rule")
    return dl.methods[name]


def first_order(work: Mixing, budget: float) -> dict[str, Way]:
    """The whole Jacobian."""
    return _all(WAYS, budget, "jacobian", work, work.x)


def prepared(name: str, operator: str, f: Callable[..., Any], args: tuple[Any, ...], **choice: Any) -> Call:
    """An operator made ready at its arguments; the eager methods have nothing to prepare."""
    run = instrument(name).prepare(operator, f, *args, **choice)
    return lambda: run(*args)


TASKS = ("gradient", "Hessian · v", "Hessian", "tridiagonal Hessian", "4th derivative along v")
SECOND = (*WAYS[:4], "taylor", *WAYS[6:])
"""Ways to second derivatives."""


def task(name: str, n: int, budget: float) -> tuple[dict[str, Way], Any, Call]:
    """With n inputs and a scalar answer: the ways, the exact derivative, and the function as the unit."""
    work = Mixing(n, 1)
    x, v = work.x, work.v
    unit = lambda: work.total(x)
    if name == "gradient":
        return _all(WAYS, budget, "grad", work.total, x), work.jacobian()[0], unit
    if name == "Hessian · v":
        return _all(SECOND, budget, "hvp", work.total, (x,), (v,)), work.curvature() @ v, unit
    if name == "Hessian":
        return _all(SECOND, budget, "hessian", work.total, x), work.curvature(), unit
    if name == "4th derivative along v":
        chosen = (*WAYS[:4], "taylor", "central-difference", "symbolic-cse")
        exact = dl.truth.directional(work.total, (x,), (v,), ORDER).value
        return _all(chosen, budget, "directional", work.total, (x,), (v,), order=ORDER), exact, unit
    valley = form("rosenbrock", n)
    assert valley.banded is not None
    ways = _all(SECOND, budget, "hessian", valley.function, *valley.args)
    ways["coloured"] = partial(_coloured, valley), budget
    return ways, valley.banded(*valley.args), lambda: valley.function(*valley.args)


def _all(
    names: tuple[str, ...], budget: float, operator: str, f: Callable[..., Any], *args: Any, **choice: Any
) -> dict[str, Way]:
    """Each with its budget, which is four times larger for the automatic methods: they are the likely winners."""
    limits = {name: 4 * budget if name in WAYS[:4] else budget for name in names}
    return {name: (partial(prepared, name, operator, f, args, **choice), limit) for name, limit in limits.items()}


def _coloured(valley: Form) -> Call:
    hessian = dl.sparse_hessian(valley.function).prepare(*valley.args)
    return lambda: hessian(*valley.args)
