"""Many arrays at once: every primitive on a batch is the primitive on its members, and sweeps push all directions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derivlab as dl
from derivlab import array_namespace, special
from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES
from derivlab.errors import ArgumentError, LevelFinishedError, UnsupportedError
from derivlab.interpreters.batch import Batch
from derivlab.interpreters.batching import BATCHING
from derivlab.interpreters.record import Record
from derivlab.method.directions import ENTRIES, MOST
from derivlab.method.forward import ForwardMode
from derivlab.method.problem import flatten
from derivlab.method.reverse import ReverseMode
from programs import Program, point, programs, seeds
from rule_cases import SMOOTH, STEPS, UNDEFINED, Case

law = settings(max_examples=60, deadline=None, derandomize=True)
MODES = [ForwardMode, ReverseMode]
modes = pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)

PLACES, AGAIN = np.array([1, 0, 1]), np.array([[0], [1]])
MASK = np.array([[True, False, True], [False, False, True]])
BLOCK, CUBE = (2, 3, 4), (2, 3, 2, 4)


def _one(name: str, shape: tuple[int, ...], note: str, /, **params: Any) -> Case:
    return Case(name, ((-2.0, 2.0, shape),), params, note=note)


def _keys() -> dict[str, Any]:
    """Indices of every kind into an array of shape (2, 3, 2, 4)."""
    return {
        "nothing": (), "ellipsis": ..., "integer": np.int64(1), "negative": (..., -1), "empty slice": slice(0),
        "new axes": (None, 0, ..., None), "array without axes": np.array(1),
        "two without axes": (np.array(1), ..., np.array(0)),
        "array": PLACES, "array behind": (slice(None), PLACES), "array last": (..., PLACES),
        "array behind a new axis": (None, PLACES),
        "pair": (PLACES, PLACES), "pair behind": (slice(None), PLACES, PLACES),
        "grid": (AGAIN, PLACES), "apart": (PLACES, slice(None), PLACES), "apart by ellipsis": (PLACES, ..., PLACES),
        "apart by nothing": (PLACES, PLACES, PLACES, ..., PLACES), "apart by a new axis": (PLACES, None, PLACES),
        "apart from an integer": (0, slice(None), PLACES), "apart behind": (slice(None), PLACES, slice(None), AGAIN),
        "apart in front of an integer": (PLACES, slice(1, 3), 1), "beside an integer": (slice(None), 0, PLACES),
        "integers apart": (0, slice(None), 1), "mask": MASK, "mask behind": (slice(None), MASK.T),
        "mask apart": (MASK[:, 0], slice(None), PLACES[:1]), "true": True, "false": False,
        "true apart": (True, slice(None), PLACES),
        "no place": np.zeros(0, int), "places of no axis": (np.zeros((0, 2), int), ..., PLACES[:2]),
    }  # fmt: skip


def _scatters() -> list[Case]:
    return [_one("scatter", np.zeros(CUBE)[key].shape, note, key=key, shape=CUBE) for note, key in _keys().items()]


EXTRA = [
    *[_one("index", CUBE, note, key=key) for note, key in _keys().items()],
    *_scatters(),
    _one("scatter", (), "smaller than the place", key=(slice(None), PLACES), shape=(4, 3)),
    _one("scatter", (3,), "a row for all", key=(slice(None), slice(3)), shape=(4, 3)),
    *[_one(name, (3,), "vector", k=k) for name in ("tril", "triu") for k in (-1, 0, 1)],
    *[_one(name, BLOCK, f"{a} {k}", axis=a, keepdims=k)
      for name in ("argmax", "argmin") for a, k in ((None, False), (None, True), (-1, False), (0, True))],
    *[_one(name, BLOCK, f"{a} {k}", axis=a, keepdims=k) for name in ("sum", "max", "min", "logsumexp", "all", "any")
      for a, k in ((None, True), ((-1, 0), False), ((), True))],
    *[_one("argsort", BLOCK, f"{a}", axis=a) for a in (0, -1, -2)],
    *[_one("cumulative_sum", BLOCK, f"{a}", axis=a) for a in (1, -1)],
    _one("reshape", BLOCK, "minus one", shape=(4, -1)), _one("reshape", (0, 3), "empty", shape=(3, 0)),
    _one("permute_dims", BLOCK, "negative", axes=(-1, 0, 1)), _one("permute_dims", (), "no axes", axes=()),
    _one("flip", BLOCK, "two", axis=(0, -1)), _one("flip", (), "no axes", axis=None),
    _one("roll", BLOCK, "flat", shift=2, axis=None), _one("roll", BLOCK, "last", shift=-1, axis=-1),
    _one("sum", (0, 3), "empty", axis=(0,), keepdims=False),
    _one("astype", (2, 3), "single", dtype=np.dtype(np.float32)),
    _one("broadcast_to", (1, 3), "empty", shape=(2, 0, 3)),
    Case("concat", ((0.5, 2, (2, 3)), (0.5, 2, (2, 0))), {"axis": -1}),
    *[Case("matmul", ((0.5, 2, left), (0.5, 2, right)), note="more axes") for left, right in (
        ((3,), (4, 2, 3, 2)), ((4, 2, 2, 3), (3,)), ((2, 3), (4, 5, 3, 1)), ((4, 1, 2, 3), (5, 3, 2)),
        ((0, 3), (3,)), ((2, 0), (0, 3)),
    )],
    Case("where", ((-1, 1, (2, 1)), (-1, 1, (3,)), (-1, 1, ())), {}, lambda c, x, y: (p.greater(c, 0.0), x, y)),
]  # fmt: skip
SMOOTH_IDS = {case.id for case in SMOOTH}
ALL = [*SMOOTH, *STEPS, *UNDEFINED, *EXTRA]


def members_of(case: Case, dtype: Any = float) -> list[list[Any]]:
    """Inputs for three members, whose results differ: signs too, where the primitive has a value for all numbers."""
    factors = (1.0, 1.01, 0.98) if case.id in SMOOTH_IDS else (1.0, 0.0, -1.5)
    return [[np.asarray(x * dtype(factor))[()] for x in case.inputs(dtype)] for factor in factors]


def batches(case: Case, dtype: Any = float) -> list[tuple[list[bool], list[Any], Any]]:
    """For each choice of the arguments that are batched: the marks, the arguments, and what a loop makes of them."""
    members = members_of(case, dtype)
    found: list[tuple[list[bool], list[Any], Any]] = []
    for marks in itertools.product([True, False], repeat=len(members[0])):
        if any(marks):
            rows = [
                [x if mark else first for x, mark, first in zip(m, marks, members[0], strict=True)] for m in members
            ]
            args = [
                np.stack(column) if mark else column[0]
                for mark, column in zip(marks, zip(*rows, strict=True), strict=True)
            ]
            found.append((list(marks), args, np.stack([case.apply(*row) for row in rows])))
    return found


def check_close(found: Any, expected: Any, ulps: float = 4) -> None:
    """Equal shape and dtype, and values equal to a few units of the last place of the largest."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"shape {found.shape}, expected {expected.shape}"
    assert found.dtype == expected.dtype, f"dtype {found.dtype}, expected {expected.dtype}"
    if expected.dtype.kind != "f":
        assert np.array_equal(found, expected)
    elif expected.size:
        unit = np.spacing(np.max(np.abs(expected), where=np.isfinite(expected), initial=0.0).astype(expected.dtype))
        assert np.allclose(found, expected, rtol=0.0, atol=ulps * unit, equal_nan=True), (found, expected)


