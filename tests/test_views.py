"""Random programs of views and writes are NumPy's: what is written into one name shows in the names that share it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derivlab as dl

SHAPE = (3, 4)
WEIGHTS = np.arange(1.0, 13.0).reshape(SHAPE)
X, V = np.random.default_rng(0).integers(-9, 9, (2, *SHAPE)).astype(float)

STEPS: dict[str, Callable[[Any], Any]] = {
    "transpose": lambda y: y.T,
    "flip": np.flip,
    "every other": lambda y: y[::2],
    "last": lambda y: y[..., -1:],
    "first": lambda y: y[0],
    "axis": lambda y: y[None],
    "ravel": np.ravel,
    "ravel A": lambda y: np.ravel(y, order="A"),
    "flatten": lambda y: y.flatten(),
    "flatten F": lambda y: y.flatten(order="F"),
    "column": lambda y: y.reshape(-1, 1),
    "reshape F": lambda y: np.reshape(y, (1, -1), order="F"),
    "copy": lambda y: y.copy(),
    "copy F": lambda y: y.copy(order="F"),
    "np.copy": np.copy,
    "at least 2-D": np.atleast_2d,
    "squeeze": np.squeeze,
    "swap": lambda y: np.swapaxes(y, 0, -1),
    "grid": lambda y: np.meshgrid(np.ravel(y), np.ravel(y)[:1])[0],
    "take": lambda y: np.take(y, [0, 0], axis=-1),
    "tile": lambda y: np.tile(y, 2),
    "repeat": lambda y: np.repeat(y, 2, axis=0),
    "zeros": lambda y: np.zeros_like(y) + y[:1],
    "full": lambda y: np.full_like(y, 1.0) * y,
    "sum": lambda y: np.sum(y),
    "kept sum": lambda y: np.sum(y, axis=-1, keepdims=True),
    "diagonal": lambda y: np.diag(np.ravel(y)[:3]),
}
"""What makes one array of another: views, copies, and fresh ones of either order in memory."""

WRITES: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda y: y,
    "double": lambda y: operator.imul(y, 2.0),
    "add own": lambda y: operator.iadd(y, y),
    "add turned": lambda y: operator.iadd(y, np.flip(y)),
    "first": lambda y: _put(y, 0.0),
}


def _put(y: Any, value: Any) -> Any:
    if np.ndim(y):
        y[..., :1] = value
    return y


def programs() -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(st.sampled_from(list(STEPS)), st.sampled_from(list(WRITES))), min_size=1, max_size=4)


def run(program: list[tuple[str, str]], x: Any) -> Any:
    """A linear function of x: the weighted sums of every array that had a name."""
    y, names = 1.0 * x, []
    for step, write in program:
        names.append(y)
        y = WRITES[write](STEPS[step](y))
    names.append(y)
    return sum(np.sum(np.ravel(y) * np.resize(WEIGHTS, np.size(y))) for y in names)


def assert_numpys(program: list[tuple[str, str]], mode: str) -> None:
    """A linear function is its own derivative; the entries are whole numbers, and so exact."""
    try:
        value, slope = run(program, X), run(program, V)
    except (ValueError, IndexError, TypeError):
        return
    f = lambda x: run(program, x)
    if mode == "forward":
        assert dl.forward.jvp(f, (X,), (V,)) == (value, slope)
    else:
        found, gradient = dl.methods[mode].value_and_grad(f)(X)
        assert (found, np.sum(gradient * V)) == (value, slope)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(programs())
def test_random_programs_of_views_and_writes_are_numpys(program: list[tuple[str, str]]) -> None:
    assert_numpys(program, "forward")
    assert_numpys(program, "reverse")


@pytest.mark.parametrize("mode", ["forward", "reverse", "reverse-compiled"])
@pytest.mark.parametrize("second", ["ravel", "column", "at least 2-D"])
@pytest.mark.parametrize("first", STEPS)
def test_every_array_then_a_row_of_it(first: str, second: str, mode: str) -> None:
    """Whether the row is a view depends on how the array lies in memory."""
    assert_numpys([(first, "double"), (second, "add turned")], mode)
    assert_numpys([("transpose", "add turned"), (first, "nothing"), (second, "first")], mode)


@pytest.mark.parametrize("mode", ["forward", "reverse", "reverse-compiled"])
def test_scalars_of_numpy_have_no_entries_to_share(mode: str) -> None:
    """np.sum(x) is a number to NumPy: an array made of it is another."""

    def f(x: Any) -> Any:
        s = np.sum(x)
        m = np.atleast_1d(s)
        m *= 2.0
        return s * x[0] * m[0]

    assert np.allclose(dl.methods[mode].grad(f)(np.array([1.0, 2.0])), [2 * (2 * 3 + 9), 2 * 6], rtol=1e-15)


@pytest.mark.parametrize("mode", ["forward", "reverse", "reverse-compiled"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arguments_lie_in_memory_as_the_caller_has_them(order: Any, mode: str) -> None:
    def f(x: Any) -> Any:
        row = np.ravel(x)
        row *= 2.0
        return np.sum(x * WEIGHTS)

    x = np.asarray(X, order=order)
    assert dl.methods[mode].value_and_grad(f)(x)[0] == f(x.copy(order))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_methods_take_their_options_in_numpys_order(mode: str) -> None:
    for f in (
        lambda x: x.sum(0, None, None, True)[0, 1],
        lambda x: x.max(1, None, True)[1, 0],
        lambda x: x.min(1, None, True, initial=-20.0)[1, 0] + x[0, 0],
        lambda x: x.mean(axis=0, dtype=np.float64)[1],
        lambda x: round(x[0, 0], 2) + x[0, 1],
    ):
        assert np.sum(dl.methods[mode].grad(f)(X) * V) == pytest.approx(f(X + 1e-3 * V) / 1e-3 - f(X) / 1e-3, abs=1e-9)
