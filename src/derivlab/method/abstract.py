"""The abstract method: first-order operators from one sweep, and those of second and higher order from nesting it."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array import primitives as p
from derivlab.errors import ArgumentError, unknown
from derivlab.method.auxiliary import beside_aux, without_aux
from derivlab.method.checks import check_given
from derivlab.method.first_order import ELSEWHERE, FirstOrder
from derivlab.method.first_order import Pullback as Pullback
from derivlab.method.named import in_name_of, named
from derivlab.method.problem import ArgNums, Problem, check_function, flatten, name_of
from derivlab.method.seeds import check_order, check_pair, dtype_of
from derivlab.transpose import shape_of

OPERATORS = (
    "derivative",
    "grad",
    "value_and_grad",
    "jvp",
    "vjp",
    "jacobian",
    "hessian",
    "hvp",
    "vhp",
    "laplacian",
    "directional",
    "partial",
)
"""The operators by name."""

ALONG = ("jvp", "hvp", "vhp", "directional")
"""Those that take (f, primals, tangents) and answer at once."""


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
    note
        What a table says beside the outcome: ``via graph`` where the method ran what the function recorded.
    """

    function: Callable[..., Any]
    seconds: float
    source: str | None = field(default=None, repr=False)
    graph: Any = field(default=None, repr=False)
    method: Any = field(default=None, repr=False)
    note: str = ""

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    def _repr_html_(self) -> str:
        """For notebooks: what it took, and the program that runs."""
        name = getattr(self.method, "name", "") or "a derivative"
        made = f"{name}, prepared in {self.seconds:.2g} s{self.note and ', '}{self.note}"
        program = libraries.load("pygments").highlighted(self.source) if self.source else ""
        return f"<p>{html.escape(made)}</p>{program}"


