"""Sparse Jacobians and Hessians: exact patterns, valid colourings, entries that equal the dense ones."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import derivlab as dl
from derivlab import array_namespace, special
from derivlab.array import surface as xp
from derivlab.errors import ArgumentError, UnknownNameError
from derivlab.graph.sparse import local_jacobians
from derivlab.graph.sparse import sparsity as sparsity_module
from derivlab.graph.sparse.colouring import colour_hessian, colour_jacobian, distinct, star
from derivlab.graph.trace import Trace
from derivlab.method import sparse as sparse_module
from derivlab.method.problem import flatten
from programs import Program, point, programs, seeds
from rule_cases import SMOOTH, STEPS, Case

RNG = np.random.default_rng(0)
law = settings(max_examples=80, deadline=None, derandomize=True)
few = settings(max_examples=60, deadline=None, derandomize=True)


def entries(tree, rows: int) -> np.ndarray:
    """Blocks of a dense derivative, one for each argument, as a matrix."""
    return np.hstack([np.reshape(block, (rows, block.size // rows)) for block in flatten(tree)[0]])


def dense(f, args, argnums=0) -> np.ndarray:
    """The Jacobian of one array by forward mode, as a matrix."""
    return entries(dl.forward.jacobian(f, argnums)(*args), int(np.size(f(*args))))


def dense_hessian(f, x) -> np.ndarray:
    return np.reshape(dl.forward.jacobian(dl.reverse.grad(f))(x), (x.size, x.size))


ULPS = 16
"""Of the largest entry: sparse and dense run the same rules, and only sums may be ordered differently."""


def check(found, expected: np.ndarray) -> None:
    """Equal to a dense matrix but for rounding, which is exactly 0 where nothing is stored."""
    assert isinstance(found, scipy.sparse.csr_array)
    assert found.shape == expected.shape
    stored = scipy.sparse.csr_array((np.ones(found.nnz), found.indices, found.indptr), found.shape).toarray() != 0
    assert not np.any(expected[~stored]), "an entry outside of the pattern"
    assert np.all(np.abs(found.toarray() - expected) <= ULPS * np.spacing(np.max(np.abs(expected), initial=0.0)))


# Patterns.

CHOOSING = ("maximum", "minimum", "max", "min", "imag")
"""Primitives whose zeros depend on values, or on whether these are complex."""
FILLED = ("cofactor", "slogdet", "cholesky", "qr", "eigh")  # whose zeros a pattern by whole matrices does not see


@pytest.mark.parametrize("case", [*SMOOTH, *STEPS], ids=lambda case: case.id)
def test_each_primitive_has_the_exact_pattern(case: Case) -> None:
    args = case.inputs()
    argnums = tuple(range(len(args)))
    f = lambda *args: xp.astype(case.apply(*args), float)
    expected = dense(f, args, argnums) != 0
    found = dl.sparsity(f, *args, argnums=argnums).toarray()
    assert np.array_equal(found, expected) or (case.name in (*CHOOSING, *FILLED) and np.all(found >= expected))


@pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case.id)
def test_hessian_pattern_of_each_primitive_covers_it(case: Case) -> None:
    x = case.inputs()[0]
    f = lambda x: case.scalar(x, *case.inputs()[1:])
    check(dl.sparse_hessian(f)(x), dense_hessian(f, x))


@pytest.mark.parametrize("name", sorted(dl.catalogue()))
def test_every_spec(name: str) -> None:
    spec = dl.spec(name)
    f, args, argnums = spec.function, spec.args, spec.argnums
    several = argnums if isinstance(argnums, tuple) else (argnums,)
    rows = int(np.size(f(*args)))
    check(dl.sparse_jacobian(f, argnums)(*args), entries(dl.forward.jacobian(f, several)(*args), rows))
    if rows == 1:
        blocks = dl.forward.jacobian(dl.reverse.grad(f, several), several)(*args)
        rows = [entries(row, int(np.size(args[k]))) for row, k in zip(blocks, several, strict=True)]
        check(dl.sparse_hessian(f, argnums)(*args), np.vstack(rows))


A = np.triu(np.tril(RNG.uniform(1, 2, (6, 6)), 1), -1)


def stencil(u):
    """An explicit step of the heat equation with a reaction."""
    return u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2]) + u[1:-1] ** 3


def brusselator(y):
    """Two species on a ring."""
    u, v = y[0], y[1]
    spread = lambda w: xp.roll(w, 1) - 2 * w + xp.roll(w, -1)
    return xp.stack([1 + u * u * v - 4 * u + spread(u), 3 * u - u * u * v + spread(v)])


def convolution(image):
    """A 3 × 3 convolution by shifts, and an activation."""
    kernel = np.arange(1.0, 10).reshape(3, 3)
    n, m = image.shape
    return special.sigmoid(sum(kernel[i, j] * image[i : n - 2 + i, j : m - 2 + j] for i in range(3) for j in range(3)))


JACOBIANS = {
    "diagonal": (lambda x: xp.sin(x), (8,), 8, 1),
    "bidiagonal": (lambda x: x[1:] * x[:-1], (9,), 16, 2),
    "stencil": (stencil, (20,), 54, 3),
    "ring": (brusselator, (2, 9), 9 * 2 * 4, 6),
    "convolution": (convolution, (7, 8), 9 * 5 * 6, 9),
    "banded constant @ x": (lambda x: xp.tanh(A @ x), (6,), 16, 3),
    "x @ banded constant": (lambda x: x @ A, (3, 6), 48, 3),
    "constant mask": (lambda x: x[:, None] * np.eye(5), (5,), 5, 1),
    "arrow": (lambda x: x * x[0], (50,), 99, 2),
    "arrow of rows": (lambda x: xp.concat([xp.sum(x, keepdims=True), x]), (50,), 100, 2),
    "one sum": (lambda x: xp.sum(x**2), (50,), 50, 1),
    "partial sums": (lambda x: xp.cumulative_sum(x) ** 2, (6,), 21, 6),
    "softmax of rows": (lambda x: special.softmax(x, axis=1), (7, 4), 7 * 16, 4),
    "sorted": (lambda x: xp.sort(x), (7,), 7, 1),
    "constant": (lambda x: np.ones(3), (4,), 0, 0),
    "steps": (lambda x: xp.floor(x) + 1.0, (4,), 0, 0),
    "number": (lambda x: x * x, (), 1, 1),
    "nothing": (lambda x: xp.sum(x), (0,), 0, 0),
}


@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobian(name: str) -> None:
    f, shape, stored, products = JACOBIANS[name]
    x = np.random.default_rng(1).uniform(0.5, 1.5, shape)[()]
    derivative = dl.sparse_jacobian(f).prepare(x)
    assert (derivative.pattern.nnz, derivative.products) == (stored, products)
    assert derivative.pattern.dtype == bool
    found = derivative(x)
    check(found, dense(f, (x,)))
    assert found.has_canonical_format
    assert derivative.detections == 1


def chain(x):
    """Brown's function: a chain of neighbours."""
    return xp.sum((x[:-1] ** 2) ** (x[1:] ** 2 + 1))


