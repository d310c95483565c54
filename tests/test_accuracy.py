"""Bounds on the error of each method, against the truth, in ulps of it."""

from __future__ import annotations

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, special, truth
from derivlab.measure.accuracy import accuracy
from derivlab.method import METHODS

COMPLEX = METHODS["complex-step"]
L4 = dl.spec("logistic-map", n=4).function
MODES = ["forward", "reverse", "taylor"]


def slopes(method, f, x):
    """f′ at many points at once, for an elementwise f."""
    if method.name == "reverse":
        return method.vjp(f, x)[1](np.ones_like(x))[0]
    return method.jvp(f, (x,), (np.ones_like(x),))[1]


@pytest.mark.parametrize("mode", MODES)
def test_logistic_map_at_the_course_point(mode: str) -> None:
    exact = truth.derivative(L4)(0.2)
    assert exact.error_ulps(dl.methods[mode].derivative(L4)(0.2)) <= 8
    assert exact.radius <= 1e-3


@pytest.fixture(scope="module")
def thousands():
    """2,000 random points with the truth and the condition number at each."""
    x = np.random.default_rng(2018).uniform(0, 1, 2000)
    exact = truth.jvp(L4, (x,), (np.ones_like(x),))[1]
    conditions = np.array([truth.condition(L4, operator="derivative")(t) for t in x])
    return x, exact, conditions


@pytest.mark.parametrize(("method", "ulps"), [(dl.forward, 32), (dl.reverse, 32), (COMPLEX, 16)], ids=str)
def test_two_thousand_points(method, ulps: float, thousands) -> None:
    x, exact, conditions = thousands
    assert np.all(exact.radius <= 1e-3)
    assert np.all(exact.error_ulps(slopes(method, L4, x)) <= ulps * (1 + conditions))


def test_central_difference_at_its_best_step() -> None:
    exact = truth.derivative(L4)(0.2)
    errors = [
        exact.relative_error(dl.FiniteDifference("central", step=h).derivative(L4)(0.2))
        for h in np.logspace(-7, -4, 61)
    ]
    assert min(errors) <= 1e-9


@pytest.mark.parametrize("scheme", ["forward", "central"])
def test_differences_err_as_truncation_predicts(scheme: str) -> None:
    """½ h f″ and h² f‴/6, where rounding ε |f| / h is far smaller."""
    h = 2.0**-10
    exact = truth.derivative(L4)(0.2)
    second, third, fourth = (float(truth.derivative(L4, order=k)(0.2)) for k in (2, 3, 4))
    fifth = float(truth.derivative(L4, order=5)(0.2))
    error = dl.FiniteDifference(scheme, step=h).derivative(L4)(0.2) - float(exact)
    first_terms = h / 2 * second + h**2 / 6 * third if scheme == "forward" else h**2 / 6 * third
    rest = h**3 / 24 * abs(fourth) if scheme == "forward" else h**4 / 120 * abs(fifth)
    assert abs(error - first_terms) <= 2 * rest + 8 * np.spacing(1.0) / h


def test_complex_step_does_not_depend_on_the_step() -> None:
    exact = truth.derivative(L4)(0.2)
    for h in 10.0 ** -np.arange(9, 300, 10):
        truncation = h**2 * abs(float(truth.derivative(L4, order=3)(0.2))) / 6
        allowed = 16 + truncation / np.spacing(float(exact))
        assert exact.error_ulps(dl.ComplexStep(step=h).derivative(L4)(0.2)) <= allowed


# Tails.


def by_hand(x):
    xp = array_namespace(x)
    return 1 / (1 + xp.exp(-x))


def tanh(x):
    return array_namespace(x).tanh(x)


TAILS = {"sigmoid": (special.sigmoid, 700.0), "sigmoid by hand": (by_hand, 300.0), "tanh": (tanh, 300.0)}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", TAILS)
def test_tails_keep_their_digits(name: str, mode: str) -> None:
    f, bound = TAILS[name]
    random = np.random.default_rng(40).uniform(-bound, bound, 400)
    x = np.concatenate([np.linspace(-bound, bound, 401), random, np.linspace(-2, 2, 101), [20.0, 30.0, 40.0, -40.0]])
    exact = truth.jvp(f, (x,), (np.ones_like(x),))[1]
    assert np.max(exact.error_ulps(slopes(dl.methods[mode], f, x))) <= 4


@pytest.mark.parametrize(("f", "x", "exact"), [(special.sigmoid, 40.0, 4.248e-18), (tanh, 20.0, 1.70e-17)])
def test_jax_loses_the_tails_that_ours_keep(f, x: float, exact: float) -> None:
    assert dl.jax.derivative(f)(x) == 0
    for mode in MODES:
        assert dl.methods[mode].derivative(f)(x) == pytest.approx(exact, rel=2e-3)  # three printed digits


@pytest.mark.parametrize(("x", "low", "high"), [(20.0, 1e-9, 1e-7), (30.0, 1e-4, 1e-2)])
def test_jax_loses_digits_on_the_way(x: float, low: float, high: float) -> None:
    """3.6e-8 at 20 and 1e-3 at 30, within a factor of the rounding's luck."""
    exact = truth.derivative(special.sigmoid)(x)
    assert low <= exact.relative_error(dl.jax.derivative(special.sigmoid)(x)) <= high


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scores", [(1000.0, 0.0, -1000.0), (0.0, 0.0), (40.0, 0.0, -40.0), (-1000.0, -1000.5)])
def test_logsumexp_keeps_its_digits(mode: str, scores) -> None:
    x = np.array(scores)
    gradient = dl.methods[mode].grad(special.logsumexp)(x)
    assert np.all(truth.grad(special.logsumexp)(x).error_ulps(gradient) <= 4)


@pytest.mark.parametrize("mode", MODES)
def test_softmax_of_a_confident_class_keeps_its_digits(mode: str) -> None:
    """∂p₀/∂x₀ = p₀ p₁ with p₁ = e⁻⁴⁰, where 1 − p₀ is 0 in doubles."""
    f = lambda x: special.softmax(x)[0]
    x = np.array([40.0, 0.0])
    assert np.all(truth.grad(f)(x).error_ulps(dl.methods[mode].grad(f)(x)) <= 8)


# The measure itself.


def test_accuracy_is_a_bound_over_all_entries() -> None:
    exact = truth.grad(lambda x: array_namespace(x).sum(x * x))(np.array([1.0, 100.0]))
    measured = accuracy([np.array([np.nextafter(2.0, 3), 200.0])], [exact], [np.array([1.0, 1.0])])
    assert 1 <= measured.ulps <= 1.01
    assert measured.relative == pytest.approx(2.0**-52, rel=0.01)
    assert measured.normwise == pytest.approx(2.0**-52 / 100, rel=0.01)
    assert measured.within(None)
    assert not accuracy([np.array([2.0, 201.0])], [exact], [np.array([1.0, 1.0])]).within(None)
    assert not accuracy([np.array([2.0, np.nan])], [exact], None).within(None)
    assert not accuracy([np.array([0.0, 0.0])], [exact], None).within(1e-5)


@pytest.mark.parametrize("wrong", [1e-3, -1e-3, 1.0, np.nan, np.inf])
def test_a_wrong_answer_to_an_exact_zero_is_not_accepted(wrong: float) -> None:
    f = lambda x: (x - 2.0) ** 2
    exact, condition = truth.derivative(f)(2.0), truth.condition(f, operator="derivative")(2.0)
    for promise in (None, 1e-5):
        assert not accuracy([np.float64(wrong)], [exact], [condition]).within(promise)
