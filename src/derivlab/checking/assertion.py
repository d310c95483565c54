"""``assert_gradient``: a check for tests, whose failure is the verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derivlab.checking.gradient import check_gradient
from derivlab.checking.verdict import Verdict
from derivlab.errors import UnknownNameError
from derivlab.method.problem import ArgNums

_ACCEPTED = {"correct": ("correct",), "undecided": ("correct", "undecided")}


def assert_gradient(
    f: Callable[..., Any],
    gradient: Any,
    *args: Any,
    argnums: ArgNums = 0,
    operator: str = "grad",
    least: str = "correct",
) -> Verdict:
    """Fail unless a derivative is right; the failure names the entry, both values and the likely cause.

    In the way of ``numpy.testing.assert_allclose``, without a tolerance to choose: see
    :func:`~derivlab.checking.gradient.check_gradient`, which takes the same arguments.

    Parameters
    ----------
    least
        "correct", or "undecided" to let pass what cannot be decided: kinks, noise.

    Returns
    -------
    Verdict
        That of a derivative which passes.

    Raises
    ------
    AssertionError
        With the verdict as its message, 15 lines at most.
    """
    __tracebackhide__ = True
    if least not in _ACCEPTED:
        raise UnknownNameError(f"no outcome {least!r} to be content with; there are {', '.join(_ACCEPTED)}")
    verdict = check_gradient(f, gradient, *args, argnums=argnums, operator=operator)
    if verdict.outcome not in _ACCEPTED[least]:
        raise AssertionError(str(verdict))
    return verdict
