"""Operators speak in their own name: in errors about the function's answer, in calls, and in what they answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab.errors import AnswerError, ArgumentError

V = np.array([1.0, 2.0, 3.0])
ALL = [name for name in dl.methods if name not in ("manual", "null")]
every = pytest.mark.parametrize("name", ALL)
FUNCTIONS = ["derivative", "grad", "value_and_grad", "jacobian", "hessian", "laplacian"]


def doubled(x):
    return 2.0 * x


def total(x):
    return dl.array_namespace(x).sum(x * x)


def call(method: Any, operator: str, f: Callable[..., Any], x: Any) -> Any:
    take = getattr(method, operator)
    return take(f, (x,), (x,)) if operator in ("hvp", "vhp") else take(f)(x)


@every
@pytest.mark.parametrize("operator", ["grad", "value_and_grad", "hessian", "laplacian", "hvp", "vhp"])
def test_the_operator_that_was_called_asks_for_one_number(name: str, operator: str) -> None:
    method = dl.methods[name]
    if operator in method.unsupported:
        pytest.skip(method.unsupported[operator])
    with pytest.raises(
        AnswerError, match=rf"^{operator} needs a scalar-valued function, and doubled returned an array"
    ):
        call(method, operator, doubled, V)


@pytest.mark.parametrize("operator", ["hessian", "sparse_hessian"])
def test_so_do_those_of_the_package(operator: str) -> None:
    found = dl.sparse_hessian if operator == "sparse_hessian" else dl.reverse.hessian
    with pytest.raises(AnswerError, match=rf"^{operator} needs a scalar-valued function.*jacobian\(jacobian\(f\)\)"):
        found(doubled)(V)
    with pytest.raises(AnswerError, match=r"^truth\.grad needs a scalar-valued function.*Use jacobian\(f\)"):
        dl.truth.grad(doubled)(V)


def test_an_inner_operator_speaks_for_its_own_function() -> None:
    with pytest.raises(AnswerError, match=r"^grad needs a scalar-valued function, and doubled"):
        dl.reverse.hessian(lambda x: total(dl.reverse.grad(doubled)(x)))(V)


@pytest.mark.parametrize("name", ["forward", "reverse", "reverse-compiled"])
@pytest.mark.parametrize("operator", ["hessian", "laplacian"])
def test_a_hessian_at_complex_numbers(name: str, operator: str) -> None:
    says = rf"^{operator} needs real arguments, and those of size are complex.*argnums=\(0, 1\)\)\(z\.real, z\.imag\)"

    def size(z):
        return abs(z) ** 2

    with pytest.raises(AnswerError, match=says):
        getattr(dl.methods[name], operator)(size)(1 + 2j)
    by_parts = dl.methods[name].hessian(lambda x, y: size(x + 1j * y), argnums=(0, 1))(1.0, 2.0)
    assert np.array_equal(by_parts, 2 * np.eye(2))
    with pytest.raises(AnswerError, match=rf"^{operator} needs a real-valued function.*derivative\(f, order=2\)"):
        getattr(dl.methods[name], operator)(lambda z: z**3)(1 + 2j)


@every
@pytest.mark.parametrize("operator", FUNCTIONS)
def test_arguments_come_in_order(name: str, operator: str) -> None:
    method, x = dl.methods[name], 2.0 if operator == "derivative" else V
    if operator in method.unsupported:
        pytest.skip(method.unsupported[operator])
    with pytest.raises(ArgumentError, match=rf"{operator}\(total\) takes its arguments in order.*{operator}\(f\)\(x\)"):
        getattr(method, operator)(total)(x=x)


@pytest.mark.parametrize(
    "f", [dl.jacobian, dl.sparse_jacobian, dl.truth.grad, dl.truth.value_and_grad, dl.truth.derivative]
)
def test_so_they_do_in_the_package(f: Any) -> None:
    with pytest.raises(ArgumentError, match="takes its arguments in order, without names, and got x="):
        f(total)(x=V)


@every
@pytest.mark.parametrize("operator", [o for o in FUNCTIONS if o != "derivative"])
@pytest.mark.parametrize("point", [V, 2.0, (V,), [1.0, 2.0]], ids=["array", "number", "tuple", "list"])
def test_the_point_comes_in_a_second_call(name: str, operator: str, point: Any) -> None:
    method = dl.methods[name]
    if operator in method.unsupported:
        pytest.skip(method.unsupported[operator])
    with pytest.raises(
        ArgumentError, match=rf"argnums must be.*second call: {operator}\(f\)\(x\), not {operator}\(f, x"
    ):
        getattr(method, operator)(total, point)


@pytest.mark.parametrize("f", [dl.jacobian, dl.sparse_jacobian, dl.sparse_hessian, dl.truth.grad, dl.truth.jacobian])
def test_so_it_does_in_the_package(f: Any) -> None:
    with pytest.raises(ArgumentError, match=r"second call: [\w.]+\(f\)\(x\)"):
        f(total, V)


@every
def test_so_it_does_for_a_derivative(name: str) -> None:
    with pytest.raises(ArgumentError, match=r"second call: derivative\(f\)\(x\)"):
        dl.methods[name].derivative(total, 2.0)


@pytest.mark.parametrize("operator", FUNCTIONS)
def test_a_call_without_the_point(operator: str) -> None:
    with pytest.raises(ArgumentError, match=r"give the point, as in grad\(f\)\(x\)"):
        getattr(dl.reverse, operator)(total)()
    with pytest.raises(ArgumentError, match=r"vjp needs the arguments.*vjp\(total, x\)"):
        dl.reverse.vjp(total)


@pytest.mark.parametrize("operator", FUNCTIONS)
def test_a_derivative_has_a_name_and_a_signature(operator: str) -> None:
    derived = getattr(dl.reverse, operator)(total)
    assert derived.__name__ == f"{operator}(total)"
    assert list(inspect.signature(derived).parameters) == ["x"]
    twice = dl.reverse.jacobian(dl.reverse.grad(total))
    assert twice.__name__ == "jacobian(grad(total))"


@pytest.mark.parametrize("name", ["forward", "reverse", "reverse-compiled"])
def test_what_is_not_holomorphic_is_named(name: str) -> None:
    def conjugated(z):
        return dl.array_namespace(z).conj(z)

    with pytest.raises(ArgumentError, match=r"^conjugated is not holomorphic here"):
        dl.methods[name].partial(conjugated, (0,))(1j)


def test_auxiliary_data_that_are_not_there() -> None:
    with pytest.raises(ArgumentError, match=r"\(answer, data\), and total returned an array of shape \(\)"):
        dl.reverse.grad(total, has_aux=True)(V)
    with pytest.raises(ArgumentError, match=r"returned a tuple of 3; write return answer, data"):
        dl.reverse.grad(lambda x: (x, x, x), has_aux=True)(V)
    with pytest.raises(AnswerError, match=r"^hessian needs a scalar-valued function, and <lambda> returned"):
        dl.reverse.hessian(lambda x: (x, "data"), has_aux=True)(V)
    with pytest.raises(ArgumentError, match=r"^grad\(<lambda>\) takes its arguments in order"):
        dl.reverse.grad(lambda x: (total(x), "data"), has_aux=True)(x=V)
