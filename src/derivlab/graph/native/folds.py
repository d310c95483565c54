"""Reductions, printed for a compiler: what each begins with, how it takes in an entry, and over which axes."""

from __future__ import annotations

import numpy as np

from derivlab.errors import UnsupportedError
from derivlab.graph.graph import Node, form_of, operands
from derivlab.graph.native.places import Indices

_FOLDS = {
    "sum": ("0.0", "plus({0}, {1})"),
    "matmul": ("0.0", "plus_product({0}, {1}, {2})"),
    "max": ("-np.inf", "larger({0}, {1})"),
    "min": ("np.inf", "smaller({0}, {1})"),
    "all": ("True", "{0} & {1}"),
    "any": ("False", "{0} | {1}"),
}
"""What each reduction begins with, and how it takes in an entry."""
_COUNT = ("0", "{0} + {1}")
"""The same for a sum of integers or truth values."""


def reduced(node: Node) -> tuple[int, ...]:
    """The axes that a reduction is over."""
    ndim, axis = len(form_of(operands(node)[0]).shape), node.params.get("axis")
    return tuple(range(ndim)) if axis is None else tuple(sorted(k % ndim for k in np.atleast_1d(axis).tolist()))


def fold_of(node: Node) -> tuple[str, str]:
    """What a reduction begins with, and the expression that takes in an entry.

    Raises
    ------
    UnsupportedError
        For other numbers than double precision, but for counts.
    """
    assert node.primitive is not None
    name, truths = node.primitive.name, form_of(operands(node)[0]).dtype == np.bool_
    if name == "sum" and node.form.dtype == np.int64:
        return _COUNT
    if (node.form.dtype != np.float64 and name not in ("all", "any")) or (name in ("all", "any") and not truths):
        raise UnsupportedError(f"machine code: primitive {name} on {form_of(operands(node)[0]).dtype} is not supported")
    return _FOLDS[name]


def trailing(node: Node) -> bool:
    """Whether a reduction is over the last axes, so that single numbers accumulate it."""
    ndim, over = len(form_of(operands(node)[0]).shape), reduced(node)
    return over == tuple(range(ndim - len(over), ndim))


def kept(node: Node, indices: Indices) -> list[str]:
    """The index into the result of a reduction."""
    over, keepdims = reduced(node), node.params.get("keepdims", False)
    return ["0" if k in over else i for k, i in enumerate(indices) if keepdims or k not in over]
