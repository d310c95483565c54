"""Every method gives every operator the same meaning: containers, argnums, dtypes, preparation."""

from __future__ import annotations

import math

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, truth
from derivlab.errors import UnsupportedError
from derivlab.interpreters.record import Record
from derivlab.method import METHODS, OPERATORS
from derivlab.method.problem import Problem

GENERAL = [name for name in METHODS if name not in ("manual", "null")]
every = pytest.mark.parametrize("name", GENERAL)
A, B = np.array([0.3, -0.8, 1.7]), np.array([1.1, 0.4, -0.6])


def scalar(a, b):
    xp = array_namespace(a, b)
    return xp.sum(xp.sin(a) * b) + a[0] * b[2]


def vector(a, b):
    xp = array_namespace(a, b)
    return xp.exp(a * 0.5) * b[0] + b


def assert_near(name: str, ours, exact) -> None:
    """To the method's own promise, or 64 ulps of the largest entry."""
    exact = np.asarray(exact)
    promise = METHODS[name].accuracy or 64 * np.finfo(float).eps
    assert np.shape(ours) == exact.shape
    assert np.max(np.abs(np.asarray(ours) - exact)) <= promise * (1 + np.max(np.abs(exact)))


def test_the_registry_holds_the_declared_methods() -> None:
    assert set(METHODS) >= {
        "manual", "symbolic", "symbolic-cse", "forward-difference", "central-difference", "complex-step", "forward",
        "reverse", "jax", "null",
    }  # fmt: skip
    assert all(METHODS[name].name == name for name in METHODS)


@every
@pytest.mark.parametrize("argnums", [0, 1, -1, (0, 1), (1, 0), (1,)])
def test_gradient_by_argnums(name: str, argnums) -> None:
    ours = METHODS[name].grad(scalar, argnums)(A, B)
    exact = truth.grad(scalar, argnums)(A, B)
    assert isinstance(ours, tuple) == isinstance(argnums, tuple)
    for left, right in zip(ours, exact, strict=True) if isinstance(argnums, tuple) else [(ours, exact)]:
        assert_near(name, left, right)


@every
def test_operators_agree_with_the_jacobian(name: str) -> None:
    method = METHODS[name]
    exact = [np.asarray(block) for block in truth.jacobian(vector, (0, 1))(A, B)]
    for ours, block in zip(method.jacobian(vector, (0, 1))(A, B), exact, strict=True):
        assert_near(name, ours, block)
    value, pushed = method.jvp(vector, (A, B), (B, A))
    assert_near(name, value, vector(A, B))
    assert_near(name, pushed, exact[0] @ B + exact[1] @ A)
    value, pull = method.vjp(vector, A, B)
    assert_near(name, value, vector(A, B))
    for ours, block in zip(pull(A), exact, strict=True):
        assert_near(name, ours, A @ block)
    value, gradient = method.value_and_grad(scalar)(A, B)
    assert_near(name, value, scalar(A, B))
    assert_near(name, gradient, truth.grad(scalar)(A, B))


@every
def test_nested_containers_keep_their_structure(name: str) -> None:
    def f(p, scale):
        return {"loss": scale * p["layers"][0][1] * p["layers"][1] + p["bias"], "rest": [p["bias"] ** 2]}

    p = {"layers": ((A, 2.0), B), "bias": 0.5}
    tangent = {"layers": ((A, 1.0), B), "bias": 1.0}
    value, pushed = METHODS[name].jvp(lambda p: f(p, 3.0), (p,), (tangent,))
    assert set(value) == set(pushed) == {"loss", "rest"}
    assert_near(name, pushed["loss"], 3.0 * B + 3.0 * 2.0 * B + 1.0)
    assert_near(name, pushed["rest"][0], 1.0)
    gradient = METHODS[name].grad(lambda p: array_namespace(p["bias"]).sum(f(p, 3.0)["loss"]))(p)
    assert isinstance(gradient["layers"], tuple)
    assert_near(name, gradient["layers"][1], np.full(3, 6.0))
    assert_near(name, gradient["layers"][0][0], np.zeros(3))
    assert_near(name, gradient["bias"], 3.0)


@every
def test_a_function_that_ignores_its_argument_has_gradient_zero(name: str) -> None:
    assert np.array_equal(METHODS[name].grad(lambda a, b: array_namespace(b).sum(b * 1.0))(A, B), np.zeros(3))
    if name != "jax":  # which refuses a Python float
        assert METHODS[name].derivative(lambda x: 3.0)(1.0) == 0.0


@pytest.mark.parametrize("name", ["forward-difference", "central-difference"])
def test_differences_run_functions_of_plain_numbers(name: str) -> None:
    assert_near(name, METHODS[name].derivative(lambda x: math.exp(float(x)))(1.0), math.e)
    assert_near(name, METHODS[name].grad(lambda x: math.exp(x[0]) * x.tolist()[1])(np.array([0.0, 2.0])), [2.0, 1.0])


@every
def test_the_same_array_twice_is_two_arguments(name: str) -> None:
    left, right = METHODS[name].grad(lambda a, b: array_namespace(a).sum(a * a * b), argnums=(0, 1))(A, A)
    assert_near(name, left, 2 * A * A)
    assert_near(name, right, A * A)


