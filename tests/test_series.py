"""Power series of every primitive: against the truth, nested forward mode, the rules alone."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, special, truth
from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES
from derivlab.interpreters.recurrences import RECURRENCES
from derivlab.rules import RULES
from rule_cases import SMOOTH, STEPS, Case

ULPS = 64  # a case is a handful of operations and a sum; each order adds a few more
smooth = pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case.id)


def nested(f, order: int):
    """dᵏf/dxᵏ by forward mode over itself."""
    for _ in range(order):
        f = dl.forward.derivative(f)
    return f


def curve(case: Case):
    """Σ w · primitive along a parabola through the case's inputs, a function of one number."""
    args, rng = case.inputs(), np.random.default_rng(3)
    velocity, bend = ([rng.uniform(-1, 1, np.shape(x)) for x in args] for _ in range(2))
    return lambda t: case.scalar(*[x + t * v + t * t * b for x, v, b in zip(args, velocity, bend, strict=True)])


def assert_close(ours, exact, order: int, scale=0.0) -> None:
    """To ``ULPS`` an order, of the exact number or of ``scale``."""
    size = np.maximum(np.abs(np.asarray(exact, dtype=float)), scale)
    assert np.all(np.abs(np.asarray(ours) - exact) <= ULPS * order * np.spacing(size)), (ours, exact)


# Every primitive.


def test_recurrences_are_of_primitives() -> None:
    assert set(RECURRENCES) <= set(RULES) == set(PRIMITIVES)


@smooth
@pytest.mark.parametrize("order", [1, 2, 3, 7])
def test_every_primitive_meets_the_truth(case: Case, order: int) -> None:
    f = curve(case)
    exact = truth.derivative(f, order=order)(0.0)
    assert_close(dl.taylor.derivative(f, order=order)(0.0), exact.value, order, math.factorial(order))


@smooth
@pytest.mark.parametrize("order", [2, 3])
def test_every_primitive_meets_nested_forward_mode(case: Case, order: int) -> None:
    f = curve(case)
    ours, theirs = dl.taylor.derivative(f, order=order)(0.0), nested(f, order)(0.0)
    assert_close(ours, theirs, order, math.factorial(order))


@pytest.mark.parametrize("name", sorted(RECURRENCES))
def test_each_recurrence_is_what_the_rule_alone_gives(name: str, monkeypatch) -> None:
    for case in [case for case in SMOOTH if case.name == name]:
        f = curve(case)
        by_recurrence = dl.taylor.series(f, 0.0, 5)
        with monkeypatch.context() as patch:
            patch.delitem(RECURRENCES, name)
            by_rule = dl.taylor.series(f, 0.0, 5)
        assert_close(by_recurrence, by_rule, 5, np.max(np.abs(by_rule)))


@pytest.mark.parametrize("case", STEPS, ids=lambda case: case.id)
def test_steps_are_constant(case: Case) -> None:
    args = case.inputs()
    f = lambda t: t + (case.apply(*[x + 0.01 * t for x in args]) * 1.0).sum()
    assert np.array_equal(dl.taylor.series(f, 0.0, 3)[1:], [1.0, 0.0, 0.0])


# Points where a formula breaks: as nested forward mode has it.