HESSIANS = {
    "linear": (lambda x: xp.sum(3 * x - 1), 6, 0, 0),
    "separable": (lambda x: xp.sum(xp.exp(x)), 30, 30, 1),
    "product": (lambda x: x[0] * x[1], 4, 2, 1),
    "chain": (chain, 30, 88, 3),
    "arrow, head first": (lambda x: x[0] * xp.sum(x[1:] ** 2) + x[0] ** 2, 40, 118, 2),
    "arrow, head last": (lambda x: x[-1] * xp.sum(x[:-1] ** 2) + x[-1] ** 2, 40, 118, 2),
    "ring": (lambda x: xp.sum(xp.exp(x * xp.roll(x, 1))), 12, 36, 3),
    "grid": (lambda x: xp.sum(xp.sin(x.reshape(6, 6)[1:] * x.reshape(6, 6)[:-1])), 36, 36 + 60, 3),
    "norm": (lambda x: xp.sum(x**2) ** 2, 5, 25, 5),
    "banded least squares": (lambda x: xp.sum((A @ x) ** 2), 6, 24, 4),
    "log-sum-exp of rows": (lambda x: xp.sum(special.logsumexp(x.reshape(5, 3), axis=1)), 15, 45, 3),
    "first power": (lambda x: xp.sum(x**1), 4, 0, 0),
    "real powers": (lambda x: xp.sum(x ** np.array([0.0, 1.0, 2.0, 2.5])), 4, 3, 1),
    "kinks": (lambda x: xp.sum(xp.maximum(x, 1.0)), 4, 0, 0),
    "modulus": (lambda x: xp.sum(abs(x)), 4, 4, 1),  # the curvature is NaN at 0, and must be looked at
}


