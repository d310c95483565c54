"""What the studies of published tables and of the frontier stand on."""

from fractions import Fraction

import numpy as np
import pytest

from checks import STUDIES, assert_whole
from derivlab.errors import UnsupportedError
from derivlab.report.folder import load_study

pytestmark = pytest.mark.filterwarnings("ignore")  # the outside libraries warn of each other


@pytest.fixture(scope="module", autouse=True)
def _on_the_path():
    load_study(STUDIES, "published_tables")


def exact_slope(n, x):
    """lₙ′ at a rational number, by the recurrence."""
    v, v_dot = x, Fraction(1)
    for _ in range(n - 1):
        v, v_dot = 4 * v * (1 - v), 4 * v_dot - 8 * v * v_dot
    return v_dot


@pytest.mark.parametrize("n", [3, 4])
def test_the_printed_polynomials_are_the_derivatives_at_more_points_than_their_degree(n):
    from _survey_table import SIMPLIFIED

    factor, coefficients = SIMPLIFIED[n]
    for k in range(len(coefficients) + 1):
        x = Fraction(2 * k + 1, 17)
        assert factor * sum(c * x**power for power, c in enumerate(coefficients)) == exact_slope(n, x)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_simplified_forms_are_the_derivatives(n):
    from _survey_table import table_records

    simplified = next(r for r in table_records(n) if r["form"] == "simplified")
    for k in range(9):
        x = Fraction(2 * k + 1, 19)
        assert eval(simplified["text"], {"x": x}) == exact_slope(n, x)


def test_a_misprint_is_seen(monkeypatch):
    import _survey_table

    monkeypatch.setitem(_survey_table.SIMPLIFIED, 3, (16, (1, -10, 24, -15)))
    (record,) = (r for r in _survey_table.table_records(3) if r["form"] == "simplified")
    assert record["equal"]
    assert record["as_published"] is False
    monkeypatch.setattr(_survey_table, "simplify", lambda expanded: 2 * expanded)
    (record,) = (r for r in _survey_table.table_records(3) if r["form"] == "simplified")
    assert record["equal"] is False


@pytest.mark.parametrize(("n", "tree", "cse"), [(9, 13824, 157), (10, 34048, 195)])
def test_the_known_sizes_of_large_n(n, tree, cse):
    from _survey_table import size_record

    assert size_record(n, "tree")["operations"] == tree
    assert size_record(n, "cse")["operations"] == cse


def test_a_form_that_is_too_large_is_a_record_with_its_outcome(monkeypatch):
    import _survey_table

    def refused(problem, form):
        raise UnsupportedError(f"too large for {form}")

    monkeypatch.setattr(_survey_table, "derive", refused)
    record = _survey_table.size_record(10, "expanded")
    assert (record["outcome"], record["operations"]) == ("unsupported", None)
    assert record["detail"] == "too large for expanded"


def test_data_are_drawn_anew_inside_and_kept_outside():
    from _helmholtz_protocols import calls, draw

    seen = []
    made = calls({"function": lambda *args: seen.append(args)}, 4, draw(4, np.random.default_rng(1)))
    for protocol in ("outside", "inside"):
        for _ in range(2):
            made[protocol, "function"]()
    outside, again, inside, anew = (np.concatenate([np.ravel(part) for part in args]) for args in seen)
    assert (outside == again).all()
    assert not (inside == anew).any()
    assert inside.shape == outside.shape == (4 + 4 + 16,)


@pytest.mark.parametrize("slow", [0.0, 1.0])
def test_ratios_are_to_f_of_one_and_of_n_under_the_same_protocol(monkeypatch, slow):
    import _helmholtz_protocols as script

    monkeypatch.setattr(script, "SLOW", slow)
    monkeypatch.setattr(script, "LONG", 1e-4)
    spent = {"unit": 1.0, "function": 2.0, "forward": 8.0}
    made = {(protocol, name): lambda: None for protocol in script.PROTOCOLS for name in spent}
    fake = lambda run, **_: {key: type("R", (), {"samples": (9 * spent[key.split("/")[1]],)}) for key in run}
    monkeypatch.setattr(script, "interleaved", fake)
    monkeypatch.setattr(script, "seconds", lambda call: 0.5)
    found = script.timed(made, 3, 1e-4)
    assert set(found) == set(made)
    for protocol in script.PROTOCOLS:
        assert found[protocol, "forward"] == {"seconds": 72.0, "ratio_first": 8.0, "ratio_same": 4.0}
        assert found[protocol, "function"]["ratio_same"] == 1.0


