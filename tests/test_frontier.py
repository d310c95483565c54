"""The study of size, accuracy and cost, from the shared records, and what it stands on."""

import numpy as np
import pytest

from checks import STUDIES, assert_whole
from derivlab.errors import TimedOutError
from derivlab.report.folder import load_study

pytestmark = pytest.mark.filterwarnings("ignore")  # the outside libraries warn of each other


@pytest.fixture(scope="module", autouse=True)
def _on_the_path():
    load_study(STUDIES, "frontier")


def counting(f):
    def counted(x):
        counted.calls += 1
        return f(x)

    counted.calls = 0
    return counted


def test_plain_differences_take_as_many_evaluations_as_they_say():
    import _plain_differences as plain

    cube, x = counting(lambda x: x * x * x), 1.5
    for quotient, evaluations, exact, error in (
        (plain.forward_slope, 2, 3 * x**2, 1e-7),
        (plain.central_slope, 2, 3 * x**2, 1e-9),
        (plain.second_slope, 3, 6 * x, 1e-6),
    ):
        cube.calls = 0
        assert quotient(cube, x) == pytest.approx(exact, rel=error)
        assert cube.calls == evaluations


def test_plain_gradients_and_hessians_leave_their_argument_and_count():
    import _plain_differences as plain

    x = np.array([1.0, 2.0, 0.5])
    v = np.array([0.3, -1.0, 2.0])
    slopes = np.array([x[1] * x[2], x[0] * x[2], x[0] * x[1]])
    curvature = np.array([[0, x[2], x[1]], [x[2], 0, x[0]], [x[1], x[0], 0]])
    for quotient, evaluations, exact, error in (
        (plain.forward_gradient, 4, slopes, 1e-7),
        (plain.central_gradient, 6, slopes, 1e-9),
        (plain.hessian, 16, curvature, 1e-4),
        (lambda f, x: plain.hessian_vector(f, x, v), 8, curvature @ v, 1e-4),
    ):
        product, given = counting(lambda x: x[0] * x[1] * x[2]), x.copy()
        np.testing.assert_allclose(quotient(product, given), exact, atol=error)
        assert product.calls == evaluations
        assert (given == x).all()


def forms(records, n, function="logistic-map"):
    return {r["method"]: r for r in records["frontier"] if (r["function"], r["n"]) == (function, n)}


def test_rewritten_forms_are_small_and_lose_their_digits(records):
    for n, low, high in ((4, 1e-13, 1e-11), (5, 1e-9, 1e-5), (6, 1e4, 1e7)):
        cells = forms(records, n)
        assert low < cells["symbolic-expanded"]["largest"] < high
        assert cells["symbolic-horner"]["largest"] < 20 * cells["symbolic-expanded"]["largest"]
        assert cells["symbolic-factored"]["largest"] < cells["symbolic-expanded"]["largest"]
        sizes = [cells[f"symbolic{form}"]["operations"] for form in ("-horner", "-expanded", "")]
        assert sizes == sorted(sizes)
        for form in ("symbolic", "symbolic-cse", "forward", "reverse", "forward-compiled", "reverse-compiled"):
            assert cells[form]["largest"] <= 5e-16, form
            assert cells[form]["median"] <= 4e-15, form


def test_the_frontier_of_sizes(records):
    cells = forms(records, 6)
    size = {method: r["operations"] for method, r in cells.items()}
    assert (size["symbolic"], size["symbolic-cse"], size["symbolic-expanded"]) == (768, 67, 92)
    assert size["symbolic-horner"] == 2 * (2**5 - 1)
    assert size["reverse-compiled"] < size["reverse"] < size["symbolic-cse"]
    assert size["forward-difference"] == 2 * 15 + 3
    assert 1e-10 < cells["central-difference"]["largest"] < 1e-5


def test_expanding_the_helmholtz_gradient_swells_and_keeps_the_digits(records):
    """The size of the formulas is asked for here, where no budget ends it."""
    from _frontier_forms import energy, way
    from frontier import errors

    subject = energy(2, 3)
    raw, expanded = (way(method, subject) for method in ("symbolic", "symbolic-expanded"))
    cells = forms(records, 2, "helmholtz")
    assert expanded.operations > 7 * raw.operations
    assert errors(expanded, subject)["largest"] < 1e-15
    assert cells["reverse-compiled"]["operations"] < cells["reverse"]["operations"] < raw.operations / 3
    assert cells["symbolic-horner"]["outcome"] == "unsupported"


def test_every_form_has_an_outcome(records):
    from _frontier_forms import FORMS

    rows = records["frontier"]
    for function, n in {(r["function"], r["n"]) for r in rows}:
        assert set(forms(records, n, function)) == set(FORMS)
    for r in rows:
        assert (r["outcome"] == "ok") == (not r["detail"])
        assert (r["least_ratio"] is None) == (r["outcome"] != "ok")


def test_what_timed_out_is_not_tried_on_more(monkeypatch):
    import frontier as script

    asked = []

    def slow(method, subject):
        asked.append((method, subject.n))
        if method == "symbolic-factored":
            raise TimedOutError("did not finish within 1 s")
        return way(method, subject)

    way = script.way
    monkeypatch.setattr(script, "way", slow)
    late = {}
    rows = [script.cells(script.iterate(n, 2), 60.0, 1, late) for n in (3, 4)]
    stopped = [r for cells in rows for r in cells if r["method"] == "symbolic-factored"]
    assert [r["outcome"] for r in stopped] == ["timed out"] * 2
    assert stopped[1]["detail"] == "not run: n = 3 already timed out"
    assert ("symbolic-factored", 4) not in asked
    assert ("symbolic-expanded", 4) in asked


def test_figures_are_whole(records):
    assert_whole("frontier", records["frontier"])


@pytest.mark.parametrize("method", ["symbolic-horner", "symbolic", "central-difference"])
def test_figures_are_whole_where_a_form_ran_out_of_time(records, method):
    late = dict.fromkeys(("operations", "largest", "median", "least_ratio", "least_seconds", "prepare_seconds"))
    late |= {"outcome": "timed out", "detail": "did not finish within 1 s"}
    stopped = [r | late if r["method"] == method else r for r in records["frontier"]]
    assert_whole("frontier", stopped)
    assert "None" not in load_study(STUDIES, "frontier").summary(stopped)
