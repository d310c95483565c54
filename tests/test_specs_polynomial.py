"""Polynomial regression: the runners, the normal equations, and what a penalty does."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Polynomial

import derivlab as dl
from derivlab.errors import ArgumentError
from derivlab.specs.polynomial import AGES, SPEEDS, predictions, scaled
from spec_checks import gradient

RUNNERS = [(10, 6), (15, 9), (20, 11), (25, 12), (29, 13), (40, 11), (50, 10), (60, 9)]


def fitted(degree: int, l2: float = 0.0) -> np.ndarray:
    """By the normal equations."""
    powers = np.vander(scaled(AGES), degree + 1, increasing=True)
    penalty = l2 * np.diag(np.arange(degree + 1) > 0)
    return np.linalg.solve(powers.T @ powers + penalty, powers.T @ SPEEDS)


def test_the_eight_runners() -> None:
    assert list(zip(AGES, SPEEDS, strict=True)) == RUNNERS
    assert (scaled(AGES).min(), scaled(AGES).max()) == (-1.0, 1.0)


@pytest.mark.parametrize("degree", range(1, 8))
def test_predictions_are_those_of_the_polynomial(degree: int) -> None:
    w = np.arange(1.0, degree + 2)
    expected = Polynomial(w)(scaled(AGES))
    assert np.all(np.abs(predictions(w, AGES) - expected) <= 8 * np.spacing(w.sum()))


@pytest.mark.parametrize("l2", [0.0, 0.5])
@pytest.mark.parametrize("degree", range(1, 8))
@pytest.mark.parametrize("method", ["manual", "forward", "reverse"])
def test_the_gradient_vanishes_at_the_normal_equations(method: str, degree: int, l2: float) -> None:
    """To the rounding of solving them, which the condition number of the matrix multiplies."""
    spec, w = dl.spec("polynomial-regression", degree=degree, l2=l2), fitted(degree, l2)
    powers = np.vander(scaled(AGES), degree + 1, increasing=True)
    rounding = 64 * np.spacing(np.linalg.norm(powers, 2) ** 2 * np.linalg.norm(w))
    assert np.max(np.abs(gradient(method, spec, w, AGES, SPEEDS)[0])) <= rounding * np.linalg.cond(powers)


def test_degree_7_passes_through_all_runners_and_less_does_not() -> None:
    errors = [dl.spec("polynomial-regression", degree=d)(fitted(d), AGES, SPEEDS) for d in range(1, 8)]
    assert np.all(np.diff(errors) < 0)
    assert errors[6] <= 1e-18 < 1e-3 < errors[5]


def test_a_penalty_shrinks_all_weights_but_the_first() -> None:
    free, shrunk = fitted(7), fitted(7, l2=0.5)
    assert np.linalg.norm(shrunk[1:]) < np.linalg.norm(free[1:]) / 2
    spec = dl.spec("polynomial-regression", degree=7, l2=0.5)
    constant = np.array([1e3, *np.zeros(7)])
    assert spec(constant, AGES, SPEEDS) == np.sum((1e3 - SPEEDS) ** 2)


@pytest.mark.parametrize("degree", [0, 8])
def test_other_degrees_are_refused(degree: int) -> None:
    with pytest.raises(ArgumentError, match="from 1"):
        dl.spec("polynomial-regression", degree=degree)
