"""Compiled derivatives: equal to the eager ones on every branch, for every kind of argument, owned by the caller."""

from __future__ import annotations

import copy
import enum
import functools
import pickle
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derivlab as dl
from derivlab import special, truth
from derivlab.array import surface as xp
from derivlab.errors import ArgumentError
from derivlab.measure.size import size_of_derivative, size_of_function
from derivlab.method.problem import flatten
from derivlab.method.program import MANY_VARIANTS
from programs import Program, point, programs, seeds

MODES = ["forward", "reverse"]
modes = pytest.mark.parametrize("mode", MODES)
X3, Y3 = np.array([0.3, -0.7, 1.2]), np.array([1.1, 0.4, -0.2])
SQUARE = np.array([[0.5, -1.5], [2.0, 0.25]])


def check_equal(found: Any, expected: Any, ulps: float = 16) -> None:
    """Equal structures, shapes and dtypes; values within ``ulps`` of the largest entry."""
    (left, left_tree), (right, right_tree) = flatten(found), flatten(expected)
    assert left_tree == right_tree
    for a, b in zip(left, right, strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a).dtype == np.asarray(b).dtype
        assert np.array_equal(np.isfinite(a), np.isfinite(b)), f"{a} for {b}"
        finite = np.isfinite(b)
        largest = np.max(np.abs(b), where=finite, initial=0.0)
        assert np.all(np.abs(np.subtract(a, b, where=finite, out=np.zeros(np.shape(b)))) <= ulps * np.spacing(largest))
        assert np.array_equal(np.where(finite, 0, a), np.where(finite, 0, b), equal_nan=True)


def check_calls(mode: str, f: Any, *calls: tuple[Any, ...], operator: str = "value_and_grad", argnums: Any = 0) -> Any:
    """One program, called in turn with each tuple of arguments, is the eager method each time."""
    compiled, eager = dl.methods[f"{mode}-compiled"], dl.methods[mode]
    make = lambda method: getattr(method, operator)(f, *([] if operator == "derivative" else [argnums]))
    program = make(compiled)
    for args in [*calls, calls[0]]:
        with np.errstate(all="ignore"):
            check_equal(program(*args), make(eager)(*args))
    return program


# Agreement on the catalogue.


@modes
@pytest.mark.parametrize("operator", ["own", "jvp", "jacobian"])
@pytest.mark.parametrize("name", dl.catalogue())
def test_specs_agree(name: str, operator: str, mode: str) -> None:
    spec = dl.spec(name)
    operators = ["derivative"] if spec.operator == "derivative" else ["grad", "value_and_grad"]
    if operator == "jvp":
        tangents = tuple(flatten_map(lambda x: np.ones_like(x)[()], arg) for arg in spec.args)
        if any(np.asarray(leaf).dtype.kind != "f" for arg in spec.args for leaf in flatten(arg)[0]):
            pytest.skip("an argument that is not real")
        compiled, eager = dl.methods[f"{mode}-compiled"].prepare("jvp", spec.function, spec.args, tangents), None
        eager = dl.methods[mode].jvp(spec.function, spec.args, tangents)
        check_equal(compiled(spec.args, tangents), eager)
        return
    for each in operators if operator == "own" else ["jacobian"]:
        if mode == "forward" and sum(np.size(x) for arg in spec.args for x in flatten(arg)[0]) > 200:
            pytest.skip("one run of the function for each of hundreds of inputs")
        argnums = {} if each == "derivative" else {"argnums": spec.argnums}
        compiled = dl.methods[f"{mode}-compiled"].prepare(each, spec.function, *spec.args, **argnums)
        check_equal(compiled(*spec.args), getattr(dl.methods[mode], each)(spec.function, **argnums)(*spec.args))


def flatten_map(function: Any, tree: Any) -> Any:
    import optree

    return optree.tree_map(function, tree)


