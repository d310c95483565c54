"""The report side: house style, bytes, labels, stores, pages."""

import itertools
import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.text import Text

import derivlab as dl
from derivlab.errors import ArgumentError
from derivlab.harness.cells import SCHEMA
from derivlab.harness.store import plain, read_records, write_csv, write_records
from derivlab.report import figures
from derivlab.report.charts import error_against_time, gradient_bars
from derivlab.report.figures import INK, panels
from derivlab.report.labels import point_labels, scientific, spread
from toy_study import TOY, cells


def test_matplotlib_enters_through_figures_alone():
    loaded = (
        "import sys, derivlab, derivlab.cli, derivlab.report.study, derivlab.report.folder, derivlab.report.tables\n"
    )
    code = loaded + "print([m for m in ('matplotlib', 'jinja2', 'rich', 'jax', 'sympy', 'flint') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
    package = __import__("pathlib").Path(figures.__file__).parents[1]
    importing = [
        p.name for p in package.rglob("*.py") if re.search(r"^\s*(import|from) matplotlib", p.read_text(), re.M)
    ]
    assert sorted(importing) == ["figures.py", "legibility.py"]


def test_labels_keep_apart_and_in_order():
    placed = spread([0.1, 0.11, 0.12, 0.5, 0.99, 1.0], 0.05)
    assert all(b - a >= 0.05 - 1e-12 for a, b in itertools.pairwise(placed))
    assert placed[0] >= 0
    assert placed[-1] <= 1 + 1e-12
    assert spread([0.2, 0.8], 0.05) == [0.2, 0.8]
    assert spread([], 0.05) == []


def test_point_labels_do_not_overlap():
    figure = error_against_time(cells(), "title")
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    assert len(boxes) == 5
    overlaps = [a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k]]
    assert not any(overlaps)


def crowded(radius):
    """Eight labels whose points stand in a row, on a figure of which the words cannot all stand beside them."""
    figure, (axes,) = panels("title")
    axes.set(xscale="log", yscale="log", xlim=(1, 1e4), ylim=(1e-2, 1e8))
    points = [(3 * 2.2**k, 1 + 0.1 * (k % 3)) for k in range(8)]
    entries = [(x, y, f"a method {k}", INK) for k, (x, y) in enumerate(points)]
    point_labels(axes, entries, radii=[radius] * 8)
    figure.canvas.draw()
    renderer, scale = figure.canvas.get_renderer(), figure.dpi / 72
    boxes = [Text.get_window_extent(text, renderer) for text in axes.texts]  # without the leader
    return boxes, [(*axes.transData.transform(point), radius * scale) for point in points], axes.get_window_extent()


@pytest.mark.parametrize("radius", [9.0, 16.0])
def test_crowded_labels_cover_no_label_no_marker_and_not_the_edge(radius):
    boxes, discs, frame = crowded(radius)
    assert len(boxes) == 8
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    for box in boxes:
        assert not any(box.x0 < x < box.x1 and box.y0 - r < y < box.y1 + r for x, y, r in discs)
        assert box.x0 >= frame.x0
        assert box.x1 <= frame.x1


def test_what_is_not_shown_is_named():
    figure = error_against_time(cells(), "title")
    assert any("forward (timed out)" in text.get_text() for text in figure.texts)
    bars = gradient_bars(cells(), "title")
    assert any("timed out: not within 5 s" in text.get_text() for text in bars.axes[0].texts)
    with pytest.raises(ArgumentError, match="nothing to plot"):
        error_against_time(cells()[-1:], "title")


def test_a_comparison_plots():
    comparison = dl.compare(dl.spec("add-mul-gate"), methods=["manual", "reverse", "null"])
    figure = comparison.plot()
    assert {"manual", "reverse", "null"} <= {text.get_text() for text in figure.axes[0].texts}


def test_numbers_as_mathtext():
    assert scientific(1.95e-9, 3) == r"$1.95 \times 10^{-9}$"


def test_records_return_as_they_were(tmp_path):
    records = [{"a": np.float64(0.1), "b": math.inf, "c": [1, -math.inf], "d": None, "e": "text", "f": {"g": 1}}]
    write_records(tmp_path / "r.jsonl", records)
    (record,) = read_records(tmp_path / "r.jsonl")
    assert record == {
        "schema": SCHEMA,
        "a": 0.1,
        "b": math.inf,
        "c": [1, -math.inf],
        "d": None,
        "e": "text",
        "f": {"g": 1},
    }
    assert "Infinity" in (tmp_path / "r.jsonl").read_text()
    assert plain(float("nan")) == "NaN"
    write_csv(tmp_path / "r.csv", [*records, {"z": 1}])
    assert (tmp_path / "r.csv").read_text().splitlines()[0] == "a,b,c,d,e,f,z"


def test_records_of_another_schema_are_refused(tmp_path):
    (tmp_path / "r.jsonl").write_text('{"schema": -1}\n')
    with pytest.raises(ArgumentError, match="schema -1"):
        read_records(tmp_path / "r.jsonl")


def test_figures_come_from_the_records_alone(tmp_path):
    folder = TOY.run(tmp_path)
    before = {path.name: path.read_bytes() for path in folder.glob("toy_figure.*")}
    TOY.redraw(folder)
    assert {path.name: path.read_bytes() for path in folder.glob("toy_figure.*")} == before


def test_a_second_run_removes_what_the_first_left(tmp_path):
    folder = TOY.run(tmp_path)
    provenance = json.loads((folder / "provenance.json").read_text())
    (folder / "old.svg").write_text("")
    (folder / "kept.txt").write_text("")
    provenance["files"] += ["old.svg", "../kept.txt"]
    (folder / "provenance.json").write_text(json.dumps(provenance))
    TOY.run(tmp_path)
    assert not (folder / "old.svg").exists()
    assert (folder / "kept.txt").exists()
