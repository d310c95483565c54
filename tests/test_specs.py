"""The numbers that the sources print."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, truth

FIFTH = 0.2
EXACT = ["manual", "symbolic", "symbolic-cse", "complex-step", "forward", "reverse", "taylor", "jax"]
DERIVATIVES = {1: Fraction(708288, 78125), 2: Fraction("67.395584"), 3: Fraction("-3948.87168")}
exact_methods = pytest.mark.parametrize("name", EXACT)


def run(name: str, spec: dl.Spec):
    """A method's derivative of a spec at the spec's own arguments."""
    method, f = dl.methods[name], spec if name == "manual" else spec.function
    if spec.operator == "derivative":
        return method.derivative(f)(*spec.args)
    return method.grad(f, spec.argnums)(*spec.args)


@pytest.mark.parametrize("name", ["logistic-map", "logistic-map-closed"])
def test_logistic_map_value(name: str) -> None:
    value = dl.spec(name, n=4)(FIFTH)
    slope = float(DERIVATIVES[1])
    exact = float(Fraction(112896, 390625)) + slope * float(Fraction(0.2) - Fraction(1, 5))
    assert abs(value - exact) <= 8 * np.spacing(exact)


@exact_methods
@pytest.mark.parametrize("spec", ["logistic-map", "logistic-map-closed"])
def test_logistic_map_slope_is_the_rational(name: str, spec: str) -> None:
    """708288/78125 at 1/5; the double 0.2 moves it by 7.5e-16."""
    shift = float(DERIVATIVES[2]) * float(Fraction(0.2) - Fraction(1, 5))
    assert shift == pytest.approx(7.5e-16, rel=0.01)
    exact = float(DERIVATIVES[1])
    assert abs(run(name, dl.spec(spec, n=4, x=FIFTH)) - exact) <= 16 * np.spacing(exact)


@pytest.mark.parametrize("order", DERIVATIVES)
@pytest.mark.parametrize("name", ["forward", "reverse", "symbolic", "symbolic-cse"])
def test_logistic_map_higher_derivatives(name: str, order: int) -> None:
    exact = float(DERIVATIVES[order])
    value = dl.methods[name].derivative(dl.spec("logistic-map", n=4).function, order=order)(FIFTH)
    magnitude = 4.0 ** (2 * order + 3)  # of the terms that cancel
    assert abs(value - exact) <= 8 * np.spacing(magnitude)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 8])
def test_program_and_closed_form_are_one_function(n: int) -> None:
    """Both, and both derivatives by hand, meet at many points."""
    program, closed = dl.spec("logistic-map", n=n), dl.spec("logistic-map-closed", n=n)
    for x in np.random.default_rng(1).uniform(0, 1, 20):
        exact = truth.derivative(program.function)(x)
        other = truth.derivative(closed.function)(x)
        assert abs(float(exact) - float(other)) <= np.spacing(abs(float(exact)))
        condition = truth.condition(program.function, operator="derivative")(x)
        for by_hand in (program.value_and_gradient, closed.value_and_gradient):
            assert exact.error_ulps(by_hand(x)[1]) <= 64 * n * (1 + condition)


@exact_methods
def test_sigmoid_neuron(name: str) -> None:
    spec = dl.spec("sigmoid-neuron")
    assert round(float(spec(*spec.args)), 4) == 0.7311
    w, x = run(name, spec)
    assert np.array_equal(np.round(w, 4), [-0.1966, -0.3932, 0.1966])
    assert np.array_equal(np.round(x, 4), [0.3932, -0.5898])
    assert np.array_equal(np.round(w, 1), [-0.2, -0.4, 0.2])  # as published
    assert np.array_equal(np.round(x, 1), [0.4, -0.6])


@exact_methods
def test_sigmoid_neuron_loss_is_the_delta_rule(name: str) -> None:
    spec = dl.spec("sigmoid-neuron-loss")
    w, x, y = spec.args
    s = 1 / (1 + np.exp(-(x @ w)))
    delta = y - s
    by_hand = [-2 * np.sum(delta * s * (1 - s) * x[:, j]) for j in range(w.size)]
    np.testing.assert_allclose(run(name, spec), by_hand, rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in EXACT if name != "manual"])
def test_least_squares(name: str) -> None:
    """∂L/∂wⱼ = −2 Σ δᵢ xᵢⱼ."""
    rng = np.random.default_rng(2)
    x, y, w = rng.standard_normal((8, 3)), rng.standard_normal(8), rng.standard_normal(3)
    loss = lambda w: array_namespace(w).sum((y - x @ w) ** 2)
    by_hand = -2 * (y - x @ w) @ x
    magnitude = 2 * np.abs(y - x @ w) @ np.abs(x)
    assert np.all(np.abs(dl.methods[name].grad(loss)(w) - by_hand) <= 32 * np.spacing(magnitude))


@exact_methods
def test_add_mul_gate(name: str) -> None:
    spec = dl.spec("add-mul-gate")
    assert spec(*spec.args) == -12.0
    assert run(name, spec) == (-4.0, -4.0, 3.0)


@pytest.mark.parametrize("name", ["forward", "reverse", "complex-step", "symbolic", "jax"])
def test_relu_vector(name: str) -> None:
    method, x, z_bar = dl.methods[name], np.array([1.0, -2.0, 3.0, -1.0]), np.array([4.0, -1.0, 5.0, 9.0])
    relu = lambda x: array_namespace(x).maximum(x, 0.0 * x)
    assert np.array_equal(method.jacobian(relu)(x), np.diag([1.0, 0.0, 1.0, 0.0]))
    assert np.array_equal(method.vjp(relu, x)[1](z_bar)[0], [4.0, 0.0, 5.0, 0.0])


@pytest.mark.parametrize("name", [name for name in EXACT if name != "manual"])
def test_wengert_example(name: str) -> None:
    def f(x1, x2):
        xp = array_namespace(x1)
        return xp.log(x1) + x1 * x2 - xp.sin(x2)

    value, slopes = dl.methods[name].value_and_grad(f, argnums=(0, 1))(2.0, 5.0)
    assert round(float(value), 3) == 11.652
    assert (round(float(slopes[0]), 3), round(float(slopes[1]), 3)) == (5.5, 1.716)


@pytest.mark.parametrize("name", [name for name in EXACT if name != "manual"])
def test_quadratic_bowl(name: str) -> None:
    """∇(a w₁² + b w₂² + c w₁w₂) = (2a w₁ + c w₂, 2b w₂ + c w₁), exact for small integers."""
    bowl = lambda w: 2.0 * w[0] ** 2 + 3.0 * w[1] ** 2 + 0.5 * w[0] * w[1]
    assert np.array_equal(dl.methods[name].grad(bowl)(np.array([4.0, -2.0])), [15.0, -10.0])


SIZES = [
    *[("small", name) for name in EXACT if not name.startswith("symbolic")],
    *[("cut", name) for name in EXACT if name.startswith("symbolic")],
    *[("large", name) for name in ("manual", "reverse", "jax")],
]


@pytest.mark.parametrize(("size", "name"), SIZES)
def test_network_gradients_agree(size: str, name: str) -> None:
    """∂W₂ = hᵀḡ and ∂W₁ = xᵀ((ḡW₂ᵀ) ⊙ h ⊙ (1 − h)), to 1e-12 of the largest entry.

    Formulas of the small network take SymPy a minute: a part of its weights and data, 2 rows, 3 inputs, stands for it.
    """
    spec = dl.spec("mlp-loss", size="small" if size == "cut" else size)
    if size == "cut":
        w1, w2, x, y = spec.args
        spec = replace(spec, args=(w1[:3, :2], w2[:2, :2], x[:2, :3], y[:2, :2]))
    by_hand = spec.value_and_gradient(*spec.args)[1]
    for ours, theirs in zip(run(name, spec), by_hand, strict=True):
        assert np.max(np.abs(ours - theirs)) <= 1e-12 * np.max(np.abs(theirs))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_network_of_the_large_size_by_pushforward(mode: str) -> None:
    """A gradient of 101,000 pushes takes minutes: one random direction stands for it."""
    spec = dl.spec("mlp-loss", size="large")
    w1, w2, x, y = spec.args
    rng = np.random.default_rng(4)
    directions = rng.standard_normal(w1.shape), rng.standard_normal(w2.shape)
    slope = dl.methods[mode].jvp(lambda a, b: spec(a, b, x, y), (w1, w2), directions)[1]
    terms = [g * d for g, d in zip(spec.value_and_gradient(*spec.args)[1], directions, strict=True)]
    magnitude = sum(np.sum(np.abs(term)) for term in terms)
    assert abs(slope - sum(np.sum(term) for term in terms)) <= 1e-12 * magnitude


def test_network_sizes() -> None:
    small, large = dl.spec("mlp-loss"), dl.spec("mlp-loss", size="large")
    assert [a.shape for a in small.args] == [(4, 8), (8, 3), (16, 4), (16, 3)]
    assert [a.shape for a in large.args] == [(1000, 100), (100, 10), (64, 1000), (64, 10)]


def test_network_trains() -> None:
    """The seed script: w −= 1e-4 grad lowers the loss at every step at the small size."""
    spec = dl.spec("mlp-loss")
    w1, w2, x, y = spec.args
    step = dl.reverse.value_and_grad(spec.function, argnums=(0, 1))
    losses = []
    for _ in range(200):
        loss, (d1, d2) = step(w1, w2, x, y)
        losses.append(loss)
        w1, w2 = w1 - 1e-4 * d1, w2 - 1e-4 * d2
    assert np.all(np.diff(losses) < 0)
