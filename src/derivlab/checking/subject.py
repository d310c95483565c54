"""What is checked: a function at a point and one operator, reduced to what the references can answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.errors import ArgumentError, UnknownNameError
from derivlab.method.layout import argument_names
from derivlab.method.path import called
from derivlab.method.problem import ArgNums, Problem, check_function, flatten, name_of, unflatten
from derivlab.method.seeds import check_pair
from derivlab.specs.registry import Kink, Spec

OPERATORS = ("grad", "derivative", "jacobian", "hessian", "jvp", "vjp")
Part = tuple[str, int]
"""The name of an array and the number of its axes."""


@dataclass(frozen=True)
class Subject:
    """f at a point, and the derivative of it that is in question.

    Attributes
    ----------
    name, operator
        What was asked, for the verdict.
    function, args, argnums
        The function to differentiate at its arguments: for a vjp, x ↦ ⟨ȳ, f(x)⟩.
    reduced
        The operator on that function: a vjp is a gradient, all others are themselves.
    tangents
        The direction of a jvp.
    problem, outputs
        The function with its active arguments flattened, and the leaves of its answer.
    parts
        For each leaf of the derivative the arrays that its axes belong to.
    kinks
        Of a spec, the points where slopes are accepted.
    """

    name: str
    operator: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    argnums: ArgNums
    reduced: str
    tangents: tuple[Any, ...] | None
    problem: Problem
    outputs: Sequence[Any]
    parts: Sequence[Sequence[Part]]
    kinks: Sequence[Kink]

    def by(self, method: Any, args: Sequence[Any] | None = None) -> list[Any]:
        """The leaves of the derivative by a method, here or at other arguments."""
        at = self.args if args is None else args
        if self.tangents is not None:
            return flatten(method.jvp(self.function, tuple(at), self.tangents)[1])[0]
        if self.reduced == "derivative":
            return flatten(method.derivative(self.function)(*at))[0]
        return flatten(getattr(method, self.reduced)(self.function, self.argnums)(*at))[0]

    def moved(self, change: Callable[[Any], Any]) -> list[Any]:
        """The arguments with every active leaf changed."""
        args = list(self.args)
        for position in self.problem.positions:
            leaves, tree = flatten(args[position])
            args[position] = unflatten(tree, [change(np.asarray(leaf)[()]) for leaf in leaves])
        return args

    def label(self, leaf: int, index: tuple[int, ...]) -> str:
        """An entry as Python writes it: ``x[1, 2]``, or ``∂f[0]/∂x[2]`` of a Jacobian."""
        names: list[str] = []
        for name, axes in self.parts[leaf]:
            places, index = index[:axes], index[axes:]
            names.append(name + (f"[{', '.join(map(str, places))}]" if places else ""))
        return names[0] if len(names) == 1 else "/".join(f"∂{name}" for name in names)

    @property
    def epsilon(self) -> float:
        """The unit roundoff of the coarsest dtype among arguments and answers."""
        dtypes = [np.asarray(z).dtype for z in (*self.problem.primals, *self.outputs)]
        return max((float(np.finfo(d).eps) for d in dtypes if d.kind == "f"), default=2.0**-52)


def subject(f: Any, args: tuple[Any, ...], argnums: ArgNums, operator: str) -> Subject:
    """The subject of a check; an error for what cannot be one.

    Raises
    ------
    ArgumentError
        For what is no function, arguments that are not finite real floats, and answers that do not fit the operator.
    UnknownNameError
        For another operator.
    """
    if operator not in OPERATORS:
        raise UnknownNameError(f"check_gradient cannot check {operator!r}; it checks {', '.join(OPERATORS)}")
    spec = f if isinstance(f, Spec) else None
    function = check_function(f if spec is None else spec.function, "check_gradient")
    if spec is not None:
        args, argnums = args or spec.args, spec.argnums if argnums == 0 else argnums
    if not args:
        raise ArgumentError(f"check_gradient needs the point: check_gradient({name_of(f)}, gradient, x)")
    pair: tuple[Any, ...] | None = None
    if operator in ("jvp", "vjp"):
        if len(args) != 2 or not isinstance(args[0], tuple):
            second = "tangents" if operator == "jvp" else "cotangents"
            raise ArgumentError(
                f"operator={operator!r} takes the primals as a tuple and {second}: check_gradient(f, my_{operator}, "
                f"(x,), {'(x_dot,)' if operator == 'jvp' else 'y_bar'}, operator={operator!r})"
            )
        pair, args = args, args[0]
        argnums = tuple(range(len(args)))
    problem = Problem(function, args, argnums)
    outputs = called(problem, problem.primals)
    _check_answer(operator, outputs, problem, name_of(f))
    inputs = _input_parts(function, problem)
    answers = [(name_of(f) + (f".{k}" if len(outputs) > 1 else ""), np.ndim(y)) for k, y in enumerate(outputs)]
    reduced, tangents = operator, None
    if operator == "vjp" and pair is not None:
        function, reduced = _contracted(function, problem, pair[1]), "grad"
        problem = Problem(function, args, argnums)
        outputs = called(problem, problem.primals)
    elif pair is not None:
        check_pair("jvp", *pair)
        problem.unpack_tangents(pair[1])
        tangents = pair[1]
    parts = _parts(operator, inputs, answers)
    kinks = () if spec is None else spec.kinks
    return Subject(
        name_of(f), operator, function, tuple(args), argnums, reduced, tangents, problem, outputs, parts, kinks
    )


def _check_answer(operator: str, outputs: Sequence[Any], problem: Problem, name: str) -> None:
    scalar = len(outputs) == 1 and np.ndim(outputs[0]) == 0
    if operator in ("grad", "hessian") and not scalar:
        raise ArgumentError(
            f"operator={operator!r} needs a scalar-valued function, and {name} returned shape "
            f"{np.shape(outputs[0])}; use operator='jacobian'"
        )
    if operator == "derivative" and not (len(problem.primals) == 1 and np.ndim(problem.primals[0]) == 0):
        raise ArgumentError("operator='derivative' needs one number as its argument; use operator='jacobian'")


def _input_parts(f: Callable[..., Any], problem: Problem) -> list[Part]:
    names = argument_names(f, len(problem.args))
    parts: list[Part] = []
    for position in problem.positions:
        leaves, tree = flatten(problem.args[position])
        paths = [""] if tree is None else ["".join(e.codify("") for e in accessor) for accessor in tree.accessors()]
        parts += [(names[position] + path, np.ndim(leaf)) for path, leaf in zip(paths, leaves, strict=True)]
    return parts


def _parts(operator: str, inputs: list[Part], answers: list[Part]) -> list[list[Part]]:
    if operator in ("grad", "vjp"):
        return [[part] for part in inputs]
    if operator in ("jvp", "derivative"):
        return [[part] for part in answers]
    rows = answers if operator == "jacobian" else inputs
    return [[row, column] for row in rows for column in inputs]


def _contracted(f: Callable[..., Any], problem: Problem, cotangents: Any) -> Callable[..., Any]:
    """x ↦ ⟨ȳ, f(x)⟩."""
    weights = [np.asarray(leaf)[()] for leaf in problem.unpack_output(cotangents)]

    def contracted(*args: Any) -> Any:
        leaves = flatten(f(*args))[0]
        terms = [p.sum(y * w, axis=None, keepdims=False) for y, w in zip(leaves, weights, strict=True)]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total

    return contracted
