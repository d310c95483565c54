"""Richardson extrapolation: difference quotients at several steps, extrapolated to step 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.errors import ArgumentError
from derivlab.method.difference import Difference, check_domain, check_step
from derivlab.method.ladder import best_step
from derivlab.method.path import Domain, Path
from derivlab.method.stencils import Stencil, named_stencil
from derivlab.method.steps import SAFETY, Quotients, judged_step, quotient

_IDLE = 2


class Richardson(Difference):
    """Difference quotients at h, h/r, h/r², …, extrapolated to step 0 as polynomials in h² (central) or h.

    Dᵢⱼ = Dᵢ,ⱼ₋₁ + (Dᵢ,ⱼ₋₁ − Dᵢ₋₁,ⱼ₋₁) / ((hᵢ₋ⱼ/hᵢ)ˢ − 1), s = 2 (central) or 1 (one-sided). Each entry of the answer
    takes the place in its tableau where the change from both neighbours, plus the rounding carried along, is least.

    Parameters
    ----------
    scheme
        ``"central"``, ``"forward"`` or ``"backward"``.
    step
        The largest step h, absolute; or ``"auto"``: about a third of the distance over which f changes its shape,
        found from the step that suits the plain quotient.
    levels
        Rows of the tableau at most, from 2 on; two that improve nothing end it.
    ratio
        r > 1. 2 is Richardson's, 1.4 Ridders'.
    domain
        (low, high): f is not evaluated where an entry that moves leaves it.

    Cost: two evaluations for each row and direction (central, first derivative); "auto" adds the five to twenty of
    :func:`~derivlab.method.ladder.best_step`.

    References
    ----------
    Richardson, "The approximate arithmetical solution by finite differences …", Philosophical Transactions of the
    Royal Society A 210, 1911. Ridders, "Accurate computation of F′(x) and F′(x)F″(x)", Advances in Engineering
    Software 4(2), 1982.
    """

    name = "richardson"
    accuracy = 1e-9

    def __init__(
        self,
        scheme: str = "central",
        step: float | str = "auto",
        *,
        levels: int = 12,
        ratio: float = 2.0,
        domain: Domain = None,
    ) -> None:
        check_step(step, ("auto",))
        if isinstance(levels, bool) or not isinstance(levels, int) or not 2 <= levels <= 30:
            raise ArgumentError(f"levels must be an integer from 2 to 30, and is {levels!r}")
        if isinstance(ratio, (bool, str)) or not 1 < ratio <= 100:
            raise ArgumentError(f"ratio must be a number above 1, up to 100, and is {ratio!r}")
        named_stencil(scheme)
        self.scheme, self.step, self.levels, self.ratio = scheme, step, levels, float(ratio)
        self.domain = check_domain(domain)

    def quotients(self, path: Path, scheme: str, judge: bool) -> Quotients:
        weights = named_stencil(scheme, self.derivative_order)
        if isinstance(self.step, str):
            plain = best_step(path, weights)
            stretch = path.epsilon ** (-1 / (weights.order + weights.derivative)) / 3
            first = np.fmin(plain.step * stretch, max(path.unit, path.scale) / max(2, weights.reach))
        else:
            plain = judged_step(path, weights, path.exact(self.step * self.ratio ** (1 - self.levels)))
            first = np.full(path.here.shape, float(self.step))
        edge = path.edge
        found = self._extrapolated(path, weights, first)
        path.edge = edge  # rows that reach too far are left out, and that is all
        found.trusted = plain.trusted & (np.abs(found.value - plain.value) <= found.error + plain.error)
        return plain.replaced(found, plain.beaten_by(found))

    def _extrapolated(self, path: Path, weights: Stencil, first: Any) -> Quotients:
        """Each entry's own tableau, beginning at its own largest step; the steps are shared among the entries."""
        widest, ratio = float(np.max(first)), self.ratio
        start = np.round(np.log(widest / first) / np.log(ratio))
        best = Quotients(np.full_like(first, np.nan), np.full_like(first, np.inf), first, np.zeros(first.shape, bool))
        idle, above, steps = np.zeros(first.shape), list[tuple[Any, Any]](), list[float]()
        for i in range(self.levels + int(np.max(start))):
            mine = (i >= start) & (i < start + self.levels) & (idle < _IDLE)
            if not np.any(mine | (i < start)):
                break
            steps.append(path.exact(widest * ratio**-i))
            row = [_near(path, weights, steps[i], mine)]
            before = best.error
            for j in range(1, i + 1):
                row.append(_next(row[-1], above[j - 1], (steps[i - j] / steps[i]) ** weights.order - 1))
                error = SAFETY * (
                    np.maximum(*(np.abs(row[-1][0] - old[0]) for old in (row[-2], above[j - 1]))) + row[-1][1]
                )
                found = Quotients(row[-1][0], error, np.full_like(first, steps[i]), np.isfinite(error))
                best = best.replaced(found, best.beaten_by(found))
            above = row
            idle = np.where((best.error < before) | ~best.trusted, 0, idle + mine)
        return best


def _next(value: tuple[Any, Any], older: tuple[Any, Any], factor: float) -> tuple[Any, Any]:
    """One place on in a row of the tableau: the value, and the rounding carried along."""
    return value[0] + (value[0] - older[0]) / factor, value[1] + (value[1] + older[1]) / factor


def _near(path: Path, weights: Stencil, h: float, where: Any) -> tuple[Any, Any]:
    """The quotient and the rounding error in it; NaN elsewhere."""
    value, rounding = quotient(path, weights, h)
    return np.where(where, value, np.nan), np.where(where, rounding, np.nan)
