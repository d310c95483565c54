"""Who differentiates the functions on the cards, and the verdict on each answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import derivlab as dl
from _pitfall_functions import Derivative, untagged_derivative
from derivlab.errors import ArgumentError, DerivativeLostError, OutcomeError, TimedOutError, UnavailableError
from derivlab.harness.budget import time_limit
from derivlab.libraries import load
from derivlab.report.study import Record

NAMES = {
    "symbolic": "SymPy",
    "textbook-difference": "difference, textbook step",
    "central-difference": "difference, chosen step",
    "complex-step": "complex step",
    "forward": "forward AD",
    "reverse": "reverse AD",
    "reverse-compiled": "reverse AD, compiled",
    "jax": "JAX",
    "torch": "PyTorch",
}
BESIDE = {"jax-forward": "JAX, forward mode", "untagged": "dual numbers without tags"}
"""Who is asked on single cards."""

VERDICTS = (
    "right",
    "approximate",
    "wrong",
    "nan",
    "accepted",
    "refused",
    "timed out",
    "unavailable",
)
"""What becomes of an answer. Right has three quarters of the digits or more, approximate at least one quarter."""


def derivative_by(name: str) -> Derivative:
    """f ↦ f′ by a contestant.

    Raises
    ------
    UnavailableError
        If its library is not installed.
    """
    if name == "textbook-difference":
        return dl.FiniteDifference("central", step="rule").derivative
    if name == "untagged":
        return untagged_derivative
    if name == "symbolic":
        load("sympy")  # no budget pays for an import, and none interrupts it
    peers = {"jax": _jax, "jax-forward": _jax_forward, "torch": _torch}
    return peers[name]() if name in peers else dl.methods[name].derivative


def _jax() -> Derivative:
    """``jax.grad`` in the precision of x, operation by operation: compiling each function would take longer."""
    library = load("jax")

    def slope(f: Callable[[Any], Any], x: Any) -> Any:
        with library.double_precision(), library.jax.disable_jit():
            return library.jax.grad(f)(library.jnp.asarray(x))

    return lambda f: lambda x: slope(f, x)


def _jax_forward() -> Derivative:
    """``jax.jvp`` in the same way."""
    library = load("jax")

    def slope(f: Callable[[Any], Any], x: Any) -> Any:
        with library.double_precision(), library.jax.disable_jit():
            x = library.jnp.asarray(x)
            return library.jax.jvp(f, (x,), (library.jnp.ones_like(x),))[1]

    return lambda f: lambda x: slope(f, x)


def _torch() -> Derivative:
    torch = load("torch").torch

    def slope(f: Callable[[Any], Any], x: Any) -> Any:
        x = torch.tensor(x, dtype=torch.float32 if isinstance(x, np.float32) else torch.float64, requires_grad=True)
        return torch.autograd.grad(f(x), x, create_graph=True)[0]

    return lambda f: lambda x: slope(f, x)


def answer(
    name: str, function: Callable[..., Any], at: Any, nested: bool = False, seconds: float | None = None
) -> Record:
    """The slope by a contestant, or the outcome that stands for it."""
    try:
        derivative = derivative_by(name)
        f = (lambda x: function(x, derivative)) if nested else function
        with time_limit(seconds), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the peers' own words on what the card is about
            slope = derivative(f)(at)
            return {"answer": float(slope.detach() if name == "torch" else slope), "outcome": "ok", "detail": ""}
    except UnavailableError as trouble:
        return {"answer": None, "outcome": "unavailable", "detail": str(trouble)}
    except TimedOutError as trouble:
        return {"answer": None, "outcome": "timed out", "detail": str(trouble)}
    except (OutcomeError, DerivativeLostError, ArgumentError) as trouble:
        return {"answer": None, "outcome": "refused", "detail": str(trouble)}


def verdict(found: Record, exact: float | None, accepted: tuple[float, float] | None, epsilon: float) -> Record:
    """The verdict on an answer, and its relative error where there is an exact derivative."""
    value = found["answer"]
    if value is None:
        return {"verdict": found["outcome"], "error": None}
    if np.isnan(value):
        return {"verdict": "nan", "error": None}
    if accepted is not None:
        return {"verdict": "accepted" if accepted[0] <= value <= accepted[1] else "wrong", "error": None}
    error = _relative(value, exact)
    return {"verdict": _graded(error, epsilon), "error": error}


def _relative(value: float, exact: float | None) -> float:
    """|value − exact| / |exact|; where the exact derivative is 0 or ∞, 0 for that number and ∞ for any other."""
    if exact is None or exact == 0 or np.isinf(exact):
        return 0.0 if value == exact else float("inf")
    return abs(value - exact) / abs(exact)


def _graded(error: float, epsilon: float) -> str:
    return "right" if error <= epsilon**0.75 else "approximate" if error <= epsilon**0.25 else "wrong"
