"""``parse``: a typed formula as a function of its names."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from derivlab.errors import ArgumentError
from derivlab.namespace import array_namespace
from derivlab.typed.reader import Code, Reader
from derivlab.typed.text import Typed


class Expression:
    """A typed formula as a function of its names; prints as its text.

    Attributes
    ----------
    text
        The formula.
    names
        Its arguments, in order.
    """

    def __init__(self, text: str, names: Sequence[str], code: Code) -> None:
        self.text = self.__name__ = text
        self.names = tuple(names)
        self._code = code
        kind = inspect.Parameter.POSITIONAL_ONLY
        self.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])

    def __call__(self, *args: Any) -> Any:
        if len(args) != len(self.names):
            raise ArgumentError(f"{self.text} takes {len(self.names)} arguments, {', '.join(self.names)}; "
                                f"got {len(args)}")  # fmt: skip
        return self._code(dict(zip(self.names, args, strict=True)), array_namespace(*args))

    def __repr__(self) -> str:
        return self.text

    def __reduce__(self) -> Any:
        return parse, (self.text, self.names)


def parse(text: str, names: Sequence[str] | None = None) -> Expression:
    """A formula such as ``"sin(x)*exp(-x**2)"`` as a function that every method differentiates.

    The text is read by a whitelist and never evaluated as Python. It may hold numbers, names, ``+ - * / ** @``,
    brackets, entries ``x[0]``, the constants pi and e, the elementwise functions and reductions of the array API
    standard, those of ``dl.special``, and ``dot`` and ``norm``; all arguments by position. Numbers with a point or an
    exponent stay the doubles they are. What is constant is computed once, in Python's arithmetic: 1/3 is the double
    nearest to it. Bounds: 1000 characters, 100 levels, whole numbers to 2⁵³, constant exponents to 1000.

    Parameters
    ----------
    text
        The formula, in ASCII.
    names
        The arguments in order; by default the formula's names in the order in which they first stand there.

    Returns
    -------
    Expression
        A function of numbers or arrays, over any library.

    Raises
    ------
    ArgumentError
        If the text is something else; one line that says what, and at which position, counted from 1.

    Examples
    --------
    >>> import derivlab as dl
    >>> f = dl.parse("sin(x)*exp(-x**2)")
    >>> f, float(dl.reverse.grad(f)(0.0))
    (sin(x)*exp(-x**2), 1.0)
    """
    typed = Typed(text)
    reader = Reader(typed)
    code = reader.code(typed.tree())
    if names is None and not reader.names:
        typed.refuse("it has no variable to differentiate by")
    order = list(reader.names) if names is None else list(names)
    for name in order:
        if name not in reader.names:
            typed.refuse(f"no {name!a} stands there; its names are {', '.join(reader.names) or 'none'}")
    for name, position in reader.names.items():
        if name not in order:
            typed.refuse(f"{name} has no value; type e.g. {name}=0.7 beside {', '.join(order) or 'the rest'}", position)
    return Expression(text.strip(), order, code)
