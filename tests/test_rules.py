"""Every primitive has a rule, and every rule agrees with the certified truth at orders 1 and 2."""

from __future__ import annotations

import numpy as np
import pytest

import derivlab as dl
from checks import ORDER_TWO, check_curvature, check_gradient, gradients
from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES
from derivlab.errors import UnsupportedError
from derivlab.rules import RULES
from rule_cases import ELSEWHERE, SMOOTH, STEPS, Case

ULPS = 16  # each rule is a handful of operations, some of them library functions good to 1 to 4 ulps
ULPS_TWICE = 64  # twice as deep, and judged as one sum over the Hessian

smooth = pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case.id)
steps = pytest.mark.parametrize("case", STEPS, ids=lambda case: case.id)
exact = pytest.mark.parametrize("method", ["forward", "reverse"])

NO_COMPLEX_FORM = {
    "atan2", "gammaln", "polygamma", "erfinv", "ndtri", "log_ndtr", "bessel_ie", "betaln", "gammainc", "gammaincc",
}  # fmt: skip


def test_every_primitive_has_a_rule_and_every_rule_a_primitive() -> None:
    assert set(RULES) == set(PRIMITIVES)


def test_every_primitive_has_a_case_and_every_case_a_primitive() -> None:
    assert {case.name for case in [*SMOOTH, *STEPS]} | set(ELSEWHERE) == set(PRIMITIVES)


@smooth
@exact
def test_first_order_meets_the_truth(method: str, case: Case) -> None:
    check_gradient(dl.methods[method], case.scalar, case.inputs(), ULPS, sums=case.sums)


@smooth
@exact
def test_single_precision_stays_and_meets_the_truth(method: str, case: Case) -> None:
    if case.name == "astype":
        pytest.skip("this case casts to float64")
    check_gradient(dl.methods[method], case.scalar, case.inputs(np.float32), ULPS, sums=case.sums)


@smooth
@pytest.mark.parametrize(("outer", "inner"), ORDER_TWO)
def test_second_order_meets_the_truth(outer: str, inner: str, case: Case) -> None:
    args = case.inputs()
    flat = np.concatenate([np.ravel(x) for x in args])

    def packed(x):  # all arguments in one vector, so that mixed derivatives are covered
        parts, start = [], 0
        for arg in args:
            parts.append(xp.reshape(x[start : start + arg.size], arg.shape))
            start += arg.size
        return case.scalar(*parts) ** 3  # cubed: linear primitives get a second derivative

    v = np.random.default_rng(7).uniform(-1, 1, flat.shape)
    check_curvature(outer, inner, packed, flat, v, ULPS_TWICE)


@smooth
def test_complex_step_meets_the_truth_or_declares(case: Case) -> None:
    method = dl.methods["complex-step"]
    if case.name in NO_COMPLEX_FORM:
        with pytest.raises(UnsupportedError, match=case.name):
            gradients(method, case.scalar, case.inputs())
        return
    check_gradient(method, case.scalar, case.inputs(), 4 * ULPS, sums=True)


@smooth
def test_symbolic_meets_the_truth(case: Case) -> None:
    check_gradient(dl.symbolic, case.scalar, case.inputs(), 4 * ULPS, sums=True)


@pytest.mark.parametrize("case", {case.name: case for case in SMOOTH}.values(), ids=lambda case: case.name)
def test_jax_runs_every_primitive(case: Case) -> None:
    check_gradient(dl.jax, case.scalar, case.inputs(), 4 * ULPS, sums=True)


@steps
@pytest.mark.parametrize("method", ["forward", "reverse", "complex-step", "jax"])
def test_steps_have_derivative_zero(method: str, case: Case) -> None:
    args = case.inputs()

    def f(*args):
        return sum(xp.sum(x) if method != "jax" else x.sum() for x in args) + (case.apply(*args) * 1.0).sum()

    for x, gradient in zip(args, gradients(dl.methods[method], f, args), strict=True):
        assert np.array_equal(gradient, np.ones(x.shape))
