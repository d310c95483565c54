"""The study of slides' mistakes shows what it claims."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def kinds(records):
    """The records of the study by their kind."""
    found = {}
    for r in records["errata"]:
        found.setdefault(r["kind"], []).append(r)
    return found


@pytest.fixture(scope="module")
def mistakes(kinds):
    return {r["name"]: r for r in kinds["mistake"]}


def test_the_third_score_forgot_its_bias(mistakes):
    assert mistakes["bias"]["value"] == pytest.approx(61.95, abs=1e-12)
    assert mistakes["bias"]["right_value"] == pytest.approx(60.75, abs=1e-12)
    assert mistakes["bias"]["gradient"][2][2] == 0
    assert mistakes["bias"]["differences"][2][2] == pytest.approx(1)


def test_the_gradient_check_catches_each_mistake_and_passes_each_right_formula(mistakes):
    assert set(mistakes) == {"bias", "hinge", "softmax"}
    for r in mistakes.values():
        assert r["deviation"] > 0.1, r["name"]
        assert r["right_deviation"] < 1e-8, r["name"]
        assert r["right_error"] < 1e-15, r["name"]
        assert r["error"] > 0.1, r["name"]
    assert mistakes["hinge"]["deviation"] == pytest.approx(1.5)


def test_a_softmax_loss_without_its_own_class_is_negative_or_too_small(kinds, mistakes):
    assert mistakes["softmax"]["right_value"] == pytest.approx(2.0404, abs=5e-5)
    assert mistakes["softmax"]["value"] < mistakes["softmax"]["right_value"]
    assert min(r["right"] for r in kinds["loss"]) > 0
    assert min(r["value"] for r in kinds["loss"]) < -3


def test_five_digits_leave_a_tenth_in_each_slope(kinds):
    assert [round(r["computed"], 6) for r in kinds["slope"]] == [-2.5, 0.6, 0.0]
    for r in kinds["slope"]:
        assert r["published"] - r["low"] == pytest.approx(0.1)
        assert r["high"] - r["published"] == pytest.approx(0.1)
    rows = {r["decimals"]: r for r in kinds["digits"]}
    assert 0.05 < rows[5]["error"] < rows[5]["bound"] + rows[None]["error"]
    assert rows[5]["bound"] == pytest.approx(0.1)
    assert all(r["error"] <= r["bound"] + rows[None]["error"] * 1.01 for d, r in rows.items() if d)


def test_the_other_worked_numbers_are_right(kinds):
    rows = {r["what"]: r for r in kinds["worked"]}
    assert len(rows) == 12
    assert all(r["agrees"] for r in rows.values())
    assert rows["softmax of (3.2, 5.1, −1.7)"]["published"] == [0.13, 0.87, 0.0]
    assert rows["hinge of three pictures"]["computed"] == pytest.approx([2.9, 0, 12.9])
    assert rows["hinge of the second, W and 2W"]["computed"] == [0, 0]
    assert rows["hinge of (−2.85, 0.86, 0.28), class 2"]["computed"] == pytest.approx([1.58])
    assert rows["loss of 10 equal scores, log 10"]["computed"] == pytest.approx([np.log(10)], rel=1e-15)
    assert rows["first two scores of the four pixels"]["computed"] == pytest.approx([-96.8, 437.9])
    assert rows["their Σw²"]["computed"] == [1, 0.25]
    assert rows["their Σ|w|"]["computed"] == [1, 1]
