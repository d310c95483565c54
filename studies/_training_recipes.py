"""What is trained how: recipes for the small network and for the digits, run by every method that can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

import derivlab as dl
from _digits import load_digits
from _optimisers import SCHEDULES, Rule, Weights, descent, rates
from _training_networks import accuracy, classifier, cross_entropy, first_weights
from _training_runs import TWIN, Training, attempt, best_so_far, runs
from derivlab.harness.store import plain
from derivlab.report.study import Record
from derivlab.specs.registry import Spec

FAST = ("manual", "reverse", "reverse-compiled", "jax")
"""Exact methods whose gradient costs a few losses, whatever the number of weights; the first is the reference."""
EXACT = (*FAST, "forward", "forward-compiled")
RULES = (("central-difference", "rule"), ("forward-difference", "rule"))
STEPS = (1e-2, 1e-6, 3e-7, 1e-7)
"""Steps of central differences in float32."""
POINTS = 120
"""Updates of a curve that are kept."""
RATES = (0.01, 0.02, 0.03)
"""Learning rates up to where gradient descent is unstable."""
EDGE = ("manual", "reverse", "jax", TWIN)
LOOKS = 40
"""Points of a training at which its curvature is computed."""


@dataclass(frozen=True)
class Recipe:
    """How to train, by name: the rate and rows of a batch for the digits, and those for the small network.

    A size of None is all rows.
    """

    name: str
    optimiser: str
    rate: float
    size: int | None
    small_rate: float
    small_size: int | None = None
    schedule: str = "constant"
    passes: int | None = None


def _scheduled(schedule: str) -> Recipe:
    return Recipe(f"SGD, {schedule}", "gradient descent", 1.0, 64, 0.02, 4, schedule)


RECIPES = (
    Recipe("gradient descent", "gradient descent", 0.5, None, 0.01, passes=100),
    Recipe("SGD, batch 128", "gradient descent", 0.5, 128, 0.01, 8),
    Recipe("SGD, batch 64", "gradient descent", 0.5, 64, 0.01, 4),
    Recipe("SGD, batch 32", "gradient descent", 0.5, 32, 0.01, 2),
    Recipe("momentum 0.9", "momentum 0.9", 0.05, 64, 1e-3),
    Recipe("momentum 0.99", "momentum 0.99", 0.005, 64, 1e-4),
    Recipe("Nesterov", "Nesterov", 0.05, 64, 1e-3),
    Recipe("AdaGrad", "AdaGrad", 0.1, 64, 0.1),
    Recipe("RMSProp", "RMSProp", 0.003, 64, 0.01),
    Recipe("Adam", "Adam", 0.003, 64, 0.05),
    *(_scheduled(schedule) for schedule in SCHEDULES),
)
"""The last are the schedules, a constant rate for comparison first."""
SCHEDULED = tuple(recipe.name for recipe in RECIPES[-len(SCHEDULES) :])
QUICK = ("SGD, batch 64", "momentum 0.9")


def on_digits(recipe: Recipe, passes: int) -> Training:
    """The classifier with a recipe."""
    spec, rule = classifier(load_digits()), Rule(recipe.optimiser, recipe.rate)
    size = recipe.size or len(spec.args[-1])
    return Training(spec, rule, size, recipe.passes or passes).scheduled(recipe.schedule)


@cache
def small_network() -> Spec:
    """The small network of the catalogue, once, so that it is derived once."""
    return dl.spec("mlp-loss", size="small")


def on_small(recipe: Recipe, updates: int) -> Training:
    """The small network of the catalogue with a recipe, for about so many updates."""
    spec, rule = small_network(), Rule(recipe.optimiser, recipe.small_rate)
    rows = len(spec.args[-1])
    size = recipe.small_size or rows
    return Training(spec, rule, size, max(1, updates * size // rows)).scheduled(recipe.schedule)


def twenty_lines(updates: int) -> list[Record]:
    """The large network of the catalogue by w −= 1e-4 ∇L."""
    spec = dl.spec("mlp-loss", size="large")
    training = Training(spec, Rule("gradient descent", 1e-4), len(spec.args[-1]), updates)
    label = {"kind": "curve", "network": "large"}
    return runs(label, lambda: training, (*FAST, TWIN), points=POINTS)


def search_large(draws: int) -> Record:
    """The best of many random weights of the large network."""
    spec = dl.spec("mlp-loss", size="large")
    draw = lambda rng: tuple(rng.standard_normal(w.shape) for w in spec.args[:2])
    best, _ = best_so_far(draw, lambda w: spec.function(*w, *spec.args[2:]), draws, POINTS)
    return {"kind": "search", "network": "large", "outcome": "ok", "detail": "", **best}


def parting(updates: int) -> list[Record]:
    """The small network by every exact method and by differences, in both precisions."""
    label: Record = {"kind": "curve", "network": "small"}
    steps = {"float64": RULES, "float32": (*RULES[1:], *(("central-difference", h) for h in STEPS))}
    training = on_small(RECIPES[0], updates)
    return [
        record
        for dtype, differences in steps.items()
        for record in runs(label, lambda dtype=dtype: training.in_dtype(dtype), (*EXACT, TWIN, *differences), POINTS)
    ]


def small_cells(recipe: Recipe, updates: int) -> list[Record]:
    """The small network by a recipe, with every method's gradient."""
    label = {"kind": "run", "network": "small", "recipe": recipe.name}
    return runs(label, lambda: on_small(recipe, updates), (*EXACT, TWIN, *RULES))


