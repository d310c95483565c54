"""The objectives of the AD community: their formulas, their limits, and what each is there to test."""

from __future__ import annotations

import math

import numpy as np
import pytest

import derivlab as dl
from derivlab import truth
from derivlab.errors import ArgumentError
from derivlab.specs.determinant import by_minors, cofactors
from derivlab.specs.kmeans import hessian_diagonal
from derivlab.specs.log_sum_exp import as_written
from derivlab.specs.ode import end
from spec_checks import gradient

# Determinants.


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_determinant_and_cofactors(size: int) -> None:
    """det A, and det(A) A⁻ᵀ as its gradient."""
    spec = dl.spec("determinant-by-minors", size=size)
    (A,) = spec.args
    magnitude = math.factorial(size) * np.max(np.abs(A)) ** size
    assert abs(spec(A) - np.linalg.det(A)) <= 16 * np.spacing(magnitude)
    exact = np.linalg.det(A) * np.linalg.inv(A).T
    for method in ("manual", "reverse"):
        error = np.max(np.abs(gradient(method, spec)[0] - exact))
        assert error <= 16 * np.spacing(magnitude) * np.linalg.cond(A)


def test_determinant_of_a_singular_matrix() -> None:
    """Of rank 2 the cofactors are u vᵀ times a number; of rank 1 they are 0, exactly for small integers."""
    A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    assert by_minors(A) == 0.0
    assert np.array_equal(cofactors(A), [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]])
    assert np.array_equal(dl.reverse.grad(by_minors)(A), cofactors(A))
    assert not np.any(dl.reverse.grad(by_minors)(np.outer([1.0, 2.0, 3.0], [2.0, 1.0, 4.0])))


def test_determinant_needs_a_row() -> None:
    with pytest.raises(ArgumentError, match="integer from 1"):
        dl.spec("determinant-by-minors", size=0)


# log Σ eˣ.


def test_the_numbers_overflow_as_written() -> None:
    """e¹⁰⁰⁰ is ∞: the value is ∞ and the gradient NaN, and the judge says so; the stable form keeps its digits."""
    naive, stable = dl.spec("log-sum-exp", naive=True), dl.spec("log-sum-exp")
    (x,) = stable.args
    assert np.min(x) > 709.79
    with np.errstate(over="ignore", invalid="ignore"):
        assert naive(x) == np.inf
        assert np.all(np.isnan(gradient("reverse", naive)[0]))
    assert dl.compare(naive, methods=["reverse"], timing=False)["reverse"].outcome == "inaccurate"
    for method in ("manual", "forward", "reverse", "reverse-compiled"):
        assert np.all(truth.grad(stable.function)(x).error_ulps(gradient(method, stable)[0]) <= 8)


def test_formulas_overflow_and_say_so() -> None:
    """SymPy's formula eˣ / Σ eˣ is printed as it stands: ∞/∞, NaN and no number."""
    for cell in dl.compare(dl.spec("log-sum-exp"), methods=["symbolic", "symbolic-cse"], timing=False):
        assert cell.outcome == "inaccurate"
    with np.errstate(all="ignore"):
        assert np.all(np.isnan(gradient("symbolic", dl.spec("log-sum-exp"))[0]))
    small = dl.spec("log-sum-exp", shift=0.0)
    assert {c.outcome for c in dl.compare(small, methods=["symbolic", "symbolic-cse"], timing=False)} == {"ok"}


def test_the_example_1000_and_0() -> None:
    x, stable = np.array([1000.0, 0.0]), dl.spec("log-sum-exp")
    assert stable(x) == stable.value_and_gradient(x)[0] == 1000.0
    assert np.array_equal(gradient("reverse", stable, x)[0], [1.0, 0.0])
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(dl.reverse.grad(as_written)(x)).any()


def test_small_numbers_agree_in_both_forms() -> None:
    naive, stable = (dl.spec("log-sum-exp", shift=0.0, naive=naive) for naive in (True, False))
    assert abs(naive(*naive.args) - stable(*stable.args)) <= 4 * np.spacing(stable(*stable.args))
    assert np.max(np.abs(gradient("reverse", naive)[0] - gradient("reverse", stable)[0])) <= 4 * np.spacing(1.0)


# k-means.


def test_the_hessian_of_k_means_is_diagonal() -> None:
    spec = dl.spec("k-means", n=20, k=3, d=2)
    centroids, points = spec.args
    cost = lambda c: spec(c, points)
    diagonal = hessian_diagonal(centroids, points)
    whole = dl.reverse.hessian(cost)(centroids).reshape(6, 6)
    assert np.array_equal(whole, np.diag(diagonal.ravel()))
    assert np.array_equal(dl.sparse_hessian(cost)(centroids).toarray(), whole)
    assert np.array_equal(dl.reverse.hvp(cost, (centroids,), (np.ones((3, 2)),)), diagonal)


def test_a_newton_step_of_k_means_moves_to_the_means() -> None:
    spec = dl.spec("k-means", n=20, k=3, d=2)
    centroids, points = spec.args
    step = gradient("reverse", spec)[0] / hessian_diagonal(centroids, points)
    distances = np.array([[np.sum((p - c) ** 2) for c in centroids] for p in points])
    nearest = distances.argmin(axis=1)
    assert spec(*spec.args) == pytest.approx(distances.min(axis=1).sum(), rel=1e-14)
    for j in range(3):
        assert np.max(np.abs(centroids[j] - step[j] - points[nearest == j].mean(axis=0))) <= 32 * np.spacing(2.0)


