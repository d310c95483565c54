"""Printed programs: complete, run by NumPy alone, and never confused by anybody's names."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab import special
from derivlab.array import surface as xp
from derivlab.graph.printing.expressions import RESERVED
from derivlab.method.problem import flatten
from derivlab.method.program import Program, Variant
from test_compiled import check_equal

MODES = ["forward", "reverse"]
modes = pytest.mark.parametrize("mode", MODES)
CUBE = np.arange(24.0).reshape(2, 3, 4) / 7.0


def variant_of(
    f: Any, *args: Any, operator: str = "value_and_grad", mode: str = "reverse", argnums: Any = 0
) -> Variant:
    return Program(dl.methods[mode], operator, f, argnums).record(args)


def run_alone(text: str, name: str, args: tuple[Any, ...]) -> Any:
    """The last function of a program, in a namespace of its own."""
    scope: dict[str, Any] = {}
    exec(compile(text, "<alone>", "exec", dont_inherit=True), scope)
    return scope[name](*args)


@modes
@pytest.mark.parametrize("name", dl.catalogue())
def test_the_source_of_every_spec_runs_alone(name: str, mode: str) -> None:
    spec = dl.spec(name)
    if mode == "forward" and sum(np.size(x) for arg in spec.args for x in flatten(arg)[0]) > 200:
        pytest.skip("one run of the function for each of hundreds of inputs")
    operator = "derivative" if spec.operator == "derivative" else "value_and_grad"
    variant = variant_of(spec.function, *spec.args, operator=operator, mode=mode, argnums=spec.argnums)
    assert "derivlab" not in variant.source.text
    check_equal(run_alone(variant.source.text, variant.name, spec.args), variant.run(*spec.args), 0)


def test_a_program_of_single_numbers_needs_no_numpy() -> None:
    text = variant_of(lambda x: xp.exp(xp.sin(x)) if x > 0 else x, 0.5).source.text
    name = text.split("def ")[1].split("(")[0]
    code = f"{text}\nimport sys\nassert 'numpy' not in sys.modules\nprint(repr({name}(0.5)))"
    answer = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    check_equal(eval(answer), tuple(map(float, dl.reverse.value_and_grad(lambda x: xp.exp(xp.sin(x)))(0.5))))


def test_captured_arrays_are_printed() -> None:
    weights, bounds = np.array([[0.1, -0.2], [1e-300, 3.0]]), np.array([[-np.inf], [np.nan], [np.inf]])
    f = lambda x: xp.sum(weights @ x) + x[np.array([1, 0])] @ np.array([True, False]) + xp.sum((x > bounds) * x)
    variant = variant_of(f, np.array([1.0, 2.0]))
    x = np.array([0.3, -0.7])
    check_equal(run_alone(variant.source.text, variant.name, (x,)), dl.reverse.value_and_grad(f)(x))


# Names.


@pytest.mark.parametrize("name", [*sorted(RESERVED), "t1", "c1", "value", "args", "grad_x", "x_", "self", "print"])
def test_arguments_and_variables_of_any_name(name: str) -> None:
    scope: dict[str, Any] = {}
    text = f"""
def f({name}):
    return xp.sum(special.sigmoid({name} * c) * special.softmax({name}) + special.erf({name}[0]))

def g(x):
    {name} = x * x
    other = special.sigmoid({name}[::2]) + special.gammaln({name}[0] + 1.5)
    {name} = special.softmax(other * c) * {name}[0]
    return xp.sum(abs_(special.erf({name}))) * special.logsumexp(x)

def h({name}):
    {name} = {name} * 1.5
    return xp.exp({name}) / {name}
