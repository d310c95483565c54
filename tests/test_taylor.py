"""Taylor mode's operators, its nesting with the other modes, its cost by counts, and its errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, special, truth
from derivlab.array import surface as xp
from derivlab.errors import ArgumentError, DerivativeLostError, LevelFinishedError
from derivlab.interpreters.ball import BallLevel
from derivlab.interpreters.record import Record
from derivlab.interpreters.symbolic import Symbolic
from derivlab.interpreters.taylor import Taylor
from derivlab.libraries import load
from rule_cases import SMOOTH, Case
from test_series import SMOOTH_CURVES, assert_close, curve, nested

# Nesting; perturbations and three levels stand among the laws.


@pytest.mark.parametrize("case", {case.name: case for case in SMOOTH}.values(), ids=lambda case: case.name)
@pytest.mark.parametrize("other", ["forward", "reverse"])
def test_orders_add_up_over_other_modes(case: Case, other: str) -> None:
    """f⁽⁵⁾ as order 3 over 2, and over the other mode from either side."""
    f = curve(case)
    exact = truth.derivative(f, order=5)(0.0).value
    order = dl.taylor.derivative
    outer = dl.methods[other].derivative
    for mixed in (order(order(f, 2), 3), outer(order(f, 4)), order(outer(f), 4)):
        assert_close(mixed(0.0), exact, 5, math.factorial(5))


@pytest.mark.parametrize("outer", ["taylor", "forward", "reverse"])
@pytest.mark.parametrize("inner", ["taylor", "forward", "reverse"])
def test_powers_move_with_their_exponent(outer: str, inner: str) -> None:
    """∂²xʸ/∂y∂x = xʸ⁻¹ (1 + y log x), at y = 0 too; and ∂⁵/∂r∂x⁴ of (x + x²)ʳ at r = 3, where a factor r − 3 is 0."""
    first, second = dl.methods[outer].derivative, dl.methods[inner].derivative
    assert first(lambda y: second(lambda x: x**y)(2.0))(0.0) == 0.5
    ours = first(lambda r: second(lambda t: (t * t + t) ** r, 4)(2.0))(3.0)
    cube = np.polynomial.polynomial.polypow([6.0, 5.0, 1.0], 3)  # of u = t + t² = (2 + s)(3 + s), for t = 2 + s
    logs = [math.log(6.0), *[(-1) ** (k + 1) * (2.0**-k + 3.0**-k) / k for k in range(1, 5)]]
    assert_close(ours, math.factorial(4) * np.convolve(cube, logs)[4], 8, 1e4)


def test_gradient_of_a_second_directional_derivative() -> None:
    """∇ₓ (vᵀ H(x) v), reverse over Taylor, for Σ sin(xᵢ) xᵢ₊₁²."""
    f = lambda x: array_namespace(x).sum(array_namespace(x).sin(x[:-1]) * x[1:] ** 2)
    x, v = np.array([0.3, -0.7, 1.1]), np.array([1.0, 2.0, -1.0])
    ours = dl.reverse.grad(lambda x: dl.taylor.directional(f, (x,), (v,), order=2))(x)
    for i, e in enumerate(np.eye(3)):
        exact = truth.derivative(
            lambda s, e=e: dl.forward.derivative(dl.forward.derivative(lambda t: f(x + s * e + t * v)))(0.0)
        )(0.0)
        assert_close(ours[i], exact.value, 3, 1.0)


def test_series_with_a_direction_from_outside() -> None:
    """d/ds of the coefficients of sin(2 + s t): k s^(k−1) c_k."""
    ours = dl.forward.derivative(lambda s: dl.taylor.series(xp.sin, 2.0, 4, direction=s))(0.5)
    c = dl.taylor.series(xp.sin, 2.0, 4)
    assert_close(ours, [k * 0.5 ** (k - 1) * c[k] if k else 0.0 for k in range(5)], 2)


def test_taylor_over_balls_encloses_the_series_of_flint() -> None:
    """The recurrences over Arb, against Arb's own series."""
    library = load("flint")
    f, order = SMOOTH_CURVES["logistic"][0], 6
    exact = truth.derivative(f, order=order)(0.4).balls[()]
    with library.working_precision(128, 1):
        base, level = BallLevel(), None
        level = Taylor()
        y = f(level.input(base.input(0.4), [base.input(1.0)], order))
        ball = level.coefficient(y, order).value[()].head * math.factorial(order)
        assert ball.overlaps(exact)
        assert float(ball.rad()) < 1e-25 * abs(float(exact.mid()))


