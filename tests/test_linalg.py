"""Linear algebra: values, derivatives at orders 1 and 2, stacks, programs, and what happens where none exists."""

from __future__ import annotations

import functools
import inspect

import numpy as np
import pytest

import derivlab as dl
from checks import ORDER_TWO, check_adjoint, check_curvature, check_gradient, hessian_product
from derivlab import truth
from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES
from derivlab.errors import ArgumentError, DerivativeLostError, UnsupportedError
from derivlab.method.problem import flatten
from derivlab.method.reverse import ReverseMode
from rule_cases import SMOOTH, UNDEFINED, Case

la = xp.linalg
DIFFERENCES = dl.FiniteDifference(order=4)
PROMISE = 1e-9  # ε^(4/5) = 3e-13, times the size of the fifth derivative, which gaps of 0.3 raise
EPS = 2.0**-52


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def general(*shape: int, seed: int = 0):
    """Matrices whose singular values are well apart."""
    k = min(shape[-2:])
    u, _, vh = np.linalg.svd(rng(seed).standard_normal(shape), full_matrices=False)
    return u @ ((1.0 + np.arange(k))[:, None] * vh)


def positive(*shape: int, seed: int = 0):
    x = general(*shape, seed=seed)
    return x @ x.mT / shape[-1]


def vectors(*shape: int, seed: int = 0):
    return rng(seed).uniform(0.5, 2, shape) * rng(seed + 1).choice([-1, 1], shape)


def both(pair):
    """All parts of a result as one vector for each matrix."""
    lead = pair[0].shape[:-2] if pair[0].ndim > 1 else ()
    return xp.concat([xp.reshape(part, (*lead, -1)) for part in pair], axis=-1)


ONE = {
    "inv": (la.inv, general(3, 3)),
    "det": (la.det, general(3, 3)),
    "slogdet": (lambda x: la.slogdet(x).logabsdet, general(3, 3)),
    "cholesky": (la.cholesky, positive(3, 3)),
    "cholesky upper": (lambda x: la.cholesky(x, upper=True), positive(3, 3)),
    "qr": (lambda x: both(la.qr(x)), general(3, 3)),
    "qr tall": (lambda x: both(la.qr(x)), general(4, 2)),
    "qr wide": (lambda x: both(la.qr(x)), general(2, 4)),
    "qr complete, R": (lambda x: la.qr(x, mode="complete").R, general(4, 2)),
    "eigh": (lambda x: both((xp.expand_dims(la.eigh(x)[0], axis=-1), la.eigh(x)[1])), positive(3, 3)),
    "eigvalsh": (la.eigvalsh, positive(3, 3)),
    "svd": (lambda x: both(la.svd(x)[::2]), general(3, 3)),
    "svd tall": (lambda x: both(la.svd(x, full_matrices=False)[::2]), general(4, 2)),
    "svd wide": (lambda x: both(la.svd(x, full_matrices=False)[::2]), general(2, 4)),
    "svd full, S": (lambda x: la.svd(x).S, general(4, 2)),
    "svdvals": (la.svdvals, general(3, 4)),
    "pinv": (la.pinv, general(3, 3)),
    "pinv tall": (la.pinv, general(4, 2)),
    "pinv wide": (la.pinv, general(2, 4)),
    "trace": (la.trace, general(3, 4)),
    "trace above": (lambda x: la.trace(x, offset=1), general(3, 4)),
    "diagonal": (la.diagonal, general(3, 4)),
    "diagonal below": (lambda x: la.diagonal(x, offset=-1), general(3, 4)),
    "matrix_transpose": (la.matrix_transpose, general(3, 4)),
    "matrix_power 3": (lambda x: la.matrix_power(x, 3), general(3, 3)),
    "matrix_power -2": (lambda x: la.matrix_power(x, -2), general(3, 3)),
    **{f"vector_norm {p}": (lambda x, p=p: la.vector_norm(x, ord=p, axis=-1), vectors(2, 4)) for p in
       (2, 1, 3, 2.5, -1, -2, 0.5, np.inf, -np.inf)},
    **{f"matrix_norm {p}": (lambda x, p=p: la.matrix_norm(x, ord=p), general(3, 4)) for p in
       ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)},
}  # fmt: skip
TWO = {
    "solve": (la.solve, (general(3, 3), general(3, 2, seed=1))),
    "solve vector": (la.solve, (general(3, 3), vectors(3))),
    "matmul": (la.matmul, (general(3, 4), general(4, 2, seed=1))),
    "outer": (la.outer, (vectors(3), vectors(2))),
    "cross": (la.cross, (vectors(2, 3), vectors(2, 3, seed=1))),
    "cross first": (lambda x, y: la.cross(x, y, axis=0), (vectors(3, 2), vectors(3, 2, seed=1))),
    "vecdot": (la.vecdot, (vectors(2, 3), vectors(2, 3, seed=1))),
    "tensordot": (la.tensordot, (general(2, 3, 4), general(3, 4, 2))),
    "lstsq": (lambda a, b: np.linalg.lstsq(a, b)[0], (general(4, 2), vectors(4))),
    "kron": (lambda a, b: np.kron(a, b), (general(2, 2), general(2, 3, seed=1))),
}
ALL = {**{name: (f, (x,)) for name, (f, x) in ONE.items()}, **TWO}
each = pytest.mark.parametrize("name", ALL)
one = pytest.mark.parametrize("name", ONE)


