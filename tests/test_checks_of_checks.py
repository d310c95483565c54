"""The checks are seen to fail: planted wrong rules and the null method are caught by the functions that judge."""

from __future__ import annotations

import numpy as np
import pytest

import derivlab as dl
from checks import ORDER_TWO, check_adjoint, check_curvature, check_gradient
from derivlab import truth
from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES
from derivlab.errors import UndecidedError
from derivlab.measure.accuracy import accuracy
from derivlab.rules import RULES
from derivlab.transpose import Bilinear, Elementwise, Linear, Weighted
from rule_cases import SMOOTH
from test_rules import ULPS, ULPS_TWICE

WRONG = {
    "sign": ("sin", Elementwise((lambda t, y, x: -t * p.cos(x),))),
    "factor two": ("sin", Elementwise((lambda t, y, x: 2 * t * p.cos(x),))),
    "last digits": ("sin", Elementwise((lambda t, y, x: t * p.cos(x) * (1 + 1e-13),))),
    "missing term": ("multiply", Elementwise((lambda t, z, x, y: t * y, lambda t, z, x, y: 0.0 * t))),
    "steps": ("multiply", Elementwise((lambda t, z, x, y: t * y, None))),
    "swapped": ("divide", Elementwise((lambda t, q, x, y: t / x, lambda t, q, x, y: -t * q / y))),
    "lost tail": ("tanh", Elementwise((lambda t, y, x: t * (1 - y * y),))),
    "transpose": ("matmul", Bilinear(lambda t, x, y: 0.0 * x + 1.0, lambda t, x, y: 0.0 * y + 1.0)),
    "weights": ("logsumexp", Weighted(lambda x, axis: p.exp(x))),
    "order": ("flip", Linear(lambda t, x, axis: t)),
}


@pytest.fixture(params=WRONG)
def planted(request, monkeypatch) -> str:
    name, rule = WRONG[request.param]
    monkeypatch.setitem(RULES, name, rule)
    return request.param


def _case(planted: str):
    name = WRONG[planted][0]
    return next(
        case for case in SMOOTH if (case.name == name and len(case.draw[0][2]) == 2) or case.name == name == "tanh"
    )


def test_the_gradient_check_catches_a_wrong_rule(planted: str) -> None:
    case = _case(planted)
    f = case.scalar if planted != "lost tail" else lambda x: xp.sum(p.tanh(x + 10.0))
    with pytest.raises(AssertionError):
        check_gradient(dl.reverse, f, case.inputs(), ULPS, sums=case.sums)


def test_the_gradient_check_passes_the_right_rule() -> None:
    for name, _ in WRONG.values():
        case = next(case for case in SMOOTH if case.name == name)
        check_gradient(dl.reverse, case.scalar, case.inputs(), ULPS, sums=case.sums)


@pytest.mark.parametrize("name", ["transpose", "order"])
def test_the_adjoint_check_catches_a_wrong_transpose(name: str, monkeypatch) -> None:
    primitive, rule = WRONG[name]
    monkeypatch.setitem(RULES, primitive, rule)
    case = next(case for case in SMOOTH if case.name == primitive and len(case.draw[0][2]) == 2)
    with pytest.raises(AssertionError, match="Jẋ"):
        check_adjoint(dl.forward, dl.reverse, case.apply, tuple(case.inputs()), 1, 64)


@pytest.mark.parametrize(("outer", "inner"), ORDER_TWO)
def test_the_second_order_check_catches_a_rule_wrong_only_there(outer: str, inner: str, monkeypatch) -> None:
    """A slope that is right but a constant to the next derivative."""
    frozen = lambda x: np.cos(np.asarray(_plain(x)))
    monkeypatch.setitem(RULES, "sin", Elementwise((lambda t, y, x: t * frozen(x),)))
    x, v = np.array([0.3, 0.7]), np.array([1.0, -0.5])
    f = lambda x: xp.sum(xp.sin(x))
    check_gradient(dl.reverse, f, (x,), ULPS)
    with pytest.raises(AssertionError, match="vᵀHv"):
        check_curvature(outer, inner, f, x, v, ULPS_TWICE)


def _plain(x):
    while hasattr(x, "value"):
        x = x.value
    return x


def test_the_large_truth_catches_a_wrong_rule(monkeypatch) -> None:
    """Above its limit the truth uses the rules: its cross-check by series must notice."""
    x = np.random.default_rng(0).uniform(0.1, 1.0, truth.MANY + 1)
    monkeypatch.setitem(RULES, "sin", WRONG["factor two"][1])
    with pytest.raises(UndecidedError, match="power series"):
        truth.grad(lambda x: xp.sum(xp.sin(x)))(x)


def test_the_small_truth_does_not_use_the_rules(monkeypatch) -> None:
    f, x = lambda x: xp.sum(xp.sin(x) * x), np.array([0.3, 0.7])
    right = truth.grad(f)(x)
    for name in PRIMITIVES:
        monkeypatch.delitem(RULES, name)
    assert np.array_equal(truth.grad(f)(x).value, right.value)


def test_a_missing_rule_is_seen(monkeypatch) -> None:
    monkeypatch.delitem(RULES, "sin")
    assert set(RULES) != set(PRIMITIVES)


# The null method.


@pytest.mark.parametrize("case", [case for case in SMOOTH if case.draw[0][2] == (3,)][:40], ids=lambda case: case.id)
def test_the_gradient_check_catches_the_null_method(case) -> None:
    with pytest.raises(AssertionError, match="ulps off"):
        check_gradient(dl.methods["null"], case.scalar, case.inputs(), ULPS, sums=case.sums)


@pytest.mark.parametrize("pair", [("null", "reverse"), ("forward", "null")])
def test_the_adjoint_check_catches_the_null_method(pair) -> None:
    left, right = (dl.methods[name] for name in pair)
    with pytest.raises(AssertionError, match="Jẋ"):
        check_adjoint(left, right, lambda x: x * x, (np.array([1.0, 2.0]),), 1, 64)


@pytest.mark.parametrize("spec", [name for name in sorted(dl.catalogue()) if name != "mlp-loss"])
def test_compare_calls_the_null_method_inaccurate(spec: str) -> None:
    (cell,) = dl.compare(dl.spec(spec), methods=["null"], timing=False)
    assert cell.outcome == "inaccurate"
    assert cell.detail


@pytest.mark.parametrize("name", ["forward", "reverse"])
def test_compare_calls_a_wrong_rule_inaccurate(name: str, monkeypatch) -> None:
    monkeypatch.setitem(RULES, "exp", Elementwise((lambda t, y, x: t * y * (1 + 1e-9),)))
    assert dl.compare(dl.spec("sigmoid-neuron"), methods=[name], timing=False)[name].outcome == "inaccurate"


def test_compare_calls_a_wrong_derivative_by_hand_inaccurate() -> None:
    comparison = dl.compare(lambda x: x**3, 2.0, methods=["manual"], manual=lambda x: 2 * x**2, timing=False)
    assert comparison["manual"].outcome == "inaccurate"


@pytest.mark.parametrize("name", ["forward", "reverse", "complex-step"])
def test_the_equality_branch_is_called_inaccurate(name: str) -> None:
    """The program's own branch has slope 0 at 0, the function slope 1."""
    comparison = dl.compare(lambda x: 0 * x if x == 0 else x, 0.0, methods=[name], timing=False)
    assert comparison[name].outcome == "inaccurate"


def test_accuracy_accepts_no_promise_for_zero() -> None:
    exact = truth.derivative(lambda x: x * x)(3.0)
    assert not accuracy([np.float64(0.0)], [exact]).within(0.5)
