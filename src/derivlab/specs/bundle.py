"""Bundle adjustment: cameras, points and weights fitted to where the points were seen; its Jacobian is sparse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.specs.registry import Spec, register

_SMALL = 0.1
"""θ² up to which the two functions of the angle are series in θ²: their formulas divide by it."""
_SINE = np.array([(-1) ** k / math.factorial(2 * k + 1) for k in range(8)])
_COSINE = np.array([(-1) ** k / math.factorial(2 * k + 2) for k in range(8)])


def _series(coefficients: Any, s: Any) -> Any:
    """Σ cₖ sᵏ by Horner's scheme."""
    total = float(coefficients[-1])
    for c in coefficients[-2::-1]:
        total = total * s + float(c)
    return total


def _factors(s: Any) -> tuple[Any, Any]:
    """sin θ/θ and (1 − cos θ)/θ² of s = θ²."""
    xp = array_namespace(s)
    small = s < _SMALL
    theta = xp.sqrt(xp.where(small, 1.0, s))
    sine = xp.where(small, _series(_SINE, s), xp.sin(theta) / theta)
    return sine, xp.where(small, _series(_COSINE, s), 2 * (xp.sin(theta / 2) / theta) ** 2)


def rotated(r: Any, v: Any) -> Any:
    """Vectors v turned by the angles ‖r‖ about the axes r, both of shape (p, 3), by Rodrigues' formula.

    R v = v + (sin θ/θ) r × v + ((1 − cos θ)/θ²) r × (r × v), θ = ‖r‖. Both factors are power series in θ²; for small θ
    they are computed as such, so that no derivative divides by θ, and no rotation at all is a rotation like others.
    """
    xp = array_namespace(r, v)
    sine, cosine = _factors(xp.sum(r * r, axis=1, keepdims=True))
    across = xp.linalg.cross(r, v)
    return v + sine * across + cosine * xp.linalg.cross(r, across)


def residuals(cameras: Any, points: Any, weights: Any, seen: Any, features: Any) -> Any:
    """The weighted errors of reprojection, two for each of p observations, followed by 1 − w² of their weights.

    Shapes: cameras (n, 11), each with rotation (3), centre (3), focal length, principal point (2) and radial
    distortion (2); points (m, 3); weights (p,); seen (p, 2), integers that name camera and point; features (p, 2).
    """
    xp = array_namespace(cameras, points, weights)
    camera = xp.take(cameras, seen[:, 0], axis=0)
    place = rotated(camera[:, :3], xp.take(points, seen[:, 1], axis=0) - camera[:, 3:6])
    flat = place[:, :2] / place[:, 2:]
    square = xp.sum(flat * flat, axis=1, keepdims=True)
    distortion = 1 + camera[:, 9:10] * square + camera[:, 10:] * square * square
    projected = camera[:, 6:7] * distortion * flat + camera[:, 7:9]
    errors = weights[:, None] * (projected - features)
    return xp.concat([xp.reshape(errors, (-1,)), 1 - weights * weights])


def _slopes(s: Any, sine: Any, cosine: Any) -> tuple[Any, Any]:
    """The derivatives of both factors by s."""
    k, small, safe = np.arange(1, 8), s < _SMALL, np.where(s < _SMALL, 1.0, s)
    sine_slope = np.where(small, _series(k * _SINE[1:], s), (np.cos(np.sqrt(safe)) - sine) / (2 * safe))
    return sine_slope, np.where(small, _series(k * _COSINE[1:], s), (sine - 2 * cosine) / (2 * safe))


def _rotation_pulled(r: Any, v: Any, bar: Any) -> tuple[Any, Any]:
    """The cotangents of r and v by the rotation, from that of its result."""
    s = np.sum(r * r, axis=1, keepdims=True)
    sine, cosine = _factors(s)
    sine_slope, cosine_slope = _slopes(s, sine, cosine)
    across, back = np.cross(r, v), np.cross(r, bar)
    s_bar = np.sum(bar * (sine_slope * across + cosine_slope * np.cross(r, across)), axis=1, keepdims=True)
    r_bar = 2 * s_bar * r + sine * np.cross(v, bar) + cosine * (np.cross(across, bar) - np.cross(v, back))
    return r_bar, bar - sine * back + cosine * np.cross(r, back)


