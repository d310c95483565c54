"""The command: what it prints, what it refuses, and its exit codes."""

import json
import math
import sys
from pathlib import Path

import pytest

import derivlab as dl
from derivlab import cli
from derivlab.report.steps import step_errors
from hostile import fuzz

STUDY = """
from derivlab.report import figures
from derivlab.report.study import Drawing, Study

def measure(quick, progress):
    {body}

def draw(records):
    return [Drawing("figure", figures.panels("A figure")[0], "A caption.")]

STUDY = Study("{name}", "A title", "A question?", measure, draw, lambda records: "Findings.")
"""


@pytest.fixture
def studies(tmp_path, monkeypatch):
    folder = tmp_path / "studies"
    folder.mkdir()
    (folder / "good_toy_study.py").write_text(STUDY.format(name="good_toy_study", body="return [{'kind': 'x'}]"))
    (folder / "bad_toy_study.py").write_text(
        STUDY.format(name="bad_toy_study", body="raise ValueError('broken on purpose')")
    )
    (folder / "_helper.py").write_text("raise RuntimeError('a helper is no study')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for path in folder.glob("*_toy_study.py"):
        monkeypatch.delitem(sys.modules, path.stem, raising=False)
    return folder


def run(capsys, *arguments):
    try:
        code = cli.main(arguments)
    except SystemExit as stop:
        code = stop.code
    output = capsys.readouterr()
    return code, output.out, output.err


def test_list_names_everything(capsys, studies):
    code, out, _ = run(capsys, "list")
    assert code == 0
    for word in ("logistic-map", "--n 4", "reverse", "vjp", "good_toy_study"):
        assert word in out
    code, out, _ = run(capsys, "list", "--json")
    assert "good_toy_study" in json.loads(out)["studies"]
    assert "_helper" not in json.loads(out)["studies"]


def test_compare_takes_the_parameters_of_the_spec(capsys):
    code, out, _ = run(capsys, "compare", "logistic-map", "--n", "8", "--methods", "forward,manual")
    assert code == 0
    assert "logistic-map n=8" in out
    assert "manual" in out
    code, out, _ = run(capsys, "compare", "--n", "3", "logistic-map", "--methods", "manual", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["spec"] == "logistic-map n=3"
    assert data["records"][0]["outcome"] == "ok"


@pytest.mark.parametrize(("typed", "outcome"), [("False", "ok"), ("true", "inaccurate")])
def test_compare_takes_truth_values(capsys, typed, outcome):
    _, out, _ = run(capsys, "compare", "log-sum-exp", "--naive", typed, "--methods", "reverse", "--json")
    data = json.loads(out)
    assert data["spec"] == f"log-sum-exp naive={typed.title()}"
    assert data["records"][0]["outcome"] == outcome


def test_compare_writes_a_plot(capsys, tmp_path):
    target = tmp_path / "new" / "figure.svg"
    code, _, err = run(capsys, "compare", "add-mul-gate", "--methods", "manual,reverse", "--plot", str(target))
    assert (code, err.strip()) == (0, str(target))
    assert target.read_text().startswith("<?xml")


def test_compare_takes_a_formula(capsys):
    formula = "sin(x)*exp(-x**2)"
    code, out, _ = run(
        capsys, "compare", formula, "--at", "x=0.7", "--methods", "symbolic,reverse", "--latex", "--source"
    )
    assert code == 0
    for text in ("f(x) = sin(x)*exp(-x**2)   at x=0.7", "derivative of sin(x)*exp(-x**2)", "-0.083968151006932",
                 r"f &= e^{-x^{2}} \sin x", "value = t1 * t4"):  # fmt: skip
        assert text in out


def test_compare_takes_several_variables_and_vectors(capsys):
    code, out, _ = run(
        capsys, "compare", "-x*y[0] + sum(y)", "--at", "x=2", "--at", "y=[1,3]", "--methods", "reverse", "--json"
    )
    data = json.loads(out)
    assert code == 0
    assert data["at"] == {"x": 2.0, "y": [1.0, 3.0]}
    assert data["records"][0]["value"] == [-1.0, [-1.0, 1.0]]
    code, out, _ = run(capsys, "compare", "-x", "--at", "x=2", "--methods", "reverse")
    assert code == 0
    assert "derivative of -x" in out
    code, out, _ = run(capsys, "compare", "x*x[0]", "--at", "x=[1,2]", "--methods", "reverse")
    assert "[[2, 0], [2, 1]]" in out
    code, out, _ = run(
        capsys, "compare", "sum(x**3)/3", "--at", "x=[1.1,2.1,3.1,4.1,5.1,6.1,7.1,8.1]", "--methods", "reverse"
    )
    assert "[1.21, 4.41, 9.61, 16.81, 26.01, 37.21, 50.41, 65.61]" in out
    assert "…" not in out


def test_compare_writes_the_step_study_and_the_graph(capsys, tmp_path):
    steps, graph = tmp_path / "steps.svg", tmp_path / "graph.svg"
    code, _, err = run(capsys, "compare", "x**3", "--at", "x=0.7", "--methods", "reverse", "--steps", str(steps),
                       "--graph", str(graph), "--json")  # fmt: skip
    assert (code, err.split()) == (0, [str(steps), str(graph)])
    assert "central difference" in steps.read_text()
    assert graph.read_text().startswith("<?xml")


def test_the_step_study_measures_the_slopes_of_truncation():
    records = step_errors(dl.Spec(dl.parse("exp(x)"), (0.5,), "derivative"), per_decade=1)
    errors = {(r["method"], round(math.log10(r["h"]))): r["error"] for r in records if r["h"] is not None}
    assert 9 < errors["forward-difference", -3] / errors["forward-difference", -4] < 11
    assert 90 < errors["central-difference", -2] / errors["central-difference", -3] < 110
    assert errors["complex-step", -12] < 1e-15 < errors["central-difference", -12]
    assert {r["method"] for r in records if r["h"] is None} == {"reverse"}


@pytest.mark.parametrize("text", fuzz(150, seed=10))
def test_a_hostile_formula_is_one_line_or_a_table(capsys, text):
    code, out, err = run(capsys, "compare", text, "--at", "x=0.7,y=2,x1=3", "--methods", "reverse")
    assert code in (cli.OK, cli.FAULTY, cli.USAGE)
    assert bool(out) == (code != cli.USAGE)
    assert err.count("\n") == (code == cli.USAGE)


LOSSES = """
import numpy as np

def ridge(w, a, scale=1.0): return scale * np.sum((a * w) ** 2) + 0.05 * np.sum(w**2)
def right(w, a): return 2 * a * a * w + 0.1 * w
def wrong(w, a): return 2 * a * a * w
def by_a(w, a): return 2 * a * w * w
def both(w, a): return right(w, a), by_a(w, a)
def broken(w, a): raise RuntimeError("no luck")
def kinked(x): return np.abs(x)
def slope(x): return 0.5
n = 3
"""
POINT = ("--at", "a=[1,2]", "--at", "w=[0.5,1]")


@pytest.fixture
def losses(tmp_path, monkeypatch):
    (tmp_path / "toy_losses.py").write_text(LOSSES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "toy_losses", raising=False)


def test_check_tells_a_right_gradient_from_a_wrong_one(capsys, losses):
    code, out, _ = run(capsys, "check", "toy_losses:ridge", "toy_losses:right", *POINT)
    assert code == cli.OK
    assert out.startswith("correct: grad of ridge")
    code, out, _ = run(capsys, "check", "toy_losses:ridge", "toy_losses:wrong", *POINT)
    assert code == cli.FAULTY
    assert out.startswith("wrong: grad of ridge: 2 of 2 entries are off")
    assert "w[1]" in out


def test_check_by_other_arguments_and_operators(capsys, losses):
    for gradient, wrt in (("by_a", "a"), ("both", "w,a")):
        code, out, _ = run(capsys, "check", "toy_losses:ridge", f"toy_losses:{gradient}", *POINT, "--wrt", wrt)
        assert (code, out.partition(":")[0]) == (cli.OK, "correct")
    arguments = ("toy_losses:kinked", "toy_losses:slope", "--at", "x=0", "--operator", "derivative")
    code, out, _ = run(capsys, "check", *arguments)
    assert (code, out.partition(":")[0]) == (cli.FAULTY, "undecided")


def test_check_in_json_and_as_a_plot(capsys, losses):
    code, out, err = run(capsys, "check", "toy_losses:ridge", "toy_losses:wrong", *POINT, "--json", "--plot", "s.svg")
    data = json.loads(out)
    assert (code, data["outcome"], data["off"], err.strip()) == (cli.FAULTY, "wrong", 2, "s.svg")
    assert {entry["label"]: entry["expected"] for entry in data["entries"]} == {"w[0]": 1.05, "w[1]": 8.1}
    assert Path("s.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("toy_losses:ridge", "toy_losses:right"), "required: --at"),
        (("toy_losses", "toy_losses:right", *POINT), "write module:function"),
        (("toy_losses:ridge", "toy_losses:wright", *POINT), "(did you mean 'right'?); there are ridge, right"),
        (("toy_losses:ridge", "toy_losses:n", *POINT), "toy_losses:n is int and no function"),
        (("no_such_module:f", "toy_losses:right", *POINT), "importing no_such_module ended in ModuleNotFoundError"),
        (("toy_losses:ridge", "toy_losses:broken", *POINT), "ended in RuntimeError: no luck"),
        (("toy_losses:ridge", "toy_losses:right", "--at", "w=1"), "needs a too; add e.g. --at a=0.7"),
        (("toy_losses:ridge", "toy_losses:right", *POINT, "--at", "b=1"), "'b'; there are w, a, scale"),
        (("toy_losses:ridge", "toy_losses:right", *POINT, "--wrt", "b"), "'b'; there are w, a"),
        (("toy_losses:ridge", "toy_losses:right", *POINT, "--operator", "vjp"), "there are grad, derivative"),
        (("toy_losses:ridge", "toy_losses:right", *POINT, "--plot", "s.gif"), ".svg, .pdf or .png"),
    ],
)
def test_a_check_that_cannot_be_made_is_one_line_and_code_2(capsys, losses, arguments, message):
    code, out, err = run(capsys, "check", *arguments)
    assert (code, out, err.count("\n")) == (cli.USAGE, "", 1)
    assert message in err


def test_a_wrong_method_is_an_exit_code(capsys):
    code, out, _ = run(capsys, "compare", "add-mul-gate", "--methods", "null")
    assert code == cli.FAULTY
    assert "inaccurate" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "required: COMMAND"),
        (("frobnicate",), "choose from"),
        (("compare",), "required: SPEC"),
        (("compare", "nope"), "there are absolute-value, "),
        (("compare", "logistic-map", "--methods", "nope"), "there are manual, symbolic"),
        (("compare", "logistic-map", "--operator", "nope"), "there are derivative, grad"),
        (("compare", "logistic-map", "--operator", "vjp"), "can judge derivative, grad and jacobian"),
        (("compare", "logistic-map", "--n", "many"), "invalid int value"),
        (("compare", "logistic-map", "--k", "3"), "--k"),
        (("compare", "log-sum-exp", "--naive", "no"), "say true or false"),
        (("compare", "mlp-loss", "--size", "huge"), "small, large"),
        (("compare", "logistic-map", "--seconds", "-1"), "no positive number"),
        (("compare", "logistic-map", "--seconds", "soon"), "soon is no positive number"),
        (("compare", "logistic-map", "--methods", ""), "--methods names none; there are manual, symbolic"),
        (("compare", "logistic-map", "--methods", " , "), "--methods names none"),
        (("compare", "logistic-map", "--n", "-3"), "n must be an integer from 1 on, e.g. 4, and is -3"),
        (("compare", "rosenbrock", "--seed", "-1"), "seed must be an integer from 0 on"),
        (("compare", "logistic_map"), "(did you mean 'logistic-map'?)"),
        (("compare", "logistic-map", "--methods", "reverse_compiled"), "(did you mean 'reverse-compiled'?)"),
        (("compare", "logistic-map", "--plot", "figure.gif"), ".svg, .pdf or .png"),
        (("conformance", "--bases", ""), "--bases names none; there are numpy, jax, torch, strict"),
        (("conformance", "--bases", "numppy"), "(did you mean 'numpy'?)"),
        (("compare", "logistic-map", "--graph", "graph.txt"), "--graph writes .svg, .pdf or .png"),
        (("compare", "sin(x"), "a formula needs --at x=0.7"),
        (("compare", "sin(x", "--at", "x=1"), "position 4: this bracket is never closed"),
        (("compare", "sin(x)", "--at", "0.7"), "type values by name, e.g. x=0.7"),
        (("compare", "sin(y)", "--at", "x=1"), "no 'x' stands there; its names are y"),
        (("compare", "x[5]", "--at", "x=[1,2]"), "x[5] cannot be computed at x=[1,2]: index 5 is out of bounds"),
        (("report", "nope"), "there are bad_toy_study, good_toy_study"),
        (("report", "--studies", "elsewhere"), "--studies DIR"),
    ],
)
def test_a_usage_error_is_one_line_and_code_2(capsys, studies, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert code == cli.USAGE
    assert out == ""
    assert err.startswith("derivlab")
    assert message in err
    assert err.count("\n") == 1


def test_a_base_that_is_not_installed_is_one_line_and_code_2(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not
    monkeypatch.delitem(sys.modules, "derivlab.libraries.torch", raising=False)
    code, out, err = run(capsys, "conformance", "--bases", "torch")
    assert (code, out) == (cli.USAGE, "")
    assert err == "derivlab: --bases torch: torch is not installed; type: pip install torch\n"


def test_a_figure_that_cannot_be_written_is_one_line(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "figure.svg"
    code, _, err = run(capsys, "compare", "add-mul-gate", "--methods", "manual", "--plot", str(target))
    assert code == cli.USAGE
    assert err.startswith(f"derivlab: {tmp_path}")
    assert err.count("\n") == 1


def test_it_has_a_version(capsys):
    code, out, _ = run(capsys, "--version")
    assert (code, out) == (0, f"derivlab {dl.__version__}\n")


def test_help_documents_the_exit_codes(capsys):
    code, out, _ = run(capsys, "compare", "logistic-map", "--help")
    assert code == 0
    assert "exit codes" in out
    assert "--n" in out


def test_report_ends_by_naming_the_index(capsys, studies):
    code, out, _ = run(capsys, "report", "good_toy_study", "--quick")
    assert code == 0
    assert out.splitlines()[-1] == str(Path("reports/index.html"))
    assert Path("reports/good_toy_study/figure.svg").is_file()


def test_a_study_that_fails_is_named_and_the_others_run(capsys, studies):
    code, out, _ = run(capsys, "report", "--json", "--output", "out")
    data = json.loads(out)
    assert code == cli.FAULTY
    assert [(s["study"], s["outcome"]) for s in data["studies"]] == [
        ("bad_toy_study", "failed"),
        ("good_toy_study", "ok"),
    ]
    assert "broken on purpose" in data["studies"][0]["detail"]
    assert data["index"] == str(Path("out/index.html"))


def test_a_folder_without_studies_is_refused(capsys, tmp_path):
    code, _, err = run(capsys, "report", "--studies", str(tmp_path))
    assert code == cli.USAGE
    assert "holds no study" in err


def test_a_study_must_have_its_own_name(capsys, studies):
    (studies / "json.py").write_text("STUDY = 1")
    code, _, err = run(capsys, "report", "json")
    assert code == cli.USAGE
    assert "belongs to another module" in err
    (studies / "nameless_toy_study.py").write_text("x = 1")
    assert "defines no STUDY" in run(capsys, "report", "nameless_toy_study")[2]
