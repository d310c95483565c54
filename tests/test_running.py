"""Runs of studies: what is written, drawn again, held against another run, and how much is left."""

import json
import sys
from pathlib import Path

import pytest

from derivlab import cli
from derivlab.report import figures, provenance, running
from derivlab.report.sameness import compared, is_measured, without_times
from toy_study import TOY

STUDY = """
from derivlab.report.study import Drawing, Study

def measure(quick, progress):
    progress("half", 0.5)
    return [
        {{"kind": "cell", "outcome": "ok", "n": n, "error": {error} * n, "evaluate_seconds": {seconds} * n}}
        for n in (1, 2)
    ]

def draw(records):
    from derivlab.report import figures

    drawings = []
    for name, key, timed in (("errors", "error", False), ("times", "evaluate_seconds", True)):
        figure, (axes,) = figures.panels(name)
        axes.plot([r["n"] for r in records], [r[key] for r in records])
        drawings.append(Drawing(name, figure, "A caption.", timed=timed))
    return drawings

def summary(records):
    return f"{{len(records)}} records"

STUDY = Study("{name}", "A title", "A question?", measure, draw, summary)
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a study with its own error and time, below the name it returns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("studies").mkdir()

    def written(name, error=1e-3, seconds=1e-3):
        Path("studies", f"{name}.py").write_text(STUDY.format(name=name, error=error, seconds=seconds))
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return written


def report(capsys, *arguments):
    code = cli.main(["report", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)["studies"]


def test_the_figures_of_a_quick_run_are_drawn_in_another_process(capsys, write):
    names = [write("first_running_study"), write("second_running_study")]
    code, outcomes = report(capsys, "--quick")
    assert (code, [(o["study"], o["outcome"]) for o in outcomes]) == (0, [(name, "ok") for name in names])
    for name in names:
        about = provenance.read(Path("reports", name))
        assert [f["id"] for f in about["figures"]] == [f"{name}/errors", f"{name}/times"]
        assert all(Path("reports", name, file).is_file() for file in about["files"])
    assert "second_running_study/times" in Path("reports/index.html").read_text()


def test_a_figure_that_cannot_be_drawn_fails_its_study_alone(capsys, write):
    bad, good = write("bad_running_study"), write("good_running_study")
    script = Path("studies", f"{bad}.py")
    script.write_text(script.read_text().replace("drawings = []", "raise ValueError('no ink')"))
    for mode in ([], ["--quick"]):
        code, outcomes = report(capsys, *mode)
        assert (code, [o["outcome"] for o in outcomes]) == (cli.FAULTY, ["failed", "ok"])
        assert "no ink" in outcomes[0]["detail"]
        assert Path("reports", good, "times.svg").is_file()


def test_slides_stand_beside_and_are_drawn_without_measuring(capsys, write):
    name = write("slides_running_study")
    report(capsys)
    page = Path("reports", name, "errors.svg").read_bytes()
    write(name, error=7.0)  # would be seen if it were measured again
    code, _ = report(capsys, "--redraw", "--slides")
    assert code == 0
    assert Path("reports", name, "errors.svg").read_bytes() == page
    slide = Path("reports", name, "slides", "errors.svg").read_text()
    points = f'width="{figures.SLIDES.width * 72:g}pt"'
    assert points in slide
    assert f"{name}/slides/errors.pdf" in Path("reports/index.html").read_text()
    assert "slides/times.png" in Path("reports", name, "report.md").read_text()
    report(capsys, "--redraw")
    assert Path("reports", name, "slides", "errors.svg").is_file(), "they stay as they are drawn again too"
    report(capsys)
    assert not list(Path("reports", name, "slides").iterdir()), "a new run removes what it has not drawn"


def test_what_was_never_measured_cannot_be_drawn_again(capsys, write):
    name = write("unmeasured_running_study")
    code, (outcome,) = report(capsys, "--redraw")
    assert code == cli.FAULTY
    assert f"type derivlab report {name}" in outcome["detail"]


def test_a_second_run_is_held_against_the_first(capsys, write):
    name = write("twin_running_study")
    report(capsys)
    write(name, seconds=5.0)
    code, (outcome,) = report(capsys, "--output", "again", "--against", "reports")
    assert (code, outcome["outcome"], outcome["detail"]) == (0, "ok", "")
    assert Path("again", name, "times.svg").read_bytes() != Path("reports", name, "times.svg").read_bytes()
    write(name, error=2e-3)
    code, (outcome,) = report(capsys, "--output", "other", "--against", "reports")
    assert (code, outcome["outcome"]) == (cli.FAULTY, "differs")
    assert "record 1: error; record 2: error" in outcome["detail"]
    assert "errors.svg: other bytes" in outcome["detail"]
    assert "times" not in outcome["detail"]
    code, (outcome,) = report(capsys, "--redraw", "--against", "nowhere")
    assert (code, outcome["detail"]) == (cli.FAULTY, "no report in nowhere")


def test_a_cell_that_timed_out_in_one_run_is_named_and_no_difference(tmp_path):
    first, second = (TOY.run(tmp_path / place) for place in "ab")
    lines = (second / "data.jsonl").read_text().splitlines()
    late = json.loads(lines[0]) | {"outcome": "timed out"}
    (second / "data.jsonl").write_text("\n".join([json.dumps(late), *lines[1:]]) + "\n")
    (second / "toy_figure.svg").write_text("")
    found = compared(first, second)
    assert found.differences == []
    assert found.overruns == ["record 1: None, and timed out there", "toy_figure.svg: other bytes"]
    (second / "data.jsonl").write_text("\n".join(lines[1:]) + "\n")
    assert compared(first, second).differences[0] == "4 records, and 3 there"


def test_times_and_memory_are_told_from_the_rest():
    measured = ("evaluate_seconds", "seconds", "ratio", "ratio_low", "least_ratio", "samples", "spread", "bytes")
    assert all(is_measured(field) for field in measured)
    kept = ("error", "outcome", "n", "operations", "budget", "value", "generosity_median", "evaluations")
    assert not any(is_measured(field) for field in kept)
    assert without_times({"n": 1, "least_seconds": 2.0}) == {"n": 1}


def test_shares_of_the_bar_follow_the_last_run(tmp_path):
    folder = TOY.run(tmp_path, quick=True)
    about = provenance.read(folder) | {"seconds": 30.0}
    (folder / provenance.NAME).write_text(json.dumps(about))
    new = type(TOY)("new", "New", "New?", TOY.measure, TOY.draw, TOY.summary)
    assert running._expected([TOY, new], tmp_path, True) == [30.0, 30.0]
    assert running._expected([TOY, new], tmp_path, False) == [1.0, 1.0]


def test_the_bars_know_how_far_the_whole_run_is():
    bars = running._Bars([TOY, TOY, TOY], [10.0, 30.0, 60.0])
    with bars:
        bars.tell(0)("done", 1.0)
        bars.tell(1)("half", 0.5)
        whole = bars.bars.tasks[0]
        assert (whole.completed, whole.total) == (25.0, 100.0)
        assert [task.description for task in bars.bars.tasks[1:]] == ["done", "half", "waiting"]


def test_a_run_computes_on_one_thread(tmp_path, monkeypatch):
    import os

    from derivlab.measure.runtime import single_threaded

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("XLA_FLAGS", "--mine")
    with single_threaded():
        assert os.environ["OMP_NUM_THREADS"] == "1"
        assert os.environ["XLA_FLAGS"] == "--mine", "what the caller has set stays"
    assert "OMP_NUM_THREADS" not in os.environ
    about = provenance.read(TOY.run(tmp_path))
    assert about["environment"]["threads"]["OMP_NUM_THREADS"] == "1"
