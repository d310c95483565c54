"""The functions of textbooks and of the benchmarks: published numbers, every exact method, other libraries."""

from __future__ import annotations

import array_api_strict
import numpy as np
import pytest

import derivlab as dl
from derivlab import truth
from derivlab.method.problem import flatten
from derivlab.specs.rosenbrock import hessian_vector_product, valley
from spec_checks import ULPS, check, enclosed, gradient

EXACT = ["manual", "complex-step", "forward", "reverse", "taylor", "reverse-compiled", "jax"]
SMALL = [
    ("helmholtz", {"n": 1}),
    ("helmholtz", {}),
    ("helmholtz", {"n": 5, "symmetric": True, "seed": 3}),
    ("gmm", {}),
    ("gmm", {"d": 1, "k": 2, "n": 4}),
    ("gmm", {"d": 3, "k": 2, "n": 6, "seed": 2}),
    ("rosenbrock", {"n": 2}),
    ("rosenbrock", {}),
    ("wengert-example", {}),
    ("relu-vector", {}),
    ("quadratic-bowl", {}),
    ("least-squares", {}),
    ("speelpenning", {"n": 1}),
    ("speelpenning", {}),
]
small = pytest.mark.parametrize(("name", "parameters"), SMALL)
exact_methods = pytest.mark.parametrize("method", EXACT)

GOLDEN_VALUE = 8.07380408004975791
GOLDEN_GRADIENT = (
    [1.08662855508652456e-01, -7.41270039523898472e-01, 6.32607184015246071e-01],
    [
        [1.11692576532787013e00, 1.63333013551455269e-01],
        [-2.19989824071193142e-02, 2.27778292254236098e-01],
        [1.20963025612832187e00, -6.06375920733956339e-02],
    ],
    [
        [2.58529994051162237e00, 1.12632694524213789e-01, 3.85744309849611777e-01],
        [7.35180573182305508e-02, 5.41836362715595232e00, -3.21494409677446469e-01],
        [1.71892309775004937e00, 8.60091090790866875e-01, -9.94640930466322848e-01],
    ],
)


@small
@exact_methods
def test_exact_methods_meet_the_truth(name: str, parameters: dict, method: str) -> None:
    spec = dl.spec(name, **parameters)
    check(gradient(method, spec), enclosed(spec)[1], spec)


@small
def test_value_by_hand(name: str, parameters: dict) -> None:
    spec = dl.spec(name, **parameters)
    value = truth.value_and_grad(spec.function, spec.argnums)(*spec.args)[0]
    terms = 100 if name == "gmm" else 1  # terms of the likelihood that cancel, against its value
    assert value.error_ulps(spec.value_and_gradient(*spec.args)[0]) <= ULPS * terms


@small
def test_arguments_are_left_alone(name: str, parameters: dict) -> None:
    """The gradients by hand work in place, on arrays of their own."""
    spec = dl.spec(name, **parameters)
    before = [np.array(arg) for arg in spec.args]
    spec.value_and_gradient(*spec.args)
    assert all(np.array_equal(a, b) for a, b in zip(before, spec.args, strict=True))


SMOOTH = [case for case in SMALL if case[0] != "relu-vector"]


@pytest.mark.parametrize(("name", "parameters"), SMOOTH)
def test_central_differences(name: str, parameters: dict) -> None:
    """f(x + hv) − f(x − hv) over 2h at two steps: the error falls by 4, until rounding ε |f| / h takes over."""
    spec = dl.spec(name, **parameters)
    wanted = (spec.argnums,) if isinstance(spec.argnums, int) else spec.argnums
    rng = np.random.default_rng(5)
    directions = {i: 0.1 * np.asarray(spec.args[i]) * rng.uniform(0.5, 1.5, np.shape(spec.args[i])) for i in wanted}

    def along(t: float):
        return spec(*[arg + t * directions[i] if i in directions else arg for i, arg in enumerate(spec.args)])

    exact = sum(np.sum(g * directions[i]) for g, i in zip(gradient("manual", spec), wanted, strict=True))
    errors = [abs((along(h) - along(-h)) / (2 * h) - exact) for h in (2e-2, 1e-2)]
    noise = 64 * np.spacing(max(1.0, abs(along(0.0)))) / 1e-2
    assert errors[1] <= 0.3 * errors[0] + noise


