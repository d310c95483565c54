"""The step study of one function: the error of difference quotients against their step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.errors import ArgumentError, OutcomeError
from derivlab.harness.evaluate import Judge, prepare
from derivlab.method import METHODS, Method
from derivlab.method.complex_step import ComplexStep
from derivlab.method.difference import FiniteDifference
from derivlab.report.figures import Figure, decades, mark_of, panels
from derivlab.report.labels import end_labels
from derivlab.specs.registry import Spec

_SCHEMES = {
    "forward-difference": lambda h: FiniteDifference("forward", h),
    "central-difference": lambda h: FiniteDifference("central", h),
    "complex-step": lambda h: ComplexStep(h),
}
_EXACT = "reverse"
_FLOOR = 2.0**-55
"""Errors below are drawn here."""


def step_errors(spec: Spec, operator: str | None = None, *, per_decade: int = 4) -> list[dict[str, Any]]:
    """The normwise relative error of each scheme at steps from 10⁻¹⁶ to 0.1, and of reverse mode, which has none.

    Cost: with ``per_decade`` steps a decade, ``15 per_decade + 1`` derivatives of each scheme.

    Raises
    ------
    OutcomeError
        If the derivative at the spec's arguments cannot be certified.
    """
    operator = operator or spec.operator
    judge = Judge(spec, operator, seconds=10.0)
    if judge.trouble is not None:
        raise judge.trouble
    records: list[dict[str, Any]] = []
    for h in 10.0 ** np.linspace(-16, -1, 15 * per_decade + 1):
        for name, scheme in _SCHEMES.items():
            records += _error(name, float(h), scheme(float(h)), spec, operator, judge)
    return records + _error(_EXACT, None, METHODS[_EXACT], spec, operator, judge)


def _error(name: str, h: float | None, method: Method, spec: Spec, operator: str, judge: Judge) -> list[dict[str, Any]]:
    """One record, or none where the method has no finite answer."""
    try:
        with np.errstate(all="ignore"):
            error = judge.verdict(prepare(method, spec, operator)(*spec.args)).normwise
    except (OutcomeError, ArgumentError):
        return []
    return [{"method": name, "h": h, "error": error}] if math.isfinite(error) else []


def step_figure(records: list[dict[str, Any]], title: str) -> Figure:
    """Error against step, both logarithmic; reverse mode as a level line."""
    figure, (axes,) = panels(title, right=0.735)
    top = max([1.0, *(r["error"] for r in records)])
    axes.set(xscale="log", yscale="log", xlim=(1e-16, 0.15), ylim=(_FLOOR / 2, 4 * top))
    axes.set_xlabel("step h")
    axes.set_ylabel("relative error of the derivative")
    decades(axes.xaxis, 4)
    decades(axes.yaxis, 4)
    ends: list[tuple[float, float, str, str]] = []
    for offset, name in enumerate(_SCHEMES):
        rows = [(r["h"], max(r["error"], _FLOOR)) for r in records if r["method"] == name]
        if rows:
            look = mark_of(name).line() | {"markersize": 11, "linewidth": 2.5, "markevery": (2 * offset, 6)}
            axes.plot(*zip(*rows, strict=True), **look)
            ends.append((*rows[-1], name.replace("-", " "), mark_of(name).colour))
    for record in (r for r in records if r["method"] == _EXACT):
        height = max(record["error"], _FLOOR)
        axes.axhline(height, **mark_of(_EXACT).line() | {"marker": "", "linewidth": 2.5})
        ends.append((0.15, height, "reverse AD", mark_of(_EXACT).colour))
    end_labels(axes, ends)
    return figure
