"""log Σ eˣ, of numbers whose exponentials overflow."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.special import logsumexp
from derivlab.specs.registry import Spec, register

_LARGE = 1000.0
"""e¹⁰⁰⁰ is no double; the largest is e^709.78."""


def as_written(x: Any) -> Any:
    """log Σ eˣ, which is ∞ once an entry passes 709."""
    xp = array_namespace(x)
    return xp.log(xp.sum(xp.exp(x)))


def _by_hand(x: Any) -> tuple[Any, Any]:
    peak = np.max(x)
    e = np.exp(x - peak)
    total = np.sum(e)
    return peak + np.log(total), e / total


def _as_written_by_hand(x: Any) -> tuple[Any, Any]:
    e = np.exp(x)
    total = np.sum(e)
    return np.log(total), e / total


@register("log-sum-exp")
def log_sum_exp(n: int = 8, naive: bool = False, shift: float = _LARGE, seed: int = 0) -> Spec:
    """log Σ eˣ of n standard normal numbers around ``shift`` = 1000, where naive, the formula as written, overflows.

    The gradient is the softmax eˣ / Σ eˣ, which a shift of all x leaves as it is.
    """
    return Spec(
        as_written if naive else logsumexp,
        (shift + np.random.default_rng(seed).standard_normal(n),),
        value_and_gradient=_as_written_by_hand if naive else _by_hand,
        latex=r"f(x) = \log \sum_i e^{x_i}",
        source="Blanchard, Higham, Higham, Accurately Computing the Log-Sum-Exp and Softmax Functions, IMA Journal of "
        "Numerical Analysis 41(4), 2021; GradBench, lse",
    )