@pytest.mark.parametrize("name", HESSIANS)
def test_hessian(name: str) -> None:
    f, n, stored, products = HESSIANS[name]
    x = np.random.default_rng(1).uniform(0.5, 1.5, n)
    derivative = dl.sparse_hessian(f).prepare(x)
    assert (derivative.pattern.nnz, derivative.products) == (stored, products)
    found = derivative(x)
    check(found, dense_hessian(f, x))
    assert (found != found.T).nnz == 0
    assert np.array_equal(dl.sparsity(f, x, operator="hessian").toarray(), derivative.pattern.toarray())


def test_rosenbrock_is_tridiagonal_and_takes_three_products_of_few_operations() -> None:
    n = 10_000
    spec = dl.spec("rosenbrock", n=n)
    (x,) = spec.args
    calls = 0

    def valley(x):
        nonlocal calls
        calls += 1
        return spec.function(x)

    hessian = dl.sparse_hessian(valley)
    found = hessian(x)
    head, tail = x[:-1], x[1:]
    diagonal = np.zeros(n)
    diagonal[:-1] = 1200 * head**2 - 400 * tail + 2
    diagonal[1:] += 200
    exact = scipy.sparse.diags_array([-400 * head, diagonal, -400 * head], offsets=[-1, 0, 1], format="csr")
    assert np.array_equal(hessian.pattern.indices, exact.indices)
    assert np.array_equal(hessian.pattern.indptr, exact.indptr)
    assert np.max(np.abs(found.data - exact.data)) <= 4 * np.spacing(np.max(np.abs(exact.data)))
    assert (hessian.products, calls) == (3, 1)

    operations = lambda operator, leaf: Trace().run(lambda leaves: [operator(leaves[0])], [leaf]).operations
    gradient = operations(dl.reverse.grad(spec.function), x)
    recording = hessian._record((x,))
    product = operations(lambda v: recording.push([v])[0], np.ones(n))
    assert 0 < product <= 2 * gradient
    assert gradient + hessian.products * product <= 20 * gradient


@law
@given(programs, seeds)
def test_jacobians_of_random_programs(program: Program, seed: int) -> None:
    x = point(seed)
    check(dl.sparse_jacobian(program)(x), dense(program, (x,)))


@law
@given(programs, seeds)
def test_hessians_of_random_programs(program: Program, seed: int) -> None:
    x = point(seed)
    check(dl.sparse_hessian(program.total)(x), dense_hessian(program.total, x))


