"""The Wengert list: a computation as a list of primitives in the order in which they ran.

One structure serves reverse mode (swept backwards), source transformation, operation counts, pictures and
formulas. Each node refers only to earlier nodes and to constants.

Reference: R. E. Wengert, "A simple automatic derivative evaluation program", CACM 7(8), 1964.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derivlab.array.primitive import Primitive
from derivlab.rules import RULES
from derivlab.transpose import whole


class Node:
    """One line of the list: ``value = primitive(*values, **params)``.

    ``parents[i]`` is the node that made argument i, or None where it is a constant; ``values[i]`` is that
    argument. An input has no primitive.
    """

    __slots__ = ("index", "params", "parents", "primitive", "value", "values")

    def __init__(
        self,
        index: int,
        primitive: Primitive | None,
        parents: Sequence[Node | None],
        values: Sequence[Any],
        params: Mapping[str, Any],
        value: Any,
    ) -> None:
        self.index = index
        self.primitive = primitive
        self.parents = parents
        self.values = values
        self.params = params
        self.value = value

    def __repr__(self) -> str:
        what = "input" if self.primitive is None else self.primitive.name
        parents = ", ".join("·" if node is None else f"v{node.index}" for node in self.parents)
        return f"v{self.index} = {what}({parents})"


def depends(node: Node) -> bool:
    """Whether a node depends smoothly on an input (a comparison or a rounding does not)."""
    seen: set[int] = set()
    pending = [node]
    while pending:
        current = pending.pop()
        if current.primitive is None:
            return True
        rule = RULES[current.primitive.name]
        for i, parent in enumerate(current.parents):
            if parent is not None and parent.index not in seen and rule.depends(i):
                seen.add(parent.index)
                pending.append(parent)
    return False


def sweep(nodes: Sequence[Node], seeds: Mapping[int, Any], inputs: Sequence[Node]) -> list[Any]:
    """Sweep the list backwards: the cotangents of ``inputs``, given those of some nodes by index.

    A cotangent may be smaller than its array where it broadcasts to it; one that stays None is zero.
    Cost: at most a small multiple of the operations recorded, whatever the number of inputs.
    """
    if not seeds:
        return [None] * len(inputs)
    last = max(seeds)
    bars: list[Any] = [None] * (last + 1)
    for index, seed in seeds.items():
        bars[index] = seed
    for node in reversed(nodes[: last + 1]):
        t = bars[node.index]
        if t is None or node.primitive is None:
            continue
        bars[node.index] = None
        rule = RULES[node.primitive.name]
        if not rule.lazy and t.shape != node.value.shape:
            t = whole(t, node.value.shape)
        for i, parent in enumerate(node.parents):
            if parent is None:
                continue
            part = rule.pull(i, t, node.value, node.values, node.params)
            if part is None:
                continue
            bar = bars[parent.index]
            bars[parent.index] = part if bar is None else bar + part
    return [bars[node.index] if node.index <= last else None for node in inputs]
