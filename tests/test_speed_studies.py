"""The studies of speed and scaling, in quick mode: every cell has an outcome, and no figure is empty."""

import re

import numpy as np
import pytest

from checks import measured_quickly
from derivlab.errors import UnavailableError
from derivlab.harness.cells import OUTCOMES

PEERS = ("torch", "autograd", "casadi")
pytestmark = pytest.mark.filterwarnings("ignore")  # the outside libraries warn of each other


@pytest.fixture(scope="module")
def speed():
    return measured_quickly("speed")


@pytest.fixture(scope="module")
def scaling():
    return measured_quickly("scaling")


def cells(records, kind="cell"):
    return [r for r in records if r["kind"] == kind]


def test_every_method_has_an_outcome_on_every_workload(speed):
    rows = cells(speed[1])
    methods = {r["method"] for r in rows} - {"jax-loop", "forward-jit"}
    for name in {r["workload"] for r in rows}:
        mine = {r["method"]: r for r in rows if r["workload"] == name}
        assert methods <= set(mine)
        assert all(r["outcome"] in OUTCOMES for r in mine.values())
        assert all(r["detail"] for r in mine.values() if r["outcome"] != "ok")


def test_nothing_fails_and_ours_are_timed(speed):
    for r in cells(speed[1]):
        assert r["outcome"] != "failed", (r["workload"], r["method"], r["detail"])
        if r["method"] in ("manual", "reverse", "reverse-compiled", "jax-jit"):
            assert r["outcome"] == "ok", (r["workload"], r["method"], r["detail"])
            assert r["ratio_low"] <= r["ratio"] <= r["ratio_high"]
            assert r["samples"]


def test_only_right_derivatives_are_timed(speed):
    for r in cells(speed[1]):
        if r["ratio"] is not None and r["method"] != "central-difference":
            assert r["error"] <= 1e-10, (r["workload"], r["method"])


@pytest.mark.parametrize("name", PEERS)
def test_a_missing_library_is_unavailable_and_says_what_to_type(name, monkeypatch, speed):
    import _contestants
    import _workloads
    import speed as script

    def missing(library):
        raise UnavailableError(f"{library} is not installed; type: pip install {library}")

    monkeypatch.setattr(_contestants, "load", missing)
    outcome, detail, call, seconds = script.attempt(name, _workloads.tiny(), 5.0)
    assert (outcome, call, seconds) == ("unavailable", None, None)
    assert f"pip install {name}" in detail


def test_a_wrong_derivative_is_not_timed(monkeypatch, speed):
    import _workloads
    import speed as script

    work = _workloads.tiny()
    exact = work.derivative(work.by_hand())
    monkeypatch.setattr(script, "ready", lambda method, work: lambda: (0.0, exact[0] * (1 + 1e-8)))
    record, call, _ = script.judged("torch", work, exact, 5.0)
    assert record["outcome"] == "inaccurate"
    assert call is None


def test_passes_are_counted_and_none_is_free(speed):
    rows = cells(speed[1], "pass")
    for name in {r["workload"] for r in rows}:
        count = {r["without"]: r["operations"] for r in rows if r["workload"] == name}
        assert count["all"] <= count["none"]
        assert count["all"] == count["buffers"]


def test_scaling_names_every_cell(scaling):
    for r in scaling[1]:
        assert r.get("outcome", "ok") in OUTCOMES
        assert r["kind"] in ("time", "memory", "operations", "nodes")
        if r["kind"] == "time" and r["method"].startswith("reverse"):
            assert r["outcome"] == "ok"


def test_a_reverse_gradient_is_a_few_times_the_arithmetic_of_its_function(scaling):
    ratios = {r["spec"]: r["reverse-compiled"] / r["function"] for r in scaling[1] if r["kind"] == "operations"}
    assert max(ratios.values()) <= 4
    assert {"helmholtz", "gmm", "mlp-loss", "rosenbrock"} <= set(ratios)
    assert not {"tanh", "log-sum-exp"} & set(ratios)


def test_reverse_mode_runs_on_long_lists(scaling):
    rows = {r["nodes"]: r for r in scaling[1] if r["kind"] == "nodes" and r["method"] == "reverse"}
    assert rows[10**5]["outcome"] == "ok"
    assert rows[10**5]["bytes"] < 1500 * 10**5


@pytest.mark.parametrize("name", ["speed", "scaling"])
def test_figures_are_not_empty_and_the_summary_names_everything(name, request):
    study, records = request.getfixturevalue(name)
    for drawing in study.draw(records):
        figure = drawing.figure
        figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
        assert (pixels != 255).any(axis=-1).mean() > 0.01, drawing.name
        assert drawing.caption.endswith(".")
    text = study.summary(records)
    assert "None" not in text
    assert not re.search(r"\bnan\b", text)
