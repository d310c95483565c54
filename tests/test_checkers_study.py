"""Mutation testing of gradient checkers: ours catches what is planted, rejects nothing right, and names the mistake."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from checks import STUDIES, assert_whole, measured_quickly

sys.path.insert(0, str(STUDIES))
import derivlab as dl
from _checkers_functions import FUNCTIONS, KINDS, claim_of, right_gradients
from _checkers_mistakes import MISTAKES


@pytest.fixture(scope="module")
def measured():
    return measured_quickly("checkers")


def test_there_are_forty_mistakes_thirty_functions_and_eight_kinds():
    assert (len(MISTAKES), len(set(FUNCTIONS)), len(KINDS)) == (40, 30, 8)


def test_ours_catches_every_mistake_that_counts_and_names_it(measured):
    rows = [r for r in measured[1] if r["kind"] == "mistake" and r["counts"]]
    assert len(rows) > 20
    assert all(r["rejects_ours"] for r in rows), [r["mistake"] for r in rows if not r["rejects_ours"]]
    named = [r for r in rows if r["named"]]
    assert len(named) > 0.8 * len(rows)
    assert sum(r["named_rightly"] for r in named) >= 0.8 * len(named)


def test_ours_begins_near_64_ulps(measured):
    assert [r["outcome"] for r in measured[1] if r["kind"] == "edge"] == ["wrong"]


def test_ours_rejects_no_right_gradient(measured):
    rows = [r for r in measured[1] if r["kind"] == "right"]
    assert {r["sort"] for r in rows} == set(KINDS)
    assert not any(r["rejects_ours"] or r["rejects_values"] for r in rows)
    assert all(r["outcome"] == "correct" for r in rows if r["sort"] != "kinked")


def test_fixed_tolerances_miss_small_mistakes_and_reject_right_gradients(measured):
    for who in ("jax", "scipy", "classroom"):
        assert any(r["kind"] == "mistake" and r["counts"] and not r[f"rejects_{who}"] for r in measured[1])
        assert any(r["kind"] == "right" and r[f"rejects_{who}"] for r in measured[1])


def test_a_mistake_of_no_size_does_not_count(measured):
    idle = [r for r in measured[1] if r["kind"] == "mistake" and not r["counts"]]
    assert all(r["change"] <= 64 for r in idle)


def test_the_right_gradients_are_right_by_the_certified_derivative():
    for kind, name, claim in right_gradients(1, 5):
        if kind in ("plain", "large, × 1e200", "tiny, × 1e-200", "stiff"):
            exact = dl.truth.grad(claim.function, claim.argnums)(*claim.args)
            flat = claim_of_leaves(exact)
            assert np.allclose(flat, claim.claimed, rtol=1e-9, atol=1e-13 * np.max(np.abs(flat))), (kind, name)


def claim_of_leaves(tree):
    import optree

    return np.concatenate([np.ravel(leaf.value) for leaf in optree.tree_leaves(tree)])


def test_the_gradients_by_hand_are_those_of_the_functions():
    claim = claim_of(dl.spec("rosenbrock"))
    h = 1e-6 * np.eye(claim.material.size)[2]
    quotient = (claim.material.value(claim.material.at + h) - claim.material.value(claim.material.at - h)) / 2e-6
    assert quotient == pytest.approx(claim.claimed[2], rel=1e-6)


def test_the_report_has_both_tables_and_whole_figures(measured):
    study, records = measured
    text = study.summary(records)
    assert "| derivlab | 100.0 % | 100.0 % | 0.0 % |" in text
    assert "Missed by ours: none." in text
    assert_whole("checkers", records)
