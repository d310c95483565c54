"""Formulas: what is written on paper, for every primitive, in TeX that both LaTeX and mathtext know."""

import functools
import re

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

import derivlab as dl
from derivlab import array_namespace, special
from derivlab.array.primitives import PRIMITIVES
from derivlab.graph.formulas.called import applied
from derivlab.graph.formulas.formula import Formula, divide, multiply, of_number, of_symbol, power
from derivlab.graph.formulas.notation import Symbols, number, symbol
from derivlab.graph.formulas.sums import add, negative
from rule_cases import ELSEWHERE, SMOOTH, STEPS, UNDEFINED

PARSER = MathTextParser("path")
MATRIX = np.arange(6.0).reshape(2, 3) + 1


@functools.cache
def parse(equation):
    """Fails where mathtext does; many formulas have the same lines."""
    PARSER.parse(f"${equation}$")


def check_renders(formulas):
    for equation in formulas.equations:
        parse(equation)
        assert equation.isascii()
        depth = 0
        for brace in re.findall(r"[{}]", equation):
            depth += 1 if brace == "{" else -1
            assert depth >= 0
        assert depth == 0
        assert equation.count(r"\left") == equation.count(r"\right")


def written(name):
    spec = dl.spec(name)
    return dl.latex(spec.function, *spec.args, argnums=spec.argnums)


def test_the_network_is_written_as_on_the_blackboard():
    formulas = written("mlp-loss")
    assert list(formulas.equations) == [
        r"H = \frac{1}{1 + e^{-X W_1}}",
        r"Y_{\mathrm{pred}} = H W_2",
        r"L = \sum (Y_{\mathrm{pred}} - Y)^{\odot 2}",
        r"\bar{Y}_{\mathrm{pred}} = 2 (Y_{\mathrm{pred}} - Y)",
        r"\bar{H} = \bar{Y}_{\mathrm{pred}} W_2^\top",
        r"\frac{\partial L}{\partial W_1} = X^\top (\bar{H} \odot H \odot (1 - H))",
        r"\frac{\partial L}{\partial W_2} = H^\top \bar{Y}_{\mathrm{pred}}",
    ]
    assert formulas.function == r",\quad ".join(formulas.equations[:3])
    assert formulas.gradient == r",\quad ".join(formulas.equations[3:])
    assert str(formulas).startswith("\\begin{aligned}\nH &= ")
    assert formulas._repr_latex_() == f"$\\displaystyle {formulas}$"


def test_entries_of_the_neuron_have_an_equation_each():
    formulas = written("sigmoid-neuron")
    assert formulas.function == r"f = \frac{1}{1 + e^{-(w_0 x_0 + w_1 x_1 + w_2)}}"
    assert formulas.equations[1] == r"\frac{\partial f}{\partial w_0} = f (1 - f) x_0"
    assert formulas.equations[3] == r"\frac{\partial f}{\partial w_2} = f (1 - f)"


def test_the_gate_and_the_trace_example():
    assert written("add-mul-gate").function == "f = (x + y) z"
    xp_example = dl.latex(
        lambda x1, x2: array_namespace(x1).log(x1) + x1 * x2 - array_namespace(x1).sin(x2), 2.0, 5.0, argnums=(0, 1)
    )
    assert xp_example.function == r"f = \ln x_1 + x_1 x_2 - \sin x_2"
    assert xp_example.equations[1:] == (
        r"\frac{\partial f}{\partial x_1} = x_2 + \frac{1}{x_1}",
        r"\frac{\partial f}{\partial x_2} = x_1 - \cos x_2",
    )


@pytest.mark.parametrize(
    ("f", "args", "gradient"),
    [
        (lambda x, a: x @ a @ x, (np.ones(3), np.ones((3, 3))), r"A \mathbf{x} + A^\top \mathbf{x}"),
        (lambda x, b: 2.0 * (b @ x), (np.ones(3), np.arange(3.0)), r"2 \mathbf{b}"),
        (lambda x: array_namespace(x).sum(x), (np.ones(3),), r"\mathbf{1}"),
        (lambda x: array_namespace(x).sum(x * x) / 2, (MATRIX,), "X"),
        (lambda x: array_namespace(x).sum(special.sigmoid(x)), (np.ones(3),), r"\sigma(\mathbf{x})"),
    ],
)
def test_matrix_notation_of_gradients(f, args, gradient):
    formulas = dl.latex(f, *args)
    check_renders(formulas)
    assert gradient in formulas.gradient or sorted(gradient.split(" + ")) == sorted(
        formulas.gradient.partition(" = ")[2].split(" + ")
    )


def test_a_vector_answer_has_a_cotangent():
    formulas = dl.latex(lambda x: array_namespace(x).maximum(0, x), np.array([1.0, -2, 3, -1]))
    assert formulas.gradient.startswith(r"\bar{\mathbf{x}} = \mathbf{1}[\mathbf{x} > 0] \odot \bar{\mathbf{f}}")


@pytest.mark.parametrize("case", [*SMOOTH, *STEPS, *UNDEFINED], ids=lambda case: case.id)
def test_every_primitive_has_a_form(case):
    args = case.inputs()
    check_renders(dl.latex(case.apply, *args, argnums=tuple(range(len(args)))))


