"""Forward-mode automatic differentiation with dual numbers, many directions in one run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from derivlab.array import primitives as p
from derivlab.array.level import Traced
from derivlab.interpreters.forward import Forward
from derivlab.method.abstract import Method, Pullback
from derivlab.method.directions import check_chunk, every_direction_apart, owned, pieces
from derivlab.method.problem import Problem, settle
from derivlab.method.seeds import as_array, moves
from derivlab.transpose import shape_of, whole


class ForwardMode(Method):
    """One run of the function on dual numbers gives J ẋ, for one direction ẋ or for many at once.

    A gradient or a Jacobian with n input entries pushes all n unit directions; the number of primitives that run is
    that of a single push, on arrays n times as large. Above what fits into a cache they go in chunks.

    Parameters
    ----------
    chunk
        Directions to push in one run. None chooses as many as keep each array of the run within about a megabyte;
        where a function turns out to make larger ones, it is run again with fewer. 1 pushes them one by one, in the
        least memory.
    """

    name = "forward"
    bases = True

    def __init__(self, chunk: int | None = None) -> None:
        self.chunk = check_chunk(chunk)

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        level = Forward()
        try:
            duals = [level.dual(x, t if moves(t) else None) for x, t in zip(problem.primals, tangents, strict=True)]
            answers = problem(duals)
        finally:
            level.finish()
        own = [isinstance(y, Traced) and y.level is level for y in answers]
        outputs = [y.value if mine else y for y, mine in zip(answers, own, strict=True)]
        return outputs, [y.trace if mine else None for y, mine in zip(answers, own, strict=True)]

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        outputs: list[Any] = []
        moves: set[int] = set()

        def run(tangents: list[Any]) -> list[Any]:
            outputs[:], pushed = self.push(problem, tangents)
            moves.update(j for j, t in enumerate(pushed) if t is not None)
            return settle(pushed, [as_array(y) for y in outputs])

        pushed = every_direction_apart(problem.primals, run, self.chunk)

        def pullback(cotangents: Sequence[Any]) -> list[Any]:
            bars = [_contracted(pushed[j], whole(cotangents[j], pushed[j].shape[1:])) for j in sorted(moves)]
            return pieces(sum(bars[1:], bars[0]), problem.primals) if bars else [None] * len(problem.primals)

        return outputs, pullback

    def _columns(self, problem: Problem) -> list[list[Any]]:
        outputs: list[Any] = []

        def run(tangents: list[Any]) -> list[Any]:
            outputs[:], pushed = self.push(problem, tangents)
            problem.check_inputs(outputs)
            return self._settled(pushed, outputs, problem.f)

        pushed = every_direction_apart(problem.primals, run, self.chunk)
        return [
            [
                _behind(block, len(x.shape))
                for block, x in zip(pieces(part, problem.primals), problem.primals, strict=True)
            ]
            for part in pushed
        ]

    def _rows(self, problem: Problem) -> list[list[Any]]:
        return self._columns(problem)  # a row is no cheaper here than the whole


def _contracted(pushed: Any, bar: Any) -> Any:
    """⟨J e, ȳ⟩ for each direction e, of which the tangents J e lie along the first axis."""
    shape = shape_of(bar)
    if not shape:
        return pushed * bar
    size = math.prod(shape)
    return p.matmul(p.reshape(pushed, shape=(pushed.shape[0], size)), p.reshape(bar, shape=(size,)))


def _behind(block: Any, ndim: int) -> Any:
    """A block whose first axes, those of the input, move behind those of the output."""
    axes = range(len(block.shape))
    return owned(p.permute_dims(block, axes=(*axes[ndim:], *axes[:ndim])) if 0 < ndim < len(axes) else block)
