"""Recorded loops printed as loops: the same numbers, and a source that does not grow."""

from __future__ import annotations

import itertools
import random
import time
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab.array import surface as xp
from derivlab.graph.printing.loops import FEWEST_ITERATIONS, find_loops
from test_compiled import check_calls

MODES = ["forward", "reverse"]
modes = pytest.mark.parametrize("mode", MODES)
MATRIX = np.array([[0.1, 0.2, 0.3], [0.3, 0.1, 0.2], [0.5, 0.5, 0.1]])


def logistic(x: Any, n: int) -> list[Any]:
    values = [x]
    for _ in range(n):
        values.append(4 * values[-1] * (1 - values[-1]))
    return values


@modes
@pytest.mark.parametrize("n", [*range(2, 40), 64, 100, 200])
def test_logistic_maps(n: int, mode: str) -> None:
    """The derivative of lₙ is a product of n factors: equal to the eager one to n ulps."""
    f = dl.spec("logistic-map", n=n).function
    program = dl.methods[f"{mode}-compiled"].value_and_grad(f)
    for x in (0.2, 0.3, 0.9):
        value, slope = dl.methods[mode].value_and_grad(f)(x)
        found = program(x)
        assert abs(found[0] - value) <= 16 * np.spacing(1.0)
        assert abs(found[1] - slope) <= 4 * n * np.spacing(abs(slope))


@modes
def test_the_source_of_a_long_map_is_short(mode: str) -> None:
    lengths = [
        len(
            dl.methods[f"{mode}-compiled"]
            .prepare("derivative", dl.spec("logistic-map", n=n).function, 0.2)
            .source.splitlines()
        )
        for n in (100, 1000)
    ]
    assert lengths[1] == lengths[0] < 100


def two_states(x: Any) -> Any:
    a, b = x, x * x
    for _ in range(50):
        a, b = a * 0.9 - b * 0.1, b * 0.9 + a * 0.1
    return a * b


def swapped(x: Any) -> Any:
    a, b = x, x * 2
    for _ in range(40):
        a, b = b, xp.sin(a)
    return a - 3 * b


def lag_two(x: Any) -> Any:
    a, b = x, x * 2
    for _ in range(60):
        a, b = b, 0.5 * a + 0.3 * b
    return b


def nested(x: Any) -> Any:
    s = x
    for _ in range(20):
        for _ in range(20):
            s = xp.sin(s) * 1.01
        s = s + x
    return s


def in_order(x: Any) -> Any:
    s = x
    for v in logistic(x, 40):
        s = s * 0.3 + v
    return s


def reversed_order(x: Any) -> Any:
    s = x
    for v in reversed(logistic(x, 40)):
        s = s * 0.5 + v
    return s


def reversed_but_the_first(x: Any) -> Any:
    """Of those that the program saves: two come before its loop."""
    s = x
    for v in reversed(logistic(x, 40)[3:]):
        s = s * 0.5 + v
    return s


def both_orders(x: Any) -> Any:
    values, s = logistic(x, 40), x
    for v in reversed(values):
        s = s * 0.5 + v
    for v in values:
        s = s * 0.3 + v
    return s


def two_ways_from_the_middle(x: Any) -> Any:
    values, s = [x], x
    for _ in range(60):
        values.append(xp.sin(values[-1]) * 1.01)
    for i in range(20):
        s = s * 1.5 - values[30 + i] * values[30 - i] / values[10 + i]
    return s


def one_value_of_a_loop(x: Any) -> Any:
    values, s = logistic(x, 40), 0.0
    for v in values:
        s = s + v * v
    return s * values[5]


def one_value_in_a_loop(x: Any) -> Any:
    values, s = logistic(x, 40), x
    for v in values[1:]:
        s = s * v + values[7]
    return s


def adjacent(x: Any) -> Any:
    a, b, c = x, x * 2, x * 3
    for _ in range(30):
        a = xp.sin(a) * 1.1
    for _ in range(30):
        a, b, c = xp.cos(b) + c, xp.sin(a) * b, a - c * 0.1
    return a * b * c


def guarded(x: Any) -> Any:
    s = x
    for _ in range(30):
        s = s * 0.5 if s > 0.5 else s * 1.7
    return s


@modes
@pytest.mark.parametrize(
    "f",
    [
        two_states,
        swapped,
        lag_two,
        nested,
        in_order,
        reversed_order,
        reversed_but_the_first,
        both_orders,
        two_ways_from_the_middle,
        one_value_of_a_loop,
        one_value_in_a_loop,
        adjacent,
        guarded,
    ],
)
def test_recurrences(f: Any, mode: str) -> None:
    check_calls(mode, f, (0.3,), (0.9,), (-0.2,))
    check_calls(mode, f, (np.float32(0.3),))
    check_calls(mode, lambda x: xp.sum(f(x[0]) * f(x[1])), (np.array([0.3, 0.9]),))


