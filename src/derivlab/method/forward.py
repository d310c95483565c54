"""Forward-mode automatic differentiation with dual numbers, many directions in one run."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from derivlab.array import primitives as p
from derivlab.array.level import Traced
from derivlab.array.parts import is_complex, real
from derivlab.interpreters.forward import Forward
from derivlab.method.abstract import Method, Pullback
from derivlab.method.directions import Linear, check_chunk, every_direction_apart, owned, pieces
from derivlab.method.holomorphic import check_kinds
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
    complex = True

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
        return outputs, [y.attached if mine else None for y, mine in zip(answers, own, strict=True)]

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        outputs: list[Any] = []
        moves: set[int] = set()

        def run(tangents: list[Any]) -> list[Any]:
            outputs[:], pushed = self.push(problem, tangents)
            moves.update(j for j, t in enumerate(pushed) if t is not None)
            return settle(pushed, [as_array(y) for y in outputs])

        pushed, turned = self._pushed_apart(problem, run, lambda: any(map(is_complex, problem.primals)))

        def contracted(blocks: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
            bars = [_contracted(blocks[j], whole(cotangents[j], blocks[j].shape[1:])) for j in sorted(moves)]
            return pieces(sum(bars[1:], bars[0]), problem.primals)

        def pullback(cotangents: Sequence[Any]) -> list[Any]:
            if not moves:
                return [None] * len(problem.primals)
            bars = [*map(real, contracted(pushed, cotangents))]
            if turned is None:
                return bars
            across = contracted(turned, cotangents)
            return [
                a - 1j * p.real(b) if is_complex(x) else a
                for x, a, b in zip(problem.primals, bars, across, strict=True)
            ]

        return outputs, pullback

    def _pushed_apart(self, problem: Problem, run: Linear, both: Callable[[], bool]) -> tuple[list[Any], Any]:
        """The tangents of each unit direction; where ``both`` asks for it, also of i times those of complex arrays."""
        primals = problem.primals
        pushed = every_direction_apart(primals, run, self.chunk)
        if not both():
            return pushed, None
        turn = lambda t, x: 1j * t if t is not None and is_complex(x) else None
        turned = lambda tangents: run([turn(t, x) for t, x in zip(tangents, primals, strict=True)])
        return pushed, every_direction_apart(primals, turned, self.chunk)

    def _columns(self, problem: Problem) -> list[list[Any]]:
        outputs: list[Any] = []

        def run(tangents: list[Any]) -> list[Any]:
            outputs[:], pushed = self.push(problem, tangents)
            problem.check_inputs(outputs)
            return self._settled(pushed, outputs, problem.f)

        by_parts = lambda: any(map(is_complex, problem.primals)) and not problem.holomorphic
        pushed, turned = self._pushed_apart(problem, run, by_parts)
        check_kinds(problem, outputs)
        rows = [pieces(part, problem.primals) for part in pushed]
        if turned is not None:  # ∂/∂x − i ∂/∂y
            across = [pieces(part, problem.primals) for part in turned]
            rows = [
                [a - 1j * b if is_complex(x) else a for x, a, b in zip(problem.primals, *pair, strict=True)]
                for pair in zip(rows, across, strict=True)
            ]
        return [[_behind(t, len(x.shape)) for t, x in zip(row, problem.primals, strict=True)] for row in rows]

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
