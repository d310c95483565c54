"""Stencils, steps, extrapolation, error estimates and noise of finite differences."""

from __future__ import annotations

import copy
import functools
import math
from fractions import Fraction

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, truth
from derivlab.errors import ArgumentError, DerivlabError, UndefinedError, UnknownNameError, UnsupportedError
from derivlab.method.noise import ec_noise
from derivlab.method.problem import flatten
from derivlab.method.stencils import named_stencil
from random_functions import attainable, cancelling_case, random_case

SCHEMES = [("forward", p) for p in range(1, 9)] + [("central", p) for p in (2, 4, 6, 8)]
SCHEMES += [("backward", p) for p in range(1, 9)]
FAMILY = {
    "forward": dl.FiniteDifference("forward"),
    "backward": dl.FiniteDifference("backward", order=2),
    "central": dl.FiniteDifference(),
    "central-4": dl.FiniteDifference(order=4),
    "central-8": dl.FiniteDifference(order=8),
    "offsets": dl.FiniteDifference(offsets=(-2, -1, 0, 1, 2)),
    "richardson": dl.Richardson(),
    "ridders": dl.Richardson(ratio=1.4, levels=20),
    "richardson-forward": dl.Richardson("forward"),
}
family = pytest.mark.parametrize("method", FAMILY.values(), ids=FAMILY)


def counted(f):
    """f, and a list as long as the number of its calls."""
    calls: list[None] = []

    def counting(*args):
        calls.append(None)
        return f(*args)

    return counting, calls


# Stencils.


@pytest.mark.parametrize(
    ("offsets", "derivative", "weights"),
    [
        ((-1, 1), 1, "-1/2 1/2"),
        ((-2, -1, 0, 1, 2), 1, "1/12 -2/3 2/3 -1/12"),
        ((-1, 0, 1), 2, "1 -2 1"),
        ((0, 1, 2), 1, "-3/2 2 -1/2"),
        ((-2, -1, 0, 1, 2), 4, "1 -4 6 -4 1"),
        ((0, 0.5, 2), 1, "-5/2 8/3 -1/6"),
    ],
)
def test_weights_are_the_known_rationals(offsets, derivative: int, weights: str) -> None:
    assert dl.stencil(offsets, derivative).weights == tuple(Fraction(w) for w in weights.split())


@pytest.mark.parametrize("derivative", range(1, 7))
@pytest.mark.parametrize(("scheme", "order"), SCHEMES)
def test_moments_and_the_error_constant_are_exact(scheme: str, order: int, derivative: int) -> None:
    """Σ w oᵐ = d! [m = d] below d + p, and C (d + p)! there."""
    found = named_stencil(scheme, derivative, order)
    moment = lambda m: sum(w * o**m for w, o in zip(found.weights, found.offsets, strict=True))
    assert found.order == order
    for m in range(derivative + order):
        assert moment(m) == (math.factorial(derivative) if m == derivative else 0)
    assert moment(derivative + order) == found.constant * math.factorial(derivative + order) != 0


