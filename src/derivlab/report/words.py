"""What is seen in a figure, in words made from its records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from derivlab.report.tables import rounded


def ranked(values: Mapping[str, float], show: Callable[[float], str]) -> str:
    """Names with their values, from the least to the greatest: ``a 1 µs; b 2 µs; c 3 µs``."""
    return "; ".join(f"{name} {show(value)}" for name, value in sorted(values.items(), key=lambda item: item[1]))


def listing(names: Sequence[str]) -> str:
    """Names with an "and" before the last: ``a, b and c``."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def times(ratio: float) -> str:
    """A ratio with two digits: 0.58, 1.3, 12, 3,400."""
    return f"{rounded(ratio):,g}"
