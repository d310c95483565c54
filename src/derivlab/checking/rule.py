"""``check_rule``: one rule of the table of derivatives, forward and reverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.array.primitives import PRIMITIVES
from derivlab.checking.gradient import check_gradient
from derivlab.checking.verdict import Verdict
from derivlab.errors import ArgumentError, UnknownNameError
from derivlab.method import METHODS
from derivlab.rules import RULES
from derivlab.transpose import Rule

_MODES = ("forward", "reverse")


@dataclass(frozen=True, repr=False)
class RuleVerdict:
    """The verdicts on a rule in both directions.

    Attributes
    ----------
    name
        Of the primitive.
    verdicts
        One for "forward", its push of tangents, and one for "reverse", its pull of cotangents.
    """

    name: str
    verdicts: dict[str, Verdict]

    @property
    def outcome(self) -> str:
        """ "wrong" where one direction is, "undecided" where one is, else "correct"."""
        found = [verdict.outcome for verdict in self.verdicts.values()]
        return next((outcome for outcome in ("wrong", "undecided") if outcome in found), "correct")

    def __bool__(self) -> bool:
        return self.outcome == "correct"

    def __str__(self) -> str:
        return "\n".join(f"{self.name}, {mode}: {verdict}" for mode, verdict in self.verdicts.items())

    __repr__ = __str__


def check_rule(name: str, *args: Any, rule: Rule | None = None, **params: Any) -> RuleVerdict:
    """Whether one rule of the table is right at a point, in forward and in reverse mode.

    The primitive alone is differentiated, ⟨w, primitive(args)⟩ by weights that tell its entries apart, and judged by
    the certified derivative, which uses no rule; where there is none, by differences.

    Parameters
    ----------
    name
        Of the primitive: ``derivlab.rules.RULES`` has them.
    args
        Its arguments; those that are floating point are differentiated.
    rule
        A rule to try in place of the one in the table.
    params
        The static parameters of the primitive, such as ``axis``.

    Raises
    ------
    UnknownNameError
        If there is no such primitive.
    ArgumentError
        If no argument is floating point.
    """
    if name not in PRIMITIVES:
        raise UnknownNameError(f"no primitive {name!r}; there are {', '.join(sorted(PRIMITIVES))}")
    active = tuple(k for k, arg in enumerate(args) if np.asarray(arg).dtype.kind == "f")
    if not active:
        raise ArgumentError(f"check_rule({name!r}) needs an argument of floating point, and got {args!r:.60}")

    def primitive(*args: Any) -> Any:
        return PRIMITIVES[name](*args, **params)

    primitive.__name__ = name
    weights = _weights(primitive(*args))
    verdicts: dict[str, Verdict] = {}
    for mode in _MODES:
        gradient = _by_rule(name, mode, rule, primitive, args, active, weights)
        verdicts[mode] = check_gradient(_weighed(primitive, weights), gradient, *args, argnums=active)
    return RuleVerdict(name, verdicts)


def _weights(y: Any) -> Any:
    return np.linspace(0.7, 1.3, int(np.size(y)) or 1).reshape(np.shape(y)).astype(np.asarray(y).dtype)[()]


def _weighed(primitive: Any, weights: Any) -> Any:
    def weighed(*args: Any) -> Any:
        return PRIMITIVES["sum"](primitive(*args) * weights, axis=None, keepdims=False)

    weighed.__name__ = f"Σ w {primitive.__name__}"
    return weighed


def _by_rule(
    name: str, mode: str, rule: Rule | None, primitive: Any, args: Sequence[Any], active: tuple[int, ...], weights: Any
) -> Any:
    """The gradient by one mode, with the rule in the table for the time of the call."""
    before = RULES[name]
    try:
        RULES[name] = before if rule is None else rule
        return METHODS[mode].grad(_weighed(primitive, weights), active)(*args)
    finally:
        RULES[name] = before
