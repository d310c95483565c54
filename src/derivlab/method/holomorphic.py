"""Complex arguments: which derivatives a single complex number can hold, and whether a function is holomorphic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.array.parts import is_complex
from derivlab.errors import AnswerError, ArgumentError
from derivlab.interpreters.forward import Forward
from derivlab.method.named import derived_from
from derivlab.method.problem import Problem, name_of
from derivlab.transpose import shape_of


def check_holomorphic(problem: Problem) -> None:
    """Refuse a function that is not holomorphic where it stands: J (i v) ≠ i J v for a direction v drawn at random.

    Cost: two pushes.
    """
    if not all(is_complex(x) for x in problem.primals):
        raise ArgumentError(
            f"a holomorphic derivative of {name_of(problem.f)} needs complex arguments; write x + 0j, or "
            "x.astype(complex), or drop holomorphic=True"
        )
    primals = [_plain(x) for x in problem.primals]
    if any(shape_of(x) != shape_of(y) for x, y in zip(primals, problem.primals, strict=True)):
        return  # batches: their members are not seen here
    rng = np.random.default_rng(20240229)
    v = [_drawn(rng, x) for x in primals]
    along, across = _push(problem, primals, v), _push(problem, primals, [1j * t for t in v])
    for t, turned in zip(along, across, strict=True):
        size = np.abs(t) + np.abs(turned)
        if np.any(np.abs(turned - 1j * t) > np.sqrt(np.finfo(size.dtype).eps) * size):
            raise ArgumentError(
                f"{name_of(problem.f)} is not holomorphic here, so that no complex number is its derivative: it uses "
                "conj, abs, real or imag. Use jvp for the change along a direction, or grad of a real-valued function "
                "for ∂f/∂x − i ∂f/∂y."
            )


def check_kinds(problem: Problem, outputs: Sequence[Any]) -> None:
    """Refuse a Jacobian from complex to complex numbers, unless the function is holomorphic."""
    if not problem.holomorphic and any(map(is_complex, problem.primals)) and any(map(is_complex, outputs)):
        if (f := derived_from(problem.f)) is not None:
            raise AnswerError(
                f, f"needs real arguments, and those of {name_of(f)} are complex", _PARTS, _PARTS, "jacobian"
            )
        raise ArgumentError(
            f"{name_of(problem.f)} takes complex numbers to complex numbers, and its Jacobian is a matrix of complex "
            "numbers only if it is holomorphic: then write jacobian(f, holomorphic=True). Else use jvp or vjp, or the "
            "real and imaginary parts as arguments and answers."
        )


_PARTS = (
    "Take the real and imaginary parts as arguments: hessian(lambda x, y: f(x + 1j * y), argnums=(0, 1))(z.real, "
    "z.imag); of a holomorphic function of one number write derivative(f, order=2)"
)


def _plain(x: Any) -> Any:
    while isinstance(x, Traced):  # no decision of the program: it holds for all values
        x = x.value
    return x


def _drawn(rng: np.random.Generator, x: Any) -> Any:
    return (rng.standard_normal(x.shape) + 1j * rng.standard_normal(x.shape)).astype(x.dtype)[()]


def _push(problem: Problem, primals: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
    level = Forward()
    try:
        answers = problem([level.dual(x, t) for x, t in zip(primals, tangents, strict=True)])
    finally:
        level.finish()
    moves = [isinstance(y, Traced) and y.level is level and y.attached is not None for y in answers]
    return [np.asarray(_plain(y.attached)) if moved else np.zeros(()) for y, moved in zip(answers, moves, strict=True)]
