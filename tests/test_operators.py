"""Every method × operator: right, or declared unsupported; the table that says which; auxiliary data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab.array.array import Array
from derivlab.errors import ArgumentError, UnsupportedError
from derivlab.method import METHODS, OPERATORS
from derivlab.method.problem import flatten
from derivlab.namespace import array_namespace

A = np.array([0.5, -1.0, 0.25])
X, V, W = np.array([0.3, 0.7, -1.1]), np.array([1.0, -0.5, 2.0]), np.array([0.4, 0.2, -0.3])
VALUE = float(np.exp(A @ X))
HESSIAN = np.outer(A, A) * VALUE


def scalar(x: Any) -> Any:
    """exp(a · x), of which every derivative is a product of a's entries and its value."""
    xp = array_namespace(x)
    return xp.exp(xp.sum(x * A))


def number(x: Any) -> Any:
    return array_namespace(x).exp(0.5 * x)


def vector(x: Any) -> Any:
    return array_namespace(x).exp(x * A)


def matrix(x: Any) -> Any:
    xp = array_namespace(x)
    return xp.exp(xp.reshape(x, (3, 1)) * A)


JACOBIAN = np.diag(A * np.exp(X * A))
CASES: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], Any]] = {
    "derivative": (number, (0.8,), {}, 0.5 * np.exp(0.4)),
    "grad": (scalar, (X,), {}, A * VALUE),
    "value_and_grad": (scalar, (X,), {}, (VALUE, A * VALUE)),
    "jvp": (vector, ((X,), (V,)), {}, (np.exp(X * A), JACOBIAN @ V)),
    "vjp": (vector, (X,), {}, (np.exp(X * A), V @ JACOBIAN)),
    "jacobian": (vector, (X,), {}, JACOBIAN),
    "hessian": (scalar, (X,), {}, HESSIAN),
    "hvp": (scalar, ((X,), (V,)), {}, HESSIAN @ V),
    "vhp": (scalar, ((X,), (V,)), {}, V @ HESSIAN),
    "laplacian": (scalar, (X,), {}, np.trace(HESSIAN)),
    "directional": (scalar, ((X,), (V,)), {"order": 2}, V @ HESSIAN @ V),
    "partial": (scalar, (X,), {"argnums": ((0, 1), (0, 0), (0, 1))}, A[1] * A[0] * A[1] * VALUE),
}


class Written:
    """A function that brings its derivative along, for the method "manual"."""

    argnums = 0

    def __init__(self, f: Any) -> None:
        self.f = f

    def __call__(self, x: Any) -> Any:
        return self.f(x)

    def value_and_gradient(self, x: Any) -> Any:
        return (number(x), 0.5 * number(x)) if self.f is number else (scalar(x), A * scalar(x))


def check(name: str, found: Any, expected: Any) -> None:
    promise = METHODS[name].accuracy or 256 * np.finfo(float).eps
    ours, exact = flatten(found)[0], flatten(expected)[0]
    assert len(ours) == len(exact)
    for a, b in zip(ours, exact, strict=True):
        assert np.shape(a) == np.shape(b)
        assert not isinstance(a, Array)
        assert np.max(np.abs(np.asarray(a) - b)) <= promise * (1 + np.max(np.abs(b)))


def run(name: str, operator: str, prepared: bool) -> Any:
    f, args, options, _ = CASES[operator]
    if name == "manual":
        f = Written(scalar if f is vector else f)
    method = METHODS[name]
    with np.errstate(all="ignore"):
        if prepared:
            answer = method.prepare(operator, f, *args, **options)(*args)
        elif operator in ("jvp", "vjp", "hvp", "vhp", "directional"):
            answer = getattr(method, operator)(f, *args, **options)
        else:
            answer = getattr(method, operator)(f, *options.values())(*args)
        if operator != "vjp":
            return answer
        value, pullback = answer
        return value, pullback(1.0 if name == "manual" else V)[0]


def expected(name: str, operator: str) -> Any:
    manual = {"jvp": (VALUE, A @ V * VALUE), "vjp": (VALUE, A * VALUE), "jacobian": A * VALUE}
    return manual.get(operator, CASES[operator][3]) if name == "manual" else CASES[operator][3]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("name", [name for name in METHODS if name != "null"])
@pytest.mark.parametrize("prepared", [False, True], ids=["", "prepared"])
def test_every_cell_is_right_or_declared(name: str, operator: str, prepared: bool) -> None:
    if operator in METHODS[name].unsupported:
        with pytest.raises(UnsupportedError, match=name):
            run(name, operator, prepared)
    else:
        check(name, run(name, operator, prepared), expected(name, operator))