def test_arbitrary_offsets_give_the_highest_order() -> None:
    offsets = [Fraction(-7, 3), Fraction(-1, 5), Fraction(1, 2), 3, 4]
    found = dl.stencil(offsets, 2)
    for m in range(5):
        assert sum(w * o**m for w, o in zip(found.weights, found.offsets, strict=True)) == (2 if m == 2 else 0)
    assert found.order >= 3


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: dl.stencil((0, 1, 1)), "differ"),
        (lambda: dl.stencil((0,)), "at least 2 offsets"),
        (lambda: dl.stencil((0, 1, 2), 3), "at least 4 offsets"),
        (lambda: dl.stencil((0, np.nan)), "finite"),
        (lambda: dl.stencil("01"), "finite numbers"),
        (lambda: dl.stencil((0, 1), 0), "positive integer"),
        (lambda: dl.stencil((0, 1), True), "positive integer"),
        (lambda: dl.FiniteDifference("central", order=3), "2, 4, 6, 8"),
        (lambda: dl.FiniteDifference("forward", order=9), "1, 2, 3"),
        (lambda: dl.FiniteDifference(relative=-1.0), "relative must be a positive"),
        (lambda: dl.FiniteDifference(step=1e-3, relative=1e-3), "without step"),
        (lambda: dl.FiniteDifference("forward", offsets=(0, 1)), "one or the other"),
        (lambda: dl.FiniteDifference(domain=(1.0, 0.0)), "low < high"),
        (lambda: dl.FiniteDifference(domain=3.0), "two numbers"),
        (lambda: dl.Richardson(levels=1), "levels"),
        (lambda: dl.Richardson(ratio=1.0), "ratio"),
        (lambda: dl.Richardson("centered"), "central"),
        (lambda: dl.Richardson(step=0.0), "step must be"),
        (lambda: dl.FiniteDifference().with_error("hessian", math.sin, 1.0), "jacobian"),
        (lambda: dl.FiniteDifference(domain=(0, 1)).derivative(np.exp)(2.0), "outside the domain"),
    ],
)
def test_what_is_no_difference_is_refused(ask, says: str) -> None:
    with pytest.raises((ArgumentError, UnknownNameError), match=says):
        ask()


@family
def test_derivatives_beyond_the_sixth_are_refused(method) -> None:
    with pytest.raises(UnsupportedError, match="order 6"):
        method.derivative(np.sin, order=7)


# Every operator, by every member of the family.


def smooth(x):
    xp = array_namespace(x)
    return xp.exp(x) * xp.sin(x)


@family
@pytest.mark.parametrize("order", range(1, 5))
def test_derivatives_of_higher_order_lie_within_their_errors(method, order: int) -> None:
    """(eˣ sin x)⁽ᵏ⁾ = 2^(k/2) eˣ sin(x + kπ/4). Four times the bound, as it is an estimate."""
    exact = 2 ** (order / 2) * math.exp(0.7) * math.sin(0.7 + order * math.pi / 4)
    found = method.with_error("derivative", smooth, 0.7, order=order)
    assert found
    assert abs(found.value - exact) <= 4 * found.error <= abs(exact)
    assert abs(method.derivative(smooth, order=order)(0.7) - exact) <= 8 * found.error
    along = method.directional(lambda x: smooth(x[0]), (np.array([0.7]),), (np.array([2.0]),), order)
    assert abs(along / 2**order - exact) <= 8 * found.error


@family
def test_errors_have_the_structure_of_the_answer(method) -> None:
    def f(p):
        xp = array_namespace(p["a"])
        return {"y": xp.sin(p["a"]) * p["b"], "z": [xp.sum(p["a"]) ** 2]}

    p = {"a": np.array([0.3, -1.2]), "b": 2.0}
    found, exact = method.with_error("jacobian", f, p), dl.forward.jacobian(f)(p)
    assert found
    for part in ("value", "error", "step", "trusted"):
        leaves, structure = flatten(getattr(found, part))
        assert structure == flatten(exact)[1]
        assert [np.shape(leaf) for leaf in leaves] == [np.shape(leaf) for leaf in flatten(exact)[0]]
    for value, error, truth_ in zip(*(flatten(t)[0] for t in (found.value, found.error, exact)), strict=True):
        assert np.all(np.abs(value - truth_) <= 4 * error)
    assert found.schemes == (method.scheme,)