WIDTH = 12
BAND = np.where(np.abs(np.subtract.outer(range(WIDTH), range(WIDTH))) <= 1, 0.5, 0.0)
MASK = np.arange(WIDTH) % 3 == 0
PLACES = np.array([3, 3, 0, 11, 7, 7, 2, 1, 9, 4, 5, 5])
GRID = lambda x: xp.reshape(x, (4, 3))
FLAT = lambda x: xp.reshape(x, (-1,))
LOCAL = {
    "shift": lambda x, y: xp.concat([x[1:], y[:1]]),
    "roll": lambda x, y: xp.roll(x, 2) * y,
    "band": lambda x, y: BAND @ xp.sin(x),
    "mask": lambda x, y: x * MASK + y,
    "choose": lambda x, y: xp.where(MASK, x, y * y),
    "compare": lambda x, y: xp.where(x > y, xp.exp(-x * x), y),
    "gather": lambda x, y: x[PLACES] + y,
    "reverse": lambda x, y: x[::-1] / (2 + y * y),
    "pairs": lambda x, y: FLAT(xp.stack([x[::2], y[1::2]], axis=1)),
    "transpose": lambda x, y: FLAT(GRID(x).T),
    "row sums": lambda x, y: FLAT(GRID(x) * xp.sum(GRID(y), axis=1, keepdims=True)),
    "row maxima": lambda x, y: FLAT(GRID(x) + xp.max(GRID(y), axis=1, keepdims=True)),
    "triangle": lambda x, y: FLAT(xp.tril(GRID(x))) + xp.tanh(y),
    "blocks": lambda x, y: FLAT(xp.reshape(x, (2, 2, 3)) @ BAND[:3, :3] @ BAND[1:4, 1:4]),
    "product": lambda x, y: FLAT(GRID(x) @ GRID(y).T)[:WIDTH],
    "softmax": lambda x, y: FLAT(special.softmax(GRID(x), axis=1)) - y,
    "partial sums": lambda x, y: FLAT(xp.cumulative_sum(GRID(x), axis=0)) * 0.5,
}
structured = st.lists(
    st.tuples(st.sampled_from(sorted(LOCAL)), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5
)


def run(lines, x):
    """The last of some lines (operation, operand, operand), an operand being the input or any earlier line."""
    values = [x]
    for name, i, j in lines:
        values.append(LOCAL[name](values[i % len(values)], values[j % len(values)]))
    return values[-1]


@law
@given(structured, seeds)
def test_structured_programs(lines, seed: int) -> None:
    x = np.random.default_rng(seed).uniform(-1, 1, WIDTH)
    f = lambda x: run(lines, x)
    check(dl.sparse_jacobian(f)(x), dense(f, (x,)))
    total = lambda x: xp.sum(f(x) ** 2)
    check(dl.sparse_hessian(total)(x), dense_hessian(total, x))


# Colourings.

matrices = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, 60), seeds)


def random_matrix(rows: int, columns: int, count: int, seed: int):
    rng = np.random.default_rng(seed)
    matrix = np.zeros((rows, columns))
    matrix[rng.integers(rows, size=count), rng.integers(columns, size=count)] = 1
    return matrix * rng.uniform(1, 2, matrix.shape)


def meet(matrix, colours) -> bool:
    """Whether two columns of one colour have an entry in the same row."""
    return any(np.any(np.sum(matrix[:, colours == c] != 0, axis=1) > 1) for c in set(colours.tolist()))


def is_star(matrix, colours) -> bool:
    """Whether neighbours differ in colour, and no path of four vertices has but two, by looking at all of them."""
    near = [[int(j) for j in np.flatnonzero(row) if j != i] for i, row in enumerate(matrix)]
    if any(colours[i] == colours[j] for i, row in enumerate(near) for j in row):
        return False
    return not any(
        colours[a] == colours[c] and colours[b] == colours[d]
        for b in range(len(near))
        for c in near[b]
        for a in near[b]
        for d in near[c]
        if a != c and d not in (a, b)
    )


def recovered(matrix, colouring):
    """The stored entries, read from products with the seeds of a colouring."""
    data = np.zeros(matrix.nnz)
    for colour, chosen, places in colouring.products:
        seed = (colouring.colours == colour).astype(float)
        data[chosen] = (seed @ matrix if colouring.mode == "rows" else matrix @ seed)[places]
    return data


