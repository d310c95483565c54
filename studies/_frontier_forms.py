"""What the frontier compares: the forms and methods of one derivative, each with its size, ready to be called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import derivlab as dl
from _arithmetic import arithmetic_of, recorded_and_compiled
from _plain_differences import central_gradient, central_slope, forward_gradient, forward_slope
from derivlab.libraries import load
from derivlab.measure.size import count
from derivlab.method.problem import Problem
from derivlab.method.symbolic import derive
from derivlab.specs.registry import Spec

FORMS = {
    "symbolic": "raw",
    "symbolic-cse": "CSE",
    "symbolic-factored": "factored",
    "symbolic-expanded": "expanded",
    "symbolic-horner": "Horner",
    "forward": "forward AD",
    "reverse": "reverse AD",
    "forward-compiled": "forward, compiled",
    "reverse-compiled": "reverse, compiled",
    "forward-difference": "forward difference",
    "central-difference": "central difference",
}
"""The methods by name, each with its label."""

Call = Callable[[], Any]


@dataclass(frozen=True)
class Way:
    """A form made ready: ``at(x)`` gives the call to time, and ``operations`` is its size."""

    at: Callable[[Any], Call]
    operations: int


@dataclass(frozen=True)
class Subject:
    """A spec with the points to judge at.

    Attributes
    ----------
    points
        Values of the first argument; the others are the spec's.
    exact
        The certified derivatives there, rounded to doubles, along a new first axis.
    scale
        What errors are relative to: the largest derivative.
    """

    name: str
    n: int
    spec: Spec
    points: Sequence[Any]
    exact: Any
    scale: float

    @property
    def rest(self) -> tuple[Any, ...]:
        """The arguments that stay."""
        return self.spec.args[1:]

    def function(self, x: Any) -> Any:
        """The function of what is differentiated by."""
        return self.spec.function(x, *self.rest)


def iterate(n: int, count: int) -> Subject:
    """lₙ at points of (0, 1); the largest |lₙ′| is 4ⁿ⁻¹, at both ends."""
    spec = dl.spec("logistic-map", n=n)
    points = np.random.default_rng(0).uniform(0, 1, count)
    exact = dl.truth.jvp(spec.function, (points,), (np.ones(count),))[1].value
    return Subject("logistic-map", n, spec, points.tolist(), exact, 4.0 ** (n - 1))


def energy(n: int, count: int) -> Subject:
    """The Helmholtz energy of n components at compositions drawn as the spec draws its own."""
    spec = dl.spec("helmholtz", n=n)
    points = list(0.1 * np.random.default_rng(1).uniform(size=(count, n)))
    exact = np.stack([dl.truth.grad(spec.function)(x, *spec.args[1:]).value for x in points])
    return Subject("helmholtz", n, spec, points, exact, float(np.max(np.abs(exact))))


def way(method: str, subject: Subject) -> Way:
    """A method made ready for a subject.

    Raises
    ------
    OutcomeError
        Where a form does not exist or is too large.
    """
    if method.startswith("symbolic"):
        return _formula(method.partition("-")[2] or "raw", subject)
    if method.endswith("-difference"):
        return _difference(method.partition("-")[0], subject)
    return _automatic(method, subject)


def _formula(form: str, subject: Subject) -> Way:
    """The printed program of the derivative alone; a DAG is shared by CSE only, elsewhere the tree is written out."""
    shared = form == "cse"
    problem = Problem(subject.spec.function, (subject.points[0], *subject.rest), 0)
    formulas = derive(problem, form="raw" if shared else form)
    program = load("sympy_printing").compile_expressions(formulas.inputs, formulas.entries, shared)[0]
    lines, outputs = load("sympy_lines").lower(formulas.entries, cse=shared)
    constants = [number for leaf in subject.rest for number in np.ravel(leaf).tolist()]

    def at(x: Any) -> Call:
        return partial(program, *np.ravel(x).tolist(), *constants)

    return Way(at, count(lines, outputs, shared="as run" if shared else "tree").operations)


def _automatic(method: str, subject: Subject) -> Way:
    """An eager sweep, whose size is that of what it records; or the program compiled from it."""
    mode, _, compiled = method.partition("-")
    spec = subject.spec
    prepared = dl.methods[f"{mode}-compiled"].prepare(spec.operator, spec.function, subject.points[0], *subject.rest)
    sizes = recorded_and_compiled(prepared)
    run = prepared if compiled else getattr(dl.methods[mode], spec.operator)(spec.function)
    return Way(lambda x: partial(run, x, *subject.rest), sizes[1] if compiled else sizes[0])


def _difference(scheme: str, subject: Subject) -> Way:
    """A loop over the inputs: so many evaluations, and for each entry the moves, the difference and the quotient."""
    several = subject.spec.operator == "grad"
    quotient: Any = {
        ("forward", False): forward_slope,
        ("central", False): central_slope,
        ("forward", True): forward_gradient,
        ("central", True): central_gradient,
    }[scheme, several]
    evaluations = 0

    def counted(x: Any) -> Any:
        nonlocal evaluations
        evaluations += 1
        return subject.function(x)

    quotient(counted, subject.points[0])
    each = arithmetic_of(subject.spec.function, (subject.points[0], *subject.rest))
    around = (3 if scheme == "forward" else 4) * np.size(subject.points[0])
    return Way(lambda x: partial(quotient, subject.function, x), evaluations * each + around)