def check_trees(found: Any, expected: Any, ulps: float = 64) -> None:
    """The same containers, with close leaves."""
    (leaves, tree), (others, other) = flatten(found), flatten(expected)
    assert tree == other
    for leaf, wanted in zip(leaves, others, strict=True):
        check_close(leaf, wanted, ulps)


each_case = pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)


# The table.


def test_every_primitive_has_a_batching_rule() -> None:
    assert set(BATCHING) == set(PRIMITIVES)


@each_case
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_batch_is_a_loop_over_its_members(case: Case, dtype: Any) -> None:
    for marks, args, expected in batches(case, dtype):
        level = Batch(3)
        result = case.apply(*[level.batch(x) if mark else x for x, mark in zip(args, marks, strict=True)])
        assert (result.shape, result.ndim, result.size) == (
            expected.shape[1:], expected.ndim - 1, int(np.prod(expected.shape[1:])),
        )  # fmt: skip
        check_close(level.members(result), expected)


@each_case
def test_a_batch_of_recorded_arrays(case: Case) -> None:
    """The base may be our own arrays: the rules are made of primitives, and what is recorded gives the same again."""
    marks, args, expected = batches(case)[0]
    record = Record()
    level = Batch(3)
    inputs = [record.input(x) for x in args]
    result = level.members(case.apply(*[level.batch(x) if mark else x for x, mark in zip(inputs, marks, strict=True)]))
    assert result.level is record
    check_close(result.value, expected)


