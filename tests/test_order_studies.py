"""The studies of higher orders and of differences, in quick mode: they hold what they claim, and name the rest."""

import numpy as np
import pytest

from checks import measured_quickly
from derivlab.errors import TimedOutError, UnavailableError
from derivlab.harness.cells import OUTCOMES

pytestmark = pytest.mark.filterwarnings("ignore")  # the outside libraries warn of each other


@pytest.fixture(scope="module")
def higher_order():
    return measured_quickly("higher_order")


def at(records, function, order):
    return {r["method"]: r for r in records if (r["kind"], r["function"], r["order"]) == ("cell", function, order)}


def test_every_method_has_an_outcome_at_every_order(higher_order):
    from _order_methods import METHODS

    rows = [r for r in higher_order[1] if r["kind"] == "cell"]
    for function, order in {(r["function"], r["order"]) for r in rows}:
        assert tuple(at(rows, function, order)) == METHODS
    for r in rows:
        assert r["outcome"] in OUTCOMES
        assert r["outcome"] != "failed", r["detail"]
        assert (r["outcome"] == "ok") == (not r["detail"])
        assert (r["error"] is None) == (r["outcome"] not in ("ok", "inaccurate"))


@pytest.mark.parametrize("function", ["sin_exp", "tanh"])
def test_taylor_mode_keeps_its_digits_to_order_20(higher_order, function):
    cells = at(higher_order[1], function, 20)
    assert cells["taylor"]["error"] <= 1e-12
    assert cells["manual"]["error"] <= 1e-12
    assert cells["taylor"]["samples"]


def test_differences_end_at_order_6_and_nesting_runs_out_of_time(higher_order):
    cells = at(higher_order[1], "sin_exp", 20)
    assert {cells[m]["outcome"] for m in ("central-difference", "richardson")} == {"unsupported"}
    assert {cells[m]["outcome"] for m in ("forward", "jax")} == {"timed out"}
    assert at(higher_order[1], "sin_exp", 1)["richardson"]["error"] < 1e-9


def test_recurrences_by_hand_agree_with_each_other():
    from _order_methods import sin_exp_by_hand, sin_exp_by_sums

    assert sin_exp_by_hand(0.5, 20) == pytest.approx(sin_exp_by_sums(0.5, 20), rel=20 * 2.0**-52)


def test_what_timed_out_is_not_run_again(monkeypatch, higher_order):
    import higher_order as script

    asked = []

    def late(method, subject, order):
        asked.append((method, order))
        if method == "forward":
            raise TimedOutError("did not finish within 1 s")
        return ready(method, subject, order)

    ready = script.ready
    monkeypatch.setattr(script, "ready", late)
    monkeypatch.setattr(script, "METHODS", ("manual", "forward"))
    records = script.measure(True, lambda what, share: None)
    forward = [r for r in records if r["method"] == "forward" and r["function"] == "sin_exp"]
    assert {r["outcome"] for r in forward} == {"timed out"}
    assert forward[1]["detail"].startswith("not run: order 1 already timed out")
    assert [order for method, order in asked if method == "forward"] == [1, 1, 1]  # warm-up, and once a function


def test_a_wrong_derivative_is_called_inaccurate(monkeypatch, higher_order):
    import derivlab as dl
    import higher_order as script

    subject = script.SUBJECTS[0]
    exact = dl.truth.derivative(subject.function)(subject.x)
    monkeypatch.setattr(script, "ready", lambda method, subject, order: lambda: -float(exact.value))
    assert script.judged("taylor", subject, 1, 1.0, exact)[0]["outcome"] == "inaccurate"


def test_a_missing_library_is_unavailable(monkeypatch, higher_order):
    import _order_methods
    import higher_order as script

    def missing(library):
        raise UnavailableError(f"{library} is not installed; type: pip install {library}")

    monkeypatch.setattr(_order_methods, "load", missing)
    outcome, detail, *_ = script.attempt("jax-jet", script.SUBJECTS[0], 2, 5.0)
    assert outcome == "unavailable"
    assert "pip install jax" in detail


@pytest.fixture(scope="module")
def differences():
    return measured_quickly("differences")