def test_taylor_over_symbols_gives_formulas() -> None:
    base, level = Symbolic(), Taylor()
    x = base.input("x", ())
    y = xp.exp(level.input(x, [np.float64(1.0)], 2) ** 2)
    (symbol,) = x.value[()].free_symbols
    second = level.coefficient(y, 2).value[()]
    assert abs(float(second.subs(symbol, 0.5)) - 1.5 * math.exp(0.25)) <= 8 * np.spacing(2.0)


# Cost, by counts.


def calls(monkeypatch, f, order: int) -> int:
    """Primitives run on arrays of the level."""
    count = []
    run = Taylor.run
    with monkeypatch.context() as patch:
        patch.setattr(Taylor, "run", lambda self, *args: count.append(1) or run(self, *args))
        dl.taylor.derivative(f, order=order)(0.5)
    return len(count)


def test_one_run_gives_any_order(monkeypatch) -> None:
    runs = []
    f = lambda x: runs.append(1) or xp.sin(xp.exp(x)) / (1 + x * x)
    assert {calls(monkeypatch, f, order) for order in (1, 5, 20, 50)} == {5}
    assert len(runs) == 4


@pytest.mark.parametrize("f", [xp.sin, special.sigmoid, xp.log, xp.sqrt, lambda x: x**2.5, lambda x: x * xp.tanh(x)])
def test_the_work_grows_with_the_square_of_the_order(f) -> None:
    """Operations on the base, each a line of a recording: doubling the order multiplies them by at most 4."""

    def lines(order: int) -> int:
        base, level = Record(), Taylor()
        f(level.input(base.input(np.float64(0.5)), [base.input(np.float64(1.0))], order) ** 2)
        return len(base.lines)

    assert lines(40) <= 4 * lines(20) <= 16 * lines(10)
    assert lines(40) <= 6 * 40**2


def test_a_polynomial_keeps_its_degree() -> None:
    level = Taylor()
    x = level.input(np.float64(0.5), [np.float64(1.0)], 50)
    for y, degree in ((4 * x * (1 - x), 2), (xp.sum(xp.stack([x, x**3])), 3)):
        assert level.coefficient(y, degree) is not None
        assert level.coefficient(y, degree + 1) is None


# What the operators answer.


def test_series_has_the_coefficients_first() -> None:
    x = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    answer = dl.taylor.series(lambda x: {"a": xp.sin(x), "b": (xp.sum(x), 2.0)}, x, 4, direction=np.ones_like(x))
    assert answer["a"].shape == (5, 2, 3)
    assert answer["b"][0].shape == answer["b"][1].shape == (5,)
    assert_close(answer["a"][3], -np.cos(x) / 6, 1)
    assert np.array_equal(answer["b"][1], [2.0, 0.0, 0.0, 0.0, 0.0])
    assert dl.taylor.series(xp.sin, 0.5, 0) == np.sin(0.5)


def test_series_of_a_container() -> None:
    x, v = {"a": 2.0, "b": np.array([1.0, 3.0])}, {"a": 1.0, "b": np.array([0.0, 1.0])}
    assert_close(dl.taylor.series(lambda p: p["a"] * p["b"] ** 2, x, 3, direction=v)[:, 1], [18.0, 21.0, 8.0, 1.0], 1)


def test_series_keeps_single_precision() -> None:
    coefficients = dl.taylor.series(lambda x: xp.exp(x) * np.float32(2.0), np.float32(0.5), 5)
    assert coefficients.dtype == np.float32
    exact = 2 * math.exp(0.5) / np.array([math.factorial(k) for k in range(6)])
    assert np.all(np.abs(coefficients - exact) <= 16 * np.finfo(np.float32).eps * exact)
    fortieth = dl.taylor.derivative(xp.exp, order=40)(np.float32(0.5))  # 40! leaves the range
    assert fortieth.dtype == np.float32
    assert abs(fortieth - math.exp(0.5)) <= 64 * np.finfo(np.float32).eps


def test_numbers_do_not_narrow_to_single_precision() -> None:
    """A double times a vector of single precision is double, in every coefficient."""
    f = lambda x: array_namespace(x).sum(x * np.ones(3, np.float32) * np.array([0.1, 0.2, 0.3], np.float32))
    x = 1 + 2.0**-30
    expected = float(np.sum(np.array([0.1, 0.2, 0.3], np.float32).astype(float)))
    assert abs(dl.taylor.derivative(lambda x: f(x * x), order=2)(x) - 2 * expected) <= 4 * np.spacing(expected)


def test_answers_are_nan_where_the_function_is() -> None:
    with np.errstate(all="ignore"):
        answer = dl.taylor.series(xp.log, np.array([-1.0, 1.0]), 3, direction=np.ones(2))
    assert np.all(np.isnan(answer[:, 0]))
    assert_close(answer[:, 1], [0.0, 1.0, -0.5, 1 / 3], 1)


