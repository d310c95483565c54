"""Machine code: the same answers as the printed NumPy, or a warning that says why not."""

import warnings

import numpy as np
import optree
import pytest

import derivlab as dl
from derivlab.graph.native import print_native

SPECS = [
    "mlp-loss",
    "helmholtz",
    "rosenbrock",
    "sigmoid-neuron",
    "sigmoid-neuron-loss",
    "add-mul-gate",
    "wengert-example",
]


def graph_of(spec):
    prepared = dl.methods["reverse-compiled"].prepare("value_and_grad", spec.function, *spec.args, argnums=spec.argnums)
    return prepared.graph, prepared.function.variants[0].layout.leaf_names


@pytest.mark.parametrize("name", SPECS)
def test_the_loops_compute_what_the_graph_does(name):
    """The text for the compiler is Python too: run as Python it must agree."""
    spec = dl.spec(name)
    graph, names = graph_of(spec)
    run = print_native(graph, names, lambda texts: f"({', '.join(texts)},)", "kernel").compile()
    expected = optree.tree_leaves(dl.reverse.value_and_grad(spec.function, spec.argnums)(*spec.args))
    for found, exact in zip(run(*spec.args), expected, strict=True):
        assert np.max(np.abs(found - exact)) <= 64 * np.finfo(float).eps * max(np.max(np.abs(exact)), 1e-300)


def test_without_numba_the_method_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    monkeypatch.delitem(__import__("sys").modules, "derivlab.libraries.numba", raising=False)
    (cell,) = dl.compare(lambda x: x * x, 2.0, methods=["reverse-jit"], timing=False)
    assert cell.outcome == "unavailable"
    assert "pip install numba" in cell.detail


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_machine_code_agrees(name):
    pytest.importorskip("numba", reason="the extra [jit] is not installed")
    spec = dl.spec(name)
    prepared = dl.methods["reverse-jit"].prepare("value_and_grad", spec.function, *spec.args, argnums=spec.argnums)
    expected = optree.tree_leaves(dl.reverse.value_and_grad(spec.function, spec.argnums)(*spec.args))
    for found, exact in zip(optree.tree_leaves(prepared(*spec.args)), expected, strict=True):
        assert np.max(np.abs(found - exact)) <= 256 * np.finfo(float).eps * max(np.max(np.abs(exact)), 1e-300)


@pytest.mark.slow
def test_what_numba_cannot_compile_runs_as_numpy_and_says_so():
    pytest.importorskip("numba", reason="the extra [jit] is not installed")

    def f(x):
        return dl.array_namespace(x).max(x) * x[0]

    x = np.array([1.0, 3.0, 2.0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gradient = dl.methods["reverse-jit"].grad(f)(x)
    assert any("runs as NumPy" in str(w.message) for w in caught)
    assert np.array_equal(gradient, dl.reverse.grad(f)(x))
