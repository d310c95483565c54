"""Cells: what became of one method on one function, as plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

SCHEMA = 1
"""Version of the record's fields."""

OUTCOMES = (
    "ok",
    "inaccurate",
    "unsupported",
    "unavailable",
    "undefined",
    "undecided",
    "failed",
    "crashed",
    "timed out",
    "out of memory",
)
"""Every cell ends as one of these."""


@dataclass(frozen=True)
class Cell:
    """One method on one function: an outcome, and what was measured.

    Attributes
    ----------
    spec, parameters, method, operator
        What was asked.
    outcome
        One of :data:`OUTCOMES`.
    detail
        Why, where the outcome is not ok.
    note
        What stands beside the outcome: ``via graph`` where the method ran what the function recorded.
    kink
        At a kink of the spec: "inside" or "outside" the accepted generalised derivatives.
    value
        The derivative, where it is one number; where it is up to eight, they stand in lists.
    ulps, relative, normwise, condition
        Error bounds over the entries; see :class:`derivlab.measure.accuracy.Accuracy`.
    tree, dag, operations, characters
        See :class:`derivlab.measure.size.Size`.
    prepare_seconds, evaluate_seconds
        Preparation once; median time of an evaluation.
    ratio, ratio_low, ratio_high
        Evaluation divided by the function's own in the same round: the median, and the ends of its bootstrap interval
        of 95 %.
    doubt
        Why the time is not known well; empty where it is.
    seconds
        What the whole cell took where it was measured.
    measure
        "accuracy", "size" or "time" where a cell is of one of them alone.
    samples
        The raw batch means, in seconds.
    """

    spec: str
    parameters: Mapping[str, Any]
    method: str
    operator: str
    outcome: str = "ok"
    detail: str = ""
    note: str = ""
    kink: str | None = None
    value: Any = None
    ulps: float | None = None
    relative: float | None = None
    normwise: float | None = None
    condition: float | None = None
    tree: int | None = None
    dag: int | None = None
    operations: int | None = None
    characters: int | None = None
    prepare_seconds: float | None = None
    evaluate_seconds: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    samples: tuple[float, ...] = ()
    doubt: str = ""
    seconds: float | None = None
    measure: str = ""
    schema: int = SCHEMA

    def updated(self, **changes: Any) -> Cell:
        """The same cell with other values of some fields."""
        return replace(self, **changes)

    def record(self) -> dict[str, Any]:
        """The cell as plain data, for JSON."""
        data = asdict(self)
        data["parameters"] = {key: _plain(value) for key, value in self.parameters.items()}
        data["samples"] = list(self.samples)
        return data


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
