"""The logistic map, as a program and as a formula: two specs of one function."""

from __future__ import annotations

from typing import Any

from derivlab.specs.registry import Spec, register

_SOURCE = (
    "Baydin, Pearlmutter, Radul, Siskind, Automatic Differentiation in Machine Learning: a Survey, "
    "JMLR 18(153), 2018, Table 1"
)

_CLOSED = {
    1: "l_1 = x",
    2: "l_2 = 4x(1-x)",
    3: "l_3 = 16x(1-x)(1-2x)^2",
    4: "l_4 = 64x(1-x)(1-2x)^2(1-8x+8x^2)^2",
}


@register("logistic-map")
def logistic_map(n: int = 4, x: float = 0.2) -> Spec:
    """The n-th iterate lₙ of the logistic map, by a loop: l₁ = x, lₙ₊₁ = 4 lₙ (1 − lₙ)."""

    def iterate(x: Any) -> Any:
        v = x
        for _ in range(n - 1):
            v = 4 * v * (1 - v)
        return v

    def by_hand(x: Any) -> tuple[Any, Any]:
        v, v_dot = x, 1.0
        for _ in range(n - 1):
            v, v_dot = 4 * v * (1 - v), 4 * v_dot - 8 * v * v_dot
        return v, v_dot

    return Spec(
        iterate,
        (x,),
        operator="derivative",
        value_and_gradient=by_hand,
        domain="0 < x < 1",
        latex=r"l_1 = x,\quad l_{k+1} = 4\,l_k\,(1 - l_k)",
        source=_SOURCE,
    )


@register("logistic-map-closed")
def logistic_map_closed(n: int = 4, x: float = 0.2) -> Spec:
    """The n-th iterate of the logistic map as a formula: 4ⁿ⁻¹ x (1 − x) ∏ cₖ², the cₖ being polynomials in x."""

    def closed(x: Any) -> Any:
        if n == 1:
            return x
        product = 4.0 ** (n - 1) * x * (1 - x)
        for c in _factors(x):
            product = product * c**2
        return product

    def _factors(x: Any) -> list[Any]:
        """c₁ = 1 − 2x, c₂ = 1 − 8x + 8x², cₖ₊₁ = 2 cₖ² − 1 (Chebyshev)."""
        factors = [1 - 2 * x, 1 - 8 * x + 8 * x * x]
        while len(factors) < n - 2:
            factors.append(2 * factors[-1] ** 2 - 1)
        return factors[: n - 2] if n > 2 else []

    def by_hand(x: Any) -> tuple[Any, Any]:
        if n == 4:
            return closed(x), _published(x)
        if n == 1:
            return x, 1.0
        c, scale = _factors(x), 4.0 ** (n - 1)
        slopes = [-2.0, -8 + 16 * x]
        while len(slopes) < len(c):
            slopes.append(4 * c[len(slopes) - 1] * slopes[-1])
        squares = 1.0
        for factor in c:
            squares = squares * factor**2
        total = (1 - 2 * x) * squares
        for k, slope in zip(range(len(c)), slopes, strict=False):
            others = 1.0
            for j, factor in enumerate(c):
                others = others * (factor**2 if j != k else 1.0)
            total = total + x * (1 - x) * 2 * c[k] * slope * others
        return closed(x), scale * total

    return Spec(
        closed,
        (x,),
        operator="derivative",
        value_and_gradient=by_hand,
        domain="0 < x < 1",
        latex=_CLOSED.get(n, r"l_n = 4^{n-1} x(1-x) \prod_{k=1}^{n-2} c_k^2"),
        source=_SOURCE,
    )


def _published(x: Any) -> Any:
    """l₄′ as the survey prints it, by the product rule."""
    a, b = 1 - 2 * x, 1 - 8 * x + 8 * x * x
    return (
        128 * x * (1 - x) * (-8 + 16 * x) * a**2 * b
        + 64 * (1 - x) * a**2 * b**2
        - 64 * x * a**2 * b**2
        - 256 * x * (1 - x) * a * b**2
    )
