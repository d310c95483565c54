"""The abstract method: implement one of ``push`` or ``pull``, inherit every operator."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.errors import ArgumentError, UnknownNameError
from derivlab.method.problem import ArgNums, Problem, check_function, settle
from derivlab.method.seeds import (
    as_array,
    basis,
    check_order,
    check_smooth,
    dtype_of,
    inner,
    kept,
    lost,
    matching_tangents,
    nan_rows,
    nan_with,
    one_hot,
    stack,
    unit_cotangent,
)
from derivlab.transpose import shape_of

OPERATORS = ("derivative", "grad", "value_and_grad", "jvp", "vjp", "jacobian")
SECOND_ORDER = ("hessian", "hvp")

Pullback = Callable[[Sequence[Any]], list[Any]]


@dataclass(frozen=True)
class Prepared:
    """A derivative made ready once: call it with the operator's arguments.

    Attributes
    ----------
    function
        What runs at each call.
    seconds
        Time that the preparation took (deriving, tracing, compiling).
    source
        The program that runs, where the method writes one.
    graph
        Its :class:`~derivlab.graph.graph.Graph`, where there is one.
    method
        The method made ready, which keeps what it derived.
    """

    function: Callable[..., Any]
    seconds: float
    source: str | None = field(default=None, repr=False)
    graph: Any = field(default=None, repr=False)
    method: Any = field(default=None, repr=False)

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)


class Method:
    """A way of differentiating.

    A subclass overrides :meth:`push` (Jacobian times tangents) or :meth:`pull` (cotangents times Jacobian);
    the other, and all operators, follow. What it cannot do raises :class:`UnsupportedError`.

    Attributes
    ----------
    name
        The key in ``derivlab.methods``.
    accuracy
        Relative error that the method promises at a well-conditioned point; a result outside it is
        ``inaccurate``. None promises a few ulps.
    outside
        Whether this is a reference from outside, whose answers are shown as they come. All others answer NaN
        where the function does.
    """

    name = "abstract"
    accuracy: float | None = None
    outside = False

    # The two primitives.

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The answer and its tangents (J ẋ), as lists of leaves; a tangent of None is zero."""
        outputs, pullback = self.pull(problem)
        pushed: list[Any] = []
        for k, output in enumerate(outputs):
            shape = shape_of(output)
            entries = [inner(pullback(one_hot(outputs, k, index)), tangents) for index in np.ndindex(shape)]
            pushed.append(stack(entries, shape, dtype_of(output)))
        return outputs, pushed

    def pull(self, problem: Problem) -> tuple[list[Any], Pullback]:
        """The answer and its pullback, which takes cotangents ȳ to ȳᵀ J, as lists of leaves."""
        zeros = [np.zeros(x.shape, x.dtype)[()] for x in problem.primals]
        columns: list[list[list[Any]]] = []
        outputs: list[Any] = []
        for k, primal in enumerate(problem.primals):
            columns.append([])
            for index in np.ndindex(primal.shape):
                outputs, tangents = self.push(problem, [*zeros[:k], basis(primal, index), *zeros[k + 1 :]])
                columns[k].append(tangents)
        if not outputs:  # no input entries at all
            outputs, _ = self.push(problem, zeros)

        def pullback(cotangents: Sequence[Any]) -> list[Any]:
            return [
                stack([inner(tangents, cotangents) for tangents in entries], primal.shape, primal.dtype)
                for primal, entries in zip(problem.primals, columns, strict=True)
            ]

        return outputs, pullback

    def specialise(self, problem: Problem, operator: str) -> Method:
        """This method made ready for one problem: symbolic methods derive here."""
        return self

    def native(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments as the method itself keeps them, so that conversions stay out of a timing."""
        return tuple(args)

    # The operators.

    def value_and_grad(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        """The function of (f(x), ∇f(x)) for a scalar-valued f.

        Parameters
        ----------
        f
            A function of arrays, or of nested containers of arrays, with a scalar answer.
        argnums
            Which arguments to differentiate with respect to; a tuple gives a tuple of gradients.

        Raises
        ------
        ArgumentError
            If f is no function, its answer is no scalar, or an active input is not finite floating point.
        """
        check_function(f, "value_and_grad")

        def value_and_gradient(*args: Any) -> tuple[Any, Any]:
            problem = Problem(f, args, argnums)
            outputs, pullback = self.pull(problem)
            problem.check_inputs(outputs)
            one = unit_cotangent(outputs, f)
            bars = settle(pullback([one]), problem.primals)
            if not self.outside and lost(outputs[0]) is not None:
                bars = [bar * np.nan for bar in bars]
            return problem.pack_output(outputs), problem.pack_input(bars)

        return value_and_gradient

    def grad(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        """The function of ∇f(x) for a scalar-valued f; see :meth:`value_and_grad`."""
        both = self.value_and_grad(check_function(f, "grad"), argnums)
        return lambda *args: both(*args)[1]

    def derivative(self, f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
        """The function of dᵏf/dxᵏ for f of one real variable, with an answer of any shape.

        Raises
        ------
        ArgumentError
            If x is not a single number; for an array of points use ``jvp(f, (x,), (numpy.ones_like(x),))``.
        """
        check_function(f, "derivative")
        if check_order(order) > 1:
            return self.derivative(self.derivative(f, order - 1))

        def derivative(*args: Any) -> Any:
            problem = Problem(f, args, 0)
            if len(problem.primals) != 1 or problem.primals[0].shape != ():
                raise ArgumentError(
                    f"derivative needs one number; argument 0 has shape {shape_of(problem.primals[0])}. Use grad or "
                    "jacobian, or at many points of an elementwise function jvp(f, (x,), (numpy.ones_like(x),))."
                )
            outputs, tangents = self.push(problem, [np.ones((), problem.primals[0].dtype)[()]])
            problem.check_inputs(outputs)
            return problem.pack_output(self._settled(tangents, outputs, f))

        return derivative

    def jvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        """(f(x), J ẋ): the answer and its tangent (pushforward).

        Parameters
        ----------
        primals, tangents
            Tuples with one entry for each argument of f, of equal structure and shapes.
        """
        check_function(f, "jvp")
        if not isinstance(primals, tuple) or not isinstance(tangents, tuple) or len(primals) != len(tangents):
            raise ArgumentError("jvp needs primals and tangents as tuples of one length: jvp(f, (x,), (v,))")
        problem = Problem(f, primals, tuple(range(len(primals))))
        outputs, pushed = self.push(problem, matching_tangents(problem, tangents))
        problem.check_inputs(outputs)
        return problem.pack_output(outputs), problem.pack_output(self._settled(pushed, outputs, f))

    def vjp(self, f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """(f(x), ȳ ↦ ȳᵀ J): the answer and its pullback, which gives one cotangent for each argument."""
        check_function(f, "vjp")
        problem = Problem(f, primals, tuple(range(len(primals))))
        problem.primals = [kept(x) for x in problem.primals]
        outputs, pullback = self.pull(problem)
        problem.check_inputs(outputs)

        def pull_back(cotangent: Any) -> tuple[Any, ...]:
            bars = problem.unpack_output(cotangent)
            for bar, y in zip(bars, outputs, strict=True):
                if shape_of(bar) != shape_of(y):
                    raise ArgumentError(f"the cotangent has shape {shape_of(bar)}, the answer {shape_of(y)}")
            seeds = [
                np.asarray(bar, dtype=dtype_of(y))[()] if not isinstance(bar, Traced) else bar
                for bar, y in zip(bars, outputs, strict=True)
            ]
            return problem.pack_input(settle(pullback(seeds), problem.primals))

        return problem.pack_output([kept(y) for y in outputs]), pull_back

    def jacobian(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        """The function of the Jacobian: for each answer of shape s and argument of shape r, an array s + r.

        Cost: one push for each input entry, or one pull for each output entry, as the method has it.
        """
        check_function(f, "jacobian")

        def jacobian(*args: Any) -> Any:
            problem = Problem(f, args, argnums)
            by_rows = type(self).pull is not Method.pull
            blocks = self._rows(problem) if by_rows else self._columns(problem)
            return problem.pack_output([problem.pack_input(row) for row in blocks])

        return jacobian

    def hessian(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        """The function of the Hessian of a scalar-valued f: the method applied to its own gradient.

        For arguments of shapes r and s a block of shape r + s. A method that cannot run inside itself is unsupported.
        """
        check_function(f, "hessian")
        return self.jacobian(self.grad(f, argnums), argnums)

    def hvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        """H v for a scalar-valued f: the tangent of its gradient, in the structure of the gradient.

        Cost: a small multiple of the gradient's where the method has both sweeps, whatever the number of inputs.
        """
        check_function(f, "hvp")
        return self._gradient_jvp(self.grad(f, _all_of(primals)), primals, tangents)

    def _gradient_jvp(self, gradient: Callable[..., Any], primals: Any, tangents: Any) -> Any:
        return self.jvp(gradient, primals, tangents)[1]

    def _rows(self, problem: Problem) -> list[list[Any]]:
        outputs, pullback = self.pull(problem)
        problem.check_inputs(outputs)
        blocks: list[list[Any]] = []
        for k, output in enumerate(outputs):
            shape = shape_of(output)
            check_smooth(output, problem.f)
            rows = [settle(pullback(one_hot(outputs, k, index)), problem.primals) for index in np.ndindex(shape)]
            block = [stack([row[i] for row in rows], shape + x.shape, x.dtype) for i, x in enumerate(problem.primals)]
            blocks.append(block if self.outside else nan_rows(block, output))
        return blocks

    def _columns(self, problem: Problem) -> list[list[Any]]:
        zeros = [np.zeros(x.shape, x.dtype)[()] for x in problem.primals]
        blocks: list[list[Any]] = []
        for k, primal in enumerate(problem.primals):
            outputs: list[Any] = []
            columns: list[list[Any]] = []
            for index in np.ndindex(primal.shape):
                outputs, pushed = self.push(problem, [*zeros[:k], basis(primal, index), *zeros[k + 1 :]])
                problem.check_inputs(outputs)
                columns.append(self._settled(pushed, outputs, problem.f))
            if not columns:  # an argument without entries
                outputs, _ = self.push(problem, zeros)
            blocks.append(
                [
                    stack(
                        [column[j] for column in columns],
                        primal.shape + shape_of(y),
                        dtype_of(y),
                        len(primal.shape),
                    )
                    for j, y in enumerate(outputs)
                ]
            )
        return [list(row) for row in zip(*blocks, strict=True)]

    def _settled(self, pushed: Sequence[Any], outputs: Sequence[Any], f: Any) -> list[Any]:
        """Tangents in the form of the answers, NaN where these are."""
        for output in outputs:
            check_smooth(output, f)
        settled = settle(pushed, [as_array(y) for y in outputs])
        return settled if self.outside else [nan_with(t, y) for t, y in zip(settled, outputs, strict=True)]

    # Preparation.

    def prepare(self, operator: str, f: Callable[..., Any], *args: Any, argnums: ArgNums = 0) -> Prepared:
        """Derive, trace or compile once for arguments like ``args``; then call the result many times.

        ``prepare("grad", f, x)(x)``, ``prepare("jvp", f, (x,), (v,))((x,), (v,))``. ``seconds`` is the time taken.
        """
        check_function(f, f"prepare({operator!r}, ...)")
        check_operator(operator)
        start = time.perf_counter()
        primals = args[0] if operator in ("jvp", "hvp") else args
        active = tuple(range(len(primals))) if operator in ("jvp", "hvp", "vjp") else argnums
        ready = self.specialise(Problem(f, primals, active), operator)
        if operator in ("jvp", "hvp", "vjp"):
            function = lambda *a: getattr(ready, operator)(f, *a)
        elif operator == "derivative":
            function = ready.derivative(f)
        else:
            function = getattr(ready, operator)(f, argnums)
        return Prepared(function, time.perf_counter() - start, ready.source(), method=ready)

    def source(self) -> str | None:
        """The program that a specialised method runs, where it writes one."""
        return None

    def __repr__(self) -> str:
        return f"<method {self.name}>"


def check_operator(operator: str) -> None:
    """An error that lists the operators, for a name that is none of them."""
    if operator not in OPERATORS + SECOND_ORDER:
        raise UnknownNameError(f"no operator {operator!r}; there are {', '.join(OPERATORS + SECOND_ORDER)}")


def _all_of(primals: Any) -> ArgNums:
    return 0 if len(primals) == 1 else tuple(range(len(primals)))
