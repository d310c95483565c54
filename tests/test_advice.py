"""What an error names and advises where plain numbers are asked for: the function as typed, and a line that works."""

from __future__ import annotations

import ast
import functools
import math
import re
import statistics
from collections.abc import Callable
from math import lgamma as log_gamma
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab import special
from derivlab.array import outside
from derivlab.array import surface as xp
from derivlab.array.numpy_names.advice import INSTEAD
from derivlab.errors import ArgumentError, DerivativeLostError

integrate = pytest.importorskip("scipy.integrate")
linalg = pytest.importorskip("scipy.linalg")
optimize = pytest.importorskip("scipy.optimize")
sparse = pytest.importorskip("scipy.sparse")
stats = pytest.importorskip("scipy.stats")

V = np.array([1.0, 2.0, 3.0])
modes = pytest.mark.parametrize("mode", ["forward", "reverse", "taylor", "reverse-compiled"])


@np.vectorize
def squared(t):
    return t * t


def matrix(x: Any) -> Any:
    return np.eye(3) * x + 1.0


# What asks for plain numbers, the name that the error must begin with, and what it must say to type.
ASKED: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "math.exp": (lambda x: math.exp(x[0]), "math.exp", "np.exp(x[0]) or xp.exp(x[0])"),
    "math.atan2": (lambda x: math.atan2(x[0], x[1]), "math.atan2", "np.atan2(x[0], x[1])"),
    "math.erf": (lambda x: math.erf(x[0]), "math.erf", "derivlab.special.erf(x), or scipy.special.erf(x)"),
    "math.lgamma": (lambda x: log_gamma(x[0]), "math.lgamma", "derivlab.special.gammaln(x)"),
    "math.gamma": (lambda x: math.gamma(x[0]), "math.gamma", "np.exp(derivlab.special.gammaln(x))"),
    "math.trunc": (lambda x: math.trunc(x[0]), "math.trunc", "np.trunc(x[0])"),
    "math.pow": (lambda x: math.pow(x[0], 2), "math.pow", "x ** y"),
    "statistics.mean": (statistics.mean, "statistics.mean", "np.mean(x)"),
    "statistics.stdev": (statistics.stdev, "statistics.stdev", "np.std(x, ddof=1)"),
    "list": (lambda x: np.array([x[0], 1.0]), "np.array", "np.stack([a, b])"),
    "nested list": (lambda x: np.array([[x[0], 1.0], [0.0, x[1]]]), "np.array", "np.block([[a, b], [c, d]])"),
    "lines": (
        lambda x: np.asarray(
            [
                [x[0], 1.0],  # a row
                [0.0, x[1]],
            ]
        ),
        "np.asarray",
        "np.block([[a, b], [c, d]]) (or xp.asarray)",
    ),
    "list of rows": (lambda x: np.array([x, x]), "np.array", "np.stack([a, b]) (or xp.stack)"),
    "sum of a list": (lambda x: np.sum([t * t for t in x]), "np.sum", "np.sum(np.stack([a, b]))"),
    "determinant of a list": (
        lambda x: np.linalg.det([[x[0], 1.0], [0.0, x[1]]]),
        "np.linalg.det",
        "np.linalg.det(np.block([[a, b], [c, d]]))",
    ),
    "list by name": (lambda x: _summed(list(x)), "np.sum", "np.sum(np.stack([a, b]))"),
    "r_": (lambda x: np.r_[x, 1.0], "np.r_", "np.concatenate([a, b])"),
    "c_": (lambda x: np.c_[x, x], "np.c_", "np.column_stack([a, b])"),
    "det": (lambda x: linalg.det(matrix(x)), "linalg.det", "np.linalg.det"),
    "expm": (lambda x: linalg.expm(matrix(x)), "linalg.expm", "np.linalg.eigh(a)"),
    "lu_factor": (lambda x: linalg.lu_factor(matrix(x)), "linalg.lu_factor", "np.linalg.solve(a, b)"),
    "logpdf": (lambda x: stats.norm.logpdf(x), "stats.norm.logpdf", "-0.5 * ((x - loc) / scale) ** 2"),
    "frozen cdf": (lambda x: stats.norm(0.0, 2.0).cdf(x), "stats.norm(0.0, 2.0).cdf", "derivlab.special.ndtr"),
    "gamma density": (lambda x: stats.gamma.pdf(x, 2.0), "stats.gamma.pdf", "its formula"),
    "quad": (lambda x: integrate.quad(lambda t: t * x[0], 0, 1)[0], "integrate.quad", "leggauss"),
    "odeint": (lambda x: integrate.odeint(lambda y, t: -x[0] * y, 1.0, [0.0, 1.0])[-1, 0], "integrate.odeint", "Runge"),
    "brentq": (
        lambda x: optimize.brentq(lambda s: np.exp(s) - x[0], -5, 5),
        "optimize.brentq",
        "scipy.optimize.newton(g, s, args=(x,))",
    ),
    "brentq by its bracket": (lambda x: optimize.brentq(lambda s: s - 1, 0, x[2]), "optimize.brentq", "newton"),
    "brentq of a loss": (lambda x: optimize.brentq(lambda s: math.exp(s * x[0]) - 2, -5, 5), "math.exp", "np.exp"),
    "minimize": (lambda x: optimize.minimize(lambda s: (s[0] - x[0]) ** 2, [0.5]).x, "optimize.minimize", "Newton"),
    "random": (lambda x: np.random.default_rng(0).permutation(x), "np.random", "x[rng.permutation(len(x))]"),
    "vectorize": (squared, "numpy.vectorize", "np.stack([f(t) for t in x])"),
    "ndenumerate": (lambda x: sum(t for _, t in np.ndenumerate(x)), "np.ndenumerate", "np.ndindex(x.shape)"),
    "method": (lambda x: np.eye(3).dot(x), "np.eye(3).dot", "a @ x for a.dot(x)"),
    "sparse product": (lambda x: sparse.csr_array(np.eye(3)) @ x, "scipy.sparse.csr_array", "a.toarray() @ x"),
    "partial": (functools.partial(math.dist, V), "functools.partial", "np.exp(x)"),
    "passed itself": (linalg.norm, "scipy.linalg.norm", "np.linalg.norm"),
    "shape": (lambda x: np.zeros(x[0]), "np.zeros", "functions of NumPy"),
    "filled": (lambda x: np.zeros(3).__setitem__(0, x[0]), "", "np.stack"),
}


