"""From a syntax tree to array code: the nodes of arithmetic, and no others."""

from __future__ import annotations

import ast
import difflib
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from derivlab.typed.functions import CONSTANTS, FUNCTIONS
from derivlab.typed.text import DEEPEST, LARGEST, Typed

LARGEST_EXPONENT = 1000
"""Of constant exponents, in magnitude."""

Code = Callable[[Mapping[str, Any], Any], Any]
"""Runs on values by name, and their namespace."""

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


class Reader:
    """Reads a syntax tree into code, or into a number where nothing varies; refuses every other node.

    Attributes
    ----------
    names
        The variables, and where each first stands.
    """

    def __init__(self, typed: Typed) -> None:
        self.typed = typed
        self.names: dict[str, int] = {}

    def code(self, tree: ast.expr) -> Code:
        return _code(self.read(tree, 0))

    def read(self, node: ast.expr, depth: int) -> int | float | Code:
        if depth > DEEPEST:
            self.refuse(f"it is more than {DEEPEST} levels deep; write a Python function", node)
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return number
            case ast.Name(id=name):
                return self._name(name, node)
            case ast.UnaryOp(op=ast.UAdd() | ast.USub() as op, operand=operand):
                return self._apply(_OPERATORS[type(op)], [self.read(operand, depth + 1)], node)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self._binary(op, [self.read(left, depth + 1), self.read(right, depth + 1)], node)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self._call(name, [self.read(arg, depth + 1) for arg in args], node)
            case ast.Subscript(value=array, slice=index):
                return self._entry(self.read(array, depth + 1), self.read(index, depth + 1), node)
            case _:
                return self.refuse(_WHY.get(type(node), "this is no arithmetic"), node)

    def refuse(self, why: str, node: ast.expr) -> NoReturn:
        self.typed.refuse(why, self.typed.offset(node.col_offset))

    def _name(self, name: str, node: ast.expr) -> float | Code:
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name in FUNCTIONS:
            self.refuse(f"{name} is a function; write {name}(...)", node)
        self.names.setdefault(name, self.typed.offset(node.col_offset))
        return lambda values, xp: values[name]

    def _binary(self, op: ast.operator, operands: list[Any], node: ast.expr) -> float | Code:
        exponent = operands[1]
        if isinstance(op, ast.Pow) and not callable(exponent) and abs(exponent) > LARGEST_EXPONENT:
            self.refuse(f"an exponent above {LARGEST_EXPONENT}; write exp and log", node)
        return self._apply(_OPERATORS[type(op)], operands, node)

    def _call(self, name: str, operands: list[Any], node: ast.expr) -> float | Code:
        if name not in FUNCTIONS:
            near = difflib.get_close_matches(name, FUNCTIONS, 3)
            product = "" if near else f"a product is written {name}*(...); "
            self.refuse(f"no function {name}; {product}there are {', '.join(near or FUNCTIONS)}", node)
        function = FUNCTIONS[name]
        if len(operands) != function.arguments:
            self.refuse(f"arguments of {name}: {function.arguments} and not {len(operands)}", node)
        if not any(map(callable, operands)):
            return self._apply(function.within(np), _as_floats(operands), node)
        within, parts = function.within, [_code(operand) for operand in operands]
        return lambda values, xp: within(xp)(*(part(values, xp) for part in parts))

    def _entry(self, array: Any, index: Any, node: ast.expr) -> Code:
        if not isinstance(index, int) or not callable(array):
            self.refuse("an entry is written x[0], with a whole number", node)
        whole: Code = array
        return lambda values, xp: whole(values, xp)[index]

    def _apply(self, function: Callable[..., Any], operands: Sequence[Any], node: ast.expr) -> float | Code:
        """Code for a function of operands, or its value where they are numbers."""
        if any(map(callable, operands)):
            parts = [_code(operand) for operand in operands]
            return lambda values, xp: function(*(part(values, xp) for part in parts))
        try:
            with np.errstate(all="ignore"):
                value = function(*operands)
        except (ArithmeticError, TypeError, ValueError) as error:
            self.refuse(f"these numbers cannot be computed: {' '.join(str(error).split())}", node)
        return self._constant(value, node)

    def _constant(self, value: Any, node: ast.expr) -> int | float:
        if np.ndim(value) or isinstance(value, complex):
            self.refuse("these numbers give no real number", node)
        if isinstance(value, int) and abs(value) > LARGEST:
            self.refuse("a whole number above 2**53; write a float, e.g. 10.0**20", node)
        if not math.isfinite(value):
            self.refuse(f"these numbers give {value}", node)
        return value if isinstance(value, int) else float(value)


def _as_floats(numbers: Sequence[Any]) -> list[float]:
    """Numbers for NumPy's functions, whose whole numbers would overflow."""
    return [float(number) for number in numbers]


def _code(operand: Any) -> Code:
    return operand if callable(operand) else lambda values, xp: operand


_WHY: dict[type[ast.AST], str] = {
    ast.Call: "only functions are called, with arguments by position",
    ast.Tuple: "a comma stands only between the arguments of a function",
    ast.List: "vectors come in as arguments, e.g. x=[1,2,3]",
    ast.BinOp: "the operations are + - * / ** @",
    ast.Attribute: "a name has no parts here",
    ast.Starred: "a star has no meaning here",
}