POWERS = {
    f"x**{n!r} at {x}": (lambda x, n=n: x**n, x)
    for n, x in itertools.product([0, 1, 2, 3, -1, -2, 0.0, 1.0, 2.0, 2.5, 0.5, -0.5, -2.5], [0.0, -1.5, 1e-200, 0.7])
}
CORNERS = {
    **POWERS,
    "single exponent": (lambda x: x ** np.float32(2.5), 2.0),
    "array exponent": (lambda x: (x + x * x) ** np.array([2.0, 3.0, 0.5, -1.0]), 0.3),
    "small base, array exponent": (lambda x: x ** np.array([2.5, 2.0, 0.5]), 1e-200),
    "array at 0": (lambda x: (x * np.array([0.0, 1.0, 2.0])) ** 2.5, 1.0),
    "arrays at 0": (lambda x: (x * np.array([0.0, 1.0, 2.0])) ** np.array([2.0, 0.0, 0.5]), 1.0),
    "large base": (lambda x: x**2.0, 1e200),
    "0**y": (lambda y: 0.0**y, 1.5),
    "0**0": (lambda y: 0.0**y, 0.0),
    "x**x": (lambda x: x**x, 0.5),
    "x**x at 0": (lambda x: x**x, 0.0),
    "2**x": (lambda x: 2**x, 1.0),
    "sqrt": (xp.sqrt, 0.0),
    "norm": (lambda x: xp.sqrt(x * x), 0.0),
    "abs": (abs, 0.0),
    "tie": (lambda x: xp.maximum(x * x, x), 1.0),
    "tie of minimum": (lambda x: xp.minimum(x**3, x * x), 1.0),
    "ties of max": (lambda x: xp.max(x * np.array([1.0, 1.0, 0.5])), 1.0),
    "relu": (lambda x: xp.maximum(x, 0.0) ** 3, 0.0),
    "where hides": (lambda x: xp.where(x > 0, xp.sqrt(x), 0.0), 0.0),
    "log": (xp.log, 0.0),
    "log outside": (xp.log, -1.0),
    "pole": (lambda x: 1 / x, 0.0),
    "0/0": (lambda x: x / x, 0.0),
    "hypot": (lambda x: xp.hypot(x, 0.0 * x), 0.0),
    "large hypot": (lambda x: xp.hypot(x, 1e200), 1e200),
    "cut of atan2": (lambda x: xp.atan2(x, -1.0), 0.0),
    "asin": (xp.asin, 1.0),
    "acosh": (xp.acosh, 1.0),
    "atanh": (xp.atanh, 1.0),
    "overflow": (xp.exp, 800.0),
    "softplus": (special.softplus, -40.0),
    "sigmoid": (special.sigmoid, -800.0),
    "gammaln": (special.gammaln, -0.5),
    "floor": (xp.floor, 2.0),
    "sign": (lambda x: xp.sign(x) * x, 0.0),
    "constant": (lambda x: 3.0, 1.0),
    "product with 0": (lambda x: xp.prod(x * np.array([0.0, 1.0, 2.0])), 1.0),
    "softmax of one": (special.softmax, 1.0),
    "confident softmax": (lambda x: special.softmax(x * np.array([40.0, 0.0, -40.0])), 1.0),
    "logsumexp of one": (special.logsumexp, 1.0),
    "steep logsumexp": (lambda x: special.logsumexp(x * np.array([1000.0, 0.0, -40.0])), 1.0),
    "branch": (lambda x: x * x if x > 0 else x, 0.0),
}


