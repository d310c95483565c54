"""The README runs as printed."""

import contextlib
import io
import re
from pathlib import Path

import pytest

import derivlab as dl

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = [text for text in re.findall(r"```python\n(.*?)```", README, re.S) if text.startswith("import derivlab")]


def run(text):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "README.md", "exec"), {})
    return out.getvalue()


def test_the_first_example_prints_what_it_says():
    printed = re.search(r"```text\n(.*?)```", README, re.S).group(1)
    assert run(EXAMPLES[0]) == printed


@pytest.mark.parametrize("text", EXAMPLES[1:])
def test_the_other_examples_run(text):
    assert run(text)


def test_the_printed_backprop_code_is_what_is_printed():
    spec = dl.spec("mlp-loss")
    p = dl.methods["reverse-compiled"].prepare("value_and_grad", spec.function, *spec.args, argnums=(0, 1))
    printed = re.findall(r"```python\n(.*?)```", README, re.S)[2]
    body = [line.strip() for line in p.source.splitlines() if line.startswith("    ") and "return" not in line]
    assert [line for line in printed.splitlines() if line] == [line for line in body if line]


def test_every_path_named_exists():
    for path in re.findall(r"`((?:src|studies|reports)/[\w/.]*)`|\]\((?!http)([\w/.]+)\)", README):
        assert (ROOT / next(filter(None, path))).exists(), path


def test_adding_a_function_is_one_registration():
    @dl.register("readme-cubic")
    def cubic(x: float = 2.0):
        """x³."""
        return dl.Spec(lambda x: x**3, (x,), operator="derivative")

    assert dl.compare(dl.spec("readme-cubic"), methods=["reverse"], timing=False)["reverse"].value == 12.0