@every
def test_other_arguments_may_be_anything(name: str) -> None:
    f = lambda x, n, label, flag: x**n if flag and label == "power" else x
    prepared = METHODS[name].derivative(f)
    assert_near(name, prepared(2.0, 3, "power", True), 12.0)
    assert_near(name, prepared(2.0, 3, "none", True), 1.0)


@every
@pytest.mark.parametrize("operator", OPERATORS[:6])
def test_preparation_changes_no_answer(name: str, operator: str) -> None:
    method = METHODS[name]
    if operator == "derivative":
        call, args = method.derivative(lambda x: x**3 - x), (1.5,)
        prepared = method.prepare(operator, lambda x: x**3 - x, 0.25)
        assert abs(prepared(*args) - call(*args)) <= 64 * np.finfo(float).eps * 6
        assert prepared.seconds >= 0
        return
    f = scalar if "grad" in operator else vector
    if operator == "jvp":
        prepared = method.prepare(operator, f, (B, A), (A, A))
        assert_near(name, prepared((A, B), (B, A))[1], method.jvp(f, (A, B), (B, A))[1])
    elif operator == "vjp":
        assert_near(name, method.prepare(operator, f, B, A)(A, B)[1](A)[0], method.vjp(f, A, B)[1](A)[0])
    else:
        ours, plain = method.prepare(operator, f, B, A)(A, B), getattr(method, operator)(f)(A, B)
        assert_near(name, *([ours[1], plain[1]] if operator == "value_and_grad" else [ours, plain]))


@pytest.mark.parametrize("name", [name for name in GENERAL if "difference" not in name])
def test_single_precision_stays(name: str) -> None:
    a, b = A.astype(np.float32), B.astype(np.float32)
    gradient = METHODS[name].grad(scalar)(a, b)
    assert gradient.dtype == np.float32
    exact = truth.grad(scalar)(a, b)
    assert np.max(np.abs(gradient - exact.value)) <= 64 * np.finfo(np.float32).eps * (1 + np.max(np.abs(exact.value)))


@pytest.mark.parametrize("name", ["complex-step", "symbolic", "symbolic-cse", "jax"])
def test_what_cannot_run_inside_another_differentiation_declares_it(name: str) -> None:
    inner = METHODS[name].derivative(lambda y: y * y)
    with pytest.raises(UnsupportedError, match=r"inside another|nest"):
        dl.reverse.derivative(lambda x: inner(x))(2.0)


@pytest.mark.parametrize("outer", ["complex-step", "symbolic", "central-difference"])
@pytest.mark.parametrize("inner", ["forward", "reverse"])
def test_other_methods_over_ours(outer: str, inner: str) -> None:
    second = METHODS[outer].derivative(METHODS[inner].derivative(lambda x: x**4))
    assert abs(float(second(1.5)) - 27.0) <= 1e-7 * 27 if outer == "central-difference" else float(second(1.5)) == 27.0


def test_symbol_names_that_clash_with_the_program_or_each_other() -> None:
    def f(x, x_0, exp, cos):
        space = array_namespace(exp)
        return x[0] * x_0 + x[1] * space.exp(exp) * space.cos(cos)

    args = (np.array([2.0, 3.0]), 5.0, 0.5, 0.25)
    ours = dl.symbolic.grad(f, argnums=(0, 1, 2, 3))(*args)
    for left, right in zip(ours, truth.grad(f, (0, 1, 2, 3))(*args), strict=True):
        assert_near("symbolic", left, right)


def test_symbolic_source_computes_the_derivative() -> None:
    prepared = dl.symbolic.prepare("derivative", lambda x: x**3, 2.0)
    assert prepared.source
    assert "x" in prepared.source
    assert prepared.seconds > 0


@pytest.mark.parametrize("name", ["complex-step", "symbolic"])
def test_a_function_that_computes_with_complex_numbers_is_told_what_to_take(name: str) -> None:
    for f in (lambda x: abs(x * 1j), lambda x: array_namespace(x).astype(x, array_namespace(x).complex128)):
        with pytest.raises(UnsupportedError, match=rf"^{name}: .*derivlab.forward or derivlab.reverse"):
            METHODS[name].derivative(f)(0.5)


def test_leaves_are_looked_up_among_the_primals_once_a_call() -> None:
    """Not each among all of them, which would be quadratic in a network of many arrays."""

    class Walked(list):
        walks = 0

        def __iter__(self):
            self.walks += 1
            return super().__iter__()

    level = Record()
    problem = Problem(lambda x: sum(x), [[np.ones(2) for _ in range(50)]])
    leaves = [level.input(x) for x in problem.primals]
    problem.primals = Walked(leaves)
    (answer,) = problem(leaves)
    level.finish()
    assert problem.primals.walks == 1
    assert answer.value.tolist() == [50.0, 50.0]
    assert len({line.primitive for line in level.lines} - {None}) == 1


@pytest.mark.parametrize("name", ["forward", "reverse", "taylor", "reverse-compiled", "central-difference", "symbolic"])
def test_answers_have_memory_of_their_own(name: str) -> None:
    """Also where one cotangent is that of both arguments, or one number for all entries."""
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    f = lambda x, y: array_namespace(x).sum(x + y)
    for answers in (METHODS[name].grad(f, (0, 1))(x, y), METHODS[name].grad(f, (0, 1))(x, x)):
        answers[0][:] = 7.0
        assert np.allclose(answers[1], 1.0, rtol=1e-9)
    assert (x.tolist(), y.tolist()) == ([1.0, 2.0], [3.0, 4.0])
