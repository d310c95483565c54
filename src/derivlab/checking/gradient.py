"""``check_gradient``: a claimed derivative against the best reference that its function allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derivlab.checking.exact import NotRecorded, exact_reference
from derivlab.checking.judging import judge, misshapen, reshaped
from derivlab.checking.kinks import at_a_kink
from derivlab.checking.line import Line
from derivlab.checking.measured import measured_reference
from derivlab.checking.reference import Reference
from derivlab.checking.subject import Subject, subject
from derivlab.checking.verdict import Verdict
from derivlab.errors import ArgumentError, OutcomeError, UndefinedError
from derivlab.method.problem import ArgNums, flatten, unflatten
from derivlab.specs.registry import Spec

_TAYLOR = 3.0
"""Decades of h over which the Taylor remainder must be seen to decide where differences do not."""


def check_gradient(
    f: Callable[..., Any] | Spec, gradient: Any, *args: Any, argnums: ArgNums = 0, operator: str = "grad"
) -> Verdict:
    """Whether a derivative of f is right at a point, where it is not, and probably why.

    A function that runs on derivlab's arrays is judged by its certified derivative, and where it is too large for
    that by the exact rules in forward and reverse mode. Each entry may be off by 64 ulps, or by 16 times what
    rounding every operation at random does to it. Any other function is a black box: it is judged by differences of
    three kinds, each entry within four times the error that they estimate. In both cases the Taylor remainder
    |f(x + h v) − f(x) − h g·v| is followed over decades of h.

    Parameters
    ----------
    f
        The function, or a spec, which brings its point and the slopes accepted at its kinks.
    gradient
        The derivative in question, called with ``*args``; or its answer. Arrays, or nested containers as JAX answers.
    args
        The point. For ``operator="jvp"`` the primals as a tuple and the tangents as a tuple, for ``"vjp"`` the primals
        as a tuple and the cotangents of f's answer; its answer is a tuple, one for each primal.
    argnums
        The arguments to differentiate with respect to.
    operator
        "grad", "derivative", "jacobian" (shape of the answer + shape of the argument), "hessian", "jvp" or "vjp".

    Returns
    -------
    Verdict
        ``outcome`` is "correct", "wrong", or "undecided": at a kink, where rounding or noise leaves no digits, and
        where the function's values contradict what was recorded of it. It prints, plots and shows in a notebook.

    Notes
    -----
    At a kink the slopes that a spec lists are accepted with all between them. Else the verdict is "undecided", and says
    the slopes of both sides and whether the answer is between them, which is a convention and no mistake. Of a
    function of one number an answer outside of them is "wrong".

    Cost: recorded, one power series over balls for each input and about 6 derivatives; a black box takes about 60
    evaluations for each input; both take 100 evaluations more.

    Raises
    ------
    ArgumentError
        For what is no function, complex numbers, arguments that are not finite floats.
    UnknownNameError
        For another operator.
    """
    with np.errstate(all="ignore"):
        point = subject(f, args, argnums, operator)
    given = args or (f.args if isinstance(f, Spec) else ())
    tree = gradient(*map(_own, given)) if callable(gradient) else gradient
    with np.errstate(all="ignore"):
        return _verdict(point, tree, _leaves(tree))


def _verdict(point: Subject, tree: Any, got: Sequence[Any]) -> Verdict:
    try:
        reference = _reference(point)
    except UndefinedError as trouble:
        return at_a_kink(point, tree, got, str(trouble))
    got = reshaped(got, reference)
    misfit = misshapen(point, got, reference)
    if misfit is not None:
        return misfit
    verdict = judge(point, got, reference, Line(point))
    if verdict.outcome == "undecided" and reference.measured:
        return _second_look(point, tree, got, verdict)
    return verdict


def _reference(point: Subject) -> Reference:
    """By exact rules if f can be recorded, else by differences."""
    try:
        return exact_reference(point)
    except UndefinedError:
        raise
    except NotRecorded as trouble:
        return measured_reference(point, f"a black box: {trouble}")
    except (OutcomeError, np.linalg.LinAlgError) as trouble:
        return measured_reference(point, f"no exact rules: {trouble}")


def _second_look(point: Subject, tree: Any, got: Sequence[Any], verdict: Verdict) -> Verdict:
    """Where differences do not decide: the Taylor remainder, then the slopes of both sides."""
    study = verdict.study
    power = study.slope if study is not None else None
    if study is not None and power is not None and study.decades >= _TAYLOR and abs(power - study.right) < 0.1:
        reason = "differences leave it open; the Taylor remainder falls as it must along a random direction"
        return replace(verdict, outcome="correct", reason=reason)
    kink = at_a_kink(point, tree, got, "")
    return kink if kink.outcome != "undecided" or kink.reason else verdict


def _leaves(tree: Any) -> list[Any]:
    """The leaves of an answer as arrays of doubles or coarser floats."""
    found: list[Any] = []
    for leaf in flatten(tree)[0]:
        array = np.asarray(leaf.toarray() if hasattr(leaf, "toarray") else leaf)
        if array.dtype.kind == "c":
            raise ArgumentError("check_gradient judges real derivatives, and the gradient answers complex numbers")
        if array.dtype.kind not in "fiub":
            raise ArgumentError(f"the gradient answers {type(leaf).__name__} {leaf!r:.60}; return arrays of numbers")
        found.append(array.astype(float))
    return found


def _own(arg: Any) -> Any:
    """A copy that the gradient may write into."""
    leaves, tree = flatten(arg)
    copies = [leaf.copy() if isinstance(leaf, np.ndarray) else leaf for leaf in leaves]
    return unflatten(tree, copies) if copies else arg