def _summed(terms: Any) -> Any:
    return np.sum(terms)


@modes
@pytest.mark.parametrize("what", ASKED)
def test_the_call_is_named_with_what_to_type(what: str, mode: str) -> None:
    f, name, says = ASKED[what]
    with pytest.raises(DerivativeLostError) as caught:
        dl.methods[mode].grad(lambda x: f(x))(V)
    assert str(caught.value).startswith(name)
    assert says in str(caught.value)


@pytest.mark.parametrize("what", ["math.exp", "det", "nested list"])
def test_so_it_is_where_programs_and_formulas_are_made(what: str) -> None:
    f, name, says = ASKED[what]
    ways = [
        lambda: dl.source(f, V),
        lambda: dl.latex(f, V),
        lambda: dl.truth.grad(f)(V),
        lambda: dl.symbolic.grad(f)(V),
        lambda: dl.methods["reverse-compiled"].prepare("grad", f, V),
    ]
    for way in ways:
        with pytest.raises(DerivativeLostError, match=f"^{re.escape(name)}.*{re.escape(says)}"):
            way()


def test_a_function_passed_itself_is_named() -> None:
    with pytest.raises(DerivativeLostError, match=r"^math\.exp: .*write np\.exp\(x\)"):
        dl.reverse.derivative(math.exp)(1.0)
    with pytest.raises(DerivativeLostError, match=r"^scipy\.linalg\.det: .*write np\.linalg\.det"):
        dl.reverse.grad(linalg.det)(np.eye(2))


def test_a_program_without_source_gets_the_general_advice() -> None:
    scope: dict[str, Any] = {}
    exec("import math\ndef f(x):\n    return math.exp(x)\n", scope)
    with pytest.raises(DerivativeLostError, match=r"^float of .*np\.exp\(x\) or xp\.exp\(x\), not math\.exp"):
        dl.reverse.derivative(scope["f"])(1.0)


