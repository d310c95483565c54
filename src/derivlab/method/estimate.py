"""A derivative together with an estimate of its error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from derivlab.errors import UnknownNameError
from derivlab.method.abstract import Method
from derivlab.method.path import Path
from derivlab.method.problem import ArgNums, Problem, check_function
from derivlab.method.steps import Quotients

_OPERATORS = ("derivative", "grad", "jvp", "jacobian")


@dataclass(frozen=True)
class Estimate:
    """A derivative by differences, and what the differences themselves tell about its error.

    Attributes
    ----------
    value
        What the operator answers.
    error
        For each entry a bound on |value − exact|, estimated: truncation from the change of the quotient with the
        step, rounding from the noise of f.
    step
        For each entry the step t of f(x + t v).
    trusted
        For each entry whether the quotients behaved as those of a smooth function do. Where not (a kink, a jump, a
        pole, noise beyond measure, steps that cannot be small enough) the bound is only a guess.
    schemes
        The schemes used; more than the method's own where f has no values on one side.
    evaluations
        Calls of f.
    """

    value: Any
    error: Any
    step: Any
    trusted: Any
    schemes: tuple[str, ...]
    evaluations: int

    def __bool__(self) -> bool:
        """Whether every entry is trusted."""
        import optree

        return all(bool(np.all(leaf)) for leaf in optree.tree_leaves(self.trusted))


class Measured(Protocol):
    """A method that can say what its quotients were."""

    name: str

    def measured(self, problem: Problem, tangents: Sequence[Any]) -> tuple[Path, Quotients, tuple[str, ...]]: ...


def estimated(method: Measured, operator: str, f: Callable[..., Any], *args: Any, argnums: ArgNums = 0) -> Estimate:
    """An operator's answer with its error; the arguments are those of the operator: jvp takes tuples."""
    import optree

    if operator not in _OPERATORS:
        raise UnknownNameError(f"no error estimate for {operator!r}; there is one for {', '.join(_OPERATORS)}")
    check_function(f, "with_error")
    recorder = _Recorder(method)
    value = _answer(recorder, operator, f, args, argnums)
    error, step, trusted = (
        _answer(_Replay(recorder.log, field), operator, f, args, argnums) for field in ("error", "step", "trusted")
    )
    schemes = tuple(dict.fromkeys(name for _, _, names in recorder.log for name in names))
    calls = sum(path.evaluations for path, _, _ in recorder.log)
    return Estimate(value, error, step, optree.tree_map(lambda t: np.asarray(t) == 1, trusted), schemes, calls)


def _answer(method: Method, operator: str, f: Callable[..., Any], args: Sequence[Any], argnums: ArgNums) -> Any:
    if operator == "jvp":
        return method.jvp(f, *args)[1]
    if operator == "derivative":
        return method.derivative(f)(*args)
    return getattr(method, operator)(f, argnums)(*args)


class _Recorder(Method):
    """The method, with a log of all that it finds."""

    def __init__(self, method: Measured) -> None:
        self.method, self.name = method, method.name
        self.log: list[tuple[Path, Quotients, tuple[str, ...]]] = []

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        self.log.append(self.method.measured(problem, tangents))
        path, found, _ = self.log[-1]
        return path.outputs, path.unflatten(found.value)


class _Replay(Method):
    """The same sweep of an operator over the log, with another field in place of the values; f is not run again."""

    def __init__(self, log: Sequence[tuple[Path, Quotients, tuple[str, ...]]], field: str) -> None:
        self.rest, self.field, self.name = iter(log), field, "replay"

    def push(self, problem: Problem, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        path, found, _ = next(self.rest)
        problem.output_tree = path.tree
        return path.outputs, path.unflatten(np.asarray(getattr(found, self.field), float))
