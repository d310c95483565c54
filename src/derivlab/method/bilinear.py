"""Second derivatives from vᵀ H w alone: for methods that see f along lines, and cannot run inside themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from derivlab.method.abstract import Method, all_of, check_pair
from derivlab.method.auxiliary import beside_aux, without_aux
from derivlab.method.named import in_name_of, named
from derivlab.method.problem import ArgNums, Problem
from derivlab.method.seeds import basis, nan_with, unit_cotangent


class Bilinear(Method):
    """A subclass gives :meth:`push_twice`; the operators of second order on a scalar-valued f follow."""

    def push_twice(self, problem: Problem, v: Sequence[Any], w: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The answer and its second derivative along v and w, as lists of leaves."""
        raise NotImplementedError

    def hessian(self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False) -> Callable[..., Any]:
        """The function of the Hessian: a block of shape r + s for arguments of shapes r and s.

        Cost: n (n + 1) / 2 second derivatives for n entries.
        """
        self.check("hessian", f, argnums)
        if has_aux:
            return beside_aux(self.hessian(without_aux(f), argnums), f)

        def hessian(*args: Any) -> Any:
            problem = Problem(f, args, argnums)
            units = list(_units(problem))
            matrix = np.empty((len(units), len(units)), np.result_type(*(x.dtype for x in problem.primals)))
            for i, v in enumerate(units):
                for j, w in enumerate(units[: i + 1]):
                    matrix[i, j] = matrix[j, i] = self._curvature(problem, v, w)
            ends = np.cumsum([x.size for x in problem.primals])[:-1]
            rows = [np.split(row, ends, axis=1) for row in np.split(matrix, ends)]
            blocks = [
                [block.reshape(x.shape + y.shape)[()] for block, y in zip(row, problem.primals, strict=True)]
                for row, x in zip(rows, problem.primals, strict=True)
            ]
            return problem.pack_input([problem.pack_input(row) for row in blocks])

        return named("hessian", f, hessian)

    def hvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        """H v in the structure of the gradient. Cost: n second derivatives for n entries."""
        self.check("hvp", f)
        check_pair("hvp", primals, tangents)
        problem = Problem(f, primals, all_of(primals))
        w = problem.unpack_tangents(tangents)
        with in_name_of("hvp", f):
            entries = np.array([self._curvature(problem, v, w) for v in _units(problem)])
        parts = np.split(entries, np.cumsum([x.size for x in problem.primals])[:-1])
        return problem.pack_input(
            [part.reshape(x.shape).astype(x.dtype)[()] for part, x in zip(parts, problem.primals, strict=True)]
        )

    def vhp(self, f: Callable[..., Any], primals: tuple[Any, ...], cotangents: tuple[Any, ...]) -> Any:
        """vᵀ H: H is symmetric, so that this is H v."""
        self.check("vhp", f)
        check_pair("vhp", primals, cotangents)
        with in_name_of("vhp", f):
            return self.hvp(f, primals, cotangents)

    def laplacian(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        """The function of ∇²f. Cost: n second derivatives for n entries."""
        self.check("laplacian", f, argnums)

        def laplacian(*args: Any) -> Any:
            problem = Problem(f, args, argnums)
            return sum(self._curvature(problem, v, v) for v in _units(problem))

        return named("laplacian", f, laplacian)

    def _curvature(self, problem: Problem, v: Sequence[Any], w: Sequence[Any]) -> Any:
        outputs, second = self.push_twice(problem, v, w)
        unit_cotangent(outputs, problem.f)
        problem.check_inputs(outputs)
        return nan_with(second[0], outputs[0])


def _units(problem: Problem) -> Iterator[list[Any]]:
    """The directions that move one entry each."""
    zeros = [np.zeros(x.shape, x.dtype)[()] for x in problem.primals]
    for k, x in enumerate(problem.primals):
        for index in np.ndindex(x.shape):
            yield [*zeros[:k], basis(x, index), *zeros[k + 1 :]]