@pytest.mark.parametrize("what", CORNERS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_corners_are_those_of_nested_forward_mode(what: str) -> None:
    f, x = CORNERS[what]
    for order in (1, 2, 3, 4):
        ours, theirs = dl.taylor.derivative(f, order=order)(x), nested(f, order)(x)
        np.testing.assert_allclose(ours, theirs, rtol=ULPS * order * np.finfo(float).eps, err_msg=f"order {order}")


@pytest.mark.parametrize("f", [special.sigmoid, xp.tanh, special.softplus, special.erf], ids=["σ", "tanh", "s⁺", "erf"])
@pytest.mark.parametrize("x", [-40.0, -20.0, -6.0, 1e-10, 6.0, 20.0, 300.0])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_tails_keep_their_digits(f, x: float, order: int) -> None:
    if f is special.erf and abs(x) > 20:
        pytest.skip("erf′ underflows")
    g = dl.truth.derivative(f, order=order + 1)(x)
    exact = truth.derivative(f, order=order)(x)
    condition = abs(x * float(g) / float(exact))
    assert exact.error_ulps(dl.taylor.derivative(f, order=order)(x)) <= 8 * order * (1 + condition)


def test_tanh_far_out_is_flat() -> None:
    assert np.array_equal(dl.taylor.series(xp.tanh, 800.0, 4), [1.0, 0.0, 0.0, 0.0, 0.0])


# High orders.

SMOOTH_CURVES = {
    "sin exp": (lambda x: (space := array_namespace(x)).sin(space.exp(x)), 0.5),
    "tanh": (lambda x: array_namespace(x).tanh(x), 0.3),
    "log gamma": (special.gammaln, 2.5),
    "erf": (special.erf, 0.7),
    "atan": (lambda x: array_namespace(x).atan(x), 0.4),
    "power": (lambda x: (1 + x * x) ** 2.5, 0.3),
    "rational": (lambda x: (1 + x) / (2 + x**3), 0.5),
    "logistic": (lambda x: special.sigmoid(x) * special.softplus(-x), 0.4),
}


@pytest.mark.parametrize("name", SMOOTH_CURVES)
@pytest.mark.parametrize("order", [10, 20, 35, 50])
def test_high_orders_meet_the_truth(name: str, order: int) -> None:
    """To 1e-12 of the derivative, or of the greatest one of nearby order: it may pass through 0."""
    f, x = SMOOTH_CURVES[name]
    exact = truth.derivative(f, order=order)(x)
    nearby = max(abs(float(truth.derivative(f, order=k)(x))) / math.factorial(k) for k in (order - 1, order, order + 1))
    gap = abs(dl.taylor.derivative(f, order=order)(x) - float(exact))
    assert gap <= 1e-12 * (abs(float(exact)) if name in ("sin exp", "tanh") else nearby * math.factorial(order))


def test_far_tails_of_high_order_do_not_underflow() -> None:
    """e⁻⁶⁰⁰ / 50! is out of range, e⁻⁶⁰⁰ is not."""
    exact = truth.derivative(special.sigmoid, order=50)(-600.0)
    assert exact.error_ulps(dl.taylor.derivative(special.sigmoid, order=50)(-600.0)) <= 16 * 600


def test_series_of_the_exponential() -> None:
    coefficients = dl.taylor.series(xp.exp, 0.0, 50)
    assert np.all(np.abs(coefficients * [float(math.factorial(k)) for k in range(51)] - 1) <= 50 * 2.0**-52)


BENT = [
    case
    for case in SMOOTH
    if (case.name == "polygamma" or all(shape == () for _, _, shape in case.draw))
    and case.name not in ("hypot", "norm")  # here the root of a square, which the series of the square cannot know
]
ROOTS = np.array([0.5, 2.5, 3.0, -1.5, 7.0, 0.0])


@pytest.mark.parametrize("case", BENT, ids=lambda case: case.id)
@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize(("order", "error"), [(20, 1e-10), (40, 1e-8)])
def test_bent_arguments_keep_their_digits(case: Case, degree: int, order: int, error: float) -> None:
    """x₀ (1 + t)ⁿ, where terms of a composed expansion grow and cancel: that of log Γ would err by 1e-6 and 1e4."""
    first, *others = case.inputs()
    f = lambda t: case.scalar(first * (1 + t) ** degree, *[x * (1 + t) for x in others])
    exact = [float(truth.derivative(f, order=k)(0.0)) / math.factorial(k) for k in (order - 1, order, order + 1)]
    ours = dl.taylor.derivative(f, order=order)(0.0) / math.factorial(order)
    assert abs(ours - exact[1]) <= error * max(map(abs, exact))


@pytest.mark.parametrize("order", [5, 20, 40])
def test_array_powers_of_a_bent_argument(order: int) -> None:
    """(2.5² (1 + t)²)ʳ = 2.5²ʳ (1 + t)²ʳ."""
    ours = dl.taylor.series(lambda t: (6.25 * (1 + t) ** 2) ** ROOTS, 0.0, order)
    binomial = np.cumprod([np.ones(6), *[(2 * ROOTS - k) / (k + 1) for k in range(order)]], axis=0)
    assert_close(ours, 6.25**ROOTS * binomial, order, 6.25**ROOTS)


def test_log_gamma_of_a_large_bent_argument() -> None:
    f = lambda t: special.gammaln(1e6 * (1 + t) ** 2)
    assert truth.derivative(f, order=12)(0.0).relative_error(dl.taylor.derivative(f, order=12)(0.0)) <= 1e-12


@pytest.mark.parametrize("name", sorted(dl.catalogue()))
@pytest.mark.parametrize("order", [1, 2, 5])
def test_directional_derivatives_of_specs_meet_the_truth(name: str, order: int) -> None:
    spec = dl.spec(name)
    places = spec.argnums if isinstance(spec.argnums, tuple) else (spec.argnums,)
    rng = np.random.default_rng(order)
    primals = tuple(spec.args[i] for i in places)
    tangents = tuple(0.1 * rng.uniform(-1, 1, np.shape(x))[()] for x in primals)

    def f(*active):
        args = list(spec.args)
        for i, x in zip(places, active, strict=True):
            args[i] = x
        return spec.function(*args)

    exact = [float(truth.directional(f, primals, tangents, k)) for k in range(1, order + 2)]
    size = max(abs(float(f(*primals))), *map(abs, exact))  # of the terms that may cancel
    assert_close(dl.taylor.directional(f, primals, tangents, order), exact[order - 1], order, size)


# The checks above are seen to fail.


def test_a_wrong_recurrence_is_seen(monkeypatch) -> None:
    right = RECURRENCES["exp"]
    monkeypatch.setitem(RECURRENCES, "exp", lambda y0, order, x: right(y0, order, x[:2]))
    case = next(case for case in SMOOTH if case.name == "exp")
    with pytest.raises(AssertionError):
        test_every_primitive_meets_the_truth(case, 3)
    with pytest.raises(AssertionError):
        test_every_primitive_meets_nested_forward_mode(case, 2)
