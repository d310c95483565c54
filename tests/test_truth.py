"""The truth encloses, is tight, shares no rule with what it judges, and says where there is no derivative."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy

import derivlab as dl
from derivlab import array_namespace, special, truth
from derivlab.array import surface as xp
from derivlab.errors import ArgumentError, UndecidedError, UndefinedError
from derivlab.libraries import load
from rule_cases import SMOOTH, Case

DIGITS = 60
SCALARS = [case for case in SMOOTH if case.draw[0][2] == () and len(case.draw) == 1]


def logistic(x):
    for _ in range(3):
        x = 4 * x * (1 - x)
    return x


@pytest.mark.parametrize(("order", "exact"), [(1, "9.0660864"), (2, "67.395584"), (3, "-3948.87168")])
def test_derivatives_at_one_fifth_are_the_exact_rationals(order: int, exact: str) -> None:
    """The double 0.2 is not 1/5: the derivative moves by its own derivative times the difference."""
    shift = float(Fraction(0.2) - Fraction(1, 5))
    slope = float(truth.derivative(logistic, order=order + 1)(0.2))
    at_double = truth.derivative(logistic, order=order)(0.2)
    moved = float(Fraction(exact)) + slope * shift
    assert at_double.error_ulps(moved) <= 2


def test_derivative_of_a_polynomial_is_enclosed_exactly() -> None:
    """l₄′ at the double 0.2 in exact rational arithmetic lies in the ball."""
    v, v_dot = Fraction(0.2), Fraction(1)
    for _ in range(3):
        v, v_dot = 4 * v * (1 - v), 4 * v_dot - 8 * v * v_dot
    ball = truth.derivative(logistic)(0.2).balls[()]
    library = load("flint")
    with library.working_precision(2048, 1):
        assert ball.contains(library.arb(v_dot.numerator) / v_dot.denominator)


@pytest.mark.parametrize("order", [23, 30, 60])
def test_high_orders_are_enclosed_exactly(order: int) -> None:
    """k!, beyond the integers that a double holds, does not move the ball off 1."""
    assert truth.derivative(xp.exp, order=order)(0.0).balls[()].contains(1)
    along = truth.directional(lambda x: xp.sum(xp.exp(x)), (np.zeros(2),), (np.array([1.0, -1.0]),), order)
    assert along.balls[()].contains(2 if order % 2 == 0 else 0)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("case", SCALARS, ids=lambda case: case.id)
def test_elementary_derivatives_enclose_sixty_digits(case: Case, order: int) -> None:
    """SymPy's formula at 60 digits lies within the ball, up to its own last digits."""
    (x,) = case.inputs()
    ball = truth.derivative(lambda x: xp.sum(case.apply(x)), order=order)(x).balls[()]
    formulas = load("sympy").KERNELS
    symbol = sympy.Symbol("x", positive=True) if x > 0 else sympy.Symbol("x", real=True)
    argument = np.empty((), dtype=object)
    argument[()] = symbol
    y = np.sum(np.asarray(formulas[case.name](*case.arrange(argument), **case.params), dtype=object))
    formula = sympy.diff(y, symbol, order).subs(symbol, sympy.Rational(*float(x).as_integer_ratio()))
    value = sympy.N(formula.doit().replace(lambda e: hasattr(e, "numpy_name"), _exactly), DIGITS)
    library = load("flint")
    with library.working_precision(256, 1):
        exact = library.arb(str(value))
        assert abs(ball - exact) < (abs(exact) + 1) * library.arb("1e-36")


def _exactly(e):
    return {"sign": sympy.sign, "abs": sympy.Abs}[e.numpy_name](*e.args)


@pytest.mark.parametrize("x", [0.2, 1e-300, 0.5 - 2**-54, 1 - 2**-53, 0.3333])
def test_radius_is_far_below_an_ulp(x: float) -> None:
    enclosure = truth.derivative(logistic)(x)
    assert enclosure.radius <= 1e-3
    assert abs(enclosure.offset) <= 0.5 + 1e-3


