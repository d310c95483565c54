"""check_gradient: right ones pass, wrong ones are told with entry, values and cause, and the undecidable says why."""

from __future__ import annotations

import math

import numpy as np
import pytest

import derivlab as dl
from derivlab.array import primitives as p
from derivlab.errors import ArgumentError, UnknownNameError
from derivlab.transpose import Elementwise

X = np.array([0.3, 1.2, -2.0, 2.8])
A = np.arange(6.0).reshape(2, 3) + 1


def wave(x):
    return np.sum(np.sin(x) * x**2)


def slope(x):
    return np.cos(x) * x**2 + 2 * x * np.sin(x)


def black_box(x):
    return sum(math.sin(float(v)) * float(v) ** 2 for v in x)


def mapped(x):
    return A @ np.sin(x)


def curvature(x):
    return np.diag(-np.sin(x) * x**2 + 4 * x * np.cos(x) + 2 * np.sin(x))


MISTAKES = {
    "sign": lambda x: -slope(x),
    "factor": lambda x: slope(x) / 4,
    "zero": lambda x: np.where(np.arange(4) > 1, 0.0, slope(x)),
    "permuted": lambda x: slope(x)[[1, 0, 2, 3]],
    "shifted": lambda x: np.roll(slope(x), 1),
    "quadratic term": lambda x: slope(x) - 0.1 * x,
    "absolute term": lambda x: slope(x) - 0.1 * np.sign(x),
    "constant term": lambda x: slope(x) + 0.1,
    "absolute value": lambda x: np.abs(slope(x)),
    "chain factor": lambda x: slope(x) / np.cos(x),
    "squared": lambda x: slope(x) ** 2,
    "index": lambda x: np.where(np.arange(4) == 2, slope(x)[1], slope(x)),
    "one entry": lambda x: slope(x) + 0.123 * (np.arange(4) == 2),
    "single precision": lambda x: slope(x).astype(np.float32),
    "few digits": lambda x: slope(x) * (1 + 1e-7 * np.arange(4)),
    "not finite": lambda x: np.where(np.arange(4) == 2, np.nan, slope(x)),
    "clipped": lambda x: np.clip(slope(x), -1.0, 1.0),
    "shape": lambda x: slope(x)[:3],
}


@pytest.mark.parametrize("f", [wave, black_box])
def test_a_right_gradient_is_correct(f):
    verdict = dl.check_gradient(f, slope, X)
    assert verdict.outcome == "correct", str(verdict)
    assert verdict
    assert verdict.study.slope == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_wrong_and_named(name):
    verdict = dl.check_gradient(wave, MISTAKES[name], X)
    assert verdict.outcome == "wrong"
    assert not verdict
    assert verdict.pattern.name == name, str(verdict)
    assert len(str(verdict).splitlines()) <= 15


@pytest.mark.parametrize("name", [n for n in MISTAKES if n not in ("single precision", "few digits")])
def test_a_mistake_about_a_black_box_is_named_too(name):
    verdict = dl.check_gradient(black_box, MISTAKES[name], X)
    assert verdict.outcome == "wrong"
    assert verdict.pattern.name == name, str(verdict)
    assert any("black box" in note for note in verdict.notes)


def test_the_verdict_names_entry_and_both_values():
    verdict = dl.check_gradient(wave, MISTAKES["one entry"], X)
    (entry,) = verdict.entries[: verdict.off]
    assert entry.label == "x[2]"
    assert entry.expected == pytest.approx(slope(X)[2], rel=1e-15)
    assert entry.got == MISTAKES["one entry"](X)[2]
    assert repr(entry.got) in str(verdict)
    assert "x[2]" in str(verdict)


def test_the_remainder_of_a_wrong_gradient_falls_with_slope_one():
    study = dl.check_gradient(wave, MISTAKES["sign"], X).study
    assert study.slope == pytest.approx(1, abs=0.02)
    assert study.decades > 3


OTHERS = {
    "jacobian": (mapped, lambda x: A * np.cos(x), (X[:3],)),
    "derivative": (np.tanh, lambda x: 1 / np.cosh(x) ** 2, (0.3,)),
    "hessian": (wave, curvature, (X,)),
    "jvp": (mapped, lambda x, v: A @ (np.cos(x[0]) * v[0]), ((X[:3],), (np.array([1.0, 2.0, -1.0]),))),
    "vjp": (mapped, lambda x, y_bar: ((A * np.cos(x[0])).T @ y_bar,), ((X[:3],), np.array([1.0, -2.0]))),
}


