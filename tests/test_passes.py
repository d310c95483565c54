"""Passes: each alone, and without each, the same numbers from no more operations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import derivlab as dl
from derivlab.array import surface as xp
from derivlab.graph.graph import Graph, Node, operands
from derivlab.graph.passes.optimise import PASSES, optimise
from derivlab.graph.printing.source import print_graph
from derivlab.method.program import Program as Compiled
from derivlab.method.program import Variant
from programs import Program, point, programs, seeds

X, Y = np.array([0.3, -0.7, 1.2]), np.array([1.1, 0.4, -0.2])
MATRIX = np.array([[0.5, -1.5, 1.0], [2.0, 0.25, -0.5], [0.1, 0.2, 0.3]])


def recorded(f: Any, *args: Any, argnums: Any = 0) -> Variant:
    return Compiled(dl.reverse, "value_and_grad", f, argnums).record(args)


def evaluate(graph: Graph, inputs: Any) -> list[Any]:
    """The outputs of a graph, one primitive after the other: no printing is involved."""
    values = dict(zip([node.index for node in graph.inputs], inputs, strict=True))
    of = lambda x: values[x.index] if isinstance(x, Node) else x
    for node in graph.nodes:
        if node.primitive is not None:
            values[node.index] = node.primitive(*map(of, operands(node)), **node.params)
            assert np.shape(values[node.index]) == node.form.shape
            assert np.asarray(values[node.index]).dtype == node.form.dtype
    return [of(y) for y in graph.outputs]


def check_same(graph: Graph, other: Graph, inputs: Any, ulps: float) -> None:
    """Equal outputs, to ``ulps`` of the largest entry or of 1."""
    for a, b in zip(evaluate(graph, inputs), evaluate(other, inputs), strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.all(np.abs(np.subtract(a, b)) <= ulps * np.spacing(1 + np.max(np.abs(b), initial=0.0)))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(programs, seeds)
def test_each_pass_alone_and_all_but_each_change_nothing(program: Program, seed: int) -> None:
    variant = recorded(program.total, point(seed))
    inputs = [point(seed + 1)]
    for name in PASSES:
        for without in ([name], [other for other in PASSES if other != name]):
            graph = optimise(variant.recorded, without=without)
            moved = 2 * len(variant.recorded.nodes)
            check_same(graph, variant.recorded, inputs, moved)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(programs, seeds)
def test_without_passes_the_printed_program_is_the_recording(program: Program, seed: int) -> None:
    variant = recorded(program.total, point(seed))
    graph = optimise(variant.recorded, without=PASSES)
    assert graph.operations == variant.recorded.operations
    source = print_graph(graph, ["x"], lambda names: f"({', '.join(names)},)")
    for found, expected in zip(source.compile()(point(seed)), evaluate(variant.recorded, [point(seed)]), strict=True):
        assert np.all(np.abs(found - expected) <= 4 * len(graph.nodes) * np.spacing(1 + np.max(np.abs(expected))))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(programs, seeds)
def test_sharing_and_dead_code_only_take_away(program: Program, seed: int) -> None:
    variant = recorded(program.total, point(seed))
    for name in ("share", "dead", "identities", "reshapes"):
        graph = optimise(variant.recorded, without=[other for other in PASSES if other != name])
        assert graph.operations <= variant.recorded.operations
        if name in ("share", "dead"):
            check_same(graph, variant.recorded, [point(seed)], 0)


def count(f: Any, name: str, *args: Any) -> tuple[int, int]:
    """How often a primitive runs, without any pass and with all."""
    variant = recorded(f, *args)
    times = lambda graph: sum(node.primitive is not None and node.primitive.name == name for node in graph.nodes)
    assert all(any(n.parents) for n in variant.graph.nodes if n.primitive is not None)
    return times(variant.recorded), times(variant.graph)


def test_equal_operations_run_once() -> None:
    assert count(lambda x: xp.sum(xp.exp(x) * xp.exp(x)), "exp", X) == (2, 1)
    assert count(lambda x: xp.sum(xp.sin(x * Y) + xp.sin(Y * x)), "sin", X)[1] == 1


def test_a_sum_of_products_is_one_product_of_vectors() -> None:
    assert count(lambda x: xp.sum(x * x), "sum", X)[1] == 0
    assert count(lambda x: xp.sum((x @ x) ** 2) + xp.sum(xp.sin(x)), "sum", MATRIX)[1] == 1
    value, slope = dl.methods["reverse-compiled"].value_and_grad(lambda x: xp.sum((x @ x) ** 2))(MATRIX.T)
    expected, expected_slope = dl.reverse.value_and_grad(lambda x: xp.sum((x @ x) ** 2))(MATRIX.T)
    assert abs(value - expected) <= MATRIX.size * np.spacing(expected)
    assert np.array_equal(slope, expected_slope)


def test_dead_code_is_left_out() -> None:
    assert count(lambda x: xp.sum(x) if xp.sum(xp.exp(x)).shape == () else x, "exp", X) == (1, 0)


def test_a_number_leaves_products_that_are_there_without_it() -> None:
    """∇ (xᵀ A x)² = c (A x + Aᵀ x), for A x is formed already; a new product might overflow where A (c x) does not."""
    assert count(lambda x, a: (x @ (a @ x)) ** 2, "multiply", X, MATRIX)[1] == 2  # c = 2 xᵀ A x
    run = dl.methods["reverse-compiled"].value_and_grad(lambda x, a: xp.sum(a @ ((1 / xp.sum(x)) * x)))
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isfinite(run(np.array([1e150, 2e150]), np.full((2, 2), 1e200))[0])


def test_transposes_fold_into_products() -> None:
    before, after = count(lambda x: xp.sum((x.T @ MATRIX.T).T * (x.T.T @ x)), "matrix_transpose", MATRIX)
    assert after < before


def test_signs_move_outwards() -> None:
    before, after = count(lambda x: xp.sum((-x) * Y - (-x)), "negative", X)
    assert after < before


def test_guards_survive_every_pass() -> None:
    f = lambda x: xp.sum(xp.exp(x)) if xp.sum(xp.negative(-x) * 1.0) > 0 else xp.sum(x)
    variant = recorded(f, X)
    for without in ([], *[[name] for name in PASSES], PASSES):
        assert (
            len(optimise(variant.recorded, without=without).guards) == 2
        )  # the branch, and that the value is a number


def test_an_unknown_pass_is_named() -> None:
    with pytest.raises(ValueError, match="no pass inline"):
        optimise(recorded(lambda x: x * x, 2.0).recorded, without=["inline"])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: xp.sum(1e200 * x * (1e200 * (x * 1e-250))) * 1e-160,
        lambda x: xp.sum((1e-200 * x) * (1e-200 * (x * 1e250))) * 1e160,
        lambda x: xp.sum(1e300 * (1e-300 * x)),
        lambda x: xp.sum(2.0**600 * (2.0**600 * (x * 2.0**-1000))) * 2.0**-300,
        lambda x: xp.sum(1e-200 * (1e-200 * (x * 1e300))),
        lambda x: xp.sum((1e-160 * xp.exp(x + 600)) * (1e-160 * xp.exp(x + 650))),
        lambda x: xp.sum((1e-200 * (xp.reshape(x, (1, 3)) * 1e200)) @ (xp.reshape(x, (3, 1)) * 1e200)),
        lambda x: xp.sum(np.int64(2**40) * (np.int64(2**40) * x)) + xp.sum(np.int8(100) * (np.int8(100) * x)),
    ],
)
def test_factors_that_overflow_together_stay_apart(f: Any) -> None:
    variant = recorded(f, X)
    for a, b in zip(variant.run(X), dl.reverse.value_and_grad(f)(X), strict=True):
        assert np.all(np.abs(a - b) <= 16 * np.spacing(np.abs(b)))
