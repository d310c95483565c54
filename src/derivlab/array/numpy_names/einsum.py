"""Einstein's sums, two arrays at a time, each pair as one matrix product.

Indices that stand in both arrays and in the result are axes of the batch, those that stand in neither the result nor
a later array are summed over, and the rest are rows and columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array import views
from derivlab.array.level import Traced
from derivlab.array.numpy_names.common import Table, array, cast
from derivlab.array.surface.axes import shape_of

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _einsum(*operands: Any, dtype: Any = None, optimize: Any = False) -> Any:
    """Σ over the indices that the result lacks; any order of contraction gives the same numbers but for rounding."""
    inputs, output, arrays = _parsed(operands)
    sizes = _sizes(inputs, arrays)
    terms = [_simple(cast(x, dtype), labels, sizes) for x, labels in zip(arrays, inputs, strict=True)]
    x, labels = terms[0]
    for i, (y, other) in enumerate(terms[1:], start=2):
        needed = set(output).union(*(later for _, later in terms[i:]))
        x, labels = _pair(x, labels, y, other, needed)
    x, labels = _summed(x, labels, set(output))
    missing = [label for label in output if label not in labels]  # indices of length 1 everywhere
    x, labels = xp.reshape(x, shape_of(x) + (1,) * len(missing)), labels + missing
    turned = _ordered(x, labels, output)
    return turned[...] if turned is arrays[0] else turned  # as NumPy's, a view


def _parsed(operands: Sequence[Any]) -> tuple[list[list[Any]], list[Any], list[Any]]:
    """The labels of each array and of the result, with one label for each axis that an ellipsis stands for."""
    if isinstance(operands[0], str):
        text, arrays = operands[0].replace(" ", ""), [array(x) for x in operands[1:]]
    else:
        text, arrays = _spelled(operands)
    left, arrow, right = text.partition("->")
    words = left.split(",")
    if len(words) != len(arrays):
        raise ValueError(f"einsum: {len(words)} terms in {text!r}, but {len(arrays)} arrays")
    inputs = [_labels(word, len(shape_of(x))) for word, x in zip(words, arrays, strict=True)]
    dots = max((label for word in inputs for label in word if isinstance(label, int)), default=0)
    if arrow:
        marks = right.replace("...", "\0")
        output = [label for mark in marks for label in (range(dots, 0, -1) if mark == "\0" else (mark,))]
    else:
        letters = [label for word in inputs for label in word if isinstance(label, str)]
        output = [*range(dots, 0, -1), *sorted(label for label in set(letters) if letters.count(label) == 1)]
    if dots and not set(range(1, dots + 1)) <= set(output):
        raise ValueError(f"einsum: the result of {text!r} needs an ellipsis too")
    known = {label for word in inputs for label in word}
    if any(isinstance(label, str) and label not in known for label in output) or len(set(output)) < len(output):
        raise ValueError(f"einsum: the result of {text!r} repeats an index, or has one that no array has")
    return inputs, output, arrays


def _labels(word: str, ndim: int) -> list[Any]:
    """Letters; axes of an ellipsis are counted from the right: …, 2, 1."""
    letters = word.replace("...", "\0")
    if any(c not in _LETTERS and c != "\0" for c in letters) or letters.count("\0") > 1:
        raise ValueError(f"einsum: {word!r} is not made of letters and one ellipsis")
    spare = ndim - len(letters.replace("\0", ""))
    if spare < 0 or (spare and "\0" not in letters):
        raise ValueError(f"einsum: {word!r} does not fit an array with {ndim} axes")
    return [label for c in letters for label in (range(spare, 0, -1) if c == "\0" else (c,))]


def _spelled(operands: Sequence[Any]) -> tuple[str, list[Any]]:
    """The other form, array, list, array, list, …, as text."""
    pairs, rest = divmod(len(operands), 2)
    spell = lambda axes: "".join("..." if a is Ellipsis else _LETTERS[int(a)] for a in axes)
    text = ",".join(spell(operands[2 * i + 1]) for i in range(pairs))
    if rest:
        text += "->" + spell(operands[-1])
    return text, [array(operands[2 * i]) for i in range(pairs)]


def _sizes(inputs: list[list[Any]], arrays: list[Any]) -> dict[Any, int]:
    sizes: dict[Any, int] = {}
    for labels, x in zip(inputs, arrays, strict=True):
        for label, size in zip(labels, shape_of(x), strict=True):
            if sizes.get(label, 1) != 1 and size not in (1, sizes[label]):
                raise ValueError(
                    f"einsum: index {label!r} has length {sizes[label]} in one array and {size} in another"
                )
            sizes[label] = size if sizes.get(label, 1) == 1 else sizes[label]
    return sizes


def _simple(x: Any, labels: list[Any], sizes: dict[Any, int]) -> tuple[Any, list[Any]]:
    """An array with each index once: diagonals taken, axes of length 1 that others stretch dropped."""
    thin = [a for a, label in enumerate(labels) if shape_of(x)[a] == 1 != sizes[label]]
    if thin:
        x = xp.squeeze(x, tuple(thin))
        labels = [label for a, label in enumerate(labels) if a not in thin]
    while len(set(labels)) < len(labels):
        label = next(label for label in labels if labels.count(label) > 1)
        first = labels.index(label)
        second = labels.index(label, first + 1)
        places = np.arange(shape_of(x)[first])
        others = [a for a in range(len(labels)) if a not in (first, second)]
        turned = xp.permute_dims(x, [first, second, *others])
        x = p.index(turned, key=(places, places))
        if isinstance(x, Traced):  # np.einsum("ii->i", x)[:] = 1.0 writes into x
            views.tie(x, turned, p.index, {"key": (places, places)})
        labels = [label, *(labels[a] for a in others)]
    return x, list(labels)


def _summed(x: Any, labels: list[Any], kept: set[Any]) -> tuple[Any, list[Any]]:
    axes = tuple(a for a, label in enumerate(labels) if label not in kept)
    return (xp.sum(x, axis=axes), [label for label in labels if label in kept]) if axes else (x, labels)


def _ordered(x: Any, labels: list[Any], order: list[Any]) -> Any:
    return x if labels == order else xp.permute_dims(x, [labels.index(label) for label in order])


def _pair(x: Any, left: list[Any], y: Any, right: list[Any], needed: set[Any]) -> tuple[Any, list[Any]]:
    """The product of two arrays, summed over what nobody needs any more."""
    x, left = _summed(x, left, needed | set(right))
    y, right = _summed(y, right, needed | set(left))
    both = [label for label in left if label in right]
    batch = [label for label in both if label in needed]
    inner = [label for label in both if label not in needed]
    rows = [label for label in left if label not in both]
    columns = [label for label in right if label not in both]
    sizes = dict(zip(left, shape_of(x), strict=True)) | dict(zip(right, shape_of(y), strict=True))
    lengths = lambda labels: tuple(sizes[label] for label in labels)
    x, y = _ordered(x, left, batch + rows + inner), _ordered(y, right, batch + inner + columns)
    shape = lengths(batch + rows + columns)
    if not inner:
        spread = xp.reshape(x, lengths(batch + rows) + (1,) * len(columns))
        across = xp.reshape(y, lengths(batch) + (1,) * len(rows) + lengths(columns))
        return spread * across, batch + rows + columns
    stack = lengths(batch)
    m, k, n = (math.prod(lengths(part)) for part in (rows, inner, columns))
    product = p.matmul(xp.reshape(x, (*stack, m, k)), xp.reshape(y, (*stack, k, n)))
    return xp.reshape(product, shape), batch + rows + columns


TABLE: Table = {np.einsum: _einsum}
