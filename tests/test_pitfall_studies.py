"""The cards of pitfalls: a verdict on every method, and every number that the study is about."""

import importlib.util
from fractions import Fraction

import numpy as np
import pytest

from checks import unlinked

HAVE_TORCH = importlib.util.find_spec("torch") is not None
METHODS = (
    "symbolic", "textbook-difference", "central-difference", "complex-step", "forward", "reverse", "reverse-compiled",
    "jax", "torch",
)  # fmt: skip
LETTERS = {
    "✓": "right", "≈": "approximate", "✗": "wrong", "n": "nan", "∈": "accepted", "⊘": "refused", "t": "timed out",
}  # fmt: skip
VERDICTS = {
    "σ(x) at 40": "✓✗✗✓✓✓✓✗✗",
    "tanh x at 20": "✗✗✗✓✓✓✓✗✗",
    "1/(1 + e⁻ˣ) at 40": "✓✗✗✓✓✓✓✓✓",
    "where(x>0, √x, 0) at 0": "∈∈∈∈∈nnnn",
    "where(x>0, √x, 0) at −1": "✓✓✓✓✓nnnn",
    "guarded twice, at −1": "✓✓✓✓✓✓✓✓✓",
    "√x at 0": "✓✗⊘✗✓✓✓✓✓",
    "√(x·x) at 0": "∈∈∈nnnnnn",
    "√(x·x·x·x) at 0": "✓✓✓✓nnnnn",
    "relu(x) at 0": "∈∈∈∈∈∈∈∈∈",
    "max(x, 0) at 0": "∈∈∈∈∈∈∈∈∈",
    "|x| at 0": "∈∈∈∈∈∈∈∈∈",
    "0·x if x == 0 else x, at 0": "✗✓✓✗✗✗✗✗✗",
    "√a, 4 Newton steps, at 2": "≈≈≈≈≈≈≈≈≈",
    "√a, 5 Newton steps, at 2": "✓≈≈✓✓✓✓✓✓",
    "l₅₀ at 0.2": "t✗✗✗✗✗✗✗✗",
    "l₆₀ at 0.2": "t✗✗✗✗✗✗✗✗",
    "log(eˣ + e⁰) at 1000": "nnn✗nnnnn",
    "1/(1 + e⁻ˣ) at −800": "n✓✓nnnnnn",
    "softplus(x) at 1000": "n✓✓✓✓✓✓✓✓",
    "σ(x) at −800": "n✓✓✓✓✓✓✓✓",
    "(1 − cos x)/x² at 10⁻⁵": "✗✗✗✗✗✗✗✗✗",
    "log(1 + x)/x at 10⁻¹⁰": "✗≈✗✗✗✗✗✗✗",
    "log1p(x)/x at 10⁻¹⁰": "≈≈≈≈≈≈≈≈≈",
    "its power series at 10⁻¹⁰": "✓≈≈✓✓✓✓✓✓",
    "x · d/dy (x + y) at 1": "⊘✓✓⊘✓✓✓✓✓",
    "x · d/dy (x·y) at 4": "⊘✓≈⊘✓✓✓✓✓",
    "sin x at 10¹⁶": "✓✗✗✓✓✓✓✓✓",
    "sin x ± 10⁻⁶ noise, at 0.7": "✓✗≈✓✓✓✓✓✓",
    "l₄ in float32 at 0.2": "✓≈✓✓✓✓✓✓✓",
    "sin x to 3 decimals, at 0.33": "✗✗✗✗✗✗✗✗✗",
    "⌊100 x⌋/100, at 0.335": "✗✗✗✗✗✗✗✗✗",
    "table[int(8 x)], at 0.33": "⊘✗✗⊘⊘⊘⊘✗✗",
}
"""For each demonstration the verdicts on the methods, in their order."""
AD = ("forward", "reverse", "reverse-compiled")


@pytest.fixture(scope="module")
def cells(records):
    return {(r["shown"], r["method"]): r for r in records["pitfalls"] if r["kind"] == "cell"}


@pytest.fixture(scope="module")
def kinds(records):
    """The records of the study by their kind."""
    found = {}
    for r in records["pitfalls"]:
        found.setdefault(r["kind"], []).append(r)
    return found


@pytest.mark.parametrize("shown", VERDICTS)
def test_every_method_has_the_verdict(cells, shown):
    found = {method: cells[shown, method]["verdict"] for method in METHODS}
    expected = {method: LETTERS[letter] for method, letter in zip(METHODS, VERDICTS[shown], strict=True)}
    if not HAVE_TORCH:
        expected["torch"] = "unavailable"
        assert cells[shown, "torch"]["detail"] == "torch is not installed; type: pip install torch"
    assert found == expected