@pytest.mark.parametrize(
    ("name", "digits"), [("forward", 3), ("central", 6), ("central-4", 8), ("central-8", 10), ("richardson", 9)]
)
def test_second_order_operators(name: str, digits: int) -> None:
    """By second differences along eᵢ ± eⱼ, scaled to the sizes 1e6 and 1e-6 of the arguments."""

    def f(x, y):
        xp = array_namespace(x)
        return xp.exp(x[0] * 1e-6) * xp.sin(x[1] * 1e6) * xp.exp(y)

    args, v = (np.array([1e6, 1e-6]), 3.0), (np.array([1e6, 2e-6]), -1.0)
    method, exact = FAMILY[name], dl.forward
    scale = {"hessian": exact.hessian(f, (0, 1))(*args), "hvp": exact.hvp(f, args, v), "vhp": exact.hvp(f, args, v)}
    scale["laplacian"] = exact.laplacian(f)(*args)
    found = {"hessian": method.hessian(f, (0, 1))(*args), "laplacian": method.laplacian(f)(*args)}
    found |= {"hvp": method.hvp(f, args, v), "vhp": method.vhp(f, args, v)}
    for operator, answer in found.items():
        for ours, theirs in zip(flatten(answer)[0], flatten(scale[operator])[0], strict=True):
            assert np.all(np.abs(ours - theirs) <= 10.0**-digits * np.abs(theirs)), operator


@family
def test_evaluations_are_those_made(method) -> None:
    f, calls = counted(lambda x: array_namespace(x).sum(smooth(x)))
    found = method.with_error("grad", f, np.array([0.3, -1.2, 4.0]))
    assert found.evaluations == len(calls)


@pytest.mark.parametrize(
    ("method", "calls"),
    [
        (dl.FiniteDifference("forward", step=1e-7), 2),
        (dl.FiniteDifference("central", step=1e-5), 3),
        (dl.FiniteDifference("central", step="rule"), 3),
        (dl.FiniteDifference("central", relative=1e-5), 3),
        (dl.FiniteDifference("central", step=1e-2, order=8), 9),
        (dl.FiniteDifference("backward", step=1e-2, order=3), 4),
    ],
)
def test_given_steps_cost_one_evaluation_a_weight(method, calls: int) -> None:
    f, made = counted(smooth)
    assert method.derivative(f)(0.7) == pytest.approx(dl.forward.derivative(smooth)(0.7), rel=1e-5)
    assert len(made) == calls


def test_the_automatic_step_costs_a_few_evaluations() -> None:
    f, made = counted(smooth)
    dl.FiniteDifference().derivative(f)(0.7)
    assert len(made) <= 9


@pytest.mark.parametrize(("scheme", "order"), SCHEMES)
def test_truncation_is_the_error_constant(scheme: str, order: int) -> None:
    """C hᵖ f⁽ᵖ⁺¹⁾, with the step so large that rounding is nothing beside it."""
    h = 2.0**-3
    error = dl.FiniteDifference(scheme, step=h, order=order).derivative(np.exp)(0.0) - 1
    expected = float(named_stencil(scheme, 1, order).constant) * h**order
    assert error == pytest.approx(expected, rel=0.6)


def test_relative_steps_follow_x() -> None:
    f, points = lambda x: points.append(float(x)) or x, []
    dl.FiniteDifference(relative=2.0**-10).derivative(f)(1024.0)
    assert set(points) == {1023.0, 1024.0, 1025.0}


# The automatic step.


@family
@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (np.exp, 0.0, 1.0),
        (np.exp, 1e-10, math.exp(1e-10)),
        (np.exp, 1e-300, 1.0),
        (np.sqrt, 1e-12, 5e5),
        (np.log, 1e-200, 1e200),
        (np.tan, 1.5707, 1 / math.cos(1.5707) ** 2),
        (lambda x: 1 / (1 + (x / 1e-10) ** 2), 1e-10, -5e9),
        (lambda x: np.sin(2 * np.pi * 2**20 * x), 0.125, 2 * np.pi * 2**20),
        (lambda x: np.sin(1e3 * x), 1.0, 1e3 * math.cos(1e3)),
        (lambda x: 1e-30 * np.cos(x), 2.0, -1e-30 * math.sin(2.0)),
        (lambda x: 1e200 + 1e200 * x**3, 2.0, 12e200),
        (lambda x: math.exp(x), 3.0, math.exp(3.0)),
        (lambda x: 7.5 * x, 1e8, 7.5),
        (abs, 1e-9, 1.0),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_steps_fit_the_scale_of_the_function(method, f, x: float, slope: float) -> None:
    """A relative error of the promise, at scales of x and f from 1e-300 to 1e200."""
    assert method.derivative(f)(x) == pytest.approx(slope, rel=max(1e-5, method.accuracy), abs=0)


