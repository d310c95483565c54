"""What may be called in a typed formula, and with how many arguments."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from derivlab import special

CONSTANTS = {"pi": math.pi, "e": math.e}

_OF_ONE = """
    abs acos acosh asin asinh atan atanh ceil cos cosh exp expm1 floor log log10 log1p log2 reciprocal round sign sin
    sinh sqrt square tan tanh trunc cumulative_prod cumulative_sum max mean min prod std sum var
""".split()
_OF_TWO = "atan2 copysign hypot logaddexp matmul maximum minimum outer".split()
_SPECIAL_OF_ONE = """
    digamma entr erf erfc erfinv expit gammaln i0 i0e i1 i1e log_expit log_ndtr log_softmax logit logsumexp ndtr ndtri
    psi sigmoid softmax softplus
""".split()
_SPECIAL_OF_TWO = "betaln gammainc gammaincc kl_div polygamma rel_entr xlog1py xlogy".split()


class Function(NamedTuple):
    """A function of the formulas: how many arguments it takes, and where a namespace has it."""

    arguments: int
    within: Callable[[Any], Callable[..., Any]]


def _named(name: str) -> Callable[[Any], Callable[..., Any]]:
    return lambda xp: getattr(xp, name)


def _special(name: str) -> Callable[[Any], Callable[..., Any]]:
    function = getattr(special, name)
    return lambda xp: function


FUNCTIONS: dict[str, Function] = {
    **{name: Function(1, _named(name)) for name in _OF_ONE},
    **{name: Function(2, _named(name)) for name in _OF_TWO},
    **{name: Function(1, _special(name)) for name in _SPECIAL_OF_ONE},
    **{name: Function(2, _special(name)) for name in _SPECIAL_OF_TWO},
    "clip": Function(3, _named("clip")),
    "dot": Function(2, _named("vecdot")),
    "norm": Function(1, lambda xp: xp.linalg.vector_norm),
}
"""By name: the array API standard's, those of :mod:`derivlab.special`, and ``dot`` and ``norm`` of vectors."""