def assert_close(found, expected, allowed: float) -> None:
    """Equal shapes, and entries within ``allowed`` of the largest."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    gap = np.max(np.abs(found - expected), initial=0.0)
    assert gap <= allowed * (1 + np.max(np.abs(expected), initial=0.0)), (found, expected)


def scalar(f):
    """A sum of squares with weights that tell the entries apart."""

    def loss(*args):
        y = f(*args)
        weights = np.linspace(0.7, 1.3, int(np.prod(y.shape))).reshape(y.shape).astype(y.dtype)
        return xp.sum(weights * y * (1 + y))

    return loss


# Derivatives.


@each
def test_forward_meets_the_differences(name: str) -> None:
    f, args = ALL[name]
    tangents = tuple(rng(5).standard_normal(x.shape) for x in args)
    y, pushed = dl.forward.jvp(f, args, tangents)
    assert_close(y, f(*args), 64 * EPS)
    assert_close(pushed, DIFFERENCES.jvp(f, args, tangents)[1], PROMISE)


@each
def test_reverse_is_the_adjoint_of_forward(name: str) -> None:
    f, args = ALL[name]
    check_adjoint(dl.forward, dl.reverse, f, args, 3, 512)


@functools.cache
def hessian_by_differences(name: str):
    """A loss of all arguments in one vector, a point, a direction v, and H v there."""
    f, args = ALL[name]
    sizes = np.cumsum([x.size for x in args])[:-1]
    flat = np.concatenate([np.ravel(x) for x in args])
    cut = lambda z: [
        xp.reshape(z[a:b], x.shape) for a, b, x in zip([0, *sizes], [*sizes, flat.size], args, strict=True)
    ]
    loss = lambda z: scalar(f)(*cut(z))
    v = rng(6).standard_normal(flat.shape)
    return loss, flat, v, DIFFERENCES.jvp(dl.reverse.grad(loss), (flat,), (v,))[1]


@pytest.mark.parametrize(("outer", "inner"), ORDER_TWO)
@each
def test_second_order_meets_the_differences(name: str, outer: str, inner: str) -> None:
    loss, flat, v, expected = hessian_by_differences(name)
    assert_close(hessian_product(outer, inner, loss, flat, v), expected, 10 * PROMISE)


@pytest.mark.parametrize("case", UNDEFINED, ids=lambda case: case.id)
@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_what_has_no_derivative_is_nan(case: Case, method: str) -> None:
    for found in dl.methods[method].grad(case.scalar, argnums=(0,))(*case.inputs()):
        assert np.all(np.isnan(found))


@one
def test_third_order_by_series(name: str) -> None:
    f, x = ONE[name]
    v = rng(7).standard_normal(x.shape) / 4
    second = lambda t: dl.taylor.derivative(lambda s: f(x + s * v), order=2)(t)
    assert_close(dl.taylor.derivative(lambda t: f(x + t * v), order=3)(0.0), DIFFERENCES.derivative(second)(0.0), 1e-7)


@one
@pytest.mark.parametrize("mode", ["forward-over-reverse", "reverse-over-reverse", "forward-over-forward"])
def test_hessians_of_all_directions_at_once_agree(name: str, mode: str) -> None:
    f, x = ONE[name]
    columns = [hessian_product("forward", "reverse", scalar(f), x, e) for e in np.eye(x.size).reshape(x.size, *x.shape)]
    assert_close(dl.reverse.hessian(scalar(f), mode=mode)(x), np.array(columns).reshape(x.shape * 2), 4096 * EPS)


# Stacks, batches, dtypes, programs.


@one
def test_a_stack_is_its_matrices(name: str) -> None:
    f, x = ONE[name]
    if x.ndim > 2 or name.startswith("vector_norm"):
        return
    stack = np.stack([x, x + 0.01 * np.eye(*x.shape)])[:, None]
    y, pull = dl.reverse.vjp(f, stack)
    bar = rng(8).standard_normal(y.shape)
    pulled = pull(bar)[0]
    for i in range(2):
        single, back = dl.reverse.vjp(f, stack[i, 0])
        assert_close(y[i, 0], single, 8 * EPS)
        assert_close(pulled[i, 0], back(np.reshape(bar[i, 0], np.shape(single)))[0], 64 * EPS)


@each
def test_jacobians_of_all_directions_at_once_agree(name: str) -> None:
    f, args = ALL[name]
    argnums = tuple(range(len(args)))
    jacobians = [method.jacobian(f, argnums)(*args) for method in (dl.forward, dl.reverse, ReverseMode(chunk=1))]
    for blocks in zip(*jacobians, strict=True):
        for block in blocks[1:]:
            assert_close(block, blocks[0], 512 * EPS)


@each
def test_single_precision_stays(name: str) -> None:
    f, args = ALL[name]
    single = tuple(x.astype(np.float32) for x in args)
    argnums = tuple(range(len(args)))
    rounded = dl.reverse.grad(scalar(f), argnums)(*[x.astype(float) for x in single])
    for method in (dl.forward, dl.reverse):
        for found, exact in zip(method.grad(scalar(f), argnums)(*single), rounded, strict=True):
            assert found.dtype == np.float32
            assert_close(found, exact, 1024 * 2.0**-23)


@each
@pytest.mark.parametrize("method", ["reverse-compiled", "forward-compiled"])
def test_programs_agree(name: str, method: str) -> None:
    if method not in dl.methods:
        pytest.skip("no such method")
    f, args = ALL[name]
    argnums = tuple(range(len(args)))
    program = dl.methods[method].prepare("grad", scalar(f), *args, argnums=argnums)
    others = tuple(1.01 * x for x in args)
    for found, eager in zip(program(*others), dl.reverse.grad(scalar(f), argnums)(*others), strict=True):
        assert_close(found, eager, 512 * EPS)


LINEAR_ALGEBRA = """
    inv det cofactor slogdet cholesky qr pinv solve norm eigh eigvalsh svd svdvals completion undefined
