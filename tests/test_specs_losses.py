"""Losses and regularisers: the numbers that course material prints, its mistakes, and the composed objective."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace
from derivlab.errors import ArgumentError
from derivlab.specs.losses import SCORES, hinge_losses, softmax_losses, softmax_losses_as_written

# Worked numbers of course material.


def test_softmax_of_the_worked_scores() -> None:
    """e^s = 24.5, 164.0, 0.18; p = 0.13, 0.87, 0.00; L = 2.04."""
    s, y = SCORES[:1], np.array([0])
    e = np.exp(s[0])
    assert np.array_equal([round(e[0], 1), round(e[1], 1), round(e[2], 2)], [24.5, 164.0, 0.18])
    assert np.array_equal(np.round(e / e.sum(), 2), [0.13, 0.87, 0.0])
    for losses in (softmax_losses, softmax_losses_as_written):
        assert round(losses(s, y)[0], 4) == 2.0404
    slopes = dl.reverse.grad(lambda s: softmax_losses(s, y)[0])(s)
    assert np.array_equal(np.round(slopes, 2), [[-0.87, 0.87, 0.0]])


@pytest.mark.parametrize("c", [2, 3, 10])
def test_softmax_of_equal_scores_is_log_c(c: int) -> None:
    value = softmax_losses(np.full((1, c), 0.3), np.array([c - 1]))[0]
    assert abs(value - math.log(c)) <= 4 * np.spacing(math.log(c) + 0.3)
    assert c != 10 or round(value, 1) == 2.3


def test_softmax_as_written_overflows_and_the_other_does_not() -> None:
    s, y = np.array([[1000.0, 0.0]]), np.array([1])
    assert softmax_losses(s, y)[0] == 1000.0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        assert not np.isfinite(softmax_losses_as_written(s, y)[0])
        slopes = dl.reverse.grad(lambda s: softmax_losses_as_written(s, y)[0])(s)
    assert np.isnan(slopes).any()
    assert np.array_equal(dl.reverse.grad(lambda s: softmax_losses(s, y)[0])(s), [[1.0, -1.0]])


def test_hinge_of_the_worked_columns() -> None:
    """2.9, 0 and 12.9, the mean of which is the spec's value; doubling the weights leaves the 0."""
    spec = dl.spec("multiclass-hinge")
    losses = hinge_losses(*spec.args)
    assert np.all(np.abs(losses - [2.9, 0.0, 12.9]) <= 4 * np.spacing(12.9))
    assert spec(*spec.args) == losses.mean() == pytest.approx(15.8 / 3, rel=1e-15)
    assert hinge_losses(2 * SCORES, np.arange(3))[1] == 0.0


def test_hinge_of_the_worked_image() -> None:
    loss = hinge_losses(np.array([[-2.85, 0.86, 0.28]]), np.array([2]))[0]
    assert abs(loss - 1.58) <= 4 * np.spacing(1.58)


def test_a_hinge_with_a_plus_is_caught_by_the_gradient_check() -> None:
    """max(0, Wⱼ·x + W_y·x + 1), as once expanded on paper: its gradient by the right row has the other sign."""
    x, y = np.array([0.5, -1.0, 2.0]), 0
    W = np.array([[0.2, -0.1, 0.3], [0.4, 0.2, 0.1], [0.1, -0.3, 0.2]])
    hinge = lambda W: hinge_losses((W @ x)[None, :], np.array([y]))[0]
    on = (W @ x - (W @ x)[y] + 1 > 0) & (np.arange(3) != y)
    expanded = {sign: np.outer(on + sign * on.sum() * (np.arange(3) == y), x) for sign in (-1, 1)}
    outcomes = {
        sign: dl.compare(hinge, W, methods=["manual"], manual=lambda W, s=sign: expanded[s], timing=False)["manual"]
        for sign in expanded
    }
    assert outcomes[-1].outcome == "ok"
    assert outcomes[1].outcome == "inaccurate"


