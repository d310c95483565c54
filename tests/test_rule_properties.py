"""Every primitive on arrays of any kind: without axes or entries, broadcast, with strides of any sign, in float32.

The point of each primitive comes from its case in ``rule_cases``; shapes, strides and dtypes are drawn. Forward mode
must be the adjoint of reverse mode to a few ulps, and both must meet the certified truth, at orders 1 and 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import derivlab as dl
from checks import check_adjoint
from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES
from rule_cases import SMOOTH
from test_complex import REAL_ONLY

few = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
ULPS = 32
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
filled = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=3)
layouts = st.sampled_from(["plain", "back", "turned", "gaps"])
reals = st.sampled_from([np.float64, np.float32])
dtypes = st.sampled_from([np.float64, np.float32, np.complex128])
seeds = st.integers(0, 2**32 - 1)


def laid_out(x: Any, layout: str) -> Any:
    """The same numbers in memory of another order."""
    if not x.ndim or layout == "plain":
        return x
    if layout == "back":
        turn = tuple(slice(None, None, -1) for _ in x.shape)
        return np.ascontiguousarray(x[turn])[turn]
    if layout == "turned":
        return np.asfortranarray(x)
    spread = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    spread[..., ::2] = x
    return spread[..., ::2]


def uniform(rng: Any, low: float, high: float, shape: Any, dtype: Any, layout: str) -> Any:
    x = rng.uniform(low, high, shape)
    x = x * np.exp(1j * rng.uniform(0.1, 0.6, shape)) if dtype is np.complex128 else x
    return laid_out(np.asarray(x).astype(dtype), layout)


def check_complex(f: Callable[..., Any], args: list[Any], seed: int) -> None:
    """Reverse mode is the transpose of forward mode, Re Σ ȳ ẏ = Re Σ x̄ ẋ, and both give one second derivative."""
    rng = np.random.default_rng(seed)

    def draw(x: Any) -> Any:
        drawn = rng.standard_normal(x.shape)
        return np.asarray(drawn + 1j * rng.standard_normal(x.shape) if x.dtype.kind == "c" else drawn)[()]

    v, w = tuple(map(draw, args)), tuple(map(draw, args))
    y, y_dot = dl.forward.jvp(f, tuple(args), v)
    bar = draw(y)
    x_bar = dl.reverse.vjp(f, *args)[1](bar)
    total = lambda left, right: sum(np.sum(a * b).real for a, b in zip(left, right, strict=True))
    size = lambda left, right: sum(np.sum(np.abs(a * b)) for a, b in zip(left, right, strict=True))
    assert [b.dtype for b in x_bar] == [x.dtype for x in args]
    assert abs(total([bar], [y_dot]) - total(x_bar, v)) <= 4 * ULPS * np.spacing(size([bar], [y_dot]) + size(x_bar, v))
    scalar = lambda *args: (lambda y: xp.sum(xp.real(y * y * bar)))(f(*args))
    gradient = dl.reverse.grad(scalar, tuple(range(len(args))))
    ways = [mode.jvp(gradient, tuple(args), w)[1] for mode in (dl.forward, dl.reverse)]
    once = lambda *args: dl.forward.jvp(scalar, args, v)[1]
    ways_by_push = [dl.forward.jvp(once, tuple(args), w)[1]]
    found = [*(total(way, v) for way in ways), *map(float, ways_by_push)]
    bound = 64 * ULPS * np.spacing(1 + max(size(way, v) for way in ways) + abs(scalar(*args)) * 4)
    assert max(found) - min(found) <= bound


def check(f: Callable[..., Any], args: list[Any], seed: int) -> None:
    """The result has a derivative by both modes that is one map, of the right dtype, and meets the truth."""
    if any(x.dtype == np.complex128 for x in args):
        check_complex(f, args, seed)
        return
    for x, bar in zip(args, dl.reverse.vjp(f, *args)[1](np.ones_like(f(*args))), strict=True):
        assert bar.shape == x.shape
        assert bar.dtype == x.dtype
    single = 2**29 if any(x.dtype == np.float32 for x in args) else 1  # the units of checks are those of doubles
    check_adjoint(dl.forward, dl.reverse, f, tuple(args), seed, ULPS * single)
    size = sum(x.size for x in args)
    if not 0 < size <= 8 or args[0].dtype != np.float64 or not np.size(f(*args)):
        return
    rng = np.random.default_rng(seed)
    directions = tuple(np.asarray(rng.standard_normal(x.shape))[()] for x in args)
    value, pushed = dl.forward.jvp(f, tuple(args), directions)
    exact = dl.truth.jvp(f, tuple(args), directions)[1]
    spread = sum(np.max(np.abs(v), initial=0) for v in directions)
    bound = np.max(np.abs(exact.value), initial=0) + spread * (np.max(np.abs(value), initial=0) + 1) * 4
    assert np.all(np.abs(pushed - exact.value) <= 8 * ULPS * np.spacing(bound))
    check_order_two(f, args, directions, rng)


def check_order_two(f: Callable[..., Any], args: list[Any], directions: Any, rng: Any) -> None:
    weights = rng.uniform(0.5, 1.5, np.shape(f(*args)))

    def scalar(*args: Any) -> Any:
        y = f(*args)
        return xp.sum(y * y * weights)

    products = [mode.hvp(scalar, tuple(args), directions) for mode in (dl.forward, dl.reverse)]
    products = [p if isinstance(p, tuple) else (p,) for p in products]
    exact = dl.truth.directional(scalar, tuple(args), directions, 2)
    for product in products:
        found = sum(np.sum(h * v) for h, v in zip(product, directions, strict=True))
        scale = sum(np.sum(np.abs(h * v)) for h, v in zip(product, directions, strict=True)) + scalar(*args) + 1
        assert abs(found - float(exact.value)) <= 64 * ULPS * np.spacing(abs(scale))


# Elementwise primitives, where the table draws them.

ELEMENTWISE = {
    case.name: case
    for case in SMOOTH
    if not case.params and case.name not in ("concat", "matmul", "where", "matrix_transpose", "gammainc", "gammaincc")
    and {shape for _, _, shape in case.draw} == {()}
}  # fmt: skip
each = pytest.mark.parametrize("name", sorted(ELEMENTWISE))


@each
def test_elementwise(name: str) -> None:
    case = ELEMENTWISE[name]
    count = len(case.draw)

    @few
    @given(
        hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=3, max_side=3),
        reals if name in REAL_ONLY else dtypes,
        layouts,
        seeds,
    )
    def test(drawn: Any, dtype: Any, layout: str, seed: int) -> None:
        rng = np.random.default_rng(seed)
        args = [
            uniform(rng, low, high, shape, dtype, layout)[()]
            for (low, high, _), shape in zip(case.draw, drawn.input_shapes, strict=True)
        ]
        check(lambda *args: PRIMITIVES[name](*args), args, seed)

    test()


@few
@given(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3), dtypes, layouts, seeds)
def test_where(drawn: Any, dtype: Any, layout: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    condition = rng.random(drawn.input_shapes[0]) < 0.5
    args = [uniform(rng, 0.5, 2, shape, dtype, layout)[()] for shape in drawn.input_shapes[1:]]
    check(lambda x, y: xp.where(condition, x, y), args, seed)


# Reductions, sums that run, order.


def _apart(x: Any) -> Any:
    """Entries whose order no step changes."""
    return x + np.arange(x.size, dtype=x.dtype).reshape(x.shape)


ALONG: dict[str, Callable[..., Any]] = {
    "sum": lambda x, axis, keep: xp.sum(x, axis=axis, keepdims=keep),
    "mean": lambda x, axis, keep: xp.mean(x, axis=axis, keepdims=keep),
    "prod": lambda x, axis, keep: xp.prod(x, axis=axis, keepdims=keep),
    "var": lambda x, axis, keep: xp.var(x, axis=axis, keepdims=keep),
    "max": lambda x, axis, keep: xp.max(_apart(x), axis=axis, keepdims=keep),
    "min": lambda x, axis, keep: xp.min(_apart(x), axis=axis, keepdims=keep),
    "logsumexp": lambda x, axis, keep: dl.special.logsumexp(x, axis=axis, keepdims=keep),
    "softmax": lambda x, axis, keep: dl.special.softmax(x, axis=axis),
}


@pytest.mark.parametrize("name", ALONG)
def test_reductions(name: str) -> None:
    @few
    @given(filled, st.data(), dtypes, layouts, seeds)
    def test(shape: Any, data: Any, dtype: Any, layout: str, seed: int) -> None:
        dtype = (
            np.float64 if dtype is np.complex128 and name in ("max", "min", "logsumexp", "softmax", "var") else dtype
        )
        axes = data.draw(st.none() | hnp.valid_tuple_axes(len(shape), min_size=1))
        keep = data.draw(st.booleans())
        x = uniform(np.random.default_rng(seed), 0.5, 2, shape, dtype, layout)
        check(lambda x: ALONG[name](x, axes, keep), [x], seed)

    test()


RUNNING: dict[str, Callable[..., Any]] = {
    "cumulative_sum": lambda x, axis: xp.cumulative_sum(x, axis=axis),
    "cumulative_prod": lambda x, axis: xp.cumulative_prod(x, axis=axis, include_initial=True),
    "diff": lambda x, axis: xp.diff(x, axis=axis),
    "sort": lambda x, axis: xp.sort(_apart(x), axis=axis, descending=True),
    "take_along_axis": lambda x, axis: xp.take_along_axis(x, xp.argsort(_apart(x), axis=axis), axis=axis),
    "flip": lambda x, axis: xp.flip(x, axis=axis),
    "roll": lambda x, axis: xp.roll(x, 2, axis=axis),
    "repeat": lambda x, axis: xp.repeat(x, 2, axis=axis),
    "concat": lambda x, axis: xp.concat([x, 2 * x, x * x], axis=axis),
    "stack": lambda x, axis: xp.stack([x, x * x], axis=axis),
    "unstack": lambda x, axis: sum(xp.unstack(x, axis=axis)),
    "expand_dims": lambda x, axis: xp.expand_dims(x, axis=axis),
    "moveaxis": lambda x, axis: xp.moveaxis(x, axis, 0),
}


@pytest.mark.parametrize("name", RUNNING)
def test_along_an_axis(name: str) -> None:
    @few
    @given(filled, st.data(), dtypes, layouts, seeds)
    def test(shape: Any, data: Any, dtype: Any, layout: str, seed: int) -> None:
        axis = data.draw(st.integers(-len(shape), len(shape) - 1))
        dtype = np.float64 if dtype is np.complex128 and name in ("sort", "take_along_axis") else dtype
        x = uniform(np.random.default_rng(seed), 0.5, 2, shape, dtype, layout)
        check(lambda x: RUNNING[name](x, axis), [x], seed)

    test()


# Shapes, indices, writing.

SHAPING: dict[str, Callable[..., Any]] = {
    "reshape": lambda x: xp.reshape(x, (-1,)),
    "permute_dims": lambda x: xp.permute_dims(x, tuple(reversed(range(x.ndim)))),
    "broadcast_to": lambda x: xp.broadcast_to(x, (2, *x.shape)),
    "tile": lambda x: xp.tile(x, (2,)),
    "astype": lambda x: xp.astype(x, np.complex128 if x.dtype == np.complex128 else np.float64) * x,
    "index": lambda x: x[..., None],
}


@pytest.mark.parametrize("name", SHAPING)
def test_shapes(name: str) -> None:
    @few
    @given(shapes, dtypes, layouts, seeds)
    def test(shape: Any, dtype: Any, layout: str, seed: int) -> None:
        x = uniform(np.random.default_rng(seed), 0.5, 2, shape, dtype, layout)[()]
        if math.prod(shape):
            check(SHAPING[name], [x], seed)
        else:
            assert dl.reverse.vjp(SHAPING[name], x)[1](SHAPING[name](x))[0].shape == shape

    test()


@pytest.mark.parametrize("name", ["tril", "triu", "matrix_transpose"])
def test_matrices(name: str) -> None:
    @few
    @given(hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=3), dtypes, layouts, seeds)
    def test(shape: Any, dtype: Any, layout: str, seed: int) -> None:
        check(getattr(xp, name), [uniform(np.random.default_rng(seed), 0.5, 2, shape, dtype, layout)], seed)

    test()


@settings(parent=few, max_examples=60)
@given(filled, st.data(), dtypes, layouts, seeds)
def test_indices(shape: Any, data: Any, dtype: Any, layout: str, seed: int) -> None:
    key = data.draw(
        hnp.basic_indices(shape, allow_newaxis=True) | hnp.integer_array_indices(shape) | hnp.arrays(bool, shape)
    )
    x = uniform(np.random.default_rng(seed), 0.5, 2, shape, dtype, layout)
    check(lambda x: x[key] * 1, [x], seed)


@settings(parent=few, max_examples=60)
@given(filled, st.data(), dtypes, layouts, seeds)
def test_writing(shape: Any, data: Any, dtype: Any, layout: str, seed: int) -> None:
    key = data.draw(hnp.basic_indices(shape) | hnp.integer_array_indices(shape) | hnp.arrays(bool, shape))
    rng = np.random.default_rng(seed)
    x = uniform(rng, 0.5, 2, shape, dtype, layout)
    region = np.shape(x[key])
    entries = uniform(rng, 0.5, 2, data.draw(st.sampled_from([region, (), region[-1:]])), dtype, layout)[()]

    def write(x: Any, entries: Any) -> Any:
        y = x * 1
        y[key] = entries
        return y * x

    check(write, [x, entries], seed)


@settings(parent=few, max_examples=40)
@given(
    hnp.mutually_broadcastable_shapes(signature="(m?,n),(n,k?)->(m?,k?)", max_dims=2, max_side=3),
    dtypes,
    layouts,
    seeds,
)
def test_products(drawn: Any, dtype: Any, layout: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    check(xp.matmul, [uniform(rng, 0.5, 2, shape, dtype, layout) for shape in drawn.input_shapes], seed)


@few
@given(hnp.mutually_broadcastable_shapes(signature="(n),(n)->()", max_dims=2, max_side=3), dtypes, layouts, seeds)
def test_vecdot(drawn: Any, dtype: Any, layout: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    check(xp.vecdot, [uniform(rng, 0.5, 2, shape, dtype, layout) for shape in drawn.input_shapes], seed)