@law
@given(matrices)
def test_columns_of_one_colour_never_meet(drawn) -> None:
    matrix = random_matrix(*drawn)
    pattern = scipy.sparse.csr_array(matrix)
    by_column = distinct(pattern.tocsc(), pattern.shape[0])
    assert not meet(matrix, by_column)
    assert not meet(matrix.T, distinct(pattern, pattern.shape[1]))
    colouring = colour_jacobian(pattern)
    assert len(colouring.products) <= len(set(by_column.tolist()))
    assert np.array_equal(recovered(pattern, colouring), pattern.data)


@law
@given(matrices)
def test_star_colourings_recover_symmetric_matrices(drawn) -> None:
    rows, _, count, seed = drawn
    half = random_matrix(rows, rows, count, seed)
    matrix = half + half.T
    pattern = scipy.sparse.csr_array(matrix)
    colouring = colour_hessian(pattern)
    assert is_star(matrix, star(pattern))
    assert is_star(matrix, colouring.colours)
    assert np.array_equal(recovered(pattern, colouring), pattern.data)


def test_the_checks_catch_a_wrong_colouring() -> None:
    chain = np.diag(np.ones(4)) + np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1)
    assert is_star(chain, np.array([0, 1, 2, 0]))
    assert not is_star(chain, np.array([0, 1, 0, 1]))  # a path of four in two colours
    assert not is_star(chain, np.array([0, 0, 1, 2]))
    assert meet(chain, np.array([0, 1, 0, 1]))
    assert not meet(chain, np.array([0, 1, 2, 0]))


@pytest.mark.parametrize("n", [2000])
def test_an_arrow_takes_two_colours_whichever_way_it_points(n: int) -> None:
    for head in (0, n // 2, n - 1):
        matrix = scipy.sparse.lil_array(scipy.sparse.eye_array(n))
        matrix[head, :] = 1
        matrix[:, head] = 1
        assert len(colour_hessian(matrix.tocsr()).products) == 2


def test_the_checks_catch_a_pattern_that_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    f, x = (lambda x: xp.roll(x, 1) * x), np.linspace(1.0, 2.0, 5)
    check(dl.sparse_jacobian(f)(x), dense(f, (x,)))
    monkeypatch.setitem(local_jacobians._LOCAL, "roll", lambda link, i: [])
    with pytest.raises(AssertionError, match="outside of the pattern"):
        check(dl.sparse_jacobian(f)(x), dense(f, (x,)))


def test_a_primitive_without_a_known_pattern_depends_on_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(local_jacobians._LOCAL, "roll")
    assert dl.sparsity(lambda x: xp.roll(x, 1), np.ones(4)).toarray().all()


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_products_are_the_same_one_by_one_and_many_in_a_sweep(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    f = lambda p: (p["a"] @ p["b"] + p["c"], xp.exp(p["c"]))
    p = {"a": RNG.uniform(size=(2, 3)), "b": RNG.uniform(size=(3, 4)), "c": np.float64(0.5)}
    expected = np.vstack([entries(row, rows) for row, rows in zip(dl.forward.jacobian(f)(p), (8, 1), strict=True)])
    monkeypatch.setattr(sparse_module, "ENTRIES", 12 * at_once)
    check(dl.sparse_jacobian(f)(p), expected)
    check(dl.sparse_jacobian(lambda x: x[0] + x[1:4])(np.ones(90)), np.eye(3, 90, 1) + (np.arange(90) == 0))


# Pattern and colouring are kept only as long as they hold.


def test_a_branch_that_goes_another_way_is_found_anew() -> None:
    def f(x):
        return x[1:] * x[:-1] if x[0] > 0 else x[::-1] ** 2

    jacobian = dl.sparse_jacobian(f)
    for sign in (1, 1, -1, -1, 1):
        x = sign * np.linspace(1.0, 2.0, 6)
        check(jacobian(x), dense(f, (x,)))
    assert jacobian.detections == 3


def test_other_indices_are_found_anew() -> None:
    f = lambda x: x[xp.argsort(x)] * x
    jacobian = dl.sparse_jacobian(f)
    for x in (np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.5, 3.5]), np.array([3.0, 1.0, 2.0])):
        check(jacobian(x), dense(f, (x,)))
    assert jacobian.detections == 2


