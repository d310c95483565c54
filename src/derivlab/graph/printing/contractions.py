"""Sums of products that need no array of the products."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.graph import Graph, Node, form_of, operands

WORTH_CONTRACTING = 2**14
"""Entries above which one call is faster than two."""
_LETTERS = "ijklmnop"


def find_contractions(graph: Graph, readers: Mapping[int, int], fixed: Collection[int]) -> dict[int, Node]:
    """Sums by index whose operand, a product of equal forms that nobody else reads, need not be stored.

    Only sums that leave the last axis: there both ways add in the same order. ``fixed`` are nodes to be left alone.
    """
    found: dict[int, Node] = {}
    for node in graph.nodes:
        if node.primitive is not PRIMITIVES["sum"] or node.index in fixed or not isinstance(node.parents[0], Node):
            continue
        x, axis = node.parents[0], node.params["axis"]
        if (
            x.primitive in (PRIMITIVES["multiply"], PRIMITIVES["square"])
            and x.index not in fixed
            and readers[x.index] == 1
            and all(form_of(y) == x.form for y in operands(x))
            and x.form.size >= WORTH_CONTRACTING
            and x.form.dtype.kind == "f"
            and axis is not None
            and len(x.form.shape) - 1 not in axis
            and len(x.form.shape) <= len(_LETTERS)
            and not node.params["keepdims"]
        ):
            found[node.index] = x
    return found


def contraction_text(node: Node, product: Node, texts: list[str]) -> str:
    """The sum as Einstein's convention writes it."""
    letters = _LETTERS[: len(product.form.shape)]
    kept = "".join(letter for axis, letter in enumerate(letters) if axis not in node.params["axis"])
    a, b = texts * 2 if len(texts) == 1 else texts
    return f"np.einsum({f'{letters},{letters}->{kept}'!r}, {a}, {b})"
