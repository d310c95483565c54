"""Timing by its structure, never by the clock: who is called how often, in which order, compared with whom."""

from __future__ import annotations

import pytest

import derivlab as dl
from derivlab.measure.memory import peak_memory
from derivlab.measure.runtime import Runtime, interleaved


def test_calls_are_interleaved_and_counted() -> None:
    order: list[str] = []
    calls = {name: lambda name=name: order.append(name) for name in ("a", "b")}
    times = interleaved(calls, "a", rounds=5, batch_seconds=1e-5)
    assert set(times) == {"a", "b"}
    assert all(len(time.samples) == 5 for time in times.values())
    assert all(sample > 0 for time in times.values() for sample in time.samples)
    assert times["a"].ratio == 1.0
    low, high = times["b"].interval
    assert low <= times["b"].ratio <= high
    runs = [name for i, name in enumerate(order) if i == 0 or order[i - 1] != name]
    assert len(runs) > 4  # not one after the other


def test_without_a_baseline_there_is_no_ratio() -> None:
    time = interleaved({"a": lambda: None}, rounds=2, batch_seconds=1e-5)["a"]
    assert time.ratio is None
    assert time.interval is None


def test_median_is_of_the_samples() -> None:
    assert Runtime((3.0, 1.0, 2.0)).median == 2.0


def test_an_error_in_a_call_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        interleaved({"a": lambda: 1 / 0})


def test_peak_memory_is_a_number_of_bytes() -> None:
    assert peak_memory("mlp-loss", "reverse", {"size": "large"}) % 1024 == 0


def test_peak_memory_names_its_failure() -> None:
    with pytest.raises(RuntimeError, match="no spec"):
        peak_memory("no-such-spec", "reverse")


def test_timing_fills_the_cells() -> None:
    comparison = dl.compare(dl.spec("add-mul-gate"), methods=["reverse", "manual"], seconds=5.0)
    for cell in comparison:
        assert cell.evaluate_seconds > 0
        assert cell.ratio_low <= cell.ratio <= cell.ratio_high
