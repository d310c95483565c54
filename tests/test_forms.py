"""What is printed otherwise than one operation a line: blocks, slices put together, contractions, checks."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import derivlab as dl
from derivlab.array import surface as xp
from derivlab.graph.passes.optimise import optimise
from derivlab.graph.printing import blocks, checks, contractions, memory
from derivlab.graph.printing.plan import FORMS
from derivlab.method.program import Program, Variant
from test_compiled import check_equal

N = 40


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every form is worth it from the smallest sizes on, and blocks have few entries."""
    monkeypatch.setattr(blocks, "WORTH_BLOCKS", N)
    monkeypatch.setattr(blocks, "FEWEST_KEPT", 1)
    monkeypatch.setattr(blocks, "ENTRIES", (8, 16))
    monkeypatch.setattr(contractions, "WORTH_CONTRACTING", 2)
    monkeypatch.setattr(memory, "WORTH_REUSING", 2)
    monkeypatch.setattr(checks, "FEWEST_SAVED", 1)


def program_of(f: Any, *args: Any, operator: str = "value_and_grad", mode: str = "reverse") -> Variant:
    return Program(dl.methods[mode], operator, f).record(args)


def check(f: Any, *args: Any, operator: str = "value_and_grad", mode: str = "reverse", ulps: float = 64) -> str:
    """A program is the eager method, twice, leaves arguments and its own answers alone; its source."""
    method, given = dl.methods[mode], copy.deepcopy(args)
    expected = method.value_and_grad(f)(*args) if operator == "value_and_grad" else getattr(method, operator)(f, *args)
    variant = program_of(f, *args, operator=operator, mode=mode)
    first = variant.run(*args)
    kept, second = copy.deepcopy(first), variant.run(*args)
    check_equal(first, expected, ulps)
    check_equal((first, second), (kept, kept), 0)
    check_equal(args, given, 0)
    return variant.source.text


# Random programs over several shapes.

UNARY = [
    xp.sin,
    xp.exp,
    xp.negative,
    lambda a: a * 2.0,
    lambda a: 1 - a,
    lambda a: a * a,
    xp.abs,
    lambda a: xp.where(a > 0.3, a, -a),
]
BINARY = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (2 + b * b), xp.maximum]
SHAPES: list[tuple[int, ...]] = [(N,), (N + 3,), (5, N), (N, 3), (2, 7, 5), (1, N)]
lines = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=14)


def run(plan: Any, x: Any) -> list[Any]:
    values = [x]
    size = x.shape[0]
    for code, i, j in plan:
        a, b = values[i % len(values)], values[j % len(values)]
        a = xp.sin(a)  # keeps the numbers moderate
        if code < 8:
            values.append(UNARY[code](a))
        elif code < 13:
            values.append(BINARY[code - 8](a, b))
        elif code == 13:
            values.append(a * xp.sum(b * b) * 0.1)
        elif code == 14 and size > 1:
            values.append(xp.concat([a[1:] * b[:-1], b[:1]]))
        else:
            values.append(a + xp.sum(a * b, axis=0) * 0.1)
    return values


