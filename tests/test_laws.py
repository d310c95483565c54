"""Laws that hold for any program: adjoints, linearity, product and chain rule, agreement, enclosure, nesting."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

import derivlab as dl
from checks import ORDER_TWO, check_adjoint, check_gradient, hessian_product
from derivlab import truth
from derivlab.array import surface as xp
from derivlab.errors import LevelFinishedError
from programs import Program, point, programs, seeds

ULPS = 64  # a program has at most 8 lines of a few operations
law = settings(max_examples=100, deadline=None, derandomize=True)
few = settings(max_examples=25, deadline=None, derandomize=True)
MODES = ["forward", "reverse", "taylor"]


def assert_close(left, right, scale, ulps=ULPS):
    """Agreement to ``ulps`` of a sum whose terms have the magnitude ``scale``."""
    assert np.all(np.abs(np.asarray(left) - right) <= ulps * np.spacing(np.max(scale)))


@law
@given(programs, seeds)
def test_reverse_is_the_adjoint_of_forward(program: Program, seed: int) -> None:
    check_adjoint(dl.forward, dl.reverse, program, (point(seed),), seed, ULPS)


@law
@given(programs, programs, seeds)
def test_adjoint_of_two_arguments(left: Program, right: Program, seed: int) -> None:
    args = (point(seed), point(seed + 1))
    check_adjoint(dl.forward, dl.reverse, lambda x, y: left(x * y) + right(y), args, seed, ULPS)


@law
@given(programs, seeds)
def test_pushforward_is_linear(program: Program, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, u, v = point(seed), rng.standard_normal(3), rng.standard_normal(3)
    push = lambda t: dl.forward.jvp(program, (x,), (t,))[1]
    jacobian = np.abs(dl.forward.jacobian(program)(x))
    assert_close(push(2 * u - 3 * v), 2 * push(u) - 3 * push(v), jacobian @ (2 * np.abs(u) + 3 * np.abs(v)))


@law
@given(programs, programs, seeds)
@pytest.mark.parametrize("mode", MODES)
def test_product_rule(mode: str, f: Program, g: Program, seed: int) -> None:
    x, grad = point(seed), dl.methods[mode].grad
    whole = grad(lambda x: f.total(x) * g.total(x))(x)
    left, right = f.total(x) * grad(g.total)(x), g.total(x) * grad(f.total)(x)
    spread = np.sum(np.abs(f(x))) * np.abs(grad(g.total)(x)) + np.sum(np.abs(g(x))) * np.abs(grad(f.total)(x))
    assert_close(whole, left + right, np.max(spread) + 1)


@law
@given(programs, programs, seeds)
def test_chain_rule(f: Program, g: Program, seed: int) -> None:
    x = point(seed)
    inner, outer = dl.forward.jacobian(f)(x), dl.reverse.jacobian(g)(f(x))
    assert_close(dl.reverse.jacobian(lambda x: g(f(x)))(x), outer @ inner, np.abs(outer) @ np.abs(inner) + 1)


@few
@given(programs, seeds)
@pytest.mark.parametrize("name", [*MODES, "complex-step", "symbolic", "symbolic-cse", "jax"])
def test_exact_methods_meet_the_enclosure(name: str, program: Program, seed: int) -> None:
    check_gradient(dl.methods[name], Program(program.lines[:4]).total, (point(seed),), 4 * ULPS, sums=True)


@few
@given(programs, seeds)
@pytest.mark.parametrize(("name", "promise"), [("forward-difference", 1e-6), ("central-difference", 1e-8)])
def test_differences_meet_their_promise(name: str, promise: float, program: Program, seed: int) -> None:
    """Truncation and rounding are at most ε^(1/2) and ε^(2/3), times the size of f and of its derivatives."""
    x, f = point(seed), Program(program.lines[:2]).total
    exact, method = truth.grad(f)(x), dl.methods[name]
    size = 1 + np.abs(f(x)) + np.max(np.abs(exact.value))
    assert np.all(np.abs(method.grad(f)(x) - exact.value) <= 200 * promise * size)


@few
@given(programs, seeds)
def test_hessians_agree_and_are_symmetric(program: Program, seed: int) -> None:
    x = point(seed)
    products = [[hessian_product(outer, inner, program.total, x, v) for v in np.eye(3)] for outer, inner in ORDER_TWO]
    scale = np.max(np.abs(products)) + 1
    for product in products:
        assert_close(product, products[0], scale, 16 * ULPS)
        assert_close(product, np.transpose(product), scale, 16 * ULPS)


# Nesting: what a level must never confuse.

nestings = pytest.mark.parametrize(("outer", "inner"), [*itertools.product([*MODES, "central-difference"], MODES)])


@nestings
def test_perturbations_of_a_sum_are_not_confused(outer: str, inner: str) -> None:
    """d/dx [x · d/dy (x + y)] = d/dx x = 1."""
    f = lambda x: x * dl.methods[inner].derivative(lambda y: x + y)(1.0)
    assert dl.methods[outer].derivative(f)(1.0) == 1.0


@nestings
def test_perturbations_of_a_product_are_not_confused(outer: str, inner: str) -> None:
    """d/dx [x · d/dy (x y)] = d/dx x² = 8 at 4."""
    f = lambda x: x * dl.methods[inner].derivative(lambda y: x * y)(2.0)
    assert dl.methods[outer].derivative(f)(4.0) == 8.0


@pytest.mark.parametrize("modes", [*itertools.product(MODES, repeat=3)], ids="-".join)
def test_three_levels(modes) -> None:
    """d/dx [x · d/dy (x y · d/dz (x y z))] = d/dx 2 x³ y = 6 x² y."""
    a, b, c = (dl.methods[mode].derivative for mode in modes)
    f = lambda x: x * b(lambda y: x * y * c(lambda z: x * y * z)(5.0))(3.0)
    assert a(f)(2.0) == 6 * 2.0**2 * 3.0


@pytest.mark.parametrize("modes", [*itertools.product(MODES, repeat=3)], ids="-".join)
def test_third_derivative(modes) -> None:
    a, b, c = (dl.methods[mode].derivative for mode in modes)
    exact = truth.derivative(lambda x: array_exp_sin(x), order=3)(0.7)
    assert exact.error_ulps(a(b(c(array_exp_sin)))(0.7)) <= ULPS


def array_exp_sin(x):
    space = dl.array_namespace(x)
    return space.exp(space.sin(x))


def test_hessian_of_the_network_by_all_nestings() -> None:
    spec = dl.spec("mlp-loss")
    w1, w2, x, y = spec.args
    loss = lambda w: spec.function(w, w2, x, y)
    v = np.random.default_rng(3).standard_normal(w1.shape)
    products = [hessian_product(outer, inner, loss, w1, v) for outer, inner in ORDER_TWO]
    scale = np.max(np.abs(products[0]))
    for product in products[1:]:
        assert_close(product, products[0], scale, 16 * ULPS)
    exact = truth.derivative(lambda t: loss(w1 + t * v), order=2)(0.0)
    assert_close(np.sum(products[0] * v), exact.value, np.sum(np.abs(products[0] * v)), ULPS)


# Arrays that outlive their level.

USES = {
    "arithmetic": lambda a: a * 2,
    "function": lambda a: xp.exp(a),
    "branch": lambda a: 1.0 if a else 2.0,
    "comparison": lambda a: 1.0 if a > 0 else 2.0,
    "answer": lambda a: a,
    "index": lambda a: np.arange(3.0)[xp.astype(a, int)],
}


@pytest.mark.parametrize("mode", [*MODES, "complex-step"])
@pytest.mark.parametrize("use", USES)
def test_an_array_that_escaped_is_an_error(mode: str, use: str) -> None:
    kept = []
    method = dl.methods[mode]
    method.derivative(lambda x: kept.append(x) or x * x)(2.0)
    with pytest.raises(LevelFinishedError, match="Return it from the function"):
        method.derivative(lambda x: x * USES[use](kept[0]) if use != "answer" else kept[0])(1.0)
    with pytest.raises(LevelFinishedError, match="kept from inside"):
        USES[use](kept[0] if use != "answer" else kept[0] + 0)


def test_an_inner_array_that_escapes_is_an_error() -> None:
    def f(x):
        kept = []
        dl.reverse.derivative(lambda y: kept.append(y * x) or y)(1.0)
        return kept[0] * x

    for mode in MODES:
        with pytest.raises(LevelFinishedError):
            dl.methods[mode].derivative(f)(3.0)


@pytest.mark.parametrize("count", [20_000])
def test_long_programs_do_not_recurse(count: int) -> None:
    def f(x):
        for _ in range(count):
            x = x * 1.0
        return x

    assert dl.reverse.derivative(f)(2.0) == dl.forward.derivative(f)(2.0) == 1.0
