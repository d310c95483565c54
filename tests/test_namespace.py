"""One function runs over every library: the object itself is asked, arrays under differentiation first."""

from __future__ import annotations

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace
from derivlab.array import surface


def test_numbers_alone_mean_numpy() -> None:
    assert array_namespace(1.0) is array_namespace(1.0, 2, True) is array_namespace(np.float64(1.0)) is np
    assert array_namespace(np.ones(3), 2.0) is np


@pytest.mark.parametrize("name", ["forward", "reverse"])
def test_arrays_under_differentiation_win(name: str) -> None:
    seen = []

    def f(x):
        seen.append([array_namespace(x), array_namespace(1.0, np.ones(2), x), x.__array_namespace__()])
        return x * x

    dl.methods[name].derivative(f)(2.0)
    assert seen == [[surface] * 3]


def test_other_libraries_answer_for_themselves() -> None:
    jnp = pytest.importorskip("jax.numpy")
    strict = pytest.importorskip("array_api_strict")
    assert array_namespace(1.0, jnp.ones(2)) is jnp
    assert array_namespace(np.ones(2), jnp.ones(2)) is jnp
    assert array_namespace(strict.ones(2)).__name__ == "array_api_strict"


@pytest.mark.parametrize("wrong", ["x", [1.0], None, {"x": 1.0}, object()])
def test_anything_else_says_what_it_was(wrong) -> None:
    with pytest.raises(TypeError, match=r"numpy\.asarray"):
        array_namespace(wrong)


STRICT = """
    abs acos acosh add asin asinh atan atan2 atanh ceil cos cosh divide exp expm1 floor hypot log log10 log1p log2
    logaddexp maximum minimum multiply negative pow reciprocal round sign sin sinh sqrt square subtract tan tanh trunc
    sum prod max min mean var std cumulative_sum matmul tensordot vecdot matrix_transpose reshape permute_dims
    broadcast_to broadcast_arrays expand_dims squeeze stack unstack concat flip roll repeat tile take take_along_axis
    tril triu moveaxis where clip astype asarray zeros_like ones_like full_like empty_like all any argmax argmin
    argsort sort isfinite isinf isnan equal not_equal less less_equal greater greater_equal logical_and logical_or
    logical_xor logical_not floor_divide remainder positive pi e inf nan newaxis
""".split()


@pytest.mark.parametrize("name", STRICT)
def test_the_surface_has_the_names_of_the_standard(name: str) -> None:
    assert hasattr(surface, name)


X = np.array([[0.3, 1.2, -0.7], [2.0, -1.5, 0.4]])
SURFACE = {
    "sum": lambda xp, x: xp.sum(x, axis=1, keepdims=True),
    "mean": lambda xp, x: xp.mean(x, axis=-1),
    "var": lambda xp, x: xp.var(x, axis=0, correction=1.0),
    "std": lambda xp, x: xp.std(x),
    "prod": lambda xp, x: xp.prod(x, axis=1),
    "max": lambda xp, x: xp.max(x, axis=0),
    "pow": lambda xp, x: xp.pow(x, 3),
    "remainder": lambda xp, x: xp.remainder(x, 0.9),
    "clip": lambda xp, x: xp.clip(x, -1.0, 1.0),
    "tensordot": lambda xp, x: xp.tensordot(x, x, axes=((1,), (1,))),
    "vecdot": lambda xp, x: xp.vecdot(x, x),
    "moveaxis": lambda xp, x: xp.moveaxis(x, 0, 1),
    "expand": lambda xp, x: xp.squeeze(xp.expand_dims(x, axis=1), axis=1),
    "stack": lambda xp, x: xp.stack([x, 2 * x], axis=1),
    "unstack": lambda xp, x: xp.unstack(x, axis=1)[2],
    "concat": lambda xp, x: xp.concat([x, x], axis=None),
    "flip": lambda xp, x: xp.flip(x, axis=-1),
    "roll": lambda xp, x: xp.roll(x, 2),
    "repeat": lambda xp, x: xp.repeat(x, 2, axis=1),
    "tile": lambda xp, x: xp.tile(x, (2, 2)),
    "take": lambda xp, x: xp.take(x, np.array([2, 0, 2]), axis=1),
    "take_along_axis": lambda xp, x: xp.take_along_axis(x, np.array([[2, 0], [1, 1]]), axis=1),
    "sort": lambda xp, x: xp.sort(x, axis=1),
    "cumulative_sum": lambda xp, x: xp.cumulative_sum(x, axis=1, include_initial=True),
    "tril": lambda xp, x: xp.tril(x, k=-1),
    "triu": lambda xp, x: xp.triu(x, k=1),
    "reshape": lambda xp, x: xp.reshape(x, (3, -1)),
    "broadcast": lambda xp, x: xp.broadcast_arrays(x[0], x)[0],
    "matmul": lambda xp, x: x @ x.T,
    "mT": lambda xp, x: x.mT,
    "logaddexp": lambda xp, x: xp.logaddexp(x, 0.5),
    "full_like": lambda xp, x: xp.full_like(x, 2.0) * x,
    "astype": lambda xp, x: xp.astype(x, xp.float64) * x,
}


@pytest.mark.parametrize("name", ["forward", "reverse"])
@pytest.mark.parametrize("what", SURFACE)
def test_the_surface_computes_as_numpy_and_differentiates(what: str, name: str) -> None:
    """Jacobian × direction by the mode against central differences over NumPy, to their promise."""
    f = lambda x: SURFACE[what](array_namespace(x), x)
    v = np.cos(np.arange(6.0)).reshape(2, 3)
    value, pushed = dl.methods[name].jvp(f, (X,), (v,))
    expected = dl.methods["central-difference"].jvp(f, (X,), (v,))[1]
    assert np.all(np.abs(value - f(X)) <= 8 * np.spacing(np.max(np.abs(f(X)))))
    assert np.all(np.abs(pushed - expected) <= 100 * np.finfo(float).eps ** (2 / 3) * (1 + np.max(np.abs(expected))))