""".split()


@pytest.mark.parametrize("name", LINEAR_ALGEBRA)
@pytest.mark.parametrize("library", ["jax", "torch"])
def test_other_libraries_compute_the_same(name: str, library: str) -> None:
    check_library([case for case in [*SMOOTH, *UNDEFINED] if case.name == name], library)


def check_library(cases: list[Case], library: str) -> None:
    """Values in another library, up to the signs of vectors."""
    module = pytest.importorskip(library)
    for case in cases:
        args = [np.asarray(x) for x in case.arrange(*case.inputs())]
        expected = PRIMITIVES[case.name](*args, **case.params)
        if library == "jax":
            with module.enable_x64(True):
                run = module.jit(lambda *args, case=case: PRIMITIVES[case.name](*args, **case.params))
                found = np.asarray(run(*[module.numpy.asarray(x) for x in args]))
        else:
            found = PRIMITIVES[case.name](*[module.asarray(x) for x in args], **case.params).numpy()
        assert_close(np.abs(found), np.abs(expected), 64 * EPS) if case.name != "undefined" else None
        assert np.array_equal(np.isnan(found), np.isnan(expected))


# The standard.

SIGNATURES = """
    cholesky(x, /, *, upper=False)
    cross(x1, x2, /, *, axis=-1)
    det(x, /)
    diagonal(x, /, *, offset=0)
    eigh(x, /)
    eigvalsh(x, /)
    inv(x, /)
    matmul(x1, x2, /)
    matrix_norm(x, /, *, keepdims=False, ord='fro')
    matrix_power(x, n, /)
    matrix_rank(x, /, *, rtol=None)
    matrix_transpose(x, /)
    outer(x1, x2, /)
    pinv(x, /, *, rtol=None)
    qr(x, /, *, mode='reduced')
    slogdet(x, /)
    solve(x1, x2, /)
    svd(x, /, *, full_matrices=True)
    svdvals(x, /)
    tensordot(x1, x2, /, *, axes=2)
    trace(x, /, *, offset=0, dtype=None)
    vecdot(x1, x2, /, *, axis=-1)
    vector_norm(x, /, *, axis=None, keepdims=False, ord=2)
