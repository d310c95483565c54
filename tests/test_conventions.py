"""Where a derivative is a matter of convention: each line of docs/conventions.md."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab import special
from derivlab.array import surface as xp

modes = pytest.mark.parametrize("mode", ["forward", "reverse", "reverse-compiled"])
INF, NAN = math.inf, math.nan
TIES = np.array([2.0, 2.0, 1.0])
ZEROS = np.zeros(3)
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])

AT = {
    "square root at 0": (lambda x: xp.sqrt(x), 0.0, INF),
    "logarithm at 0": (lambda x: xp.log(x), 0.0, INF),
    "power one half at 0": (lambda x: x**0.5, 0.0, INF),
    "power three halves at 0": (lambda x: x**1.5, 0.0, 0.0),
    "arc cosine at 1": (lambda x: xp.acos(x), 1.0, -INF),
    "zero times infinity": (lambda x: x * xp.sqrt(x), 0.0, NAN),
    "x to the 0": (lambda x: x**0, 0.0, 0.0),
    "x to the 0.0": (lambda x: x**0.0, 0.0, 0.0),
    "0 to the y": (lambda y: xp.pow(np.float64(0.0), y), 2.0, 0.0),
    "0 to the 0": (lambda y: xp.pow(np.float64(0.0), y), 0.0, -INF),
    "modulus": (lambda x: xp.abs(x), 0.0, 0.0),
    "maximum": (lambda x: xp.maximum(x, 0.0), 0.0, 0.5),
    "minimum": (lambda x: xp.minimum(x, 0.0), 0.0, 0.5),
    "clip": (lambda x: xp.clip(x, 0.0, 1.0), 1.0, 0.5),
    "safe where": (lambda x: xp.where(x > 0, xp.sqrt(xp.where(x > 0, x, 1.0)), 0.0 * x), 0.0, 0.0),
    "sign": (lambda x: xp.sign(x) + 0 * x, 0.0, 0.0),
    "floor": (lambda x: xp.floor(x) + 0 * x, 1.0, 0.0),
    "remainder": (lambda x: xp.remainder(x, 1.0), 2.0, 1.0),
    "copysign": (lambda x: xp.copysign(x, -1.0), 0.0, -1.0),
    "entropy": (lambda x: special.entr(x), 0.0, INF),
    "x log y": (lambda x: special.xlogy(x[0], x[1]), np.array([0.0, 2.0]), [math.log(2.0), 0.0]),
    "max": (lambda x: xp.max(x), TIES, [0.5, 0.5, 0.0]),
    "sort": (lambda x: xp.sort(x)[2], TIES, [0.0, 1.0, 0.0]),
    "sort down": (lambda x: xp.sort(x, descending=True)[0], TIES, [1.0, 0.0, 0.0]),
    "unique": (lambda x: xp.unique_values(x)[1], TIES, [1.0, 0.0, 0.0]),
    "product": (lambda x: xp.prod(x), np.array([0.0, 2.0, 3.0]), [6.0, 0.0, 0.0]),
    "product of two zeros": (lambda x: xp.prod(x), np.array([0.0, 2.0, 0.0]), [0.0, 0.0, 0.0]),
    "running product": (lambda x: xp.cumulative_prod(x)[2], np.array([0.0, 2.0, 3.0]), [6.0, 0.0, 0.0]),
    "variance of equals": (lambda x: xp.var(x), np.ones(3), [0.0, 0.0, 0.0]),
    "deviation of equals": (lambda x: xp.std(x), np.ones(3), [NAN, NAN, NAN]),
    "log of sums": (lambda x: special.logsumexp(x), np.zeros(2), [0.5, 0.5]),
    "norm": (lambda x: xp.linalg.vector_norm(x), ZEROS, [0.0, 0.0, 0.0]),
    "NumPy's norm": (lambda x: np.linalg.norm(x), ZEROS, [0.0, 0.0, 0.0]),
    "norm by hand": (lambda x: xp.sqrt(xp.sum(x * x)), ZEROS, [NAN, NAN, NAN]),
    "norm of order 1": (lambda x: xp.linalg.vector_norm(x, ord=1), np.array([0.0, -2.0]), [0.0, -1.0]),
    "norm of order inf": (lambda x: xp.linalg.vector_norm(x, ord=INF), np.array([2.0, -2.0, 1.0]), [0.5, -0.5, 0.0]),
    "determinant": (lambda x: xp.linalg.det(x), SINGULAR, [[4.0, -2.0], [-2.0, 1.0]]),
    "determinant of 0": (lambda x: xp.linalg.det(x), np.zeros((2, 2)), np.zeros((2, 2))),
    "eigenvalues together": (lambda x: xp.sum(xp.linalg.eigvalsh(x)), np.eye(2), np.eye(2)),
    "one of equal eigenvalues": (lambda x: xp.linalg.eigvalsh(x)[0], np.eye(2), [[1.0, 0.0], [0.0, 0.0]]),
    "singular values together": (lambda x: xp.sum(xp.linalg.svdvals(x)), np.eye(2), np.eye(2)),
    "a singular value 0": (lambda x: xp.linalg.svdvals(x)[1], np.zeros((2, 2)), np.zeros((2, 2))),
    "lower triangle": (lambda x: xp.linalg.eigvalsh(x)[1], np.array([[2.0, 9.0], [0, 5.0]]), [[0.0, 0.0], [0.0, 1.0]]),
}  # fmt: skip


@modes
@pytest.mark.parametrize("what", AT)
def test_the_convention(mode: str, what: str) -> None:
    f, x, expected = AT[what]
    with np.errstate(all="ignore"):
        found = dl.methods[mode].grad(f)(x)
    assert np.allclose(found, expected, rtol=1e-14, atol=1e-14, equal_nan=True), f"{found} is not {expected}"


def test_where_with_a_bad_branch() -> None:
    """Forward mode takes the branch; reverse mode is NaN, and never a number that is wrong."""
    f = lambda x: xp.where(x > 0, xp.sqrt(x), 0.0 * x)
    with np.errstate(all="ignore"):
        assert dl.forward.derivative(f)(0.0) == 0.0
        assert math.isnan(dl.reverse.grad(f)(0.0))


@modes
@pytest.mark.parametrize("name", ["inv", "solve", "slogdet"])
def test_singular_matrices_have_no_inverse(mode: str, name: str) -> None:
    args = (np.ones(2),) if name == "solve" else ()
    with pytest.raises(np.linalg.LinAlgError, match=r"Singular matrix, which has no inverse; linalg\.pinv"):
        dl.methods[mode].grad(lambda x: xp.sum(_first(getattr(xp.linalg, name)(x, *args))))(SINGULAR)


def _first(answer):
    return answer[1] if isinstance(answer, tuple) else answer


@modes
def test_vectors_of_equal_eigenvalues_have_no_derivative(mode: str) -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(dl.methods[mode].grad(lambda x: xp.linalg.eigh(x).eigenvectors[0, 0])(np.eye(2))).any()


def test_the_pseudoinverse_keeps_its_rank() -> None:
    """Along a path of singular matrices, where NumPy's differences are defined."""
    path = lambda t: xp.sum(xp.linalg.pinv(SINGULAR * (1 + t) + t * np.array([[0.0, 1.0], [0.0, 2.0]])))
    exact = dl.FiniteDifference("central").derivative(
        lambda t: np.linalg.pinv(SINGULAR * (1 + t) + t * np.array([[0.0, 1.0], [0.0, 2.0]])).sum()
    )(0.0)
    assert abs(dl.forward.derivative(path)(0.0) - exact) <= 1e-9


