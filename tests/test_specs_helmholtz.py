"""The functions on which gradient cost is traditionally measured: the Helmholtz energy, and xᵀ log(x/2)."""

from __future__ import annotations

import math

import numpy as np
import pytest

import derivlab as dl
from spec_checks import gradient

SIZES = [1, 8, 15, 22, 29, 36, 43, 50]
"""Those of the benchmark."""


@pytest.mark.parametrize("n", [*SIZES, 100])
def test_the_energy_is_its_formula(n: int) -> None:
    """Term by term, with sums that round once; the arguments are 0.1 times uniform numbers, and b·x < 1."""
    spec = dl.spec("helmholtz", n=n)
    x, b, A = spec.args
    assert all(np.all((arg >= 0) & (arg <= 0.1)) for arg in spec.args)
    bx = math.fsum(b * x)
    assert bx < 1
    terms = [xi * math.log(xi / (1 - bx)) for xi in x]
    ratio = (1 + (1 + math.sqrt(2)) * bx) / (1 + (1 - math.sqrt(2)) * bx)
    mixing = math.fsum(A[i, j] * x[i] * x[j] for i in range(n) for j in range(n)) / (math.sqrt(8) * bx)
    expected = math.fsum([*terms, -mixing * math.log(ratio)])
    allowed = (n + 16) * np.spacing(math.fsum(map(abs, terms)) + abs(mixing * math.log(ratio)))
    assert abs(spec(*spec.args) - expected) <= allowed


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_gradients_of_the_benchmark_agree_with_the_one_by_hand(n: int, method: str) -> None:
    spec = dl.spec("helmholtz", n=n)
    (ours,), (by_hand,) = gradient(method, spec), gradient("manual", spec)
    assert np.max(np.abs(ours - by_hand)) <= (n + 32) * np.spacing(np.max(np.abs(by_hand)))


def test_a_matrix_that_is_not_symmetric_takes_both_products() -> None:
    """∇ has (A + Aᵀ)x; 2Ax is right for a symmetric A alone, and the check sees the difference."""
    spec = dl.spec("helmholtz")
    x, b, A = spec.args
    one_product = dl.spec("helmholtz", symmetric=True).value_and_gradient
    cell = dl.compare(spec, methods=["manual"], manual=lambda *args: one_product(*args)[1], timing=False)["manual"]
    assert cell.outcome == "inaccurate"
    even = (A + A.T) / 2
    difference = one_product(x, b, even)[1] - spec.value_and_gradient(x, b, even)[1]
    assert np.max(np.abs(difference)) <= 16 * np.spacing(10.0)


def test_x_log_half_x_has_a_diagonal_hessian() -> None:
    spec = dl.spec("x-log-half-x", n=100)
    (x,) = spec.args
    exact = np.array([math.log(xi / 2) + 1 for xi in x])
    assert np.all(np.abs(dl.reverse.grad(spec.function)(x) - exact) <= 4 * np.spacing(1 - np.log(x / 2)))
    hessian = dl.reverse.hessian(spec.function)(x)
    assert np.all(np.abs(np.diag(hessian) - 1 / x) <= 8 * np.spacing(1 / x))
    assert not np.any(hessian - np.diag(np.diag(hessian)))
    assert dl.sparse_hessian(spec.function)(x).nnz == 100
