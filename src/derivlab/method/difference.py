"""Finite differences: the derivative from values of the function alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, UnsupportedError
from derivlab.method.abstract import Method
from derivlab.method.problem import ArgNums, Problem
from derivlab.method.seeds import check_smooth
from derivlab.transpose import shape_of

_ORDERS = {"forward": 1, "central": 2}


class FiniteDifference(Method):
    """Difference quotients along a direction v.

    Forward: (f(x + hv) − f(x)) / h, truncation error ½ h f″. Central: (f(x + hv) − f(x − hv)) / 2h, truncation
    error h² f‴/6. Rounding adds about ε |f| / h to either, so no step is good for every f.

    Parameters
    ----------
    scheme
        ``"forward"`` or ``"central"``.
    step
        h, absolute; or ``"auto"``: ε^(1/2) (forward) or ε^(1/3) (central) times max(1, |x|) over the entries that
        move, ε being the unit roundoff of the dtype, rounded so that x + h is exact.

    Cost: for a gradient of n entries, n + 1 (forward) or 2n (central) evaluations of f.
    """

    def __init__(self, scheme: str = "central", step: float | str = "auto") -> None:
        if scheme not in _ORDERS:
            raise ArgumentError(f"no difference scheme {scheme!r}; there are {', '.join(_ORDERS)}")
        if step != "auto" and (isinstance(step, (str, bool)) or not np.isfinite(step) or step <= 0):
            raise ArgumentError(f"step must be 'auto' or a positive number, and is {step!r}")
        self.scheme = scheme
        self.step = step
        self.name = f"{scheme}-difference"
        self.accuracy = 1e-5 if scheme == "forward" else 1e-7

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        here = _arrays(problem(_read_only(problem.primals)), problem)
        h = self._step(problem.primals, tangents)
        ahead = _arrays(problem(_moved(problem.primals, tangents, h)), problem)
        if self.scheme == "forward":
            return here, [(b - a) / h for a, b in zip(here, ahead, strict=True)]
        behind = _arrays(problem(_moved(problem.primals, tangents, -h)), problem)
        return here, [(b - a) / (2 * h) for a, b in zip(behind, ahead, strict=True)]

    def hessian(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        raise UnsupportedError(f"{self.name}: differences of differences lose their digits; use forward or reverse")

    def hvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        raise UnsupportedError(f"{self.name}: differences of differences lose their digits; use forward or reverse")

    def _step(self, primals: Sequence[Any], tangents: Sequence[Any]) -> float:
        if not isinstance(self.step, str):
            return float(self.step)
        epsilon = max(float(np.finfo(_float_dtype(x)).eps) for x in primals)
        scale, longest = 1.0, 0.0
        for x, v in zip(primals, tangents, strict=True):
            if isinstance(x, Traced) or isinstance(v, Traced):
                continue
            moving = np.asarray(v) != 0
            scale = max(scale, float(np.max(np.abs(x), where=moving, initial=0.0)))
            longest = max(longest, float(np.max(np.abs(v), initial=0.0)))
        h = epsilon ** (1 / (_ORDERS[self.scheme] + 1)) * scale / (longest or 1.0)
        return float(2.0 ** np.round(np.log2(h)))


def _arrays(answers: Sequence[Any], problem: Problem) -> list[Any]:
    """The answers as arrays: a function of Python's own numbers may return one."""
    arrays = [np.float64(y) if isinstance(y, (int, float)) and not isinstance(y, bool) else y for y in answers]
    for y in arrays:
        check_smooth(y, problem.f)
    return arrays


def _float_dtype(x: Any) -> Any:
    return x.dtype


def _moved(primals: Sequence[Any], tangents: Sequence[Any], h: float) -> list[Any]:
    return _read_only([x + h * v for x, v in zip(primals, tangents, strict=True)])


def _read_only(leaves: Sequence[Any]) -> list[Any]:
    """Views that the function cannot write into: a write would move the point for the next evaluation."""
    views: list[Any] = []
    for leaf in leaves:
        if isinstance(leaf, np.ndarray) and shape_of(leaf):
            leaf = leaf.view()
            leaf.flags.writeable = False
        views.append(leaf)
    return views