@pytest.mark.parametrize("operator", OTHERS)
def test_the_other_operators(operator):
    f, right, args = OTHERS[operator]
    verdict = dl.check_gradient(f, right, *args, operator=operator)
    assert verdict.outcome == "correct", str(verdict)
    wrong = dl.check_gradient(f, lambda *at: np.asarray(right(*at)).squeeze() * -1, *args, operator=operator)
    assert (wrong.outcome, wrong.pattern.name) == ("wrong", "sign")


def test_a_black_box_has_its_hessian_checked():
    assert dl.check_gradient(black_box, curvature, X, operator="hessian").outcome == "correct"
    wrong = dl.check_gradient(black_box, lambda x: curvature(x) * 2, X, operator="hessian")
    assert (wrong.outcome, wrong.pattern.name) == ("wrong", "factor")


def test_a_transposed_jacobian_is_told_from_its_shape_and_from_its_entries():
    wide = dl.check_gradient(mapped, lambda x: (A * np.cos(x)).T, X[:3], operator="jacobian")
    square = dl.check_gradient(
        lambda x: A[:, :2] @ np.sin(x), lambda x: (A[:, :2] * np.cos(x)).T, X[:2], operator="jacobian"
    )
    assert [v.pattern.name for v in (wide, square)] == ["transposed"] * 2


def test_containers_and_several_arguments():
    def loss(w, b):
        return np.sum((w["a"] * b[0] + b[1]) ** 2)

    args = {"a": X}, (1.5, np.array(0.5))
    right = dl.reverse.grad(loss, (0, 1))(*args)
    assert dl.check_gradient(loss, right, *args, argnums=(0, 1)).outcome == "correct"
    wrong = dl.check_gradient(loss, ({"a": right[0]["a"]}, (right[1][0] * 2, right[1][1])), *args, argnums=(0, 1))
    assert [e.label for e in wrong.entries[: wrong.off]] == ["b[0]"]


def test_between_the_slopes_of_a_kink_is_undecided_and_outside_wrong():
    for f in (abs, lambda x: abs(float(x))):
        inside, outside = (dl.check_gradient(f, g, 0.0) for g in (0.3, 1.3))
        assert inside.outcome == "undecided"
        assert "accepted convention" in inside.reason
        assert "slope -1 from the left, 1 from the right" in str(inside)
        assert (outside.outcome, outside.pattern.name) == ("wrong", "kink")


def test_a_smooth_entry_beside_a_kink_is_judged():
    def f(x):
        return np.sum(np.abs(x)) + np.sum(x**2)

    x = np.array([0.0, 1.0])
    assert dl.check_gradient(f, np.array([0.0, 3.0]), x).outcome == "undecided"
    assert dl.check_gradient(f, np.array([0.0, 2.0]), x).outcome == "wrong"


def test_a_spec_brings_what_it_accepts():
    spec = next(s for s in (dl.spec(name) for name in dl.catalogue()) if s.kinks and s.kinks[0].args)
    kink, operator = spec.kinks[0], spec.operator
    assert dl.check_gradient(spec, kink.slopes[0], *kink.args, operator=operator).outcome == "correct"
    far = np.asarray(kink.slopes[0]) + 10.0
    assert dl.check_gradient(spec, far, *kink.args, operator=operator).outcome == "wrong"


def test_rounding_that_leaves_no_digit_is_undecided():
    def chaos(x):
        for _ in range(80):
            x = 4 * x * (1 - x)
        return x

    verdict = dl.check_gradient(chaos, dl.forward.derivative(chaos), 0.2, operator="derivative")
    assert verdict.outcome == "undecided"
    assert "rounding" in verdict.reason


def test_a_function_that_asks_for_types_is_not_trusted():
    def two_faced(x):
        return x**2 if isinstance(x, np.ndarray) and x.dtype == float and type(x) is np.ndarray else 3 * x

    def f(x):
        return np.sum(two_faced(x))

    verdict = dl.check_gradient(f, np.full(4, 3.0), X)
    assert verdict.outcome == "undecided"
    assert "disagree" in verdict.reason


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(ArgumentError, match="complex"):
        dl.check_gradient(lambda z: np.sum(np.abs(z)), lambda z: z, np.array([1 + 1j]))
    with pytest.raises(ArgumentError, match="complex"):
        dl.check_gradient(wave, lambda x: 1j * x, X)
    with pytest.raises(ArgumentError, match="operator='jacobian'"):
        dl.check_gradient(mapped, lambda x: x, X[:3])
    with pytest.raises(ArgumentError, match="point"):
        dl.check_gradient(wave, slope)
    with pytest.raises(UnknownNameError, match="grad, derivative"):
        dl.check_gradient(wave, slope, X, operator="laplacian")
    with pytest.raises(ArgumentError, match="needs a function"):
        dl.check_gradient(3.0, slope, X)


