"""The table of the standard by base: what it says is true, docs/conformance.md is current, and a fault is seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from derivlab.conformance import table
from derivlab.conformance.examples import CHAPTERS
from derivlab.conformance.table import PACKAGES, conformance_table, markdown
from derivlab.errors import UnsupportedError
from derivlab.rules import RULES
from derivlab.transpose import Elementwise

DOCS = (Path(__file__).parents[1] / "docs" / "conformance.md").read_text(encoding="utf-8")
COUNT = sum(map(len, CHAPTERS.values()))


@pytest.mark.parametrize("base", ["numpy", "jax", "strict"])
def test_the_table_is_current(base: str) -> None:
    text = markdown(conformance_table([base]), [base])
    column = list(PACKAGES.values()).index(PACKAGES[base]) + 2
    rows = re.findall(r"^\| `(.*?)` \| (\w[\w ]*) \|$", text, re.M)
    assert len(rows) == COUNT
    written = [(r[0], r[1].split(" | ")[column - 2]) for r in re.findall(r"^\| `(.*?)` \| (.*) \|$", DOCS, re.M)]
    assert written == rows


@pytest.mark.parametrize("base", ["numpy", "strict"])
def test_all_of_the_standard_works_over(base: str) -> None:
    lines = conformance_table([base])
    assert [(line.name, fault) for line in lines for fault in line.faults.values() if fault] == []


def _sine(monkeypatch) -> dict[tuple[str, str], str]:
    monkeypatch.setattr(table, "CHAPTERS", {"elementwise": {"sin": CHAPTERS["elementwise"]["sin"]}})
    (line,) = conformance_table(["numpy"])
    return line.faults


def test_a_wrong_rule_is_a_fault(monkeypatch) -> None:
    monkeypatch.setitem(RULES, "sin", Elementwise((lambda t, y, x: t * y,)))
    assert set(_sine(monkeypatch).values()) == {"another derivative than central differences"}


def test_a_refusal_is_a_fault(monkeypatch) -> None:
    def refuse(t, y, x):
        raise UnsupportedError("no slope today")

    monkeypatch.setitem(RULES, "sin", Elementwise((refuse,)))
    assert set(_sine(monkeypatch).values()) == {"UnsupportedError: no slope today"}


def test_another_value_or_dtype_is_a_fault(monkeypatch) -> None:
    wrong = {"value": lambda xp, x: x + (1e-6 if hasattr(x, "level") else 0.0),
             "dtype": lambda xp, x: xp.astype(x, xp.float32 if hasattr(x, "level") else xp.float64)}  # fmt: skip
    monkeypatch.setattr(table, "CHAPTERS", {"wrong": wrong})
    faults = [set(line.faults.values()) for line in conformance_table(["numpy"])]
    assert faults == [{"other values than NumPy's"}, {"dtypes ['float32'], and NumPy's are ['float64']"}]
