"""Parts of arrays that were scattered by an array of places: each part is gathered from where it came."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.graph import Builder, Candidate, Node, Operand, operands

_WHOLE = slice(None)


def gathers(candidate: Candidate, builder: Builder) -> Operand | None:
    """A slice of a scatter by an array of places along one axis → an index, where each place is hit exactly once."""
    x = candidate.operands[0]
    if candidate.name != "index" or not isinstance(x, Node) or x.primitive is not PRIMITIVES["scatter"]:
        return None
    (axis, places), (own, part) = _along(x.params["key"]), _along(candidate.params["key"])
    if (
        not isinstance(places, np.ndarray)
        or places.ndim != 1
        or places.dtype.kind != "i"
        or not isinstance(part, slice)
    ):
        return None
    size = x.form.shape[axis]
    places, wanted = places % size, np.arange(size)[part]
    if own != axis or np.any(np.bincount(places, minlength=size)[wanted] != 1):
        return None
    origin = np.zeros(size, dtype=np.int64)
    origin[places] = np.arange(places.size)
    return builder.add(candidate.like("index", operands(x)[0], key=(*(_WHOLE,) * axis, origin[wanted])))


def _along(key: Any) -> tuple[int, Any]:
    """The only axis along which an index picks something, and what; the last axis and None if there is no such."""
    parts = key if isinstance(key, tuple) else (key,)
    picked = [i for i, part in enumerate(parts) if not (isinstance(part, slice) and part == _WHOLE)]
    return (picked[0], parts[picked[0]]) if len(picked) == 1 else (-1, None)