def test_what_fsolve_hides_is_shown(capsys) -> None:
    """Its C code prints the error of the function, and raises another."""
    with pytest.raises(DerivativeLostError, match=r"^optimize\.fsolve: .*scipy\.optimize\.newton") as caught:
        dl.reverse.grad(lambda a: optimize.fsolve(lambda s: np.exp(s) - a, 0.5)[0])(2.0)
    assert "not a proper array" in str(caught.value.__cause__)
    assert "DerivativeLostError" in capsys.readouterr().err


def test_the_advised_newton_differentiates() -> None:
    root = lambda a: optimize.newton(lambda s, a: np.exp(s) - a, 0.5, args=(a,))
    assert abs(dl.reverse.derivative(root)(2.0) - 0.5) <= 1e-9


def test_a_conversion_that_was_caught_hides_no_later_error() -> None:
    def f(x: Any) -> Any:
        with pytest.raises(TypeError):
            math.exp(x)
        raise KeyError("rate")

    with pytest.raises(KeyError, match="rate"):
        dl.reverse.derivative(f)(1.0)


def test_an_error_of_the_users_own_stays_his() -> None:
    def f(x: Any) -> Any:
        try:
            return math.exp(x)
        except TypeError as error:
            raise ValueError("give a plain number") from error

    with pytest.raises(ValueError, match="give a plain number"):
        dl.reverse.derivative(f)(1.0)


@pytest.mark.parametrize("x", [[1.0, 2.0], (1.0, 2.0), [V, V]])
@pytest.mark.parametrize(
    "f", [lambda x: np.sum(x * x), lambda x: x.sum(), lambda x: x**2, lambda x: 2.0 * x, lambda x: x @ x]
)
@modes
def test_a_list_that_is_taken_for_an_array(mode: str, f: Callable[[Any], Any], x: Any) -> None:
    kind = type(x).__name__
    with pytest.raises(ArgumentError, match=rf"argument 0 is a {kind}.*failed with .*Error: .*give np\.array"):
        dl.methods[mode].grad(f)(x)


def test_a_list_that_is_used_as_a_list() -> None:
    assert dl.reverse.grad(lambda x: x[0] * x[1])([2.0, 3.0]) == [3.0, 2.0]


def test_nditer_is_refused_by_name() -> None:
    with pytest.raises(DerivativeLostError, match=r"np\.nditer.*for i in np\.ndindex\(x\.shape\)"):
        dl.reverse.grad(lambda x: sum(t * t for t in np.nditer(x)))(V)


def test_what_is_advised_exists() -> None:
    homes = {"np": np, "xp": xp, "derivlab": dl}
    texts = [*outside.EXACT.values(), *(text for text in outside.HOMES.values() if isinstance(text, str))]
    found = 0
    for text in [*texts, *INSTEAD.values()]:
        for home, path in re.findall(r"\b(np|xp|derivlab)\.([\w.]*\w)", text):
            functools.reduce(getattr, path.split("."), homes[home])
            found += 1
    assert found > 50


NUMBERS = {"x": 0.7, "y": 0.4, "q": 0.3, "loc": 0.2, "scale": 1.7, "base": 3.0, "r": 2.0, "phi": 0.3}
SAME = {
    "math.erf": math.erf,
    "math.erfc": math.erfc,
    "math.lgamma": math.lgamma,
    "math.gamma": math.gamma,
    "math.fabs": math.fabs,
    "scipy.stats.norm.logpdf": lambda x: stats.norm.logpdf(x, 0.2, 1.7),
    "scipy.stats.norm.pdf": lambda x: stats.norm.pdf(x, 0.2, 1.7),
    "scipy.stats.norm.cdf": lambda x: stats.norm.cdf(x, 0.2, 1.7),
    "scipy.stats.norm.sf": lambda x: stats.norm.sf(x, 0.2, 1.7),
    "scipy.stats.norm.logcdf": lambda x: stats.norm.logcdf(x, 0.2, 1.7),
    "scipy.stats.norm.logsf": lambda x: stats.norm.logsf(x, 0.2, 1.7),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_advised_is_the_same_function(name: str) -> None:
    line = re.split(r", (?:or|for) ", outside.EXACT[name])[0]
    scope = {**NUMBERS, "np": np, "derivlab": dl, "special": special}
    value = eval(compile(ast.parse(line, mode="eval"), name, "eval"), scope)
    assert abs(value - SAME[name](0.7)) <= 1e-14 * (1 + abs(value))
