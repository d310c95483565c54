"""Programs with single numbers: views, reductions and casts of what has no axes, which Python's floats do not have."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab import special
from derivlab.array import surface as xp
from derivlab.graph.passes.optimise import PASSES, optimise
from derivlab.graph.printing.source import print_graph
from derivlab.method.program import Program

X = np.array([0.7, 1.3, 2.2])
POINT = 0.8


def _written(x: Any) -> Any:
    y = xp.zeros(2)
    y[0] = xp.sin(x)
    y[1] = x * x
    return xp.sum(y * y)


OF_ARRAYS: dict[str, Callable[..., Any]] = {
    "x[0][None]": lambda x: xp.sum((x[0] * 2)[None] * x[1]),
    "sum[()]": lambda x: xp.sum(x * x)[()] * x[1],
    "sum[...]": lambda x: xp.sum(x * x)[...] * x[1],
    "answer[()]": lambda x: xp.sum(x * x)[()],
    "answer[...]": lambda x: xp.exp(xp.sum(x))[...],
    "sum over its axes": lambda x: xp.sum(xp.sum(x * x), keepdims=True) * x[0],
    "largest of the largest": lambda x: xp.max(xp.max(x) * x[0]) * x[2],
    "norm of a norm": lambda x: np.linalg.norm(np.linalg.norm(x)[None]) * x[0],
}
OF_NUMBERS: dict[str, Callable[..., Any]] = {
    "x[()]": lambda x: xp.exp(x[()]) * x[...],
    "exp[()]": lambda x: xp.exp(x)[()] ** x,
    "[None]": lambda x: (xp.sin(x)[None] * x)[0],
    "[None, ..., None]": lambda x: (xp.sin(x)[None, ..., None] * x)[0, 0],
    "mask of a new axis": lambda x: xp.sum(xp.sin(x)[None][np.array([True])] * x),
    "maximum": lambda x: xp.max(xp.sin(x)) * x,
    "minimum with axes kept": lambda x: xp.min(xp.sin(x), keepdims=True) * x,
    "mean and product": lambda x: xp.mean(xp.sin(x)) * xp.prod(xp.cos(x)),
    "flip, roll and transpose": lambda x: xp.flip(xp.sin(x)) * xp.roll(x, 1) * xp.permute_dims(xp.cos(x), ()),
    "reshape and broadcast": lambda x: xp.reshape(xp.sin(x), ()) * xp.broadcast_to(x, ()),
    "stack": lambda x: xp.sum(xp.stack([xp.sin(x), x * x]) ** 2),
    "partial sums": lambda x: xp.cumulative_sum(xp.sin(x)[None])[0] * x,
    "sort": lambda x: xp.sort(xp.sin(x)[None])[0] * x,
    "take": lambda x: xp.sum(xp.take(xp.sin(x)[None], np.array([0, 0]))) * x,
    "log-sum-exp": lambda x: special.logsumexp(xp.sin(x)) * x,
    "softmax": lambda x: special.softmax(xp.sin(x)[None])[0] * x * x,
    "truth[()]": lambda x: xp.where((x > 0)[()], x * x, 2 * x),
    "all and any": lambda x: xp.where(xp.all((x > 0)[None]) & xp.any(x < 5), x * x, 2 * x),
    "branch on a view": lambda x: x * x * x if xp.sin(x)[()] > 0 else x,
    "argmax": lambda x: (xp.astype(xp.argmax(xp.sin(x)), xp.float64) + x) ** 2,
    "real part": lambda x: np.real(xp.sin(x)) * x,
    "written into": _written,
}
MODES = ["forward-compiled", "reverse-compiled"]
JIT = ["forward-jit", "reverse-jit"]


def check_orders(mode: str, f: Callable[..., Any], x: Any) -> None:
    """The gradient and the Hessian are the eager ones, at the first call and at a later one."""
    eager = dl.forward if mode.startswith("forward") else dl.reverse
    for operator in ("grad", "hessian"):
        run = getattr(dl.methods[mode], operator)(f)
        for point in (x, x * 0.9):
            found, expected = run(point), getattr(eager, operator)(f)(point)
            assert np.shape(found) == np.shape(expected)
            assert np.allclose(found, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("what", OF_ARRAYS)
def test_numbers_taken_from_arrays(what: str, mode: str) -> None:
    check_orders(mode, OF_ARRAYS[what], X)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("what", OF_NUMBERS)
def test_numbers_alone(what: str, mode: str) -> None:
    check_orders(mode, OF_NUMBERS[what], POINT)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("what", OF_NUMBERS)
def test_arrays_without_axes_and_narrow_ones(what: str, mode: str) -> None:
    """An input may be an array of no axes, or single precision, in which a program has NumPy's numbers."""
    f = OF_NUMBERS[what]
    check_orders(mode, f, np.array(POINT))
    found, expected = (m.grad(f)(np.float32(POINT)) for m in (dl.methods[mode], dl.forward))
    assert found.dtype == expected.dtype
    assert np.allclose(found, expected, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("mode", JIT)
@pytest.mark.parametrize("what", [*OF_ARRAYS, *OF_NUMBERS])
def test_machine_code(what: str, mode: str) -> None:
    pytest.importorskip("numba", reason="the extra [jit] is not installed")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*runs as NumPy, not as machine code")
        check_orders(mode, {**OF_ARRAYS, **OF_NUMBERS}[what], X if what in OF_ARRAYS else POINT)


@pytest.mark.parametrize("what", [*OF_ARRAYS, *OF_NUMBERS])
def test_the_recording_itself_can_be_printed(what: str) -> None:
    """Without any pass that would take the views out."""
    f, x = {**OF_ARRAYS, **OF_NUMBERS}[what], X if what in OF_ARRAYS else POINT
    variant = Program(dl.reverse, "value_and_grad", f).record((x,))
    graph = optimise(variant.recorded, without=PASSES)
    source = print_graph(graph, ["x"], lambda names: f"({', '.join(names)},)")
    for found, expected in zip(source.compile()(x), dl.reverse.value_and_grad(f)(x), strict=True):
        assert np.allclose(found, expected, rtol=1e-13)


def test_views_of_a_number_are_no_operations() -> None:
    plain = dl.methods["reverse-compiled"].prepare("grad", lambda x: xp.sin(x) * x, POINT)
    viewed = dl.methods["reverse-compiled"].prepare("grad", lambda x: xp.sin(x)[()] * xp.sum(x[...]), POINT)
    assert viewed.graph.operations == plain.graph.operations
    assert "np." not in str(viewed.source)