def _by_hand(cameras: Any, points: Any, weights: Any, seen: Any, features: Any) -> tuple[Any, Any]:
    """Σ of the squared residuals, and its gradient, observation by observation and then gathered."""
    camera, w = cameras[seen[:, 0]], weights[:, None]
    r, away = camera[:, :3], points[seen[:, 1]] - camera[:, 3:6]
    place = rotated(r, away)
    flat, depth = place[:, :2] / place[:, 2:], place[:, 2:]
    square = np.sum(flat * flat, axis=1, keepdims=True)
    focus, first, second = camera[:, 6:7], camera[:, 9:10], camera[:, 10:]
    distortion = 1 + first * square + second * square**2
    errors = focus * distortion * flat + camera[:, 7:9] - features
    value = np.sum((w * errors) ** 2) + np.sum((1 - weights**2) ** 2)

    bar = 2 * w**2 * errors
    inner = np.sum(bar * flat, axis=1, keepdims=True)
    flat_bar = focus * (distortion * bar + 2 * inner * (first + 2 * second * square) * flat)
    depth_bar = -np.sum(flat_bar * flat, axis=1, keepdims=True) / depth
    r_bar, away_bar = _rotation_pulled(r, away, np.hstack([flat_bar / depth, depth_bar]))
    rows = [r_bar, -away_bar, distortion * inner, bar, focus * square * inner, focus * square**2 * inner]
    cameras_bar, points_bar = np.zeros_like(cameras), np.zeros_like(points)
    np.add.at(cameras_bar, seen[:, 0], np.hstack(rows))
    np.add.at(points_bar, seen[:, 1], away_bar)
    weights_bar = 2 * weights * np.sum(errors**2, axis=1) - 4 * weights * (1 - weights**2)
    return value, (cameras_bar, points_bar, weights_bar)


@register("bundle-adjustment")
def bundle_adjustment(cameras: int = 2, points: int = 2, observations: int = 3, seed: int = 0) -> Spec:
    """The sum of squared residuals of a bundle adjustment, differentiated by cameras, points and weights.

    Observation i is by camera i mod n of point ⌊i/n⌋ mod m. In the Jacobian of the ``residuals`` alone each row of an
    observation has 14 entries: 10 of a camera, 3 of a point and its weight.
    """
    uniform, numbers = np.random.default_rng(seed).uniform, np.arange(observations)
    turned, centres = uniform(-0.5, 0.5, (cameras, 3)), uniform(-0.2, 0.2, (cameras, 3))
    lens = np.column_stack([uniform(1, 2, cameras), uniform(-0.1, 0.1, (cameras, 2)), uniform(0, 0.2, (cameras, 2))])
    places = np.column_stack([uniform(-1, 1, (points, 2)), uniform(3, 5, points)])
    seen = np.column_stack([numbers % cameras, numbers // cameras % points])
    args = np.hstack([turned, centres, lens]), places, uniform(0.5, 1.5, observations), seen
    return Spec(
        lambda *args: array_namespace(*args[:3]).sum(residuals(*args) ** 2),
        (*args, uniform(-1, 1, (observations, 2))),
        argnums=(0, 1, 2),
        value_and_gradient=_by_hand,
        domain="no point at the depth 0 of its camera",
        latex=r"f = \sum_i w_i^2 \|f_i\,d_i\,p_i + u_i - m_i\|^2 + (1 - w_i^2)^2,\quad p = \pi(R\,(X - C)),\quad "
        r"d = 1 + k_1 \|p\|^2 + k_2 \|p\|^4",
        source="Srajer, Kukelova, Fitzgibbon, A Benchmark of Selected Algorithmic Differentiation Tools on Some "
        "Problems in Computer Vision and Machine Learning, Optimization Methods and Software 33, 2018 (ADBench, BA)",
    )
