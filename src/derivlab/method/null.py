"""A method that answers zero: it exists so that the checks can be seen to fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.method.abstract import Method, Pullback
from derivlab.method.problem import Problem


class Null(Method):
    """Every derivative is 0, which is wrong; whatever accepts it does not check."""

    name = "null"

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        outputs = problem(problem.primals)
        return outputs, [None] * len(outputs)

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        outputs = problem(problem.primals)
        return outputs, lambda _: [np.zeros(x.shape, x.dtype)[()] for x in problem.primals]
