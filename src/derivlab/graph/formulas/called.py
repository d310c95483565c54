"""Functions as TeX: f x for a letter, f(x) for the rest, and ``\\operatorname`` for what has no macro."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.graph.formulas.formula import APPLY, ATOM, Formula, Shape, parentheses
from derivlab.graph.formulas.notation import number

Params = Mapping[str, Any]

_INDICES = "ijklmn"
_FUNCTIONS = {
    "log": r"\ln", "log2": r"\log_2", "log10": r"\log_{10}", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan",
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "sinh": r"\sinh", "cosh": r"\cosh", "tanh": r"\tanh",
    "asinh": r"\operatorname{arsinh}", "acosh": r"\operatorname{arcosh}", "atanh": r"\operatorname{artanh}",
    "sigmoid": r"\sigma", "maximum": r"\max", "minimum": r"\min", "cumulative_sum": r"\operatorname{cumsum}",
}  # fmt: skip
_CALLED = {"sigmoid", "maximum", "minimum", "cumulative_sum"}


def applied(name: str, args: Sequence[Formula], params: Params, shape: Shape, size: int) -> Formula:
    """f x for a letter and a known function, f(x) for the rest; parameters that matter are subscripts."""
    known = _FUNCTIONS.get(name, rf"\operatorname{{{name.replace('_', '')}}}")
    extra = [
        letters(value, len(args[0].shape)) if key == "axis" else parameter(value)
        for key, value in params.items()
        if value is not None and value is not False
    ]
    text = known + (f"_{{{','.join(extra)}}}" if extra else "")
    if name in _FUNCTIONS and name not in _CALLED and args[0].level == ATOM and len(args) == 1:
        return Formula(f"{text} {args[0].text}", APPLY, shape, size)
    inside = r",\, ".join(x.text for x in shortened(args))
    return Formula(text + parentheses(inside), APPLY, shape, size)


def shortened(args: Sequence[Formula]) -> list[Formula]:
    """At most six arguments: of more the first three, dots, and the last two."""
    if len(args) <= 6:
        return list(args)
    return [*args[:3], Formula(r"\ldots", ATOM, ()), *args[-2:]]


def parameter(value: Any) -> str:
    """A static parameter as LaTeX; a shape as a product."""
    if isinstance(value, tuple):
        return r"\times ".join(parameter(part) for part in value)
    if isinstance(value, (int, float, np.integer)) and not isinstance(value, bool):
        return f"-{number(-value)}" if value < 0 else number(value)
    return r"\cdot"


def letters(axes: Any, rank: int) -> str:
    """The indices of axes."""
    return " ".join(_INDICES[axis % rank % len(_INDICES)] for axis in (axes if isinstance(axes, tuple) else (axes,)))
