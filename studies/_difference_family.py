"""What the study of differences runs: the family, its outside references, smooth specs and random functions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import derivlab as dl
from derivlab.errors import UndefinedError
from derivlab.libraries import load
from derivlab.method.difference import Difference
from derivlab.namespace import array_namespace

FAMILY: dict[str, Any] = {
    "forward": dl.FiniteDifference("forward"),
    "forward-2": dl.FiniteDifference("forward", order=2),
    "forward-4": dl.FiniteDifference("forward", order=4),
    "forward-8": dl.FiniteDifference("forward", order=8),
    "central": dl.FiniteDifference(),
    "central-4": dl.FiniteDifference(order=4),
    "central-6": dl.FiniteDifference(order=6),
    "central-8": dl.FiniteDifference(order=8),
    "forward-rule": dl.FiniteDifference("forward", "rule"),
    "central-rule": dl.FiniteDifference("central", "rule"),
    "central-8-rule": dl.FiniteDifference("central", "rule", order=8),
    "forward-fixed": dl.FiniteDifference("forward", 1e-6),
    "central-fixed": dl.FiniteDifference("central", 1e-6),
    "richardson": dl.Richardson(),
    "ridders": dl.Richardson(ratio=1.4, levels=20),
    "complex-step": dl.ComplexStep(),
}
PEERS = ("scipy", "numdifftools")


@dataclass(frozen=True)
class Subject:
    """A smooth function of one number or of a vector, where it is differentiated, and the exact derivative."""

    name: str
    function: Callable[[Any], Any]
    x: Any
    exact: Any

    @property
    def operator(self) -> str:
        """Which derivative is meant."""
        return "grad" if np.ndim(self.x) else "derivative"


@dataclass(frozen=True)
class Answer:
    """A derivative, and for each entry the estimated error and whether the method vouches for it: None where it has
    no estimate. ``evaluations`` is the cost of the value, ``judged`` that of value and estimate together."""

    value: Any
    error: Any
    trusted: Any
    evaluations: int
    judged: int | None


class Counted:
    """A function that counts its evaluations: of a number's function each entry of an array is one."""

    def __init__(self, subject: Subject) -> None:
        self.function, self.each, self.calls = subject.function, np.ndim(subject.x) == 0, 0

    def __call__(self, x: Any) -> Any:
        self.calls += int(np.size(x)) if self.each else 1
        return self.function(x)


def solve(method: str, subject: Subject) -> Answer:
    """The derivative by one method.

    Raises
    ------
    OutcomeError
        Where its library is not installed, or it finds no derivative.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if method in PEERS:
            return (_scipy if method == "scipy" else _numdifftools)(subject)
        return _own(FAMILY[method], subject)


def _own(method: Any, subject: Subject) -> Answer:
    counted, operator = Counted(subject), subject.operator
    value = getattr(method, operator)(counted)(subject.x)
    if not isinstance(method, Difference):
        return Answer(value, None, None, counted.calls, None)
    found = method.with_error(operator, subject.function, subject.x)
    return Answer(value, found.error, found.trusted, counted.calls, found.evaluations)


def estimate(method: str, subject: Subject) -> Answer:
    """Value and estimate together, as a user asks for both."""
    if method in PEERS:
        return solve(method, subject)
    with np.errstate(all="ignore"):
        found = FAMILY[method].with_error(subject.operator, subject.function, subject.x)
    return Answer(found.value, found.error, found.trusted, found.evaluations, found.evaluations)


def _scipy(subject: Subject) -> Answer:
    """SciPy's functions want every point of an array at once: a vector's function is called point by point."""
    library, counted = load("scipy").differentiate, Counted(subject)
    if subject.operator == "derivative":
        found = library.derivative(counted, subject.x)
    else:
        found = library.jacobian(lambda points: np.apply_along_axis(counted, 0, points), subject.x)
    return Answer(found.df, found.error, found.success, counted.calls, counted.calls)


def _numdifftools(subject: Subject) -> Answer:
    """It has no word for "cannot tell"."""
    library, counted = load("numdifftools").numdifftools, Counted(subject)
    operator = library.Derivative if subject.operator == "derivative" else library.Gradient
    found = operator(counted, full_output=True)(subject.x)
    error = np.reshape(found.error_estimate, np.shape(subject.x))
    return Answer(found.estimate, error, np.full(np.shape(error), True), counted.calls, counted.calls)


def specs() -> list[Subject]:
    """Every spec of the catalogue that is smooth at its example, as a function of one number or one vector."""
    subjects: list[Subject] = []
    for name in dl.catalogue():
        try:
            subjects.append(flattened(name))
        except UndefinedError:  # a kink
            continue
    return subjects


def flattened(name: str) -> Subject:
    """A spec as a function of one number or one vector."""
    spec = dl.spec(name)
    if spec.operator == "derivative":
        x = np.float64(spec.args[0])
        return Subject(name, spec.function, x, dl.truth.derivative(spec.function)(x))
    places = spec.argnums if isinstance(spec.argnums, tuple) else (spec.argnums,)
    shapes = [np.shape(spec.args[k]) for k in places]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes]).tolist()

    def function(x: Any) -> Any:
        args = list(spec.args)
        for k, shape, end in zip(places, shapes, ends, strict=True):
            args[k] = array_namespace(x).reshape(x[end - int(np.prod(shape)) : end], shape)
        return spec.function(*args)

    x = np.concatenate([np.ravel(spec.args[k]) for k in places]).astype(float)
    return Subject(name, function, x, dl.truth.grad(function)(x))


_PARTS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda xp, t: xp.sin(t),
    lambda xp, t: xp.exp(t),
    lambda xp, t: xp.tanh(t),
    lambda xp, t: xp.atan(t),
    lambda xp, t: xp.log(1 + t * t),
    lambda xp, t: xp.sqrt(1 + t * t),
    lambda xp, t: 1 / (1 + t * t),
    lambda xp, t: t * t - t,
)


def random_subject(rng: np.random.Generator) -> Subject:
    """a u(b v(sx + c)) + d w(sx), with parts drawn from eight, s from 10⁻² to 10², and |x| from 10⁻³ to 10²."""
    while True:
        u, v, w = (_PARTS[k] for k in rng.integers(len(_PARTS), size=3))
        a, b, c, d = rng.normal(size=4).tolist()
        s, size = (10 ** rng.uniform((-2, -3), (2, 2))).tolist()
        x = np.float64(rng.choice((-1, 1)) * min(size, 20 / s))

        def function(x: Any, u: Any = u, v: Any = v, w: Any = w, n: Any = (a, b, c, d, s)) -> Any:
            a, b, c, d, s = n
            xp, t = array_namespace(x), s * x
            return a * u(xp, b * v(xp, t + c)) + d * w(xp, t)

        with np.errstate(all="ignore"):
            value = function(x)
        if np.isfinite(value) and abs(value) < 1e100:
            exact = dl.truth.derivative(function)(x)
            if np.isfinite(exact.value) and exact.value != 0:
                return Subject("random", function, x, exact)
