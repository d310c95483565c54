"""Layers: the worked image, and the formulas by which a layer pulls back."""

from __future__ import annotations

import numpy as np
import pytest

import derivlab as dl
from derivlab.specs.layers import PIXELS, scores
from spec_checks import gradient


def test_linear_scores_of_the_image_of_four_pixels() -> None:
    """−96.8, 437.9 and 60.75; a printed 61.95 is the third score without its bias of −1.2."""
    W, b, x, _ = dl.spec("linear-score").args
    assert np.array_equal(x, [56, 231, 24, 2])
    rounding = 8 * np.spacing(np.abs(W) @ x)
    assert np.all(np.abs(scores(W, b, x) - [-96.8, 437.9, 60.75]) <= rounding)
    assert abs((W @ x)[2] - 61.95) <= rounding[2]
    assert scores(W, b, PIXELS).argmax() == 1


@pytest.mark.parametrize("method", ["forward", "reverse", "complex-step", "taylor"])
def test_a_fully_connected_layer_pulls_back_by_three_formulas(method: str) -> None:
    spec = dl.spec("fully-connected", n=5, c_in=4, c_out=3)
    X, W, b, Y_bar = spec.args
    assert (X.shape, W.shape, b.shape, Y_bar.shape) == ((5, 4), (3, 4), (3,), (5, 3))
    formulas = Y_bar @ W, Y_bar.T @ X, Y_bar.sum(axis=0)
    for ours, formula in zip(gradient(method, spec), formulas, strict=True):
        assert np.max(np.abs(ours - formula)) <= 16 * np.spacing(np.max(np.abs(formula)))


def test_the_sigmoid_net_has_3_4_4_1_units() -> None:
    shapes = [np.shape(arg) for arg in dl.spec("sigmoid-net").args]
    assert shapes == [(4, 3), (4,), (4, 4), (4,), (4,), (), (3,)]