@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
@given(lines, st.sampled_from(SHAPES), st.integers(0, 1000))
def test_random_programs_agree(plan: Any, shape: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, v = rng.uniform(-1, 1, shape), rng.standard_normal(shape)
    total = lambda x: sum(xp.sum(y * (0.5 + k)) for k, y in enumerate(run(plan, x)[-3:]))
    check(total, x, ulps=4096)
    last = lambda x: tuple(run(plan, x)[-2:])
    check(last, (x,), (v,), operator="jvp", mode="forward", ulps=4096)


SWITCHED = {
    "blocks": ("for start in", lambda x: xp.sum(xp.exp(xp.sin(x * 0.5) * x) * 0.25)),
    "contractions": ("einsum", lambda x: xp.sum(xp.sin(xp.sum(x[:, :7] * x[:, 1:8], axis=0)))),
    "checks": ("1e+40", lambda x: xp.sum(x[0, 1:] * x[1, :-1])),
    "assembly": ("np.empty", lambda x: xp.sum(x[1:, 0] * x[:-1, 1] * x[1:, 1]) + xp.sum(x[1:] * x[:-1])),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_can_be_switched_off(name: str) -> None:
    mark, f = SWITCHED[name]
    x = np.random.default_rng(0).uniform(-1, 1, (5, N))
    variant = program_of(f, x, operator="grad")
    assert mark in variant.source.text
    variant.graph = optimise(variant.recorded, without=[name])
    source = variant.print()
    assert mark not in source.text
    check_equal(source.compile()(x), dl.reverse.grad(f)(x), 64)


# Blocks.


def wave(x: Any) -> Any:
    y = xp.sin(x) * 0.5
    return xp.where(y > 0.1, xp.exp(y) * x, y * y - x)


@pytest.mark.parametrize(
    "shape", [(N,), (N + 1,), (3 * N + 5,), (N, 1), (1, N), (2, N), (3, 4, 5), (N, N), (2, 100, 2)]
)
@pytest.mark.parametrize("layout", ["plain", "strided", "backwards", "transposed", "broadcast"])
def test_blocks_of_any_shape_and_layout(shape: tuple[int, ...], layout: str) -> None:
    rng = np.random.default_rng(len(shape))
    x = {
        "plain": lambda: rng.uniform(-1, 1, shape),
        "strided": lambda: rng.uniform(-1, 1, tuple(2 * n for n in shape))[tuple(slice(None, None, 2) for _ in shape)],
        "backwards": lambda: rng.uniform(-1, 1, shape)[::-1],
        "transposed": lambda: rng.uniform(-1, 1, shape[::-1]).T,
        "broadcast": lambda: np.broadcast_to(rng.uniform(-1, 1, (*shape[:-1], 1)), shape),
    }[layout]()
    for dtype in (np.float64, np.float32):
        given = x.astype(dtype) if dtype == np.float32 else x
        text = check(wave, (given,), (given,), operator="jvp", mode="forward")
        assert "for start in range(0, " in text
        assert check(lambda x: xp.sum(wave(x) * wave(2 * x)), given).count("for start in") >= 1


def test_blocks_with_operands_of_other_shapes() -> None:
    rng = np.random.default_rng(3)
    captured, row, column = rng.uniform(-1, 1, (12, N)), rng.uniform(-1, 1, N), rng.uniform(-1, 1, (12, 1))
    f = lambda x, s: xp.sin(x * captured) * row - column * x.T.T + s * (x > 0.1) + captured
    x = rng.uniform(-1, 1, (12, N))
    text = check(f, (x, 0.5), (x, 1.5), operator="jvp", mode="forward")
    assert text.count("for start in") == 1
    check(lambda x: xp.sum(f(x, 0.5) * f(x.T.T, 2.0)), x)


def test_a_loop_within_blocks() -> None:
    f = dl.spec("logistic-map", n=40).function
    x = np.random.default_rng(4).uniform(0.7499, 0.7501, 3 * N)
    text = check(f, (x,), (x,), operator="jvp", mode="forward", ulps=1e6)
    assert "for start in" in text
    assert "    for _ in range(" in text


def test_what_depends_on_a_sum_comes_after_the_block() -> None:
    def f(x: Any) -> Any:
        y = xp.exp(xp.sin(x * 0.5) * 0.3) * x
        z = xp.cos(xp.sin(y * xp.sum(y)) * y + x) * y
        return xp.sum(xp.sin(z) * z - x) + xp.sum(z[1:] * xp.sum(z, axis=0))

    assert check(f, np.linspace(-1, 1, 3 * N), ulps=4096).count("in range(0, ") >= 2


def test_a_branch_on_a_blocked_result() -> None:
    def f(x: Any) -> Any:
        y = xp.sin(xp.exp(x * 0.5) * x) * x
        return y * 2 if xp.all(y < 0.5) else xp.cos(y) * y

    program = dl.methods["forward-compiled"]
    for x in (np.full(N, 0.1), np.full(N, 1.0), np.linspace(0, 1, N)):
        check_equal(program.jvp(f, (x,), (x,)), dl.forward.jvp(f, (x,), (x,)), 64)


# Slices.

KEYS = [slice(1, None), slice(None, -1), slice(2, 5), slice(None, None, 2), slice(None, None, -1), slice(3, 3), 0, -1,
        slice(N - 2, None), slice(None)]  # fmt: skip


@pytest.mark.parametrize("first", KEYS, ids=str)
@pytest.mark.parametrize("second", KEYS, ids=str)
def test_sums_of_two_slices(first: Any, second: Any) -> None:
    f = lambda x: xp.sum(xp.sin(x[first]) * x[first]) + 2 * xp.sum(xp.cos(x[second] * x[1])) + xp.sum(x[2:4] ** 3)
    check(f, np.linspace(-1, 1, N), ulps=4096)
    check(lambda x: f(x[:, 1]) + f(x[:, 0]) * xp.sum(x[first]), np.linspace(-1, 2, 2 * N).reshape(N, 2), ulps=4096)


def test_a_slice_is_computed_where_it_belongs() -> None:
    text = check(lambda x: xp.sum(xp.exp(x[1:] * x[:-1])), np.linspace(-1, 1, N))
    assert "np.zeros" not in text
    assert "out=" in text


def test_a_slice_that_is_read_later_stays_as_it_was() -> None:
    def f(x: Any) -> Any:
        return xp.sum((x[1:] - x[:-1] ** 2) ** 2)

    x, v = np.linspace(-1, 1, N), np.linspace(1, 2, N)
    along = lambda x, v: xp.sum(dl.reverse.grad(f)(x) * v) + xp.sum(dl.reverse.grad(f)(v)[3:] * x[3:])
    check_equal(dl.methods["reverse-compiled"].grad(along, (0, 1))(x, v), dl.reverse.grad(along, (0, 1))(x, v), 256)


@pytest.mark.parametrize("width", [2, 4, 8])
def test_a_sign_in_a_column(width: int) -> None:
    x = np.random.default_rng(width).uniform(-1, 1, (N, width))
    check(lambda x: -0.5 * xp.sum(x[:, 0] ** 2), x)
    check(lambda x: xp.sum(-x[:, 0] * x[:, 1]), x)


# Contractions and gathers.


@pytest.mark.parametrize("axis", [0, 1, 2, (0, 1), (0, 2), (1, 2), None])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_of_products_over_any_axes(axis: Any, keepdims: bool) -> None:
    x = np.random.default_rng(5).uniform(-1, 1, (4, 5, 6))
    text = check(lambda x: xp.sum(xp.sin(xp.sum(x * (x + 1), axis=axis, keepdims=keepdims))), x)
    assert ("einsum" in text) == (axis in (0, 1, (0, 1)) and not keepdims)
    check(lambda x: xp.sum(xp.sin(xp.sum(x**2, axis=axis, keepdims=keepdims)) * xp.sum(x**2)), x)


@pytest.mark.parametrize("places", [[0, 2, 1], [2, 0, 3], [0, 0, 1], [-1, 1, 0], [3, 1, 2, 0], [1, 1]], ids=str)
@pytest.mark.parametrize("axis", [0, 1])
def test_parts_that_are_picked_by_places(places: list[int], axis: int) -> None:
    weights = np.arange(1.0, 1.0 + 3 * len(places))

    def f(x: Any) -> Any:
        entries = xp.concat([xp.exp(x[:2]), x[2:3], x[3:] ** 2], axis=0)
        entries = entries if axis == 0 else entries.T
        picked = xp.take(entries, np.array(places), axis=axis)
        return xp.sum(xp.reshape(picked, (-1,)) * weights)

    check(f, np.random.default_rng(6).uniform(-1, 1, (4, 3)))


def test_a_permutation_is_gathered_back() -> None:
    f = lambda x: xp.sum(xp.concat([xp.exp(x), x])[np.array([3, 0, 2, 1])] * np.array([1.0, 2.0, 3.0, 4.0]))
    assert "scatter" not in check(f, np.array([0.5, -0.5]))


# Checks.


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e25, 1e155, 1e200, 1e308])
@pytest.mark.parametrize("place", [0, 1, N - 1])
def test_values_that_are_no_numbers_are_seen_as_before(bad: float, place: int) -> None:
    f = lambda x: xp.sum((x[1:] - x[:-1] ** 2) ** 2 - 3 * x[1:] ** 3) - xp.sum(x * x * x)  # inf − inf where huge
    x = np.linspace(-1, 1, N)
    variant = program_of(f, x, operator="grad")
    assert "1e+40" in variant.source.text
    with np.errstate(all="raise"):
        check_equal(variant.run(x), dl.reverse.grad(f)(x), 64)
    variant.graph = optimise(variant.recorded, without=["checks"])
    plain = variant.print().compile()
    x[place] = bad
    with np.errstate(all="ignore"):
        found, expected = (outcome(run, x) for run in (variant.run, plain))
        lost = bool(np.isnan(f(x)))
    assert (found is None) == (expected is None)
    assert found is None or not lost
    if found is not None:
        check_equal(found, expected, 64)


def outcome(run: Any, x: Any) -> Any:
    try:
        return run(x)
    except NotImplementedError:
        return None


@pytest.mark.parametrize(
    "f",
    [
        lambda x: xp.sum(xp.log(x * x * x) * x - xp.log(x) * x),
        lambda x: xp.sum(x**3 / x * x - x * x + x),
        lambda x: xp.sum(xp.exp(x * x) * x * x - x),
        lambda x: xp.sum(x**40 * x - x * x + x * x * x),
        lambda x: xp.sum(x * x * x * np.full(3, 1e300) - x * np.full(3, 1e300)),
        lambda x: xp.sum(xp.sqrt(x) * x * x * x),
    ],
)
def test_what_is_no_polynomial_or_too_steep_is_computed(f: Any) -> None:
    assert "1e+40" not in program_of(f, np.array([0.5, 0.7, 0.9]), operator="grad").source.text