def test_a_constant_that_is_no_longer_zero_is_found_anew() -> None:
    x = np.linspace(1.0, 2.0, 4)
    jacobian = dl.sparse_jacobian(lambda x, matrix: matrix @ x)
    for matrix in (np.eye(4), 2 * np.eye(4), np.ones((4, 4))):
        check(jacobian(x, matrix), matrix)
    assert jacobian.detections == 2
    masked = dl.sparse_jacobian(lambda x, mask: xp.where(mask, x, x[::-1]))
    for mask in (np.array([True, False, True, True]), np.array([False, True, False, True])):
        check(masked(x, mask), dense(lambda x, mask: xp.where(mask, x, x[::-1]), (x, mask)))
    captured = [0.0]
    scaled = dl.sparse_jacobian(lambda x: xp.concat([captured[0] * x, x]))
    assert scaled(x).nnz == 4
    captured[0] = 2.0
    check(scaled(x), np.vstack([2 * np.eye(4), np.eye(4)]))


def test_other_shapes_and_loops_are_found_anew() -> None:
    def f(x, rounds):
        for _ in range(rounds):
            x = x * xp.roll(x, 1)
        return x

    jacobian = dl.sparse_jacobian(f)
    for n, rounds in ((5, 1), (6, 1), (6, 2), (6, 0)):
        x = np.linspace(1.0, 2.0, n)
        check(jacobian(x, rounds), dense(lambda x, rounds=rounds: f(x, rounds), (x,)))
    assert jacobian.detections == 4


def test_answers_may_be_inputs_constants_and_each_other() -> None:
    f = lambda x: (x, x, 3.0, xp.sum(x))
    eye = np.eye(2)
    check(dl.sparse_jacobian(f)(np.ones(2)), np.vstack([eye, eye, np.zeros((1, 2)), np.ones((1, 2))]))
    wide = lambda x: (x[0], x[0], xp.sum(x[2:]))  # takes rows
    assert dl.sparse_jacobian(wide).prepare(np.ones(9)).colouring.mode == "rows"
    expected = np.zeros((3, 9))
    expected[:2, 0] = expected[2, 2:] = 1
    check(dl.sparse_jacobian(wide)(np.ones(9)), expected)


def test_an_answer_is_the_callers_own() -> None:
    jacobian = dl.sparse_jacobian(lambda x: x * x)
    first = jacobian(np.ones(3))
    first.indices[:] = 0
    first.data[:] = 7
    jacobian.pattern.indices[:] = 0
    check(jacobian(np.ones(3)), 2 * np.eye(3))


# Arguments and answers.


def test_several_arguments_and_answers_in_containers() -> None:
    def f(p, z):
        return {"a": p["w"] * z[0], "b": (xp.sum(z, keepdims=True), p["v"])}

    p, z = {"w": np.array([1.0, 2.0, 3.0]), "v": np.array([[4.0, 5.0]])}, np.array([6.0, 7.0])
    rows = dl.forward.jacobian(f, (0, 1))(p, z)
    expected = np.vstack([entries(rows["a"], 3), entries(rows["b"][0], 1), entries(rows["b"][1], 2)])
    check(dl.sparse_jacobian(f, (0, 1))(p, z), expected)

    def total(p, z):
        return xp.sum(p["w"] ** 2) * z[0] + xp.sum(p["v"]) * z[1] ** 2

    found = dl.sparse_hessian(total, (0, 1))(p, z)
    flat = lambda x: total({"v": x[:2].reshape(1, 2), "w": x[2:5]}, x[5:])
    check(found, dense_hessian(flat, np.array([4.0, 5.0, 1.0, 2.0, 3.0, 6.0, 7.0])))


