"""The studies of slides' mistakes and of gradient flow show what they claim."""

import numpy as np
import pytest

import derivlab as dl
from checks import unlinked


@pytest.fixture(scope="module")
def kinds(records):
    """The records of both studies by their kind."""
    found = {}
    for r in records["errata"] + records["gradient_flow"]:
        found.setdefault(r["kind"], []).append(r)
    return found


# The slides' mistakes.


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


# Gradient flow.


def nodes(kinds, graph):
    return [r for r in kinds["node"] if r["graph"] == graph]


def test_the_gate_has_the_published_numbers(kinds):
    gate = nodes(kinds, "add-mul-gate")
    assert [r["value"] for r in gate] == [-2, 5, -4, 3, -12]
    assert [r["gradient"] for r in gate] == [-4, -4, 3, -4, 1]


def test_the_four_patterns(kinds):
    gradients = {graph: [r["gradient"] for r in nodes(kinds, graph)] for graph in ("add", "multiply", "copy", "max")}
    assert gradients["add"][:3] == [2, 2, 2], "add distributes"
    assert gradients["multiply"][:3] == [15, 10, 5], "multiply swaps: 5·3 and 5·2"
    assert gradients["copy"][0] == 6, "copy adds"
    assert sorted(r["share"] for r in kinds["share"] if r["graph"] == "copy") == [2, 4]
    assert gradients["max"][:3] == [0, 9, 9], "max routes"


def test_the_neuron_has_the_published_numbers_as_one_gate_and_as_four(kinds):
    entries = {r["entry"]: r for r in kinds["entry"]}
    assert [round(r["exact"], 4) for r in entries.values()] == [-0.1966, 0.3932, -0.3932, -0.5898, 0.1966]
    assert all(round(r["exact"], 1) == r["published"] for r in entries.values())
    assert nodes(kinds, "neuron")[-1]["value"] == pytest.approx(0.7311, abs=5e-5)
    assert nodes(kinds, "neuron")[-2]["gradient"] == pytest.approx(nodes(kinds, "sigmoid")[0]["gradient"], rel=1e-15)
    drawn = [r["gradient"] for r in nodes(kinds, "neuron")[:5]]
    assert drawn == pytest.approx([r["exact"] for r in entries.values()], rel=1e-14)


def test_the_rectifier_is_a_mask(kinds):
    (r,) = kinds["rectifier"]
    assert r["x_bar"] == [4, 0, 5, 0]
    assert r["jacobian"] == np.diag([1.0, 0, 1, 0]).tolist()
    assert (np.array(r["jacobian"]).T @ r["z_bar"]).tolist() == r["x_bar"]


def test_the_traces_are_those_of_the_survey(kinds):
    lines = kinds["line"]
    assert [r["formula"] for r in lines] == ["", "", "ln v₋₁", "v₋₁ × v₀", "v₁ + v₂", "sin v₀", "v₃ − v₄"]
    assert [round(r["value"], 3) for r in lines] == [2, 5, 0.693, 10, 10.693, -0.959, 11.652]
    assert [r["tangents"][0] for r in lines] == pytest.approx([1, 0, 0.5, 5, 5.5, 0, 5.5])
    assert lines[-1]["tangents"][1] == pytest.approx(1.716, abs=5e-4)
    assert [r["cotangent"] for r in lines] == pytest.approx([5.5, lines[-1]["tangents"][1], 1, 1, 1, -1, 1])
    last = {r["parent"]: r["total"] for r in kinds["pull"]}
    assert all(last[k] == pytest.approx(lines[k]["cotangent"], rel=1e-15) for k in last)
    spec = dl.spec("wengert-example")
    exact = dl.truth.grad(spec.function, spec.argnums)(*spec.args)
    assert lines[-1]["tangents"] == pytest.approx([float(e) for e in exact], rel=1e-15)


def test_the_tables_stand_in_the_report(reports):
    text = unlinked((reports / "gradient_flow" / "report.md").read_text())
    assert "| v₂ = v₋₁ × v₀ | 10 | 5 | 2 |" in text
    assert "| v̄₋₁ = v̄₋₁ + v̄₁ · ∂v₁/∂v₋₁ | 5 + 1 · 0.5 | 5.5 |" in text