@pytest.mark.parametrize("numbers", ["arrays", "numbers"])
@pytest.mark.parametrize(
    ("name", "parameters"), [*SMALL, *((name, {}) for name in sorted(dl.catalogue()) if name not in dict(SMALL))]
)
def test_runs_over_a_strict_namespace(name: str, parameters: dict, numbers: str) -> None:
    """Every function of the catalogue uses the array API standard, and no more but log-sum-exp."""
    spec = dl.spec(name, **parameters)
    strict = lambda x: array_api_strict.asarray(x) if numbers == "arrays" or not isinstance(x, int) else x
    answer = spec(*[strict(arg) for arg in spec.args])
    expected = np.asarray(spec(*spec.args))
    found = np.from_dlpack(array_api_strict.asarray(answer))
    assert np.all(np.abs(found - expected) <= ULPS * np.spacing(np.abs(expected)))


# The numbers that the sources print.


@exact_methods
def test_mixture_gives_the_published_gradient(method: str) -> None:
    """All 18 entries, to the rounding of the doubles that were printed."""
    spec = dl.spec("gmm")
    assert [np.shape(arg) for arg in spec.args] == [(3,), (3, 2), (3, 3), (1, 2), (), ()]
    for ours, published in zip(gradient(method, spec), GOLDEN_GRADIENT, strict=True):
        assert np.max(np.abs(ours - np.array(published))) <= ULPS * np.spacing(5.4)


def test_mixture_gives_the_published_value() -> None:
    spec = dl.spec("gmm")
    for value in (spec(*spec.args), spec.value_and_gradient(*spec.args)[0]):
        assert abs(value - GOLDEN_VALUE) <= ULPS * np.spacing(GOLDEN_VALUE)


def test_mixture_is_the_textbook_sum() -> None:
    """Σᵢ log Σₖ wₖ N(xᵢ; μₖ, (QₖᵀQₖ)⁻¹) plus the log-density of the prior, by loops over points and components."""
    spec = dl.spec("gmm", d=3, k=2, n=6)
    alphas, means, icf, x = spec.args[:4]
    gamma, m, d = 0.7, 2, 3
    weights = np.exp(alphas) / np.sum(np.exp(alphas))
    factors = [np.zeros((d, d)) for _ in alphas]
    for q, row in zip(factors, icf, strict=True):
        q[range(d), range(d)] = np.exp(row[:d])
        q[1:, 0], q[2, 1] = row[3:5], row[5]
    likelihood = 0.0
    for point in x:
        densities = [
            w * np.linalg.det(q) / (2 * np.pi) ** (d / 2) * np.exp(-np.sum((q @ (point - mean)) ** 2) / 2)
            for w, q, mean in zip(weights, factors, means, strict=True)
        ]
        likelihood += np.log(sum(densities))
    freedom = d + m + 1
    log_gamma = d * (d - 1) / 4 * np.log(np.pi) + sum(dl.special.gammaln((freedom - j) / 2) for j in range(d))
    prior = sum(gamma**2 / 2 * np.sum(q**2) - m * np.log(np.linalg.det(q)) for q in factors)
    prior -= len(factors) * (freedom * d * np.log(gamma / np.sqrt(2)) - log_gamma)
    value, slopes = spec.value_and_gradient(*spec.args[:4], gamma, m)
    assert abs(value - likelihood - prior) <= 1e3 * np.spacing(abs(likelihood))
    assert abs(spec(*spec.args[:4], gamma, m) - value) <= ULPS * np.spacing(abs(likelihood))
    ours = dl.reverse.grad(spec.function, (0, 1, 2))(*spec.args[:4], gamma, m)
    for a, b in zip(ours, slopes, strict=True):
        assert np.max(np.abs(a - b)) <= ULPS * np.spacing(np.max(np.abs(b)))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("gmm", {"d": 10, "k": 25, "n": 1000}), ("helmholtz", {"n": 1000}), ("rosenbrock", {"n": 1000})],
)
@pytest.mark.parametrize("method", ["reverse", "reverse-compiled", "jax"])
def test_benchmark_sizes(name: str, parameters: dict, method: str) -> None:
    """At the sizes that are timed, to 1e-12 of the largest entry."""
    spec = dl.spec(name, **parameters)
    by_hand = flatten(spec.value_and_gradient(*spec.args)[1])[0]
    for ours, theirs in zip(gradient(method, spec), by_hand, strict=True):
        assert np.max(np.abs(ours - theirs)) <= 1e-12 * np.max(np.abs(theirs))


