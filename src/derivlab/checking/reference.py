"""What a derivative is judged against: values, and how far off each entry may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SLACK = 64
"""Units in the last place that an entry may be off."""
RESOLVED = 1e-3
"""A tolerance above this share of the largest entry decides nothing."""


@dataclass(frozen=True)
class Reference:
    """The derivative as a reference knows it.

    Attributes
    ----------
    values
        Its leaves, in double precision.
    allowed
        For each entry the error that is no mistake.
    trusted
        For each entry whether the reference knows it: what is off by more than is allowed is wrong.
    decided
        For each entry whether what is allowed is so little that the rest is right.
    source, tolerance
        Where the values come from, and whence the tolerance, in words.
    epsilon
        The unit roundoff of the computation.
    measured
        Whether it comes from values alone.
    notes
        What else is to be said.
    """

    values: Sequence[Any]
    allowed: Sequence[Any]
    trusted: Sequence[Any]
    decided: Sequence[Any]
    source: str
    tolerance: str
    epsilon: float
    measured: bool = False
    notes: tuple[str, ...] = ()


def ulps_of(values: Any, epsilon: float) -> Any:
    """The unit in the last place of each value, in a format of unit roundoff ε; never a subnormal one."""
    least = 1e-38 if epsilon > 1e-10 else 2.0**-1022
    with np.errstate(all="ignore"):
        return np.maximum(np.spacing(np.abs(np.asarray(values, float))) * (epsilon / 2.0**-52), least / SLACK)


def resolved(values: Sequence[Any], allowed: Sequence[Any]) -> list[Any]:
    """For each entry whether its tolerance is small against the largest entry, or against the smallest normal one."""
    finite = [np.abs(v)[np.isfinite(v)] for v in map(np.asarray, values)]
    largest = max((float(np.max(v, initial=0.0)) for v in finite), default=0.0)
    bound = max(RESOLVED * largest, 1e-300)
    return [np.isfinite(v) & (a <= bound) for v, a in zip(values, allowed, strict=True)]
