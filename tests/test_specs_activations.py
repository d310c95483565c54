"""Activations: right in the tails, and with the slopes that are accepted at their kinks."""

from __future__ import annotations

import math

import numpy as np
import pytest

import derivlab as dl
from derivlab import truth
from spec_checks import gradient

TAILS = [-700.0, -40.0, -20.0, -1.0, -1e-8, 1e-8, 1.0, 20.0, 40.0, 300.0]


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "elu"])
@pytest.mark.parametrize("method", ["manual", "forward", "reverse", "reverse-compiled"])
def test_slopes_keep_their_digits_in_the_tails(name: str, method: str) -> None:
    """Within 4 roundings: x and 2x are exact, and the exponential of them is good to one."""
    spec = dl.spec(name)
    for x in TAILS:
        exact = truth.derivative(spec.function)(x)
        assert exact.error_ulps(gradient(method, spec, x)[0]) <= 4


def test_the_naive_sigmoid_loses_its_slope_in_the_tail() -> None:
    naive, stable = dl.spec("sigmoid", naive=True, x=40.0), dl.spec("sigmoid", x=40.0)
    assert naive.value_and_gradient(40.0)[1] == 0.0
    assert stable.value_and_gradient(40.0)[1] == pytest.approx(math.exp(-40), rel=1e-15)
    assert dl.compare(naive, methods=["manual"], timing=False)["manual"].outcome == "inaccurate"


def test_a_unit_with_alpha_1_is_smooth_at_0() -> None:
    smooth, bent = dl.spec("elu", x=0.0), dl.spec("elu", x=0.0, alpha=0.5)
    assert not smooth.kinks
    cells = dl.compare(smooth, timing=False, sizes=False, methods=["manual", "symbolic", "complex-step", "reverse"])
    assert {cell.outcome for cell in cells} == {"ok"}
    assert {cell.outcome for cell in dl.compare(bent, timing=False, sizes=False)} == {"undefined"}


def test_maxout_of_0_is_the_rectifier() -> None:
    spec = dl.spec("maxout")
    for x in (-1.5, 2.0):
        args = np.array([1.0]), 0.0, np.array([0.0]), 0.0, np.array([x])
        assert spec(*args) == max(x, 0.0)
        assert spec.value_and_gradient(*args)[1][-1] == (x > 0)