"""
    exec(text, {"xp": xp, "special": special, "c": 0.25, "abs_": np.abs, "__name__": "user"}, scope)
    for f, x in ((scope["f"], np.array([0.3, -0.7, 1.2])), (scope["g"], np.array([0.3, -0.7, 1.2])), (scope["h"], 0.5)):
        for mode in MODES:
            for argument in (x, np.float64(x)) if np.ndim(x) == 0 else (x,):
                check_equal(dl.methods[f"{mode}-compiled"].grad(f)(argument), dl.methods[mode].grad(f)(argument))


def test_names_that_are_no_ascii_identifiers() -> None:
    def f(θ: Any, ñ: Any) -> Any:
        δ = θ * ñ
        return xp.sum(δ * δ)

    variant = variant_of(f, np.array([1.0, 2.0]), 3.0)
    assert variant.source.text.isascii()
    check_equal(variant.run(np.array([1.0, 2.0]), 3.0), dl.reverse.value_and_grad(f)(np.array([1.0, 2.0]), 3.0))
    f.__name__ = "∇ lambda; import os #"
    assert variant_of(f, np.array([1.0, 2.0]), 3.0).name.isidentifier()


def test_names_come_from_the_function() -> None:
    def loss(w: Any, x: Any) -> Any:
        hidden = xp.tanh(x @ w)
        return xp.sum(hidden * hidden)

    text = variant_of(loss, np.ones((3, 2)), np.ones((4, 3))).source.text
    for name in ("def value_and_grad_of_loss(w, x):", "hidden = ", "grad_hidden = ", "grad_w = ", "# backward"):
        assert name in text


# Constants.


@pytest.mark.parametrize(
    "c", [0.1, -0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e22, 123456789.123456789, 2**-1074]
)
def test_constants_keep_their_bits(c: float) -> None:
    for constant in (c, np.float64(c)):
        f = lambda x, constant=constant: xp.sum(x * constant)
        for x in (1.0, np.array([1.0, -1.0])):
            slope = np.ravel(variant_of(f, x).run(x)[1])[0]
            assert slope == c
            assert np.signbit(slope) == np.signbit(c)


@modes
@pytest.mark.parametrize(
    "c",
    [
        np.inf,
        -np.inf,
        np.nan,
    ],
)
def test_constants_that_are_not_finite(c: float, mode: str) -> None:
    for x in (2.0, -2.0, np.array([2.0, -2.0])):
        f = lambda x: xp.sum(xp.where(x > 0, x * 2, xp.where(x < -10, x, 1 / c)) + xp.minimum(x, abs(c)) * 0.5)
        with np.errstate(all="ignore"):
            check_equal(dl.methods[f"{mode}-compiled"].jvp(f, (x,), (x,)), dl.methods[mode].jvp(f, (x,), (x,)))


# Indices and shapes.


@modes
@pytest.mark.parametrize(
    "key",
    [
        0, -1, np.int64(1), (1, 2, 3), slice(None), slice(1, None), slice(None, -1), slice(None, None, -1),
        slice(None, None, 2), (Ellipsis, 0), (0, Ellipsis), (None, Ellipsis), (slice(None), None, 1), Ellipsis, (),
        (slice(None), slice(2, 0, -1)), (Ellipsis, slice(-1, -3, -1)), slice(5, 9), slice(np.int64(0), np.int64(1)),
        np.array([1, 0, 1]), [1, 1], (np.array([0, 1]), np.array([2, 0])), (slice(None), np.array([[0, 2], [1, 1]])),
        np.array(1), np.array([True, False]), (slice(None), np.array([True, False, True])), CUBE > 1.5,
        np.zeros(0, dtype=int), np.zeros((2, 3), dtype=bool), (np.array([0, 0]), slice(1, 3), np.array([3, 3])),
    ],
    ids=str,
)  # fmt: skip
def test_every_kind_of_index(key: Any, mode: str) -> None:
    f = lambda x: xp.sin(x[key]) * x[key] + xp.sum(x[key] * 0.5)
    variant = variant_of(f, (CUBE,), (CUBE * 0.5,), operator="jvp") if mode == "forward" else None
    if variant is not None:
        check_equal(variant.run((CUBE,), (CUBE * 0.5,)), dl.forward.jvp(f, (CUBE,), (CUBE * 0.5,)))
    total = lambda x: xp.sum(f(x))
    variant = variant_of(total, CUBE)
    check_equal(run_alone(variant.source.text, variant.name, (CUBE,)), dl.reverse.value_and_grad(total)(CUBE))


@modes
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (3, 0), (1,), (1, 1), (1, 3), (3, 1)])
def test_small_and_empty_shapes(shape: tuple[int, ...], mode: str) -> None:
    x = np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)

    def f(x: Any) -> Any:
        y = xp.reshape(xp.exp(x) * x, (-1,)) if x.size else xp.reshape(xp.exp(x) * x, (0,))
        return (
            xp.sum(xp.concat([y, y[::-1] * 2.0]))
            + xp.sum(x.T if len(x.shape) == 2 else x)
            + xp.sum(x * np.ones((2, *x.shape)))
        )

    check_equal(dl.methods[f"{mode}-compiled"].value_and_grad(f)(x), dl.methods[mode].value_and_grad(f)(x))


def test_the_public_source_is_a_program_to_read() -> None:
    spec = dl.spec("mlp-loss", size="large")
    text = dl.source(spec.function, *spec.args, argnums=(0, 1))
    assert "out=" not in text
    assert "grad_h = grad_y_pred.dot(w2.T)" in text
    scope: dict[str, Any] = {}
    exec(text, scope)
    value, (w1_bar, _) = scope["value_and_grad_of_loss"](*spec.args)
    exact, (w1_exact, _) = spec.value_and_gradient(*spec.args)
    assert abs(value - exact) <= 640 * np.spacing(exact)  # a sum of 640 squares, in another order
    assert np.max(np.abs(w1_bar - w1_exact)) <= 1e-12 * np.max(np.abs(w1_exact))