def test_a_softmax_without_the_right_class_below_can_be_negative() -> None:
    """−log(e^s_y / Σ_{j≠y} e^sⱼ) is −(10 − log 2) at (10, 0, 0), where the loss is positive."""
    s = np.array([10.0, 0.0, 0.0])
    printed = lambda s: array_namespace(s).log(array_namespace(s).sum(array_namespace(s).exp(s[1:]))) - s[0]
    assert printed(s) == pytest.approx(math.log(2) - 10, rel=1e-15)
    assert softmax_losses(s[None, :], np.array([0]))[0] > 0
    spec = dl.spec("softmax-cross-entropy")
    wrong = replace(
        dl.Spec(lambda s: softmax_losses(s[None, :], np.array([0]))[0], (s,), latex="L", source="a slide"),
        value_and_gradient=lambda s: (printed(s), dl.reverse.grad(printed)(s)),
    )
    assert dl.compare(wrong, methods=["manual"], timing=False)["manual"].outcome == "inaccurate"
    assert dl.compare(spec, methods=["manual"], timing=False)["manual"].outcome == "ok"


def test_five_printed_digits_leave_a_tenth_of_noise_at_a_step_of_1e_4() -> None:
    """1.25347 → 1.25322, 1.25353, 1.25347 give −2.5, 0.6 and 0: each is off by up to 2 · 0.5e-5 / 1e-4 = 0.1."""
    steps = [(moved - 1.25347) / 1e-4 for moved in (1.25322, 1.25353, 1.25347)]
    assert np.array_equal(np.round(steps, 3), [-2.5, 0.6, 0.0])
    spec, h = dl.spec("classifier-loss"), 1e-4
    W, *others = spec.args
    errors = []
    for place in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[place] = h
        values = spec(W, *others), spec(W + step, *others)
        exact, printed = (values[1] - values[0]) / h, (round(values[1], 5) - round(values[0], 5)) / h
        errors.append(abs(printed - exact))
    assert 0.01 < max(errors) <= 0.1 + 1e-9


def test_l2_prefers_spread_weights_and_l1_is_indifferent() -> None:
    x, sparse, spread = np.ones(4), np.array([1.0, 0.0, 0.0, 0.0]), np.full(4, 0.25)
    assert sparse @ x == spread @ x == 1.0
    l2, l1 = dl.spec("l2-regulariser"), dl.spec("l1-regulariser")
    assert (l2(sparse), l2(spread)) == (1.0, 0.25)
    assert l1(sparse) == l1(spread) == 1.0
    assert dl.spec("elastic-net", beta=2.0)(spread) == 1.5


# The objective.


@pytest.mark.parametrize("loss", ["softmax", "svm"])
@pytest.mark.parametrize("regulariser", ["l2", "l1", "elastic-net"])
def test_the_objective_is_the_mean_loss_and_the_penalty(loss: str, regulariser: str) -> None:
    spec = dl.spec("classifier-loss", loss=loss, regulariser=regulariser, strength=0.3, beta=0.7)
    W, b, X, y = spec.args
    total = 0.0
    for x, right in zip(X, y, strict=True):
        s = [float(W[j] @ x + b[j]) for j in range(3)]
        if loss == "softmax":
            total -= math.log(math.exp(s[right]) / sum(math.exp(score) for score in s))
        else:
            total += sum(max(0.0, s[j] - s[right] + 1) for j in range(3) if j != right)
    squares, sizes = float(np.sum(W * W)), float(np.sum(np.abs(W)))
    penalty = {"l2": squares, "l1": sizes, "elastic-net": 0.7 * squares + sizes}[regulariser]
    expected = total / 3 + 0.3 * penalty
    assert spec(*spec.args) == pytest.approx(expected, rel=1e-14)
    assert spec.value_and_gradient(*spec.args)[0] == pytest.approx(expected, rel=1e-14)


def test_each_objective_names_where_it_is_smooth() -> None:
    """A kink is listed where the domain names one."""
    for loss, regulariser in [("softmax", "l2"), ("softmax", "l1"), ("svm", "l2"), ("svm", "elastic-net")]:
        spec = dl.spec("classifier-loss", loss=loss, regulariser=regulariser)
        assert ("margin" in spec.domain, "entry" in spec.domain) == (loss == "svm", regulariser != "l2")
        assert bool(spec.kinks) == (spec.domain != "all real inputs")


def test_unknown_losses_and_regularisers_are_named() -> None:
    with pytest.raises(ArgumentError, match="softmax, svm"):
        dl.spec("classifier-loss", loss="hinge")
    with pytest.raises(ArgumentError, match="l2, l1, elastic-net"):
        dl.spec("classifier-loss", regulariser="l3")
