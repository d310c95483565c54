"""The pytest plugin and assert_gradient: a failing test shows the verdict, and loading it loads nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import numpy as np
import pytest

import derivlab as dl
from derivlab.errors import UnknownNameError
from test_import import HEAVY, loaded

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLUGIN = PROJECT["entry-points"]["pytest11"]["derivlab"]
EXAMPLE = """
import numpy as np
import derivlab as dl

def loss(x):
    return np.sum(np.exp(x)) + 0.05 * np.sum(x**2)

X = np.array([0.5, -1.0, 2.0])

def test_right(derivlab_check):
    derivlab_check(loss, lambda x: np.exp(x) + 0.1 * x, X)

def test_wrong(derivlab_check):
    derivlab_check(loss, lambda x: np.exp(x), X)

def test_wrong_without_the_fixture():
    dl.assert_gradient(loss, lambda x: -np.exp(x) - 0.1 * x, X)
"""


def test_the_plugin_shows_the_verdict_of_a_wrong_gradient(tmp_path):
    (tmp_path / "test_example.py").write_text(textwrap.dedent(EXAMPLE))
    command = [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, "-p", "no:cacheprovider", str(tmp_path)]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "2 failed, 1 passed" in done.stdout, done.stdout
    told = [line for line in done.stdout.splitlines() if line.startswith("E ")]
    assert any("likely cause: a term λx" in line and "missing, λ = 0.1" in line for line in told)
    assert any("the sign is flipped" in line for line in told)
    assert any("x[1]" in line and "0.2678794411714" in line and "0.36787944117144233" in line for line in told)
    assert len(told) <= 2 * 16
    assert "src/derivlab/checking" not in done.stdout, "the traceback ends in the test"


def test_the_plugin_loads_nothing_heavy():
    modules = loaded(f"import {PLUGIN}")
    assert not modules & {*HEAVY, "numpy"}


def test_the_assertion_names_entry_values_and_cause():
    x = np.array([0.5, -1.0, 2.0])
    with pytest.raises(AssertionError) as caught:
        dl.assert_gradient(lambda x: np.sum(x**3), lambda x: 3 * x**2 * np.array([1, 1, 2]), x)
    text = str(caught.value)
    assert "x[2]" in text
    assert "12.0" in text
    assert "24.0" in text
    assert "likely cause: a constant factor: got = expected × 2, in one entry alone" in text
    assert len(text.splitlines()) <= 15


def test_the_assertion_passes_on_the_verdict():
    assert dl.assert_gradient(np.sin, np.cos, 0.5, operator="derivative").outcome == "correct"
    with pytest.raises(AssertionError, match="kink"):
        dl.assert_gradient(abs, lambda x: 0.0, 0.0)
    assert dl.assert_gradient(abs, lambda x: 0.0, 0.0, least="undecided").outcome == "undecided"
    with pytest.raises(UnknownNameError, match="no outcome"):
        dl.assert_gradient(abs, lambda x: 0.0, 0.0, least="maybe")
