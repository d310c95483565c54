"""The README runs as printed."""

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

import pytest

import derivlab as dl
from derivlab import cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = [text for text in re.findall(r"```python\n(.*?)```", README, re.S) if "import derivlab" in text]
PRINTED = re.findall(r"```text\n(.*?)```", README, re.S)


def run(text):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "README.md", "exec"), {})
    return out.getvalue()


def test_the_first_example_prints_what_it_says():
    assert run(EXAMPLES[0]) == PRINTED[0]


def test_the_example_in_plain_numpy_prints_what_it_says():
    (example,) = [text for text in EXAMPLES if "heat" in text]
    assert run(example) == PRINTED[1]


def test_the_checked_gradient_prints_what_it_says():
    (example,) = [text for text in EXAMPLES if "check_gradient" in text]
    assert run(example) == PRINTED[2]


@pytest.mark.parametrize("text", EXAMPLES[1:])
def test_the_other_examples_run(text):
    assert run(text)


@pytest.mark.parametrize("line", re.findall(r"^derivlab (compare .*)$", README, re.M))
def test_the_comparisons_of_the_command_run(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(shlex.split(line, comments=True)) == cli.OK
    out, err = capsys.readouterr()
    assert "error (ulps)" in out
    assert [Path(name).exists() for name in err.split()] == [True] * line.count(".svg")


def test_the_check_of_the_command_runs(tmp_path, monkeypatch, capsys):
    (line,) = re.findall(r"^derivlab (check .*)$", README, re.M)
    (tmp_path / "losses.py").write_text(
        "def ridge(w, a):\n    return a @ w**2\ndef gradient(w, a):\n    return 2 * a * w\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert cli.main(shlex.split(line, comments=True)) == cli.OK
    assert capsys.readouterr().out.startswith("correct: grad of ridge")


def test_the_printed_backprop_code_is_what_is_printed():
    spec = dl.spec("mlp-loss")
    p = dl.methods["reverse-compiled"].prepare("value_and_grad", spec.function, *spec.args, argnums=(0, 1))
    printed = re.findall(r"```python\n(.*?)```", README, re.S)[2]
    body = [line.strip() for line in p.source.splitlines() if line.startswith("    ") and "return" not in line]
    assert [line for line in printed.splitlines() if line] == [line for line in body if line]


def test_every_path_named_exists():
    for path in re.findall(r"`((?:src|studies|reports|docs)/[\w/.]*)`|\]\((?!http)([\w/.]+)\)", README):
        assert (ROOT / next(filter(None, path))).exists(), path


def test_adding_a_function_is_one_registration():
    @dl.register("readme-cubic")
    def cubic(x: float = 2.0):
        """x³."""
        return dl.Spec(lambda x: x**3, (x,), operator="derivative")

    assert dl.compare(dl.spec("readme-cubic"), methods=["reverse"], timing=False)["reverse"].value == 12.0