def test_python_and_numpy_code() -> None:
    def f(x):
        y = np.exp(x) if x > 0 else x
        for _ in range(3):
            y = y * np.sin(x) + 1
        return np.sum(np.stack([y, x]))

    assert_close(dl.taylor.derivative(f, order=4)(0.5), nested(f, 4)(0.5), 4, 100.0)


@pytest.mark.parametrize("name", ["hessian", "hvp"])
def test_second_order_operators(name: str) -> None:
    f = lambda x: array_namespace(x).sum(array_namespace(x).sin(x) * x**2) + x[0] * x[1] * x[2]
    x, v = np.array([0.3, -0.7, 1.1]), np.array([1.0, 2.0, -1.0])
    args = (f, (x,), (v,)) if name == "hvp" else (f,)
    ours, theirs = (getattr(dl.methods[m], name)(*args) for m in ("taylor", "reverse"))
    assert_close(*((ours, theirs) if name == "hvp" else (ours(x), theirs(x))), 2, 4.0)


def test_the_laplacian_takes_one_run_of_order_two_an_entry() -> None:
    runs = []

    def f(x, y):
        runs.append(1)
        return array_namespace(x).sum(array_namespace(x).sin(x) * y**2)

    x, y = np.array([0.3, -0.7, 1.1]), np.array([1.0, 2.0, -1.0])
    assert_close(dl.taylor.laplacian(f, (0, 1))(x, y), np.sum((2 - y**2) * np.sin(x)), 2, 4.0)
    assert len(runs) == 1 + 6
    assert dl.taylor.laplacian(lambda x: array_namespace(x).sum(x[:0]))(x) == 0.0
    with pytest.raises(ArgumentError, match="scalar-valued"):
        dl.taylor.laplacian(lambda x: x)(x)


# Mistakes.


@pytest.mark.parametrize("order", [51, 1000])
def test_an_order_too_high(order: int) -> None:
    with pytest.raises(ArgumentError, match=r"at most 50.*truth\.derivative"):
        dl.taylor.derivative(lambda x: x, order=order)
    with pytest.raises(ArgumentError, match="at most 50"):
        dl.taylor.series(lambda x: x, 1.0, order)
    with pytest.raises(ArgumentError, match="at most 50"):
        dl.taylor.directional(lambda x: x, (1.0,), (1.0,), order)


@pytest.mark.parametrize("order", [-1, 1.5, "2", None, True])
def test_an_order_that_is_none(order) -> None:
    with pytest.raises(ArgumentError, match="integer"):
        dl.taylor.series(lambda x: x, 1.0, order)
    for method in (dl.taylor, truth):
        with pytest.raises(ArgumentError, match="positive integer"):
            method.derivative(lambda x: x, order=order)
        with pytest.raises(ArgumentError, match="positive integer"):
            method.directional(lambda x: x, (1.0,), (1.0,), order)


def test_a_direction_is_needed_and_fits() -> None:
    with pytest.raises(ArgumentError, match=r"direction=v.*numpy\.ones_like"):
        dl.taylor.series(lambda x: x, np.ones(3), 2)
    with pytest.raises(ArgumentError, match="direction"):
        dl.taylor.series(lambda p: p["a"], {"a": 1.0}, 2)
    with pytest.raises(ArgumentError, match="shapes of the primals"):
        dl.taylor.series(lambda x: x, np.ones(3), 2, direction=np.ones(2))
    with pytest.raises(ArgumentError, match="structure"):
        dl.taylor.series(lambda p: p["a"], {"a": 1.0}, 2, direction={"b": 1.0})


@pytest.mark.parametrize("wrong", [3, True, np.arange(3), np.array([1j]), np.nan, "x", None])
def test_a_point_that_has_no_series(wrong) -> None:
    with pytest.raises(ArgumentError):
        dl.taylor.series(lambda x: x, wrong, 2, direction=wrong)


def test_answers_that_have_no_series() -> None:
    with pytest.raises(ArgumentError, match="forget to return"):
        dl.taylor.series(lambda x: None, 1.0, 2)
    with pytest.raises(ArgumentError, match="moves in steps"):
        dl.taylor.series(lambda x: x > 0, 1.0, 2)
    with pytest.raises(ArgumentError, match="needs a function"):
        dl.taylor.series(3.0, 1.0, 2)


def test_a_derivative_is_not_lost_in_silence() -> None:
    with pytest.raises(DerivativeLostError, match="math"):
        dl.taylor.derivative(lambda x: math.exp(x), order=3)(1.0)
    kept = []
    dl.taylor.derivative(lambda x: kept.append(x) or x * x, order=3)(2.0)
    with pytest.raises(LevelFinishedError, match="Return it from the function"):
        dl.taylor.derivative(lambda x: x * kept[0], order=3)(1.0)