def test_no_demonstration_is_without_verdicts(cells, kinds):
    assert {shown for shown, _ in cells} == set(VERDICTS)
    assert len(kinds["card"]) == 12
    assert {r["card"] for r in cells.values()} == {r["card"] for r in kinds["card"]}
    assert all(r["lesson"].endswith(".") for r in kinds["card"])


def test_every_exact_derivative_is_certified_or_derived(cells):
    for (shown, _), r in cells.items():
        assert r["source"], shown
        assert (r["exact"] is None) == (r["least"] is not None), shown


def test_every_refusal_says_why(cells):
    for r in cells.values():
        assert bool(r["detail"]) == (r["verdict"] in ("refused", "timed out", "unavailable")), r
    refused = cells["table[int(8 x)], at 0.33", "forward"]["detail"]
    assert "would lose it" in refused
    assert "np.trunc(x)" in refused


def test_tails(cells, kinds):
    assert cells["σ(x) at 40", "jax"]["answer"] == 0
    assert cells["σ(x) at 40", "jax"]["exact"] == pytest.approx(4.248e-18, rel=1e-4)
    assert cells["tanh x at 20", "jax"]["answer"] == 0
    assert cells["tanh x at 20", "jax"]["exact"] == pytest.approx(1.70e-17, rel=1e-3)
    tail = {(r["method"], r["x"]): r for r in kinds["tail"]}
    assert tail["jax", 20.0]["error"] == pytest.approx(3.6e-8, rel=0.01)
    assert tail["jax", 30.0]["error"] == pytest.approx(1e-3, rel=0.03)
    assert tail["jax", 40.0]["slope"] == 0
    for way in ("formula", "reverse"):
        assert max(r["error"] for r in kinds["tail"] if r["method"] == way) < 4.5e-16
    assert max(r["error"] for r in kinds["tail"] if r["method"] == "formula") < 2.5e-16
    steps = [r["slope"] / 2.0**-52 for r in kinds["tail"] if r["method"] == "jax" and r["x"] > 34]
    assert all(abs(step - round(step)) < 1e-9 for step in steps)


@pytest.mark.skipif(not HAVE_TORCH, reason="torch is not installed")
def test_torch_loses_the_tails_too(cells):
    assert cells["σ(x) at 40", "torch"]["answer"] == 0
    assert cells["tanh x at 20", "torch"]["answer"] == 0


def test_a_branch_not_taken_is_nan_in_reverse_and_zero_in_forward_mode(cells):
    for shown in ("where(x>0, √x, 0) at 0", "where(x>0, √x, 0) at −1"):
        assert [cells[shown, m]["answer"] for m in ("forward", "jax-forward")] == [0, 0]
        assert all(np.isnan(cells[shown, m]["answer"]) for m in ("reverse", "reverse-compiled", "jax"))


def test_roots_at_zero_are_infinite_or_nan(cells):
    for method in (*AD, "jax"):
        assert cells["√x at 0", method]["answer"] == np.inf
        assert np.isnan(cells["√(x·x) at 0", method]["answer"])
        assert np.isnan(cells["√(x·x·x·x) at 0", method]["answer"])


def test_at_kinks_each_picks_another_slope(cells):
    picked = {m: [cells[s, m]["answer"] for s in ("relu(x) at 0", "max(x, 0) at 0", "|x| at 0")] for m in METHODS}
    assert picked["jax"] == [0, 0.5, 1]
    assert picked["forward"] == picked["reverse"] == [0, 0.5, 0]
    assert picked["textbook-difference"] == [0.5, 0.5, 0]
    accepted = [(cells[s, "jax"]["least"], cells[s, "jax"]["largest"]) for s in ("max(x, 0) at 0", "|x| at 0")]
    assert accepted == [(0, 1), (-1, 1)]


def test_a_branch_on_equality_has_another_slope(cells):
    assert {cells["0·x if x == 0 else x, at 0", m]["answer"] for m in (*AD, "jax")} == {0}
    assert cells["0·x if x == 0 else x, at 0", "jax"]["exact"] == 1