def test_sums_are_broken_between_terms_only():
    from _published_charts import terms

    assert terms("-4 x (1 - x) + 2 (3 + x (1 - x)) - 1") == ["-4 x (1 - x) ", "+ 2 (3 + x (1 - x)) ", "- 1"]
    assert terms("x") == ["x"]


def test_the_survey_s_table_comes_out(records):
    cells = {(r["n"], r["form"]): r for r in records["published_tables"] if r["kind"] == "form"}
    assert all(cells[n, "simplified"]["equal"] for n in (1, 2, 3, 4))
    assert all(cells[n, "simplified"]["as_published"] for n in (3, 4))
    assert cells[4, "printed"]["equal"]
    sizes = {r["form"]: [] for r in records["published_tables"] if r["kind"] == "size"}
    for r in (r for r in records["published_tables"] if r["kind"] == "size"):
        sizes[r["form"]].append(r["operations"])
    assert sizes == {
        "tree": [2, 21, 82, 264, 768, 2096, 5472],
        "cse": [2, 12, 27, 45, 67, 93, 123],
        "expanded": [2, 8, 20, 44, 92, 188, 380],
    }


def test_published_figures_stand_beside_ours_with_their_ratio(records):
    rows = {(r["operation"], r["way"]): r for r in records["published_tables"] if r["kind"] == "operation"}
    published = {what: r["published"] for what, r in rows.items()}
    assert published["first derivative of l₁₀₀", "eager"] == published["first derivative of l₁₀₀", "compiled"] == 3.33
    assert published["second derivative of l₁₀₀", "compiled"] == 9.30
    assert [published["gradient", way] for way in ("compiled", "differences")] == [4.79, 161.36]
    assert [published["Hessian", way] for way in ("compiled", "differences")] == [810.22, 16750]
    assert [published["Hessian · v", way] for way in ("compiled", "differences")] == [9.62, 322.88]
    for (_, way), r in rows.items():
        assert r["outcome"] == "ok"
        assert r["against"] == r["least_ratio"] / r["published"]
        assert way == "differences" or r["error"] < 1e-15
    assert rows["first derivative of l₁₀₀", "differences"]["error"] > 0.9


def test_both_protocols_run_every_method_and_differences_alone_are_inexact(records):
    rows = [r for r in records["published_tables"] if r["kind"] == "helmholtz"]
    for n in {r["n"] for r in rows}:
        methods = [{r["method"] for r in rows if (r["n"], r["protocol"]) == (n, p)} for p in ("outside", "inside")]
        assert methods[0] == methods[1]
        assert {"function", "forward-difference", "forward", "reverse", "reverse-compiled", "jax"} <= methods[0]
    for r in rows:
        assert r["outcome"] == "ok", r["detail"]
        assert r["ratio_same"] > 0
        if r["error"] is not None:
            assert (r["error"] < 1e-14) == (r["method"] != "forward-difference"), r["method"]


def test_figures_are_whole(records):
    assert_whole("published_tables", records["published_tables"])


@pytest.mark.parametrize("method", ["jax", "forward-difference"])
def test_figures_are_whole_where_a_method_ran_out_of_time(records, method):
    late = dict.fromkeys(("seconds", "ratio_first", "ratio_same", "error", "least_ratio", "against"))
    late |= {"outcome": "timed out", "detail": "did not finish within 20 s"}
    stopped = [r | late if r.get("method") == method or r.get("way") == "differences" else r
               for r in records["published_tables"]]  # fmt: skip
    assert_whole("published_tables", stopped)
    summary = load_study(STUDIES, "published_tables").summary(stopped)
    assert f"{method}, n = 50: timed out" in summary
    assert "None" not in summary


def test_only_what_was_read_at_its_source_stands_as_published(reports, records):
    """Of the Helmholtz benchmark nothing is: its section holds this run's times alone."""
    sections = (reports / "published_tables" / "report.md").read_text().split("\n### ")
    helmholtz = [section for section in sections if section.startswith("Helmholtz")]
    assert len(helmholtz) == 2
    assert not any("ublished" in section for section in helmholtz)
    assert not any("published" in r for r in records["published_tables"] if r["kind"] == "helmholtz")
    (page,) = (section for section in sections if section.startswith("Operations of DiffSharp"))
    assert "http://diffsharp.github.io/DiffSharp/benchmarks.html" in page
