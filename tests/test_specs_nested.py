"""Optimisation inside a function: the published minima, and the same derivatives by nesting two modes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, truth
from derivlab.specs.nested import ascended, force, landing
from spec_checks import gradient

PAIRS = list(itertools.product(["forward", "reverse"], repeat=2))
pairs = pytest.mark.parametrize(("outer", "inner"), PAIRS)


def descent(value_and_gradient, x):
    """The benchmark's minimisation: steps are doubled after ten that succeed and halved after one that does not."""
    (value, slope), rate, successes = value_and_gradient(x), 1e-5, 0
    while np.linalg.norm(slope) > 1e-5:
        if successes == 10:
            rate, successes = 2 * rate, 0
            continue
        further = x - rate * slope
        if np.linalg.norm(further - x) <= 1e-5:
            break
        value_there, slope_there = value_and_gradient(further)
        if value_there < value:
            x, value, slope, successes = further, value_there, slope_there, successes + 1
        else:
            rate, successes = rate / 2, 0
    return x


def test_the_published_place_of_the_charge() -> None:
    """0.2071918746486116 from w = 0 at a step of 0.1, within what 352 steps of a path round."""
    by_hand = dl.spec("particle", step=0.1).value_and_gradient
    assert abs(descent(by_hand, 0.0) - 0.2071918746486116) <= 1e-13


def test_the_published_saddle() -> None:
    """8.2463248261403561e-06 for both entries of x, from (1, 1)."""
    spec = dl.spec("saddle")
    found = descent(lambda x: spec.value_and_gradient(x, np.ones(2)), np.ones(2))
    assert np.all(np.abs(found - 8.2463248261403561e-06) <= 1e-15)


def test_the_path_of_the_benchmark_meets_the_truth() -> None:
    """354 steps, of which each may round the path by a few ulps and the force bends it."""
    spec = dl.spec("particle", step=0.1, w=0.2)
    exact = truth.derivative(spec.function)(0.2)
    condition = truth.condition(spec.function, operator="derivative")(0.2)
    for method in ("manual", "forward", "reverse"):
        assert exact.error_ulps(gradient(method, spec)[0]) <= 354 * (1 + condition)


def potential(x, w):
    """Of the two charges, for the inner differentiation."""
    xp = array_namespace(x, w)
    near = xp.sqrt((x[0] - 10) ** 2 + (x[1] - (10 - w)) ** 2)
    return 1 / near + 1 / xp.sqrt((x[0] - 10) ** 2 + x[1] ** 2)


@pairs
def test_the_force_is_the_inner_gradient(outer: str, inner: str) -> None:
    """Value and derivative by w of −∇p, the gradient being taken inside by another mode."""
    place = np.array([3.0, 5.0])
    nested = lambda w: -dl.methods[inner].grad(lambda x: potential(x, w))(place)
    written = lambda w: array_namespace(w).stack([array_namespace(w).asarray(part) for part in force(*place, w)])
    for f, g in ((nested, written), (dl.methods[outer].derivative(nested), dl.methods[outer].derivative(written))):
        assert np.max(np.abs(f(0.2) - g(0.2))) <= 16 * np.spacing(np.max(np.abs(g(0.2))))


@pairs
def test_a_path_with_nested_derivatives_has_the_slope_of_the_spec(outer: str, inner: str) -> None:
    def nested(w):
        xp, (x, y, u, v) = array_namespace(w), (0.0, 8.0, 0.75, 0.0)
        for _ in range(3):
            pull = -dl.methods[inner].grad(lambda p: potential(p, w))(xp.stack([xp.asarray(x + 0 * w), y + 0 * w]))
            x, y, u, v = x + 2 * u, y + 2 * v, u + 2 * pull[0], v + 2 * pull[1]
        return x - y / v * u

    def written(w):
        x, y, u, v = 0.0, 8.0, 0.75, 0.0
        for _ in range(3):
            fx, fy = force(x, y, w)
            x, y, u, v = x + 2 * u, y + 2 * v, u + 2 * fx, v + 2 * fy
        return x - y / v * u

    exact = truth.derivative(written)(0.2)
    assert exact.error_ulps(dl.methods[outer].derivative(nested)(0.2)) <= 256


@pairs
@pytest.mark.parametrize("coupling", [0.0, 0.5])
def test_a_saddle_by_nested_derivatives(outer: str, inner: str, coupling: float) -> None:
    spec = dl.spec("saddle", coupling=coupling)
    x, start = spec.args

    def objective(x, y):
        xp = array_namespace(x, y)
        return xp.sum(x * x) - xp.sum(y * y) + coupling * xp.sum(x * y)

    def nested(x):
        y = start
        for _ in range(10):
            y = y + 0.25 * dl.methods[inner].grad(lambda y: objective(x, y))(y)
        return objective(x, y)

    slopes = dl.methods[outer].grad(nested)(x)
    assert np.max(np.abs(slopes - spec.value_and_gradient(x, start)[1])) <= 16 * np.spacing(np.max(np.abs(slopes)))


def test_the_ascent_converges_to_the_inner_maximum() -> None:
    """To c x/2, halving the distance at each step; there the derivative is that of (1 + c²/4) ‖x‖²."""
    x, start = np.array([1.0, 0.5]), np.array([1.0, 1.0])
    away = [np.abs(ascended(x, start, 0.5, 0.25, n) - 0.25 * x) for n in (0, 10, 40)]
    assert np.allclose(away[1], away[0] / 2**10, rtol=1e-12)
    slopes = dl.spec("saddle", coupling=0.5, steps=60).value_and_gradient(x, start)[1]
    assert np.max(np.abs(slopes - 2 * (1 + 0.5**2 / 4) * x)) <= 16 * np.spacing(2.0)


def test_a_finer_path_lands_elsewhere_and_steps_end_above_the_axis() -> None:
    places = [landing(0.1, step) for step in (0.1, 0.05, 0.025)]
    assert abs(places[2] - places[1]) < 0.6 * abs(places[1] - places[0])
    assert all(np.isfinite(places))
