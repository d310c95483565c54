"""Difference quotients as a textbook's program has them: a loop over the inputs, and a step by rule.

They stand for what differences cost at the least. The methods of derivlab look after domains, noise and steps besides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[[Any], Any]

FORWARD, CENTRAL, TWICE = (2.0 ** np.round(-52 / k) for k in (2, 3, 4))
"""Steps for x near 1: ε^(1/2), ε^(1/3) and ε^(1/4), as powers of two."""


def forward_slope(f: Function, x: float, h: float = FORWARD) -> Any:
    """(f(x + h) − f(x)) / h: 2 evaluations."""
    return (f(x + h) - f(x)) / h


def central_slope(f: Function, x: float, h: float = CENTRAL) -> Any:
    """(f(x + h) − f(x − h)) / 2h: 2 evaluations."""
    return (f(x + h) - f(x - h)) / (2 * h)


def second_slope(f: Function, x: float, h: float = TWICE) -> Any:
    """(f(x + h) − 2 f(x) + f(x − h)) / h²: 3 evaluations."""
    return (f(x + h) - 2 * f(x) + f(x - h)) / (h * h)


def forward_gradient(f: Function, x: Any, h: float = FORWARD) -> Any:
    """∂f/∂xᵢ ≈ (f(x + h eᵢ) − f(x)) / h for x of shape (n,): n + 1 evaluations."""
    here, moved, slopes = f(x), x.copy(), np.empty_like(x)
    for i in range(x.size):
        moved[i] += h
        slopes[i] = (f(moved) - here) / h
        moved[i] = x[i]
    return slopes


def central_gradient(f: Function, x: Any, h: float = CENTRAL) -> Any:
    """∂f/∂xᵢ ≈ (f(x + h eᵢ) − f(x − h eᵢ)) / 2h for x of shape (n,): 2n evaluations."""
    moved, slopes = x.copy(), np.empty_like(x)
    for i in range(x.size):
        moved[i] = x[i] + h
        above = f(moved)
        moved[i] = x[i] - h
        slopes[i] = (above - f(moved)) / (2 * h)
        moved[i] = x[i]
    return slopes


def hessian(f: Function, x: Any, h: float = CENTRAL) -> Any:
    """Row i is (∇f(x + h eᵢ) − ∇f(x)) / h with forward gradients of the same h: (n + 1)² evaluations."""
    here, moved, rows = forward_gradient(f, x, h), x.copy(), np.empty((x.size, x.size))
    for i in range(x.size):
        moved[i] += h
        rows[i] = (forward_gradient(f, moved, h) - here) / h
        moved[i] = x[i]
    return rows


def hessian_vector(f: Function, x: Any, v: Any, h: float = CENTRAL) -> Any:
    """H v ≈ (∇f(x + h v) − ∇f(x − h v)) / 2h with forward gradients of the same h: 2 (n + 1) evaluations."""
    return (forward_gradient(f, x + h * v, h) - forward_gradient(f, x - h * v, h)) / (2 * h)
