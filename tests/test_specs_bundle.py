"""Bundle adjustment: rotations of every angle, the published weight residual, and the sparse Jacobian."""

from __future__ import annotations

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, truth
from derivlab.specs.bundle import residuals, rotated
from spec_checks import gradient

AXIS, VECTOR = np.array([2.0, -1.0, 2.0]) / 3, np.array([[0.5, -1.5, 1.0]])
ANGLES = [0.0, 1e-300, 1e-160, 1e-8, 1e-3, 0.1, 0.316, 0.3163, 1.0, 3.0, 6.0]
"""θ² passes the switch from series to formulas at 0.1 between two of them."""


def skew(r):
    """The matrix of r ×."""
    x, y, z = r
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])


@pytest.mark.parametrize("angle", ANGLES)
def test_rotations_are_those_of_the_matrix(angle: float) -> None:
    """I + sin θ K + (1 − cos θ) K² for the axis's matrix K."""
    K = skew(AXIS)
    matrix = np.eye(3) + np.sin(angle) * K + 2 * np.sin(angle / 2) ** 2 * K @ K
    assert np.max(np.abs(rotated(angle * AXIS[None], VECTOR) - VECTOR @ matrix.T)) <= 8 * np.spacing(2.0)


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("method", ["forward", "reverse", "reverse-compiled", "taylor"])
def test_rotations_of_every_angle_have_all_digits(angle: float, method: str) -> None:
    f = lambda r: rotated(r, VECTOR)
    r = angle * AXIS[None]
    exact = truth.jacobian(f)(r)
    error = exact.error_ulps(dl.methods[method].jacobian(f)(r)) * np.spacing(np.abs(exact.value))
    assert np.max(error) <= 64 * np.spacing(2.0)


def test_at_no_rotation_the_derivative_is_the_cross_product() -> None:
    slopes = dl.reverse.jacobian(lambda r: rotated(r, VECTOR))(np.zeros((1, 3))).reshape(3, 3)
    assert np.array_equal(slopes, -skew(VECTOR[0]))
    second = dl.forward.jacobian(dl.reverse.grad(lambda r: array_namespace(r).sum(rotated(r, VECTOR))))(
        np.zeros((1, 3))
    )
    assert np.all(np.isfinite(second))
    assert np.any(second)


def test_the_formula_that_divides_by_the_angle_has_no_derivative_there() -> None:
    """What the series are for: with θ = √(r·r) in every term the derivative at 0 is NaN."""

    def plain(r):
        xp = array_namespace(r)
        theta = xp.sqrt(xp.sum(r * r))
        return xp.sin(theta) / theta * r

    with np.errstate(invalid="ignore", divide="ignore"):
        assert np.isnan(dl.reverse.jacobian(plain)(np.zeros(3))).all()


def test_series_and_formulas_meet_where_they_change() -> None:
    """Just below and above θ² = 0.1 values and slopes agree, up to the distance of the two points."""
    near = np.sqrt(0.1) * (1 + np.array([-1e-15, 1e-15]))
    values = [rotated(t * AXIS[None], VECTOR) for t in near]
    slopes = [dl.reverse.jacobian(lambda r: rotated(r, VECTOR))(t * AXIS[None]) for t in near]
    assert np.max(np.abs(values[1] - values[0])) <= 32 * np.spacing(2.0)
    assert np.max(np.abs(slopes[1] - slopes[0])) <= 64 * np.spacing(2.0)


def test_the_published_residual_of_a_weight() -> None:
    """At w = 0.417022: 1 − w² = 8.26092651515999976e-01, with derivative −8.34044000000000008e-01."""
    spec = dl.spec("bundle-adjustment", cameras=1, points=1, observations=1)
    cameras, points, _, seen, features = spec.args
    w = np.array([0.417022])
    assert residuals(cameras, points, w, seen, features)[-1] == 8.26092651515999976e-01
    jacobian = dl.sparse_jacobian(residuals, (0, 1, 2))(cameras, points, w, seen, features).toarray()
    assert jacobian[-1, -1] == -8.34044000000000008e-01
    assert np.array_equal(jacobian[:2, 7:9], 0.417022 * np.eye(2))  # by the principal point


def test_residuals_of_a_plain_camera() -> None:
    """No rotation, at the origin, of focal length 1: the projection is (X/Z, Y/Z)."""
    camera = np.array([[0.0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]])
    point, seen = np.array([[1.0, 2.0, 4.0]]), np.array([[0, 0]])
    errors = residuals(camera, point, np.array([2.0]), seen, np.array([[0.0, 0.25]]))
    assert np.array_equal(errors, [0.5, 0.5, -3.0])
    bent = camera.copy()
    bent[0, 6:] = [3.0, 0.5, -0.5, 0.1, 0.01]
    square = 0.25**2 + 0.5**2
    distortion = 1 + 0.1 * square + 0.01 * square**2
    expected = [3 * distortion * 0.25 + 0.5, 3 * distortion * 0.5 - 0.5, 0.0]
    assert np.allclose(residuals(bent, point, np.ones(1), seen, np.zeros((1, 2))), expected, rtol=1e-15)


@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 1), (2, 2, 3), (3, 4, 12)])
def test_the_sparse_jacobian(n: int, m: int, p: int) -> None:
    """14 entries in each of 2p rows and one in each of p; a dense one has (11n + 3m + p) in every row."""
    spec = dl.spec("bundle-adjustment", cameras=n, points=m, observations=p)
    jacobian = dl.sparse_jacobian(residuals, (0, 1, 2))
    found = jacobian(*spec.args)
    assert found.shape == (3 * p, 11 * n + 3 * m + p)
    assert found.nnz == 14 * 2 * p + p
    blocks = dl.forward.jacobian(residuals, (0, 1, 2))(*spec.args)
    dense = np.hstack([np.reshape(block, (3 * p, -1)) for block in blocks])
    assert np.max(np.abs(found.toarray() - dense)) <= 64 * np.spacing(np.max(np.abs(dense)))
    errors = residuals(*spec.args)
    by_hand = np.concatenate([np.ravel(part) for part in gradient("manual", spec)])
    assert np.max(np.abs(2 * errors @ dense - by_hand)) <= 64 * np.spacing(np.max(np.abs(by_hand)))


def test_the_products_do_not_grow_with_the_points() -> None:
    """A camera sees more points: as many colours."""
    products = set()
    for m in (20, 40):
        spec = dl.spec("bundle-adjustment", cameras=2, points=m, observations=2 * m)
        products.add(dl.sparse_jacobian(residuals, (0, 1, 2)).prepare(*spec.args).products)
    assert len(products) == 1
    assert products.pop() < 62


def test_by_hand_without_rotation_meets_the_truth() -> None:
    spec = dl.spec("bundle-adjustment")
    cameras, *others = spec.args
    still = cameras.copy()
    still[0, :3], still[1, :3] = 0.0, 1e-5
    exact = truth.grad(spec.function, spec.argnums)(still, *others)
    largest = max(np.max(np.abs(e.value)) for e in exact)
    for method in ("manual", "reverse"):
        for answer, e in zip(gradient(method, spec, still, *others), exact, strict=True):
            assert np.max(e.error_ulps(answer) * np.spacing(np.abs(e.value))) <= 64 * np.spacing(largest)
