"""The studies of Hessians and of the decision map, in quick mode, and what they stand on."""

import numpy as np
import pytest

import derivlab as dl
from checks import measured_quickly
from derivlab.errors import TimedOutError, UnsupportedError
from derivlab.harness.cells import OUTCOMES

pytestmark = pytest.mark.filterwarnings("ignore")  # the outside libraries warn of each other


@pytest.fixture(scope="module")
def hessians():
    return measured_quickly("hessians")


@pytest.fixture(scope="module")
def which():
    return measured_quickly("which_method")


def cells(records, kind):
    return [r for r in records if r["kind"] == kind]


@pytest.mark.parametrize("name", ["hessians", "which"])
def test_every_cell_has_an_outcome_and_nothing_fails(name, request):
    for r in request.getfixturevalue(name)[1]:
        if "outcome" in r:
            assert r["outcome"] in set(OUTCOMES) - {"failed"}, (r["method"], r["detail"])
            assert (r["ratio"] is not None) == (r["outcome"] == "ok"), r["method"]
            assert r["detail"] or r["outcome"] == "ok"


def test_ten_thousand_inputs_take_three_products(hessians):
    (row,) = (r for r in cells(hessians[1], "time") if r["n"] == 10**4 and r["method"] == "coloured")
    assert row["outcome"] == "ok"
    assert row["products"] == 3
    assert row["error"] < 1e-15
    assert row["bytes"] < 10**6


def test_a_dense_hessian_of_ten_thousand_inputs_is_not_tried(hessians):
    rows = {r["method"]: r for r in cells(hessians[1], "time") if r["n"] == 10**4}
    for name in ("forward-over-reverse", "compiled", "by hand"):
        assert rows[name]["outcome"] == "out of memory"
        assert "763 MiB" in rows[name]["detail"]


def test_the_hessians_by_hand_are_those_of_the_truth(hessians):
    rows = cells(hessians[1], "certified")
    assert {r["function"] for r in rows} == {"rosenbrock", "helmholtz"}
    assert all(r["error"] < 1e-14 for r in rows)


@pytest.mark.parametrize("n", [2, 3, 17])
def test_the_sparse_hessian_by_hand_is_the_dense_one(hessians, n):
    from _hessian_forms import form

    valley = form("rosenbrock", n)
    assert np.array_equal(valley.banded(*valley.args).toarray(), valley.dense(*valley.args))


def test_the_picture_shows_a_colouring_that_recovers_every_entry(hessians):
    """Each entry is read where the product holds it, or its mirror image, and nothing else."""
    for r in cells(hessians[1], "pattern"):
        stored = list(zip(r["rows"], r["columns"], strict=True))
        for (row, column), colour, place in zip(stored, r["read"], r["place"], strict=True):
            inside = [(i, j) for i, j in stored if i == place and r["colours"][j] == colour]
            assert inside in ([(row, column)], [(column, row)])
    assert {r["name"]: r["products"] for r in cells(hessians[1], "pattern")} == {"tridiagonal": 3, "arrow": 2}


def test_the_family_by_hand_is_that_of_the_truth(which):
    from _map_forms import Mixing

    work = Mixing(3, 2)
    assert work.jacobian() == pytest.approx(dl.truth.jacobian(work)(work.x).value, rel=1e-13)
    second = dl.truth.directional(work.total, (work.x,), (work.v,), 2).value
    assert work.v @ work.curvature() @ work.v == pytest.approx(float(second), rel=1e-13)


def test_only_answers_within_the_bound_win(which):
    from _map_charts import winner

    row = {"least_seconds": 1.0, "error": 1e-12}
    rows = [
        row | {"method": "function", "least_seconds": 0.1, "error": None},
        row | {"method": "slow", "least_seconds": 3.0},
        row | {"method": "exact"},
        row | {"method": "coarse", "least_seconds": 0.5, "error": 1e-8},
        row | {"method": "absent", "least_seconds": None, "error": None},
    ]
    assert winner(rows, 1e-10, "least_seconds") == ("exact", 3.0)
    assert winner(rows, 1e-6, "least_seconds") == ("coarse", 2.0)
    assert winner(rows, 1e-14, "least_seconds") is None


def test_every_cell_of_the_map_has_a_winner(which):
    from _map_charts import BOUNDS, winner

    rows = cells(which[1], "jacobian")
    places = {(r["inputs"], r["outputs"]) for r in rows}
    assert places == {(m, n) for m in (1, 10, 100) for n in (1, 10, 100)}
    for place in places:
        mine = [r for r in rows if (r["inputs"], r["outputs"]) == place]
        assert winner(mine, BOUNDS[0], "least_seconds") is not None
        for r in mine:
            if r["method"].endswith("-compiled"):
                assert r["error"] < 1e-14


def test_regions_are_what_hangs_together(which):
    from _map_charts import regions

    won = {(0, 0): "a", (1, 0): "a", (0, 1): "b", (1, 1): "a", (2, 2): "a"}
    assert regions(won) == [("a", [(0, 0), (1, 0), (1, 1)]), ("b", [(0, 1)]), ("a", [(2, 2)])]


def test_a_contest_names_what_goes_wrong(which):
    from _contest import Contest

    def late():
        raise TimedOutError("did not finish within 0 s")

    def refused():
        raise UnsupportedError("not here")

    exact = np.array([1.0, 2.0])
    ways = {
        "right": lambda: lambda: exact.copy(),
        "wrong": lambda: lambda: exact + np.array([0, 1e-3]),
        "nan": lambda: lambda: exact * np.nan,
        "shape": lambda: lambda: exact[:1],
        "broken": lambda: lambda: 1 / 0,
        "late": late,
        "refused": refused,
    }
    found = Contest(1e-10, 2, 1e-5).run(ways, dict.fromkeys(ways, 5.0), exact, ("unit", lambda: None))
    assert {name: r["outcome"] for name, r in found.items()} == {
        "unit": "ok",
        "right": "ok",
        "wrong": "inaccurate",
        "nan": "inaccurate",
        "shape": "inaccurate",
        "broken": "failed",
        "late": "timed out",
        "refused": "unsupported",
    }
    assert [name for name, r in found.items() if r["ratio"] is not None] == ["unit", "right"]
    assert found["wrong"]["error"] == pytest.approx(5e-4)


@pytest.mark.parametrize("name", ["hessians", "which"])
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
    assert "nan" not in text