@pytest.mark.parametrize("name", ["central-4", "richardson"])
def test_large_arguments_move_by_what_they_can(name: str) -> None:
    assert FAMILY[name].derivative(np.sin)(1e10) == pytest.approx(math.cos(1e10), rel=1e-9)


@family
def test_single_precision_has_steps_of_its_own(method) -> None:
    found = method.with_error("derivative", np.sin, np.float32(1.0))
    assert found.value.dtype == np.float32
    assert found.step > 1e-4
    assert abs(float(found.value) - math.cos(1.0)) <= 4 * float(found.error) <= 1e-2


@pytest.mark.parametrize(("name", "promise"), [("central", 1e-9), ("richardson", 1e-11)])
def test_the_median_error_over_the_catalogue(name: str, promise: float) -> None:
    errors = []
    for spec in (dl.spec(each) for each in dl.catalogue()):
        if spec.operator == "derivative":
            pairs = [(FAMILY[name].derivative(spec.function)(*spec.args), truth.derivative(spec.function)(*spec.args))]
        else:
            answers = flatten(FAMILY[name].grad(spec.function, spec.argnums)(*spec.args))[0]
            exact = truth.grad(spec.function, spec.argnums)(*spec.args)
            pairs = list(zip(answers, exact if isinstance(exact, tuple) else [exact], strict=True))
        errors += [np.ravel(exact.relative_error(answer)) for answer, exact in pairs]
    assert np.median(np.concatenate(errors)) <= promise


@functools.cache
def drawn(cases, seed: int, count: int) -> list:
    """Functions, points and slopes, the same for every method."""
    rng = np.random.default_rng(seed)
    return [cases(rng) for _ in range(count)]


@pytest.mark.parametrize("name", ["forward", "central", "central-8", "richardson"])
def test_the_error_bounds_the_error(name: str) -> None:
    """In 95 of 100 random cases, and where it does not the estimate says so; few are not trusted."""
    right = trusted = 0
    for f, x, exact in drawn(random_case, 2018, 100):
        found = FAMILY[name].with_error("derivative", f, x)
        trusted += bool(found)
        right += not found or bool(abs(found.value - exact) <= found.error)
    assert right >= 95
    assert trusted >= 90


def test_chaos_keeps_its_slopes_where_values_cancel() -> None:
    """f = 2.4e-4 by cancellation: its noise is thousands of ε |f|. No point of many is refused."""
    f = dl.spec("logistic-map", n=4).function
    exact = float(truth.derivative(f)(0.5019425045781841).value)
    assert dl.FiniteDifference().derivative(f)(0.5019425045781841) == pytest.approx(exact, rel=1e-6)
    x = np.random.default_rng(0).uniform(0, 1, 10**4)
    _, slopes = dl.FiniteDifference().jvp(f, (x,), (np.ones_like(x),))
    assert slopes == pytest.approx(dl.forward.jvp(f, (x,), (np.ones_like(x),))[1], rel=1e-5)


@pytest.mark.parametrize("cases", [random_case, cancelling_case])
def test_no_answer_is_far_from_what_differences_can(cases) -> None:
    """All but one of 400 within 1e-4, or 1000 times the error at the best step, and none refused.

    Of those trusted, of which there are 95 %, 95 % lie within their bound.
    """
    method = dl.FiniteDifference()
    right = trusted = far = 0
    for f, x, exact in drawn(cases, 7, 400):
        with np.errstate(all="ignore"):
            error = abs(method.derivative(f)(x) - exact)
            found = method.with_error("derivative", f, x)
        far += not (error <= 1e-4 * abs(exact) or error <= 1e3 * attainable(f, x, exact))
        trusted += bool(found)
        right += bool(found) and bool(abs(found.value - exact) <= found.error)
    assert far <= 1
    assert right >= 0.95 * trusted >= 0.95 * 0.95 * 400


