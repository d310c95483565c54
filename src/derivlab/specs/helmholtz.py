"""Helmholtz free energy of a mixed fluid: the function on which gradient cost is traditionally measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.specs.registry import Spec, register

_PLUS, _MINUS, _ROOT8 = 1 + math.sqrt(2), 1 - math.sqrt(2), math.sqrt(8)
_UNSCALED = 200
"""Components up to which b·x stays far below 1 for entries of b and x as they are drawn."""


def free_energy(x: Any, b: Any, A: Any) -> Any:
    """The Helmholtz energy at R = T = 1 for n components: x and b of shape (n,), A of shape (n, n)."""
    xp = array_namespace(x)
    bx = b @ x
    ideal = xp.sum(x * xp.log(x / (1 - bx)))
    ratio = (1 + _PLUS * bx) / (1 + _MINUS * bx)
    return ideal - x @ (A @ x) / (_ROOT8 * bx) * xp.log(ratio)


def _by_hand(x: Any, b: Any, A: Any, symmetric: bool) -> tuple[Any, Any]:
    """Two matrix-vector products where A is not symmetric, one where it is; all else is scalar or linear in n."""
    bx = float(b.dot(x))
    free = 1 - bx
    logs = np.log(x / free)
    Ax = A.dot(x)
    over, under = 1 + _PLUS * bx, 1 + _MINUS * bx
    mixing = math.log(over / under) / (_ROOT8 * bx)
    xAx = float(x.dot(Ax))
    slope = (_PLUS / over - _MINUS / under) / (_ROOT8 * bx) - mixing / bx
    value = float(x.dot(logs)) - xAx * mixing
    Ax += Ax if symmetric else x.dot(A)
    Ax *= -mixing
    Ax += logs
    Ax += 1
    Ax += (float(x.sum()) / free - xAx * slope) * b
    return value, Ax


@register("helmholtz")
def helmholtz(n: int = 8, seed: int = 0, symmetric: bool = False) -> Spec:
    """The Helmholtz free energy of n components, with an interaction matrix A that may be symmetric.

    b, A and x are 0.1 times uniform numbers in (0, 1). Above n = 200 the entries of b are multiplied by 200/n, so
    that b·x keeps its mean of one half and stays in the domain b·x < 1.
    """
    rng = np.random.default_rng(seed)
    b, A, x = 0.1 * rng.uniform(size=n), 0.1 * rng.uniform(size=(n, n)), 0.1 * rng.uniform(size=n)
    b = b * min(1.0, _UNSCALED / n)
    return Spec(
        free_energy,
        (x, b, (A + A.T) / 2 if symmetric else A),
        value_and_gradient=lambda x, b, A: _by_hand(x, b, A, symmetric),
        domain="x > 0 and b·x < 1",
        latex=r"f(x) = \sum_i x_i \log \frac{x_i}{1 - b^T x} - \frac{x^T A x}{\sqrt{8}\, b^T x} "
        r"\log \frac{1 + (1 + \sqrt{2})\, b^T x}{1 + (1 - \sqrt{2})\, b^T x}",
        source="Griewank, On Automatic Differentiation, in Mathematical Programming: Recent Developments and "
        "Applications, 1989",
    )