def test_the_cases_cover_the_primitives_and_unknown_ones_are_named():
    assert {case.name for case in [*SMOOTH, *STEPS, *UNDEFINED]} | set(ELSEWHERE) == set(PRIMITIVES)
    x = of_symbol(symbol("x", 0), ())
    assert applied("new_one", [x], {}, (), 1).text == r"\operatorname{newone}(x)"


def test_inverses_are_those_of_matrices():
    x = np.array([[2.0, 1], [0, 1]])
    assert "X^{-1}" in str(dl.latex(lambda X: np.trace(np.linalg.inv(X)), x))
    assert r"\left\| X \right\|" in str(dl.latex(lambda X: dl.array_namespace(X).linalg.matrix_norm(X), x))


@pytest.mark.parametrize("name", list(dl.catalogue()))
def test_every_spec_renders(name):
    check_renders(written(name))


@pytest.mark.parametrize(
    ("identifier", "rank", "text"),
    [
        ("lambda_", 0, r"\lambda"),
        ("x__class__", 0, r"x_{\mathrm{class}}"),
        ("w1", 2, "W_1"),
        ("y_pred", 1, r"\mathbf{y}_{\mathrm{pred}}"),
        ("y_hat", 2, r"\hat{Y}"),
        ("θ", 1, r"\boldsymbol{\theta}"),
        ("Σ", 2, r"\Sigma"),
        ("sigma_1", 2, r"\Sigma_1"),
        ("alpha", 2, r"\boldsymbol{\alpha}"),
        ("变量", 0, "v"),
        ("__", 0, "v"),
        ("x_1_2", 0, "x_{1,2}"),
        ("hidden", 2, r"\mathit{Hidden}"),
        ("Alpha", 0, "A"),
        ("é", 0, "e"),
        (r"a}\input{secret", 0, r"a_{\mathrm{input},\mathrm{secret}}"),
        ("x$%&#", 0, "x"),
    ],
)
def test_names_become_symbols(identifier, rank, text):
    assert str(symbol(identifier, rank)) == text
    PARSER.parse(f"${text}$")


def test_hostile_names_in_a_program():
    def f(lambda_, x__class__, λ, 变量, params):
        é = lambda_ * x__class__ + λ * 变量
        return é * params["}\\input{x"] + params["%"]

    formulas = dl.latex(f, 1.0, 2.0, 3.0, 4.0, {"}\\input{x": 5.0, "%": 6.0}, argnums=(0, 1, 2, 3, 4))
    check_renders(formulas)
    assert "input{" not in str(formulas)


def test_symbols_never_look_alike():
    symbols = Symbols()
    texts = [str(symbols.new(name, rank)) for name, rank in (("x", 2), ("X", 2), ("x_", 2), ("x", 1), ("x", 0))]
    assert len(set(texts)) == 5

    def f(x):
        x = 2 * x
        x = x * x
        return x * x

    formulas = dl.latex(f, 3.0)
    lefts = [equation.partition(" = ")[0] for equation in formulas.equations]
    assert len(set(lefts)) == len(lefts)


def test_a_long_program_names_intermediates_and_a_deep_one_does_not_recurse():
    def deep(x):
        for _ in range(3000):
            x = array_namespace(x).sin(x) + 1
        return x

    formulas = dl.latex(deep, 0.3)
    assert len(formulas.equations) > 100
    assert max(map(len, formulas.equations)) < 600
    assert str(formulas).count("\n") < 50
    assert "more equations" in str(formulas)
    for equation in formulas.equations[:3]:
        PARSER.parse(f"${equation}$")


def test_captured_arrays_are_constants():
    table = np.array([[1.0, 2.0], [3.0, 4.0]])
    formulas = dl.latex(lambda x: array_namespace(x).sum(table @ x), np.ones(2))
    assert formulas.function == r"f = \sum C_1 \mathbf{x}"
    assert np.array_equal(formulas.constants["C_1"], table)


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2"), (0.5, "0.5"), (1 / 3, r"\frac{1}{3}"), (np.pi, r"\pi"), (1e-9, r"1 \times 10^{-9}"),
     (0.12345678, "0.123457"), (np.inf, r"\infty"), (np.float32(0.25), "0.25"), (2 * np.sqrt(2), r"2 \sqrt{2}")],
)  # fmt: skip
def test_numbers(value, text):
    assert number(value) == text


def test_algebra_of_formulas():
    x, y = (of_symbol(symbol(name, 0), ()) for name in "xy")
    two = of_number(2)
    assert multiply(multiply(two, x, ()), multiply(x, y, ()), ()).text == "2 x^{2} y"
    assert divide(divide(x, y, ()), divide(two, x, ()), ()).text == r"\frac{x^{2}}{2 y}"
    assert add([x, negative(y)], ()).text == "x - y"
    assert add([negative(x), y], ()).text == "y - x"
    assert add([x, x, negative(y)], ()).text == "2 x - y"
    assert power(add([x, y], ()), "2").text == "(x + y)^{2}"
    assert divide(multiply(x, y, ()), y, ()).text == "x"
    assert isinstance(negative(negative(x)), Formula)
    assert negative(negative(x)).text == "x"


def test_refuses_what_has_no_derivative():
    with pytest.raises(TypeError, match="floating point"):
        dl.latex(lambda x: x, 3)
    with pytest.raises(TypeError, match="latex needs a function"):
        dl.latex(3.0, 3.0)