def test_the_second_derivative_of_a_singular_determinant() -> None:
    hessian = dl.reverse.hessian(lambda x: xp.linalg.det(x))(SINGULAR)
    exact = np.zeros((2, 2, 2, 2))
    exact[0, 0, 1, 1] = exact[1, 1, 0, 0] = 1.0
    exact[0, 1, 1, 0] = exact[1, 0, 0, 1] = -1.0
    assert np.allclose(hessian, exact, atol=1e-14)


@modes
def test_saturated_units_have_finite_curvature(mode: str) -> None:
    slope = dl.methods[mode].grad(lambda x: xp.tanh(x))
    with np.errstate(over="ignore"):
        assert dl.forward.derivative(slope)(800.0) == 0.0 if mode != "reverse-compiled" else slope(800.0) == 0.0


@pytest.mark.parametrize("mode", ["forward", "reverse", "taylor", "reverse-compiled"])
def test_curvature_at_a_kink_is_nan(mode: str) -> None:
    """The slope jumps there: what a convention made of it would be a finite number that is wrong."""
    hessian = dl.methods[mode].hessian
    with np.errstate(all="ignore"):
        assert math.isnan(hessian(lambda x: xp.abs(x) ** 2)(0.0))
        assert hessian(lambda x: x * x)(0.0) == 2.0
        assert hessian(lambda x: xp.abs(x) ** 2)(3.0) == 2.0
        assert np.isnan(hessian(lambda x: xp.linalg.vector_norm(x) ** 2)(ZEROS)).any()
        assert np.array_equal(hessian(lambda x: xp.sum(x * x))(ZEROS), 2 * np.eye(3))
    if mode != "taylor":
        with np.errstate(all="ignore"):
            assert np.isnan(hessian(lambda x: xp.sum(xp.abs(xp.fft.fft(x)) ** 2))(np.ones(4))).any()


