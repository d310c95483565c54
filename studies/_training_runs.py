"""Training runs: one network, one recipe, any method's gradient, and how far its loss departs from that by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

import derivlab as dl
from _optimisers import Gradient, Rule, Weights, descent
from _training_networks import minibatches
from derivlab.errors import OutcomeError
from derivlab.harness.store import plain
from derivlab.report.study import Record
from derivlab.specs.registry import Spec

TWIN = "twin"
"""By hand, from first weights whose last bits are changed: how far rounding alone drives a training apart."""
SEED = 0

_prepared: dict[tuple[Any, ...], Gradient] = {}

Watch = Callable[[Weights], Record]
"""What is to be known of the weights after each pass."""


@dataclass(frozen=True)
class Training:
    """A network with its first weights and data, and how it is trained.

    Attributes
    ----------
    spec
        Its arguments are the weights, then the data.
    rule
        The optimiser.
    size
        Rows of a batch.
    passes
        How often each row is seen.
    """

    spec: Spec
    rule: Rule
    size: int
    passes: int

    @property
    def count(self) -> int:
        """The number of arrays of weights."""
        return len(self.spec.argnums) if isinstance(self.spec.argnums, tuple) else 1

    @property
    def weights(self) -> Weights:
        return self.spec.args[: self.count]

    @property
    def data(self) -> tuple[Any, ...]:
        return self.spec.args[self.count :]

    @property
    def updates(self) -> int:
        return self.passes * (len(self.data[0]) // self.size)

    def in_dtype(self, dtype: str) -> Training:
        """The same training in another precision."""
        return replace(self, spec=replace(self.spec, args=tuple(x.astype(dtype) for x in self.spec.args)))

    def scheduled(self, schedule: str) -> Training:
        """The same with a schedule over all of its updates; a constant rate needs no number of updates."""
        if schedule == "constant":
            return self
        return replace(self, rule=replace(self.rule, schedule=schedule, updates=self.updates))

    def gradient(self, method: str, step: float | str | None = None) -> Gradient:
        """The loss and its gradient by a method, derived once for each shape; differences take a step."""
        args = (*self.weights, *(part[: self.size] for part in self.data))
        key = (method, step, self.spec.function, *((x.shape, x.dtype) for x in args))
        if key not in _prepared:
            by_hand = method in ("manual", TWIN)
            known = dl.methods["manual" if by_hand else method]
            if step is not None:
                known = dl.FiniteDifference(method.removesuffix("-difference"), step)
            function: Any = self.spec if by_hand else self.spec.function
            _prepared[key] = known.prepare("value_and_grad", function, *args, argnums=self.spec.argnums)
        return _prepared[key]

    def batches(self) -> Iterator[tuple[Any, ...]]:
        """The data of each update."""
        return minibatches(self.data, self.size, self.passes)

    def run(self, method: str, step: float | str | None = None, watch: Watch | None = None) -> tuple[Any, Record]:
        """The loss of each batch before its update, by a method's gradient; and what ``watch`` sees after each pass."""
        first = neighbours(self.weights) if method == TWIN else self.weights
        losses: list[float] = []
        seen: list[Record] = [watch(first)] if watch else []
        for loss, weights in descent(self.rule, self.gradient(method, step), first, self.batches()):
            losses.append(loss)
            if watch and len(losses) % (self.updates // self.passes) == 0:
                seen.append(watch(weights))
        return np.array(losses), {key: [sight[key] for sight in seen] for key in (seen[0] if seen else ())}


def neighbours(weights: Weights) -> Weights:
    """Weights moved to the next floating-point number, up or down at random; zeros stay."""
    rng = np.random.default_rng(SEED)

    def moved(w: Any) -> Any:
        sides = rng.choice([-np.inf, np.inf], w.shape).astype(w.dtype)
        return np.where(w == 0, w, np.nextafter(w, sides))

    return tuple(moved(w) for w in weights)


def runs(
    label: Record,
    make: Callable[[], Training],
    methods: Sequence[str | tuple[str, float | str]],
    points: int = 0,
    watch: Watch | None = None,
) -> list[Record]:
    """A record for each method, or method with its step, of which the first is the reference.

    Each has the largest relative departure of its losses from the reference's, and with ``points`` that many of the
    losses and of the largest departures so far, about evenly spaced on a logarithmic axis.
    """
    pairs = [(method, None) if isinstance(method, str) else method for method in methods]

    @cache
    def trained(method: str, step: float | str | None) -> tuple[Training, Any, Record]:
        training = make()
        return training, *training.run(method, step, watch)

    def run(method: str, step: float | str | None) -> Record:
        reference = trained(*pairs[0])[1]
        training, losses, seen = trained(method, step)
        apart = np.maximum.accumulate(np.abs(losses - reference) / reference)
        shape = {"dtype": str(training.weights[0].dtype), "size": training.size, "updates": len(losses)}
        at = some(len(losses), points)
        curve = {"at": at, "losses": losses[at], "departures": apart[at]} if points else {}
        return plain({**asdict(training.rule), **shape, "departure": apart[-1], "loss": losses[-1], **seen, **curve})

    return [attempt({**label, "method": m, "step": step}, partial(run, m, step)) for m, step in pairs]


def some(count: int, points: int) -> Any:
    """At most so many of 0, 1, …, count − 1, the first and the last among them, even on a logarithmic axis."""
    return np.unique(np.round(np.geomspace(1, count, max(points, 2))).astype(int)) - 1


def best_so_far(
    draw: Callable[[np.random.Generator], Weights], loss: Callable[[Weights], Any], draws: int, points: int
) -> tuple[Record, Weights]:
    """Random search: the least loss after so many draws, and its weights."""
    rng = np.random.default_rng(SEED)
    best, chosen, curve = np.inf, (), []
    for _ in range(draws):
        weights = draw(rng)
        value = float(loss(weights))
        if value < best:
            best, chosen = value, weights
        curve.append(best)
    at = some(draws, points)
    return plain({"draws": draws, "loss": best, "at": at, "losses": np.array(curve)[at]}), chosen


def attempt(record: Record, work: Callable[[], Record]) -> Record:
    """The record with what ``work`` finds, or with the outcome that it ends in."""
    try:
        return record | {"outcome": "ok", "detail": ""} | work()
    except OutcomeError as error:
        return record | {"outcome": error.outcome, "detail": str(error)}
