"""Where an entry of a slice, transpose, broadcast or selection stands in the array that it is taken from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.errors import UnsupportedError
from derivlab.graph.graph import Node, form_of, operands

Indices = Sequence[str]
Name = Callable[[Any], str]
"""Gives a constant array a name in the program."""


def moved(node: Node, indices: Indices, name: Name) -> list[str]:
    """The index into the operand, as text, of what stands in the result at ``indices``."""
    assert node.primitive is not None
    kind, shape = node.primitive.name, form_of(operands(node)[0]).shape
    if kind == "index":
        return at_key(node.params["key"], shape, indices, name)
    if kind == "matrix_transpose":
        *rest, i, j = indices
        return [*rest, j, i]
    if kind == "permute_dims":
        order: Sequence[int] = node.params["axes"]
        return [indices[order.index(axis)] for axis in range(len(shape))]
    if kind == "broadcast_to":
        return ["0" if size == 1 else i for size, i in zip(shape, indices[len(indices) - len(shape) :], strict=True)]
    if kind == "reshape":  # that adds or drops axes of size 1
        left = iter([i for size, i in zip(node.form.shape, indices, strict=True) if size != 1])
        return ["0" if size == 1 else next(left) for size in shape]
    turned, shifts = _turned(node, len(shape))
    result = list(indices)
    for axis, shift in zip(turned, shifts, strict=True):
        size = shape[axis]
        result[axis] = (
            f"{size - 1} - {result[axis]}" if kind == "flip" else f"({result[axis]} + {-shift % size}) % {size}"
        )
    return result


def _turned(node: Node, ndim: int) -> tuple[list[int], list[int]]:
    """The axes of a flip or roll, and by how much they roll."""
    axis, shift = node.params["axis"], node.params.get("shift", 0)
    if axis is None and ndim > 1 and "shift" in node.params:
        raise UnsupportedError("machine code: roll needs an axis")
    axes = list(range(ndim)) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    return [a % ndim for a in axes], list(shift) if isinstance(shift, tuple) else [shift] * len(axes)


def at_key(key: Any, shape: Sequence[int], indices: Indices, name: Name) -> list[str]:
    """The index into an array of ``shape`` of what stands in ``array[key]`` at ``indices``.

    Raises
    ------
    UnsupportedError
        For masks, and for arrays of integers with a slice between them.
    """
    parts = _every_axis(key, len(shape))
    chosen = [k for k, part in enumerate(parts) if isinstance(part, (np.ndarray, int))]
    arrays = [parts[k] for k in chosen if isinstance(parts[k], np.ndarray)]
    if any(a.dtype.kind not in "iu" for a in arrays) or (arrays and chosen[-1] - chosen[0] != len(chosen) - 1):
        raise UnsupportedError("machine code: this index is not supported; use slices, or integers side by side")
    picked = len(np.broadcast_shapes(*(a.shape for a in arrays)))
    result: list[str] = []
    at = axis = end = 0
    for part in parts:
        if part is None:
            at += 1
            continue
        if isinstance(part, slice):
            start, _, step = part.indices(shape[axis])
            result.append(_stepped(indices[at], start, step))
            at += 1
        elif isinstance(part, int):
            result.append(str(part % shape[axis]))
        else:
            end = end or (at := at + picked)
            own = indices[end - part.ndim : end]
            inside = ", ".join("0" if size == 1 else i for size, i in zip(part.shape, own, strict=True))
            result.append(f"{name(part % shape[axis])}[{inside or '()'}]")
        axis += 1
    return result


def _every_axis(key: Any, ndim: int) -> list[Any]:
    """The parts of a key, integers as Python's, with slices in place of an ellipsis and of what is not said."""
    parts = [int(p) if isinstance(p, np.integer) else p for p in (key if isinstance(key, tuple) else (key,))]
    parts = [np.asarray(p) if isinstance(p, list) else p for p in parts]
    missing = ndim - sum(1 for p in parts if p is not None and p is not Ellipsis)
    where = next((k for k, p in enumerate(parts) if p is Ellipsis), len(parts))
    return [*parts[:where], *[slice(None)] * missing, *parts[where + 1 :]]


def _stepped(index: str, start: int, step: int) -> str:
    scaled = index if step == 1 else f"{step} * {index}" if step > 0 else f"{start} - {-step} * {index}"
    return scaled if step < 0 or not start else f"{scaled} + {start}"


def axes(shape: Sequence[int]) -> list[str]:
    """Names for the indices of a nest."""
    return [f"i{axis}" for axis in range(len(shape))]


def heads(shape: Sequence[int]) -> list[str]:
    """The ``for`` lines of a nest."""
    return ["    " * axis + f"for i{axis} in range({size}):" for axis, size in enumerate(shape)]


def empty(name: str, node: Node, start: str = "") -> str:
    """A line that makes an array for a result; with a ``start`` it is filled with that."""
    if start:
        return f"{name} = np.full({node.form.shape}, {start}, dtype=np.{dtype_name(node)})"
    return f"{name} = np.empty({node.form.shape}, dtype=np.{dtype_name(node)})"


def dtype_name(node: Node) -> str:
    """The dtype of a result, as NumPy has it under ``np``."""
    return "bool_" if node.form.dtype == np.bool_ else node.form.dtype.name
