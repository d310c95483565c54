"""Reverse-mode automatic differentiation: record a Wengert list, sweep it backwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from derivlab.array.level import Traced
from derivlab.array.parts import is_complex
from derivlab.errors import ArgumentError
from derivlab.graph.wengert import Line, sweep
from derivlab.interpreters.record import Record, collector_paused
from derivlab.method.abstract import Method, Pullback
from derivlab.method.auxiliary import beside_aux, without_aux
from derivlab.method.directions import check_chunk, every_direction_apart, owned, pieces, size_of
from derivlab.method.forward import ForwardMode
from derivlab.method.holomorphic import check_kinds
from derivlab.method.named import named
from derivlab.method.problem import ArgNums, Problem, settle
from derivlab.method.seeds import as_array, check_smooth, moves, nan_rows


class ReverseMode(Method):
    """One recording and one sweep give ȳᵀ J: a gradient at a small multiple of the function's cost.

    A Jacobian pulls the unit cotangents of all output entries in one sweep, or in chunks. A Hessian is forward mode
    over the gradient: one recording whose arrays carry the tangents of all input entries.

    Parameters
    ----------
    chunk
        Cotangents to pull, or directions to push, in one sweep; None chooses, as for :class:`ForwardMode`.
    """

    name = "reverse"
    bases = True
    complex = True

    def __init__(self, chunk: int | None = None) -> None:
        self.chunk = check_chunk(chunk)

    def hessian(
        self,
        f: Callable[..., Any],
        argnums: ArgNums = 0,
        has_aux: bool = False,
        mode: str = "forward-over-reverse",
    ) -> Callable[..., Any]:
        """The function of the Hessian of a scalar-valued f, by blocks.

        Parameters
        ----------
        mode
            "forward-over-reverse": all directions pushed through one gradient, the cheapest as a rule;
            "reverse-over-reverse", "forward-over-forward" and "reverse-over-forward" are there to be compared.
        """
        self.check("hessian", f, argnums)
        if has_aux:
            return beside_aux(self.hessian(without_aux(f), argnums, mode=mode), f)
        modes = {name: kind(self.chunk) for name, kind in (("forward", ForwardMode), ("reverse", ReverseMode))}
        outer, _, inner = str(mode).partition("-over-")
        if outer not in modes or inner not in modes:
            ways = ", ".join(f"{a}-over-{b}" for a in modes for b in modes)
            raise ArgumentError(f"no way {mode!r} to a Hessian; there are {ways}")
        return named("hessian", f, modes[outer].jacobian(modes[inner].grad(f, argnums), argnums))

    def _rows(self, problem: Problem) -> list[list[Any]]:
        outputs, pullback, lines = self._recorded(problem)
        problem.check_inputs(outputs)
        for output in outputs:
            check_smooth(output, problem.f, complex_too=True)
        check_kinds(problem, outputs)
        heads = [as_array(y) for y in outputs]
        run = lambda bars: settle(pullback(bars), problem.primals)
        largest = max(size_of(line.value) for line in lines)
        pulled = every_direction_apart(heads, run, self.chunk, largest)
        if any(map(is_complex, heads)) and not problem.holomorphic:
            turn = lambda t, y: -1j * t if t is not None and is_complex(y) else None
            turned = lambda bars: run([turn(t, y) for t, y in zip(bars, heads, strict=True)])
            across = every_direction_apart(heads, turned, self.chunk, largest)
            pulled = [a + 1j * b for a, b in zip(pulled, across, strict=True)]
        blocks = zip(*(pieces(part, heads) for part in pulled), strict=True)
        return [nan_rows([owned(part) for part in block], y) for block, y in zip(blocks, outputs, strict=True)]

    def _gradient_jvp(self, gradient: Callable[..., Any], primals: Any, tangents: Any) -> Any:
        return ForwardMode().jvp(gradient, primals, tangents)[1]  # one push, where jvp here takes a sweep an entry

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        return self._recorded(problem)[:2]

    def _recorded(self, problem: Problem) -> tuple[list[Any], Pullback, Sequence[Line]]:
        """The answer, its pullback, and the lines that this sweeps."""
        level = Record()
        with collector_paused():
            try:
                inputs = [level.input(x) for x in problem.primals]
                places = [x.attached for x in inputs]  # f may write into them
                answers = problem(inputs)
            finally:
                level.finish()
        own = [isinstance(y, Traced) and y.level is level for y in answers]
        outputs = [y.value if mine else y for y, mine in zip(answers, own, strict=True)]

        def pullback(cotangents: Sequence[Any]) -> list[Any]:
            seeds: dict[int, Any] = {}
            for y, mine, bar in zip(answers, own, cotangents, strict=True):
                if mine and moves(bar):
                    index = y.attached
                    seeds[index] = seeds[index] + bar if index in seeds else bar
            return sweep(level.lines, seeds, places)

        return outputs, pullback, level.lines
