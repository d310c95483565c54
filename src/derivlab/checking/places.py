"""Where in a derivative its wrong entries are, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.checking.verdict import Pattern


def place(wrong: Any, shapes: Sequence[tuple[int, ...]], names: Sequence[str]) -> Pattern:
    """A name for the place, "" where it says nothing about the cause, and its words."""
    count, total = int(np.count_nonzero(wrong)), wrong.size
    if count == total:
        return Pattern("", "in every entry")
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    parts = [part.reshape(shape) for part, shape in zip(np.split(wrong, ends), shapes, strict=True)]
    touched = [k for k, part in enumerate(parts) if part.any()]
    if count == 1:
        return Pattern("one entry", "in one entry alone")
    if len(touched) > 1:
        return Pattern("", f"in {count} of {total} entries")
    part, name = parts[touched[0]], names[touched[0]]
    if part.all():
        return Pattern("one array", f"in {name} alone")
    found = _inside(part)
    return Pattern(found.name, f"{found.text} of {name}") if found else Pattern("", f"in {count} of {total} entries")


def _inside(part: Any) -> Pattern | None:
    """A row, a column, the diagonal, a triangle, a block."""
    if part.ndim == 2:
        rows, columns = np.any(part, axis=1), np.any(part, axis=0)
        if rows.sum() == 1:
            return Pattern("row", f"in row {int(np.argmax(rows))}")
        if columns.sum() == 1:
            return Pattern("column", f"in column {int(np.argmax(columns))}")
        if part.shape[0] == part.shape[1]:
            diagonal = np.eye(part.shape[0], dtype=bool)
            if not part[~diagonal].any():
                return Pattern("diagonal", "on the diagonal")
            if not part[diagonal].any():
                sides = np.triu(part).any(), np.tril(part).any()
                side = "above" if not sides[1] else "below" if not sides[0] else "off"
                return Pattern("triangle" if side != "off" else "off-diagonal", f"{side} the diagonal")
    if part.ndim == 1 and part.sum() > 1:
        at = np.flatnonzero(part)
        if at[-1] - at[0] == at.size - 1:
            return Pattern("block", f"in entries {at[0]} to {at[-1]}")
    return None