def test_the_gradient_may_write_into_its_argument():
    x = X.copy()

    def careless(x):
        g = slope(x)
        x *= 0
        return g

    assert dl.check_gradient(wave, careless, x).outcome == "correct"
    assert np.array_equal(x, X)


def test_a_rule_is_checked_in_both_directions():
    assert dl.check_rule("sin", X).outcome == "correct"
    assert dl.check_rule("matmul", A, A.T.copy()).outcome == "correct"
    wrong = dl.check_rule("sin", X, rule=Elementwise((lambda t, y, x: -t * p.cos(x),)))
    assert [v.pattern.name for v in wrong.verdicts.values()] == ["sign", "sign"]
    assert dl.check_rule("sin", X).outcome == "correct"
    with pytest.raises(UnknownNameError, match="no primitive"):
        dl.check_rule("sine", X)


def test_a_verdict_draws_and_shows_itself():
    verdict = dl.check_gradient(wave, MISTAKES["sign"], X)
    figure = verdict.plot()
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Quotient from claimed slope", "Taylor remainder"]
    assert "<td>x[2]</td>" in verdict._repr_html_()
    with pytest.raises(ArgumentError, match="nothing to plot"):
        dl.check_gradient(wave, MISTAKES["shape"], X).plot()


def test_a_tie_in_a_large_function_is_a_kink():
    def f(x):
        return np.max(x) + np.sum(x**2)

    x = np.ones(500)
    first = dl.check_gradient(f, 2 * x + (np.arange(500) == 0), x)
    assert first.outcome == "undecided"
    assert "accepted convention" in first.reason
    assert dl.check_gradient(f, 2 * x + (np.arange(500) == 0), x + 1e-3 * (np.arange(500) == 0)).outcome == "wrong"


def test_large_functions_are_judged_by_the_exact_rules():
    a = np.random.default_rng(1).normal(size=(200, 100))
    w = np.linspace(-1, 1, 100)

    def f(w):
        return np.sum((a @ w - 1) ** 2)

    right = dl.check_gradient(f, lambda w: 2 * a.T @ (a @ w - 1), w)
    assert (right.outcome, right.source) == ("correct", "the exact rules, forward and reverse mode")
    wrong = dl.check_gradient(f, lambda w: 2 * a.T @ (a @ w - 1) / 200, w)
    assert wrong.pattern.text.startswith("a constant factor: got = expected × 1/200")


@pytest.mark.parametrize("size", [1e200, 1e-200, 1e-300, 1e307])
def test_large_and_tiny_gradients_by_values_alone(size):
    def f(x):
        return size * sum(math.sin(v) for v in x.tolist())

    x = np.linspace(0.5, 1.4, 4)
    assert dl.check_gradient(f, lambda x: size * np.cos(x), x).outcome == "correct"
    assert dl.check_gradient(f, lambda x: 1.01 * size * np.cos(x), x).outcome == "wrong"


def test_noise_blurs_and_a_flipped_sign_is_seen_through_it():
    rng = np.random.default_rng(3)

    def f(x):
        return sum(math.sin(v) for v in x.tolist()) + 1e-3 * rng.normal()

    x = np.linspace(0.5, 1.4, 4)
    assert dl.check_gradient(f, np.cos, x).outcome == "undecided"
    assert dl.check_gradient(f, lambda x: -np.cos(x), x).outcome == "wrong"


def test_single_precision_is_judged_as_such_wherever_it_is():
    x = np.linspace(0.5, 1.4, 4)

    def inside(x):
        return np.sum(np.sin(x.astype(np.float32)).astype(float))

    assert dl.check_gradient(inside, lambda x: np.cos(x.astype(np.float32)).astype(float), x).outcome == "correct"
    assert (
        dl.check_gradient(lambda x: np.sum(np.sin(x)), lambda x: np.cos(x), x.astype(np.float32)).outcome == "correct"
    )
    assert dl.check_gradient(lambda x: np.sum(np.sin(x)), lambda x: np.cos(x.astype(np.float32)), x).outcome == "wrong"


def test_a_list_of_numbers_is_a_vector_and_nothing_is_told():
    assert dl.check_gradient(wave, lambda x: list(slope(x)), X).outcome == "correct"
    assert "answers nothing" in dl.check_gradient(wave, lambda x: None, X).reason
