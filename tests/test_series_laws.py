"""Laws of the power series of random programs."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import derivlab as dl
from checks import check_adjoint
from derivlab import truth
from programs import Program, point, programs, seeds
from test_laws import few, law
from test_series import ULPS, assert_close

orders = st.integers(1, 6)


def expand(f, x, v, order: int):
    return dl.taylor.series(f, x, order, direction=v)


def majorant(*coefficients) -> float:
    return max(float(np.max(np.abs(c))) for c in coefficients) + 1


@law
@given(programs, programs, seeds, orders)
def test_the_series_of_a_product_is_the_cauchy_product(f: Program, g: Program, seed: int, order: int) -> None:
    x, v = point(seed), point(seed + 1)
    a, b = (expand(h.total, x, v, order) for h in (f, g))
    whole = expand(lambda x: f.total(x) * g.total(x), x, v, order)
    assert_close(whole, np.convolve(a, b)[: order + 1], order, majorant(np.convolve(np.abs(a), np.abs(b))))


@law
@given(programs, seeds, orders)
def test_scaling_the_direction_scales_each_coefficient(f: Program, seed: int, order: int) -> None:
    """By powers of two, so exactly."""
    x, v = point(seed), point(seed + 1)
    powers = 2.0 ** np.arange(order + 1)[:, None]
    assert np.array_equal(expand(f, x, 2 * v, order), expand(f, x, v, order) * powers)


@law
@given(programs, seeds, orders)
def test_the_series_of_the_derivative_is_the_derivative_of_the_series(f: Program, seed: int, order: int) -> None:
    x, v = point(seed), point(seed + 1)
    line = lambda t: f.total(x + t * v)
    ours = dl.taylor.series(line, 0.0, order)
    slopes = dl.taylor.series(dl.forward.derivative(line), 0.0, order - 1)
    expected = ours[1:] * np.arange(1, order + 1)
    assert_close(slopes, expected, order, majorant(expected, ours))


@few
@given(programs, seeds, orders)
def test_programs_meet_the_enclosure(program: Program, seed: int, order: int) -> None:
    f, x, v = Program(program.lines[:4]).total, point(seed), 0.5 * point(seed + 1)
    exact = [float(truth.directional(f, (x,), (v,), k)) / math.factorial(k) for k in range(1, order + 1)]
    assert_close(expand(f, x, v, order)[1:], exact, 4 * order, majorant(exact))


@law
@given(programs, seeds)
def test_reverse_is_the_adjoint_of_taylor(program: Program, seed: int) -> None:
    check_adjoint(dl.taylor, dl.reverse, program, (point(seed),), seed, ULPS)


@few
@given(programs, seeds)
def test_second_coefficients_are_the_hessian(program: Program, seed: int) -> None:
    """vᵀ H v, by reverse over reverse."""
    x, v = point(seed), point(seed + 1)
    product = dl.reverse.hvp(program.total, (x,), (v,))
    ours = dl.taylor.directional(program.total, (x,), (v,), order=2)
    assert_close(ours, np.sum(product * v), 16, np.sum(np.abs(product * v)) + 1)
