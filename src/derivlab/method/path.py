"""A function along a line, φ(t) = f(x + t v): each point evaluated once and counted."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, DerivlabError
from derivlab.method.problem import Problem, flatten, name_of
from derivlab.method.seeds import as_array, check_smooth, dtype_of
from derivlab.transpose import shape_of

Domain = tuple[float, float] | None
GENERIC = 20132659 / 2**24
"""Near 6/5, times a power of 2: a step that is a power of 2 may hide a period of f, or the quanta that f moves by."""


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
        if domain is not None and not self.traced and not self._inside(problem.primals):
            raise ArgumentError(f"x lies outside the domain {domain}; give a domain that holds it")

    @functools.cached_property
    def epsilon(self) -> float:
        dtypes = {np.dtype(dtype_of(z)) for z in (*self.problem.primals, *self.outputs)}
        return max((float(np.finfo(dtype).eps) for dtype in dtypes), default=2.0**-52)

    @functools.cached_property
    def _sizes(self) -> tuple[float, float, float]:
        """The largest |x| that moves, the largest |v|, and the spacing of numbers there."""
        largest, longest, spacing = 0.0, 0.0, 0.0
        for x, v in zip(self.problem.primals, self.tangents, strict=True):
            if isinstance(x, Traced) or isinstance(v, Traced):
                continue
            size = float(np.max(np.abs(x), where=np.asarray(v) != 0, initial=0.0))
            largest, longest = max(largest, size), max(longest, float(np.max(np.abs(v), initial=0.0)))
            spacing = max(spacing, float(np.spacing(np.dtype(x.dtype).type(size))) if size else 0.0)
        return largest, longest, spacing

    @functools.cached_property
    def unit(self) -> float:
        return 1.0 / (self._sizes[1] or 1.0)

    @functools.cached_property
    def scale(self) -> float:
        return (self._sizes[0] or 1.0) * self.unit

    @functools.cached_property
    def quantum(self) -> float:
        spacing = self._sizes[2]
        return 2.0 ** math.ceil(math.log2(2 * spacing * self.unit)) if spacing else 0.0

    @functools.cached_property
    def here(self) -> Any:
        return _flat(self.outputs)

    @functools.cached_property
    def edge(self) -> Any:
        return np.zeros(self.here.shape, bool)

    @functools.cached_property
    def _known(self) -> dict[float, Any]:
        return {0.0: self.here}

    @functools.cached_property
    def _real(self) -> Problem:
        """The problem with an arithmetic error where f leaves the real numbers, as Python's powers do."""
        problem = self.problem.replaced()
        problem.f = _only_real(self.problem.f)
        return problem

    def __call__(self, t: float) -> Any:
        values = self._known.get(t)
        if values is None:
            values = self._known[t] = self._evaluated(t)
            lost = np.isnan(values)
            if lost.any():
                self.edge = self.edge | (lost & np.isfinite(self.here))
        return values

    def at(self, offsets: Sequence[float], h: float) -> Any:
        """φ(o h), one row for each offset o."""
        return np.array([self(o * h) for o in offsets])

    def leaves(self, t: float) -> list[Any]:
        """The leaves of f(x + t v) as they come."""
        self.evaluations += 1
        return called(self.problem, self._moved(t))

    def _moved(self, t: float) -> list[Any]:
        return [x + t * v for x, v in zip(self.problem.primals, self.tangents, strict=True)]

    def _evaluated(self, t: float) -> Any:
        nowhere = np.full_like(self.here, np.nan)
        point = self._moved(t)
        if not all(np.isfinite(x).all() for x in point) or not self._inside(point):
            return nowhere
        self.evaluations += 1
        try:
            there = _flat(self._real(read_only(point)))
        except (ValueError, ArithmeticError) as error:
            if isinstance(error, DerivlabError):
                raise
            return nowhere
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

    def exact(self, h: float) -> float:
        """The step near h with x + o h exact for small integers o."""
        return max(1.0, float(np.rint(h / self.quantum))) * self.quantum if self.quantum else h

    def unflatten(self, vector: Any) -> list[Any]:
        """A vector as leaves in the shapes of the answer."""
        sizes = np.cumsum([math.prod(shape_of(y)) for y in self.outputs])[:-1]
        return [part.reshape(shape_of(y))[()] for part, y in zip(np.split(vector, sizes), self.outputs, strict=True)]


def _only_real(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def real(*args: Any) -> Any:
        answer = f(*args)
        if any(isinstance(y, complex) or np.dtype(dtype_of(y)).kind == "c" for y in flatten(answer)[0]):
            raise ArithmeticError("no real number")
        return answer

    return real


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
    vector = parts[0].copy() if len(parts) == 1 else np.concatenate(parts)
    return vector.astype(np.result_type(vector.dtype, float), copy=False)
