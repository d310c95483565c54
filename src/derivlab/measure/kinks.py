"""Whether an answer at a kink is an accepted generalised derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.method.problem import flatten


def accepted(answer: Any, slopes: Sequence[Any], tolerance: float = 64 * 2.0**-52) -> bool:
    """Whether an answer is in the convex hull of some slopes, to a tolerance relative to the largest entry.

    It is where weights λ ≥ 0 with Σλ = 1 give Σ λₖ slopeₖ = answer; they are found by non-negative least squares.
    """
    target, corners = _flat(answer), np.stack([_flat(slope) for slope in slopes], axis=1)
    if target.shape != corners[:, 0].shape or not np.isfinite(target).all():
        return False
    scale = max(float(np.max(np.abs(corners), initial=0.0)), float(np.max(np.abs(target), initial=0.0)), 1.0)
    rows = np.vstack([corners / scale, np.ones(corners.shape[1])])
    _, distance = libraries.load("scipy").optimize.nnls(rows, np.append(target / scale, 1.0))
    return bool(distance <= tolerance * np.sqrt(rows.shape[0]))


def _flat(tree: Any) -> np.ndarray[Any, Any]:
    return np.concatenate([np.ravel(np.asarray(leaf, dtype=float)) for leaf in flatten(tree)[0]])
