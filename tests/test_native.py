"""Machine code: the same answers as the eager methods, or a warning that says why it is NumPy that runs."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree
import pytest

import derivlab as dl
from derivlab import special
from derivlab.graph.native.program import print_native

EPS = np.finfo(float).eps
SPECS = list(dl.catalogue())
NUMBA = "the extra [jit] is not installed"
A = np.random.default_rng(0).uniform(0.3, 2.0, (5, 4))
STACK = np.random.default_rng(1).uniform(0.3, 2.0, (3, 4, 2))
V = np.random.default_rng(2).uniform(0.3, 2.0, 5)


def loop(x: Any, n: int = 40) -> Any:
    for _ in range(n):
        x = 3.7 * x * (1 - x)
    return x


def xp(x: Any) -> Any:
    return dl.array_namespace(x)


FUNCTIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "maximum of all": (lambda x: xp(x).max(x) * x[0], V),
    "minima of rows": (lambda a: xp(a).sum(xp(a).min(a, axis=1) ** 2), A),
    "maxima of columns, kept": (lambda a: xp(a).sum((a - xp(a).max(a, axis=0, keepdims=True)) ** 2), A),
    "sums of a stack": (lambda a: xp(a).sum(xp(a).sum(a, axis=(0, 2)) ** 3), STACK),
    "sums of middle axes": (lambda a: xp(a).sum(xp(a).sum(a, axis=1) ** 2), STACK),
    "log-sum-exp": (lambda a: xp(a).sum(special.logsumexp(a, axis=0) ** 2), A),
    "softmax": (lambda a: xp(a).sum(special.softmax(a, axis=1) ** 2), A),
    "sigmoid and softplus": (lambda a: xp(a).sum(special.softplus(a - 1) * special.sigmoid(1 - a)), A),
    "norms": (lambda a: np.linalg.norm(a) * xp(a).sum(np.linalg.norm(a, axis=1) ** 3), A),
    "norms of small numbers": (lambda a: np.linalg.norm(a) + xp(a).sum(np.linalg.norm(a, axis=0)), A * 1e-200),
    "norms of large numbers": (lambda a: np.linalg.norm(a) + xp(a).sum(np.linalg.norm(a, axis=-1)), A * 1e200),
    "norms of the smallest": (lambda a: xp(a).sum(np.linalg.norm(a, axis=1, keepdims=True)), A * 1e-308),
    "norm of no entry but 0": (lambda a: np.linalg.norm(a * 0.0) + xp(a).sum(a), A),
    "views of a number": (lambda x: xp(x).sum(x)[()] * x[0] * xp(x).sum((x[1] * 2)[None] * x) * x[2][...], V),
    "where": (lambda a: xp(a).sum(xp(a).where(a > 1, a * a, xp(a).exp(a))), A),
    "any of rows": (lambda a: xp(a).sum(xp(a).where(xp(a).any(a > 1.9, axis=1, keepdims=True), a, a**2)), A),
    "clip": (lambda a: xp(a).sum(xp(a).clip(a, 0.5, 1.5) ** 2), A),
    "counts": (lambda x: xp(x).sum(x * xp(x).astype(x > 1, x.dtype)), V),
    "A x and Aᵀ y": (lambda a: xp(a).sum((a @ a[0]) ** 2) + xp(a).sum((a.T @ a[:, 0]) ** 3), A),
    "matrices": (lambda a: xp(a).sum((a.T @ a) ** 3), A),
    "stacks": (lambda a: xp(a).sum((a @ xp(a).permute_dims(a, (0, 2, 1))) ** 2), STACK),
    "a vector and a stack": (lambda a: xp(a).sum((a[0, :, 0] @ a) ** 2), STACK),
    "slices": (lambda x: xp(x).sum(x[::2] * x[::-2] ** 2) + xp(x).sum(x[1:] * x[:-1]), V),
    "new axes": (lambda a: xp(a).sum((a[:, None, :] - a[None, :, :]) ** 2 * a[0]), A),
    "chosen columns": (lambda a: xp(a).sum(a[:, np.array([0, 2, 2, -1])] ** 3), A),
    "chosen places": (lambda a: xp(a).sum(a[:, np.array([0, 2]), np.array([1])] ** 3), STACK),
    "reshape": (lambda a: xp(a).sum(xp(a).reshape(a, (6, 4))[1] * xp(a).reshape(a, (4, 6))[:, 2]), STACK),
    "partial sums": (lambda a: xp(a).sum(xp(a).cumulative_sum(a, axis=1) ** 2), A),
    "flip and roll": (lambda a: xp(a).sum(xp(a).flip(a, axis=0) * xp(a).roll(a, 2, axis=1) ** 2), A),
    "triangles": (lambda a: xp(a).sum(xp(a).tril(a) ** 2) + xp(a).sum(xp(a).triu(a, k=1) ** 3), A),
    "concat": (lambda a: xp(a).sum(xp(a).concat([a * 2, a[:2] ** 2], axis=0) ** 2), A),
    "a loop of numbers": (lambda x: loop(x), 0.3),
    "a loop of vectors": (lambda x: xp(x).sum(loop(x / 3) * x) * loop(x[0] / 3, 20), V),
    "a large constant": (lambda x: xp(x).sum((np.linspace(0, 1, 5000).reshape(1000, 5) * x) ** 2), V),
    "names of variables": (lambda t4: xp(t4).sum(t4 * xp(t4).exp(t4) + t4**2), V),
    "no entries": (lambda x: xp(x).sum(x[3:3]) + xp(x).sum(x**2), V),
}


def assert_agree(found: Any, expected: Any) -> None:
    for part, exact in zip(optree.tree_leaves(found), optree.tree_leaves(expected), strict=True):
        assert np.shape(part) == np.shape(exact)
        assert np.max(np.abs(part - exact)) <= 512 * EPS * max(np.max(np.abs(exact)), 1e-300)


def native(prepared: Any) -> Any:
    """The program for the compiler."""
    names = prepared.function.variants[0].layout.leaf_names
    return print_native(prepared.graph, names, lambda texts: f"({', '.join(texts)},)", "kernel")


def run_text(f: Callable[..., Any], args: Sequence[Any], argnums: Any = 0) -> Any:
    """What that program answers as the Python that it is too."""
    prepared: Any = dl.methods["reverse-compiled"].prepare("value_and_grad", f, *args, argnums=argnums)
    return native(prepared).compile()(*prepared.function.variants[0].layout.leaves)


@pytest.mark.parametrize("name", SPECS)
def test_the_loops_compute_what_a_spec_does(name: str) -> None:
    spec = dl.spec(name)
    expected = dl.reverse.value_and_grad(spec.function, spec.argnums)(*spec.args)
    assert_agree(run_text(spec.function, spec.args, spec.argnums), expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_loops_compute_what_a_function_does(name: str) -> None:
    f, x = FUNCTIONS[name]
    assert_agree(run_text(f, (x,)), dl.reverse.value_and_grad(f)(x))


def test_one_walk_through_a_matrix_multiplies_from_both_sides() -> None:
    prepared = dl.methods["reverse-compiled"].prepare("grad", lambda x, a: x @ a @ x, V, np.outer(V, V))
    text = native(prepared).text
    assert text.count("entry = a[i0, i1]") == 1
    assert "np.dot" not in text


def test_neighbours_in_a_nest_need_no_arrays() -> None:
    prepared = dl.methods["forward-compiled"].prepare("jvp", lambda x: loop(x, 5), (V,), (V,))
    text = native(prepared).text
    assert text.count("np.empty") == 2  # the value and its tangent
    assert text.count("for ") == 1


def test_a_common_factor_is_taken_out() -> None:
    """4 d (1 − v) − 4 v d → d (4 (1 − v) − 4 v): one multiplication less in what each iteration waits for."""
    prepared = dl.methods["forward-compiled"].prepare("jvp", lambda x: loop(x, 40), (0.3,), (1.0,))
    body = native(prepared).text.partition("range")[2]
    before = str(prepared.source).partition("range")[2]
    assert body.partition("\n    v")[0].count(" * ") < before.partition("\n    v")[0].count(" * ")


def test_without_numba_the_method_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    monkeypatch.delitem(__import__("sys").modules, "derivlab.libraries.numba", raising=False)
    (cell,) = dl.compare(lambda x: x * x, 2.0, methods=["reverse-jit"], timing=False)
    assert cell.outcome == "unavailable"
    assert "pip install numba" in cell.detail


@pytest.mark.slow
@pytest.mark.parametrize("method", ["reverse-jit", "forward-jit"])
@pytest.mark.parametrize("name", SPECS)
def test_machine_code_agrees_on_specs(name: str, method: str) -> None:
    pytest.importorskip("numba", reason=NUMBA)
    spec = dl.spec(name)
    prepared = dl.methods[method].prepare("value_and_grad", spec.function, *spec.args, argnums=spec.argnums)
    assert_agree(prepared(*spec.args), dl.reverse.value_and_grad(spec.function, spec.argnums)(*spec.args))


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_machine_code_agrees_on_functions(name: str) -> None:
    pytest.importorskip("numba", reason=NUMBA)
    f, x = FUNCTIONS[name]
    assert_agree(dl.methods["reverse-jit"].value_and_grad(f)(x), dl.reverse.value_and_grad(f)(x))


@pytest.mark.slow
@pytest.mark.parametrize("x", [np.array([1.0, -1.0]), -1.0], ids=["array", "number"])
def test_where_the_value_is_nan_so_is_the_slope(x: Any) -> None:
    pytest.importorskip("numba", reason=NUMBA)
    f = lambda x: xp(x).log(x)
    with np.errstate(invalid="ignore"):
        prepared = dl.methods["forward-jit"].prepare("jvp", f, (abs(x),), (abs(x),))
        value, slope = prepared((x,), (abs(x),))
        assert np.array_equal(np.isnan(slope), np.isnan(value))
        assert np.isnan(value).any()
        assert_agree(prepared((abs(x),), (abs(x),)), dl.forward.jvp(f, (abs(x),), (abs(x),)))


@pytest.mark.slow
def test_answers_belong_to_the_caller() -> None:
    pytest.importorskip("numba", reason=NUMBA)
    f = lambda x, y: xp(x).sum(x * np.ones(5) + y)
    prepared = dl.methods["reverse-jit"].prepare("grad", f, V, V, argnums=(0, 1))
    first, second = prepared(V, V)
    first += 1.0
    assert np.array_equal(second, np.ones(5))
    assert np.array_equal(prepared(V, V)[0], np.ones(5))


@pytest.mark.slow
def test_arrays_of_any_layout() -> None:
    pytest.importorskip("numba", reason=NUMBA)
    f = lambda a: xp(a).sum((a @ a.T) ** 2)
    grad = dl.methods["reverse-jit"].grad(f)
    wide = np.random.default_rng(3).standard_normal((60, 80))
    for a in (wide[:30, :40].copy(), np.asfortranarray(wide[:30, :40]), wide[::2, ::2], wide.T[:30, :40]):
        assert_agree(grad(a), dl.reverse.grad(f)(a))


@pytest.mark.slow
def test_what_has_no_machine_code_runs_as_numpy_and_says_so() -> None:
    pytest.importorskip("numba", reason=NUMBA)
    f = lambda x: xp(x).sum(special.gammaln(x))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gradient = dl.methods["reverse-jit"].grad(f)(V)
    assert any(
        "runs as NumPy, not as machine code: machine code: primitive polygamma" in str(w.message) for w in caught
    )
    assert_agree(gradient, dl.reverse.grad(f)(V))
