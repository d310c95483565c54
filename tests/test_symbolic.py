"""Forms of symbolic derivatives, their sizes and limits; second order by expressions; programs that fit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import derivlab as dl
from derivlab import array_namespace, truth
from derivlab.errors import UnknownNameError, UnsupportedError
from derivlab.libraries import sympy_forms
from derivlab.measure.size import size_of_derivative
from derivlab.method import METHODS
from derivlab.method.derivation import derive
from derivlab.method.problem import Problem
from derivlab.method.symbolic import FORMS, SymbolicMethod

EPS = np.finfo(float).eps
NAMES = ["symbolic", "symbolic-cse", *(f"symbolic-{form}" for form in FORMS if form != "raw")]
REWRITTEN = NAMES[2:]
SPECS: list[tuple[str, dict[str, int]]] = [
    *[("logistic-map", {"n": n}) for n in (1, 2, 3, 4)],
    ("rosenbrock", {"n": 3}),
    ("speelpenning", {}),
    ("wengert-example", {}),
    ("sigmoid-neuron", {}),
    ("relu-vector", {}),
    ("add-mul-gate", {}),
]
POLYNOMIALS = ("logistic-map", "rosenbrock", "speelpenning", "add-mul-gate")
X, V = np.array([0.3, 0.7, 1.1]), np.array([1.0, -0.5, 2.0])


def iterated(n: int, r: Any = 4.0) -> Callable[[Any], Any]:
    """n − 1 steps of x ← r x (1 − x)."""

    def f(x: Any) -> Any:
        for _ in range(n - 1):
            x = r * x * (1 - x)
        return x

    return f


def curved(x: Any) -> Any:
    xp = array_namespace(x)
    return xp.exp(x[0] * x[1]) * xp.sin(x[2]) + x[0] ** 3 / x[2]


def curvature(x: Any) -> Any:
    """The Hessian of ``curved`` by hand."""
    (a, b, c), e = x, np.exp(x[0] * x[1])
    s, t = e * np.sin(c), e * np.cos(c)
    ab, ac, bc = (1 + a * b) * s, b * t - 3 * a**2 / c**2, a * t
    return np.array([[b**2 * s + 6 * a / c, ab, ac], [ab, a**2 * s, bc], [ac, bc, 2 * a**3 / c**3 - s]])


def near(ours: Any, exact: Any) -> bool:
    """To 64 ulps of the largest entry."""
    return bool(np.max(np.abs(ours - exact)) <= 64 * EPS * np.max(np.abs(exact)))


def slope(form: str, f: Callable[[Any], Any], x: float = 0.2) -> Any:
    """The one derivative expression of a function of one number."""
    (entry,) = derive(Problem(f, (x,), 0), form=form).entries
    return entry


# Every form is the derivative.


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("spec", "options"), SPECS, ids=str)
def test_every_form_meets_the_truth_or_is_declared(name: str, spec: str, options: dict[str, int]) -> None:
    (cell,) = dl.compare(dl.spec(spec, **options), methods=[name], timing=False)
    if name == "symbolic-horner" and spec not in POLYNOMIALS:
        assert (cell.outcome, "no polynomial" in cell.detail) == ("unsupported", True)
        return
    assert cell.outcome == "ok", cell
    assert cell.operations is not None


@pytest.mark.parametrize("form", [form for form in FORMS if form != "raw"])
@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_forms_are_equal_as_polynomials(form: str, n: int) -> None:
    assert sympy.expand(slope(form, iterated(n)) - slope("raw", iterated(n))) == 0


@pytest.mark.parametrize("form", ["expanded", "factored"])
def test_functions_and_reciprocals_are_kept(form: str) -> None:
    f = lambda x: (array_namespace(x).sin(x * x) + 1 / (1 + x)) ** 2 * x
    raw, rewritten = slope("raw", f), slope(form, f)
    assert raw != rewritten
    assert sympy.simplify(raw - rewritten) == 0
    assert raw.atoms(sympy.Function) == rewritten.atoms(sympy.Function)


def test_the_forms_of_the_fourth_logistic_map() -> None:
    x = sympy.Symbol("x", real=True)
    expanded, factored = slope("expanded", iterated(4)), slope("factored", iterated(4))
    published = 1 - 42 * x + 504 * x**2 - 2640 * x**3 + 7040 * x**4 - 9984 * x**5 + 7168 * x**6 - 2048 * x**7
    assert expanded == sympy.expand(64 * published)
    factors = 2 * x - 1, 8 * x**2 - 8 * x + 1, 128 * x**4 - 256 * x**3 + 160 * x**2 - 32 * x + 1
    assert factored == sympy.Mul(-64, *factors)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_horner_takes_one_product_and_one_sum_a_degree(n: int) -> None:
    """l_n′ has degree d = 2ⁿ⁻¹ − 1, and all d + 1 coefficients: 2 d operations, the least there are."""
    size = size_of_derivative(METHODS["symbolic-horner"], iterated(n), 0.2, operator="derivative")
    assert size is not None
    assert size.operations == 2 * (2 ** (n - 1) - 1)
    assert not slope("horner", iterated(n)).atoms(sympy.Pow)


def test_horner_of_several_inputs() -> None:
    f = lambda x, y: 3.0 * x**5 * y**2 + x**5 + x * y**3 + 7.0 * x
    x, y = sympy.symbols("x y", real=True)
    assert derive(Problem(f, (1.0, 2.0), 0), form="horner").entries == [x**4 * (15 * y**2 + 5) + (y**3 + 7)]


@pytest.mark.parametrize("n", [3, 4, 5])
def test_sizes_stand_in_order(n: int) -> None:
    """Horner < expanded < common subexpressions shared < the tree, and a DAG is below its tree."""
    sizes = {
        name: size_of_derivative(METHODS[name], iterated(n), 0.2, operator="derivative")
        for name in ("symbolic-horner", "symbolic-expanded", "symbolic-cse", "symbolic")
    }
    operations = [size.operations for size in sizes.values() if size]
    assert len(operations) == 4
    assert operations == sorted(operations)
    assert operations[0] < operations[1] < operations[-1]
    assert all(size.dag < size.tree for size in sizes.values() if size)


def test_the_expanded_form_loses_digits_that_the_factors_keep() -> None:
    exact = truth.derivative(iterated(6))(0.8)
    errors = {
        name: float(exact.error_ulps(METHODS[name].derivative(iterated(6))(0.8)))
        for name in ("symbolic", "symbolic-expanded")
    }
    assert errors["symbolic-expanded"] > 1e6 > 1e3 > errors["symbolic"]


# Constants.


@pytest.mark.parametrize("name", REWRITTEN)
@pytest.mark.parametrize("constant", [0.1, 1 / 3, 1e-300, 1.7976931348623157e308, 5e-324, -0.3, 2.0**-1074 * 3])
def test_a_double_survives_every_form(name: str, constant: float) -> None:
    assert METHODS[name].derivative(lambda x: constant * x)(0.3) == constant
    assert METHODS[name].grad(lambda x: x[0] * constant + 2.0 * x[1])(X)[0] == constant


@pytest.mark.parametrize("form", FORMS)
def test_coefficients_are_exact_rationals(form: str) -> None:
    entry = slope(form, iterated(3, 3.7))
    assert not entry.atoms(sympy.Float)
    r, at = Fraction(3.7), Fraction(1, 5)
    exact = r * (1 - 2 * at) * r * (1 - 2 * r * at * (1 - at))
    value = entry.subs(next(iter(entry.free_symbols)), sympy.Rational(1, 5))
    assert (value.p, value.q) == (exact.numerator, exact.denominator)


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_a_coefficient_out_of_range_is_refused(scale: float) -> None:
    with pytest.raises(UnsupportedError, match="out of range"):
        dl.symbolic.derivative(lambda x: scale * (scale * x))(1.0)


# Limits.


def deep(x: Any) -> Any:
    return iterated(60, 3.7)(x)


def wide(x: Any) -> Any:
    return array_namespace(x).sum(x) ** 40


def nested_tanh(x: Any) -> Any:
    xp = array_namespace(x)
    return xp.tanh(xp.tanh(x[0] * 0.3 + x[1]) * x[2] + 0.1) * xp.log(1 + x[0] ** 2)


@pytest.mark.parametrize("name", REWRITTEN)
def test_what_is_too_large_is_refused_before_it_is_tried(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sympy_forms, "PRODUCTS", 10_000)
    with pytest.raises(UnsupportedError, match=f"{name}: the derivative is too large"):
        METHODS[name].derivative(deep)(0.3)
    with pytest.raises(UnsupportedError, match=f"{name}: the derivative is too large"):
        METHODS[name].grad(wide)(np.linspace(0, 1, 12))


@pytest.mark.parametrize(("name", "f"), [
    ("symbolic-simplified", lambda x: (x + 1) ** 100_000), ("symbolic-factored", lambda x: x**100_000 - x),
    ("symbolic-horner", lambda x: sum((x**k for k in range(2, 100)), x)),
])  # fmt: skip
def test_powers_have_a_limit(name: str, f: Callable[[Any], Any]) -> None:
    with pytest.raises(UnsupportedError, match="at most"):
        METHODS[name].derivative(f)(1e-9)


def test_algorithms_of_sympy_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gradient has 126 nodes, and SymPy's simplify does not come back."""
    monkeypatch.setattr(sympy_forms, "CALLS", 200_000)
    with pytest.raises(UnsupportedError, match="within 200000 calls"):
        METHODS["symbolic-simplified"].grad(nested_tanh)(X)
    assert sys.getprofile() is None


