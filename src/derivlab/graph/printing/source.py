"""Printing a graph as NumPy: a program that a student would write, and that runs as fast.

One operation a line; names from the function's own variables where they are known; shapes as comments. Where an
operand is read for the last time its memory may be written over (``a *= b``), unless the caller can see it. A
recorded loop is printed as a loop, and a long stretch of elementwise work on large arrays as a loop over blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from derivlab.graph.graph import Graph
from derivlab.graph.printing.expressions import HELPERS, helper_source, imports, runs_on_floats
from derivlab.graph.printing.names import Names, definition, double_only
from derivlab.graph.printing.writer import Writer

__all__ = ["Source", "double_only", "print_graph"]


@dataclass
class Source:
    """A printed program.

    Attributes
    ----------
    text
        The program: imports, helper functions if any, and one function.
    name
        The function's name.
    constants
        Arrays that the program reads under the names given: too large to print.
    """

    text: str
    name: str
    constants: dict[str, Any] = field(default_factory=dict)

    def compile(self, condition: str = "", names: Mapping[str, Any] | None = None) -> Callable[..., Any]:
        """The function, compiled. Nothing in the text comes from a user but identifiers that were checked.

        With a ``condition`` on its arguments, in terms of ``names``, it raises :class:`NotImplementedError` first
        where that does not hold.
        """
        scope: dict[str, Any] = {**self.constants, **(names or {})}
        text = self.text
        if condition:
            head, colon, rest = text.partition(f"def {self.name}(")
            signature, end, body = rest.partition("):\n")
            text = f"{head}{colon}{signature}{end}    if not ({condition}): raise NotImplementedError\n{body}"
        exec(compile(text, f"<derivlab {self.name}>", "exec", dont_inherit=True), scope)
        return scope[self.name]


def print_graph(
    graph: Graph,
    arguments: Sequence[str],
    answer: Callable[[Sequence[str]], str],
    *,
    name: str = "derivative",
    preamble: Sequence[str] = (),
    leaves: Sequence[str] | None = None,
    buffers: bool = True,
    floats: bool = True,
) -> Source:
    """Print a graph as a Python function.

    Parameters
    ----------
    arguments
        Names of the function's arguments.
    answer
        Makes the expression to return from the names of the outputs.
    preamble
        Lines that take containers apart; ``leaves`` names the graph's inputs after them.
    buffers
        Write results over operands that nobody reads any more.
    floats
        Compute single numbers with Python's floats and ``math``, which are faster than NumPy's. Such a program
        raises where NumPy would answer inf or NaN.
    """
    inputs, alone = list(leaves or arguments), floats and runs_on_floats(graph.nodes)
    names = Names(graph, inputs, alone)
    writer = Writer(graph, inputs, names, buffers=buffers and not alone, floats=floats)
    body = [*preamble, *writer.body()]
    result = answer([writer.returned(y) for y in graph.outputs])
    helpers = [] if alone else [helper_source(h) for h in HELPERS if h in names.used]
    head = (["import math"] if names.math else []) + imports(names.used, alone, helpers)
    lines = [f"def {name}({', '.join(arguments)}):", *(f"    {line}" if line else "" for line in body)]
    parts = ["\n".join(head)] if head else []
    parts += ["\n".join(definition(name, value) for name, value in names.constants.items())] * bool(names.constants)
    text = "\n\n\n".join([*parts, *helpers, "\n".join([*lines, f"    return {result}"])])
    return Source(text + "\n", name, names.constants)