@modes
def test_loops_over_arrays(mode: str) -> None:
    def slices(x: Any) -> Any:
        s = 0.0
        for i in range(len(x)):
            s = xp.sin(s + x[i])
        return s

    def matrices(x: Any) -> Any:
        w = x
        for _ in range(30):
            w = w @ x * 0.3 + x.T
        return xp.sum(w * w)

    def vectors(x: Any) -> Any:
        v = x
        for _ in range(30):
            v = xp.tanh(v @ MATRIX) + v
        return xp.sum(v)

    check_calls(mode, slices, (np.linspace(0.1, 0.9, 50),))
    check_calls(mode, matrices, (MATRIX,), (MATRIX.T,))
    check_calls(mode, vectors, (np.array([0.1, 0.2, 0.3]),), (np.array([1.1, -0.2, 0.3]),))


def random_loops(seed: int) -> Any:
    """Up to four loops, whose bodies read their own states and, in order or not, what earlier loops made."""
    rng = random.Random(seed)
    steps = lambda: (
        rng.choice(["sin", "multiply", "add", "subtract"]), rng.randrange(3), rng.randrange(3),
        rng.choice(["own", "forwards", "backwards", "fixed", "x"]),
    )  # fmt: skip
    plan = [
        (rng.choice([3, FEWEST_ITERATIONS, 17, 20, 33]), rng.randrange(40), [steps() for _ in range(rng.randint(1, 4))])
        for _ in range(rng.randint(1, 4))
    ]

    def f(x: Any) -> Any:
        made, states = [x], [x, x * 0.5, x + 0.1]
        for count, start, body in plan:
            earlier = list(made)
            for i in range(count):
                for name, a, b, kind in body:
                    places = {"forwards": start + i, "backwards": start - i, "fixed": start}
                    p, q = states[a], {"own": states[b], "x": x}.get(kind)
                    q = earlier[places[kind] % len(earlier)] if q is None else q
                    states[b] = {
                        "sin": lambda p, q: xp.sin(p) + q * 0.3,
                        "multiply": lambda p, q: p * q * 0.7,
                        "add": lambda p, q: (p + q) * 0.5,
                        "subtract": lambda p, q: p - 0.4 * q,
                    }[name](p, q)
                    made.append(states[b])
        return states[0] * states[1] + states[2] + made[len(made) // 2]

    return f


@modes
@pytest.mark.parametrize("first", range(0, 90, 30))
def test_random_loops(first: int, mode: str) -> None:
    for seed in range(first, first + 30):
        f = random_loops(seed)
        program = dl.methods[f"{mode}-compiled"].value_and_grad(f)
        with np.errstate(all="ignore"):
            value, slope = dl.methods[mode].value_and_grad(f)(0.3)
            found = program(0.3)
        assert abs(found[0] - value) <= 1e4 * np.spacing(1 + abs(value)), f"seed {seed}"  # some hundred operations
        assert abs(found[1] - slope) <= 1e4 * np.spacing(1 + abs(slope)), f"seed {seed}"


def test_loops_are_found_where_they_are() -> None:
    graph = dl.methods["reverse-compiled"].prepare("derivative", dl.spec("logistic-map", n=200).function, 0.2).graph
    loops = find_loops(graph)
    assert loops
    covered = sum(loop.count * loop.period for loop in loops)
    assert covered >= 0.9 * graph.operations
    assert all(a.stop <= b.start for a, b in itertools.pairwise(loops))


def test_long_programs_without_loops_compile() -> None:
    """Some 7·10³ operations in no order: neither Python's compiler nor the search for loops gives up."""
    rng = random.Random(7)

    def f(x: Any) -> Any:
        values = [x, x * 0.5]
        for _ in range(2_000):
            a, b = values[-1], values[max(0, len(values) - rng.randint(1, 9))]
            values.append(rng.choice([xp.sin(a) + b, a * 0.5 - b * 0.25, a + xp.cos(b)]))
        return values[-1]

    recorded = f
    start = time.perf_counter()
    state = rng.getstate()

    def again(x: Any) -> Any:
        rng.setstate(state)
        return recorded(x)

    program = dl.methods["forward-compiled"].prepare("value_and_grad", again, 0.3)
    assert time.perf_counter() - start < 60
    value, slope = dl.forward.value_and_grad(again)(0.3)
    found = program(0.3)
    assert abs(found[0] - value) <= 1e6 * np.spacing(1 + abs(value))
    assert abs(found[1] - slope) <= 1e6 * np.spacing(1 + abs(slope))
