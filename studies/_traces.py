"""Trace tables of a recorded run, as the survey of Baydin et al. prints them, read off the Wengert list.

Reference: A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, "Automatic Differentiation in Machine Learning:
a Survey", JMLR 18(153), 2018, Tables 2 and 3. Lines stand in the order in which they ran.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import derivlab as dl
from derivlab.graph.wengert import Line
from derivlab.method.recording import Run, record_run
from derivlab.report.study import Record
from derivlab.rules import RULES

_LOW = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")


def trace(f: Callable[..., Any], args: Sequence[float]) -> list[Record]:
    """A record for each line of the run, and one for each product that the reverse sweep adds to a cotangent."""
    every = tuple(range(len(args)))
    run = record_run(f, args, every)
    labels = [node.label for node in dl.draw(f, *args, argnums=every).nodes]
    pushed = [_tangents(run, unit) for unit in np.eye(len(args))]
    lines = [
        {
            "kind": "line",
            "number": number,
            "name": _name(number, len(args)),
            "formula": _formula(line, label, len(args)),
            "value": float(line.value),
            "tangents": [float(tangents[number]) for tangents in pushed],
            "cotangent": float(run.bars[number]),
        }
        for number, (line, label) in enumerate(zip(run.lines, labels, strict=True))
    ]
    return lines + pulls(run, len(args))


def pulls(run: Run, inputs: int) -> list[Record]:
    """The reverse sweep, product by product: v̄ of the line times its local derivative, added to the parent's v̄."""
    totals: dict[int, float] = {}
    records: list[Record] = []
    for number in range(len(run.lines) - 1, -1, -1):
        line = run.lines[number]
        if line.primitive is None:
            continue
        for i, parent in enumerate(line.parents):
            if parent is None:
                continue
            rule = RULES[line.primitive.name]
            local = float(rule.pull(i, np.float64(1.0), line.value, line.values, line.params))
            share = float(rule.pull(i, run.bars[number], line.value, line.values, line.params))
            totals[parent] = totals.get(parent, 0.0) + share
            records.append({
                "kind": "pull", "line": number, "name": _name(number, inputs), "parent": parent,
                "parent_name": _name(parent, inputs), "cotangent": float(run.bars[number]), "local": local,
                "share": share, "total": totals[parent], "first": totals[parent] == share,
            })  # fmt: skip
    return records


def _tangents(run: Run, direction: Any) -> list[Any]:
    """The tangents of all lines along a direction of the inputs, line by line."""
    tangents: list[Any] = []
    seeds = iter(direction)
    for primitive, parents, values, params, value in run.lines:
        if primitive is None:
            tangents.append(next(seeds))
            continue
        carried = [None if parent is None else tangents[parent] for parent in parents]
        tangents.append(RULES[primitive.name].push(primitive, carried, value, values, params))
    return tangents


def _name(number: int, inputs: int) -> str:
    """v₋₁, v₀ for the inputs, then v₁, v₂, ..."""
    return "v" + str(number - inputs + 1).translate(_LOW)


def _formula(line: Line, label: str, inputs: int) -> str:
    if line.primitive is None:
        return ""
    names = [_name(parent, inputs) for parent in line.parents if parent is not None]
    return f" {label} ".join(names) if len(names) == 2 else f"{label} {names[0]}"


def forward_table(records: Sequence[Record]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the forward trace: values, and the tangents along each input."""
    lines = [r for r in records if r["kind"] == "line"]
    inputs = sum(not r["formula"] for r in lines)
    heads = ["line", "value", *(f"v̇ for ẋ{_input(k)[1:]} = 1" for k in range(inputs))]
    rows = [
        [f"{r['name']} = {r['formula'] or _input(k)}", *map(_number, (r["value"], *r["tangents"]))]
        for k, r in enumerate(lines)
    ]
    return heads, rows


def reverse_table(records: Sequence[Record]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the reverse trace, in the order of the sweep: what each line adds to whose cotangent."""
    lines = [r for r in records if r["kind"] == "line"]
    rows = [[f"v̄{lines[-1]['name'][1:]} = 1", "", _number(lines[-1]["cotangent"])]]
    for r in (r for r in records if r["kind"] == "pull"):
        bar, own = f"v̄{r['parent_name'][1:]}", f"v̄{r['name'][1:]}"
        added = f"{own} · ∂{r['name']}/∂{r['parent_name']}"
        step = f"{bar} = {added}" if r["first"] else f"{bar} = {bar} + {added}"
        sum_of = "" if r["first"] else f"{_number(r['total'] - r['share'])} + "
        rows.append([step, f"{sum_of}{_number(r['cotangent'])} · {_factor(r['local'])}", _number(r["total"])])
    return ["cotangent", "numbers", "value"], rows


def _input(k: int) -> str:
    return "x" + str(k + 1).translate(_LOW)


def _number(value: float) -> str:
    """Four decimals or, from 1 on, five digits."""
    return (f"{value:.4g}" if abs(value) < 1 else f"{value:.5g}").replace("-", "−")


def _factor(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)
