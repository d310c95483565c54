"""Operations on whole arrays, printed for a compiler: products of matrices, and what puts arrays together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from derivlab.errors import UnsupportedError
from derivlab.graph.graph import Node, form_of, operands
from derivlab.graph.native.nests import Group, root
from derivlab.graph.native.places import at_key, axes, empty, heads
from derivlab.libraries.numpy import is_basic

if TYPE_CHECKING:
    from derivlab.graph.native.program import Writer

SMALL_PRODUCT = 1024
"""Multiplications up to which a product of two matrices is a loop, which saves the call of BLAS."""


def whole(writer: Writer, node: Node) -> list[str]:
    """The lines for an operation on whole arrays.

    Raises
    ------
    UnsupportedError
        For a primitive that is not among them, and for other numbers than double precision.
    """
    assert node.primitive is not None
    write = _WRITTEN.get(node.primitive.name)
    if write is None or node.form.dtype != np.float64 or any(form_of(x).dtype != np.float64 for x in operands(node)):
        raise UnsupportedError(f"machine code: primitive {node.primitive.name} on {node.form.dtype} is not supported")
    name = f"t{node.index}"
    lines = write(writer, node, name)
    writer.arrays[node.index] = name
    return lines


def _matmul(writer: Writer, node: Node, name: str) -> list[str]:
    a, b = operands(node)
    if len(form_of(a).shape) == 1 or len(form_of(b).shape) == 1:
        return _batched(writer, node, name)
    rows, inner, columns = form_of(a).shape[-2:-1], form_of(a).shape[-1:], form_of(b).shape[-1:]
    if len(node.form.shape) == 2 and rows[0] * inner[0] * columns[0] > SMALL_PRODUCT:
        return [f"{name} = np.dot({_matrix(writer, a)}, {_matrix(writer, b)})"]
    outer = axes(node.form.shape)
    left, right = writer.element(a, [*outer[:-1], "k"]), writer.element(b, [*outer[:-2], "k", outer[-1]])
    shape, at = node.form.shape, f"{name}[{', '.join(outer)}]"
    indents = ["    " * depth for depth in range(len(shape) + 2)]
    last, deep = len(shape) - 1, len(shape)
    if _turned(b) or columns[0] == 1:
        return [
            empty(name, node),
            *heads(shape[:-1]),
            f"{indents[last]}for i{last} in range({columns[0]}):",
            f"{indents[deep]}total = 0.0",
            f"{indents[deep]}for k in range({inner[0]}):",
            f"{indents[deep + 1]}total = plus_product(total, {left}, {right})",
            f"{indents[deep]}{at} = total",
        ]
    return [
        empty(name, node, "0.0"),
        *heads(shape[:-1]),
        f"{indents[last]}for k in range({inner[0]}):",
        f"{indents[deep]}entry = {left}",
        f"{indents[deep]}for i{last} in range({columns[0]}):",
        f"{indents[deep + 1]}{at} = plus_product({at}, entry, {right})",
    ]


def _batched(writer: Writer, node: Node, name: str) -> list[str]:
    """Products of one vector with several matrices."""
    a, b = operands(node)
    outer, left = axes(node.form.shape), len(form_of(a).shape) == 1
    x = writer.element(a, ["k"] if left else [*outer, "k"])
    y = writer.element(b, [*outer[:-1], "k", outer[-1]] if left else ["k"])
    inside = "    " * len(outer)
    return [
        empty(name, node),
        *heads(node.form.shape),
        f"{inside}total = 0.0",
        f"{inside}for k in range({form_of(a).shape[-1]}):",
        f"{inside}    total = plus_product(total, {x}, {y})",
        f"{inside}{name}[{', '.join(outer)}] = total",
    ]


def _matrix(writer: Writer, x: Any) -> str:
    """A matrix for BLAS, which reads transposes as they are."""
    return f"{writer.array(root(x))}.T" if _turned(x) else writer.array(x)


def _turned(x: Any) -> bool:
    return isinstance(x, Node) and x.primitive is not None and x.primitive.name == "matrix_transpose"


def vector_products(writer: Writer, group: Group) -> list[str]:
    """Products of one matrix A with vectors, A x and Aᵀ x, in one walk through A."""
    rows, columns = form_of(group.matrix).shape
    before, each_row, each_entry, after = [], [], [], []
    for unit in group.units:
        assert isinstance(unit, Node)
        a, b = operands(unit)
        matrix, vector = (a, b) if len(form_of(a).shape) == 2 else (b, a)
        name = f"t{unit.index}"
        before.append(empty(name, unit, "0.0"))
        if (matrix is a) is _turned(matrix):
            each_row.append(f"{name}_factor = {writer.element(vector, ['i0'])}")
            each_entry.append(f"{name}[i1] = plus_product({name}[i1], entry, {name}_factor)")
        else:
            each_row.append(f"{name}_total = 0.0")
            each_entry.append(f"{name}_total = plus_product({name}_total, entry, {writer.element(vector, ['i1'])})")
            after.append(f"{name}[i0] = {name}_total")
        writer.arrays[unit.index] = name
    return [
        *before,
        f"for i0 in range({rows}):",
        *(f"    {line}" for line in each_row),
        f"    for i1 in range({columns}):",
        f"        entry = {writer.element(group.matrix, ['i0', 'i1'])}",
        *(f"        {line}" for line in each_entry),
        *(f"    {line}" for line in after),
    ]


def _reshape(writer: Writer, node: Node, name: str) -> list[str]:
    writer.foreign.add(name)  # it shares memory
    return [f"{name} = {writer.array(operands(node)[0])}.reshape({node.form.shape})"]


def _scatter(writer: Writer, node: Node, name: str) -> list[str]:
    """Zeros with entries set, or added where an index may name a place twice."""
    (x,), key = operands(node), node.params["key"]
    indices = axes(form_of(x).shape)
    places = ", ".join(at_key(key, node.form.shape, indices, writer.constant))
    line = f"{name}[{places}] {'=' if is_basic(key) else '+='} {writer.element(x, indices)}"
    return [empty(name, node, "0.0"), *heads(form_of(x).shape), "    " * len(indices) + line]


def _concat(writer: Writer, node: Node, name: str) -> list[str]:
    axis, begin, lines = node.params["axis"] or 0, 0, [empty(name, node)]
    for x in operands(node):
        shape = form_of(x).shape
        indices = axes(shape)
        target = ", ".join(f"{begin} + {i}" if k == axis % len(shape) else i for k, i in enumerate(indices))
        lines += heads(shape)
        lines.append(f"{'    ' * len(shape)}{name}[{target}] = {writer.element(x, indices)}")
        begin += shape[axis]
    return lines


def _cumulative_sum(writer: Writer, node: Node, name: str) -> list[str]:
    (x,), shape = operands(node), node.form.shape
    axis = (node.params["axis"] or 0) % len(shape)
    indices = axes(shape)
    before = ", ".join(f"{i} - 1" if k == axis else i for k, i in enumerate(indices))
    entry = writer.element(x, indices)
    line = f"{name}[{', '.join(indices)}] = {entry} if i{axis} == 0 else {name}[{before}] + {entry}"
    return [empty(name, node), *heads(shape), "    " * len(shape) + line]


_WRITTEN = {
    "matmul": _matmul,
    "reshape": _reshape,
    "scatter": _scatter,
    "concat": _concat,
    "cumulative_sum": _cumulative_sum,
}