class Method(FirstOrder):
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
    bases
        Whether arrays of PyTorch, JAX and array_api_strict are differentiated as they are; the answers are such arrays.
    outside
        Whether this is a reference from outside, whose answers are shown as they come. All others answer NaN
        where the function does.
    complex
        Whether it takes complex arguments and answers; most take real ones only.
    unsupported
        The operators that it does not have, each with the reason and what to use instead.
    """

    # Second order.

    def hessian(self, f: Callable[..., Any], argnums: ArgNums = 0, has_aux: bool = False) -> Callable[..., Any]:
        """The function of the Hessian of a scalar-valued f: the method applied to its own gradient.

        For arguments of shapes r and s a block of shape r + s.
        """
        self.check("hessian", f, argnums)
        if has_aux:
            return beside_aux(self.hessian(without_aux(f), argnums), f)
        return named("hessian", f, self.jacobian(self.grad(f, argnums), argnums))

    def hvp(self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        """H v for a scalar-valued f: the tangent of its gradient, in the structure of the gradient.

        Cost: a small multiple of the gradient's where the method has both sweeps, whatever the number of inputs.
        """
        self.check("hvp", f)
        check_pair("hvp", primals, tangents)
        with in_name_of("hvp", f):
            return self._gradient_jvp(self.grad(f, all_of(primals)), primals, tangents)

    def _gradient_jvp(self, gradient: Callable[..., Any], primals: Any, tangents: Any) -> Any:
        return self.jvp(gradient, primals, tangents)[1]

    def vhp(self, f: Callable[..., Any], primals: tuple[Any, ...], cotangents: tuple[Any, ...]) -> Any:
        """vᵀ H for a scalar-valued f: the gradient pulled back along v, in the structure of the gradient.

        H is symmetric, so that this is H v by another sweep: reverse over reverse for ``reverse``.
        """
        self.check("vhp", f)
        check_pair("vhp", primals, cotangents)
        argnums = all_of(primals)
        with in_name_of("vhp", f):
            _, pullback = self.vjp(self.grad(f, argnums), *primals)
        alone = isinstance(argnums, int)
        bars = pullback(cotangents[0] if alone else tuple(cotangents))
        return bars[0] if alone else bars

    def laplacian(self, f: Callable[..., Any], argnums: ArgNums = 0) -> Callable[..., Any]:
        """The function of ∇²f = Σᵢ ∂²f/∂xᵢ² over all active entries, for a scalar-valued f.

        Cost: that of the Hessian, of which it is the trace.
        """
        self.check("laplacian", f, argnums)
        hessian = self.hessian(f, argnums)

        def laplacian(*args: Any) -> Any:
            blocks = hessian(*args)
            primals = self.pose(f, args, argnums).primals
            leaves = flatten(blocks)[0]
            count = len(primals)
            return sum(_trace(leaves[i * count + i], shape_of(x)) for i, x in enumerate(primals))

        return named("laplacian", f, laplacian)

    # Higher order.

    def directional(
        self, f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], order: int = 1
    ) -> Any:
        """dᵏ/dtᵏ f(x + t v) at t = 0, in the structure of the answer: J v for k = 1, vᵀ H v for k = 2.

        Parameters
        ----------
        primals, tangents
            x and v: tuples with one entry for each argument of f, of equal structure and shapes.
        order
            k ≥ 1.
        """
        self.check("directional", f)
        check_pair("directional", primals, tangents)
        check_order(order)
        problem = self.pose(f, primals, tuple(range(len(primals))))
        directions = problem.unpack_tangents(tangents)
        dtype = np.result_type(*(dtype_of(x) for x in problem.primals)).type(0).real.dtype

        def along(t: Any) -> Any:
            moved = [x + t * v for x, v in zip(problem.primals, directions, strict=True)]
            return f(*problem.pack_input(moved))

        along.__name__ = name_of(f)
        return self.derivative(along, order)(np.zeros((), dtype)[()])

    def partial(self, f: Callable[..., Any], wrt: Sequence[Any]) -> Callable[..., Any]:
        """The function of the mixed partial derivative ∂ᵏf / ∂x_{wrt[0]} … ∂x_{wrt[k−1]}, for an answer of any shape.

        Parameters
        ----------
        wrt
            What to differentiate with respect to, in turn. An integer i is argument i, a single number; a tuple
            (i, j, …) is entry [j, …] of argument i, an array. ``partial(f, (0, 0, 1))`` is ∂³f/∂x₀²∂x₁.

        Raises
        ------
        ArgumentError
            If an argument is no single number, or an entry is not there.
        """
        self.check("partial", f)
        places = [place_of(place) for place in check_places(wrt)]

        def partial(*args: Any) -> Any:
            problems = [self.pose(f, args, position) for position, _ in places]
            units = [with_entry(problem, index) for problem, (_, index) in zip(problems, places, strict=True)]
            entries = [(problem.positions[0], index) for problem, (_, index) in zip(problems, places, strict=True)]
            args = tuple(problems[0].args) if self.bases else args
            return self._nested(f, list(zip(entries, units, strict=True)), args)

        return named("partial", f, partial)

    def _nested(self, f: Callable[..., Any], rest: list[Any], args: Sequence[Any]) -> Any:
        """The mixed partial by one derivative for each place, each of a step added to that entry."""
        if not rest:
            return f(*args)
        ((position, _), unit), *others = rest

        def along(t: Any) -> Any:
            moved = list(args)
            moved[position] = args[position] + t * unit
            return self._nested(f, others, moved)

        along.__name__ = name_of(f)
        return self.derivative(along)(np.zeros((), dtype_of(unit))[()])

    # Preparation.

    def native(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments as the method itself keeps them, so that conversions stay out of a timing."""
        return tuple(args)

    def prepare(
        self, operator: str, f: Callable[..., Any], *args: Any, argnums: ArgNums = 0, order: int = 1
    ) -> Prepared:
        """Derive, trace or compile once for arguments like ``args``; then call the result many times.

        ``prepare("grad", f, x)(x)``, ``prepare("jvp", f, (x,), (v,))((x,), (v,))``. ``order`` is that of
        ``derivative`` and ``directional``; of ``partial`` argnums are the places. ``seconds`` is the time taken.
        """
        check_prepared(operator, f, args)
        start = time.perf_counter()
        primals = primals_of(operator, args)
        every = operator in ALONG or operator in ("vjp", "partial")
        self.pose(f, primals, tuple(range(len(primals))) if every else argnums)  # refuses what has no derivative
        function = self.bound(operator, f, argnums, order)
        return Prepared(function, time.perf_counter() - start, method=self)

    def bound(self, operator: str, f: Callable[..., Any], argnums: Any = 0, order: int = 1) -> Callable[..., Any]:
        """An operator on a function, as a function of what :meth:`prepare` takes after it."""
        take = getattr(self, operator)
        if operator in ALONG or operator == "vjp":
            return lambda *args: take(f, *args, **({"order": order} if operator == "directional" else {}))
        return take(f, order if operator == "derivative" else argnums)

    def __repr__(self) -> str:
        return f"<method {self.name}>"


