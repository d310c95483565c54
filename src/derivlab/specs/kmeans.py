"""The cost of k-means, whose gradient and diagonal Hessian are those of Newton's method."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivlab.namespace import array_namespace
from derivlab.specs.registry import Kink, Spec, register


def cost(centroids: Any, points: Any) -> Any:
    """Σᵢ minⱼ ‖Pᵢ − Cⱼ‖² of points (n, d) and centroids (k, d)."""
    xp = array_namespace(centroids, points)
    away = points[:, None, :] - centroids[None, :, :]
    return xp.sum(xp.min(xp.sum(away * away, axis=2), axis=1))


def _nearest(centroids: Any, points: Any) -> Any:
    """For each point the number of its nearest centroid, the first of those that are equally near."""
    away = points[:, None, :] - centroids[None, :, :]
    return np.argmin(np.sum(away * away, axis=2), axis=1)


def _gradient(centroids: Any, points: Any, nearest: Any) -> Any:
    slopes = np.zeros_like(centroids)
    np.add.at(slopes, nearest, 2 * (centroids[nearest] - points))
    return slopes


def _by_hand(centroids: Any, points: Any) -> tuple[Any, Any]:
    nearest = _nearest(centroids, points)
    return np.sum((points - centroids[nearest]) ** 2), _gradient(centroids, points, nearest)


def hessian_diagonal(centroids: Any, points: Any) -> Any:
    """∂²/∂Cⱼ² of the cost, of shape (k, d): twice the number of points nearest to Cⱼ. All else of the Hessian is 0."""
    counts = np.bincount(_nearest(centroids, points), minlength=len(centroids))
    return 2.0 * np.broadcast_to(counts[:, None], centroids.shape)


@register("k-means")
def k_means(n: int = 6, k: int = 2, d: int = 2, seed: int = 0) -> Spec:
    """Σᵢ minⱼ ‖Pᵢ − Cⱼ‖² over n points and k centroids in d dimensions, differentiated by the centroids.

    A point equally near to several centroids accepts the pull towards either, and mixtures.
    """
    rng = np.random.default_rng(seed)
    tied, between = np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([[1.0, 0.5], [-1.0, 0.0], [2.5, 1.0]])
    corners = [_gradient(tied, between, np.array([either, 0, 1])) for either in (0, 1)]
    return Spec(
        cost,
        (rng.standard_normal((k, d)), rng.standard_normal((n, d))),
        value_and_gradient=_by_hand,
        domain="each point has one nearest centroid",
        kinks=[Kink((tied, between), corners)],
        latex=r"f(C) = \sum_i \min_j \|P_i - C_j\|^2",
        source="Bottou, Bengio, Convergence Properties of the K-Means Algorithms, NIPS 1994; GradBench, kmeans",
    )