# The differential equation.


def runge_kutta(x, steps):
    """The classical method of order 4, as the benchmark has it."""
    h, y, right = 2 / steps, np.zeros_like(x), lambda y: x * np.append(1.0, y[:-1])
    for _ in range(steps):
        k1 = right(y)
        k2 = right(y + h / 2 * k1)
        k3 = right(y + h / 2 * k2)
        k4 = right(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


@pytest.mark.parametrize("steps", [1, 3, 10])
@pytest.mark.parametrize("n", [1, 3, 8])
def test_taylor_steps_of_order_4_are_those_of_runge_and_kutta(n: int, steps: int) -> None:
    (x,) = dl.spec("ode", n=n).args
    expected = runge_kutta(x, steps)
    assert np.max(np.abs(end(x, steps, 4) - expected)) <= 8 * steps * np.spacing(np.max(expected))


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("method", ["manual", "reverse"])
def test_one_step_of_order_n_is_the_solution(n: int, method: str) -> None:
    """x₀ ⋯ xₙ₋₁ 2ⁿ/n!, and the products without one factor."""
    spec = dl.spec("ode", n=n, steps=1, order=n)
    (x,) = spec.args
    solution = np.prod(x) * 2**n / math.factorial(n)
    assert abs(spec(x) - solution) <= 4 * n * np.spacing(solution)
    assert np.all(np.abs(gradient(method, spec)[0] - solution / x) <= 8 * n * np.spacing(solution / x))


def test_the_error_of_a_step_falls_with_its_order() -> None:
    """By 2⁴ for each halving at order 4, once steps are small."""
    (x,) = dl.spec("ode", n=6).args
    solution = np.prod(x) * 2**6 / math.factorial(6)
    errors = [abs(end(x, steps, 4)[-1] - solution) for steps in (16, 32, 64)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.2)
    assert errors[1] / errors[2] == pytest.approx(16, rel=0.1)


@pytest.mark.parametrize("wrong", [{"n": 0}, {"steps": 0}, {"order": 0}])
def test_the_equation_needs_unknowns_steps_and_an_order(wrong: dict) -> None:
    with pytest.raises(ArgumentError, match="integer from 1"):
        dl.spec("ode", **wrong)


# The memory.


def predicted_by_loops(main, extra, state, sequence) -> float:
    """The loss entry by entry, over Python's numbers."""
    (c, b), layers = sequence.shape, len(main) // 2
    sigma = lambda z: 1 / (1 + math.exp(-z))
    h, cell = [list(row) for row in state[::2]], [list(row) for row in state[1::2]]
    total = 0.0
    for t in range(c - 1):
        x = [sequence[t][j] * extra[0][j] for j in range(b)]
        for i in range(layers):
            w, bias = main[2 * i].reshape(4, b), main[2 * i + 1].reshape(4, b)
            for j in range(b):
                forget = sigma(x[j] * w[0][j] + bias[0][j])
                ingate = sigma(h[i][j] * w[1][j] + bias[1][j])
                outgate = sigma(x[j] * w[2][j] + bias[2][j])
                change = math.tanh(h[i][j] * w[3][j] + bias[3][j])
                cell[i][j] = cell[i][j] * forget + ingate * change
                h[i][j] = x[j] = outgate * math.tanh(cell[i][j])
        y = [x[j] * extra[1][j] + extra[2][j] for j in range(b)]
        norm = math.log(2 + sum(map(math.exp, y)))
        total += sum(sequence[t + 1][j] * (y[j] - norm) for j in range(b))
    return -total / ((c - 1) * b)


@pytest.mark.parametrize("sizes", [{}, {"layers": 2, "characters": 5, "bits": 3}])
def test_the_memory_is_its_loops(sizes: dict) -> None:
    spec = dl.spec("lstm", **sizes)
    expected = predicted_by_loops(*spec.args)
    assert expected > 0
    assert abs(spec(*spec.args) - expected) <= 32 * np.spacing(expected)
    assert abs(spec.value_and_gradient(*spec.args)[0] - expected) <= 32 * np.spacing(expected)


def test_backpropagation_through_a_long_text() -> None:
    """The sizes of the benchmark but for its 1,024 characters: 14 bits, two layers."""
    spec = dl.spec("lstm", layers=2, characters=40, bits=14)
    assert [np.shape(arg) for arg in spec.args] == [(4, 56), (3, 14), (4, 14), (40, 14)]
    assert set(np.unique(spec.args[3])) == {0.0, 1.0}
    for ours, by_hand in zip(gradient("reverse", spec), gradient("manual", spec), strict=True):
        assert np.max(np.abs(ours - by_hand)) <= 1e-13 * np.max(np.abs(by_hand))


def test_a_step_against_the_gradient_lowers_the_loss() -> None:
    spec = dl.spec("lstm", characters=20, bits=4)
    main, extra, *others = spec.args
    value, (main_bar, extra_bar) = spec.value_and_gradient(*spec.args)
    squares = np.sum(main_bar**2) + np.sum(extra_bar**2)
    lower = spec(main - 1e-3 * main_bar, extra - 1e-3 * extra_bar, *others)
    assert (value - lower) / 1e-3 == pytest.approx(squares, rel=1e-2)