_CURVATURES: dict[str, Any] = {
    "reverse-over-reverse": lambda f, x: dl.reverse.hessian(f, mode="reverse-over-reverse")(x),
    "reverse-over-forward": lambda f, x: dl.reverse.hessian(f, mode="reverse-over-forward")(x),
    "jacobian of grad": lambda f, x: dl.reverse.jacobian(dl.reverse.grad(f))(x),
    "vhp": lambda f, x: dl.reverse.vhp(f, (x,), (np.ones(x.shape),)),
    "compiled vhp": lambda f, x: dl.methods["reverse-compiled"].vhp(f, (x,), (np.ones(x.shape),)),
    "sparse": lambda f, x: dl.sparse_hessian(f)(x).toarray(),
}


@pytest.mark.parametrize("way", _CURVATURES)
def test_curvature_at_a_kink_is_nan_in_every_order_of_sweeps(way: str) -> None:
    """A cotangent of 0 meets a slope that jumps, which is no 0 for that."""
    at = np.array([0.0, 1.0])
    with np.errstate(all="ignore"):
        bent = _CURVATURES[way](lambda x: xp.sum(xp.abs(x) ** 2), at)
        assert np.isnan(bent[0]).any()
        assert np.all(
            bent[1][np.isfinite(bent[1])] == _CURVATURES[way](lambda x: xp.sum(x**2), at)[1][np.isfinite(bent[1])]
        )
        assert np.isfinite(bent[1]).any()
        assert np.isnan(_CURVATURES[way](lambda x: xp.linalg.vector_norm(x) ** 2, np.zeros(2))).any()


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_nearly_equal_eigenvalues_lose_digits_by_their_gap(mode: str) -> None:
    """The matrix square root through eigh: exact near the identity, where the gap is 1e-6."""
    weights = np.arange(9.0).reshape(3, 3)
    near = np.eye(3) + 1e-6 * np.array([[1.0, 0.3, 0.2], [0.3, 2.0, 0.5], [0.2, 0.5, 3.0]])

    def root(x):
        w, v = np.linalg.eigh((x + x.T) / 2)
        return np.sum((v * np.sqrt(w)) @ v.T * weights)

    exact = (weights + weights.T) / 4
    assert np.max(np.abs(dl.methods[mode].grad(root)(near) - exact)) <= 1e-4


def _out(y):
    np.add(y[1:], y[:-1], out=y[1:])


def _added(y):
    y[1:] += y[:-1]


def _added_transpose(y):
    y[:3, :3] += y[:3, :3].T


def _through_views(y):
    later, earlier = y[1:], y[:-1]
    later[...] = earlier


