"""Typed formulas: what they compute, and that nothing typed is ever run."""

import builtins
import contextlib
import math
import os
import pickle
import subprocess

import numpy as np
import pytest

import derivlab as dl
from derivlab.errors import ArgumentError
from derivlab.harness.budget import time_limit
from derivlab.typed import read_point
from derivlab.typed.functions import FUNCTIONS
from hostile import KNOWN, PAYLOADS, fuzz

PLAIN = [
    "x", "x+y", "x - y*2", "-x**2", "(-x)**2", "x**-y", "2**x**y", "+x", "--x", "x*(y+1)/(x-y)", "1/3*x",
    "x**0.5", "x/y/3", "x*10**-3", "0.1*x + 0.2*y", ".5*x", "5.*x", "1e-3*x", "2E+2*x", "9007199254740991*x", "x*2**53",
    "x*y**2**-1", "x*(2 - 5)**3", "pi*x", "e**x", "x*(1/7)**3*y", "x-y-x-y", "1.7976931348623157e308*x", "5e-324*x",
    "x_1 + x2y",
]  # fmt: skip
NUMPY = {
    "sin(x)*exp(-x**2)": lambda x: np.sin(x) * np.exp(-(x**2)),
    "log1p(x)/cosh(x)": lambda x: np.log1p(x) / np.cosh(x),
    "atan2(x, 2)": lambda x: np.arctan2(x, 2),
    "maximum(x, 0.5)": lambda x: np.maximum(x, 0.5),
    "clip(x, 0, 1)": lambda x: np.clip(x, 0, 1),
    "sin(1)*x": lambda x: float(np.sin(1.0)) * x,
    "hypot(3, 4)*x": lambda x: 5.0 * x,
}
VECTORS = {
    "sum(x**2)": lambda x: np.sum(x**2),
    "x[0]*x[-1]": lambda x: x[0] * x[-1],
    "x@x": lambda x: x @ x,
    "dot(x, exp(x))": lambda x: np.vecdot(x, np.exp(x)),
    "norm(x)": np.linalg.norm,
    "max(x) - mean(x)": lambda x: np.max(x) - np.mean(x),
    "logsumexp(x)": lambda x: dl.special.logsumexp(x),
}


@pytest.mark.parametrize("text", PLAIN)
def test_arithmetic_is_pythons(text):
    values = {"x": 0.7, "y": 2.3, "x_1": 1.5, "x2y": -0.25}
    f = dl.parse(text)
    assert f(*(values[name] for name in f.names)) == eval(text, {"pi": math.pi, "e": math.e, **values})


@pytest.mark.parametrize("text", NUMPY)
def test_functions_are_numpys(text):
    assert dl.parse(text)(0.7) == NUMPY[text](0.7)


@pytest.mark.parametrize("text", VECTORS)
def test_vectors(text):
    x = np.array([1.0, 2.0, 3.5])
    assert dl.parse(text)(x) == VECTORS[text](x)


@pytest.mark.parametrize(
    "text", ["0.1", "1e-320", "3.141592653589793", "1.0000000000000002", "100000000000000000.5e290"]
)
def test_float_literals_stay_the_doubles_they_are(text):
    assert dl.parse(f"{text}*x")(1.0) == float(text)
    assert dl.truth.derivative(dl.parse(f"{text}*x"))(1.0).value == float(text)


@pytest.mark.parametrize("text", ["sin(x)*exp(-x**2)", "x**3/3 - 2*x", "log(x)*sigmoid(x)", "x**x", "erf(x)/x"])
def test_every_method_differentiates_it(text):
    comparison = dl.compare(dl.parse(text), 0.7, timing=False, sizes=False)
    assert {cell.outcome for cell in comparison} == {"ok"}
    assert comparison.title == f"derivative of {text}"


def test_every_method_differentiates_several_variables_and_vectors():
    f, x = dl.parse("y*sum(x**2) + x[0]*sin(y)"), np.array([1.0, 2.0])
    assert f.names == ("y", "x")
    cells = dl.compare(f, 0.3, x, argnums=(0, 1), timing=False, sizes=False)
    assert {cell.outcome for cell in cells} <= {"ok", "unsupported"}
    grad_y, grad_x = dl.reverse.grad(f, argnums=(0, 1))(0.3, x)
    assert np.allclose(grad_y, 5 + np.cos(0.3))
    assert np.allclose(grad_x, [0.6 + np.sin(0.3), 1.2])


def test_every_function_runs_on_numbers_and_under_differentiation():
    for name, function in FUNCTIONS.items():
        first = {"polygamma": "2", "dot": "x", "matmul": "x"}.get(name, "0.5")
        arguments = ["x", "0.2", "0.9"] if name == "clip" else [*[first] * (function.arguments - 1), "x"]
        f = dl.parse(f"sum({name}({', '.join(arguments)}))")
        x = np.array([1.5, 2.0]) if name == "acosh" else np.array([0.4, 0.6])
        assert np.isfinite(f(x)), name
        assert np.isfinite(dl.reverse.grad(f)(x)).all(), name


def test_the_order_of_the_names_can_be_chosen():
    assert dl.parse("x - y", ["y", "x"])(1.0, 5.0) == 4.0
    with pytest.raises(ArgumentError, match="y has no value"):
        dl.parse("x - y", ["x"])
    with pytest.raises(ArgumentError, match="no 'z' stands there"):
        dl.parse("x", ["x", "z"])
    with pytest.raises(ArgumentError, match="takes 2 arguments, x, y; got 1"):
        dl.parse("x - y")(1.0)


