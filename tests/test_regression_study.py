"""The study of regression, in quick mode, and what it stands on: the optimum in rational arithmetic, the bowl."""

import sys
from fractions import Fraction

import numpy as np
import pytest

import derivlab as dl
from checks import STUDIES, assert_whole, measured_quickly
from derivlab.errors import UnavailableError
from derivlab.specs.polynomial import AGES, scaled

sys.path.insert(0, str(STUDIES))

import _bowl
import _optimisers
import _polynomials


@pytest.mark.parametrize("degree", [1, 4, 7])
@pytest.mark.parametrize("penalty", [0.0, _polynomials.PENALTY])
def test_the_exact_optimum_has_no_slope(degree, penalty):
    """Up to rounding the weights, of which the certified slope there tells."""
    spec = _polynomials.regression(degree, penalty)
    _, *data = spec.args
    w = _polynomials.exact_optimum(degree, penalty)
    exact = dl.truth.grad(spec.function)(w, *data).value
    powers = np.vander(scaled(AGES), degree + 1, increasing=True)
    curvature = 2 * (powers.T @ powers + penalty * np.eye(degree + 1))
    assert np.all(np.abs(exact) <= np.abs(curvature) @ np.spacing(np.abs(w)))


def test_elimination_is_exact():
    rows = [[Fraction(x) for x in row] for row in ([2, 1, 5], [1, 3, 10])]
    assert _polynomials.eliminated(rows) == [1, 3]


def test_arrows_are_the_gradient_by_its_formula():
    a, b, c = (_bowl.COEFFICIENTS[key] for key in "abc")
    grid = _bowl.arrows(4, 3)
    w1, w2 = np.array(grid["w1"]), np.array(grid["w2"])
    assert len(w1) == 12
    assert np.array(grid["d1"]) == pytest.approx(2 * a * w1 + c * w2, rel=1e-15)
    assert np.array(grid["d2"]) == pytest.approx(2 * b * w2 + c * w1, rel=1e-15)


def test_without_optax_paths_name_what_to_install(monkeypatch):
    def absent():
        raise UnavailableError("optax is not installed; type: pip install optax")

    monkeypatch.setattr(_optimisers, "optax", absent)
    _optimisers._jitted.cache_clear()
    study, records = measured_quickly("regression")
    paths = [r for r in records if r["kind"] == "path"]
    assert {(r["outcome"], r["detail"]) for r in paths} == {
        ("unavailable", "optax is not installed; type: pip install optax")
    }
    assert {d.name for d in study.draw(records)} == {"runners", "left_out", "optimum", "bowl_gradient"}
    assert "pip install optax" in study.summary(records)


def test_no_figure_is_empty_or_clipped(records):
    assert_whole("regression", records["regression"])


def test_exact_gradients_find_the_exact_optimum(records):
    """Within the rounding of a gradient, carried to the weights by the inverse of the Hessian."""
    rows = records["regression"]
    condition = {(r["degree"], r["penalty"]): r["condition"] for r in rows if r["kind"] == "fit"}
    for r in (r for r in rows if r["kind"] == "optimum"):
        assert r["outcome"] == "ok", (r["method"], r["detail"])
        if r["method"] == "forward-difference":
            assert r["error"] > 1e-9
        elif r["method"] != "central-difference":
            assert r["error"] <= 16 * condition[r["degree"], r["penalty"]] * 2.0**-53


def test_a_penalty_saves_the_runner_left_out(records):
    fits = {(r["degree"], r["penalty"] > 0): r for r in records["regression"] if r["kind"] == "fit"}
    assert fits[6, False]["left_out"] > 50
    assert fits[6, True]["left_out"] < 1
    assert fits[7, False]["residual"] < 1e-12
    assert fits[7, False]["left_out"] is None
    assert all(r["closed_form_error"] < 1e-13 for r in fits.values())


def test_paths_in_the_bowl_coincide(records):
    """RMSProp's excepted, which divides by slopes that are rounding."""
    for r in (r for r in records["regression"] if r["kind"] == "path" and r["optimiser"] != "RMSProp"):
        assert r["outcome"] == "ok", (r["method"], r["detail"])
        assert r["departure"] < (1e-7 if r["method"].endswith("difference") else 1e-13), r["method"]