@pytest.mark.parametrize("name", dl.catalogue())
def test_gradients_cost_at_most_four_functions(name: str) -> None:
    """The cheap gradient principle, by count of operations of the optimised program.

    The rule of a single primitive may take more: 9 for tanh′ with its digits in the tails, 7 for maximum and its ties.
    """
    spec = dl.spec(name)
    function = size_of_function(spec.function, *spec.args, argnums=spec.argnums)
    gradient = size_of_derivative(
        dl.methods["reverse-compiled"], spec.function, *spec.args, operator="grad", argnums=spec.argnums
    )
    assert gradient is not None
    assert gradient.operations <= 4 * function.operations + 6


# Random programs with branches on values.

KINDS = ["sign", "loop", "argmax", "mask", "transposed mask", "sort", "nested", "where"]


@dataclass(frozen=True)
class Branching:
    """Two random programs, joined by something that depends on values."""

    kind: str
    left: Program
    right: Program

    def __call__(self, x: Any) -> Any:
        space, y, z = dl.array_namespace(x), self.left(x), self.right(x)
        if self.kind == "sign":
            return self.left.total(x) if x[0] > 0 else self.right.total(x) * x[1]
        if self.kind == "loop":
            v, scale = space.sum(x * x), space.sum(z)
            while v > 0.4:
                v, scale = v * 0.6, scale * 0.5 + x[1]
            return scale * v
        if self.kind == "argmax":
            return y[space.argmax(x)] * z[space.argmin(x)]
        if self.kind == "mask":
            return space.sum(y[x > 0]) + space.sum(z) * x[2]
        if self.kind == "transposed mask":
            return space.sum((space.reshape(x, (3, 1)) * y)[(space.reshape(x, (3, 1)) * x > 0).T])
        if self.kind == "sort":
            return space.sum(space.sort(x) * z)
        if self.kind == "nested":
            if x[0] > x[1]:
                return space.sum(y * x) if x[2] > 0.5 else y[1] * 2
            return space.sum(z[1:]) if x[1] > 0 else z[0] / 3
        return space.sum(space.where(x > 0, y, z))


branching = st.builds(Branching, st.sampled_from(KINDS), programs, programs)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(branching, seeds)
def test_random_programs_with_branches_agree(f: Branching, seed: int) -> None:
    """Compiled at one point, and right at four others, whatever branches they take."""
    mode = MODES[seed % 2]
    program = dl.methods[f"{mode}-compiled"].value_and_grad(f)
    for offset in range(5):
        x = point((seed + offset) % 2**32)
        value, gradient = dl.methods[mode].value_and_grad(f)(x)
        found_value, found = program(x)
        scale = 1 + np.max(np.abs(gradient)) + np.abs(value)
        assert np.abs(found_value - value) <= 256 * np.spacing(scale)
        assert np.all(np.abs(found - gradient) <= 256 * np.spacing(scale))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(branching, seeds)
def test_random_programs_with_branches_meet_the_enclosure(f: Branching, seed: int) -> None:
    kind = "argmax" if f.kind == "sort" else f.kind  # enclosures are not sorted
    f = Branching(kind, Program(f.left.lines[:3]), Program(f.right.lines[:3]))
    program = dl.methods["reverse-compiled"].grad(f)
    for offset in range(3):
        x = point((seed + offset) % 2**32)
        exact, condition = truth.grad(f)(x), truth.condition(f)(x)
        kappa = np.where(np.isfinite(condition), condition, 0.0)
        largest = np.spacing(np.max(np.abs(exact.value), initial=abs(f(x))))  # a sum that cancels loses of its terms
        assert np.all(np.abs(program(x) - exact.value) <= 256 * (1 + kappa) * largest)


# Guards.


@modes
def test_shapes_dtypes_and_scalars_are_told_apart(mode: str) -> None:
    f = lambda x: xp.sum(xp.sin(x) * x * 0.1)
    points = [X3, X3.astype(np.float32), SQUARE, np.zeros(0), np.array(2.0), np.float64(0.5), 0.5, np.float32(0.5)]
    program = check_calls(mode, f, *[(x,) for x in points])
    assert len(program.variants) == len(points)
    program(pickle.loads(pickle.dumps(X3)))  # its dtype is equal, and another object
    assert len(program.variants) == len(points)