KINKS = {
    "abs": (abs, 0.0),
    "relu": (lambda x: xp.maximum(x, 0.0), 0.0),
    "relu by where": (lambda x: xp.where(x > 0, x, 0.0 * x), 0.0),
    "relu by branch": (lambda x: x if x > 0 else 0.0 * x, 0.0),
    "builtin max": (lambda x: max(x, 0.0), 0.0),
    "clip": (lambda x: xp.clip(x, 0.0, 1.0), 1.0),
    "norm": (lambda x: xp.sqrt(x * x), 0.0),
    "root": (lambda x: xp.sqrt(x), 0.0),
    "log": (lambda x: xp.log(x), 0.0),
    "log outside": (lambda x: xp.log(x), -1.0),
    "root outside": (lambda x: xp.sqrt(x), -1.0),
    "pole": (lambda x: 1 / x, 0.0),
    "real power": (lambda x: x**0.5, 0.0),
    "gammaln": (lambda x: special.gammaln(x), -1.0),
    "floor at a jump": (lambda x: xp.floor(x), 2.0),
    "ceil at a jump": (lambda x: xp.ceil(x), 2.0),
    "round at a jump": (lambda x: xp.round(x), 2.5),
    "remainder at a jump": (lambda x: x % 1.0, 3.0),
    "sign": (lambda x: xp.sign(x), 0.0),
    "cast at a jump": (lambda x: xp.astype(xp.astype(x, int), float), 2.0),
    "removable value": (lambda x: 5.0 + 0.0 * x if x == 0 else x, 0.0),
}


@pytest.mark.parametrize("kink", KINKS)
def test_kinks_have_no_derivative(kink: str) -> None:
    f, x = KINKS[kink]
    with pytest.raises((UndefinedError, UndecidedError)) as caught:
        truth.derivative(f)(x)
    assert isinstance(caught.value, UndefinedError) or kink in ("log outside", "root outside"), caught.value


SMOOTH_TIES = {
    "x|x|": (lambda x: x * abs(x), 0.0, 0.0),
    "square of relu": (lambda x: xp.maximum(x, 0.0) ** 2, 0.0, 0.0),
    "equality branch": (lambda x: 0 * x if x == 0 else x, 0.0, 1.0),
    "both ways": (lambda x: xp.where(x > 0.25, x * 2.0, 2.0 * x), 0.25, 2.0),
    "floor inside": (lambda x: xp.floor(x) * x, 2.5, 2.0),
    "remainder inside": (lambda x: x % 1.0, 2.25, 1.0),
    "cast inside": (lambda x: xp.astype(xp.astype(x, int), float) * x, -2.5, -2.0),
    "ties of equals": (lambda x: xp.maximum(x, x), 1.0, 1.0),
    "integer power at 0": (lambda x: x**2 + x**1 + x**0, 0.0, 1.0),
}


@pytest.mark.parametrize("tie", SMOOTH_TIES)
def test_ties_without_a_kink_are_decided(tie: str) -> None:
    f, x, slope = SMOOTH_TIES[tie]
    assert truth.derivative(f)(x).error_ulps(slope) <= 1e-3


@pytest.mark.parametrize("order", [1, 2])
def test_a_tie_of_smooth_sides_is_decided_at_every_order(order: int) -> None:
    """|x|³ is flat at 0 to second order; only coefficients below the asked one are compared unscaled."""
    assert truth.derivative(lambda x: 1 + abs(x) ** 3, order)(0.0).balls[()].contains(0)
    with pytest.raises((UndecidedError, UndefinedError)):
        truth.derivative(lambda x: 1 + abs(x) ** 3, 3)(0.0)


def test_signs_of_zeros_are_followed_in_constants_alone() -> None:
    assert float(truth.derivative(lambda x: xp.copysign(x, -0.0))(2.0)) == -1
    assert float(truth.derivative(lambda x: xp.copysign(x, 0.0))(2.0)) == 1
    with pytest.raises((UndecidedError, UndefinedError)):
        truth.derivative(lambda x: x * xp.copysign(1.0, x * 0.0))(2.0)


def test_a_step_stands_still_between_its_jumps() -> None:
    """⌊x⌋ is 0 beside 0.5, and may be compared with it."""
    f = lambda x: x * xp.where(xp.floor(x) == 0, 3.0, 1.0) + xp.astype(xp.floor(x), int)
    assert float(truth.derivative(f)(0.5)) == 3


def test_two_variables_at_a_tie() -> None:
    with pytest.raises(UndefinedError):
        truth.grad(lambda x, y: xp.maximum(x, y), argnums=(0, 1))(1.0, 1.0)


