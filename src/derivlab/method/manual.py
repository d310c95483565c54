"""The derivative that somebody wrote by hand, as a method like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derivlab.errors import UnsupportedError
from derivlab.method.abstract import Method, Prepared, Pullback
from derivlab.method.problem import ArgNums, Problem, flatten, name_of
from derivlab.transpose import shape_of


class Manual(Method):
    """Runs the ``value_and_gradient`` that a spec (or ``compare(..., manual=)``) brings along."""

    name = "manual"
    unsupported = dict.fromkeys(
        ("hessian", "hvp", "vhp", "laplacian", "directional", "partial"),
        "only first derivatives are written by hand; use forward or reverse",
    )

    def prepare(
        self, operator: str, f: Callable[..., Any], *args: Any, argnums: ArgNums = 0, order: int = 1
    ) -> Prepared:
        by_hand = getattr(f, "value_and_gradient", None)
        if (
            by_hand is None
            or argnums != getattr(f, "argnums", None)
            or order != 1
            or operator not in ("grad", "derivative", "value_and_grad")
        ):
            return super().prepare(operator, f, *args, argnums=argnums, order=order)
        return Prepared(by_hand if operator == "value_and_grad" else lambda *a: by_hand(*a)[1], 0.0)

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        by_hand = getattr(problem.f, "value_and_gradient", None)
        if by_hand is None:
            raise UnsupportedError(
                f"manual: {name_of(problem.f)} has no hand-written derivative; give one, compare(f, x, manual=gradient)"
            )
        argnums: Any = getattr(problem.f, "argnums", 0)
        written = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        if not set(problem.positions) <= set(written):
            raise UnsupportedError(f"manual: written for the arguments {written} only, not for {problem.positions}")
        value, gradient = by_hand(*problem.args)
        if shape_of(value) != ():
            raise UnsupportedError("manual: only scalar-valued functions have a hand-written derivative")
        parts = dict(zip(written, (gradient,) if isinstance(argnums, int) else gradient, strict=True))
        leaves = [leaf for position in problem.positions for leaf in flatten(parts[position])[0]]
        return [value], lambda cotangents: [cotangents[0] * leaf for leaf in leaves]
