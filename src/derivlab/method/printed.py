"""``source``: the derivative of a function as a program to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derivlab import libraries
from derivlab.errors import unknown
from derivlab.method.checks import ArgNums, check_function, check_given
from derivlab.method.compiled import Compiled
from derivlab.method.forward import ForwardMode
from derivlab.method.reverse import ReverseMode


class ProgramText(str):
    """A printed program: text, which a notebook shows with its syntax highlighted."""

    def _repr_html_(self) -> str:
        return libraries.load("pygments").highlighted(self)


def source(
    f: Callable[..., Any], *args: Any, operator: str = "value_and_grad", argnums: ArgNums = 0, mode: str = "reverse"
) -> ProgramText:
    """A complete NumPy program for a derivative of f, at arguments like ``args``.

    Names come from the function's own variables, one operation stands on a line, the forward pass before the backward
    pass, shapes as comments. Unlike ``prepare(...).source`` it never writes over its own arrays, and reads easier.

    Parameters
    ----------
    operator
        An operator of ``derivlab.methods["reverse-compiled"]``; for "jvp" and "hvp" the arguments are two tuples.
    mode
        "reverse" or "forward".

    Raises
    ------
    ArgumentError
        If f is no function, or the arguments are not finite floating point.
    UnknownNameError
        If there is no such operator or mode.
    """
    check_given("source", check_function(f, "source"), args)
    if mode not in ("reverse", "forward"):
        raise unknown("mode", mode, ("reverse", "forward"))
    inner = ForwardMode() if mode == "forward" else ReverseMode()
    prepared = Compiled(inner).prepare(operator, f, *args, argnums=argnums)
    if not hasattr(prepared.function, "variants"):
        return ProgramText(prepared.source or "")
    variants: Any = prepared.function
    return ProgramText(variants.variants[0].print(buffers=False).text)
