"""JAX and SymPy differentiate what a function recorded, where they cannot run the function itself, and say so."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import numpy as np
import pytest

import derivlab as dl
from checks import check_gradient
from derivlab.errors import DerivativeLostError, UnsupportedError
from derivlab.method import written

X = np.array([0.7, -1.3, 2.1])


def numpy_names(x):
    return np.sum(np.exp(-x) * np.sin(x)) / np.linalg.norm(x)


def branches(x):
    total = 0.0
    for i in range(3):
        total = total + (x[i] ** 2 if x[i] > 0 else np.exp(x[i]))
    return total


def picks(x):
    order = np.argsort(x)
    return np.sum(x[order] ** 2 * np.array([1.0, 2.0, 3.0]))


def writes(x):
    y = np.zeros_like(x)
    y[0] = x[1] * x[2]
    y[1:] = np.sort(x)[1:] * x[0]
    return np.sum(y * y)


FUNCTIONS = [numpy_names, branches, picks, writes]
GUARDED = [branches, picks, writes]
each_function = pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)


@each_function
@pytest.mark.parametrize("name", ["jax", "symbolic", "symbolic-cse"])
def test_the_derivative_is_right(name: str, f) -> None:
    check_gradient(dl.methods[name], f, (X,), 64, sums=True)


@each_function
@pytest.mark.parametrize("name", ["jax", "symbolic"])
def test_a_prepared_derivative_follows_the_branches(name: str, f) -> None:
    """Another point takes other branches: what was recorded for one point never answers for another."""
    prepared = dl.methods[name].prepare("grad", f, X)
    for x in (X, -X, X[::-1].copy(), X + 1):
        assert np.allclose(prepared(x), dl.reverse.grad(f)(x), rtol=1e-13)


@each_function
def test_the_table_says_so(f) -> None:
    comparison = dl.compare(f, X, methods=["symbolic", "jax", "reverse"], timing=False)
    assert {cell.outcome for cell in comparison} == {"ok"}
    assert comparison["jax"].note == "via graph"
    assert comparison["reverse"].note == ""
    assert comparison["symbolic"].note == ("" if f is numpy_names else "via graph")
    assert "ok via graph" in str(comparison)


def test_a_function_that_jax_traces_is_not_recorded() -> None:
    f = lambda x: dl.array_namespace(x).sum(x * x)
    assert dl.compare(f, X, methods=["jax", "symbolic"], timing=False)["jax"].note == ""


@each_function
def test_second_order(f) -> None:
    v = np.array([1.0, -0.5, 0.25])
    assert np.allclose(dl.jax.hvp(f, (X,), (v,)), dl.forward.hvp(f, (X,), (v,)), rtol=1e-13)
    assert np.allclose(dl.symbolic.hvp(f, (X,), (v,)), dl.forward.hvp(f, (X,), (v,)), rtol=1e-13)


def test_all_arguments_are_inputs_and_data_are_followed() -> None:
    """What a preparation recorded of its data is not kept for other data."""

    def f(x, scale, flag):
        return np.sum(np.tanh(x) * scale["a"]) if flag else np.sum(x)

    prepared = dl.jax.prepare("grad", f, X, {"a": np.ones(3)}, True)
    assert np.allclose(prepared(X, {"a": 2 * np.ones(3)}, True), 2 / np.cosh(X) ** 2, rtol=1e-14)
    assert np.array_equal(prepared(X, {"a": np.ones(3)}, False), np.ones(3))


@pytest.mark.parametrize("name", ["jax", "symbolic"])
def test_a_lost_derivative_stays_an_error(name: str) -> None:
    with pytest.raises((DerivativeLostError, UnsupportedError)):
        dl.methods[name].grad(lambda x: np.sum(x) * float(x[0]))(X)


def _aliased(x):
    y = x * 1.0
    z = y
    z += x**2
    for row in y.reshape(3, 1):
        row *= x[0]
    return np.sum(y)


def test_jax_follows_writes_that_other_names_see() -> None:
    """Where JAX itself would make a new array and lose them."""
    value, gradient = dl.jax.value_and_grad(_aliased)(X)
    assert value == pytest.approx(_aliased(X.copy()), rel=1e-15)
    assert np.allclose(gradient, dl.truth.grad(_aliased)(X).value, rtol=1e-14)


COUNT = np.zeros(1, dtype=int)
FACTOR = 2.0


def _counting(factor):
    COUNT[0] += 1
    return factor


def _calls(f, x) -> int:
    before = COUNT[0]
    dl.jax.grad(f)(x)
    return COUNT[0] - before


def test_a_function_that_writes_nothing_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After that only JAX runs it; again where another shape, or what it reads from outside, may change the way."""
    f = lambda x, n=1: dl.array_namespace(x).sum(x) * _counting(FACTOR) * n
    assert [_calls(f, X) for _ in range(3)] == [2, 1, 1]
    assert [_calls(f, X[:2]) for _ in range(2)] == [2, 1]
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    assert [_calls(f, X) for _ in range(2)] == [2, 1]
    f.__defaults__ = (5,)
    assert [_calls(f, X) for _ in range(2)] == [2, 1]
    assert list(dl.jax.grad(f)(X)) == [15.0, 15.0, 15.0]


@pytest.mark.parametrize("how", ["captured", "default", "inner", "object"])
def test_a_function_that_begins_to_write_is_followed(how: str) -> None:
    """Through another name of the array, which JAX would not see."""
    switch = SimpleNamespace(on=False)

    def f(x, on=False):
        y = x * 1.0
        z = y
        if {"captured": flag, "default": on, "inner": inner(), "object": switch.on}[how]:
            z += x**2
        return dl.array_namespace(x).sum(y)

    flag = False
    inner = lambda: False
    for _ in range(2):
        assert list(dl.jax.grad(f)(X)) == [1.0, 1.0, 1.0]
    flag, inner, switch.on = True, lambda: True, True
    f.__defaults__ = (True,)
    assert np.allclose(dl.jax.grad(f)(X), 1 + 2 * X, rtol=1e-14)


def test_branches_on_values_are_looked_at_again() -> None:
    def f(x):
        y = x * 1.0
        z = y
        if x[0] > 0:
            z += x**2
        return dl.array_namespace(x).sum(y)

    for x in (-X, X, -X, X):
        assert np.allclose(dl.jax.grad(f)(x), dl.reverse.grad(f)(x), rtol=1e-14)


def test_what_is_known_of_a_function_goes_with_it() -> None:
    f = lambda x: dl.array_namespace(x).sum(x)
    before = len(written._HARMLESS)
    dl.jax.grad(f)(X)
    assert len(written._HARMLESS) == before + 1
    del f
    gc.collect()
    assert len(written._HARMLESS) == before


TRUTHS = {
    "where": lambda x: np.sum(np.where(x > 0.5, x * x, 3 * x)),
    "times a mask": lambda x: np.sum(x * (x > 0.5)),
    "mask": lambda x: np.sum(x[x > 0.5] ** 2),
    "logic": lambda x: np.sum(np.where((x > 0) & ~(x > 1), x * x, x)),
    "sign": lambda x: np.sum(np.where(np.sign(x) > 0, x * x, x)),
    "cast": lambda x: np.sum(np.where((x > 0).astype(bool), x * x, x)),
}


@pytest.mark.parametrize("what", TRUTHS)
@pytest.mark.parametrize("name", ["symbolic", "symbolic-cse", "jax"])
def test_truth_values_stay_truth_values(name: str, what: str) -> None:
    check_gradient(dl.methods[name], TRUTHS[what], (X,), 64, sums=True)
