"""What passes look for: a primitive and its operands, numbers, and factors."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.graph import Builder, Form, Node, Operand, form_of, operands


def operand_of(x: Operand, name: str, i: int) -> Operand | None:
    """Operand i of x, if x is the result of primitive ``name``."""
    if not isinstance(x, Node) or x.primitive is not PRIMITIVES[name]:
        return None
    return None if name == "negative" and x.form.dtype.kind != "f" else operands(x)[i]  # unsigned integers wrap


def is_a(x: Operand, name: str) -> bool:
    """Whether x is the result of primitive ``name``."""
    return isinstance(x, Node) and x.primitive is PRIMITIVES[name]


_LARGEST_SEEN = 10**6
"""Entries of a constant array above which it is not searched for ones and zeros."""


def is_all(x: Operand, number: float) -> bool:
    """Whether x is a constant, all of whose entries are a given number."""
    if isinstance(x, np.ndarray):
        return x.size <= _LARGEST_SEEN and bool((x == number).all())
    return is_number(x) and x == number


def is_number(x: Operand) -> bool:
    """Whether x is a single constant number, and no truth value."""
    return isinstance(x, (int, float, np.number)) and not isinstance(x, bool)


def is_moderate(x: Operand) -> bool:
    """Whether x is a number so near 1 that products with and without it overflow or vanish at like sizes."""
    return is_number(x) and 2.0**-20 <= abs(x) <= 2.0**20


def product(a: Any, b: Any, dtype: Any) -> Any:
    """a b of two numbers as a Python number; None where more than its rounding is lost."""
    a, b = (x.item() if isinstance(x, np.generic) else x for x in (a, b))
    both, limits = a * b, np.finfo(dtype)
    if not float(limits.tiny) <= abs(both) <= float(limits.max):
        return None
    return both if abs(both) < 2**53 else float(both)


def fits(a: Operand, b: Operand, form: Form) -> bool:
    """Whether a and b together broadcast to a form."""
    return np.broadcast_shapes(form_of(a).shape, form_of(b).shape) == form.shape


def factored(x: Operand, builder: Builder) -> tuple[Operand | None, Operand]:
    """A product of a single number, constant or computed, with an array that nobody else reads, taken apart."""
    if is_a(x, "multiply") and builder.readers[x.index] == 1 and x.form.dtype.kind == "f":
        a, b = operands(x)
        for factor, array in ((a, b), (b, a)):
            if form_of(factor).shape == () != form_of(array).shape and form_of(array).dtype == x.form.dtype:
                return factor, array
    return None, x


def scaled(x: Operand) -> tuple[Any, Operand]:
    """A product with a constant number, taken apart."""
    if isinstance(x, Node) and x.primitive is PRIMITIVES["multiply"]:
        a, b = operands(x)
        for number, rest in ((a, b), (b, a)):
            if is_number(number) and form_of(rest).dtype == x.form.dtype and x.form.dtype.kind == "f":
                return number, rest
    return None, x
