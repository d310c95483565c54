"""Optax's optimisers and schedules as steps on NumPy weights, and the only study module that imports optax."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.errors import UnavailableError
from derivlab.libraries import load

Weights = tuple[Any, ...]
Gradient = Callable[..., tuple[Any, Weights]]
"""(weights, data) ↦ loss and one gradient for each array of weights."""

OPTIMISERS: dict[str, Callable[[Any, Any], Any]] = {
    "gradient descent": lambda optax, rate: optax.sgd(rate),
    "momentum 0.9": lambda optax, rate: optax.sgd(rate, momentum=0.9),
    "momentum 0.99": lambda optax, rate: optax.sgd(rate, momentum=0.99),
    "Nesterov": lambda optax, rate: optax.sgd(rate, momentum=0.9, nesterov=True),
    "AdaGrad": lambda optax, rate: optax.adagrad(rate, initial_accumulator_value=0.0),
    "RMSProp": lambda optax, rate: optax.rmsprop(rate, decay=0.9),
    "Adam": lambda optax, rate: optax.adam(rate, b1=0.9, b2=0.999),
}
"""By name: optax and a learning rate, or a schedule of it, give the optimiser."""


def _constant(optax: Any, rate: float, updates: int) -> Any:
    return lambda t: rate + 0.0 * t


def _step(optax: Any, rate: float, updates: int) -> Any:
    """A tenth of the rate after half of the updates, and again after three quarters."""
    return optax.piecewise_constant_schedule(rate, {updates // 2: 0.1, 3 * updates // 4: 0.1})


def _cosine(optax: Any, rate: float, updates: int) -> Any:
    """½ α₀ (1 + cos(π t / T))."""
    return optax.cosine_decay_schedule(rate, updates)


def _linear(optax: Any, rate: float, updates: int) -> Any:
    """α₀ (1 − t / T)."""
    return optax.linear_schedule(rate, 0.0, updates)


def _inverse_root(optax: Any, rate: float, updates: int) -> Any:
    """α₀ / √t, with t = 1 for the first update."""
    return lambda t: rate / load("jax").jnp.sqrt(t + 1.0)


SCHEDULES = {
    "constant": _constant,
    "step": _step,
    "cosine": _cosine,
    "linear": _linear,
    "inverse square root": _inverse_root,
}
"""By name: the learning rate of update t = 0, 1, …, from its first value α₀ and the number T of updates."""


@dataclass(frozen=True)
class Rule:
    """An optimiser with its learning rate; ``updates`` is the T of a schedule."""

    optimiser: str
    rate: float
    schedule: str = "constant"
    updates: int = 0


def optax() -> Any:
    """The package; where it is absent, an error with the line that installs it."""
    try:
        return importlib.import_module("optax")
    except ModuleNotFoundError as error:
        raise UnavailableError("optax is not installed; type: pip install optax") from error


def rates(rule: Rule) -> list[float]:
    """The learning rates of all updates."""
    library = optax()
    with load("jax").double_precision():
        rate = scheduled(library, rule)
        return [float(rate(np.int32(t))) for t in range(rule.updates)]


def scheduled(library: Any, rule: Rule) -> Callable[[Any], Any]:
    """The rate of update t; optax counts in 32 bits, which would round the rate to 24."""
    schedule, jnp = SCHEDULES[rule.schedule](library, rule.rate, rule.updates), load("jax").jnp
    return lambda t: schedule(jnp.asarray(t, float))


def descent(
    rule: Rule, gradient: Gradient, weights: Weights, batches: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[float, Weights]]:
    """For each batch the loss before the update, and the weights after it.

    Weights keep their dtype, and are NumPy arrays whatever gives the gradient.
    """
    start, update = _jitted(rule)
    with load("jax").double_precision():
        state = start(weights)
    for batch in batches:
        loss, slopes = gradient(*weights, *batch)
        with load("jax").double_precision():
            weights, state = update(slopes, state, weights)
        weights = tuple(np.asarray(w) for w in weights)
        yield float(loss), weights


@functools.cache
def _jitted(rule: Rule) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The first state, and (gradient, state, weights) ↦ the next weights and state, compiled once for each shape."""
    library = optax()
    rate = rule.rate if rule.schedule == "constant" else scheduled(library, rule)
    optimiser = OPTIMISERS[rule.optimiser](library, rate)

    def update(slopes: Weights, state: Any, weights: Weights) -> tuple[Weights, Any]:
        changes, state = optimiser.update(slopes, state, weights)
        return library.apply_updates(weights, changes), state

    return optimiser.init, load("jax").jax.jit(update)
