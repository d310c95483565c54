"""Expression swell: the counts of the course table, by SymPy and by the package's own convention."""

from __future__ import annotations

import itertools

import pytest
import sympy

import derivlab as dl
from derivlab.measure.size import count, size_of_derivative, size_of_function

TREE = {2: 2, 3: 21, 4: 82, 5: 264, 6: 768, 7: 2096, 8: 5472, 9: 13824, 10: 34048}
CSE = {2: 2, 3: 12, 4: 27, 5: 45, 6: 67, 7: 93, 8: 123, 9: 157, 10: 195}
EXPANDED = {2: 2, 3: 8, 4: 20, 5: 44, 6: 92, 7: 188, 8: 380}

X = sympy.Symbol("x")


def nested(n: int):
    """lₙ as SymPy writes it, not simplified."""
    v = X
    for _ in range(n - 1):
        v = 4 * v * (1 - v)
    return v


def size(method: str, n: int):
    spec = dl.spec("logistic-map", n=n)
    return size_of_derivative(dl.methods[method], spec.function, *spec.args, operator="derivative")


@pytest.mark.parametrize("n", TREE)
def test_tree_and_cse_counts_of_sympy(n: int) -> None:
    slope = nested(n).diff(X)
    assert sympy.count_ops(slope) == TREE[n]
    shared, (last,) = sympy.cse(slope)
    assert sum(sympy.count_ops(e) for _, e in shared) + sympy.count_ops(last) == CSE[n]


@pytest.mark.parametrize("n", EXPANDED)
def test_expanded_counts_of_sympy(n: int) -> None:
    """By arithmetic of polynomials, which is ``expand`` without its minute."""
    v = sympy.Poly(X)
    for _ in range(n - 1):
        v = 4 * v * (1 - v)
    expanded = v.diff(X).as_expr()
    assert sympy.count_ops(expanded) == EXPANDED[n]
    assert n > 5 or expanded == sympy.expand(nested(n).diff(X))


@pytest.mark.parametrize("n", [n for n in TREE if n <= 8])
def test_our_convention_counts_as_sympy_does(n: int) -> None:
    assert size("symbolic", n).operations == TREE[n]
    assert size("symbolic-cse", n).operations == CSE[n]


@pytest.mark.parametrize(
    ("n", "published"),
    [
        (3, 16 * (1 - 10 * X + 24 * X**2 - 16 * X**3)),
        (4, 64 * (1 - 42 * X + 504 * X**2 - 2640 * X**3 + 7040 * X**4 - 9984 * X**5 + 7168 * X**6 - 2048 * X**7)),
    ],
)
def test_published_simplified_forms(n: int, published) -> None:
    assert sympy.expand(nested(n).diff(X) - published) == 0


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_automatic_differentiation_does_not_swell(method: str) -> None:
    """Its operations grow by the same number with each iteration: no formula, no clock."""
    operations = [size(method, n).operations for n in range(3, 12)]
    assert len({b - a for a, b in itertools.pairwise(operations)}) == 1
    assert operations[-1] < CSE[10]


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_cost_is_a_small_multiple_of_the_function(method: str) -> None:
    """The cheap gradient principle, counted: at most 5 operations for each one of the function."""
    for n in (4, 8, 16):
        spec = dl.spec("logistic-map", n=n)
        assert size(method, n).operations <= 5 * size_of_function(spec.function, *spec.args).operations


@pytest.mark.parametrize("method", ["central-difference", "complex-step", "jax"])
def test_what_does_not_run_through_our_arrays_has_no_size_or_its_own(method: str) -> None:
    counted = size(method, 4)
    assert counted is None or counted.operations > 0


def test_counts_of_a_small_list() -> None:
    """(x + y)(x + y): seven nodes as a tree, four distinct."""
    lines = [("leaf", ()), ("leaf", ()), ("add", (0, 1)), ("multiply", (2, 2))]
    assert count(lines, [3]).tree == 7
    assert count(lines, [3]).dag == 4
    assert count(lines, [3]).operations == 2
    assert count(lines, [3], shared="tree").operations == 3
    assert count([*lines, ("exp", (0,))], [3]).dag == 4  # dead code does not count
