"""Optimisation inside a function: the inner derivatives of the two classic examples are written out by hand.

A spec asks its arguments for their namespace and knows no method, so that every method can differentiate it. What a
program that nests differentiation takes by AD, the gradient of a potential and that of the inner objective, stands
here as a formula.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.specs.registry import Spec, register

_SOURCE = (
    "Pearlmutter, Siskind, Using Programming Language Theory to Make Automatic Differentiation Sound and Efficient, "
    "Advances in Automatic Differentiation, Springer, 2008; GradBench"
)


def ascended(x: Any, start: Any, coupling: float, rate: float, steps: int) -> Any:
    """y after some steps of gradient ascent on ‖x‖² − ‖y‖² + c x·y, whose gradient by y is c x − 2y."""
    y = start
    for _ in range(steps):
        y = y + rate * (coupling * x - 2 * y)
    return y


@register("saddle")
def saddle(coupling: float = 0.0, rate: float = 0.25, steps: int = 10) -> Spec:
    """max over y of ‖x‖² − ‖y‖² + c x·y by gradient ascent, as a function of x: the outer half of a saddle point.

    The classic function has no coupling c, and its inner maximum does not move with x; with one it does, and the
    derivative goes through all steps of the ascent. Steps have a fixed length, where the benchmark adapts it.
    """

    def outer(x: Any, start: Any) -> Any:
        xp = array_namespace(x)
        y = ascended(x, start, coupling, rate, steps)
        return xp.sum(x * x) - xp.sum(y * y) + coupling * xp.sum(x * y)

    def by_hand(x: Any, start: Any) -> tuple[Any, Any]:
        y, dy = start, 0.0
        for _ in range(steps):
            y, dy = y + rate * (coupling * x - 2 * y), dy + rate * (coupling - 2 * dy)
        return x @ x - y @ y + coupling * x @ y, 2 * x + coupling * y + dy * (coupling * x - 2 * y)

    return Spec(
        outer,
        (np.array([1.0, 0.5]), np.array([1.0, 1.0])),
        value_and_gradient=by_hand,
        latex=r"f(x) = \max_y \|x\|^2 - \|y\|^2 + c\,x \cdot y",
        source=_SOURCE + ", saddle",
    )


def force(x: Any, y: Any, w: Any) -> tuple[Any, Any]:
    """−∇p at (x, y) of the potential p = Σ 1/‖(x, y) − charge‖ of charges at (10, 10 − w) and (10, 0)."""
    across, first, second = x - 10, y - (10 - w), y
    near, far = (across**2 + first**2) ** -1.5, (across**2 + second**2) ** -1.5
    return across * (near + far), first * near + second * far


def _force_along(x: float, y: float, w: float, x_dot: float, y_dot: float, w_dot: float) -> tuple[float, float]:
    """The tangent of the force: of d/‖d‖³ it is (ḋ − 3 d (d·ḋ)/‖d‖²)/‖d‖³."""
    fx_dot = fy_dot = 0.0
    for dx, dy, dy_dot in ((x - 10, y - (10 - w), y_dot + w_dot), (x - 10, y, y_dot)):
        square = dx * dx + dy * dy
        inner = 3 * (dx * x_dot + dy * dy_dot) / square
        cube = square * math.sqrt(square)
        fx_dot += (x_dot - inner * dx) / cube
        fy_dot += (dy_dot - inner * dy) / cube
    return fx_dot, fy_dot


def landing(w: Any, step: float) -> Any:
    """Where a particle that starts at (0, 8) with velocity (0.75, 0) meets the x-axis, by Euler's method.

    It moves as long as it stays above the axis, and the last piece is interpolated.
    """
    x, y, u, v = 0.0, 8.0, 0.75, 0.0
    while y + step * v > 0:
        fx, fy = force(x, y, w)
        x, y, u, v = x + step * u, y + step * v, u + step * fx, v + step * fy
    return x - y / v * u


def _particle_by_hand(w: float, step: float) -> tuple[float, float]:
    """The path and its tangent by w, step by step."""
    (x, y, u, v), (x_dot, y_dot, u_dot, v_dot) = (0.0, 8.0, 0.75, 0.0), (0.0, 0.0, 0.0, 0.0)
    while y + step * v > 0:
        fx, fy = force(x, y, w)
        fx_dot, fy_dot = _force_along(x, y, w, x_dot, y_dot, 1.0)
        x, y, u, v = x + step * u, y + step * v, u + step * float(fx), v + step * float(fy)
        x_dot, y_dot = x_dot + step * u_dot, y_dot + step * v_dot
        u_dot, v_dot = u_dot + step * fx_dot, v_dot + step * fy_dot
    end = x - y / v * u
    end_dot = x_dot - y_dot / v * u + y * v_dot / v**2 * u - y / v * u_dot
    return end * end, 2 * end * end_dot


@register("particle")
def particle(w: float = 0.1, step: float = 2.0) -> Spec:
    """The square of where a charged particle lands, as a function of the place w of one of two charges.

    Minimising it by w, at step 0.1, is the benchmark: w = 0.2071918746. The loop ends by a comparison of values.
    """
    return Spec(
        lambda w: landing(w, step) ** 2,
        (w,),
        "derivative",
        value_and_gradient=lambda w: _particle_by_hand(w, step),
        domain="no step ends on the axis",
        latex=r"f(w) = x(t_f)^2,\quad y(t_f) = 0,\quad \ddot{\mathbf{x}} = -\nabla p(\mathbf{x}; w),\quad "
        r"p = \|\mathbf{x} - (10, 10 - w)\|^{-1} + \|\mathbf{x} - (10, 0)\|^{-1}",
        source=_SOURCE + ", particle",
    )