@pytest.mark.parametrize(("given", "expected"), [(np.float32, np.float32), (np.float16, np.float32)])
def test_dtypes(given, expected) -> None:
    found = dl.sparse_jacobian(lambda x: x[1:] * x[:-1])(np.ones(4, given))
    assert found.dtype == expected
    check(found, np.eye(3, 4) + np.eye(3, 4, 1))
    assert dl.sparse_hessian(lambda x: xp.sum(x**2))(np.ones(4, given)).dtype == expected


def test_rows_of_answers_that_are_no_numbers_are_no_numbers() -> None:
    with np.errstate(invalid="ignore"):
        found = dl.sparse_jacobian(xp.log)(np.array([1.0, -1.0, 2.0]))
        hessian = dl.sparse_hessian(lambda x: xp.sum(xp.log(x)))(np.array([1.0, -1.0]))
    assert np.array_equal(found.data, [1.0, np.nan, 0.5], equal_nan=True)
    assert np.all(np.isnan(hessian.data))


def test_long_stencils_take_linear_time() -> None:
    n = 100_000
    jacobian = dl.sparse_jacobian(stencil)
    found = jacobian(np.linspace(0, 1, n))
    assert (found.nnz, jacobian.products) == (3 * (n - 2), 3)


@few
@given(st.integers(2, 40), seeds)
def test_partial_sums_of_any_length(n: int, seed: int) -> None:
    x = np.random.default_rng(seed).uniform(0.5, 1.5, n)
    assert np.array_equal(dl.sparsity(xp.cumulative_sum, x).toarray(), np.tril(np.ones((n, n), bool)))


# What is refused.


def test_a_dense_pattern_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparsity_module, "MOST_ENTRIES", 100)
    with pytest.raises(ArgumentError, match=r"not sparse.*hvp"):
        dl.sparse_jacobian(lambda x: x - xp.mean(x))(np.ones(50))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: dl.sparse_jacobian(3), "needs a function"),
    (lambda: dl.sparse_jacobian(np.sin)(np.arange(3)), "floating point"),
    (lambda: dl.sparse_jacobian(np.sin)(np.array([1.0, np.nan])), r"index \(1,\)"),
    (lambda: dl.sparse_jacobian(np.sin, argnums=2)(np.ones(3)), "out of range"),
    (lambda: dl.sparse_jacobian(lambda x: x > 0)(np.ones(3)), "moves in steps"),
    (lambda: dl.sparse_jacobian(lambda x: None)(np.ones(3)), "return"),
    (lambda: dl.sparse_hessian(lambda x: x * x)(np.ones(3)), "scalar"),
    (lambda: dl.sparse_hessian(lambda x: xp.sum(x)).pattern, "prepare"),
])  # fmt: skip
def test_errors_teach(call, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()


def test_no_other_operator_has_a_pattern() -> None:
    with pytest.raises(UnknownNameError, match="jacobian, hessian"):
        dl.sparsity(np.sin, np.ones(2), operator="grad")


def test_a_derivative_through_a_sparse_matrix_is_refused() -> None:
    jacobian = dl.sparse_jacobian(lambda x: x**2)
    with pytest.raises(ArgumentError, match="outside of other operators"):
        dl.reverse.grad(lambda x: jacobian(x).data.sum())(np.ones(3))
    with pytest.raises(ArgumentError, match="plain arrays"):
        dl.reverse.grad(lambda a: dl.sparse_jacobian(lambda x: a * x**2)(np.ones(3)).data.sum())(2.0)
    with pytest.raises(ArgumentError, match="plain arrays"):
        dl.reverse.grad(lambda a: dl.sparse_jacobian(lambda x: a)(np.ones(3)).data.sum())(2.0)


def test_other_libraries_are_refused() -> None:
    jax = pytest.importorskip("jax")
    with pytest.raises(ArgumentError, match=r"numpy\.asarray"):
        dl.sparse_jacobian(lambda x: array_namespace(x).sin(x))(jax.numpy.ones(3))