EXACT = [name for name in METHODS if METHODS[name].accuracy is None and name not in ("manual", "null")]


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_directional_derivatives_of_vectors_and_matrices(name: str, order: int) -> None:
    if "directional" in METHODS[name].unsupported:
        pytest.skip("declared unsupported")
    check(name, METHODS[name].directional(vector, (X,), (V,), order), (A * V) ** order * np.exp(X * A))
    found = METHODS[name].directional(matrix, (X,), (V,), order)
    check(name, found, np.outer(V, A) ** order * np.exp(np.outer(X, A)))


@pytest.mark.parametrize("name", EXACT)
def test_jacobians_of_matrices_and_several_arguments(name: str) -> None:
    f = lambda x, w: {"product": matrix(x) * w[0], "sum": x + w}
    found = METHODS[name].jacobian(f, (0, 1))(X, W)
    slopes = np.einsum("ij,ik,j->ijk", np.exp(np.outer(X, A)), np.eye(3), A)
    check(name, found["product"][0], slopes * W[0])
    check(name, found["product"][1], np.exp(np.outer(X, A))[:, :, None] * np.eye(3)[0])
    check(name, found["sum"][0], np.eye(3))


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_derivatives_of_order_k(name: str, order: int) -> None:
    if name == "complex-step" and order > 2:
        pytest.skip("two imaginary units are two orders")
    check(name, METHODS[name].derivative(number, order)(0.8), 0.5**order * np.exp(0.4))
    check(name, METHODS[name].prepare("derivative", number, 0.8, order=order)(0.8), 0.5**order * np.exp(0.4))


@pytest.mark.parametrize("name", [name for name in METHODS if name not in ("manual", "null")])
@pytest.mark.parametrize("operator", ["grad", "value_and_grad", "jacobian", "hessian"])
def test_auxiliary_data_come_beside(name: str, operator: str) -> None:
    method = METHODS[name]
    if operator in method.unsupported:
        pytest.skip("declared unsupported")
    f = lambda x: (scalar(x), {"norm": array_namespace(x).sum(x * x), "note": "data"})
    answer, *rest = getattr(method, operator)(f, has_aux=True)(X)
    value = {"grad": A * VALUE, "value_and_grad": VALUE, "jacobian": A * VALUE, "hessian": HESSIAN}[operator]
    data = answer[1] if operator == "value_and_grad" else rest[0]
    check(name, answer[0] if operator == "value_and_grad" else answer, value)
    assert data == {"norm": np.sum(X * X), "note": "data"}


@pytest.mark.parametrize("name", [name for name in METHODS if name not in ("manual", "null")])
def test_pushforward_and_pullback_bring_data(name: str) -> None:
    f = lambda x: (vector(x), "data")
    value, pushed, data = METHODS[name].jvp(f, (X,), (V,), has_aux=True)
    check(name, (value, pushed), CASES["jvp"][3])
    assert data == "data"
    value, pullback, data = METHODS[name].vjp(f, X, has_aux=True)
    check(name, (value, pullback(V)[0]), CASES["vjp"][3])
    assert data == "data"


def test_has_aux_needs_a_pair() -> None:
    with pytest.raises(ArgumentError, match="answer, data"):
        dl.reverse.grad(scalar, has_aux=True)(X)


def test_second_derivatives_of_several_arguments() -> None:
    f = lambda x, y: array_namespace(x).sum(x * x * y)
    blocks = dl.reverse.hessian(f, (0, 1))(X, V)
    laplacian = dl.reverse.laplacian(f, (0, 1))(X, V)
    assert laplacian == np.trace(blocks[0][0]) + np.trace(blocks[1][1]) == 2 * np.sum(V)
    left, right = dl.reverse.vhp(f, (X, V), (W, W))
    assert np.allclose(left, W @ blocks[0][0] + W @ blocks[1][0], rtol=1e-15)
    assert np.allclose(right, W @ blocks[0][1], rtol=1e-15)


def test_mixed_partials_of_numbers_and_entries() -> None:
    f = lambda x, y: x**3 * y**2
    assert dl.reverse.partial(f, (0, 0, 1))(2.0, 3.0) == 6 * 2.0 * 2 * 3.0
    assert dl.forward.partial(f, [-1, -1])(2.0, 3.0) == 2 * 2.0**3
    for wrt, complaint in (((), "tuple"), (0, "tuple"), (("x",), "entry of one"), (((0, 1),), "no entry")):
        with pytest.raises(ArgumentError, match=complaint):
            dl.reverse.partial(f, wrt)(2.0, 3.0)
    with pytest.raises(ArgumentError, match="no entry"):
        dl.reverse.partial(scalar, (0,))(X)


def test_single_precision_stays_at_second_order() -> None:
    x = X.astype(np.float32)
    for answer in (
        dl.reverse.directional(scalar, (x,), (V.astype(np.float32),), 2),
        dl.reverse.partial(scalar, ((0, 1), (0, 2)))(x),
    ):
        assert answer.dtype == np.float32 or scalar(x).dtype == np.float64


