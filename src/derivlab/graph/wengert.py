"""The Wengert list: a computation as a list of primitives in the order in which they ran.

One structure serves reverse mode (swept backwards), source transformation, operation counts, pictures and
formulas. Each line refers only to earlier lines, by number, and to constants.

Reference: R. E. Wengert, "A simple automatic derivative evaluation program", CACM 7(8), 1964.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from derivlab.array.primitive import Primitive
from derivlab.rules import RULES
from derivlab.transpose import whole


class Line(NamedTuple):
    """One line of the list: ``value = primitive(*values, **params)``.

    ``parents[i]`` is the number of the line that made argument i, or None where it is a constant; ``values[i]`` is
    that argument. An input has no primitive.
    """

    primitive: Primitive | None
    parents: Sequence[int | None]
    values: Sequence[Any]
    params: Mapping[str, Any]
    value: Any


def depends(lines: Sequence[Line], number: int) -> bool:
    """Whether a line depends smoothly on an input (a comparison or a rounding does not)."""
    seen: set[int] = set()
    pending = [number]
    while pending:
        line = lines[pending.pop()]
        if line.primitive is None:
            return True
        rule = RULES[line.primitive.name]
        for i, parent in enumerate(line.parents):
            if parent is not None and parent not in seen and rule.depends(i):
                seen.add(parent)
                pending.append(parent)
    return False


def sweep(
    lines: Sequence[Line],
    seeds: Mapping[int, Any],
    inputs: Sequence[int],
    watch: dict[int, Any] | None = None,
) -> list[Any]:
    """Sweep the list backwards: the cotangents of ``inputs``, given those of some lines by number.

    A cotangent may be smaller than its array where it broadcasts to it; one that stays None is zero. The
    cotangents of the lines whose numbers are keys of ``watch`` are stored there.
    Cost: at most a small multiple of the operations recorded, whatever the number of inputs.
    """
    if not seeds:
        return [None] * len(inputs)
    last = max(seeds)
    bars: list[Any] = [None] * (last + 1)
    for number, seed in seeds.items():
        bars[number] = seed
    for number in range(last, -1, -1):
        t = bars[number]
        if t is None:
            continue
        primitive, parents, values, params, value = lines[number]
        if primitive is None:
            continue
        bars[number] = None
        if watch is not None and number in watch:
            watch[number] = t
        rule = RULES[primitive.name]
        if not rule.lazy and t.shape != value.shape:
            t = whole(t, value.shape)
        pull = rule.pull
        for i, parent in enumerate(parents):
            if parent is None or (part := pull(i, t, value, values, params)) is None:
                continue
            bar = bars[parent]
            bars[parent] = part if bar is None else bar + part
    return [bars[number] if number <= last else None for number in inputs]