@modes
def test_static_arguments_are_told_apart(mode: str) -> None:
    def f(x: Any, how: Any) -> Any:
        if how is None:
            return x * 2
        if how is True:
            return x * 3
        return x * len(how) if isinstance(how, (str, tuple, list)) else x * how

    check_calls(mode, f, *[(2.0, how) for how in (None, True, False, 1, 2, 1.0, "ab", "abc", (), [])])


@modes
def test_containers_are_told_apart(mode: str) -> None:
    f = lambda p: sum((i + 1) * xp.sum(leaf) ** 2 for i, leaf in enumerate(flatten(p)[0]))
    check_calls(
        mode, f, ({"a": 1.0},), ({"b": 1.0},), ({"a": 1.0, "b": 2.0},), ([1.0, 2.0],), ((1.0, 2.0),), ([X3, 1.0],)
    )


@modes
@pytest.mark.parametrize(
    ("f", "args", "argnums"),
    [
        (lambda p: p["a"]["b"] * 2 + p["a_b"] * 3, ({"a": {"b": 1.0}, "a_b": 5.0},), 0),
        (lambda x, x_0: x[0] * x[1] * x_0, ([1.0, 2.0], 5.0), (0, 1)),
        (lambda p: p["a b"] * 2 * p["a_b"], ({"a b": 3.0, "a_b": 5.0},), 0),
        (lambda p: p[1] * 2 * p[-1], ({1: 3.0, -1: 5.0},), 0),
        (lambda p: p["é"] * 2 * p["è"] ** 2, ({"é": 3.0, "è": 5.0},), 0),
        (lambda n: n["p"] * 2 * X3[0], ({"p": 3.0},), 0),
    ],
)
def test_leaves_whose_paths_read_alike_are_told_apart(f: Any, args: tuple[Any, ...], argnums: Any, mode: str) -> None:
    check_calls(mode, f, args, argnums=argnums)


@modes
def test_index_arrays_that_the_caller_changes(mode: str) -> None:
    index = np.array([0, 1])
    f = lambda x, i: xp.sum(x[i] ** 2)
    program = dl.methods[f"{mode}-compiled"].grad(f)
    for picked in ([0, 1], [1, 2], [2, 2], [0, 1]):
        index[:] = picked
        check_equal(program(X3, index), dl.methods[mode].grad(f)(X3, index))


@modes
def test_data_may_become_plain_numbers(mode: str) -> None:
    """float(), int() and numpy.asarray of an argument that is not differentiated: a guard on its value."""
    check_calls(mode, lambda x, n: x ** int(n), (1.5, np.int64(3)), (1.5, np.int64(4)), (1.5, np.array(2)))
    check_calls(mode, lambda x, y: x * float(y), (1.5, 2.0), (1.5, 3.0))
    check_calls(mode, lambda x, y: xp.sum(x * np.sort(np.asarray(y))), (X3, Y3), (X3, -Y3))
    check_calls(mode, lambda x, n: xp.sum(x[:n] ** 2), (X3, np.int64(2)), (X3, np.int64(1)))
    check_calls(mode, lambda x, y: x if float(y) != float(y) else 2 * x, (1.5, np.nan), (1.5, 1.0))
    with pytest.raises(dl.errors.DerivativeLostError):
        dl.methods[f"{mode}-compiled"].grad(lambda x: x * float(x))(2.0)


@modes
def test_data_guards(mode: str) -> None:
    """Masks and indices made of data, transposed or sliced: other data, another program."""
    flipped = SQUARE * [[1, -1], [-1, 1]]
    check_calls(mode, lambda x, w: xp.sum((x * x)[(w > 0).T]), (SQUARE, SQUARE), (SQUARE, flipped))
    check_calls(mode, lambda x: xp.sum((x * x)[(x > 0).T]), (SQUARE,), (flipped,))
    rows = np.array([[0, 1], [0, 0]])
    check_calls(mode, lambda x, i: xp.sum(x[i.T, 0] * SQUARE), (SQUARE, rows), (SQUARE, rows.T))
    check_calls(mode, lambda x: xp.sum(x[: xp.argmax(x)]), (X3,), (-X3,), (X3[::-1],))