@each_case
def test_a_batch_of_batches(case: Case) -> None:
    _, args, expected = batches(case)[0]
    outer, inner = Batch(2), Batch(3)
    pairs = [outer.batch(np.stack([x, x[::-1]])) for x in args]
    members = outer.members(inner.members(case.apply(*[inner.batch(x) for x in pairs])))
    check_close(members, np.stack([expected, expected[::-1]]))


def test_single_arrays_are_repeated_for_all_members() -> None:
    level = Batch(2)
    assert np.array_equal(level.members(np.arange(3.0)), [[0, 1, 2], [0, 1, 2]])
    assert np.array_equal(level.members(1.5), [1.5, 1.5])


@pytest.mark.parametrize(("name", "shape"), [("matrix_transpose", (3,)), ("tril", ()), ("triu", ())])
def test_what_needs_a_matrix_does_not_take_the_members_for_rows(name: str, shape: tuple[int, ...]) -> None:
    level = Batch(3)
    with pytest.raises(ValueError, match=name):
        PRIMITIVES[name](level.batch(np.ones((3, *shape))), **({} if name == "matrix_transpose" else {"k": 0}))


def test_a_branch_on_members_that_agree_goes_their_way() -> None:
    level = Batch(3)
    assert bool(level.batch(np.array([1.0, 2.0, 3.0])) > 0)
    assert int(level.batch(np.array([2, 2, 2]))) == 2


@pytest.mark.parametrize("values", [[1.0, -1.0], [0.0, 2.0]])
@pytest.mark.parametrize("use", [bool, float, np.asarray, lambda x: x[None][x > 0]])
def test_a_branch_on_members_that_do_not_agree_is_refused(values: list[float], use: Callable[[Any], Any]) -> None:
    x = Batch(2).batch(np.array(values))
    with pytest.raises(UnsupportedError, match="do not agree"):
        use(x)


def test_a_branch_on_recorded_members_is_recorded() -> None:
    record, level = Record(), Batch(2)
    assert bool(level.batch(record.input(np.array([1.0, 2.0]))) > 0)
    assert len(record.decisions) == 2  # that they agree, and on what


def test_a_finished_batch_is_an_error() -> None:
    level = Batch(2)
    x = level.batch(np.ones(2))
    level.finish()
    with pytest.raises(LevelFinishedError):
        p.add(x, 1.0)


# Sweeps.


def operations(run: Callable[..., Any], *inputs: Any) -> int:
    """How many primitives a run takes, tangents and cotangents included: all of them are recorded."""
    level = Record()
    run(*[level.input(x) for x in inputs])
    return len(level.lines) - len(inputs)


WEIGHTS = np.random.default_rng(3).standard_normal((100, 10))


def layers(x: Any) -> Any:
    """A hundred outputs of ten inputs."""
    y = special.sigmoid(WEIGHTS @ x) * xp.sum(x)
    return xp.exp(-y) / (1 + y * y) + xp.flip(y)


TEN = np.linspace(-1.0, 1.0, 10)


def total(x: Any) -> Any:
    return xp.sum(layers(x))


def test_ten_directions_take_the_primitives_of_one() -> None:
    one = operations(lambda x, v: dl.forward.jvp(layers, (x,), (v,)), TEN, np.ones(10))
    ten = operations(dl.forward.jacobian(layers), TEN)
    apart = operations(ForwardMode(chunk=1).jacobian(layers), TEN)
    assert abs(ten - one) <= 4  # the tangents of a sum are aligned, and the result is transposed
    assert apart >= 9 * one


def test_a_gradient_in_forward_mode_is_one_run() -> None:
    one = operations(lambda x, v: dl.forward.jvp(total, (x,), (v,)), TEN, np.ones(10))
    assert abs(operations(dl.forward.grad(total), TEN) - one) <= 4


def test_a_hundred_rows_take_the_primitives_of_one() -> None:
    one = operations(lambda x, bar: dl.reverse.vjp(layers, x)[1](bar), TEN, np.ones(100))
    assert abs(operations(dl.reverse.jacobian(layers), TEN) - one) <= 4


