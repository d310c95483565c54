"""What NumPy gives as a view is one here, what it copies is a copy, and edges of shape and options are decided."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab.errors import ArgumentError, DerivativeLostError

MATRIX = np.array([[0.3, -1.2, 0.7, 2.1], [1.5, 0.4, -0.6, 0.9], [-0.2, 1.1, 0.8, -1.7]])
modes = pytest.mark.parametrize("mode", ["forward", "reverse", "reverse-compiled"])

MAKERS: dict[str, Callable[[Any], Any]] = {
    "reshape": lambda y: np.reshape(y, (4, 3)),
    "reshape F": lambda y: np.reshape(y, (4, 3), order="F"),
    "reshape transposed": lambda y: np.reshape(y.T, (3, 4)),
    "reshape copy": lambda y: np.reshape(y, (4, 3), copy=True),
    "ravel": np.ravel,
    "ravel transposed": lambda y: np.ravel(y.T),
    "flatten": lambda y: y.flatten(),
    "transpose": np.transpose,
    "swapaxes": lambda y: np.swapaxes(y, 0, 1),
    "moveaxis": lambda y: np.moveaxis(y, 0, -1),
    "rollaxis": lambda y: np.rollaxis(y, 1),
    "expand_dims": lambda y: np.expand_dims(y, 0),
    "squeeze": lambda y: np.squeeze(y),
    "squeeze row": lambda y: np.squeeze(y[:1]),
    "atleast_1d": np.atleast_1d,
    "atleast_2d row": lambda y: np.atleast_2d(y[0]),
    "atleast_3d": np.atleast_3d,
    "flip": np.flip,
    "fliplr": np.fliplr,
    "flipud": np.flipud,
    "rot90": np.rot90,
    "rot90 k=0": lambda y: np.rot90(y, 0),
    "rot90 k=2": lambda y: np.rot90(y, 2),
    "rot90 k=3": lambda y: np.rot90(y, 3),
    "split": lambda y: np.split(y, 2, axis=1)[1],
    "array_split": lambda y: np.array_split(y, 2)[0],
    "hsplit": lambda y: np.hsplit(y, 4)[2],
    "vsplit": lambda y: np.vsplit(y, 3)[2],
    "unstack": lambda y: np.unstack(y)[1],
    "matrix_transpose": np.matrix_transpose,
    "permute_dims": lambda y: np.permute_dims(y, (1, 0)),
    "einsum same": lambda y: np.einsum("ij", y),
    "einsum transposed": lambda y: np.einsum("ij->ji", y),
    "einsum diagonal": lambda y: np.einsum("ii->i", y[:, :3]),
    "tile once": lambda y: np.tile(y, 1),
    "tile": lambda y: np.tile(y, (1, 1)),
    "repeat": lambda y: np.repeat(y, 1, axis=0),
    "roll": lambda y: np.roll(y, 0),
    "copy": np.copy,
    "array copy": lambda y: y.copy(),
    "positive": np.positive,
    "concatenate": lambda y: np.concatenate([y]),
    "stack": lambda y: np.stack([y]),
    "block": lambda y: np.block([y]),
    "hstack": lambda y: np.hstack([y]),
    "append": lambda y: np.append(y, y[:0], axis=0),
    "delete": lambda y: np.delete(y, [], axis=0),
    "pad": lambda y: np.pad(y, 0),
    "take": lambda y: np.take(y, [0, 1], axis=0),
    "sort": lambda y: np.sort(y),
    "clip": lambda y: np.clip(y, None, 99.0),
    "where": lambda y: np.where(y < 99.0, y, 0.0),
    "meshgrid": lambda y: np.meshgrid(y[0], y[1])[0],
    "meshgrid sparse": lambda y: np.meshgrid(y[0], y[1], sparse=True)[0],
    "meshgrid views": lambda y: np.meshgrid(y[0], y[1], sparse=True, copy=False)[0],
    "full_like": lambda y: np.full_like(y, y[0]),
    "sum of no axes": lambda y: np.sum(y, axis=()),
    "max of no axes": lambda y: np.max(y, axis=()),
    "diff": lambda y: np.diff(y, n=0),
    "astype": lambda y: np.astype(y, float),
    "astype view": lambda y: np.astype(y, float, copy=False),
    "median": lambda y: np.median(y[:1], axis=0),
    "nan_to_num": np.nan_to_num,
    "round": lambda y: np.round(y, 3),
    "cumsum": lambda y: np.cumsum(y[:1], axis=0),
    "compress": lambda y: np.compress([True, True, True], y, axis=0),
    "trim_zeros": lambda y: np.trim_zeros(y[0]),
    "resize": lambda y: np.resize(y, (3, 4)),
    "unique": lambda y: np.unique(y),
    "partition": lambda y: np.partition(y, 0),
    "linspace": lambda y: np.linspace(y, y, 1)[0],
}


@modes
@pytest.mark.parametrize("name", MAKERS)
def test_writing_into_what_numpy_made_shows_where_it_does_in_numpy(name: str, mode: str) -> None:
    def f(x: Any) -> Any:
        y = np.copy(x) * 1.0
        made = MAKERS[name](y)
        made[...] = made * made + 2.0
        return np.concatenate([np.ravel(y), np.ravel(made)])

    weights = np.linspace(0.5, 1.5, f(MATRIX.copy()).size)
    loss = lambda x: f(x) @ weights
    value, gradient = dl.methods[mode].value_and_grad(loss)(MATRIX)
    assert abs(value - loss(MATRIX.copy())) <= 64 * np.spacing(abs(value))
    h = 2.0**-12
    for place in np.ndindex(MATRIX.shape):
        step = np.zeros(MATRIX.shape)
        step[place] = h
        slope = (loss(MATRIX + step) - loss(MATRIX - step)) / (2 * h)  # exact for quadratics
        assert abs(slope - gradient[place]) <= 1e-9 * (1 + abs(slope))


PARTS = {
    "real": r"x\.real = v is not supported.*x = v \+ 1j \* x\.imag",
    "imag": r"x\.imag = v is not supported.*x = x\.real \+ 1j \* v",
    "dtype": r"x\.dtype = v is not supported.*x = x\.astype\(dtype\)",
}


@modes
@pytest.mark.parametrize("name", PARTS)
def test_parts_that_are_assigned_are_refused(name: str, mode: str) -> None:
    def f(x: Any) -> Any:
        y = x * 1.0
        setattr(y, name, getattr(y, name))
        return np.sum(y)

    with pytest.raises(ArgumentError, match=PARTS[name]):
        dl.methods[mode].grad(f)(MATRIX)


SHUFFLES: dict[str, Callable[[Any], Any]] = {
    "generator": lambda y: np.random.default_rng(0).shuffle(y),
    "seeded": lambda y: np.random.RandomState(0).shuffle(y),
    "transposed": lambda y: np.random.default_rng(0).shuffle(y.T),
}


@modes
@pytest.mark.parametrize("name", SHUFFLES)
@pytest.mark.filterwarnings("ignore:you are shuffling:UserWarning")
def test_a_shuffle_of_rows_is_refused(name: str, mode: str) -> None:
    """NumPy swaps the rows of what is no array of its own as if they were copies, which loses some."""

    def f(x: Any) -> Any:
        y = np.copy(x)
        SHUFFLES[name](y)
        return np.sum(y**2 * np.arange(12.0).reshape(3, 4))

    with pytest.raises(ArgumentError, match=r"shuffle swaps rows.*x\[rng\.permutation\(len\(x\)\)\]"):
        dl.methods[mode].grad(f)(MATRIX)


def _shuffled(y: Any) -> Any:
    return y[np.random.default_rng(0).permutation(len(y))]


def _shuffled_numbers(y: Any) -> Any:
    row = y[0]
    np.random.default_rng(0).shuffle(row)
    return y


def _swapped(y: Any) -> Any:
    y[0], y[1] = y[1], y[0]
    return y


def _swapped_by_python(y: Any) -> Any:
    random.Random(0).shuffle(y)
    return y


def _swapped_by_index(y: Any) -> Any:
    y[[0, 1]] = y[[1, 0]]
    return y


@modes
@pytest.mark.parametrize("swap", [_shuffled, _shuffled_numbers, _swapped, _swapped_by_python, _swapped_by_index])
@pytest.mark.filterwarnings("ignore:you are shuffling:UserWarning")
def test_rows_are_swapped_as_numpy_swaps_them(swap: Callable[[Any], Any], mode: str) -> None:
    weights = np.arange(12.0).reshape(3, 4)
    loss = lambda x: np.sum(swap(np.copy(x)) * weights)
    value, gradient = dl.methods[mode].value_and_grad(loss)(MATRIX)
    assert abs(value - loss(MATRIX)) <= 16 * np.spacing(abs(value))
    places = swap(np.arange(12.0).reshape(3, 4)).astype(int)  # where NumPy's rows come from
    expected = np.bincount(places.reshape(-1), weights.reshape(-1), 12).reshape(3, 4)
    np.testing.assert_array_equal(gradient, expected)


REFUSALS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "percentile method": (lambda x: np.percentile(x, 30, method="hazen"), r"percentile with method='hazen'.*linear"),
    "percentile weights": (
        lambda x: np.percentile(x, 30, method="inverted_cdf", weights=np.ones(3)),
        r"weights=.*np\.repeat",
    ),
    "pad mode": (lambda x: np.pad(x, 1, "mean"), r"pad with mode='mean'.*reflect"),
    "pad odd": (lambda x: np.pad(x, 1, "reflect", reflect_type="odd"), r"reflect_type='odd'"),
    "unique axis": (lambda x: np.unique(np.stack([x, x]), axis=0), r"unique with axis="),
    "cov weights": (lambda x: np.cov(x, aweights=[1.0, 2.0, 3.0]), r"cov with aweights="),
    "histogram bins": (lambda x: np.histogram(x, bins="auto")[1], r"histogram with bins='auto'.*number of bins"),
    "polyfit": (lambda x: np.polyfit(x, x, 1), r"np\.vander"),
    "polyfit full": (lambda x: np.polyfit([0.0, 1.0, 2.0], x, 1, full=True)[0], r"polyfit with full="),
    "where without out": (lambda x: np.exp(x, where=[True, False, True]), r"exp with where=.*np\.where"),
    "axes": (lambda x: np.matmul(np.stack([x, x]), x, axes=[(0, 1), 0, 0]), r"matmul with axes="),
    "frexp": (lambda x: np.frexp(x)[0], r"frexp"),
    "reduce where": (
        lambda x: np.hypot.reduce(x, where=[True, False, True], initial=0.0),
        r"hypot\.reduce with where=",
    ),
    "windows": (
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, writeable=True),
        r"sliding_window_view with writeable",
    ),
    "nan axis": (
        lambda x: np.nanmedian(np.stack([x, np.array([np.nan, 1.0, 2.0])]), axis=1),
        r"nanmedian with axis=.*slice",
    ),
    "shares_memory": (lambda x: x * np.shares_memory(x, x), r"shares_memory"),
    "full": (lambda x: np.full(3, x[0]), r"np\.full_like\(x, x\[0\], shape=3\)"),
    "histogram2d": (lambda x: np.histogram2d(x, x)[1], r"histogram2d.*kernel"),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", REFUSALS)
def test_options_that_are_not_covered_are_refused_by_name(name: str, mode: str) -> None:
    call, says = REFUSALS[name]
    x = np.array([0.3, 1.2, 2.5])
    with pytest.raises(DerivativeLostError, match=says):
        dl.methods[mode].grad(lambda x: np.sum(call(x)))(x)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", sorted(set(REFUSALS) - {"shares_memory", "windows", "where without out"}))
def test_they_are_numpys_own_where_nothing_is_lost(name: str, mode: str) -> None:
    call, _ = REFUSALS[name]
    x = np.array([0.3, 1.2, 2.5])
    expected = np.sum(call(x))
    kept: list[Any] = []

    def f(x: Any) -> Any:
        kept.append(np.sum(call(np.zeros_like(x) + np.array([0.3, 1.2, 2.5]))))
        return np.sum(x)

    dl.methods[mode].grad(f)(x)
    np.testing.assert_allclose(np.asarray(kept[0]), expected, rtol=8 * np.finfo(float).eps)


def test_numpy_does_not_write_into_constants_behind_their_backs() -> None:
    def f(x: Any) -> Any:
        constant = np.zeros_like(x)
        with pytest.raises(ValueError, match="read-only"):
            np.nan_to_num(np.asarray(constant), copy=False)
        return np.sum(x + constant)

    assert np.array_equal(dl.reverse.grad(f)(np.ones(3)), np.ones(3))


EMPTY: dict[str, Callable[[Any], Any]] = {
    "sum": np.sum,
    "prod": np.prod,
    "sort": np.sort,
    "cumsum": np.cumsum,
    "concatenate": lambda x: np.concatenate([x, x]),
    "reshape": lambda x: np.reshape(x, (0, 3)),
    "diff": np.diff,
    "clip": lambda x: np.clip(x, 0, 1),
    "flip": np.flip,
    "where": lambda x: np.where(x > 0, x, 1.0),
    "outer": lambda x: np.outer(x, x),
    "dot": lambda x: np.dot(x, x),
    "einsum": lambda x: np.einsum("i,i->i", x, x),
    "tile": lambda x: np.tile(x, 2),
    "repeat": lambda x: np.repeat(x, 2),
    "interp": lambda x: np.interp(x, [0.0, 1.0], [1.0, 2.0]),
    "stack": lambda x: np.stack([x, x]),
    "roll": lambda x: np.roll(x, 1),
    "unique": np.unique,
    "add.reduce": np.add.reduce,
    "nansum": np.nansum,
    "max initial": lambda x: np.max(x, initial=2.0),
    "histogram": lambda x: np.histogram(x, [0.0, 1.0])[0],
    "bincount": lambda x: np.bincount(x.astype(int), x),
    "take": lambda x: np.take(x, np.array([], dtype=int)),
    "linspace": lambda x: np.linspace(x, x, 3),
    "all": np.all,
    "split": lambda x: np.array_split(x, 2)[0],
    "pad": lambda x: np.pad(x, 2),
    "maximum.accumulate": np.maximum.accumulate,
    "insert": lambda x: np.insert(x, 0, 1.0),
    "delete": lambda x: np.delete(x, []),
    "argsort": np.argsort,
    "sinc": np.sinc,
}


@pytest.mark.parametrize("mode", ["forward", "reverse", "reverse-compiled"])
@pytest.mark.parametrize("name", EMPTY)
def test_empty_arrays(name: str, mode: str) -> None:
    x = np.zeros(0)
    expected = EMPTY[name](x)

    def f(x: Any) -> Any:
        made = EMPTY[name](x)
        assert np.shape(made) == np.shape(expected)
        return np.sum(made * 1.0) + np.sum(x)

    assert dl.methods[mode].grad(f)(x).shape == (0,)


WRONG: dict[str, tuple[Callable[[Any], Any], type[Exception]]] = {
    "axis": (lambda x: np.sum(x, axis=3), ValueError),
    "reshape": (lambda x: np.reshape(x, (5, 5)), ValueError),
    "concatenate": (lambda x: np.concatenate([x, x[0]]), ValueError),
    "concatenate numbers": (lambda x: np.concatenate([x[0, 0], x[0, 1]]), ValueError),
    "split": (lambda x: np.split(x, 2), ValueError),
    "einsum": (lambda x: np.einsum("ij,jk", x, x), ValueError),
    "einsum letters": (lambda x: np.einsum("ijk", x), ValueError),
    "einsum result": (lambda x: np.einsum("ij->ijk", x), ValueError),
    "take": (lambda x: np.take(x, 99), IndexError),
    "put": (lambda x: np.put(np.copy(x), 99, 1.0), IndexError),
    "max": (lambda x: np.max(x[:0]), ValueError),
    "percentile": (lambda x: np.percentile(x, 101), ValueError),
    "out": (lambda x: np.add(x, 1.0, out=np.zeros_like(x, shape=3)), ValueError),
    "out dtype": (lambda x: np.add(x, 1.0, out=np.zeros_like(x, dtype=int)), TypeError),
    "weights": (lambda x: np.average(x, weights=[1.0, 2.0]), TypeError),
    "interp": (lambda x: np.interp(x, [0.0, 1.0], [1.0]), ValueError),
    "fliplr": (lambda x: np.fliplr(x[0]), ValueError),
    "arguments": (lambda x: np.sum(), TypeError),
    "option": (lambda x: np.sort(x, hurry=True), TypeError),
    "matmul": (lambda x: np.matmul(x, x), ValueError),
    "diag": (lambda x: np.diag(x[None]), ValueError),
    "tensordot": (lambda x: np.tensordot(x, x, axes=((0,), (1,))), ValueError),
    "tensordot by names": (lambda x: np.linalg.tensordot(x, x, axes=((0,), (1,))), ValueError),
    "axis twice": (lambda x: np.sum(x, axis=(0, 0)), ValueError),
    "axis twice, from the end": (lambda x: np.flip(x, (1, -1)), ValueError),
    "sums of truth values": (lambda x: np.subtract(x > 0, x > 1), TypeError),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls_raise_what_numpy_raises(name: str) -> None:
    call, error = WRONG[name]
    with pytest.raises(error):
        call(MATRIX.copy())
    with pytest.raises(error):
        dl.reverse.grad(lambda x: np.sum(call(x)))(MATRIX)


# Kinks and ties.

KINKS: dict[str, tuple[Callable[[Any], Any], list[float]]] = {
    "median": (np.median, [0.5, 0.0, 0.5, 0.0]),
    "max": (np.max, [1 / 3, 1 / 3, 1 / 3, 0.0]),
    "running maximum": (lambda x: np.maximum.accumulate(x)[-1], [0.25, 0.25, 0.5, 0.0]),
    "fmax": (lambda x: np.fmax(x[0], x[1]), [0.5, 0.5, 0.0, 0.0]),
    "clip": (lambda x: np.clip(x[0], 1.0, 2.0), [0.5, 0.0, 0.0, 0.0]),
    "interp": (lambda x: np.interp(x[0], [0.0, 1.0, 2.0], [0.0, 1.0, 5.0]), [4.0, 0.0, 0.0, 0.0]),
    "interp end": (lambda x: np.interp(x[0], [0.0, 1.0], [0.0, 7.0]), [0.0, 0.0, 0.0, 0.0]),
    "heaviside": (lambda x: np.sum(np.heaviside(x - 1.0, 0.5)), [0.0, 0.0, 0.0, 0.0]),
    "round": (lambda x: np.sum(np.round(x * 0.5)), [0.0, 0.0, 0.0, 0.0]),
    "sinc": (lambda x: np.sinc(x[0] - 1.0), [0.0, 0.0, 0.0, 0.0]),
    "fmod": (lambda x: np.fmod(x[0] - 1.0, 0.7), [1.0, 0.0, 0.0, 0.0]),
    "unwrap": (lambda x: np.unwrap(np.stack([x[0], x[1] + np.pi]))[1], [0.0, 1.0, 0.0, 0.0]),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", KINKS)
def test_kinks_are_decided(name: str, mode: str) -> None:
    f, expected = KINKS[name]
    with np.errstate(divide="ignore"):
        gradient = dl.methods[mode].grad(f)(np.array([1.0, 1.0, 1.0, 0.25]))
    if name == "median":
        assert np.sum(gradient) == 1.0
        assert gradient[3] == 0.0
    elif name == "running maximum":
        assert np.sum(gradient) == 1.0
        assert np.all(gradient[:3] > 0)
    else:
        np.testing.assert_allclose(gradient, expected, rtol=4 * np.finfo(float).eps)


@pytest.mark.parametrize("mode", ["forward", "reverse", "reverse-compiled"])
def test_the_cube_root_on_both_sides_of_0_and_there(mode: str) -> None:
    for x in (-1e200, -8.0, -1e-300, 1e-5, 3.0, 1e300):
        exact = np.cbrt(x) / (3 * x)
        assert abs(dl.methods[mode].derivative(np.cbrt)(x) - exact) <= 16 * np.spacing(abs(exact))
    with np.errstate(divide="ignore"):
        assert dl.methods[mode].derivative(np.cbrt)(0.0) == np.inf


def test_polynomials_are_fitted_within_the_rank_that_is_asked_for() -> None:
    """Two of three points almost meet: the small singular value is left out, and the fit stays small."""
    points = np.array([0.0, 1.0, 1.0 + 1e-9])
    f = lambda y: np.sum(np.polyfit(points, y, 2, rcond=1e-3))
    with pytest.warns(np.exceptions.RankWarning):
        value, gradient = dl.reverse.value_and_grad(f)(np.array([1.0, 2.0, 5.0]))
    assert (abs(value), np.max(np.abs(gradient))) < (10, 10)


def test_the_second_derivative_of_sinc_at_0() -> None:
    assert abs(dl.taylor.derivative(np.sinc, 2)(0.0) + np.pi**2 / 3) <= 8 * np.spacing(np.pi**2 / 3)


def test_sinc_keeps_its_digits_near_0() -> None:
    for x in (1e-9, 1e-4, 0.01, 0.2, 0.35):
        exact = (
            -2
            * np.pi**2
            * sum(
                (-1) ** k * (k + 1) * (np.pi * x) ** (2 * k) * x / float(np.prod(np.arange(1.0, 2 * k + 4)))
                for k in range(20)
            )
        )
        assert abs(dl.reverse.derivative(np.sinc)(x) - exact) <= 64 * np.spacing(abs(exact))