OVERLAPS = {
    "later": lambda y: y.__setitem__(slice(1, None), y[:-1]),
    "earlier": lambda y: y.__setitem__(slice(None, -1), y[1:]),
    "reversed": lambda y: y.__setitem__(slice(None), y[::-1]),
    "columns": lambda y: y.__setitem__((slice(None), slice(1, None)), y[:, :-1]),
    "added": _added,
    "transpose added": _added_transpose,
    "out=": _out,
    "through views": _through_views,
    "rows swapped": lambda y: (y.__setitem__(0, y[1]), y.__setitem__(1, y[0])),
}


@modes
@pytest.mark.parametrize("way", OVERLAPS)
def test_what_overlaps_is_read_before_it_is_written(mode: str, way: str) -> None:
    """Each is linear: NumPy's own answer on unit matrices is the derivative."""
    weights = np.arange(12.0).reshape(4, 3) ** 2

    def written(x: Any) -> Any:
        y = np.copy(x)
        OVERLAPS[way](y)
        return y

    units = np.eye(12).reshape(12, 4, 3)
    expected = [np.sum(written(unit) * weights) for unit in units]
    found = dl.methods[mode].grad(lambda x: np.sum(written(x) * weights))(np.ones((4, 3)))
    np.testing.assert_array_equal(found.reshape(-1), expected)


def test_two_rows_are_swapped_by_index() -> None:
    def swapped(x: Any) -> Any:
        y = np.copy(x)
        y[[0, 1]] = y[[1, 0]]
        return y

    matrix = np.arange(6.0).reshape(3, 2)
    pushed = dl.forward.jvp(swapped, (matrix,), (matrix,))[1]
    np.testing.assert_array_equal(pushed, matrix[[1, 0, 2]])


def _trimmed(x):
    """The variance of what lies between 1.5 and 4, as scipy.stats.tvar finds it."""
    y = xp.where((x < 1.5) | (x > 4.0), NAN, x)
    gone = xp.isnan(y)
    count = xp.sum(xp.astype(~gone, float))
    mean = xp.sum(xp.where(gone, 0.0, y)) / count
    return xp.sum(xp.where(gone, 0.0, (y - mean) * (y - mean))) / (count - 1)


def test_what_is_replaced_by_nan_is_nan_in_reverse_mode() -> None:
    x = np.array([1.0, 2.0, 3.5, 9.0])
    exact = np.array([0.0, -1.5, 1.5, 0.0])
    for mode in ("forward", "reverse"):
        inside = dl.methods[mode].grad(lambda x: np.var(x[(x >= 1.5) & (x <= 4.0)], ddof=1))(x)
        np.testing.assert_allclose(inside, exact, rtol=1e-15)
    np.testing.assert_allclose(dl.forward.grad(_trimmed)(x), exact, rtol=1e-15)
    found = dl.reverse.grad(_trimmed)(x)
    assert np.isnan(found).any()
    assert np.all((found == exact) | np.isnan(found))


def _mean_of_rotations(rotations):
    """The quaternion that scipy.spatial's Rotation.mean finds."""
    return np.linalg.eigh(rotations.T @ rotations)[1][:, -1] ** 2 @ np.arange(4.0)


@pytest.mark.parametrize(("count", "defined"), [(2, False), (3, True), (5, True)])
def test_the_second_derivative_of_a_vector_depends_on_all_vectors(count: int, defined: bool) -> None:
    rotations = np.random.default_rng(3).standard_normal((count, 4))
    with np.errstate(all="ignore"):
        gradient = dl.reverse.grad(_mean_of_rotations)(rotations)
        hessian = dl.reverse.hessian(_mean_of_rotations)(rotations)
    estimate = dl.FiniteDifference("central").grad(_mean_of_rotations)(rotations)
    np.testing.assert_allclose(gradient, estimate, atol=1e-7)
    if not defined:
        assert np.isnan(hessian).all()
        return
    exact = dl.FiniteDifference("central").jacobian(dl.reverse.grad(_mean_of_rotations))(rotations)
    np.testing.assert_allclose(hessian, exact, atol=1e-5)