@modes
def test_captured_arrays_are_constants(mode: str) -> None:
    """A program keeps what the function captured as it was when it was recorded."""
    captured = X3.copy()
    program = dl.methods[f"{mode}-compiled"].prepare("grad", lambda x: xp.sum(x * captured * captured), Y3)
    before = program(Y3)
    captured[:] = 0
    check_equal(program(Y3), before)


def test_many_variants_warn_and_name_the_branch() -> None:
    f = lambda x: x * int(xp.floor(x))
    program = dl.methods["reverse-compiled"].grad(f)
    for k in range(MANY_VARIANTS):
        assert program(k + 0.5) == k
    with pytest.warns(UserWarning, match=r"recorded 33 times.*test_compiled\.py:\d+"):
        program(MANY_VARIANTS + 0.5)
    assert [program(k + 0.25) for k in range(40)] == list(range(40))
    assert len(program.variants) == 40


def test_programs_nest_in_eager_derivatives() -> None:
    compiled, eager = dl.methods["reverse-compiled"], dl.reverse
    for outer in (dl.forward, dl.reverse):
        assert outer.derivative(compiled.grad(lambda x: x**3))(2.0) == 12.0
        assert outer.derivative(lambda x: x * compiled.grad(lambda y: x * y)(1.0))(3.0) == 6.0
        inner = compiled.grad(lambda x: xp.sum(x**3))
        inner(X3)
        check_equal(outer.jacobian(inner)(X3), eager.jacobian(eager.grad(lambda x: xp.sum(x**3)))(X3))


def test_what_is_refused_is_refused_in_the_same_words() -> None:
    for wrong in (2, np.array([1, 2]), "x", None):
        with pytest.raises(ArgumentError) as eager:
            dl.reverse.grad(lambda x: x * x)(wrong)
        with pytest.raises(ArgumentError) as compiled:
            dl.methods["reverse-compiled"].grad(lambda x: x * x)(wrong)
        assert str(compiled.value) == str(eager.value)


# Ownership.


def _layers(x: Any, w: Any, b: Any) -> Any:
    h = xp.tanh(x @ w + b)
    k = xp.exp(-h * h) * h.T if x.shape[0] == w.shape[1] else h
    return {"k": k, "x": x, "t": x.T, "same": [k, w], "slice": h[::2], "flat": xp.reshape(h, -1), "constant": ONES}


ONES = np.ones((64, 64))


@modes
def test_answers_belong_to_the_caller(mode: str) -> None:
    """Large enough for memory to be reused: no answer shares memory with another, an input, or a later answer."""
    rng = np.random.default_rng(1)
    args = tuple(rng.standard_normal((64, 64)) for _ in range(3))
    tangents = tuple(rng.standard_normal((64, 64)) for _ in range(3))
    program = dl.methods[f"{mode}-compiled"].prepare("jvp", _layers, args, tangents) if mode == "forward" else None
    if program is None:
        scalar = lambda *a: sum(xp.sum(leaf * leaf) for leaf in flatten(_layers(*a))[0])
        program = dl.methods["reverse-compiled"].prepare("value_and_grad", scalar, *args, argnums=(0, 1, 2))
        call = lambda: program(*args)
    else:
        call = lambda: program(args, tangents)
    given_before, first = copy.deepcopy((args, tangents)), call()
    kept, second = copy.deepcopy(first), call()
    check_equal(first, kept, 0)
    leaves = [leaf for answer in (first, second) for leaf in flatten(answer)[0] if np.ndim(leaf)]
    for i, leaf in enumerate(leaves):
        assert leaf.flags.writeable
        assert not any(np.shares_memory(leaf, other) for other in [*leaves[:i], *args, *tangents, ONES])
        leaf[...] = -7.0
    check_equal(call(), kept, 0)
    check_equal((args, tangents), given_before, 0)
    assert (ONES == 1).all()