@family
def test_scales_side_by_side_have_steps_of_their_own(method) -> None:
    """One direction, answers from 1e-6 to 1e6 and lengths from 1e-3 to 1."""
    rate, size = np.array([1.0, 30.0, 1000.0]), np.array([1e-6, 1.0, 1e6])
    slopes = method.jacobian(lambda t: size * np.sin(rate * t))(0.4)
    assert np.max(np.abs(slopes / (size * rate * np.cos(rate * 0.4)) - 1)) <= max(1e-5, method.accuracy)


@pytest.mark.parametrize("x", [0.3, 1.7, -4.0, 30.0])
def test_scipy_agrees(x: float) -> None:
    """Within the sum of the two estimates."""
    reference = pytest.importorskip("scipy.differentiate")
    f = lambda x: np.exp(np.sin(x)) / (1 + x * x)
    theirs, ours = reference.derivative(f, x), dl.Richardson().with_error("derivative", f, x)
    assert theirs.success
    assert abs(theirs.df - ours.value) <= 10 * theirs.error + ours.error


# Where it cannot.


@family
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sin(x), 1e15),
        (lambda x: x**7 - 7 * x**6 + 21 * x**5 - 35 * x**4 + 35 * x**3 - 21 * x**2 + 7 * x - 1, 1.001),
    ],
    ids=["oscillates between neighbours", "noise alone"],
)
def test_what_cannot_be_known_is_not_trusted(method, f, x: float) -> None:
    assert not method.with_error("derivative", f, x)


@pytest.mark.parametrize("name", ["central", "central-4", "central-8", "richardson"])
def test_a_kink_is_not_trusted(name: str) -> None:
    found = FAMILY[name].with_error("derivative", abs, 0.0)
    assert not found
    assert abs(found.value) <= 1e-12


@family
@pytest.mark.parametrize(("f", "x"), [(np.sqrt, 0.0), (lambda x: float(x >= 2) + 0 * x, 2.0)], ids=["root", "jump"])
def test_quotients_that_grow_are_no_derivative(method, f, x: float) -> None:
    if method.scheme == "forward" and x:  # the right side of the jump is smooth
        assert method.derivative(f)(x) == 0
        return
    one_sided = method.scheme != "offsets"  # given offsets have no one-sided scheme in their place
    with pytest.raises(UndefinedError, match="grow as the step shrinks" if one_sided or x else "none on either side"):
        method.derivative(f)(x)


@family
def test_a_point_alone_is_refused(method) -> None:
    with pytest.raises(UndefinedError, match="none on either side"):
        method.derivative(lambda x: np.sqrt(-x * x))(0.0)


@family
def test_nan_stays_nan(method) -> None:
    assert np.isnan(method.derivative(lambda x: x * np.nan)(1.0))


@family
def test_empty_arguments_and_answers(method) -> None:
    assert method.grad(lambda x: array_namespace(x).sum(x) + 0.0)(np.zeros(0)).shape == (0,)
    assert method.jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)
    assert method.with_error("jacobian", lambda x: x[:0], np.ones(3))


# Domains.


@family
@pytest.mark.parametrize("x", [0.0, 1e-9, 0.3, 1 - 1e-9, 1.0])
def test_a_domain_is_not_left(method, x: float) -> None:
    def f(t):
        assert 0 <= t <= 1
        return np.exp(t)

    inside = copy.copy(method)
    inside.domain = (0.0, 1.0)
    if method.scheme == "offsets" and x in (0.0, 1.0):
        with pytest.raises(UndefinedError, match="none on either side"):
            inside.derivative(f)(x)
        return
    found = inside.with_error("derivative", f, x)
    assert found
    assert abs(found.value - math.exp(x)) <= 4 * found.error <= 1e-4


