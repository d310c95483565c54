"""Certified derivatives: enclosures that provably contain the exact ones.

Derivatives come from power-series arithmetic over Arb balls, one series for each input direction, and share no
rule with the methods they judge. A gradient with more than ``MANY`` inputs is swept in reverse over balls
instead, and then cross-checked by series along random directions. Inputs and constants enter as the exact
doubles that they are. Precision is doubled until the radius is at most ``RADIUS`` ulp.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.enclosure import RADIUS, Enclosure, coefficients, union
from derivlab.errors import AnswerError, ArgumentError, UndecidedError, UndefinedError, did_you_mean
from derivlab.libraries import load
from derivlab.method.checks import ArgNums, check_argnums, check_function, name_of
from derivlab.method.first_order import ELSEWHERE
from derivlab.method.named import named
from derivlab.method.problem import Problem
from derivlab.method.reverse import ReverseMode
from derivlab.method.seeds import check_order, check_pair, not_scalar

MANY = 256
"""Above this number of inputs a gradient is swept in reverse over balls."""

_BITS = (128, 256, 512, 1024, 2048, 4096)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    own = ("derivative", "grad", "value_and_grad", "jacobian", "jvp", "directional", "condition")
    raise AttributeError(
        f"truth has no {name!r}{did_you_mean(name, own, ELSEWHERE)}; it has {', '.join(own)}. The second derivative "
        "vᵀ H v is truth.directional(f, (x,), (v,), order=2)"
    )


def derivative(f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
    """The function of the enclosed dᵏf/dxᵏ of f of one real variable (further arguments are constants), at any order k.

    Raises
    ------
    ArgumentError
        If x is not a single number, or the order not a positive integer.
    UndefinedError
        Where the one-sided derivatives provably differ, or the function is not defined.
    UndecidedError
        Where 4096 bits did not decide.
    """
    check_function(f, "truth.derivative")
    check_order(order)

    def enclosed(*args: Any) -> Any:
        problem = Problem(f, args, 0)
        if len(problem.primals) != 1 or problem.primals[0].shape != ():
            raise ArgumentError(f"derivative needs one number, and argument 0 has shape {np.shape(args[0])}")
        return problem.pack_output(_certify(problem, lambda: _derivative(problem, [1.0], order)))

    return named("truth.derivative", f, enclosed)


def jvp(f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """The enclosed (f(x), J ẋ)."""
    check_function(f, "truth.jvp")
    check_pair("truth.jvp", primals, tangents)
    problem = Problem(f, primals, tuple(range(len(primals))))
    pushed = directional(f, primals, tangents)
    return problem.pack_output(_certify(problem, lambda: _value(problem))), pushed


def directional(f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], order: int = 1) -> Any:
    """The enclosed dᵏ/dtᵏ f(x + t v) at t = 0, in the structure of the answer, at any order k."""
    check_function(f, "truth.directional")
    check_pair("truth.directional", primals, tangents)
    check_order(order)
    problem = Problem(f, primals, tuple(range(len(primals))))
    directions = problem.unpack_tangents(tangents)
    return problem.pack_output(_certify(problem, lambda: _derivative(problem, directions, order)))


def grad(f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
    """The function of the enclosed ∇f(x) for a scalar-valued f."""
    check_function(f, "truth.grad")
    check_argnums(argnums, "truth.grad")
    both = value_and_grad(f, argnums)
    return named("truth.grad", f, lambda *args: both(*args)[1])


def value_and_grad(f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
    """The function of the enclosed (f(x), ∇f(x)) for a scalar-valued f."""
    check_function(f, "truth.value_and_grad")
    check_argnums(argnums, "truth.value_and_grad")

    def enclosed(*args: Any) -> tuple[Any, Any]:
        problem = Problem(f, args, argnums)
        (value,) = _certify(problem, lambda: _value(problem))
        if value.value.shape != ():
            raise AnswerError(f, *not_scalar(f, f"an array of shape {value.value.shape}"))
        many = sum(x.size for x in problem.primals) > MANY
        leaves = _certify(problem, lambda: _swept(problem) if many else _partials(problem))
        if many:
            _cross_check(problem, leaves)
        return value, problem.pack_input(leaves)

    return named("truth.value_and_grad", f, enclosed)


def jacobian(f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
    """The function of the enclosed Jacobian: arrays of shape (answer) + (argument)."""
    check_function(f, "truth.jacobian")
    check_argnums(argnums, "truth.jacobian")

    def enclosed(*args: Any) -> Any:
        problem = Problem(f, args, argnums)
        flat = _certify(problem, lambda: [block for row in _blocks(problem) for block in row])
        width = len(problem.primals)
        rows = [flat[i : i + width] for i in range(0, len(flat), width)]
        return problem.pack_output([problem.pack_input(row) for row in rows])

    return named("truth.jacobian", f, enclosed)


def condition(f: Callable[..., Any], argnums: ArgNums = 0, operator: str = "grad") -> Callable[..., Any]:
    """The function of the relative condition numbers of the derivative's entries, from the same series.

    For one variable |x f″/f′|; for a gradient, entry i has Σⱼ |xⱼ ∂ᵢⱼf / ∂ᵢf|. None with more than 16 inputs.
    """
    check_function(f, "truth.condition")
    check_argnums(argnums, "truth.condition")

    def numbers(*args: Any) -> Any:
        problem = Problem(f, args, argnums)
        x = np.concatenate([np.ravel(leaf) for leaf in problem.primals])
        if x.size > 16:
            return None
        first, second = _second_order(problem, x.size)
        scale = np.sum(np.abs(x[:, None] * second), axis=0)
        with np.errstate(all="ignore"):
            ratio = np.where(scale == 0, 0.0, scale / np.abs(first))
        sizes = np.cumsum([leaf.size for leaf in problem.primals])[:-1]
        parts = [
            part.reshape(leaf.shape)[()] for part, leaf in zip(np.split(ratio, sizes), problem.primals, strict=True)
        ]
        return parts[0] if operator == "derivative" else problem.pack_input(parts)

    return named("truth.condition", f, numbers)


# Enclosures by series.


def _certify(problem: Problem, enclose: Callable[[], list[list[Any]]]) -> list[Enclosure]:
    """Double the precision until every radius is small against an ulp.

    ``enclose`` gives for each wanted array its enclosure, followed by lower coefficients of the same series,
    which only have to be continuous.
    """
    trouble = ""
    for bits in _BITS:
        try:
            balls = _both_sides(problem, enclose, bits)
        except UndecidedError as error:
            trouble = str(error)
            continue
        enclosures = [Enclosure(leaf) for leaf in balls]
        if all(np.all(e.radius <= RADIUS) for e in enclosures):
            return enclosures
        trouble = "the radius stayed above a thousandth of an ulp"
    raise UndecidedError(f"undecided at {_BITS[-1]} bits: {trouble}")


def _both_sides(problem: Problem, enclose: Callable[[], list[list[Any]]], bits: int) -> list[Any]:
    """The enclosure at one precision; where a comparison was tied, from both sides, which must agree."""
    library = load("flint")
    right, tied = _one_side(library, enclose, bits, 1)
    if not tied:
        return [arrays[0] for arrays in right]
    left, _ = _one_side(library, enclose, bits, -1)
    for a, b in zip(_flat(right), _flat(left), strict=True):
        if not a.overlaps(b):
            raise UndefinedError(f"no derivative here: one side gives {a.str(8)}, the other {b.str(8)}")
    here, _ = _one_side(library, lambda: _value(problem), bits, 1)
    for value, limits in zip(here, right[:: max(len(right) // len(here), 1)], strict=True):
        shape = value[0].shape + (1,) * (limits[-1].ndim - value[0].ndim)
        for a, b in zip(np.broadcast_to(value[0].reshape(shape), limits[-1].shape).flat, limits[-1].flat, strict=True):
            if not a.overlaps(b):
                raise UndefinedError(f"no derivative here: the value is {a.str(8)}, its limit {b.str(8)}")
    with library.working_precision(bits, 1):  # a union at the 53 bits outside would widen the balls
        return [union(a[0], b[0]) for a, b in zip(right, left, strict=True)]


def _flat(leaves: list[list[Any]]) -> list[Any]:
    return [ball for arrays in leaves for array in arrays for ball in array.flat]


def _one_side(
    library: Any, enclose: Callable[[], list[list[Any]]], bits: int, side: int
) -> tuple[list[list[Any]], bool]:
    with library.working_precision(bits, 1, side):
        try:
            return enclose(), library.settings.tied
        except (ZeroDivisionError, ValueError) as error:
            if isinstance(error, ArgumentError):
                raise
            raise UndefinedError(f"the function is not defined here: {error}") from error


def _along(problem: Problem, directions: Sequence[Any], order: int, scale: int = 1) -> list[list[Any]]:
    """Coefficients ``order``, ..., 0 of f(x + t v) for each leaf of the answer, times ``scale``."""
    return [leaf[::-1] for leaf in _series(problem, directions, order + 1, scale)]


def _derivative(problem: Problem, directions: Sequence[Any], order: int) -> list[list[Any]]:
    """dᵏ/dtᵏ f(x + t v), followed by the lower coefficients; k! is an integer, and so exact in a ball."""
    return _along(problem, directions, order, scale=math.factorial(order))


def _value(problem: Problem) -> list[list[Any]]:
    """f(x) itself, at x and on no side of it."""
    return _along(problem, [None] * len(problem.primals), 0)


def _series(problem: Problem, directions: Sequence[Any], terms: int, scale: int = 1) -> list[list[Any]]:
    """All coefficients of f(x + t v) for each leaf of the answer."""
    library = load("flint")
    from derivlab.interpreters.ball import BallLevel, ComplexBalls, ball_array

    with library.terms(terms):
        level = BallLevel()
        try:
            answers = problem([level.input(x, v) for x, v in zip(problem.primals, directions, strict=True)])
        finally:
            level.finish()
        if any(isinstance(y.value if isinstance(y, Traced) else y, ComplexBalls) for y in answers):
            raise ArgumentError(f"truth: {name_of(problem.f)} answers with complex numbers; return their parts")
        arrays = [y.value if isinstance(y, Traced) else ball_array(np.asarray(y)) for y in answers]
        factors = [None] * (terms - 1) + [library.arb(scale) if scale != 1 else None]
        return [[coefficients(array, k, factor) for k, factor in enumerate(factors)] for array in arrays]


def _blocks(problem: Problem) -> list[list[list[Any]]]:
    """For each answer and each input leaf the partial derivatives, one series for each input entry.

    Behind each block of derivatives stand the values along the same series.
    """
    blocks: list[list[list[Any]]] = []
    for k, primal in enumerate(problem.primals):
        for index in np.ndindex(primal.shape):
            directions = [np.zeros(x.shape) for x in problem.primals]
            directions[k][index] = 1.0
            columns = _along(problem, directions, 1)
            if not blocks:
                blocks = [[_empty_block(column[0].shape, x.shape) for x in problem.primals] for column in columns]
            for row, column in zip(blocks, columns, strict=True):
                row[k][0][(..., *index)], row[k][1][(..., *index)] = column
    return blocks


def _empty_block(rows: tuple[int, ...], columns: tuple[int, ...]) -> list[Any]:
    return [np.empty(rows + columns, dtype=object) for _ in range(2)]


def _partials(problem: Problem) -> list[list[Any]]:
    return _blocks(problem)[0]


# A large gradient by reverse mode over balls.


def _swept(problem: Problem) -> list[list[Any]]:
    library = load("flint")
    from derivlab.interpreters.ball import BallLevel

    with library.terms(1):
        level = BallLevel()
        _, pullback = ReverseMode().pull(problem.replaced(primals=[level.input(x) for x in problem.primals]))
        bars = pullback([level.input(1.0)])
        return [[coefficients(_whole(bar, x, library), 0, None)] for bar, x in zip(bars, problem.primals, strict=True)]


def _whole(bar: Any, x: Any, library: Any) -> Any:
    from derivlab.interpreters.ball import ball_array

    array = bar.value if isinstance(bar, Traced) else ball_array(np.zeros(x.shape) if bar is None else bar)
    return np.broadcast_to(array, x.shape)


def _cross_check(problem: Problem, leaves: Sequence[Enclosure], count: int = 2) -> None:
    """∇f · v by series must meet the swept gradient, along random directions."""
    rng = np.random.default_rng(20181)
    for _ in range(count):
        directions = [rng.standard_normal(x.shape) for x in problem.primals]
        (pushed,) = _certify(problem, lambda directions=directions: _along(problem, directions, 1))
        with load("flint").working_precision(_BITS[0], 1):
            total: Any = sum(
                (
                    ball * float(v)
                    for leaf, d in zip(leaves, directions, strict=True)
                    for ball, v in zip(leaf.balls.flat, d.flat, strict=True)
                ),
                load("flint").arb(0),
            )
            if not total.overlaps(pushed.balls[()]):
                raise UndecidedError(
                    f"reverse mode over balls gives {total.str(10)} along a direction where the power series gives "
                    f"{pushed.balls[()].str(10)}: the point may be a kink"
                )


def _second_order(problem: Problem, n: int) -> tuple[Any, Any]:
    """The gradient and the Hessian (midpoints only) by series along eᵢ and eᵢ + eⱼ."""

    def along(*entries: int) -> tuple[float, float]:
        flat = np.zeros(n)
        flat[list(entries)] = 1.0
        sizes = np.cumsum([x.size for x in problem.primals])[:-1]
        directions = [d.reshape(x.shape) for d, x in zip(np.split(flat, sizes), problem.primals, strict=True)]
        with load("flint").working_precision(_BITS[0], 3):
            series = _series(problem, directions, 3)
        if len(series) != 1 or series[0][1].shape != ():
            raise ArgumentError("condition needs a scalar-valued function")
        return float(series[0][1][()].mid()), 2 * float(series[0][2][()].mid())

    first, second = np.empty(n), np.empty((n, n))
    for i in range(n):
        first[i], second[i, i] = along(i)
    for i in range(n):
        for j in range(i):
            second[i, j] = second[j, i] = (along(i, j)[1] - second[i, i] - second[j, j]) / 2
    return first, second