@modes
@pytest.mark.parametrize(
    "view",
    [
        lambda a: a.T,
        lambda a: a[::2],
        lambda a: a[:, ::-1],
        lambda a: np.broadcast_to(a[0], a.shape),
        np.asfortranarray,
    ],
)
def test_views_of_any_layout_are_read_and_never_written(view: Any, mode: str) -> None:
    base = np.random.default_rng(2).standard_normal((64, 64))
    x, before = view(base), base.copy()

    def f(x: Any) -> Any:
        y = xp.exp(xp.sin(x) * 2.0 + 1.0)
        z = xp.reshape(y * y, -1)
        return xp.sum(z[::2]) * 1e-3 + xp.sum(y.T * 0.5)

    v = np.ones_like(x)
    program = dl.methods[f"{mode}-compiled"]
    if mode == "forward":
        check_equal(program.jvp(f, (x,), (v,)), dl.forward.jvp(f, (x,), (v,)))
    else:
        check_equal(program.value_and_grad(f)(x), dl.reverse.value_and_grad(f)(x))
    assert np.array_equal(base, before)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(programs, seeds)
def test_reused_memory_changes_nothing(program: Program, seed: int) -> None:
    """The same random programs on 3 × 1000 numbers, where results are written over operands."""
    rng = np.random.default_rng(seed)
    f = lambda x: xp.sum(xp.stack([program(x[:, 0]), program(x[:, 1] * 0.5)]) * 2.0) + xp.sum(wide(x))

    def wide(x: Any) -> Any:
        y = x * 0.5
        for _, i, j in program.lines:
            a, b = (x, y) if i % 2 else (y, x)
            y = xp.sin(a) * b + y if j % 2 else xp.exp(-a * a) - (b + y) / 3.0
        return y

    x = rng.standard_normal((3, 1000))
    before = x.copy()
    compiled = dl.methods["reverse-compiled"].value_and_grad(f)
    for y in (x, x * 0.5, x):
        check_equal(compiled(y), dl.reverse.value_and_grad(f)(y), 256)
    assert np.array_equal(x, before)


# Single numbers.