NO_VALUES = {
    "nan": lambda x: np.sqrt(1 - x) ** 3 + np.exp(x),
    "error": lambda x: math.sqrt(1 - x) ** 3 + math.exp(x),
    "complex": lambda x: (1 - float(x)) ** 1.5 + math.exp(x),
}


@pytest.mark.parametrize("f", NO_VALUES.values(), ids=NO_VALUES)
@pytest.mark.parametrize("step", ["auto", "rule", 1e-6])
def test_one_side_stands_in_where_values_end(f, step) -> None:
    """At the edge itself, where the second derivative is infinite: the slope is e."""
    method = dl.FiniteDifference(step=step)
    assert method.derivative(f)(1.0) == pytest.approx(math.e, rel=2e-2 if step == "rule" else 2e-3)
    assert "backward" in method.with_error("derivative", f, 1.0).schemes


def test_other_errors_of_the_function_are_the_callers() -> None:
    def f(x):
        if x != 1.0:
            raise IndexError("mine")
        return x

    for step in ("auto", 1e-6):
        with pytest.raises(IndexError, match="mine"):
            dl.FiniteDifference(step=step).derivative(f)(1.0)


def test_answers_that_change_shape_are_refused() -> None:
    with pytest.raises(DerivlabError, match="other shapes"):
        dl.FiniteDifference().jacobian(lambda x: x * np.ones(2 if x > 1.0 else 3))(1.0)


def test_only_given_steps_run_inside_another_differentiation() -> None:
    inner = dl.FiniteDifference(step=2.0**-10).derivative(lambda x: x**3)
    assert dl.reverse.derivative(lambda x: inner(x))(2.0) == pytest.approx(12.0, rel=1e-9)
    with pytest.raises(UnsupportedError, match="inside another"):
        dl.reverse.derivative(lambda x: dl.Richardson().derivative(lambda y: y**3)(x))(2.0)


# Noise.


@pytest.mark.parametrize("level", [1e-12, 1e-8, 1e-4])
def test_noise_is_found_at_its_level(level: float) -> None:
    """Within a factor of 4 of the standard deviation, in nine of ten draws."""
    rng = np.random.default_rng(1)
    f = lambda x: math.sin(x) + level * rng.standard_normal()
    found = [dl.noise(f, 1.0) for _ in range(100)]
    near = [n.reliable and level / 4 <= n.level <= 4 * level for n in found]
    assert sum(near) >= 90


def test_noise_of_quantised_values_is_found_at_a_wider_spacing() -> None:
    found = dl.noise(lambda x: np.round(np.sin(x) * 1e6) / 1e6, 1.0)
    assert found.reliable
    assert 1e-7 <= found.level <= 2e-6
    assert found.step > 1e-9


def test_noise_has_the_structure_of_the_answer_and_counts_its_calls() -> None:
    f, calls = counted(lambda x: {"a": np.sin(x), "b": [np.sum(np.cos(x))]})
    found = dl.noise(f, np.array([0.3, 2.0]))
    assert found.level["a"].shape == (2,)
    assert found.evaluations == len(calls)


def test_differences_of_a_polynomial_are_no_noise() -> None:
    level, reliable, smooth_ = ec_noise(np.array([[1 + 0.01 * t + 1e-3 * t**2] for t in range(7)]))
    assert not reliable[0] or level[0] <= 1e-15
    assert smooth_[0] != reliable[0]


@family
def test_steps_grow_with_the_noise(method) -> None:
    rng = np.random.default_rng(3)
    noisy = method.with_error("derivative", lambda x: math.sin(x) + 1e-6 * rng.standard_normal(), 1.0)
    assert noisy.step > 2 * method.with_error("derivative", math.sin, 1.0).step
    assert abs(noisy.value - math.cos(1)) <= 0.1