@pytest.mark.parametrize("name", ["rosenbrock", "helmholtz"])
def test_a_hessian_is_one_run_over_the_gradient(name: str) -> None:
    spec = dl.spec(name)
    x = spec.args[0]
    one = operations(
        lambda x, v: dl.reverse.hvp(spec.function, (x, *spec.args[1:]), (v, *spec.args[1:])), x, np.ones_like(x)
    )
    assert operations(lambda x: dl.reverse.hessian(spec.function)(x, *spec.args[1:]), x) <= 1.5 * one


@pytest.mark.parametrize("name", ["forward-compiled", "reverse-compiled"])
@pytest.mark.parametrize("operator", ["jacobian", "hessian"])
def test_a_compiled_program_does_not_grow_with_the_input(name: str, operator: str) -> None:
    f = lambda x: xp.sin(x) * xp.sum(x**2) if operator == "jacobian" else xp.sum(xp.sin(x) * xp.sum(x**2))
    sizes = {dl.methods[name].prepare(operator, f, np.linspace(0.1, 1, n)).graph.operations for n in (4, 30)}
    assert len(sizes) == 1


def test_a_program_names_its_unit_vectors() -> None:
    """However many there are, the printed program is complete."""
    f = lambda x, w: xp.sin(w @ x) * xp.sum(x)
    args = (np.linspace(0.1, 1.0, 20), np.linspace(-1.0, 1.0, 60).reshape(3, 20))
    prepared = dl.methods["forward-compiled"].prepare("jacobian", f, *args, argnums=(0, 1))
    assert prepared.source is not None
    assert "np.eye(80, 20, 0, dtype=np.float64)" in prepared.source
    assert "np.eye(80, 60, -20, dtype=np.float64).reshape((80, 3, 20))" in prepared.source
    scope: dict[str, Any] = {}
    exec(prepared.source, scope)
    check_trees(scope["jacobian_of_f_lambda"](*args), dl.forward.jacobian(f, (0, 1))(*args))


def test_a_program_of_many_chunks_checks_a_branch_once() -> None:
    f = lambda x: gaussians(x) if xp.sum(x) > 0 else x
    x = np.linspace(0, 1, 130)
    prepared = dl.methods["forward-compiled"].prepare("jacobian", f, x)
    assert prepared.source is not None
    assert prepared.source.count("another branch") == 1
    assert np.array_equal(prepared(-x), np.eye(130))


# Answers.


def cases_of_sweeps() -> dict[str, tuple[Callable[..., Any], Sequence[Any], Any]]:
    rng = np.random.default_rng(11)
    x, y, w = rng.uniform(0.5, 1.5, 3), rng.uniform(0.5, 1.5, (2, 3)), rng.uniform(0.5, 1.5, (3, 2))
    return {
        "vector": (lambda x: xp.sin(x) * x[0], (x,), 0),
        "matrix": (lambda x: x @ xp.permute_dims(x, (1, 0)), (y,), 0),
        "scalar in": (lambda x: x * np.arange(1.0, 4.0), (0.7,), 0),
        "scalar out": (lambda x: xp.sum(x * x), (y,), 0),
        "scalars": (lambda x: x * x, (0.7,), 0),
        "two arguments": (lambda x, y: xp.exp(x) * y, (x, y), (0, 1)),
        "one of two": (lambda x, y: xp.exp(x) * y, (x, y), 1),
        "two scalars": (lambda a, b: xp.stack([a * b, a / b]), (0.3, 0.7), (0, 1)),
        "containers": (lambda q: {"a": q["u"] @ q["v"][0], "b": [q["v"][1] ** 2, 3.0]}, ({"u": y, "v": (w, 0.4)},), 0),
        "the argument itself": (lambda x: (x, x), (x,), 0),
        "a constant": (lambda x: np.ones(2), (x,), 0),
        "single precision": (lambda x: xp.tanh(x) @ xp.exp(x), (y[0].astype(np.float32),), 0),
        "both precisions": (lambda x, y: x * y, (x.astype(np.float32), x), (0, 1)),
        "no input": (lambda x, y: xp.sum(x) + y, (np.zeros((0, 2)), x), (0, 1)),
        "only no input": (lambda x: xp.concat([x, np.ones(3)]), (np.zeros(0),), 0),
        "no output": (lambda x: x[:0], (x,), 0),
        "sorted": (lambda x: xp.sort(x)[::-1] * xp.max(x), (x,), 0),
        "kinks": (lambda x: xp.maximum(x, x[0]) + xp.abs(x - x[0]), (x,), 0),
        "branch": (lambda x: x * 2 if x[0] > 0 else x, (x,), 0),
        "indices": (lambda x: x[xp.argsort(x)] * xp.cumulative_sum(x), (x,), 0),
        "inner gradient": (lambda x: dl.reverse.grad(lambda z: xp.sum(xp.sin(z) * x))(x), (x,), 0),
        "inner jacobian": (lambda x: dl.forward.jacobian(lambda z: z * x * xp.sum(z))(x * x), (x,), 0),
    }  # fmt: skip