def check_prepared(operator: str, f: Any, args: Sequence[Any]) -> None:
    """What ``prepare`` needs: an operator, a function, and arguments."""
    if callable(operator):
        raise ArgumentError(f"prepare takes the name of an operator first: prepare('grad', {name_of(operator)}, x)")
    check_function(f, "prepare")
    check_operator(operator)
    if operator not in ALONG:
        check_given("prepare", f, args)


def check_operator(operator: str) -> None:
    """An error that lists the operators, for a name that is none of them."""
    if operator not in OPERATORS:
        raise unknown("operator", operator, OPERATORS, ELSEWHERE)


def primals_of(operator: str, args: Sequence[Any]) -> Sequence[Any]:
    """The function's own arguments among those that ``prepare`` takes after it."""
    if operator not in ALONG:
        return args
    if len(args) != 2:
        raise ArgumentError(f"{operator} is prepared for (x,) and (v,): prepare({operator!r}, f, (x,), (v,))")
    check_pair(operator, *args)
    return args[0]


def all_of(primals: Any) -> ArgNums:
    """The argnums of all arguments; of one alone no tuple."""
    return 0 if len(primals) == 1 else tuple(range(len(primals)))


def _trace(block: Any, shape: tuple[int, ...]) -> Any:
    """Σ block[i, i] over the entries i of an array of ``shape``."""
    size = int(np.prod(shape))
    matrix = p.reshape(block, shape=(size, size))
    return p.sum(p.index(matrix, key=(np.arange(size), np.arange(size))), axis=None, keepdims=False)


def check_places(wrt: Any) -> Sequence[Any]:
    """The places of a mixed partial, if they are a sequence of at least one."""
    if not isinstance(wrt, (tuple, list)) or not wrt:
        raise ArgumentError(f"partial needs a tuple of arguments to differentiate by, e.g. (0, 0, 1), and got {wrt!r}")
    return wrt


def place_of(place: Any) -> tuple[int, tuple[int, ...]]:
    """A place of a mixed partial as an argument and the index of its entry."""
    parts = place if isinstance(place, tuple) else (place,)
    if not parts or not all(isinstance(i, (int, np.integer)) and not isinstance(i, bool) for i in parts):
        raise ArgumentError(f"a place of partial is an argument, i, or an entry of one, (i, j, ...); not {place!r}")
    return int(parts[0]), tuple(int(i) for i in parts[1:])


def with_entry(problem: Problem, index: tuple[int, ...]) -> Any:
    """The tangent that moves one entry of an argument."""
    (x, *others), shape = problem.primals, shape_of(problem.primals[0])
    if others or len(index) != len(shape) or any(not -n <= i < n for i, n in zip(index, shape, strict=True)):
        (place,) = problem.positions
        raise ArgumentError(
            f"partial: argument {place} has shape {shape}, and no entry {list(index)}; name one as "
            f"({', '.join(['i', *('jklmnopq'[: len(shape)])])}) with i = {place}"
        )
    unit = np.zeros(shape, dtype_of(x))
    unit[index] = 1
    return unit[()]
