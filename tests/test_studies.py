"""The studies, in quick mode: that they run, and that they show what they claim."""

import json
import random
import re
import subprocess
import sys

import pytest

from checks import STUDIES
from derivlab.comparison import default_methods
from derivlab.errors import TimedOutError
from derivlab.harness.store import read_records
from derivlab.harness.worker import Worker
from derivlab.report import tracing
from derivlab.report.credit import tex
from derivlab.report.figures import STYLES, as_svg
from derivlab.report.folder import load_study, study_files
from derivlab.report.legibility import faults
from derivlab.report.sameness import compared, is_measured

NAMES = (
    "checkers",
    "differences",
    "errata",
    "frontier",
    "gradient_flow",
    "hessians",
    "higher_order",
    "logistic_map",
    "mlp_loss",
    "pitfalls",
    "published_tables",
    "regression",
    "scaling",
    "sigmoid_neuron",
    "speed",
    "step_size",
    "training",
    "which_method",
)


def test_the_folder_holds_the_studies():
    assert tuple(study_files(STUDIES)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_study_writes_figures_data_report_and_provenance(reports, name):
    provenance = json.loads((reports / name / "provenance.json").read_text())
    assert provenance["figures"]
    assert all((reports / name / file).stat().st_size > 100 for file in provenance["files"])
    assert f"{name}/data.csv" in (reports / "index.html").read_text()
    assert provenance["question"] in (reports / name / "report.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_reports_hold_no_path_of_the_machine_and_no_date(reports, name):
    for file in ("report.md", "data.csv", "data.jsonl", "provenance.json"):
        text = (reports / name / file).read_text()
        assert str(STUDIES.parent) not in text
        assert str(reports) not in text
        assert (json.loads((reports / name / "provenance.json").read_text())["date"] in text) == (
            file == "provenance.json"
        )


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_drawn_again_from_the_records(reports, name):
    before = {path: path.read_bytes() for path in (reports / name).glob("*.svg")}
    load_study(STUDIES, name).redraw(reports / name)
    assert before == {path: path.read_bytes() for path in (reports / name).glob("*.svg")}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("name", NAMES)
def test_every_figure_can_be_read(records, name, style):
    """No text is cut off, covers other text, or is too small to read; no figure is empty."""
    found = {d.name: faults(d.figure, style) for d in load_study(STUDIES, name).drawings(records[name], style)}
    assert {drawing: lines for drawing, lines in found.items() if lines} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_words(records, name):
    drawings = load_study(STUDIES, name).draw(records[name])
    assert len({drawing.name for drawing in drawings}) == len(drawings)
    for drawing in drawings:
        assert len(drawing.alt) > 60, f"{drawing.name} says what is seen"
        assert drawing.alt.endswith(".")
        assert drawing.alt != drawing.caption
        assert drawing.caption.endswith(".")
        assert drawing.figure.get_suptitle()
        for text in (drawing.caption, drawing.figure.get_suptitle()):
            assert tex(text).isascii(), "any LaTeX can set it"


def other_times(records):
    """The same records with other times, each by a factor of its own."""
    rng = random.Random(0)

    def changed(value):
        if isinstance(value, list):
            return [changed(entry) for entry in value]
        return value * rng.uniform(1.2, 3.0) if isinstance(value, (int, float)) else value

    return [{key: changed(value) if is_measured(key) else value for key, value in r.items()} for r in records]


@pytest.mark.parametrize("name", NAMES)
def test_figures_say_whether_they_show_times(records, name):
    study, changed = load_study(STUDIES, name), other_times(records[name])
    for before, after in zip(study.drawings(records[name]), study.drawings(changed), strict=True):
        differs = as_svg(before.figure) != as_svg(after.figure) or before.alt != after.alt
        assert differs == before.timed, before.name


@pytest.mark.parametrize("name", NAMES)
def test_every_number_in_a_table_leads_to_a_record(records, name):
    study = load_study(STUDIES, name)
    plain, marked = study.summary(records[name]), study.summary(tracing.traced(records[name]))
    assert tracing.unmarked(marked) == plain
    text = tracing.linked(marked, lambda number, places: f"\0{number}\0")
    rows = [line.strip("| ").split(" | ")[1:] for line in text.splitlines() if line.startswith("| ")]
    number = re.compile(r"[-\d.,]*\d(e[-+]\d+)?( ?(%|ns|µs|ms|s|×|kB|MB|MiB))?")
    untraced = [cell for cells in rows for cell in cells if number.fullmatch(cell.strip())]
    assert untraced == []
    assert text.count("\0") > 20


@pytest.mark.parametrize("name", ["step_size", "sigmoid_neuron"])
def test_a_second_run_says_the_same(reports, name, tmp_path):
    """Records up to times, and the bytes of every figure that shows none, in another process."""
    command = [sys.executable, "-m", "derivlab.cli", "report", name, "--quick", "--json", "--output", str(tmp_path)]
    again = subprocess.run(
        [*command, "--against", str(reports)], cwd=STUDIES.parent, capture_output=True, text=True, check=False
    )
    assert (again.returncode, json.loads(again.stdout)["studies"][0]["detail"]) == (0, "")
    assert compared(tmp_path / name, reports / name).differences == []


def test_a_study_runs_alone_as_a_script(tmp_path):
    command = [sys.executable, str(STUDIES / "logistic_map.py"), "--quick", "--output", str(tmp_path)]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1].endswith("report.md")
    assert answer.stderr == ""
    assert (tmp_path / "index.html").is_file()
    cells = read_records(tmp_path / "logistic_map" / "data.jsonl")
    assert any(r["kind"] == "swell" and r["form"] == "tree" and r["outcome"] == "ok" for r in cells)


def swell(records):
    return {(r["form"], r["n"]): r for r in records["logistic_map"] if r["kind"] == "swell"}


def test_swell_has_the_known_sizes(records):
    cells = swell(records)
    for form, sizes in {
        "tree": [2, 21, 82, 264, 768, 2096, 5472],
        "cse": [2, 12, 27, 45, 67, 93, 123],
        "expanded": [2, 8, 20, 44, 92],
    }.items():
        assert [cells[form, n]["operations"] for n in range(2, 2 + len(sizes))] == sizes
    assert cells["forward", 8]["operations"] < cells["cse", 8]["operations"] < cells["tree", 8]["operations"]


def test_the_expanded_form_is_small_and_useless(records):
    cells = swell(records)
    assert cells["expanded", 6]["operations"] < cells["tree", 6]["operations"] / 8
    assert 1e-13 < cells["expanded", 4]["error"] < 1e-11
    assert 1e-9 < cells["expanded", 5]["error"] < 1e-5
    assert cells["expanded", 6]["error"] > 1e3
    for form in ("tree", "dag", "cse", "forward", "reverse"):
        assert cells[form, 6]["error"] < 2e-15, form


def test_every_form_has_a_cell_at_every_n_and_what_is_missing_is_named(records):
    cells = swell(records)
    assert len(cells) == 6 * max(n for _, n in cells)
    late = [cells["expanded", n] for n in range(1, 9) if cells["expanded", n]["outcome"] != "ok"]
    assert {r["outcome"] for r in late} == {"timed out"}
    assert late[0]["detail"] == "did not finish within 1.5 s"
    assert all(r["detail"].startswith(f"not run: n = {late[0]['n']} already timed out") for r in late[1:])


def test_a_form_does_not_pay_for_the_one_before_that_ran_out_of_time(monkeypatch):
    load_study(STUDIES, "logistic_map")
    import logistic_map as script

    class Replaced(Worker):
        """Runs here; cold at the start and after it ran out of time, as a process that was replaced."""

        warm = False

        def run(self, function, *args, seconds):
            if function is script.warm_up:
                self.warm = True
                return None
            if args[0] == "expanded" or not self.warm:
                self.warm = False
                raise TimedOutError("did not finish within 1 s")
            return function(*args)

    monkeypatch.setattr(script, "Worker", Replaced)
    monkeypatch.setattr(script, "FORMS", {form: script.FORMS[form] for form in ("expanded", "forward")})
    found = [r for r in script.measure(True, lambda what, share: None) if r["kind"] == "swell"]
    assert {r["outcome"] for r in found if r["form"] == "expanded"} == {"timed out"}
    assert {r["outcome"] for r in found if r["form"] == "forward"} == {"ok"}


def test_four_ways_agree_and_one_is_off(records):
    ulps = {r["method"]: r["ulps"] for r in records["logistic_map"] if r["kind"] == "way"}
    assert all(ulps[m] <= 8 for m in ("manual", "manual, closed form", "symbolic", "forward", "reverse"))
    assert ulps["central-difference"] > 1e5


def test_predicted_steps_are_the_known_ones_and_near_the_best(records):
    rows = records["step_size"]
    predicted = {(r["dtype"], r["method"]): r["h"] for r in rows if r["kind"] == "optimum"}
    assert predicted["float64", "forward-difference"] == pytest.approx(1.95e-9, rel=5e-3)
    assert predicted["float64", "central-difference"] == pytest.approx(3.65e-7, rel=5e-3)
    for (dtype, method), h in predicted.items():
        tried = [r for r in rows if r["kind"] == "scheme" and (r["dtype"], r["method"]) == (dtype, method)]
        best = min(tried, key=lambda r: r["error_median"])
        assert 1 / 30 < best["h"] / h < 30, "within one and a half decades"


def test_no_step_reaches_the_exact_methods(records):
    rows = [r for r in records["step_size"] if r["dtype"] == "float64"]
    exact = max(r["error_median"] for r in rows if r["kind"] == "exact")
    best = min(r["error_median"] for r in rows if r["kind"] == "scheme" and r["method"].endswith("difference"))
    assert exact < 4e-15
    assert best > 1e3 * exact
    complex_step = [r["error_median"] for r in rows if r["method"] == "complex-step" and r["h"] <= 1e-9]
    assert max(complex_step) < 4e-15


def test_the_tails_are_lost_by_jax_and_kept_by_ours(records):
    tails = {
        (r["function"], r["method"], r["x"]): r["relative"] for r in records["sigmoid_neuron"] if r["kind"] == "tail"
    }
    assert tails["sigmoid", "jax", 40.0] == pytest.approx(1)
    assert tails["tanh", "jax", 20.0] == pytest.approx(1)
    for function in ("sigmoid", "sigmoid by hand", "tanh"):
        for method in ("forward", "reverse"):
            worst = max(v for (f, m, _), v in tails.items() if (f, m) == (function, method))
            assert worst <= 4 * 2.0**-52, (function, method)


def test_the_worked_point_has_the_published_gradient(records):
    exact = {r["entry"]: r["exact"] for r in records["sigmoid_neuron"] if r["kind"] == "entry"}
    assert [round(value, 4) for value in exact.values()] == [-0.1966, -0.3932, 0.1966, 0.3932, -0.5898]


def test_the_network_has_a_named_outcome_for_every_method(records):
    cells = {(r["size"], r["method"]): r for r in records["mlp_loss"]}
    for method in ("manual", "reverse", "jax"):
        assert cells["large", method]["outcome"] == "ok"
        assert cells["large", method]["normwise"] < 1e-12
    for method in ("symbolic", "symbolic-cse", "forward-difference", "central-difference", "complex-step", "forward"):
        assert cells["large", method]["outcome"] == "timed out"
        assert "within" in cells["large", method]["detail"]
    assert len(cells) == 2 * len(default_methods())