@modes
@pytest.mark.parametrize(
    ("f", "points"),
    [
        (lambda x: 1 / x, [0.0, 1.0]),
        (lambda x: xp.exp(x) ** 3, [1.0, 1000.0, -1000.0]),
        (lambda x: xp.sqrt(x) * xp.log(x), [0.0, 2.0]),
        (lambda x: xp.sinh(x) * xp.cosh(x), [800.0, 1.0]),
        (lambda x: x**-3 + x**5, [0.0, 1e200, 2.0]),
        (lambda x: xp.atanh(x) + xp.log1p(-x), [1.0, 0.5]),
        (lambda x: xp.tan(x) + special.gammaln(x), [1.0, -2.0]),
        (lambda x: xp.where(x > 0, x * 2, np.inf), [2.0, -2.0]),
        (lambda x: xp.where(x > 0, x * 2, -np.inf), [2.0, -2.0]),
        (lambda x: ((x > 0) + (x > 1)) * x, [2.0, 0.5, -1.0]),
        (lambda x: (x > 0) * x, [2.0, -2.0]),
        (lambda x: 2.0 * x if xp.exp(x) > 100 else 3.0 * x, [1.0, 1000.0, 10.0, -1000.0]),
        (lambda x: (x * 2) ** 3 if x * 2 else x, [2.0, 0.0, 1.0]),
        (lambda x: (-2) ** 2 * x + 10**17 * x, [2.0]),
    ],
)
def test_single_numbers_answer_as_numpy_does(f: Any, points: list[float], mode: str) -> None:
    """Where Python's floats raise, the program answers inf or NaN, at its first call and at later ones."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for first in points:
            check_calls(mode, f, *[(x,) for x in (first, *points)], operator="derivative")
            check_calls(mode, f, *[(kind(x),) for x in (first, *points) for kind in (np.float64, np.array)])


@modes
def test_single_numbers_come_back_as_numbers(mode: str) -> None:
    for x in (2.0, np.float64(2.0), np.array(2.0)):
        value, slope = dl.methods[f"{mode}-compiled"].value_and_grad(lambda x: x * x)(x)
        assert isinstance(value, float)
        assert isinstance(slope, float)
    value, slope = dl.methods[f"{mode}-compiled"].value_and_grad(lambda x: x * x)(np.float32(2.0))
    assert value.dtype == slope.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("f", "shape"),
    [
        (lambda x: x, ()),
        (lambda x: xp.reshape(x, ()), (1, 1)),
        (lambda x: x[0, ...], (1,)),
        (lambda x: xp.permute_dims(x, ()), ()),
        (lambda x: xp.broadcast_to(x, ()), ()),
        (lambda x: (x, x * 2), ()),
    ],
)
def test_an_answer_without_axes_is_a_copy(f: Any, shape: tuple[int, ...], dtype: Any) -> None:
    x = np.full(shape, 0.5, dtype)
    program = dl.methods["forward-compiled"].prepare("jvp", f, (x,), (x,))
    for answer in flatten(program((x,), (x,)))[0]:
        assert not np.shares_memory(answer, x)
        assert np.asarray(answer).dtype == dtype


@modes
@pytest.mark.parametrize("number", [np.array(0.5), np.array(2), np.float32(0.5), np.int16(-3), np.array(True)])
def test_captured_numbers_of_any_kind(number: Any, mode: str) -> None:
    check_calls(mode, lambda x: xp.where(x > 0, number * x * x, 1.0), (0.3,), (-1.0,))
    check_calls(mode, lambda x: xp.sum(number * x * x), (X3,), (X3.astype(np.float32),))


# Numbers and dtypes.


@modes
@pytest.mark.parametrize(
    "f",
    [
        lambda x: xp.sum(x * np.int64(3)),
        lambda x: xp.sum(x * np.float64(0.1)),
        lambda x: xp.sum(x * np.float64(-1.0) + 0.1),
        lambda x: xp.sum(np.float64(0.5) * (x * 0.1) * np.float64(4.0)),
        lambda x: xp.sum((0.1 * x) * (np.float64(0.3) * x)),
        lambda x: xp.sum(x * 0.1 + 3),
        lambda x: xp.sum(x * np.float32(0.1) / 7),
        lambda x: xp.sum(x * x3_double()),
        lambda x: xp.sum(xp.astype(x, np.float64) * 0.1) + xp.sum(x),
        lambda x: x[0] * 0.1 + np.float64(0.1) * x[1],
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_promotion_is_the_eager_one(f: Any, dtype: Any, mode: str) -> None:
    x = X3.astype(dtype)
    eager, compiled = (m.value_and_grad(f)(x) for m in (dl.methods[mode], dl.methods[f"{mode}-compiled"]))
    for a, b in zip(compiled, eager, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        unit = np.spacing(np.abs(np.asarray(b)))
        assert np.all(np.abs(a - b) <= 16 * unit)


def x3_double() -> Any:
    return X3


@modes
@pytest.mark.parametrize(
    ("f", "data"),
    [
        (lambda x, k: xp.sum(x * (-2) ** k), np.array([0, 1, 2])),
        (lambda x, k: xp.sum(x * (-2.5) ** k), np.array([0.0, 1.0, 2.0])),
        (lambda x, k: xp.sum(xp.where(xp.logical_and(k, 2), x, 0.0)), np.array([0, 1, 2])),
        (lambda x, k: xp.sum(xp.where(xp.logical_or(k, 0), x, 0.0)), np.array([0.0, 1.0, 2.0])),
        (lambda x, k: xp.sum(xp.where((x > 0) & (k > 0) | (k == 0), x, 0.0)), np.array([0, 1, 2])),
        (lambda x, k: xp.sum(x * np.reciprocal(k)), np.array([1, 2, 4])),
        (lambda x, k: xp.sum(x * (-1.0 * k)), np.array([1, 2, 3], dtype=np.uint8)),
        (lambda x, k: xp.sum(x * (k - 3)), np.array([1, 2, 3], dtype=np.uint8)),
        (lambda x, k: xp.sum(x * (-k)), np.array([1, 2, 3], dtype=np.uint8)),
        (lambda x, k: xp.sum(x * k), np.array([True, False, True])),
        (lambda x, k: x[0] * xp.sum(k * (k | ~k)), np.array([True, False, True])),
        (lambda x, k: x[0] * xp.sum(k * k), np.array([100, 101, 102], dtype=np.int8)),
        (lambda x, k: xp.sum(x * (np.int16(300) * k)), np.array([1, 2, 3], dtype=np.int8)),
    ],
)
def test_integers_and_truth_values_keep_their_arithmetic(f: Any, data: Any, mode: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        check_calls(mode, f, (X3, data))


# Callables of every kind.


class Scale:
    """A method and a callable object."""

    factor = 3.0

    def method(self, x: Any) -> Any:
        return xp.sum(x * x) * self.factor

    def __call__(self, x: Any) -> Any:
        return self.method(x) * 2


def recursive(x: Any, depth: int = 3) -> Any:
    return x if depth == 0 else xp.sin(recursive(x, depth - 1)) * x


@modes
def test_callables_of_every_kind(mode: str) -> None:
    power = functools.partial(lambda n, x: xp.sum(x**n), 3)
    for f in (Scale().method, Scale(), power, lambda *args: xp.sum(args[0] ** 2), lambda x: xp.sum(recursive(x))):
        check_calls(mode, f, (X3,), (Y3,))


@modes
def test_a_branch_that_rounding_decides(mode: str) -> None:
    """The program adds in another order; where its sum is another number the eager method answers."""

    def f(x: Any) -> Any:
        total = xp.sum((x * 0.1) ** 2)
        return total * 2 if total == threshold else total * 3

    for size in range(3, 40):
        x = np.linspace(0.1, 0.7, size)
        threshold = np.sum((x * 0.1) ** 2)
        found, expected = dl.methods[f"{mode}-compiled"].grad(f)(x), dl.methods[mode].grad(f)(x)
        check_equal(found, expected)


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Hostile(str):
    def __repr__(self) -> str:
        return "print('run')"


@modes
def test_keys_that_are_no_literals(mode: str, capsys: Any) -> None:
    f = lambda p: p["inner"][Colour.RED] * p["inner"][Colour.BLUE] ** 2
    point = {"inner": {Colour.RED: 2.0, Colour.BLUE: 3.0}}
    prepared = dl.methods[f"{mode}-compiled"].prepare("grad", f, point)
    assert prepared(point) == {"inner": {Colour.RED: 9.0, Colour.BLUE: 12.0}}
    assert "# key0: the key <Colour" in prepared.source
    key = Hostile("k")
    assert dl.methods[f"{mode}-compiled"].grad(lambda p: p[key] ** 2)({key: 3.0}) == {key: 6.0}
    assert capsys.readouterr().out == ""


def test_a_cotangent_of_two_rows_is_written_into_both() -> None:
    x = np.array([[3.0, 1.0, 5.0], [2.0, 4.0, 6.0], [1.0, 1.0, 1.0]])

    def f(x: Any) -> Any:
        return xp.sum(xp.sin((x[0] + x[1]) / 2))

    check_equal(dl.methods["reverse-compiled"].grad(f)(x), dl.reverse.grad(f)(x))


# Values that are no numbers.


def log_of(x: Any) -> Any:
    return xp.log(x) + 2 * x


def sum_of_logs(x: Any) -> Any:
    return xp.sum(xp.log(x) * x)


GOOD, BAD, TANGENT = np.array([0.5, 2.0]), np.array([0.5, -1.0]), np.array([1.0, 3.0])
LOST = {
    "derivative": (log_of, (0.5,), (-1.0,)),
    "grad": (sum_of_logs, (GOOD,), (BAD,)),
    "value_and_grad": (sum_of_logs, (GOOD,), (BAD,)),
    "jvp": (log_of, ((GOOD,), (TANGENT,)), ((BAD,), (TANGENT,))),
    "jacobian": (log_of, (GOOD,), (BAD,)),
    "hessian": (sum_of_logs, (GOOD,), (BAD,)),
    "hvp": (sum_of_logs, ((GOOD,), (TANGENT,)), ((BAD,), (TANGENT,))),
}


@modes
@pytest.mark.parametrize("operator", LOST)
@pytest.mark.parametrize("suffix", ["", "-compiled"])
def test_where_the_value_is_nan_the_derivative_is(mode: str, operator: str, suffix: str) -> None:
    f, good, bad = LOST[operator]
    method = dl.methods[mode + suffix]
    with np.errstate(invalid="ignore"):
        ready = method.prepare(operator, f, *good)
        for args, lost in ((good, False), (bad, True), (good, False), (bad, True)):
            answers = [np.asarray(leaf) for leaf in flatten(ready(*args))[0]]
            derivative = answers[-1]
            rows = derivative if derivative.ndim and operator in ("jvp", "jacobian") else derivative[None]
            assert np.isnan(rows[-1]).all() == lost
            assert len(rows) == 1 or np.isfinite(rows[0]).all()


def test_an_answer_is_not_written_over() -> None:
    """One tangent is read last for the other, which could take its memory."""

    def f(x: Any) -> Any:
        y = xp.exp(x)
        return y, 3.0 * y

    args = (np.linspace(-1, 1, 5000),), (np.linspace(1, 2, 5000),)
    check_equal(dl.methods["forward-compiled"].prepare("jvp", f, *args)(*args), dl.forward.jvp(f, *args))


def test_a_new_axis_is_no_slice_that_was_written_before() -> None:
    f = lambda x: np.sum(np.flip(x[None], 1) ** 2 * np.arange(4))
    p = dl.methods["reverse-compiled"].prepare("grad", f, X4)
    for factor in (1.0, 2.0, -5.0):
        assert np.array_equal(p(factor * X4), dl.reverse.grad(f)(factor * X4))


X4 = np.array([1.0, 2.0, 3.0, 4.0])
NARROW = {
    "half number": lambda x: np.float16(100) * x[0] * x[1] ** 2 * 100,
    "single array": lambda x: np.sum(np.float32([1e-30]) * x[0] * x[0] * 1e-20) * 1e50,
    "single number": lambda x: np.float32(0.1) * x[0] ** 2,
    "half maximum": lambda x: np.maximum(np.float16(0.3), x[0]) * x[1],
    "narrow base": lambda x: np.uint8(200) ** (x[0] / 4) + np.float16(3.3) ** x[1],
}


@pytest.mark.parametrize("mode", ["forward-compiled", "reverse-compiled"])
@pytest.mark.parametrize("what", NARROW)
def test_doubles_stay_doubles_beside_narrower_numbers(what: str, mode: str) -> None:
    f = NARROW[what]
    value, gradient = dl.methods[mode].value_and_grad(f)(X4)
    assert abs(value - f(X4)) <= 4 * np.spacing(abs(f(X4)))
    assert np.allclose(gradient, dl.truth.grad(f)(X4).value, rtol=1e-14)
    assert np.allclose(dl.taylor.grad(f)(X4), gradient, rtol=1e-14)


def test_a_root_of_a_negative_number_is_nan_and_not_complex() -> None:
    f = lambda x: np.where(np.sum(x) > 0, np.sum(x) ** 1.5, 0.0) + 0 * x[0]
    p = dl.methods["reverse-compiled"].prepare("value_and_grad", f, X4)
    with np.errstate(all="ignore"):
        assert p(X4)[0] == f(X4)
        assert p(-X4)[0] == 0.0
