"""The first-order operators: implement one of ``push`` or ``pull``, inherit the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array.level import Traced
from derivlab.array.parts import is_complex
from derivlab.errors import ArgumentError, UnsupportedError, did_you_mean
from derivlab.method.auxiliary import beside_aux, value_beside, without_aux
from derivlab.method.checks import ArgNums, check_argnums, check_function, check_given
from derivlab.method.holomorphic import check_holomorphic, check_kinds
from derivlab.method.named import named
from derivlab.method.problem import Problem, settle
from derivlab.method.seeds import (
    as_array,
    basis,
    check_order,
    check_pair,
    check_smooth,
    dtype_of,
    in_dtype,
    inner,
    kept,
    lost,
    matching_tangents,
    moves,
    nan_rows,
    nan_with,
    one_hot,
    real_inner,
    stack,
    unit_cotangent,
)
from derivlab.transpose import shape_of

ELSEWHERE = {
    "gradient": "grad",
    "diff": "derivative",
    "differentiate": "derivative",
    "jacfwd": "jacobian",
    "jacrev": "jacobian",
    "hess": "hessian",
    "grad_and_value": "value_and_grad",
    "value_and_gradient": "value_and_grad",
    "pushforward": "jvp",
    "linearize": "jvp",
    "pullback": "vjp",
    "jet": "series",
    "laplace": "laplacian",
}
"""What operators are called elsewhere."""

Pullback = Callable[[Sequence[Any]], list[Any]]


class FirstOrder:
    """The operators of first order, and ``derivative`` of any order, in terms of :meth:`push` or :meth:`pull`.

    Attributes are those of :class:`~derivlab.method.abstract.Method`.
    """

    name = "abstract"
    accuracy: float | None = None
    outside = False
    bases = False
    complex = False
    unsupported: Mapping[str, str] = {}

    def check(self, operator: str, f: Any, argnums: Any = 0) -> Callable[..., Any]:
        """f, if it is a function, argnums are such, and the method has the operator; else the error that says so."""
        if operator in self.unsupported:
            raise UnsupportedError(f"{self.name}: {self.unsupported[operator]}")
        if type(argnums) is not int:
            check_argnums(argnums, operator)
        return check_function(f, operator)

    def pose(self, f: Callable[..., Any], args: Sequence[Any], argnums: ArgNums) -> Problem:
        """f at a point, over any array library where the method has all of them for a base."""
        return Problem(f, args, argnums, self.bases, complex=self.complex)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        known = [key for key in dir(type(self)) if not key.startswith("_")]
        hint = did_you_mean(name, known, ELSEWHERE)
        raise AttributeError(f"method {self.name} has no {name!r}{hint}; it has {', '.join(known)}")

    # The two primitives.

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The answer and its tangents (J ẋ), as lists of leaves; a tangent of None is zero."""
        outputs, pullback = self.pull(problem)
        pushed: list[Any] = []
        for k, output in enumerate(outputs):
            shape = shape_of(output)
            entries = [real_inner(pullback(one_hot(outputs, k, index)), tangents) for index in np.ndindex(shape)]
            if is_complex(output):
                turned = (pullback(one_hot(outputs, k, index, -1j)) for index in np.ndindex(shape))
                entries = [x + 1j * real_inner(bars, tangents) for x, bars in zip(entries, turned, strict=True)]
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

    # The operators.

    def value_and_grad(
        self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False, holomorphic: bool = False
    ) -> Callable[..., Any]:
        """The function of (f(x), ∇f(x)) for a scalar-valued f.

        Of a complex argument z = x + iy and a real-valued f the gradient is ∂f/∂x − i ∂f/∂y, as in JAX: the change of
        f along ż is Re Σ ∇f ż, and f falls fastest along −conj(∇f).

        Parameters
        ----------
        f
            A function of arrays, or of nested containers of arrays, with a scalar answer.
        argnums
            Which arguments to differentiate with respect to; a tuple gives a tuple of gradients.
        has_aux
            f returns (answer, auxiliary data): the result is ((answer, data), gradient). Of ``grad``, ``jacobian``
            and ``hessian`` it is (derivative, data). The data come from one more evaluation of f.
        holomorphic
            f is complex-valued and holomorphic in its complex arguments: the gradient is f′(z). That f is holomorphic
            at z is looked at, which costs two pushes.

        Raises
        ------
        ArgumentError
            If f is no function, its answer is no scalar, or complex without ``holomorphic``, or an active input is not
            finite floating point.
        """
        self.check("value_and_grad", f, argnums)
        if has_aux:
            both = self.value_and_grad(without_aux(f), argnums, holomorphic=holomorphic)
            return lambda *args, **options: value_beside(both(*args, **options), f(*args)[1])

        def value_and_gradient(*args: Any) -> tuple[Any, Any]:
            problem = self.pose(f, args, argnums)
            if holomorphic:
                check_holomorphic(problem)
            outputs, pullback = self.pull(problem)
            problem.check_inputs(outputs)
            one = unit_cotangent(outputs, f, holomorphic)
            bars = settle(pullback([one]), problem.primals)
            if not self.outside and lost(outputs[0]) is not None:
                bars = [bar * np.nan for bar in bars]
            return problem.pack_output(outputs), problem.pack_input(bars)

        return named("value_and_grad", f, value_and_gradient)

    def grad(
        self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False, holomorphic: bool = False
    ) -> Callable[..., Any]:
        """The function of ∇f(x) for a scalar-valued f, which is ∂f/∂x − i ∂f/∂y of complex x + iy.

        With ``holomorphic`` f is complex-valued, and the answer f′(z); see :meth:`value_and_grad`.
        """
        self.check("grad", f, argnums)
        if has_aux:
            return beside_aux(self.grad(without_aux(f), argnums, holomorphic=holomorphic), f)
        both = self.value_and_grad(f, argnums, holomorphic=holomorphic)
        return named("grad", f, lambda *args: both(*args)[1])

    def derivative(self, f: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
        """The function of dᵏf/dxᵏ for f of one variable, with an answer of any shape.

        Of a complex variable f must be holomorphic, which is looked at, at the cost of two pushes.

        Raises
        ------
        ArgumentError
            If f is not holomorphic at a complex x, or x no single number. Then
            for an array of points use ``jvp(f, (x,), (numpy.ones_like(x),))``.
        """
        self.check("derivative", f)
        slope = f if check_order(order) == 1 else self.derivative(f, order - 1)

        def derivative(*args: Any) -> Any:
            problem = self.pose(slope, args, 0)
            if len(problem.primals) != 1 or problem.primals[0].shape != ():
                raise ArgumentError(
                    f"derivative needs one number; argument 0 has shape {shape_of(problem.primals[0])}. Use grad or "
                    "jacobian, or at many points of an elementwise function jvp(f, (x,), (numpy.ones_like(x),))."
                )
            if is_complex(problem.primals[0]):
                check_holomorphic(Problem(f, args, 0, complex=True))
            outputs, tangents = self.push(problem, [np.ones((), problem.primals[0].dtype)[()]])
            problem.check_inputs(outputs)
            return problem.pack_output(self._settled(tangents, outputs, f))

        return named("derivative", f, derivative)

    def jvp(
        self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], has_aux: bool = False
    ) -> tuple[Any, ...]:
        """(f(x), J ẋ): the answer and its tangent (pushforward); with ``has_aux`` the data come third.

        Of complex numbers it is the change of f(x) along ẋ, linear in the real and imaginary part of ẋ.

        Parameters
        ----------
        primals, tangents
            Tuples with one entry for each argument of f, of equal structure and shapes.
        """
        self.check("jvp", f)
        if has_aux:
            return *self.jvp(without_aux(f), primals, tangents), f(*primals)[1]
        check_pair("jvp", primals, tangents)
        problem = self.pose(f, primals, tuple(range(len(primals))))
        outputs, pushed = self.push(problem, matching_tangents(problem, tangents))
        problem.check_inputs(outputs)
        return problem.pack_output(outputs), problem.pack_output(self._settled(pushed, outputs, f))

    def vjp(self, f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
        """(f(x), ȳ ↦ ȳᵀ J): the answer and its pullback, which gives one cotangent for each argument.

        Of complex numbers it is the transpose for the pairing Re Σ ȳ ẏ, without conjugation, as in JAX: the cotangent
        x̄ has Re Σ x̄ ẋ = Re Σ ȳ ẏ, and is ȳ f′(x) of a holomorphic f. With ``has_aux`` the data come third.
        """
        check_given("vjp", self.check("vjp", f), primals)
        if has_aux:
            return *self.vjp(without_aux(f), *primals), f(*primals)[1]
        problem = self.pose(f, primals, tuple(range(len(primals))))
        problem.primals = [kept(x) for x in problem.primals]
        outputs, pullback = self.pull(problem)
        problem.check_inputs(outputs)

        def pull_back(*cotangents: Any) -> tuple[Any, ...]:
            if len(cotangents) != 1:
                raise ArgumentError(
                    f"the pullback takes one cotangent, in the structure of the answer, and got {len(cotangents)}"
                )
            bars = problem.unpack_output(cotangents[0])
            for bar, y in zip(bars, outputs, strict=True):
                if shape_of(bar) != shape_of(y):
                    raise ArgumentError(f"the cotangent has shape {shape_of(bar)}, the answer {shape_of(y)}")
                if is_complex(bar) and not is_complex(y):
                    raise ArgumentError("the cotangent is complex and the answer real; give a real cotangent")
            seeds = [
                np.asarray(bar, dtype=dtype_of(y))[()] if not isinstance(bar, Traced) else in_dtype(bar, dtype_of(y))
                for bar, y in zip(bars, outputs, strict=True)
            ]
            if not self.outside:  # a number in the place of NaN: no slope comes back from there
                seeds = [nan_with(bar, y) if moves(bar) else bar for bar, y in zip(seeds, outputs, strict=True)]
            return problem.pack_input(settle(pullback(seeds), problem.primals))

        return problem.pack_output([kept(y) for y in outputs]), pull_back

    def jacobian(
        self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False, holomorphic: bool = False
    ) -> Callable[..., Any]:
        """The function of the Jacobian: for each answer of shape s and argument of shape r, an array s + r.

        A complex answer of a real argument has complex derivatives; a real answer of a complex argument has rows as
        :meth:`grad`. From complex to complex numbers f must be holomorphic, and ``holomorphic`` say so.

        Cost: one push for each input entry, or one pull for each output entry, as the method has it.
        """
        self.check("jacobian", f, argnums)
        if has_aux:
            return beside_aux(self.jacobian(without_aux(f), argnums, holomorphic=holomorphic), f)

        def jacobian(*args: Any) -> Any:
            problem = self.pose(f, args, argnums)
            problem.holomorphic = holomorphic
            if holomorphic:
                check_holomorphic(problem)
            by_rows = type(self).pull is not FirstOrder.pull
            blocks = self._rows(problem) if by_rows else self._columns(problem)
            return problem.pack_output([problem.pack_input(row) for row in blocks])

        return named("jacobian", f, jacobian)

    def _rows(self, problem: Problem) -> list[list[Any]]:
        outputs, pullback = self.pull(problem)
        problem.check_inputs(outputs)
        check_kinds(problem, outputs)
        blocks: list[list[Any]] = []
        for k, output in enumerate(outputs):
            shape = shape_of(output)
            check_smooth(output, problem.f, self.complex)
            rows = [settle(pullback(one_hot(outputs, k, index)), problem.primals) for index in np.ndindex(shape)]
            if is_complex(output) and not problem.holomorphic:
                turned = (settle(pullback(one_hot(outputs, k, i, -1j)), problem.primals) for i in np.ndindex(shape))
                rows = [[a + 1j * b for a, b in zip(*pair, strict=True)] for pair in zip(rows, turned, strict=True)]
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
            check_smooth(output, f, self.complex)
        settled = settle(pushed, [as_array(y) for y in outputs])
        return settled if self.outside else [nan_with(t, y) for t, y in zip(settled, outputs, strict=True)]
