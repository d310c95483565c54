"""The names and constants of a printed program."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from derivlab.graph.graph import Graph, Guard, Node
from derivlab.graph.printing.expressions import RESERVED, Named, literal

DOUBLE = (np.dtype(float), np.dtype(int), np.dtype(bool))
"""Among these alone a Python number means the same as NumPy's; elsewhere it would adapt to a smaller dtype."""
_LARGEST_PRINTED = 1000
"""Entries of a constant array above which a program does not spell it out."""


def double_only(graph: Graph) -> bool:
    """Whether a program has no smaller dtype than double precision, to which Python's numbers would adapt."""
    return all(node.form.dtype in DOUBLE for node in graph.nodes)


class Names:
    """What a program has named so far, and what it uses.

    Attributes
    ----------
    constants
        Arrays by the names under which the program reads them.
    used
        Primitives that need an import or a helper; ``math`` whether Python's module of that name is one.
    """

    def __init__(self, graph: Graph, leaves: Iterable[str], floats: bool) -> None:
        self.constants: dict[str, Any] = {}
        self.used: set[str] = set()
        self.math = False
        self.double = double_only(graph)
        self._narrow = any(node.form.dtype in (np.float32, np.complex64) for node in graph.nodes)
        self._floats = floats
        self._taken = {*leaves, *RESERVED}

    def fresh(self, name: str) -> str:
        """A name not in use, like the one given."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def of(self, node: Node, wishes: Mapping[int, str]) -> str:
        """A name for the result of a node: that of the function's own variable, if it can be used."""
        wish = wishes.get(node.index, "")
        usable = wish.isidentifier() and wish.isascii() and not keyword.iskeyword(wish)
        return self.fresh(wish if usable else f"t{node.index}")

    def constant(self, value: Any) -> str:
        """A constant as an expression."""
        if isinstance(value, np.generic) and not self._floats and not (self.double and value.dtype in DOUBLE):
            return f"np.{value.dtype.name}({literal(value)})"
        if self._floats and isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53:
            value = float(value)  # Python multiplies two floats faster than a float and an integer
        if type(value) is complex and not self._narrow:  # beside np.float64 Python's own would stay one
            return f"np.complex128({literal(value)})"
        if isinstance(value, (bool, int, float, complex, str, np.generic)) or value is None:
            text = literal(value)
            if self._floats and "np." in text:  # inf and NaN
                text = text.replace("np.", "math.")
                self.used.add("math")
            return f"({text})" if text.startswith("-") else text
        for name, known in self.constants.items():
            if known is value:
                return name
        name = self.fresh(f"c{len(self.constants) + 1}")
        self.constants[name] = value
        return name

    def hoisted(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Parameters with the arrays of an index under names, so that they are not made anew at each call."""
        key = params.get("key")
        parts = key if isinstance(key, tuple) else (key,)
        if not any(isinstance(part, np.ndarray) for part in parts):
            return params
        return {**params, "key": tuple(Named(self.constant(x)) if isinstance(x, np.ndarray) else x for x in parts)}

    def guard(self, guard: Guard, text: str) -> str:
        """The line that refuses another value than the recorded one."""
        value = guard.value
        if np.ndim(value) == 0 and np.asarray(value).dtype.kind == "b":
            condition = text if not bool(value) else f"not {text}"
        elif np.ndim(value) == 0:
            condition = f"{text} == {text}" if value != value else f"{text} != {literal(np.asarray(value)[()])}"
        else:
            exact = ", equal_nan=True" if np.asarray(value).dtype.kind in "fc" else ""
            condition = f"not np.array_equal({text}, {self.constant(np.asarray(value))}{exact})"
        return f"if {condition}: raise NotImplementedError({f'another branch was recorded at {guard.place}'!r})"


def definition(name: str, value: Any) -> str:
    """A constant array as a line of the program, or a remark where it is too large to print."""
    if (unit := _unit_vectors(value)) is not None:
        return f"{name} = {unit}"
    if not isinstance(value, np.ndarray) or value.size > _LARGEST_PRINTED:
        return f"# {name}: a constant array of shape {value.shape} that the function was recorded with"
    shape = f".reshape({value.shape})" if value.ndim != 1 else ""
    if value.dtype.kind == "c":
        entries = ", ".join(map(literal, value.ravel().tolist()))
        return f"{name} = np.array([{entries}], dtype=np.{value.dtype.name}){shape}"
    entries = re.sub(r"\b(inf|nan)\b", r"np.\1", repr(value.ravel().tolist()))
    return f"{name} = np.array({entries}, dtype=np.{value.dtype.name}){shape}"


def _unit_vectors(value: Any) -> str | None:
    """The unit vectors along the first axis that a whole Jacobian begins with, by NumPy's name for them."""
    if not isinstance(value, np.ndarray) or value.ndim < 2 or not value.size:
        return None
    count, size = value.shape[0], value.size // value.shape[0]
    row, column = divmod(int(np.argmax(value != 0)), size)
    if value.tobytes() != np.eye(count, size, column - row, value.dtype).tobytes():
        return None
    shape = f".reshape({value.shape})" if value.ndim != 2 else ""
    offset = f", {size}, {column - row}" if (size, column) != (count, row) else ""
    return f"np.eye({count}{offset}, dtype=np.{value.dtype.name}){shape}"