@pytest.mark.parametrize("n", [1, 8, 100, 400, 1000])
def test_helmholtz_stays_in_its_domain(n: int) -> None:
    x, b, _ = dl.spec("helmholtz", n=n).args
    assert 0 < b @ x < 0.75


def test_symmetric_helmholtz_has_a_symmetric_matrix() -> None:
    matrix = dl.spec("helmholtz", n=6, symmetric=True).args[2]
    assert np.array_equal(matrix, matrix.T)


@exact_methods
def test_wengert_example(method: str) -> None:
    spec = dl.spec("wengert-example")
    assert round(float(spec(*spec.args)), 3) == 11.652
    assert [round(float(slope), 3) for slope in gradient(method, spec)] == [5.5, 1.716]


@exact_methods
def test_relu_vector(method: str) -> None:
    assert np.array_equal(gradient(method, dl.spec("relu-vector"))[0], [4.0, 0.0, 5.0, 0.0])


@exact_methods
def test_quadratic_bowl(method: str) -> None:
    """Exact for small integers and halves."""
    assert np.array_equal(gradient(method, dl.spec("quadratic-bowl"))[0], [15.0, -10.0])


def test_speelpenning_at_a_zero() -> None:
    """∏ / xᵢ is undefined there; the products of the others are not."""
    spec, x = dl.spec("speelpenning"), np.array([2.0, 0.0, 3.0])
    assert np.array_equal(spec.value_and_gradient(x)[1], [0.0, 6.0, 0.0])
    assert np.array_equal(dl.reverse.grad(spec.function)(x), [0.0, 6.0, 0.0])


def test_rosenbrock_at_its_minimum() -> None:
    value, slopes = dl.spec("rosenbrock").value_and_gradient(np.ones(7))
    assert value == 0
    assert not np.any(slopes)


@pytest.mark.parametrize("n", [2, 3, 10])
def test_rosenbrock_hessian_vector_product(n: int) -> None:
    """By hand, by the modes, and eᵀ H v by power series."""
    x = dl.spec("rosenbrock", n=n).args[0]
    v = np.random.default_rng(6).standard_normal(n)
    hessian = dl.forward.jacobian(dl.reverse.grad(valley))(x)
    magnitude = np.abs(hessian) @ np.abs(v)
    product = hessian_vector_product(x, v)
    assert np.all(np.abs(product - hessian @ v) <= ULPS * np.spacing(magnitude))
    pushed = dl.forward.jvp(dl.reverse.grad(valley), (x,), (v,))[1]
    assert np.all(np.abs(product - pushed) <= ULPS * np.spacing(magnitude))
    curvature = truth.derivative(lambda t: valley(x + t * v), order=2)(0.0)
    assert abs(float(curvature) - product @ v) <= ULPS * np.spacing(np.abs(v) @ magnitude)
