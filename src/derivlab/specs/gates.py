"""Small expressions that course material draws as computational graphs."""

from __future__ import annotations

from typing import Any

from derivlab.specs.registry import Spec, register


@register("add-mul-gate")
def add_mul_gate(x: float = -2.0, y: float = 5.0, z: float = -4.0) -> Spec:
    """An add gate and a multiply gate: (x + y) z."""

    def gate(x: Any, y: Any, z: Any) -> Any:
        return (x + y) * z

    def by_hand(x: Any, y: Any, z: Any) -> tuple[Any, Any]:
        q = x + y
        return q * z, (z, z, q)

    return Spec(
        gate,
        (x, y, z),
        argnums=(0, 1, 2),
        value_and_gradient=by_hand,
        latex=r"f = (x + y)\,z",
        source="Stanford CS231n, Backpropagation, Intuitions",
    )
