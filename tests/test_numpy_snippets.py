"""Functions as students write them are differentiated as they stand, or refused in a sentence: never wrong."""

from __future__ import annotations

import re

import numpy as np
import pytest

import derivlab as dl
from checks import check_gradient
from derivlab import truth
from derivlab.errors import ArgumentError, DerivativeLostError, DerivlabError
from numpy_snippets import REFUSED, RIGHT

MODES = ["forward", "reverse", "forward-compiled", "reverse-compiled"]
modes = pytest.mark.parametrize("mode", MODES)
EPS = np.finfo(float).eps
ULPS = 256  # some hundred operations, whose errors add up

BY_DIFFERENCES = {"correlation_of_rows", "causal_attention", "mean_of_what_is_known"}
"""Those that the truth does not reach."""


@modes
@pytest.mark.parametrize("name", RIGHT)
def test_the_gradient_is_right(name: str, mode: str) -> None:
    f, x = RIGHT[name]
    if name not in BY_DIFFERENCES:
        check_gradient(dl.methods[mode], f, (x,), ULPS, sums=True)
        return
    expected = dl.methods["central-difference"].grad(f)(x)
    size = 1 + np.max(np.abs(expected)) + abs(f(x.copy()))
    assert np.all(np.abs(dl.methods[mode].grad(f)(x) - expected) <= 100 * EPS ** (2 / 3) * size)


@modes
@pytest.mark.parametrize("name", RIGHT)
def test_the_value_is_numpys(name: str, mode: str) -> None:
    f, x = RIGHT[name]
    plain = float(f(x.copy()))
    value = float(dl.methods[mode].value_and_grad(f)(x)[0])
    assert abs(value - plain) <= 64 * np.spacing(max(abs(plain), 1.0))


@pytest.mark.parametrize("name", RIGHT)
def test_a_program_is_recorded_again_where_it_must_be(name: str) -> None:
    f, x = RIGHT[name]
    program = dl.methods["reverse-compiled"].prepare("grad", f, x)
    for other in (x, x[::-1].copy(), 0.7 * x + 0.05):
        eager = dl.reverse.grad(f)(other)
        size = 1 + np.max(np.abs(eager), initial=0.0)
        np.testing.assert_allclose(program(other), eager, rtol=0, atol=1024 * EPS * size)


@modes
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_what_to_type(name: str, mode: str) -> None:
    f, x, says = REFUSED[name]
    f(x.copy()) if name != "saved_to_a_file" else None
    with pytest.raises((DerivativeLostError, ArgumentError)) as caught:
        dl.methods[mode].grad(f)(x)
    assert re.search(says, str(caught.value)), str(caught.value)


def test_there_are_enough() -> None:
    assert len(RIGHT) >= 80


@pytest.mark.parametrize("mode", ["forward", "forward-compiled"])
def test_what_is_left_out_after_a_nan_is_right_forwards(mode: str) -> None:
    gradient = dl.methods[mode].grad(squared_error_of_what_is_known)(np.array([0.5, 0.25, 3.0]))
    assert np.array_equal(gradient, [-1.0, 0.0, 2.0])


@pytest.mark.parametrize("mode", ["reverse", "reverse-compiled"])
def test_what_is_left_out_after_a_nan_is_refused_backwards(mode: str) -> None:
    with pytest.raises(DerivativeLostError, match=r"nansum with entries computed from NaN.*y\[known\]"):
        dl.methods[mode].grad(squared_error_of_what_is_known)(np.array([0.5, 0.25, 3.0]))


def test_a_quotient_that_is_not_there_is_refused_backwards() -> None:
    x, counts = np.array([0.5, 0.25, 3.0]), np.array([2.0, 0.0, 4.0])

    def mean(x):
        with np.errstate(all="ignore"):
            return np.sum(np.nan_to_num(x / (counts * x[0])))

    with pytest.raises(DerivativeLostError, match=r"nan_to_num.*np\.divide\(a, b, out="):
        dl.reverse.grad(mean)(x)


def squared_error_of_what_is_known(x):
    return np.nansum((np.array([1.0, np.nan, 2.0]) - x) ** 2)


@pytest.mark.parametrize("name", sorted(BY_DIFFERENCES))
def test_the_truth_does_not_reach(name: str) -> None:
    f, x = RIGHT[name]
    with pytest.raises((DerivlabError, TypeError)):
        truth.grad(f)(x)