def test_the_derivative_of_newton_lags(kinds, cells):
    rows = {(r["scheme"], r["k"]): r for r in kinds["iteration"]}
    assert rows["newton", 4]["value_error"] == pytest.approx(1.6e-12, rel=0.02)
    assert rows["newton", 4]["slope_error"] == pytest.approx(1.8e-11, rel=0.03)
    later = [r for r in kinds["iteration"] if r["k"] > 5]
    assert all(r["slope_error"] > 2 * r["value_error"] for r in later)
    run = cells["√a, 4 Newton steps, at 2", "forward"]
    assert abs(run["answer"] - run["exact"]) == pytest.approx(1.8e-11, rel=0.03)


def test_chaos(kinds, cells):
    rows = {r["n"]: r for r in kinds["chaos"]}
    assert rows[50]["slope"] == pytest.approx(5.50e14, rel=1e-3)
    assert rows[50]["exact_at_fifth"] == pytest.approx(5.17e14, rel=1e-3)
    assert rows[50]["exact"] == pytest.approx(5.24e14, rel=1e-3), "the double 0.2 is not 1/5"
    assert rows[60]["error_at_fifth"] == pytest.approx(0.24, abs=0.005)
    assert rows[60]["exact"] * rows[60]["slope"] < 0, "at the double itself, not even the sign is right"
    assert rows[60]["error"] > 3
    assert cells["l₅₀ at 0.2", "forward"]["answer"] == rows[50]["slope"]
    assert max(r["error"] * 2.0 ** -r["n"] for r in kinds["chaos"]) < 2**5 * 2.0**-53


def test_the_exact_chaos_at_one_fifth_is_that_of_rational_numbers(kinds):
    x, slope = Fraction(1, 5), Fraction(1)
    for n in range(2, 13):
        x, slope = 4 * x * (1 - x), (4 - 8 * x) * slope
        row = next((r for r in kinds["chaos"] if r["n"] == n), None)
        assert row is None or row["exact_at_fifth"] == float(slope)


def test_overflow_is_nan_and_the_shifted_functions_are_right(cells):
    for shown, exact in (("log(eˣ + e⁰) at 1000", 1.0), ("1/(1 + e⁻ˣ) at −800", 0.0)):
        assert all(np.isnan(cells[shown, m]["answer"]) for m in (*AD, "jax", "symbolic"))
        assert cells[shown, "jax"]["exact"] == exact


def test_cancellation_ruins_the_derivative_by_orders_of_magnitude(cells):
    for method in (*AD, "jax", "symbolic"):
        assert cells["(1 − cos x)/x² at 10⁻⁵", method]["error"] > 1e3
        assert cells["log(1 + x)/x at 10⁻¹⁰", method]["error"] > 1e3
    exact = cells["(1 − cos x)/x² at 10⁻⁵", "jax"]["exact"]
    assert exact == pytest.approx(-1e-5 / 12, rel=1e-9)


def test_tags_prevent_perturbation_confusion(cells):
    for shown, exact, confused in (("x · d/dy (x + y) at 1", 1.0, 2.0), ("x · d/dy (x·y) at 4", 8.0, 5.0)):
        assert [cells[shown, m]["answer"] for m in (*AD, "jax")] == [exact] * 4
        assert cells[shown, "untagged"]["answer"] == confused


def test_no_step_is_right_far_from_zero_or_under_noise(kinds):
    rows = [r for r in kinds["step"] if r["h"] is not None]
    best = {}
    for r in rows:
        best[r["case"], r["size"]] = min(r["error"], best.get((r["case"], r["size"]), np.inf))
    far = [best["far", x] for x in (1.0, 1e4, 1e8, 1e12)]
    assert far == sorted(far)
    assert far[-1] > 1e-4
    assert [best["noise", s] > bound for s, bound in ((1e-9, 1e-7), (1e-6, 1e-5), (1e-3, 1e-3))] == [True] * 3
    assert max(r["error"] for r in kinds["step"] if r["h"] is None) < 2e-16


def test_steps_have_the_derivative_zero(cells):
    for shown in ("sin x to 3 decimals, at 0.33", "⌊100 x⌋/100, at 0.335"):
        assert {cells[shown, m]["answer"] for m in (*AD, "jax")} == {0}
    assert cells["table[int(8 x)], at 0.33", "jax"]["answer"] == 0, "JAX and PyTorch do not refuse"


def test_the_report_cites_its_source_and_shows_the_verdicts(reports):
    text = unlinked((reports / "pitfalls" / "report.md").read_text())
    assert "2305.07546" in text
    assert "| JAX | 0: wrong | 0: wrong | 4.24835e-18: right |" in text
