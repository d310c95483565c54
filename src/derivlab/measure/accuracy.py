"""Error of a derivative against its enclosure, entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.enclosure import Enclosure


@dataclass(frozen=True)
class Accuracy:
    """How far an answer is from the truth; all are bounds over the entries.

    Attributes
    ----------
    ulps
        Largest error in units in the last place of the exact entry.
    relative
        Largest |error| / |entry|.
    normwise
        Largest |error| / largest |entry|: what matters where entries are differences of large sums.
    condition
        Largest relative condition number of an entry, or None if it was not computed.
    scaled
        Largest ulps / (1 + condition number), or None without one. An entry that is exactly 0 where its terms are
        not has an infinite condition number, and is judged in ulps of the largest entry (of 1 if all are 0).
    """

    ulps: float
    relative: float
    normwise: float
    condition: float | None
    scaled: float | None

    def within(self, promise: float | None) -> bool:
        """Whether the error is inside a method's promise: a relative error, or None for rounding alone.

        Rounding alone is 256 ulps times (1 + condition number), or 1e-11 normwise where none was computed.
        """
        if promise is None:
            return self.scaled <= 256 if self.scaled is not None else self.normwise <= 1e-11
        condition = self.condition if self.condition is not None and np.isfinite(self.condition) else 0.0
        return self.relative <= promise * (1 + condition) or self.normwise <= promise


def accuracy(
    approximations: Sequence[Any], enclosures: Sequence[Enclosure], conditions: Sequence[Any] | None = None
) -> Accuracy:
    """The error of the leaves of an answer against the enclosures of the exact ones.

    Raises
    ------
    ArgumentError
        If the shapes differ.
    """
    ulps = [np.ravel(e.error_ulps(a)) for a, e in zip(approximations, enclosures, strict=True)]
    exact = [np.ravel(e.value) for e in enclosures]
    relative = [np.ravel(e.relative_error(a)) for a, e in zip(approximations, enclosures, strict=True)]
    all_ulps, all_exact = np.concatenate(ulps), np.abs(np.concatenate(exact))
    double = np.concatenate(
        [np.ravel(e.error_ulps(np.asarray(a, dtype=float))) for a, e in zip(approximations, enclosures, strict=True)]
    )
    with np.errstate(all="ignore"):
        absolute = double * np.spacing(all_exact)
        largest = np.max(all_exact, initial=0.0)
        normwise = float(np.max(absolute, initial=0.0) / largest) if largest else float(np.max(absolute, initial=0.0))
    kappa = None if conditions is None else np.concatenate([np.ravel(c) for c in conditions])
    scaled = None if kappa is None else float(np.max(_scaled(all_ulps, absolute, kappa, largest), initial=0.0))
    return Accuracy(
        ulps=float(np.max(all_ulps, initial=0.0)),
        relative=float(np.max(np.concatenate(relative), initial=0.0)),
        normwise=normwise,
        condition=None if kappa is None else float(np.max(kappa, initial=0.0)),
        scaled=scaled,
    )


def _scaled(ulps: Any, absolute: Any, kappa: Any, largest: float) -> Any:
    well = np.isfinite(kappa)
    return np.where(well, ulps / (1 + np.where(well, kappa, 0.0)), absolute / np.spacing(largest or 1.0))
