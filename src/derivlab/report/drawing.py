"""``dl.draw``: the computational graph as lectures on backpropagation draw it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from derivlab.errors import ArgumentError
from derivlab.graph.drawing.draw import Node, fold, picture
from derivlab.method.formulas import letter_of
from derivlab.method.problem import ArgNums
from derivlab.method.recording import record_run


class GraphDrawing:
    """A drawn computational graph.

    Attributes
    ----------
    nodes
        What is drawn: label, value and gradient of each node.
    """

    def __init__(self, nodes: Sequence[Node], values: bool = True) -> None:
        self.nodes = nodes
        self._values = values

    @cached_property
    def figure(self) -> Any:
        """The matplotlib figure."""
        from derivlab.report.painter import Painter

        return Painter(self.nodes, self._values).figure

    def save(self, path: str | Path) -> Path:
        """Write as SVG, PDF or PNG, by the file's ending; equal graphs give equal bytes on equal versions.

        Raises
        ------
        ArgumentError
            If the ending is another.
        """
        from derivlab.report.figures import FORMATS, save_as

        path = Path(path)
        if path.suffix[1:] not in FORMATS:
            endings = ", ".join(f".{kind}" for kind in FORMATS)
            raise ArgumentError(f"cannot write {path.name!r}: the name must end in one of {endings}")
        return save_as(self.figure, path)

    def _repr_svg_(self) -> str:
        from derivlab.report.figures import as_svg

        return as_svg(self.figure)


def draw(f: Callable[..., Any], *args: Any, argnums: ArgNums = 0, values: bool = True) -> GraphDrawing:
    """The computational graph of a function at a point, with values and gradients on its wires.

    Inputs stand at the left and the answer at the right; circles are operations. On the wire that leaves a node
    its value is above, and below it the derivative of the answer with respect to that value, summed over all
    readers; of an array with more than one entry both show the shape. Arguments without a derivative are grey. A
    graph of more than 60 nodes is folded: its first and last operations stay.

    Parameters
    ----------
    f
        Array code. A spec works too.
    args
        Where to run it.
    argnums
        The arguments to show gradients for.
    values
        Whether to write values and gradients.

    Returns
    -------
    GraphDrawing
        With ``save("graph.svg")`` and ``figure``; notebooks show it.

    Examples
    --------
    >>> import derivlab as dl
    >>> drawing = dl.draw(lambda x, y, z: (x + y) * z, -2.0, 5.0, -4.0, argnums=(0, 1, 2))
    >>> [(node.label, float(node.value), float(node.gradient)) for node in drawing.nodes][3:]
    [('+', 3.0, -4.0), ('×', -12.0, 1.0)]
    """
    run = record_run(f, args, argnums)
    nodes = picture(run.lines, run.bars, run.outputs, run.active, run.names, letter_of(f))
    return GraphDrawing(fold(nodes), values)