def digits_cells(recipe: Recipe, passes: int, methods: tuple[str, ...] = (*FAST, TWIN)) -> list[Record]:
    """The digits by a recipe, with every method's gradient; loss and held-out accuracy after each pass."""
    label = {"kind": "run", "network": "digits", "recipe": recipe.name}
    return runs(label, lambda: on_digits(recipe, passes), methods, watch=watch_digits)


def watch_digits(weights: Weights) -> Record:
    """The loss over all training images, and the share of right answers on those held out."""
    digits = load_digits()
    loss = cross_entropy(*weights, digits.images, digits.targets)
    return {"pass_losses": loss, "held_out": accuracy(weights, digits.held_out_images, digits.held_out_digits)}


def edge(updates: int, rates: tuple[float, ...]) -> list[Record]:
    """Gradient descent on the small network at growing rates, past where it is stable."""
    records: list[Record] = []
    for rate in rates:
        training = replace(on_small(RECIPES[0], updates), rule=Rule("gradient descent", rate))
        curves = runs({"kind": "edge", "network": "small"}, lambda training=training: training, EDGE, POINTS)
        records += [*curves, attempt({"kind": "curvature", "rate": rate}, partial(curvatures, training))]
    return records


def curvatures(training: Training) -> Record:
    """The largest eigenvalue of the Hessian along a training, by the compiled Hessian of reverse mode."""
    loss, (w1, w2), data = training.spec.function, training.weights, training.data

    def flat(w: Any) -> Any:
        return loss(w[: w1.size].reshape(w1.shape), w[w1.size :].reshape(w2.shape), *data)

    point = lambda weights: np.concatenate([w.ravel() for w in weights])
    hessian = dl.methods["reverse-compiled"].prepare("hessian", flat, point(training.weights))
    at = np.unique(np.linspace(1, training.updates, LOOKS).astype(int)).tolist()
    path = descent(training.rule, training.gradient("manual"), training.weights, training.batches())
    largest = [np.linalg.eigvalsh(hessian(point(w)))[-1] for k, (_, w) in enumerate(path, 1) if k in at]
    return plain({"at": at, "largest": largest})


def search_digits(draws: int) -> Record:
    """The best of many first weights of the classifier."""

    def search() -> Record:
        digits = load_digits()
        best, weights = best_so_far(first_weights, lambda w: watch_digits(w)["pass_losses"], draws, POINTS)
        return {**best, "held_out": accuracy(weights, digits.held_out_images, digits.held_out_digits)}

    return attempt({"kind": "search", "network": "digits"}, search)


def schedule_rates(recipe: Recipe, passes: int) -> Record:
    """The learning rate of every tenth update of a schedule."""

    def found() -> Record:
        training = on_digits(recipe, passes)
        return {"rates": rates(replace(training.rule, updates=training.updates))[::10], "every": 10}

    return attempt({"kind": "schedule", "schedule": recipe.schedule, "recipe": recipe.name}, found)