def test_what_nests_too_deeply_is_refused() -> None:
    def f(x: Any) -> Any:
        for _ in range(3000):
            x = array_namespace(x).sin(x)
        return x

    with pytest.raises(UnsupportedError, match="too deeply"):
        dl.symbolic.derivative(f)(0.3)


def test_names_of_the_variants() -> None:
    assert {METHODS[name].name for name in NAMES} == set(NAMES)
    assert not set(REWRITTEN) & set(METHODS)
    assert dl.SymbolicMethod("expanded", cse=True).name == "symbolic-expanded-cse"
    with pytest.raises(UnknownNameError, match="raw, simplified"):
        SymbolicMethod("smallest")


# Second and higher order.


@pytest.mark.parametrize("name", ["symbolic", "symbolic-cse", "symbolic-expanded", "symbolic-factored"])
def test_second_order_by_hand(name: str) -> None:
    method, exact = METHODS[name], curvature(X)
    assert near(method.hessian(curved)(X), exact)
    assert near(method.hvp(curved, (X,), (V,)), exact @ V)
    assert near(method.vhp(curved, (X,), (V,)), V @ exact)
    assert near(method.laplacian(curved)(X), np.trace(exact))
    assert near(method.directional(curved, (X,), (V,), 2), V @ exact @ V)
    assert near(method.partial(curved, ((0, 2), (0, 0)))(X), exact[0, 2])


