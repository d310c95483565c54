"""Where to differentiate, as text: ``x=0.7,y=2`` and ``x=[1,2,3]``."""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np

from derivlab.typed.reader import Reader
from derivlab.typed.text import Typed

_NAMED = re.compile(r"\s*([A-Za-z0-9_]+)\s*=(?!=)", re.ASCII)
_LONGEST = 20_000
"""Characters of a point."""


def read_point(text: str) -> dict[str, Any]:
    """Values by name, as floats and float arrays: ``"x=0.7, w=[1, 2*pi]"``.

    Numbers may be constant formulas. Vectors stand in brackets, matrices in brackets of brackets; nothing is
    evaluated as Python.

    Raises
    ------
    ArgumentError
        If the text is something else; one line.
    """
    typed = Typed(text, "point", _LONGEST)
    found = list(_NAMED.finditer(text))
    if not found or found[0].start() > 0:
        typed.refuse("type values by name, e.g. x=0.7,y=2 or x=[1,2,3]")
    values: dict[str, Any] = {}
    ends = [*(named.start() for named in found[1:]), len(text)]
    for named, end in zip(found, ends, strict=True):
        name, value = named[1], text[named.end() : end].strip()
        if end < len(text):
            if not value.endswith(","):
                typed.refuse("a comma stands between the values", end)
            value = value[:-1]
        if name in values:
            typed.refuse(f"{name} has two values", named.start())
        values[name] = _value(name, value)
    return values


def _value(name: str, text: str) -> Any:
    typed = Typed(text, f"value of {name}", _LONGEST)
    value = _numbers(typed, typed.tree())
    if isinstance(value, float):
        return value
    try:
        return np.array(value, dtype=float)
    except ValueError:
        typed.refuse("the rows of a matrix must be equally long")


def _numbers(typed: Typed, node: ast.expr) -> Any:
    if isinstance(node, ast.List):
        if not node.elts:
            typed.refuse("a vector needs entries", typed.offset(node.col_offset))
        return [_numbers(typed, entry) for entry in node.elts]
    number = Reader(typed).read(node, 0)
    if callable(number):
        typed.refuse("a value is a number, e.g. 0.7, or a vector, e.g. [1,2,3]", typed.offset(node.col_offset))
    return float(number)