SWEEPS = cases_of_sweeps()


@modes
@pytest.mark.parametrize("chunk", [None, 2, 1000])
@pytest.mark.parametrize("name", SWEEPS)
def test_many_directions_answer_as_one_by_one(name: str, mode: Any, chunk: int | None) -> None:
    f, args, argnums = SWEEPS[name]
    check_trees(mode(chunk).jacobian(f, argnums)(*args), mode(1).jacobian(f, argnums)(*args))


@pytest.mark.parametrize("name", [name for name in SWEEPS if name not in ("a constant", "both precisions")])
def test_forward_and_reverse_answer_alike(name: str) -> None:
    f, args, argnums = SWEEPS[name]
    check_trees(dl.forward.jacobian(f, argnums)(*args), dl.reverse.jacobian(f, argnums)(*args))


@pytest.mark.parametrize("name", ["forward-compiled", "reverse-compiled"])
@pytest.mark.parametrize("case", [name for name in SWEEPS if name != "inner jacobian"])
def test_compiled_answers_are_the_eager_ones(name: str, case: str) -> None:
    f, args, argnums = SWEEPS[case]
    eager = dl.methods[name.removesuffix("-compiled")]
    check_trees(dl.methods[name].jacobian(f, argnums)(*args), eager.jacobian(f, argnums)(*args))


@modes
@pytest.mark.parametrize("name", dl.catalogue())
def test_every_spec(name: str, mode: Any) -> None:
    spec = dl.spec(name)
    if sum(np.size(x) for arg in spec.args for x in flatten(arg)[0]) > 1000:
        pytest.skip("one run for each of thousands of directions")
    found = mode().jacobian(spec.function, spec.argnums)(*spec.args)
    check_trees(found, mode(1).jacobian(spec.function, spec.argnums)(*spec.args), 1024)


@law
@given(programs, seeds, st.integers(1, 4))
@pytest.mark.parametrize("mode", MODES)
def test_jacobians_of_programs(mode: Any, program: Program, seed: int, chunk: int) -> None:
    x = point(seed)
    check_close(mode(chunk).jacobian(program)(x), mode(1).jacobian(program)(x), 256)


@law
@given(programs, seeds, st.integers(1, 4))
@pytest.mark.parametrize("mode", MODES)
def test_gradients_and_hessians_of_programs(mode: Any, program: Program, seed: int, chunk: int) -> None:
    x = point(seed)
    check_close(mode(chunk).grad(program.total)(x), mode(1).grad(program.total)(x), 256)
    check_close(mode(chunk).hessian(program.total)(x), mode(1).hessian(program.total)(x), 4096)


@modes
def test_where_the_value_is_not_a_number_its_row_is_not(mode: Any) -> None:
    with np.errstate(invalid="ignore"):
        f = lambda x: array_namespace(x).log(x) + 0 * x[0]
        jacobian = mode().jacobian(f)(np.array([0.5, -1.0, 2.0]))
    assert np.array_equal(np.isnan(jacobian), [[False] * 3, [True] * 3, [False] * 3])


@modes
def test_answers_do_not_share_memory(mode: Any) -> None:
    (a, b) = mode().jacobian(lambda x: (x, x))(np.ones(3))
    a[:] = 5.0
    assert np.array_equal(b, np.eye(3))
    assert a.flags.owndata or a.base is not b.base


@modes
def test_arrays_of_another_library_stay_there(mode: Any) -> None:
    jnp = pytest.importorskip("jax.numpy")
    f = lambda x: array_namespace(x).exp(x) * x[0]
    x = np.array([0.5, 1.0, -1.0], np.float32)
    found = mode().jacobian(f)(jnp.asarray(x))
    assert isinstance(found, jnp.ndarray)
    check_close(found, mode().jacobian(f)(x))


