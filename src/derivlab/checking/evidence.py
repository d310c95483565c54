"""A claimed derivative beside the expected one, as hypotheses about a mistake see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Evidence:
    """The entries of a derivative end to end, beside those expected.

    Attributes
    ----------
    got, expected, allowed, wrong
        Flat arrays.
    shapes, names
        Of the leaves, end to end.
    at
        The arguments' entries where the derivative is a gradient, else None.
    sizes
        Numbers that a missing 1/N may have been: lengths of axes, numbers of entries.
    epsilon
        The unit roundoff of the computation.
    """

    got: Any
    expected: Any
    allowed: Any
    wrong: Any
    shapes: Sequence[tuple[int, ...]]
    names: Sequence[str]
    at: Any
    sizes: Sequence[int]
    epsilon: float

    def fits(self, hypothesis: Any, scale: float = 1.0) -> bool:
        """Whether what was got is what the hypothesis says, in every entry."""
        with np.errstate(all="ignore"):
            slack = 4 * self.allowed * max(1.0, abs(scale)) + 64 * self.epsilon * np.abs(hypothesis)
            return bool(np.all(np.abs(self.got - hypothesis) <= slack))

    def only_wrong(self, hypothesis: Any) -> Any:
        """The hypothesis where entries are wrong, and the expected ones elsewhere."""
        return np.where(self.wrong, hypothesis, self.expected)


def leaves(e: Evidence) -> Iterator[tuple[Evidence, tuple[Any, Any]]]:
    """The evidence leaf by leaf, with both derivatives in their shapes."""
    start = 0
    for shape, name in zip(e.shapes, e.names, strict=True):
        span = slice(start, start + int(np.prod(shape)))
        start = span.stop
        got, expected, allowed, wrong = (array[span] for array in (e.got, e.expected, e.allowed, e.wrong))
        at = None if e.at is None else e.at[span]
        leaf = Evidence(got, expected, allowed, wrong, [shape], [name], at, e.sizes, e.epsilon)
        yield leaf, (leaf.got.reshape(shape), leaf.expected.reshape(shape))
