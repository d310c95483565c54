"""What the tests of specs share: a method's gradient of a spec, and its check against the enclosure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import derivlab as dl
from derivlab import truth
from derivlab.method.problem import flatten

ULPS = 32
"""Of the entry times (1 + condition), or of the gradient's largest entry, for sums of a few dozen terms."""


def gradient(method: str, spec: dl.Spec, *args: Any) -> list[Any]:
    """A method's derivative of a spec, at its own arguments by default, as a list of arrays.

    JAX compiles the gradient whole: each operation for itself takes three times as long.
    """
    f, args = spec if method == "manual" else spec.function, args or spec.args
    if spec.operator == "derivative":
        return [dl.methods[method].derivative(f)(*args)]
    if method == "jax":
        return flatten(dl.jax.prepare("grad", f, *args, argnums=spec.argnums)(*args))[0]
    return flatten(dl.methods[method].grad(f, spec.argnums)(*args))[0]


def enclosed(spec: dl.Spec, *args: Any) -> tuple[Any, list[Any]]:
    """The enclosures of the value and of the gradient's arrays."""
    value, slopes = truth.value_and_grad(spec.function, spec.argnums)(*(args or spec.args))
    return value, flatten(slopes)[0]


def check(answers: Sequence[Any], enclosures: Sequence[Any], spec: dl.Spec, *args: Any) -> None:
    """Each entry against its enclosure; the condition numbers take longest, and are asked for where they matter."""
    alone = [0.0] * len(answers)
    if not all(_within(answers, enclosures, alone)):
        numbers = truth.condition(spec.function, spec.argnums)(*(args or spec.args))
        assert all(_within(answers, enclosures, alone if numbers is None else flatten(numbers)[0]))


def _within(answers: Sequence[Any], enclosures: Sequence[Any], conditions: Sequence[Any]) -> Iterator[bool]:
    largest = max(float(np.max(np.abs(e.value))) for e in enclosures)
    for answer, enclosure, condition in zip(answers, enclosures, conditions, strict=True):
        unit = np.spacing(np.abs(enclosure.value))
        relative = ULPS * (1 + np.where(np.isfinite(condition), condition, 0.0)) * unit
        yield bool(np.all(enclosure.error_ulps(answer) * unit <= np.maximum(relative, ULPS * np.spacing(largest))))


def moved(spec: dl.Spec, seed: int) -> tuple[Any, ...]:
    """The spec's arguments, those to differentiate by being multiplied by numbers between 0.8 and 1.2."""
    wanted = (spec.argnums,) if isinstance(spec.argnums, int) else spec.argnums
    rng = np.random.default_rng(seed)
    return tuple(
        arg * rng.uniform(0.8, 1.2, np.shape(arg))[()] if i in wanted else arg for i, arg in enumerate(spec.args)
    )
