"""The studies as notebooks: each script is one in the percent format, and runs from top to bottom."""

import ast
import os
from pathlib import Path

import pytest

from derivlab.report.folder import study_files

jupytext = pytest.importorskip("jupytext", reason="needs jupytext, from the extra [test]")
nbclient = pytest.importorskip("nbclient", reason="needs nbclient, from the extra [test]")
pytest.importorskip("ipykernel", reason="needs ipykernel, from the extra [test]")

STUDIES = Path(__file__).parents[1] / "studies"
SOURCE = Path(__file__).parents[1] / "src"
each_study = pytest.mark.parametrize("path", study_files(STUDIES).values(), ids=lambda path: path.stem)


@each_study
def test_a_study_opens_as_a_notebook(path):
    cells = jupytext.read(path).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source == ast.get_docstring(ast.parse(path.read_text()))
    code = [cell.source for cell in cells[1:]]
    assert {cell.cell_type for cell in cells[1:]} == {"code"}
    assert len(code) >= 5
    assert code[-1] == 'if __name__ == "__main__":\n    STUDY.main()'
    for beginning in ("def measure(", "def draw(", "STUDY = Study("):
        assert sum(source.startswith(beginning) for source in code) == 1, f"{beginning} begins a cell"


@each_study
def test_what_runs_in_a_worker_can_be_imported_there(path):
    """The functions of a notebook belong to no module, so that a worker must find them in a module beside it."""
    tree = ast.parse(path.read_text())
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    run = [call for call in calls if isinstance(call.func, ast.Attribute) and ast.unparse(call.func) == "worker.run"]
    assert not own & {ast.unparse(call.args[0]) for call in run}


@pytest.mark.filterwarnings("ignore")  # of Jupyter, about itself
@pytest.mark.parametrize("name", ["sigmoid_neuron", "logistic_map"])
def test_a_notebook_runs_from_top_to_bottom_and_shows_what_it_found(name, monkeypatch, tmp_path):
    """With logistic_map there is one that starts workers."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")]))
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    notebook = jupytext.read(STUDIES / f"{name}.py")
    resources = {"metadata": {"path": str(STUDIES)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    shown = [output for output in notebook.cells[-1].outputs if output.output_type == "display_data"]
    text = "".join(output.data.get("text/markdown", "") for output in shown)
    pictures = [output.data["image/svg+xml"] for output in shown if "image/svg+xml" in output.data]
    assert len(pictures) == 2
    assert all("<svg" in picture for picture in pictures)
    assert "| --- |" in text
    assert "worker process" not in text
    assert not (STUDIES / "reports").exists()