"""


@pytest.mark.parametrize("line", [line.strip() for line in SIGNATURES.strip().splitlines()])
def test_signatures_are_the_standards(line: str) -> None:
    name, _, rest = line.partition("(")
    signature = inspect.signature(getattr(la, name))
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    assert str(inspect.Signature(plain)) == f"({rest}"


def test_the_names_are_the_standards() -> None:
    assert sorted(la.__all__) == sorted(line.strip().partition("(")[0] for line in SIGNATURES.strip().splitlines())
    assert dl.reverse.grad(lambda x: dl.array_namespace(x).linalg.det(x))(np.eye(2)).shape == (2, 2)


@pytest.mark.parametrize("where", ["plain", "traced"])
def test_results_have_names(where: str) -> None:
    def check(x):
        assert la.eigh(x)._fields == ("eigenvalues", "eigenvectors")
        assert la.qr(x)._fields == ("Q", "R")
        assert la.slogdet(x)._fields == ("sign", "logabsdet")
        assert la.svd(x)._fields == ("U", "S", "Vh")
        return la.det(x)

    check(positive(3, 3)) if where == "plain" else dl.reverse.grad(check)(positive(3, 3))


def test_values_are_those_of_numpy() -> None:
    x, y, s = general(2, 4, 3), general(3, 3), positive(3, 3)
    for mode in ("reduced", "complete"):
        for ours, theirs in zip(la.qr(x, mode=mode), np.linalg.qr(x, mode=mode), strict=True):
            assert_close(ours, theirs, 0)
    for full in (True, False):
        for z in (x, x.mT, y):
            u, sigma, vh = la.svd(z, full_matrices=full)
            assert (u.shape, vh.shape) == tuple(np.linalg.svd(z, full_matrices=full)[i].shape for i in (0, 2))
            k = sigma.shape[-1]
            assert_close(u[..., :k] @ (sigma[..., None] * vh[..., :k, :]), z, 16 * EPS)
            assert_close(u.mT @ u, np.broadcast_to(np.eye(u.shape[-1]), u.mT.shape[:-2] + (u.shape[-1],) * 2), 16 * EPS)
    for ours, theirs in zip(la.eigh(s), np.linalg.eigh(s), strict=True):
        assert_close(ours, theirs, 0)
    assert np.array_equal(la.matrix_rank(np.stack([np.eye(3), np.ones((3, 3)), np.zeros((3, 3))])), [3, 1, 0])
    assert la.matrix_rank(np.diag([1.0, 1e-3]), rtol=1e-2) == 1
    assert_close(la.matrix_power(y, 0), np.eye(3), 0)
    for n in (-3, 5):
        assert_close(la.matrix_power(y, n), np.linalg.matrix_power(y, n), 64 * EPS)
    assert la.trace(np.ones((2, 2), np.float32), dtype=np.float64).dtype == np.float64


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, (0, 1), (1, 0)])
def test_numpys_norms_of_matrices(ord, keepdims: bool, axis) -> None:
    x = general(3, 4)
    expected = np.linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)
    y, _ = dl.forward.jvp(lambda x: np.linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims), (x,), (x,))
    assert_close(y, expected, 8 * EPS)
    kind = "fro" if ord is None else ord
    assert_close(la.matrix_norm(x if axis != (1, 0) else x.T, ord=kind, keepdims=keepdims), expected, 8 * EPS)


@pytest.mark.parametrize("ord", [None, 0, 1, -1, 2, -2, 3, 0.5, np.inf, -np.inf])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_numpys_norms_of_vectors(ord, axis) -> None:
    x = vectors(4) if axis is None else vectors(2, 3, 4)
    f = lambda x: np.linalg.norm(x, ord=ord, axis=axis, keepdims=True)
    assert_close(dl.forward.jvp(f, (x,), (x,))[0], f(x), 8 * EPS)
    assert_close(la.vector_norm(x, ord=2 if ord is None else ord, axis=axis, keepdims=True), f(x), 8 * EPS)


NUMPY = {
    "inv": (np.linalg.inv, general(3, 3)),
    "det": (np.linalg.det, general(3, 3)),
    "slogdet": (lambda x: np.linalg.slogdet(x).logabsdet, general(3, 3)),
    "cholesky": (np.linalg.cholesky, positive(3, 3)),
    "qr": (lambda x: np.linalg.qr(x).R, general(3, 3)),
    "qr r": (lambda x: np.linalg.qr(x, mode="r"), general(3, 3)),
    "eigh": (lambda x: np.linalg.eigh(x).eigenvectors, positive(3, 3)),
    "eigh upper": (lambda x: np.linalg.eigh(x, UPLO="U").eigenvalues, general(3, 3)),
    "eigvalsh": (np.linalg.eigvalsh, positive(3, 3)),
    "svd": (lambda x: np.linalg.svd(x, full_matrices=False)[0], general(4, 3)),
    "svd values": (lambda x: np.linalg.svd(x, compute_uv=False), general(4, 3)),
    "svdvals": (np.linalg.svdvals, general(4, 3)),
    "pinv": (np.linalg.pinv, general(4, 3)),
    "matrix_power": (lambda x: np.linalg.matrix_power(x, 3), general(3, 3)),
    "multi_dot": (lambda x: np.linalg.multi_dot([x, x.T, np.ones((3, 2)), np.ones(2)]), general(3, 3)),
    "matrix_rank": (lambda x: np.linalg.matrix_rank(x) * np.sum(x), general(3, 3)),
    "lstsq": (lambda x: np.linalg.lstsq(x, np.ones((4, 2)))[1], general(4, 2)),
    "cond": (np.linalg.cond, general(3, 3)),
    "cond 1": (lambda x: np.linalg.cond(x, 1), general(3, 3)),
    "cond -2": (lambda x: np.linalg.cond(x, -2), general(3, 3)),
    "trace": (np.trace, general(3, 4)),
    "trace axes": (lambda x: np.trace(x, 1, 1, 2), general(2, 3, 4)),
    "diagonal": (np.diagonal, general(3, 4)),
    "cross": (lambda x: np.cross(x, np.array([1.0, 2, 3])), general(2, 3)),
    "kron": (lambda x: np.kron(x, np.arange(3.0)), general(2, 2)),
    "outer": (lambda x: np.linalg.outer(x[0], x[1]), general(2, 3)),
    "linalg.cross": (lambda x: np.linalg.cross(x, x[::-1]), general(2, 3)),
    "linalg.vecdot": (lambda x: np.linalg.vecdot(x, x[::-1]), general(2, 3)),
    "linalg.trace": (np.linalg.trace, general(2, 3, 3)),
    "linalg.diagonal": (np.linalg.diagonal, general(2, 3, 3)),
    "solve": (lambda x: np.linalg.solve(x, np.ones(3)), general(2, 3, 3)),
}


@pytest.mark.parametrize("name", NUMPY)
def test_numpys_functions(name: str) -> None:
    f, x = NUMPY[name]
    v = rng(9).standard_normal(x.shape)
    y, pushed = dl.forward.jvp(f, (x,), (v,))
    assert_close(y, f(x), 64 * EPS)
    assert_close(pushed, DIFFERENCES.jvp(f, (x,), (v,))[1], PROMISE)
    check_adjoint(dl.forward, dl.reverse, f, (x,), 4, 512)


# Where no derivative exists, or has to be chosen.


@pytest.mark.parametrize(
    "x", [np.zeros((3, 3)), np.eye(3), np.diag([2.0, 2.0, 0.0]), np.ones((3, 3)), np.outer([1.0, 2, 3], [3.0, 1, 2]),
          np.diag([1.0, 0, 0]), np.arange(9.0).reshape(3, 3), np.zeros((1, 1)), np.zeros((2, 2))],
    ids=["zero", "identity", "double and zero", "ones", "rank one", "unit", "rank two", "1x1", "2x2"],
)  # fmt: skip
def test_determinants_of_singular_matrices(x) -> None:
    v = rng(10).standard_normal(x.shape)
    size = 1 + np.max(np.abs(x)) ** x.shape[0]
    for method in (dl.forward, dl.reverse):
        exact = truth.grad(la.det)(x)
        assert np.max(np.abs(method.grad(la.det)(x) - exact.value)) <= 32 * EPS * size
    exact = float(truth.derivative(lambda t: la.det(x + t * v), order=2)(0.0))
    for outer, inner in ORDER_TWO:
        assert abs(np.sum(v * hessian_product(outer, inner, la.det, x, v)) - exact) <= 256 * EPS * size


@pytest.mark.parametrize("x", [np.diag([3.0, 2, 1]), np.eye(3), np.zeros((3, 3)), np.diag([1.0, 1, 0])])
def test_third_derivatives_of_determinants_are_right_or_nan(x) -> None:
    v = rng(12).standard_normal((3, 3))
    third = dl.taylor.derivative(lambda t: la.det(x + t * v), order=3)(0.0)
    assert np.isnan(third) if x[0, 0] != 3 else abs(third - 6 * np.linalg.det(v)) <= 1e-12


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_one_matrix_of_a_stack_does_not_spoil_the_others(method: str) -> None:
    stack = np.stack([np.eye(3), np.diag([1.0, 2, 4]), np.ones((3, 3))])
    total = lambda *parts: sum((xp.sum(part) for part in parts), 0.0)
    for f, spoiled in (
        (lambda x: total(*la.eigh(x)), [True, False, True]),
        (lambda x: total(*la.svd(x)), [True, False, True]),
        (lambda x: total(*la.qr(x)), [False, False, True]),
    ):
        found = dl.methods[method].grad(f)(stack)
        assert np.array_equal(np.isnan(found).any(axis=(1, 2)), spoiled)
        assert np.array_equal(np.isfinite(found).all(axis=(1, 2)), np.logical_not(spoiled))


REPEATED = np.diag([2.0, 1.0, 1.0])
TURN = np.linalg.qr(rng(2).standard_normal((3, 3))).Q
CLUSTER = TURN @ REPEATED @ TURN.T


@pytest.mark.parametrize("x", [REPEATED, CLUSTER, np.eye(3), np.zeros((3, 3))], ids=["plain", "turned", "eye", "zero"])
@pytest.mark.parametrize("method", ["forward", "reverse"])
@pytest.mark.parametrize("values", [la.eigvalsh, lambda x: la.eigh(x).eigenvalues], ids=["eigvalsh", "eigh"])
def test_repeated_eigenvalues_have_the_right_sums(x, method: str, values) -> None:
    grad = dl.methods[method].grad
    assert_close(grad(lambda x: xp.sum(values(x)))(x), np.eye(3), 64 * EPS)
    squares = grad(lambda x: xp.sum(values(x) ** 2))(x)
    assert_close(squares, np.tril(4 * x) - np.diag(2 * np.diag(x)), 64 * EPS)
    single = grad(lambda x: values(x)[2])(x)
    symmetric = (single + single.T) / 2
    assert_close(symmetric @ symmetric, symmetric, 64 * EPS)  # v vᵀ of a unit vector
    assert abs(np.trace(symmetric) - 1) <= 64 * EPS


@pytest.mark.parametrize("x", [REPEATED, CLUSTER], ids=["plain", "turned"])
@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_vectors_of_repeated_eigenvalues_are_undefined(x, method: str) -> None:
    grad = dl.methods[method].grad
    for entry in np.ndindex(3, 2):
        assert np.any(np.isnan(grad(lambda x: la.eigh(x).eigenvectors[entry])(x))), entry  # noqa: B023
    alone = lambda x: la.eigh(x).eigenvectors[:, 2] ** 2 @ np.array([1.0, 2, 3])
    found = grad(alone)(x)
    assert np.all(np.isfinite(found))
    assert_close(found, DIFFERENCES.grad(alone)(x), PROMISE)


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_second_derivatives_at_repeated_eigenvalues_are_never_wrong(method: str) -> None:
    """Σ w² has the Hessian 2 δ; through vectors that have no derivative it is NaN, or right."""
    v = np.array([[0.5, 0, 0], [0.3, 1, 0], [0.2, 0.7, -1]])
    f = lambda x: xp.sum(la.eigvalsh(x) ** 2)
    for outer in ("forward", "reverse"):
        found = hessian_product(outer, method, f, REPEATED, v)
        right = np.tril(4 * v) - np.diag(2 * np.diag(v))
        assert np.all(np.isnan(found) | (np.abs(found - right) <= 64 * EPS))


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_singular_values_that_repeat_or_vanish(method: str) -> None:
    grad = dl.methods[method].grad
    for name, values in {"svdvals": la.svdvals, "svd": lambda x: la.svd(x).S}.items():
        total = lambda x, power=1, count=3, values=values: xp.sum(values(x)[:count] ** power)
        assert_close(grad(lambda x: total(x, 2))(np.eye(3)), 2 * np.eye(3), 64 * EPS)  # noqa: B023
        assert_close(grad(total)(CLUSTER), np.eye(3), 64 * EPS)
        assert np.array_equal(grad(total)(np.zeros((3, 2))), np.zeros((3, 2))), name
        assert np.array_equal(grad(lambda x: total(x, 1, 1))(np.diag([3.0, 0, 0])), np.diag([1.0, 0, 0])), name  # noqa: B023
    assert np.any(np.isnan(grad(lambda x: la.svd(x).U[0, 0] + la.svd(x).Vh[0, 1])(np.eye(3))))
    assert np.any(np.isnan(grad(lambda x: la.svd(x).U[0, 3])(general(4, 2))))


DEFICIENT = np.outer([1.0, 2, 3, 4], [1.0, 2])
RANK_TWO = np.array([[2.0, 1, 3], [0, 1, 1], [1, 3, 4]])
STILL_DEFINED = {
    "leading": (lambda x: la.svd(x, full_matrices=False).U[:, 0] ** 2 @ np.arange(4.0), DEFICIENT),
    "null vector": (lambda x: la.svd(x, full_matrices=False).Vh[1] ** 2 @ np.arange(2.0), DEFICIENT),
    "null vector, wide": (lambda x: la.svd(x, full_matrices=False).U[:, 1] ** 2 @ np.arange(2.0), DEFICIENT.T),
    "null vector, square": (lambda x: la.svd(x).U[:, 2] ** 2 @ np.arange(3.0), RANK_TWO),
    "rest of a cluster": (lambda x: la.svd(x).Vh[0] ** 2 @ np.arange(3.0), np.diag([3.0, 1, 1]) + 0.0),
}


@pytest.mark.parametrize("name", STILL_DEFINED)
@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_singular_vectors_that_are_defined_beside_others_that_are_not(name: str, method: str) -> None:
    f, x = STILL_DEFINED[name]
    assert_close(dl.methods[method].grad(f)(x), DIFFERENCES.grad(f)(x), PROMISE)


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_singular_vectors_of_zero_are_undefined_on_the_longer_side(method: str) -> None:
    grad = dl.methods[method].grad
    assert np.any(np.isnan(grad(lambda x: la.svd(x, full_matrices=False).U[0, 1])(DEFICIENT)))
    assert np.any(np.isnan(grad(lambda x: la.svd(x, full_matrices=False).Vh[1, 0])(DEFICIENT.T)))


@pytest.mark.parametrize("method", ["forward", "reverse"])
@pytest.mark.parametrize("x", [np.ones((3, 3)), np.zeros((3, 2)), np.outer([1.0, 2, 3], [1.0, 2, 3])])
def test_qr_of_dependent_columns_is_undefined(x, method: str) -> None:
    assert np.any(np.isnan(dl.methods[method].grad(lambda x: xp.sum(la.qr(x).R))(x)))


@pytest.mark.parametrize("name", ["eigh", "eigvalsh", "cholesky"])
def test_only_the_triangle_that_is_read_counts(name: str) -> None:
    f = scalar({"eigh": lambda x: both((la.eigh(x)[0][:, None], la.eigh(x)[1])), "eigvalsh": la.eigvalsh}.get(
        name, la.cholesky))  # fmt: skip
    x = positive(3, 3) + np.triu(rng(3).standard_normal((3, 3)), 1)
    for method in (dl.forward, dl.reverse):
        found = method.grad(f)(x)
        assert np.all(found[np.triu_indices(3, 1)] == 0)
        assert_close(found, DIFFERENCES.grad(f)(x), PROMISE)
    upper = scalar(lambda x: la.cholesky(x, upper=True))
    found = dl.reverse.grad(upper)(positive(3, 3) + np.tril(np.ones((3, 3)), -1))
    assert np.all(found[np.tril_indices(3, -1)] == 0)


@pytest.mark.parametrize("method", ["forward", "reverse", "reverse-compiled", "taylor"])
@pytest.mark.parametrize("ord", [2, 1, 3, 2.5, np.inf])
def test_a_norm_has_the_derivative_0_at_0(method: str, ord) -> None:
    f = lambda x: la.vector_norm(x, ord=ord)
    assert np.array_equal(dl.methods[method].grad(f)(np.zeros(3)), np.zeros(3))
    assert dl.methods[method].grad(lambda x: np.linalg.norm(x))(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_norms_share_ties(method: str) -> None:
    grad = dl.methods[method].grad
    x = np.array([1.0, -2, 2, 0])
    assert np.array_equal(grad(lambda x: la.vector_norm(x, ord=np.inf))(x), [0, -0.5, 0.5, 0])
    assert np.array_equal(grad(lambda x: la.vector_norm(x, ord=-np.inf))(x), np.zeros(4))
    assert np.array_equal(grad(lambda x: la.vector_norm(x, ord=1))(x), [1, -1, 1, 0])
    assert np.array_equal(grad(lambda x: la.vector_norm(x, ord=0) + xp.sum(x))(x), np.ones(4))
    columns = np.array([[1.0, -1], [1, 1]])
    assert np.array_equal(grad(lambda x: la.matrix_norm(x, ord=1))(columns), columns / 2)


@pytest.mark.parametrize("scale", [1e-200, 1e200, 1e-320])
def test_norms_outside_the_range_of_squares(scale: float) -> None:
    x = np.array([3.0, -4.0]) * scale
    assert abs(la.vector_norm(x) / (5 * scale) - 1) <= 1e-3 if scale < 1e-300 else 4 * EPS
    assert_close(dl.reverse.grad(la.vector_norm)(x), [0.6, -0.8], 1e-3 if scale < 1e-300 else 4 * EPS)


def test_norms_meet_the_truth() -> None:
    x = vectors(3)
    for ord in (2, 1, 3, 2.5, np.inf, -np.inf, -2):
        f = lambda x, ord=ord: la.vector_norm(x, ord=ord)
        for method in (dl.forward, dl.reverse):
            check_gradient(method, f, (x,), 64, sums=True)
        for outer, inner in ORDER_TWO:
            check_curvature(outer, inner, lambda x: f(x) ** 3, x, np.array([0.3, -0.5, 0.7]), 256)  # noqa: B023


def test_the_pseudoinverse_along_one_rank() -> None:
    left, right, a, b = (rng(i).standard_normal(s) for i, s in enumerate([(4, 2), (2, 3), (4, 2), (2, 3)]))
    f = lambda t: la.pinv((left + t * a) @ (right + t * b))
    for method in (dl.forward, dl.taylor):
        assert_close(method.derivative(f)(0.0), DIFFERENCES.derivative(f)(0.0), PROMISE)
    check_adjoint(dl.forward, dl.reverse, la.pinv, (left @ right,), 1, 512)


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_singular_matrices_have_no_inverse(method: str) -> None:
    grad = dl.methods[method].grad
    for f in (la.inv, lambda x: la.solve(x, np.ones(2)), np.linalg.inv, lambda x: la.slogdet(x).logabsdet):
        with pytest.raises(np.linalg.LinAlgError, match="pinv"):
            grad(lambda x: xp.sum(f(x)))(np.ones((2, 2)))  # noqa: B023
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        grad(lambda x: xp.sum(la.cholesky(x)))(-np.eye(2))


REFUSED = {
    "eig": (lambda x: np.linalg.eig(x)[0], DerivativeLostError, "eigh"),
    "eigvals": (lambda x: np.linalg.eigvals(x), DerivativeLostError, "eigvalsh"),
    "lstsq": (lambda x: np.linalg.lstsq(x, np.ones(2))[0], UnsupportedError, "pinv"),
    "lstsq wide": (lambda x: np.linalg.lstsq(x[:1], np.ones(1))[0], UnsupportedError, "pinv"),
    "qr raw": (lambda x: np.linalg.qr(x, mode="raw")[0], UnsupportedError, "reduced"),
    "hermitian": (lambda x: np.linalg.pinv(x, hermitian=True), DerivativeLostError, "hermitian"),
    "mode": (lambda x: la.qr(x, mode="economic").R, ArgumentError, "complete"),
    "rows": (lambda x: la.inv(x[:1]), ArgumentError, "square"),
    "vector": (lambda x: la.det(x[0]), ArgumentError, "square matrix"),
    "sides": (lambda x: la.solve(x, np.ones(3)), ArgumentError, r"\(3,\)"),
    "cross": (lambda x: la.cross(x, x), ArgumentError, "3 entries"),
    "outer": (lambda x: la.outer(x, x), ArgumentError, "two vectors"),
    "vector norm": (lambda x: la.vector_norm(x, ord="fro"), ArgumentError, "number"),
    "matrix norm": (lambda x: la.matrix_norm(x, ord=3), ArgumentError, "nuc"),
    "norm of three": (lambda x: np.linalg.norm(x[None], ord=2), ArgumentError, "3 axes"),
    "triangle": (lambda x: np.linalg.eigh(x, UPLO="X")[0], ArgumentError, "UPLO"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused(name: str) -> None:
    f, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        dl.reverse.grad(lambda x: xp.sum(f(x)))(np.ones((2, 2)))


@pytest.mark.parametrize("n", [0])
def test_empty_matrices(n: int) -> None:
    x = np.zeros((2, n, n))
    for f in (la.inv, la.det, la.cholesky, la.eigvalsh, la.svdvals, la.pinv, la.trace, lambda x: la.slogdet(x)[1],
              lambda x: la.eigh(x)[1], lambda x: la.svd(x)[0], lambda x: la.qr(x)[1], lambda x: la.solve(x, x),
              la.matrix_norm):  # fmt: skip
        y, pull = dl.reverse.vjp(f, x)
        assert np.shape(y) == np.shape(f(x))
        assert pull(np.ones(np.shape(y)))[0].shape == x.shape
        assert dl.forward.jvp(f, (x,), (x,))[1].shape == np.shape(y)
    assert np.array_equal(la.det(x), [1, 1])
    assert flatten(la.eigh(x))[0][0].shape == (2, 0)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_zeros_of_a_triangular_factor_do_not_move(mode: str) -> None:
    """What lies below the diagonal of R is 0 for every matrix, and not rounding of a small sum."""
    below = lambda x: la.qr(x).R[1, 0]
    assert np.array_equal(dl.methods[mode].grad(below)(general(3, 2)), np.zeros((3, 2)))


@pytest.mark.parametrize("name", ["det", "slogdet", "inv"])
def test_empty_matrices_beside_others_under_the_truth(name: str) -> None:
    value = {"det": la.det, "slogdet": lambda x: la.slogdet(x).sign, "inv": lambda x: 1 + xp.sum(la.inv(x))}[name]
    f = lambda x: value(xp.reshape(x[:0], (0, 0))) * x[0] ** 2
    for method in (truth, dl.symbolic, dl.reverse):
        gradient = method.grad(f)(np.array([1.5, 2.0]))
        assert list(getattr(gradient, "value", gradient)) == [3.0, 0.0]


@pytest.mark.parametrize("mode", ["forward-compiled", "reverse-compiled"])
@pytest.mark.parametrize("operator", ["jacobian", "hessian"])
def test_one_inverse_and_one_norm_serve_all_directions(operator: str, mode: str) -> None:
    def count(f, name: str) -> int:
        graph = dl.methods[mode].prepare(operator, f, general(3, 3)).graph
        return sum(node.primitive is PRIMITIVES[name] for node in graph.nodes)

    assert count(lambda x: la.slogdet(x).logabsdet, "inv") == 1
    assert count(lambda x: la.slogdet(x).logabsdet, "solve") == 0
    assert count(lambda x: xp.sum(la.vector_norm(x, axis=1) ** 3), "norm") == 1
