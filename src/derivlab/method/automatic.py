"""The Jacobian by whichever sweep is shorter."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from derivlab.method.checks import ArgNums, check_argnums, check_function
from derivlab.method.forward import ForwardMode
from derivlab.method.named import named
from derivlab.method.problem import Problem
from derivlab.method.reverse import ReverseMode
from derivlab.transpose import shape_of


def jacobian(f: Callable[..., Any], argnums: ArgNums = 0, *, holomorphic: bool = False) -> Callable[..., Any]:
    """The function of the Jacobian: column by column in forward mode, or row by row in reverse mode.

    Forward where there are no more input entries than output entries, as a push costs no more than a pull. For each
    answer of shape s and argument of shape r the result is an array of shape s + r. ``holomorphic`` is for functions
    from complex to complex numbers, as in ``reverse.jacobian``.

    Cost: one evaluation of f to see the shape of its answer, and one sweep, of as many directions as the smaller of
    the two numbers.
    """
    check_function(f, "jacobian")
    check_argnums(argnums, "jacobian")

    def jacobian(*args: Any) -> Any:
        problem = Problem(f, args, argnums, adopt=True, complex=True)
        entries = sum(math.prod(shape_of(y)) for y in problem(problem.primals))
        forward = sum(x.size for x in problem.primals) <= entries
        return (ForwardMode() if forward else ReverseMode()).jacobian(f, argnums, holomorphic=holomorphic)(*args)

    return named("jacobian", f, jacobian)
