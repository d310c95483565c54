"""Recording: every primitive becomes a node of a Wengert list, which reverse mode sweeps backwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array.array import Array
from derivlab.array.level import Level, Traced
from derivlab.array.primitive import Primitive
from derivlab.graph.wengert import Node, depends


class Record(Level):
    """A Wengert list being written: an array's ``trace`` is its node.

    Attributes
    ----------
    nodes
        The list so far, inputs included. Constants that the program could still write into are copied: the
        sweep needs them as they were.
    decisions
        The nodes on whose values the Python program branched or chose indices, with those values: the
        recording is the function only where they are the same.
    """

    name = "record"

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self.decisions: list[tuple[Node, Any]] = []

    def input(self, value: Any) -> Array:
        """A new input of the list."""
        node = Node(len(self.nodes), None, (), (), {}, value)
        self.nodes.append(node)
        return Array(self, value, node)

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        values: list[Any] = []
        parents: list[Node | None] = []
        for arg in args:
            if isinstance(arg, Traced):
                level = arg.level
                if level is self:
                    values.append(arg.value)
                    parents.append(arg.trace)
                    continue
                if level.number > self.number:
                    return level.run(primitive, args, params)
            values.append(arg.copy() if type(arg) is np.ndarray and arg.flags.writeable else arg)
            parents.append(None)
        value = primitive.evaluate(values, params)
        nodes = self.nodes
        node = Node(len(nodes), primitive, parents, values, params, value)
        nodes.append(node)
        return Array(self, value, node)

    def carries(self, array: Traced) -> bool:
        value = array.value
        return depends(array.trace) or (isinstance(value, Traced) and value.level.carries(value))

    def decide(self, array: Traced) -> Any:
        self.decisions.append((array.trace, array.value))
        return array.value

    def node(self, array: Any) -> Node | None:
        """The node of an answer: None if it does not depend on the inputs of this run."""
        return array.trace if isinstance(array, Traced) and array.level is self else None
