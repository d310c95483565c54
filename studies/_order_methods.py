"""What the study of higher orders runs: its functions, their recurrences by hand, and each method made ready."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import derivlab as dl
from derivlab.libraries import load
from derivlab.namespace import array_namespace

Call = Callable[[], Any]


@dataclass(frozen=True)
class Subject:
    """A function, the point where it is differentiated, and its k-th derivative written by hand."""

    name: str
    title: str
    function: Callable[[Any], Any]
    x: Any
    by_hand: Callable[[float, int], float]


def sin_exp(x: Any) -> Any:
    """sin eˣ."""
    xp = array_namespace(x)
    return xp.sin(xp.exp(x))


def tanh(x: Any) -> Any:
    """tanh x."""
    return array_namespace(x).tanh(x)


def sin_exp_by_hand(x: float, order: int) -> float:
    """The coefficients e of eˣ, and of s = sin eˣ and c = cos eˣ by k sₖ = Σ j eⱼ cₖ₋ⱼ, k cₖ = −Σ j eⱼ sₖ₋ⱼ."""
    e = [math.exp(x)]
    for k in range(1, order + 1):
        e.append(e[-1] / k)
    s, c = [math.sin(e[0])], [math.cos(e[0])]
    for k in range(1, order + 1):
        up = down = 0.0
        for j in range(1, k + 1):
            slope = j * e[j]
            up += slope * c[k - j]
            down += slope * s[k - j]
        s.append(up / k)
        c.append(-down / k)
    return s[order] * math.factorial(order)


def sin_exp_by_sums(x: float, order: int) -> float:
    """The same recurrence with ``sum`` over generators, as the formula reads."""
    e = [math.exp(x)]
    for k in range(1, order + 1):
        e.append(e[-1] / k)
    s, c = [math.sin(e[0])], [math.cos(e[0])]
    for k in range(1, order + 1):
        s.append(sum(j * e[j] * c[k - j] for j in range(1, k + 1)) / k)
        c.append(-sum(j * e[j] * s[k - j] for j in range(1, k + 1)) / k)
    return s[order] * math.factorial(order)


def tanh_by_hand(x: float, order: int) -> float:
    """From y′ = 1 − y²: (k + 1) yₖ₊₁ = [k = 0] − Σ yⱼ yₖ₋ⱼ."""
    y = [math.tanh(x)]
    for k in range(order):
        total = 0.0 if k else -1.0
        for j in range(k + 1):
            total += y[j] * y[k - j]
        y.append(-total / (k + 1))
    return y[order] * math.factorial(order)


SUBJECTS = (
    Subject("sin_exp", "sin(exp(x)) at 0.5", sin_exp, np.float64(0.5), sin_exp_by_hand),
    Subject("tanh", "tanh(x) at 0.3", tanh, np.float64(0.3), tanh_by_hand),
)

METHODS = (
    "manual",
    "taylor",
    "forward",
    "symbolic",
    "symbolic-cse",
    "central-difference",
    "richardson",
    "jax",
    "jax-jet",
)


def ready(method: str, subject: Subject, order: int) -> Call:
    """The call that computes the derivative, prepared as far as the method can be.

    Raises
    ------
    OutcomeError
        Where there is no such thing, or its library is not installed.
    """
    f, x = subject.function, subject.x
    if method == "manual":
        number = float(x)
        return lambda: subject.by_hand(number, order)
    if method == "jax-jet":
        return _jet(f, x, order)
    if method in ("symbolic", "symbolic-cse", "jax"):
        if method != "jax":
            load("sympy").sympy.core.cache.clear_cache()  # it remembers the derivatives of lower order
        prepared = dl.methods[method].prepare("derivative", f, x, order=order)
        return lambda: prepared(x)
    run = dl.methods[method].derivative(f, order=order)
    return lambda: run(x)


def _jet(f: Callable[[Any], Any], x: Any, order: int) -> Call:
    library = load("jax")
    compiled = library.jax.jit(lambda x: library.jet(f, x, order))

    def run() -> Any:
        with library.double_precision():
            return np.asarray(compiled(x))

    run()
    return run


def side_by_side(subject: Subject, order: int) -> dict[str, Call]:
    """Ways to the same series at the highest order, beside the methods: what is timed for comparison alone."""
    if subject.by_hand is not sin_exp_by_hand:
        return {}
    number = float(subject.x)
    return {
        "manual, with sum()": lambda: sin_exp_by_sums(number, order),
        "taylor, all coefficients": lambda: dl.taylor.series(subject.function, subject.x, order),
    }