def test_hessians_derive_each_mixed_derivative_once() -> None:
    assert len(derive(Problem(curved, (X,), 0), "hessian").entries) == 6
    assert len(derive(Problem(curved, (X,), 0), "laplacian").entries) == 3
    hessian, gradient = (size_of_derivative(dl.symbolic, curved, X, operator=o) for o in ("hessian", "grad"))
    assert hessian is not None
    assert gradient is not None
    assert hessian.operations > gradient.operations


def test_containers_at_second_order() -> None:
    tree = {"a": np.array([0.5, 0.2]), "b": (1.5, np.array([[2.0, 1.0], [0.0, 3.0]]))}
    f = lambda p: array_namespace(p["a"]).sum(p["b"][1] @ p["a"] * p["b"][0]) ** 2
    ours, theirs = (dl.methods[name].hessian(f)(tree) for name in ("symbolic", "reverse"))
    for i, j in (("a", "b"), ("b", "a")):
        left, right = (h[i][j] if i == "a" else h[i][1][j] for h in (ours, theirs))
        left, right = (left[1], right[1]) if i == "a" else (left, right)
        assert left.shape == right.shape
        assert near(left, right)


def test_second_derivatives_are_nan_where_the_function_is() -> None:
    f, x = lambda x: array_namespace(x).sum(array_namespace(x).log(x) * x), np.array([0.5, -1.0])
    with np.errstate(all="ignore"):
        found = [
            dl.symbolic.hessian(f)(x), dl.symbolic.hvp(f, (x,), (x,)), dl.symbolic.laplacian(f)(x),
            dl.symbolic.directional(f, (x,), (x,), 2), dl.symbolic.partial(f, ((0, 0),))(x),
            dl.symbolic.derivative(lambda x: array_namespace(x).log(x), 2)(-1.0),
        ]  # fmt: skip
    assert all(np.all(np.isnan(answer)) for answer in found)


def test_no_entries_have_derivatives_of_no_entries() -> None:
    f, x = lambda x: array_namespace(x).sum(x * x), np.zeros(0)
    assert dl.symbolic.hessian(f)(x).shape == (0, 0)
    assert dl.symbolic.hvp(f, (x,), (x,)).shape == dl.symbolic.grad(f)(x).shape == (0,)
    assert dl.symbolic.laplacian(f)(x) == dl.symbolic.directional(f, (x,), (x,), 2) == 0.0