@pytest.mark.parametrize("outer", ["forward", "reverse"])
@pytest.mark.parametrize("inner", ["forward", "reverse"])
def test_hessians_by_every_nesting(outer: str, inner: str) -> None:
    check("reverse", dl.reverse.hessian(scalar, mode=f"{outer}-over-{inner}")(X), HESSIAN)


def test_an_unknown_nesting_is_refused() -> None:
    with pytest.raises(ArgumentError, match="forward-over-reverse"):
        dl.reverse.hessian(scalar, mode="backward")


def test_the_jacobian_takes_the_shorter_sweep() -> None:
    seen: list[str] = []

    def watched(f: Any) -> Any:
        def g(x: Any) -> Any:
            if isinstance(x, Array):
                seen.append(x.level.name)
            return f(x)

        return g

    wide, tall = (lambda x: array_namespace(x).sum(x * x)), matrix
    assert np.array_equal(dl.jacobian(watched(wide))(X), 2 * X)
    check("forward", dl.jacobian(watched(tall))(X), dl.reverse.jacobian(tall)(X))
    assert set(seen[:1]) == {"record"}
    assert set(seen[1:]) == {"forward"}


def test_the_registry_prints_who_can_do_what() -> None:
    head, *rows = repr(dl.methods).splitlines()
    assert head.split() == list(OPERATORS)
    for name, row in zip(METHODS, rows, strict=False):
        label, *marks = row.split()
        assert label == name
        assert [mark == "yes" for mark in marks] == [op not in METHODS[name].unsupported for op in OPERATORS]
    assert all(op in OPERATORS and reason for m in METHODS.values() for op, reason in m.unsupported.items())


def _apart(x, y):
    xp = dl.array_namespace(x)
    return {"apart": 3 * x, "root": xp.sqrt(y), "both": x + xp.sqrt(y)}


@pytest.mark.parametrize("name", ["forward", "reverse", "taylor", "forward-compiled", "reverse-compiled"])
@pytest.mark.parametrize("chunked", [None, 1, 2])
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value) encountered:RuntimeWarning")
def test_what_stands_still_meets_no_infinite_slope(name: str, chunked: int | None) -> None:
    """0 · ∞ is NaN: an argument that does not move, and an answer not asked for, take no part."""
    kinds = {"forward": dl.ForwardMode, "reverse": type(dl.reverse)}
    if chunked and name not in kinds:
        pytest.skip("no chunks")
    method = kinds[name](chunked) if chunked else dl.methods[name]
    slopes = method.jacobian(_apart, argnums=(0, 1))(1.0, 0.0)
    assert slopes == {"apart": (3.0, 0.0), "root": (0.0, np.inf), "both": (1.0, np.inf)}
    both = lambda x, y: x + dl.array_namespace(x).sqrt(y)
    assert method.grad(both, argnums=(0, 1))(1.0, 0.0) == (1.0, np.inf)
    assert method.jacobian(lambda x, y: x**y, argnums=(0, 1))(0.0, 2.0) == (0.0, 0.0)
    assert np.array_equal(method.hessian(both, argnums=(0, 1))(1.0, 0.0), [[0.0, 0.0], [0.0, -np.inf]])
    vector = lambda x, y: dl.array_namespace(x).sqrt(y) * 2 + x
    blocks = method.jacobian(vector, argnums=(0, 1))(np.ones(2), np.array([0.0, 1.0]))
    assert np.array_equal(blocks[0], np.eye(2))


@pytest.mark.parametrize("name", ["forward", "taylor"])
def test_a_zero_tangent_keeps_its_argument_still(name: str) -> None:
    f = lambda x, y: x + dl.array_namespace(x).sqrt(y)
    assert dl.methods[name].jvp(f, (1.0, 0.0), (2.0, 0.0)) == (1.0, 2.0)


def test_a_zero_cotangent_asks_for_nothing() -> None:
    _, pullback = dl.reverse.vjp(lambda y: (3 * y, dl.array_namespace(y).sqrt(y)), 0.0)
    assert pullback((1.0, 0.0)) == (3.0,)


@pytest.mark.parametrize("name", ["forward", "reverse", "taylor", "complex-step", "symbolic", "reverse-compiled"])
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_no_slope_is_pulled_back_from_nan(name: str) -> None:
    """As in grad and jacobian: log answers NaN at −2, though 1/x has a value there."""
    answer, pullback = dl.methods[name].vjp(lambda x: dl.array_namespace(x).log(x), np.array([1.0, -2.0]))
    assert np.isnan(answer[1])
    assert np.isnan(pullback(np.ones(2))[0][1])


@pytest.mark.parametrize("name", ["forward-compiled", "reverse-compiled"])
@pytest.mark.parametrize("operator", ["hvp", "vhp", "directional"])
def test_products_of_single_numbers_prepare(name: str, operator: str) -> None:
    prepared = METHODS[name].prepare(operator, lambda x: x**2, (0.7,), (0.3,), order=2)
    assert prepared((0.7,), (0.3,)) == (0.18 if operator == "directional" else 0.6)