def test_a_branch_follows_the_exact_value_not_the_rounded() -> None:
    """0.1 + 0.2 > 0.3 in doubles and in exact arithmetic on those doubles alike, but not by rounding alone."""
    f = lambda x: 2 * x if x + 1e-30 > x else 3 * x
    assert float(truth.derivative(f)(1.0)) == 2.0
    assert dl.forward.derivative(f)(1.0) == 3.0  # what the floating-point program does


def test_cancellation_raises_the_precision() -> None:
    f = lambda x: (xp.exp(x * 2.0**-200) - 1) * 2.0**200
    assert truth.derivative(f)(1.0).error_ulps(1.0) <= 1


def test_large_gradient_is_swept_and_cross_checked() -> None:
    x = np.random.default_rng(5).standard_normal(truth.MANY + 1)
    f = lambda x: xp.sum(xp.exp(xp.sin(x)) * x[0])
    swept = truth.grad(f)(x)
    some = [0, 1, x.size - 1]
    for i in some:
        direction = np.zeros_like(x)
        direction[i] = 1.0
        exact = truth.jvp(f, (x,), (direction,))[1]
        assert exact.error_ulps(swept.value[i]) <= 1
    assert np.all(swept.radius <= truth.RADIUS)


def test_large_gradient_at_a_kink_is_not_guessed() -> None:
    x = np.zeros(truth.MANY + 1)
    with pytest.raises((UndecidedError, UndefinedError)):
        truth.grad(lambda x: xp.sum(abs(x)))(x)


def test_condition_number_is_that_of_the_derivative() -> None:
    """|x f″/f′| of xⁿ is n − 1; of a product of two, each argument adds its part."""
    assert truth.condition(lambda x: x**5, operator="derivative")(2.0) == pytest.approx(4.0, rel=4e-16)
    first, second = truth.condition(lambda x, y: x**3 * y**2, argnums=(0, 1))(2.0, 3.0)
    assert (first, second) == pytest.approx((2 + 2, 3 + 1), rel=4e-16)


def test_errors_are_bounds_and_never_finite_for_nan() -> None:
    enclosure = truth.derivative(lambda x: x * x)(1.5)
    assert enclosure.error_ulps(3.0) <= 1e-3
    assert 1 <= enclosure.error_ulps(np.nextafter(3.0, 4)) <= 1 + 1e-3
    assert np.isinf([enclosure.error_ulps(value) for value in (np.nan, np.inf, -np.inf)]).all()
    assert enclosure.error_ulps(np.float32(3.0)) <= 1e-3
    with pytest.raises(ArgumentError, match="shape"):
        enclosure.error_ulps(np.zeros(2))


def test_truth_jacobian_and_containers() -> None:
    f = lambda p: {"a": p["u"] * p["v"], "b": array_namespace(p["u"]).sum(p["u"])}
    point = {"u": np.array([1.0, 2.0]), "v": 3.0}
    exact = truth.jacobian(f)(point)
    assert np.array_equal(exact["a"]["u"].value, np.diag([3.0, 3.0]))
    assert np.array_equal(exact["a"]["v"].value, [1.0, 2.0])
    assert np.array_equal(exact["b"]["u"].value, [1.0, 1.0])
    for mode in ("forward", "reverse"):
        ours = dl.methods[mode].jacobian(f)(point)
        assert np.array_equal(ours["a"]["u"], exact["a"]["u"].value)
        assert np.array_equal(ours["b"]["v"], exact["b"]["v"].value)


def test_both_sides_of_a_tie_are_united_at_full_precision() -> None:
    """1/3 on both sides: at 53 bits their union would be as wide as an ulp, and stay undecided."""
    tied = truth.derivative(lambda x: xp.where(x > 1.0, x / 3, x / 3))(1.0)
    assert tied.error_ulps(1 / 3) <= 0.5


def test_the_error_in_ulps_knows_what_the_exact_number_is_beside_its_double() -> None:
    """1/3 lies a third of an ulp beside the double that is nearest, which itself is not without error."""
    exact, nearest = truth.derivative(lambda x: x / 3.0)(1.0), 1 / 3
    ulp = Fraction(float(np.spacing(nearest)))
    for found in (nearest, np.nextafter(nearest, 1.0), np.nextafter(nearest, 0.0)):
        expected = float(abs(Fraction(float(found)) - Fraction(1, 3)) / ulp)
        assert expected <= exact.error_ulps(found) <= expected + 1e-9