def test_every_difference_answers_on_every_spec(differences):
    from _difference_family import FAMILY, PEERS

    rows = [r for r in differences[1] if r["kind"] == "spec"]
    assert {(r["spec"], r["method"]) for r in rows} == {(r["spec"], m) for r in rows for m in (*FAMILY, *PEERS)}
    for r in rows:
        assert r["outcome"] in ("ok", "unavailable"), (r["spec"], r["method"], r["detail"])
        assert (r["outcome"] == "ok") == (not r["detail"])


def test_automatic_steps_keep_their_promises(differences):
    from _difference_charts import totals

    rows = totals([r for r in differences[1] if r["kind"] == "spec"])
    assert rows["central"]["median"] <= 1e-9
    assert rows["richardson"]["median"] <= 1e-11
    assert rows["complex-step"]["worst"] <= 1e-14
    assert rows["complex-step"]["evaluations"] == 1
    assert rows["forward-fixed"]["evaluations"] == 2
    assert rows["central"]["judged"] > rows["central"]["evaluations"]


def test_the_estimate_bounds_the_error_or_says_that_it_cannot(differences):
    rows = {r["method"]: r for r in differences[1] if r["kind"] == "random"}
    for method in ("central", "richardson"):
        assert rows[method]["bounded_or_told"] >= 0.95
        assert rows[method]["trusted"] >= 0.95


def test_too_small_an_estimate_is_seen(monkeypatch, differences):
    import differences as script
    from _difference_family import random_subject

    subjects = [random_subject(np.random.default_rng(1)) for _ in range(5)]
    right = script.estimate

    def overconfident(method, subject):
        answer = right(method, subject)
        return type(answer)(answer.value * (1 + 1e-6), answer.error, answer.trusted, 0, 0)

    monkeypatch.setattr(script, "estimate", overconfident)
    assert script.on_random("richardson", subjects)["bounded"] == 0


def test_evaluations_are_counted_one_by_one(differences):
    from _difference_family import flattened, solve

    calls = []
    subject = flattened("rosenbrock")
    watched = type(subject)("watched", lambda x: calls.append(None) or subject.function(x), subject.x, subject.exact)
    assert solve("scipy", watched).evaluations == len(calls)


def test_without_numdifftools_its_cells_are_unavailable_and_the_rest_is_drawn(monkeypatch, differences):
    import _difference_family
    import differences as script

    load = _difference_family.load

    def missing(library):
        if library == "numdifftools":
            raise UnavailableError(f"{library} is not installed; type: pip install {library}")
        return load(library)

    monkeypatch.setattr(_difference_family, "load", missing)
    monkeypatch.setattr(script, "QUICK", 5)
    records = script.measure(True, lambda what, share: None)
    mine = [r for r in records if r["method"] == "numdifftools"]
    assert {r["kind"] for r in mine} == {"spec", "random"}
    assert all(r["outcome"] == "unavailable" and "pip install numdifftools" in r["detail"] for r in mine)
    assert len(script.draw(records)) == 3
    assert "numdifftools: unavailable" in script.summary(records)


def assert_drawn_and_told(study, records):
    for drawing in study.draw(records):
        figure = drawing.figure
        figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
        assert (pixels != 255).any(axis=-1).mean() > 0.01, drawing.name
        assert (pixels[:, [0, -1]] == 255).all(), f"{drawing.name} is cropped"
        assert drawing.caption.endswith(".")
    text = study.summary(records)
    assert "None" not in text
    assert "nan" not in text


@pytest.mark.parametrize("name", ["higher_order", "differences"])
def test_figures_are_whole_and_the_summary_names_everything(name, request):
    assert_drawn_and_told(*request.getfixturevalue(name))


@pytest.mark.parametrize("method", ["taylor", "central-difference", "jax-jet"])
@pytest.mark.parametrize("order", [1, 2, 6])
def test_figures_are_whole_where_a_method_ran_out_of_time(order, method, higher_order):
    study, records = higher_order
    late = dict.fromkeys(("prepare_seconds", "error", "evaluate_seconds", "ratio", "ratio_low", "ratio_high"))
    stopped = [
        r | late | {"outcome": "timed out", "detail": "did not finish within 2 s", "samples": []}
        if r["method"] == method and r["order"] >= order
        else r
        for r in records
    ]
    assert_drawn_and_told(study, stopped)
