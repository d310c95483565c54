"""How much a computed function trembles: the noise level, from a table of differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.method.checks import ArgNums, check_function, check_given
from derivlab.method.path import GENERIC, Path
from derivlab.method.problem import Problem

_DEVIATIONS = 3.0
_POINTS = 7
_TRIES = 6


@dataclass(frozen=True)
class Noise:
    """The noise level of a function near a point.

    Attributes
    ----------
    level
        Standard deviation of the computed values about a smooth function, in units of f and in the structure of its
        answer; 0 where none was found.
    reliable
        Whether every entry's differences settled on a level.
    step
        Distance between neighbouring points, as a multiple of the direction.
    evaluations
        Calls of f.
    """

    level: Any
    reliable: bool
    step: float
    evaluations: int


def noise(f: Callable[..., Any], *args: Any, argnums: ArgNums = 0, seed: int = 0) -> Noise:
    """The noise level of f near a point: ECNoise.

    Seven equally spaced values on a line through x, so close that a smooth part vanishes from their k-th
    differences, leave σₖ² = (k!)² / (2k)! · mean((Δᵏf)²); the level is the first σₖ that agrees with the next two
    within a factor of 4. The spacing begins at 64 ε |x|, and is changed 100-fold while the differences are too small
    (10,000-fold where there are none) or too smooth to tell.

    Parameters
    ----------
    args, argnums
        The point, and the arguments that move, all their entries together.
    seed
        Of the signs of the direction, sᵢ max(|xᵢ|, 1 if x = 0).

    Cost: 7 to 37 evaluations of f.

    References
    ----------
    Moré and Wild, "Estimating computational noise", SIAM Journal on Scientific Computing 33(3), 2011.
    """
    check_given("noise", check_function(f, "noise"), args)
    problem = Problem(f, args, argnums)
    rng = np.random.default_rng(seed)
    direction = [_direction(x, rng) for x in problem.primals]
    path = Path(problem, direction)
    if path.traced:
        raise ArgumentError("noise needs numbers; call it outside of differentiation")
    level, reliable, step = measured_noise(path)
    return Noise(problem.pack_output(path.unflatten(level)), bool(np.all(reliable)), step, path.evaluations)


def _direction(x: Any, rng: Any) -> Any:
    size = np.where(np.asarray(x) == 0, np.max(np.abs(x), initial=0.0) or 1.0, np.abs(x))
    return (size * rng.choice([-1.0, 1.0], np.shape(x))).astype(x.dtype)[()]


def measured_noise(path: Path, widest: float = np.inf) -> tuple[Any, Any, float]:
    """For each entry of φ the noise level and whether it is reliable; and the last spacing, ``widest`` at most.

    Narrow spacings come first: to wide ones a fast oscillation looks like noise.
    """
    level, reliable = np.zeros(path.here.shape), np.zeros(path.here.shape, bool)
    most = min(widest, max(path.unit, path.scale))
    wished = h = 64 * path.epsilon * path.scale
    for attempt in range(_TRIES):
        h = path.exact(GENERIC * wished)
        values = np.stack([path((i - _POINTS // 2) * h) for i in range(_POINTS)])
        found, fine, smooth = ec_noise(values, narrow=attempt == 0)
        level = np.where(fine & ~reliable, found, level)
        reliable |= fine
        grown = h * (1e4 if np.all(values == values[0]) else 100)
        wished = h / 100 if np.any(smooth & ~reliable) else grown
        if wished > most > 2 * h:
            wished = most
        if np.all(reliable) or not path.quantum <= wished <= most:
            break
    return level, reliable, h


def tolerated_noise(path: Path, widest: float) -> Any:
    """For each entry of φ an error of its values that is seldom passed; 0 where no noise was found."""
    level, reliable, _ = measured_noise(path, widest)
    return np.where(reliable, _DEVIATIONS * level, 0.0)


def ec_noise(values: Any, narrow: bool = False) -> tuple[Any, Any, Any]:
    """For each column of equally spaced values: the noise level, whether it is reliable, whether h is too large.

    Values that change by more than a tenth count as too far apart, unless they are known to be ``narrow``: near a
    zero of f the noise alone may change them so. Where a level is not reliable and h is not too large, more than half
    of the values are equal: h is too small.
    """
    with np.errstate(all="ignore"):
        low, high = np.min(values, axis=0), np.max(values, axis=0)
        wide = ~(high - low <= (np.inf if narrow else 0.1) * np.maximum(np.abs(low), np.abs(high)))
        size = np.max(np.abs(values), axis=0)
        size = np.ldexp(1.0, np.frexp(size)[1])  # so that division rounds nothing
        table, gamma = (values - values[0]) / size, 1.0
        levels: list[Any] = []
        mixed: list[Any] = []
        still = np.sum(np.diff(values, axis=0) == 0, axis=0) >= len(values) / 2
        for k in range(1, len(values)):
            table = np.diff(table, axis=0)
            gamma *= k / (2 * (2 * k - 1))
            levels.append(np.sqrt(gamma * np.mean(table**2, axis=0)))
            mixed.append(np.min(table, axis=0) * np.max(table, axis=0) < 0)
        level, reliable = np.zeros(values.shape[1:]), np.zeros(values.shape[1:], bool)
        for k in range(len(levels) - 2):
            three = np.stack(levels[k : k + 3])
            agree = (np.max(three, axis=0) <= 4 * np.min(three, axis=0)) & mixed[k] & ~reliable & ~wide & ~still
            level = np.where(agree, levels[k] * size, level)
            reliable |= agree
    return level, reliable, ~still & ~reliable
