"""Every primitive has a rule, and every rule agrees with the certified truth at orders 1 and 2."""

from __future__ import annotations

import numpy as np
import pytest

import derivlab as dl
from checks import JAX_AT_ONCE, ORDER_TWO, check_curvature, check_gradient, gradients
from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES
from derivlab.errors import UnsupportedError
from derivlab.graph.wengert import sweep
from derivlab.interpreters.forward import Forward
from derivlab.interpreters.record import Record
from derivlab.rules import RULES
from rule_cases import ELSEWHERE, SMOOTH, STEPS, UNDEFINED, Case

ULPS = 16  # each rule is a handful of operations, some of them library functions good to 1 to 4 ulps
ULPS_TWICE = 64  # twice as deep, and judged as one sum over the Hessian

smooth = pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case.id)
steps = pytest.mark.parametrize("case", STEPS, ids=lambda case: case.id)
EXACT = ["forward", "reverse", "taylor"]

NO_COMPLEX_FORM = {
    "atan2", "gammaln", "polygamma", "erfinv", "ndtri", "log_ndtr", "bessel_ie", "betaln", "gammainc", "gammaincc",
    "cofactor", "cholesky", "qr", "pinv", "eigh", "eigvalsh", "svd", "svdvals",
}  # fmt: skip
NO_SYMBOLIC_FORM = set("qr eigh eigvalsh svd svdvals".split())
DECLARED = {"complex-step": NO_COMPLEX_FORM, "symbolic": NO_SYMBOLIC_FORM}


def test_every_primitive_has_a_rule_and_every_rule_a_primitive() -> None:
    assert set(RULES) == set(PRIMITIVES)


def test_every_primitive_has_a_case_and_every_case_a_primitive() -> None:
    assert {case.name for case in [*SMOOTH, *STEPS, *UNDEFINED]} | set(ELSEWHERE) == set(PRIMITIVES)


# The methods follow each other at each case: its truth is computed once.


@pytest.mark.parametrize("method", [*EXACT, "complex-step", "symbolic"])
@smooth
def test_first_order_meets_the_truth_or_declares(case: Case, method: str) -> None:
    if case.name in DECLARED.get(method, ()):
        with pytest.raises(UnsupportedError, match=case.name):
            gradients(dl.methods[method], case.scalar, case.inputs())
        return
    ulps, sums = (case.rounding * ULPS, case.sums) if method in EXACT else (4 * ULPS, True)
    check_gradient(dl.methods[method], case.scalar, case.inputs(), ulps, sums=sums)


@pytest.mark.parametrize("method", EXACT)
@pytest.mark.parametrize("case", [case for case in SMOOTH if case.name != "astype"], ids=lambda case: case.id)
def test_single_precision_stays_and_meets_the_truth(case: Case, method: str) -> None:
    check_gradient(dl.methods[method], case.scalar, case.inputs(np.float32), case.rounding * ULPS, sums=case.sums)


@smooth
def test_rules_keep_single_precision_within(case: Case) -> None:
    """Tangents and cotangents on their way, which an operator would cast back at its end."""
    args = case.inputs(np.float32)
    pushed = Forward()
    y = case.apply(*[pushed.dual(x, x) for x in args])
    assert y.attached.dtype == y.value.dtype
    record = Record()
    inputs = [record.input(x) for x in args]
    y = case.apply(*inputs)
    record.finish()
    bars = sweep(record.lines, {y.attached: np.ones_like(y.value)}, [x.attached for x in inputs])
    assert {bar.dtype for bar in bars if bar is not None} == {np.dtype(np.float32)}


@pytest.mark.parametrize(("outer", "inner"), ORDER_TWO)
@smooth
def test_second_order_meets_the_truth(case: Case, outer: str, inner: str) -> None:
    flat = np.concatenate([np.ravel(x) for x in case.inputs()])
    v = np.random.default_rng(7).uniform(-1, 1, flat.shape)
    check_curvature(outer, inner, case.cubed, flat, v, ULPS_TWICE)


@pytest.mark.parametrize("case", {case.name: case for case in SMOOTH}.values(), ids=lambda case: case.name)
def test_jax_runs_every_primitive(case: Case) -> None:
    check_gradient(JAX_AT_ONCE, case.scalar, case.inputs(), 4 * ULPS, sums=True)


@steps
@pytest.mark.parametrize("method", ["forward", "reverse", "complex-step", "jax"])
def test_steps_have_derivative_zero(method: str, case: Case) -> None:
    args = case.inputs()

    def f(*args):
        return sum(xp.sum(x) if method != "jax" else x.sum() for x in args) + (case.apply(*args) * 1.0).sum()

    for x, gradient in zip(
        args, gradients(JAX_AT_ONCE if method == "jax" else dl.methods[method], f, args), strict=True
    ):
        assert np.array_equal(gradient, np.ones(x.shape))


@pytest.mark.parametrize("method", ["reverse", "reverse-compiled"])
def test_a_cotangent_that_broadcasts_is_counted(method: str) -> None:
    """The cotangent of a sum is one number for all entries: its repetitions are counted, not summed."""
    x, column, row = np.ones(3), np.ones((2, 1)), np.zeros((4, 3))
    assert dl.methods[method].grad(lambda x: xp.sum(xp.broadcast_to(x, (5, 2, 3))))(x).tolist() == [10.0] * 3
    assert dl.methods[method].grad(lambda x: xp.sum(x + row))(x).tolist() == [4.0] * 3
    assert dl.methods[method].grad(lambda x, y: xp.sum(x - y), 1)(x, column).tolist() == [[-3.0], [-3.0]]
    assert dl.methods[method].grad(lambda a: xp.sum(a + row))(2.5) == 12.0