def test_a_pullback_in_forward_mode_takes_any_cotangent() -> None:
    x = np.array([0.3, 0.6, 0.9])
    f = lambda x: {"a": xp.sin(x) * x[0], "b": xp.sum(x), "c": np.ones(2)}
    bars = {"a": np.array([1.0, -2.0, 0.5]), "b": np.float64(3.0), "c": np.array([np.inf, 1.0])}
    check_trees(dl.forward.vjp(f, x)[1](bars), dl.reverse.vjp(f, x)[1](bars))


@modes
def test_an_answer_in_steps_is_refused(mode: Any) -> None:
    with pytest.raises(ArgumentError, match="steps"):
        mode().jacobian(lambda x: xp.astype(x, int))(np.ones(3))


# Chunks.


@pytest.fixture
def lengths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of directions of all sweeps of a test, in order."""
    found: list[int] = []
    create = Batch.__init__

    def init(self: Batch, length: int, most: float = np.inf) -> None:
        create(self, length, most)
        found.append(length)

    monkeypatch.setattr(Batch, "__init__", init)
    return found


@modes
def test_a_chunk_that_is_given_is_kept(mode: Any, lengths: list[int]) -> None:
    mode(4).jacobian(lambda x: x * x)(TEN)
    assert lengths == [4, 4, 2]


@modes
def test_small_arrays_go_at_once(mode: Any, lengths: list[int]) -> None:
    mode().jacobian(lambda x: x * x)(np.ones(300))
    assert lengths == [300]


def gaussians(x: Any) -> Any:
    """Of n entries, with a matrix of n × n inside."""
    return xp.sum(xp.exp(-((x[:, None] - x) ** 2)), axis=1)


@modes
def test_arrays_of_a_sweep_stay_modest(mode: Any, lengths: list[int]) -> None:
    """Forward mode finds the matrix before it is made for all directions; reverse mode has recorded it."""
    n, each = 200, ENTRIES // 200**2
    found = mode().jacobian(gaussians)(np.linspace(0, 1, n))
    assert lengths == [n] * (mode is ForwardMode) + [each] * (n // each) + [n % each]
    check_close(found, mode(1).jacobian(gaussians)(np.linspace(0, 1, n)), 16)


def test_a_large_constant_is_met_in_time(monkeypatch: pytest.MonkeyPatch, lengths: list[int]) -> None:
    """No array is made that holds ten times the constant; its products with matrices are small."""
    constant = np.linspace(0, 1, MOST // 4)
    largest = 0
    multiply = p.multiply.kernel

    def watched(x: Any, y: Any) -> Any:
        nonlocal largest
        result = multiply(x, y)
        largest = max(largest, result.size)
        return result

    monkeypatch.setattr(p.multiply, "kernel", watched)
    dl.forward.jacobian(lambda x: x[0] * constant + x[1])(np.ones(10))
    assert lengths == [10]
    assert largest <= constant.size
    lengths.clear()
    dl.forward.jacobian(lambda x: np.reshape(constant, (-1, 256)) @ x)(np.ones(256))
    assert lengths == [256]


def test_a_function_cannot_hide_that_its_arrays_are_too_large(lengths: list[int]) -> None:
    def f(x: Any) -> Any:
        try:
            return gaussians(x)
        except BaseException:
            return x

    x = np.linspace(0, 1, 200)
    check_close(dl.forward.jacobian(f)(x), dl.forward.jacobian(gaussians)(x))


def test_a_sweep_within_a_sweep_does_not_take_the_limit_of_the_outer_for_its_own(lengths: list[int]) -> None:
    """Forward over forward: each outer direction holds a matrix of all inner ones."""
    f = lambda x: xp.sum(xp.sin(x) * xp.sum(x * x))
    x = np.linspace(0, 1, 150)
    found = dl.forward.hessian(f)(x)
    assert lengths[:3] == [150, 150, ENTRIES // 150**2]
    check_close(found, dl.reverse.hessian(f)(x), 64)


def test_an_error_of_the_function_is_no_reason_to_begin_again() -> None:
    calls: list[int] = []

    def f(x: Any) -> Any:
        calls.append(1)
        raise KeyError("own")

    with pytest.raises(KeyError, match="own"):
        dl.forward.jacobian(f)(np.ones(3))
    assert calls == [1]


@modes
@pytest.mark.parametrize("chunk", [0, -1, 2.5, True, "all"])
def test_a_chunk_is_a_positive_integer(mode: Any, chunk: Any) -> None:
    with pytest.raises(ArgumentError, match="chunk"):
        mode(chunk)
