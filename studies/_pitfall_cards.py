"""The cards: what goes wrong, shown on functions of one variable, and the lesson.

After J. Hückelheim, H. Menon, W. Moses, B. Christianson, P. Hovland, L. Hascoët, "Understanding Automatic
Differentiation Pitfalls", arXiv 2305.07546, 2023.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import _pitfall_functions as functions

INFINITY = float("inf")


@dataclass(frozen=True)
class Demonstration:
    """A function and a point at which methods differ.

    Attributes
    ----------
    name
        Of the row: the function, as it is written.
    function
        Array code; a nested one takes the method's own derivative operator as a second argument.
    at
        The point.
    exact, because
        The derivative where ``dl.truth`` has none to give, and its derivation.
    accepted
        The least and the largest slope at a kink.
    beside
        Further methods to ask.
    nested, cure
        Whether the function differentiates inside; whether it shows the way out.
    budgets
        Seconds for methods that would not end.
    """

    name: str
    function: Callable[..., Any]
    at: Any
    exact: float | None = None
    because: str = ""
    accepted: tuple[float, float] | None = None
    beside: tuple[str, ...] = ()
    nested: bool = False
    cure: bool = False
    budgets: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Card:
    """A pitfall: its title, its demonstrations, and the lesson in one sentence."""

    name: str
    title: str
    lesson: str
    shown: tuple[Demonstration, ...]


def _logistic(n: int) -> Callable[[Any], Any]:
    return functools.partial(functions.logistic, n=n)


_NEWTON = 1 / (2 * math.sqrt(2.0))
_SWELL = {"symbolic": 0.1}
"""A formula with some 2ⁿ operations would take years."""
_LIMIT = "the iteration stands for √a, and (√a)′ = 1/(2√a)"
_TABLE = "the table stands for sin x, and sin′ = cos"

CARDS = (
    Card(
        "tails",
        "Tails",
        "A rule like y(1 − y) subtracts numbers that become equal: a library is a contestant, and never the truth.",
        (
            Demonstration("σ(x) at 40", functions.sigmoid, 40.0),
            Demonstration("tanh x at 20", functions.tanh, 20.0),
            Demonstration("1/(1 + e⁻ˣ) at 40", functions.sigmoid_by_hand, 40.0, cure=True),
        ),
    ),
    Card(
        "where",
        "A branch not taken",
        "Reverse mode sends 0 into the branch not taken, where 0 · ∞ is NaN: guard the argument, not the answer.",
        (
            Demonstration(
                "where(x>0, √x, 0) at 0",
                functions.guarded_root,
                0.0,
                because="the slopes are 0 from the left and ∞ from the right",
                accepted=(0.0, INFINITY),
                beside=("jax-forward",),
            ),
            Demonstration(
                "where(x>0, √x, 0) at −1",
                functions.guarded_root,
                -1.0,
                0.0,
                "the function is 0 around −1",
                beside=("jax-forward",),
            ),
            Demonstration(
                "guarded twice, at −1", functions.doubly_guarded_root, -1.0, cure=True
            ),
        ),
    ),
    Card(
        "roots",
        "√ at 0",
        "The chain rule multiplies 0 by ∞ even where the composed function is smooth: simplify before the root.",
        (
            Demonstration("√x at 0", functions.root, 0.0, INFINITY, "(√(0 + h) − 0)/h = 1/√h → ∞"),
            Demonstration(
                "√(x·x) at 0", functions.norm, 0.0, because="|x| has slope −1 on the left, 1 on the right",
                accepted=(-1.0, 1.0)
            ),
            Demonstration("√(x·x·x·x) at 0", functions.root_of_fourth_power, 0.0, 0.0, "it is x², and (x²)′ = 2x"),
        ),
    ),
    Card(
        "kinks",
        "Ties and kinks",
        "At a kink every method picks some slope: know which, and accept any from the interval.",
        (
            Demonstration(
                "relu(x) at 0", functions.relu, 0.0, because="slope 0 on the left, 1 on the right", accepted=(0.0, 1.0)
            ),
            Demonstration(
                "max(x, 0) at 0", functions.maximum_with_zero, 0.0, because="slope 0 on the left, 1 on the right",
                accepted=(0.0, 1.0)
            ),
            Demonstration("|x| at 0", abs, 0.0, because="slope −1 on the left, 1 on the right", accepted=(-1.0, 1.0)),
        ),
    ),
    Card(
        "equality",
        "A branch on equality",
        "A branch that holds at one point alone has the right value and any slope: never branch on x == 0.",
        (Demonstration("0·x if x == 0 else x, at 0", functions.identity_with_a_branch, 0.0),),
    ),
    Card(
        "fixed point",
        "Fixed point",
        "The derivative of an iteration converges after its value: iterate on, or differentiate the equation.",
        (
            Demonstration("√a, 4 Newton steps, at 2", functions.newton, 2.0, _NEWTON, _LIMIT),
            Demonstration(
                "√a, 5 Newton steps, at 2", functools.partial(functions.newton, steps=5), 2.0, _NEWTON, _LIMIT,
                cure=True
            ),
        ),
    ),
    Card(
        "chaos",
        "Chaos",
        "Each step doubles the rounding error: a derivative through chaos is exact for another trajectory.",
        (
            Demonstration("l₅₀ at 0.2", _logistic(50), 0.2, budgets=_SWELL),
            Demonstration("l₆₀ at 0.2", _logistic(60), 0.2, budgets=_SWELL),
        ),
    ),
    Card(
        "overflow",
        "Overflow",
        "A slope that is a quotient of overflowing numbers is ∞/∞: use the library's function, which shifts first.",
        (
            Demonstration("log(eˣ + e⁰) at 1000", functions.log_sum_exp, 1000.0),
            Demonstration("1/(1 + e⁻ˣ) at −800", functions.sigmoid_by_hand, -800.0),
            Demonstration("softplus(x) at 1000", functions.softplus, 1000.0, cure=True),
            Demonstration("σ(x) at −800", functions.sigmoid, -800.0, cure=True),
        ),
    ),
    Card(
        "cancellation",
        "Cancellation",
        "The derivative divides by one more power of x, and loses more than the value: use the power series.",
        (
            Demonstration("(1 − cos x)/x² at 10⁻⁵", functions.one_minus_cosine, 1e-5),
            Demonstration("log(1 + x)/x at 10⁻¹⁰", functions.log_over_x, 1e-10),
            Demonstration("log1p(x)/x at 10⁻¹⁰", functions.log1p_over_x, 1e-10),
            Demonstration("its power series at 10⁻¹⁰", functions.series_of_log_over_x, 1e-10, cure=True),
        ),
    ),
    Card(
        "confusion",
        "Perturbation confusion",
        "Every differentiation needs a tag of its own: a nested derivative must not see the outer tangent.",
        (
            Demonstration(
                "x · d/dy (x + y) at 1", functions.nested_sum, 1.0, 1.0, "d/dy (x + y) = 1, so it is x",
                beside=("untagged",), nested=True
            ),
            Demonstration(
                "x · d/dy (x·y) at 4", functions.nested_product, 4.0, 8.0, "d/dy (x·y) = x, so it is x²",
                beside=("untagged",), nested=True
            ),
        ),
    ),
    Card(
        "step size",
        "Step size",
        "No step is right where numbers are far apart, or values are noisy: differentiate the program instead.",
        (
            Demonstration("sin x at 10¹⁶", functions.sine, 1e16),
            Demonstration("sin x ± 10⁻⁶ noise, at 0.7", functions.noisy_sine, 0.7),
            Demonstration("l₄ in float32 at 0.2", _logistic(4), np.float32(0.2)),
        ),
    ),
    Card(
        "steps",
        "Lookup, rounding, integer parts",
        "What moves in steps has derivative 0 almost everywhere: differentiate what it stands for.",
        (
            Demonstration("sin x to 3 decimals, at 0.33", functions.rounded, 0.33, math.cos(0.33),
                          "it stands for sin x, and sin′ = cos"),
            Demonstration("⌊100 x⌋/100, at 0.335", functions.whole_hundredths, 0.335, 1.0, "it stands for x"),
            Demonstration("table[int(8 x)], at 0.33", functions.looked_up, 0.33, math.cos(0.33), _TABLE),
        ),
    ),
)  # fmt: skip
