"""Arithmetic operations of recorded programs, counted number by number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.graph.graph import Graph, Node
from derivlab.graph.trace import Trace
from derivlab.method.abstract import Prepared

FREE = "reshape broadcast_to matrix_transpose permute_dims index scatter concat astype flip where".split()
"""Primitives that move numbers and compute none."""


def arithmetic(graph: Graph) -> int:
    """Operations on numbers: one for each entry of an elementwise result, 2k for each of a product over k.

    To add to an entry that is 0 because a part was put beside it takes none.
    """
    total = 0
    filled: dict[int, Any] = {}
    for node in graph.nodes:
        if node.primitive is None or node.primitive.name in FREE:
            if node.primitive is not None and node.primitive.name == "scatter":
                filled[node.index] = np.zeros(node.form.shape, bool)
                filled[node.index][node.params["key"]] = True
            continue
        both = [True if x is None else filled.get(x.index, True) for x in node.parents]
        if node.primitive.name == "add" and any(x is not True for x in both):
            total += int(np.sum(np.broadcast_to(both[0] & both[1], node.form.shape)))
            filled[node.index] = both[0] | both[1]
        else:
            total += node.form.size * _each(node)
    return total


def _each(node: Node) -> int:
    """Operations for one entry of a result."""
    assert node.primitive is not None
    first = node.parents[0].form.shape if node.parents[0] is not None else np.shape(node.constants[0])
    if node.primitive.name == "matmul":
        return 2 * first[-1]
    return math.prod(first) // max(node.form.size, 1) if node.form.size < math.prod(first) else 1


def arithmetic_of(f: Callable[..., Any], args: Sequence[Any]) -> int:
    """Operations on numbers in f itself, recorded at ``args``."""
    return arithmetic(_recorded(f, args))


def steps_of(f: Callable[..., Any], args: Sequence[Any]) -> int:
    """The primitives that f runs through at ``args``."""
    return sum(node.primitive is not None for node in _recorded(f, args).nodes)


def _recorded(f: Callable[..., Any], args: Sequence[Any]) -> Graph:
    leaves = [np.float64(x) if isinstance(x, float) else x for x in args]
    floats = [k for k, x in enumerate(leaves) if isinstance(x, (np.ndarray, np.generic))]

    def function(traced: Any) -> list[Any]:
        given = dict(zip(floats, traced, strict=True))
        return [f(*(given.get(k, x) for k, x in enumerate(leaves)))]

    return Trace().run(function, [leaves[k] for k in floats])


def recorded_and_compiled(prepared: Prepared) -> tuple[int, int]:
    """Operations on numbers in a compiled derivative, as it was recorded and after the optimising passes."""
    variant: Any = prepared.function.variants[0]  # type: ignore[attr-defined]
    return arithmetic(variant.recorded), arithmetic(variant.graph)