# Programs.


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was derived, in order."""
    from derivlab.method import derivation

    seen: list[Any] = []
    whole = derivation.derive
    monkeypatch.setattr(derivation, "derive", lambda problem, wanted, form: seen.append(wanted) or whole(
        problem, wanted, form))  # fmt: skip
    return seen


@pytest.mark.parametrize(("operator", "args", "options"), [
    ("grad", (X,), {}), ("hessian", (X,), {}), ("laplacian", (X,), {}), ("hvp", ((X,), (V,)), {}),
    ("directional", ((X,), (V,)), {"order": 3}), ("partial", (X,), {"argnums": ((0, 0), (0, 2))}),
])  # fmt: skip
def test_prepare_derives_once(operator: str, args: Any, options: Any, derivations: list[Any]) -> None:
    prepared = dl.symbolic.prepare(operator, curved, *args, **options)
    first, second = prepared(*args), prepared(*args)
    assert len(derivations) == 1
    assert np.array_equal(first, second)
    assert prepared.source
    assert prepared.seconds > 0


def test_no_program_answers_for_another_derivative() -> None:
    """One prepared method, asked for all orders and operators in turn, and for other shapes."""
    method = dl.symbolic.prepare("hessian", curved, X).method
    exact = dl.reverse.hessian(curved)(X)
    for _ in range(2):
        assert near(method.grad(curved)(X), dl.reverse.grad(curved)(X))
        assert near(method.directional(curved, (X,), (V,), 1), dl.reverse.grad(curved)(X) @ V)
        assert near(method.directional(curved, (X,), (V,), 2), V @ exact @ V)
        assert near(method.hvp(curved, (X,), (V,)), exact @ V)
        assert near(method.laplacian(curved)(X), np.trace(exact))
        for wrt in (((0, 0),), ((0, 0), (0, 0)), ((0, 0), (0, 1))):
            right = dl.reverse.partial(curved, wrt)(X)
            assert near(method.partial(curved, wrt)(X), right)
        assert near(method.hessian(curved)(X), exact)
        assert method.grad(lambda x: array_namespace(x).sum(x * x))(X[:2]).tolist() == (2 * X[:2]).tolist()


def test_a_program_holds_for_one_structure_and_one_constant() -> None:
    def f(p: Any, n: int) -> Any:
        return p["a"] ** n * p["b"] if isinstance(p, dict) else p[0] * p[1] ** n

    prepared = dl.symbolic.prepare("grad", f, {"a": 2.0, "b": 3.0}, 2)
    assert prepared({"a": 2.0, "b": 3.0}, 2) == {"a": 12.0, "b": 4.0}
    assert prepared((2.0, 3.0), 2) == (9.0, 12.0)
    assert prepared({"a": 2.0, "b": 3.0}, 3) == {"a": 36.0, "b": 8.0}


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("power", [0.5, 0.3, 1.5])
def test_powers_of_squares_have_no_delta(order: int, power: float) -> None:
    """SymPy makes |x|^2p of (x²)^p; the second derivative of its own |x| is no function."""
    f = lambda x: (x * x) ** power
    found = dl.symbolic.derivative(f, order=order)(-0.7)
    assert dl.truth.derivative(f, order=order)(-0.7).error_ulps(found) < 100


@pytest.mark.parametrize("place", range(6))
def test_largest_of_many_is_one_choice(place: int) -> None:
    x = np.roll(np.array([0.9, 0.1, -0.4, 0.3, 0.2, -0.1]), place)
    assert np.array_equal(dl.symbolic.grad(np.max)(x), np.eye(6)[place])
    assert np.array_equal(dl.symbolic.grad(np.min)(x), np.eye(6)[(place + 2) % 6])


@pytest.mark.parametrize("name", ["symbolic", "symbolic-cse", "symbolic-simplified"])
def test_a_root_of_a_square_bends_as_the_modulus(name: str) -> None:
    """SymPy writes √x² as |x|, whose second derivative it takes for a Dirac delta."""
    f = lambda x: dl.array_namespace(x).sqrt((x - 1) ** 2) * x
    for x in (-0.7, 2.5):
        for order in (1, 2):
            assert dl.methods[name].derivative(f, order=order)(x) == pytest.approx(nested(f, order)(x), rel=1e-15)


def nested(f, order: int):
    for _ in range(order):
        f = dl.forward.derivative(f)
    return f
