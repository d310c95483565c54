"""Reverse-mode automatic differentiation: record a Wengert list, sweep it backwards."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import Any

from derivlab.array.level import Traced
from derivlab.graph.wengert import sweep
from derivlab.interpreters.record import Record
from derivlab.method.abstract import Method, Pullback
from derivlab.method.forward import ForwardMode
from derivlab.method.problem import Problem


class ReverseMode(Method):
    """One recording and one sweep give ȳᵀ J: a gradient at a small multiple of the function's cost."""

    name = "reverse"

    def _gradient_jvp(self, gradient: Callable[..., Any], primals: Any, tangents: Any) -> Any:
        return ForwardMode().jvp(gradient, primals, tangents)[1]  # one push, where jvp here takes a sweep an entry

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        level = Record()
        collecting = gc.isenabled()
        gc.disable()  # a recording holds no cycles, and each collection would walk all of it
        try:
            inputs = [level.input(x) for x in problem.primals]
            answers = problem(inputs)
        finally:
            level.finish()
            if collecting:
                gc.enable()
        own = [isinstance(y, Traced) and y.level is level for y in answers]
        outputs = [y.value if mine else y for y, mine in zip(answers, own, strict=True)]

        def pullback(cotangents: Sequence[Any]) -> list[Any]:
            seeds: dict[int, Any] = {}
            for y, mine, bar in zip(answers, own, cotangents, strict=True):
                if mine:
                    index = y.trace
                    seeds[index] = seeds[index] + bar if index in seeds else bar
            return sweep(level.lines, seeds, [x.trace for x in inputs])

        return outputs, pullback
