"""A function along a line, φ(t) = f(x + t v): each point evaluated once and counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, DerivlabError
from derivlab.method.problem import Problem, name_of
from derivlab.method.seeds import as_array, check_smooth, dtype_of
from derivlab.transpose import shape_of

Domain = tuple[float, float] | None


class Path:
    """φ(t) = f(x + t v) as one vector, the leaves of the answer end to end; NaN where f has no real value.

    Attributes
    ----------
    outputs, here
        The leaves of f(x), and the vector φ(0).
    evaluations
        Calls of f so far.
    epsilon
        The unit roundoff of the coarsest dtype among arguments and answers.
    unit, scale
        Steps t that move the fastest entry by 1, and by the largest |x| that moves (by 1 if that is 0).
    quantum
        The smallest t that x can be moved by; for a v of one entry x + t v is exact for its multiples. 0 at x = 0.
    edge
        For each entry of φ whether it has a value at 0 and was found to have none where one was wanted.
    noise
        What is known of the rounding error in φ beyond ε |φ|: measured by :mod:`derivlab.method.noise`.
    """

    def __init__(self, problem: Problem, tangents: Sequence[Any], domain: Domain = None) -> None:
        self.problem, self.tangents, self.domain = problem, tangents, domain
        self.outputs = called(problem, problem.primals)
        self.evaluations = 1
        self.tree = problem.output_tree
        self.traced = any(isinstance(z, Traced) for z in (*problem.primals, *tangents, *self.outputs))
        self.noise: Any = 0.0
        dtypes = [np.dtype(dtype_of(z)) for z in (*problem.primals, *self.outputs)]
        self.epsilon = max((float(np.finfo(d).eps) for d in dtypes), default=2.0**-52)
        largest, longest, spacing = self._sizes()
        self.unit = 1.0 / (longest or 1.0)
        self.quantum = 2.0 ** math.ceil(math.log2(2 * spacing * self.unit)) if spacing else 0.0
        self.scale = (largest or 1.0) * self.unit
        self._within(problem.primals, "x")
        if not self.traced:
            self._known = {0.0: _flat(self.outputs)}
            self.here = self._known[0.0]
            self.edge = np.zeros(self.here.shape, bool)

    def _sizes(self) -> tuple[float, float, float]:
        """The largest |x| that moves, the largest |v|, and the spacing of doubles there."""
        largest, longest, spacing = 0.0, 0.0, 0.0
        for x, v in zip(self.problem.primals, self.tangents, strict=True):
            if isinstance(x, Traced) or isinstance(v, Traced):
                continue
            size = float(np.max(np.abs(x), where=np.asarray(v) != 0, initial=0.0))
            largest, longest = max(largest, size), max(longest, float(np.max(np.abs(v), initial=0.0)))
            spacing = max(spacing, float(np.spacing(np.dtype(x.dtype).type(size))) if size else 0.0)
        return largest, longest, spacing

    def __call__(self, t: float) -> Any:
        if t not in self._known:
            self._known[t] = self._evaluated(t)
            self.edge |= np.isnan(self._known[t]) & np.isfinite(self.here)
        return self._known[t]

    def leaves(self, t: float) -> list[Any]:
        """The leaves of f(x + t v) as they come."""
        self.evaluations += 1
        return called(self.problem, self._moved(t))

    def _moved(self, t: float) -> list[Any]:
        return [x + t * v for x, v in zip(self.problem.primals, self.tangents, strict=True)]

    def _evaluated(self, t: float) -> Any:
        nowhere = np.full_like(self.here, np.nan)
        with np.errstate(all="ignore"):
            point = self._moved(t)
            if not all(np.all(np.isfinite(x)) for x in point) or not self._inside(point):
                return nowhere
            self.evaluations += 1
            try:
                answers = self.problem(read_only(point))
            except (ValueError, ArithmeticError) as error:
                if isinstance(error, DerivlabError):
                    raise
                return nowhere
        if any(np.dtype(type(y) if isinstance(y, complex) else dtype_of(y)).kind == "c" for y in answers):
            return nowhere
        there = _flat(answers)
        if there.shape != self.here.shape:
            raise ArgumentError(f"{name_of(self.problem.f)} returns answers of other shapes near x than at x")
        return there

    def _inside(self, point: Sequence[Any]) -> bool:
        if self.domain is None:
            return True
        low, high = self.domain
        return all(
            bool(np.all((np.asarray(v) == 0) | ((x >= low) & (x <= high))))
            for x, v in zip(point, self.tangents, strict=True)
        )

    def _within(self, point: Sequence[Any], name: str) -> None:
        if not self.traced and not self._inside(point):
            raise ArgumentError(f"{name} lies outside the domain {self.domain}; give a domain that holds it")

    def exact(self, h: float) -> float:
        """The step near h with x + o h exact for small integers o."""
        return max(1.0, float(np.rint(h / self.quantum))) * self.quantum if self.quantum else h

    def unflatten(self, vector: Any) -> list[Any]:
        """A vector as leaves in the shapes of the answer."""
        sizes = np.cumsum([math.prod(shape_of(y)) for y in self.outputs])[:-1]
        return [part.reshape(shape_of(y))[()] for part, y in zip(np.split(vector, sizes), self.outputs, strict=True)]


def called(problem: Problem, leaves: Sequence[Any]) -> list[Any]:
    """The leaves of f's answer as arrays of real numbers that do not move in steps."""
    arrays = [as_array(y) if not isinstance(y, bool) else y for y in problem(read_only(leaves))]
    for y in arrays:
        check_smooth(y, problem.f)
    return arrays


def read_only(leaves: Sequence[Any]) -> list[Any]:
    """Views that the function cannot write into: a write would move the point for the next evaluation."""
    views: list[Any] = []
    for leaf in leaves:
        if isinstance(leaf, np.ndarray) and shape_of(leaf):
            leaf = leaf.view()
            leaf.flags.writeable = False
        views.append(leaf)
    return views


def _flat(leaves: Sequence[Any]) -> Any:
    """One vector, in double precision or better, that shares no memory with the answers."""
    parts = [np.ravel(np.asarray(y)) for y in leaves]
    return np.concatenate([part.astype(np.result_type(part.dtype, float)) for part in parts])