def test_it_prints_as_its_text_and_can_be_sent():
    f = dl.parse(" x - y ", ["y", "x"])
    copy = pickle.loads(pickle.dumps(f))
    assert (repr(f), f.__name__, copy.names, copy(1.0, 5.0)) == ("x - y", "x - y", ("y", "x"), 4.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sin(x", "position 4: this bracket is never closed"),
        ("x + sin(х)", "position 9: '\\u0445', not ASCII"),
        ("x^2", "position 2: '^'; write **"),
        ("arcsin(x)", "no function arcsin; there are asin, "),
        ("2x", "position 2: after 2 a sign is missing, e.g. 2*x"),
        ("x*9**9**9", "an exponent above 1000"),
        ("x + 1/0", "position 5: these numbers cannot be computed: division by zero"),
        ("(-8)**(1/3)*x", "these numbers give no real number"),
        ("sin", "sin is a function; write sin(...)"),
        ("atan2(x)", "arguments of atan2: 2 and not 1"),
        ("x +", "it ends in +"),
        ("x y", "position 3: invalid syntax"),
        ("x*lambda", "position 3: lambda is a word of Python"),
        ("3", "no variable"),
    ],
)
def test_a_complaint_says_where_and_what_to_type(text, message):
    with pytest.raises(ArgumentError) as caught:
        dl.parse(text)
    assert message in str(caught.value)


def test_points_are_read():
    point = read_point("x=0.7, y = -2,w=[1, 2*pi],a=[[1,2],[3,4]]")
    assert (point["x"], point["y"]) == (0.7, -2.0)
    assert isinstance(point["y"], float)
    assert np.array_equal(point["w"], [1.0, 2 * math.pi])
    assert np.array_equal(point["a"], [[1.0, 2.0], [3.0, 4.0]])
    assert read_point("x=[" + ",".join(["0.12345678901234567"] * 500) + "]")["x"].shape == (500,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.7", "type values by name"),
        ("x", "type values by name"),
        ("x=", "it is empty"),
        ("x=1 y=2", "a comma stands between"),
        ("x=1,x=2", "x has two values"),
        ("x=y", "a value is a number"),
        ("x=[1,[2]]", "equally long"),
        ("x=[]", "a vector needs entries"),
        ("x=1e999", "above the largest double"),
        ("x=nan", "a value is a number"),
        ("x=[1:2]", "':'"),
        ("x==1", "type values by name"),
    ],
)
def test_a_wrong_point_is_refused(text, message):
    with pytest.raises(ArgumentError) as caught:
        read_point(text)
    assert message in str(caught.value)


CANARY: list[int] = []


@pytest.fixture
def tripwires(monkeypatch, tmp_path):
    """Whatever runs typed text would have to call one of these; the list is of those that were called."""
    called = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(builtins, "CANARY", CANARY, raising=False)
    compiler = compile

    def only_trees(source, filename, mode, flags=0, *args, **options):
        if not flags & 0x400:  # ast.PyCF_ONLY_AST
            called.append("compile")
        return compiler(source, filename, mode, flags, *args, **options)

    def wire(name):
        def refuse(*args, **options):
            called.append(name)
            raise RuntimeError(f"{name} was called")

        return refuse

    monkeypatch.setattr(builtins, "compile", only_trees)
    for name in ("eval", "exec", "open", "breakpoint", "input"):
        monkeypatch.setattr(builtins, name, wire(name))
    monkeypatch.setattr(os, "system", wire("os.system"))
    monkeypatch.setattr(subprocess, "Popen", wire("Popen"))
    yield called
    assert not list(tmp_path.iterdir())
    assert not CANARY


def outcome(read, text):
    """What became of one text, within a second: "parsed", or "refused" in one line of plain text."""
    try:
        with time_limit(1.0):
            read(text)
    except ArgumentError as error:
        message = str(error)
        assert message.isascii(), repr(message)
        assert message.isprintable(), repr(message)
        assert len(message) < 1500, repr(message)
        return "refused"
    return "parsed"


def parse_and_run(text):
    f = dl.parse(text)
    with np.errstate(all="ignore"), contextlib.suppress(TypeError, ValueError, IndexError, ArithmeticError):
        f(*[0.7] * len(f.names))  # x[0] of a number


def test_the_wires_would_trip(tripwires):
    with pytest.raises(RuntimeError):
        eval("1")  # what the fixture replaced
    compile("1", "", "eval")
    assert tripwires == ["eval", "compile"]


def test_ten_thousand_hostile_strings_never_run(tripwires):
    texts = list(dict.fromkeys([*KNOWN, *fuzz(10_000, seed=8)]))
    became = {text: outcome(parse_and_run, text) for text in texts}
    counts = {kind: list(became.values()).count(kind) for kind in ("parsed", "refused")}
    assert not tripwires
    assert len(texts) >= 10_000
    assert {became[text] for text in PAYLOADS} == {"refused"}
    assert min(counts.values()) > 1000  # the grammar makes formulas too


def test_hostile_points_never_run(tripwires):
    for text in [*KNOWN, *fuzz(1000, seed=9)]:
        outcome(read_point, text)
        outcome(read_point, f"x={text}")
        outcome(read_point, f"x=[{text},1]")
    assert not tripwires


@pytest.mark.parametrize(
    "name", ["np", "t1", "value", "grad_x", "x0", "S", "N", "Q", "beta", "zeta", "math", "jnp", "array", "f", "primal"]
)
def test_a_name_that_programs_use_is_a_name_like_others(name):
    f = dl.parse(f"sin({name})*x_bar + {name}**2")
    for method in ("symbolic", "symbolic-cse", "forward", "reverse", "reverse-compiled", "forward-compiled", "jax"):
        grads = dl.methods[method].grad(f, argnums=(0, 1))(0.7, 1.5)
        assert np.allclose(grads, [math.cos(0.7) * 1.5 + 1.4, math.sin(0.7)]), method
