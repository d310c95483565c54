"""SymPy's expressions as lines of a Wengert list, so that their size is counted as that of every other method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from derivlab.libraries.sympy import sympy

__all__ = ["lower"]


def lower(outputs: Sequence[Any], cse: bool = False) -> tuple[list[tuple[str, tuple[int, ...]]], list[int]]:
    """Expressions as lines (operation, operands) of a Wengert list, and the lines of the outputs.

    Inputs and constants are lines ``leaf``. A sum or product of k terms is k − 1 operations, a term with a minus
    sign is subtracted, a reciprocal factor divides, and a power is one operation: what the printed program does.
    With ``cse`` common subexpressions are named first, as in the program printed with them.
    """
    lines: list[tuple[str, tuple[int, ...]]] = []
    places: dict[tuple[str, Any], int] = {}

    def emit(operation: str, operands: tuple[int, ...]) -> int:
        lines.append((operation, operands))
        return len(lines) - 1

    def finished(expr: Any) -> int:
        key = expr
        if key not in places:
            places[key] = _emit_node(expr, finished, emit)
        return places[key]

    shared, roots = sympy.cse(list(outputs)) if cse else ([], list(outputs))
    for symbol, definition in shared:
        for expr in sympy.postorder_traversal(definition):
            finished(expr)
        places[symbol] = finished(definition)
    for root in roots:
        for expr in sympy.postorder_traversal(root):
            finished(expr)
    return lines, [finished(root) for root in roots]


def _emit_node(expr: Any, place: Callable[[Any], int], emit: Callable[..., int]) -> int:
    if expr.is_Atom:
        return emit("leaf" if not expr.is_number else f"leaf {expr}", ())
    if expr.is_Add:
        positive = [a for a in expr.args if not a.could_extract_minus_sign()]
        negative = [a for a in expr.args if a.could_extract_minus_sign()]
        total = (
            _chain("add", [place(a) for a in positive], emit)
            if positive
            else emit("negative", (place(-negative.pop(0)),))
        )
        for a in negative:
            total = emit("subtract", (total, place(-a)))
        return total
    if expr.is_Mul:
        numerator, denominator = expr.as_numer_denom() if any(_divides(a) for a in expr.args) else (expr, sympy.S.One)
        if denominator != 1 and numerator != expr:
            return emit("divide", (place(numerator), place(denominator)))
        if expr.args[0] == -1:
            rest = sympy.Mul(*expr.args[1:], evaluate=False) if len(expr.args) > 2 else expr.args[1]
            return emit("negative", (place(rest),))
        return _chain("multiply", [place(a) for a in expr.args], emit)
    if expr.is_Pow and expr.exp == -1:
        return emit("divide", (emit("leaf 1", ()), place(expr.base)))
    name = "power" if expr.is_Pow else type(expr).__name__
    return emit(name, tuple(place(a) for a in expr.args))


def _divides(factor: Any) -> bool:
    return bool(factor.is_Pow and factor.exp.is_number and factor.exp.is_negative)


def _chain(operation: str, places: list[int], emit: Callable[..., int]) -> int:
    total = places[0]
    for place in places[1:]:
        total = emit(operation, (total, place))
    return total
