"""Forward-mode automatic differentiation with dual numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from derivlab.array.level import Traced
from derivlab.interpreters.forward import Forward
from derivlab.method.abstract import Method
from derivlab.method.problem import Problem


class ForwardMode(Method):
    """One run of the function on dual numbers gives J ẋ; a gradient of n entries takes n runs."""

    name = "forward"

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        level = Forward()
        try:
            answers = problem([level.dual(x, t) for x, t in zip(problem.primals, tangents, strict=True)])
        finally:
            level.finish()
        own = [isinstance(y, Traced) and y.level is level for y in answers]
        outputs = [y.value if mine else y for y, mine in zip(answers, own, strict=True)]
        return outputs, [y.trace if mine else None for y, mine in zip(answers, own, strict=True)]
