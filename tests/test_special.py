"""Special functions: SciPy's values, derivatives in the tails, conventions at 0, and SciPy's own names for them."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest

import derivlab as dl
from derivlab import special, truth
from derivlab.array import primitives as p
from derivlab.errors import DerivativeLostError, UndefinedError, UnsupportedError
from derivlab.libraries import torch_special

scipy_special = pytest.importorskip("scipy.special")
pytest.importorskip("flint")

X = np.array([0.05, 0.3, 0.6, 0.9])
WIDE = np.array([-30.0, -2.5, -0.2, 0.0, 0.7, 4.0, 12.0])
POSITIVE = np.array([1e-3, 0.4, 1.0, 5.5, 60.0])

VALUES = {
    **dict.fromkeys("erf erfc expit log_expit ndtr log_ndtr i0 i1 i0e i1e".split(), (WIDE,)),
    **dict.fromkeys("erfinv ndtri logit".split(), (X,)),
    **dict.fromkeys("entr gammaln digamma".split(), (POSITIVE,)),
    **dict.fromkeys("xlogy xlog1py rel_entr kl_div betaln gammainc gammaincc".split(), (POSITIVE[:4], X)),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_those_of_scipy(name: str) -> None:
    args = VALUES[name]
    theirs = getattr(scipy_special, name)(*args)
    np.testing.assert_allclose(getattr(special, name)(*args), theirs, rtol=2**-48, atol=2**-52)  # as SciPy itself errs
    single = getattr(special, name)(*[x.astype(np.float32) for x in args])
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", [name for name, args in VALUES.items() if len(args) == 1])
def test_integers_become_doubles(name: str) -> None:
    ours = getattr(special, name)(np.array([0, 1]))
    assert ours.dtype == float
    np.testing.assert_array_equal(ours, getattr(special, name)(np.array([0.0, 1.0])))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_derivatives_of_integers_are_doubles(n: int) -> None:
    for f in (lambda x: p.log_ndtr(x, n=n), lambda x: p.bessel_i(x, n=n), lambda x: p.bessel_ie(x, order=1, n=n)):
        np.testing.assert_array_equal(f(np.array([-2, 1])), f(np.array([-2.0, 1.0])))


def test_jax_runs_weighted_logsumexp() -> None:
    pytest.importorskip("jax")
    x, b = np.array([0.3, 2.0, -1.2]), np.array([1.0, 0.0, 2.0])
    f = lambda x: special.logsumexp(x, b=b)
    assert np.all(truth.grad(f)(x).error_ulps(dl.jax.grad(f)(x)) <= ULPS)


def test_the_scaled_functions_have_a_kink() -> None:
    with pytest.raises(UndefinedError):
        truth.derivative(special.i0e)(0.0)
    assert float(truth.derivative(special.i1e)(0.0)) == 0.5


TAILS = {
    "erfc": (-6.0, -1e-9, 3.0, 26.0),
    "ndtr": (-37.0, -8.0, 0.0, 1e-9, 8.0, 36.0),
    "log_ndtr": (-1e6, -1e3, -40.0, -7.0, -1.0, -0.5, -0.49, 0.0, 1e-9, 1.0, 7.0, 36.0),
    "log_expit": (-700.0, -40.0, 0.0, 40.0, 700.0),
    "expit": (-700.0, -40.0, 0.3, 40.0),
    "logit": (1e-100, 1e-9, 0.3, 0.5, 0.51, 1 - 2.0**-53),
    "ndtri": (1e-100, 1e-20, 0.01, 0.3, 0.7, 0.99, 1 - 2.0**-53),
    "erfinv": (1e-300, -1e-9, 0.3, 0.9, 1 - 2.0**-53),
    "entr": (1e-300, 1e-9, 0.3, 0.99, 1e200),
    "i0": (1e-9, -1.3, 20.0, 700.0),
    "i1": (1e-300, 1e-9, -1.3, 20.0, 700.0),
    "i0e": (1e-9, 0.4, -3.0, 19.0, 21.0, 22.5, 500.0, 1e8),
    "i1e": (1e-9, 0.4, -3.0, 19.0, 21.0, 22.5, 500.0, 1e8),
}
ULPS = 16


def assert_digits(f, x: float, order: int, ours: float) -> None:
    exact = truth.derivative(f, order=order)(x)
    condition = abs(x * float(truth.derivative(f, order=order + 1)(x)) / float(exact)) if float(exact) else 0.0
    assert np.all(exact.error_ulps(ours) <= ULPS * order * (1 + condition)), f"{ours!r} is not {float(exact)!r}"


@pytest.mark.parametrize(("name", "x"), [(name, x) for name, points in TAILS.items() for x in points])
def test_first_and_second_derivatives_keep_their_digits(name: str, x: float) -> None:
    f = getattr(special, name)
    for method in (dl.forward, dl.reverse, dl.taylor):
        assert_digits(f, x, 1, method.derivative(f)(x))
    assert_digits(f, x, 2, dl.forward.derivative(dl.forward.derivative(f))(x))
    assert_digits(f, x, 2, dl.reverse.derivative(dl.reverse.derivative(f))(x))
    assert_digits(f, x, 2, dl.taylor.derivative(f, order=2)(x))


PAIRS = {
    "rel_entr": [(0.3, 0.7), (1e-200, 1e-5), (1e150, 1e-150), (1e-150, 1e150), (0.5, 0.5), (0.5, 0.5 + 1e-9)],
    "kl_div": [(0.3, 0.7), (1e-200, 1e-5), (1e150, 1e-150), (0.5, 0.5 + 1e-9), (2.0, 1.5)],
    "xlogy": [(0.3, 0.7), (1e-300, 1e-5), (3.0, 1 + 1e-9)],
    "xlog1py": [(0.3, 0.7), (2.0, 1e-9), (3.0, -1 + 2.0**-50)],
    "betaln": [(0.3, 0.7), (5.0, 80.0), (1e-9, 1e-9)],
}


@pytest.mark.parametrize(("name", "pair"), [(name, pair) for name, pairs in PAIRS.items() for pair in pairs])
def test_functions_of_two_numbers_keep_their_digits(name: str, pair: tuple[float, float]) -> None:
    f = getattr(special, name)
    a, b = pair
    assert_digits(lambda x: f(x, b), a, 1, dl.reverse.derivative(lambda x: f(x, b))(a))
    assert_digits(lambda y: f(a, y), b, 1, dl.reverse.derivative(lambda y: f(a, y))(b))


DENSITIES = [(a, part) for a in (1e-3, 0.5, 1.0, 2.0, 7.9, 8.0, 60.0) for part in (0.01, 0.9, 1.0, 1.001, 3.0)]
DENSITIES += [(1e6, 0.01), (1e6, 0.9), (1e6, 3.0), (1e5, 1.0), (1e5, 1.001)]  # the truth of 1e6 near 1 takes seconds


@pytest.mark.parametrize(("a", "part"), DENSITIES)
def test_the_gamma_density_neither_overflows_nor_cancels(a: float, part: float) -> None:
    slope = dl.reverse.derivative(lambda x: special.gammainc(a, x))(a * part)
    assert dl.reverse.derivative(lambda x: special.gammaincc(a, x))(a * part) == -slope
    if slope > 1e-290:
        assert_digits(lambda x: special.gammainc(a, x), a * part, 1, slope)


@pytest.mark.parametrize(("a", "slopes"), [(1.0, (1.0, -1.0)), (2.0, (0.0, 1.0)), (3.0, (0.0, 0.0))])
def test_the_gamma_density_at_0(a: float, slopes: tuple[float, float]) -> None:
    first = dl.forward.derivative(lambda x: special.gammainc(a, x))
    assert (first(0.0), dl.forward.derivative(first)(0.0)) == slopes


# Conventions.


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_conventions_at_0() -> None:
    inf = np.inf
    for method in (dl.forward, dl.reverse):
        assert method.derivative(special.entr)(0.0) == inf
        assert method.derivative(lambda x: special.xlogy(x, 3.0))(0.0) == np.log(3.0)
        assert method.derivative(lambda x: special.xlog1py(x, 2.0))(0.0) == np.log1p(2.0)
        assert method.derivative(lambda y: special.xlogy(0.0, y))(0.0) == 0.0
        assert method.derivative(lambda y: special.xlog1py(0.0, y))(-1.0) == 0.0
        assert method.derivative(lambda x: special.rel_entr(x, 2.0))(0.0) == -inf
        assert np.isnan(method.derivative(lambda x: special.rel_entr(x, -2.0))(-1.0))
        assert method.derivative(special.logit)(0.0) == inf
        assert method.derivative(special.i1)(0.0) == 0.5
        assert method.derivative(special.i0e)(0.0) == 0.0
        assert method.derivative(special.i1e)(0.0) == 0.5
        assert method.derivative(special.log_ndtr)(50.0) == 0.0
    assert special.xlogy(0.0, 0.0) == special.entr(0.0) == special.rel_entr(0.0, 0.0) == 0.0
    assert special.entr(-1.0) == -inf


def test_mixed_derivative_of_xlogy_at_0() -> None:
    """∂²/∂x∂y x log y = 1/y, also at x = 0."""
    inner = lambda x: dl.forward.derivative(lambda y: special.xlogy(x, y))(4.0)
    assert dl.forward.derivative(inner)(0.0) == dl.reverse.derivative(inner)(0.0) == 0.25


@pytest.mark.parametrize("order", [3, 4, 5])
@pytest.mark.parametrize("x", [-40.0, -10.0, -3.0, 0.2, 4.0])
def test_higher_derivatives_of_log_ndtr(x: float, order: int) -> None:
    exact = truth.derivative(special.log_ndtr, order=order)(x)
    assert exact.relative_error(dl.taylor.derivative(special.log_ndtr, order=order)(x)) <= 10.0 ** (order - 15)


@pytest.mark.parametrize("method", ["forward", "reverse", "symbolic", "complex-step", "taylor"])
def test_no_derivative_in_the_shape(method: str) -> None:
    for f in (special.gammainc, special.gammaincc):
        with pytest.raises(UnsupportedError, match="gammainc"):
            dl.methods[method].derivative(lambda a: f(a, 1.5))(2.0)  # noqa: B023
    with pytest.raises(UnsupportedError, match="constant"):
        truth.derivative(lambda a: special.gammainc(a, 1.5))(2.0)


def test_betaln_loses_what_it_says() -> None:
    a, b = 1e6, 1e-3
    exact = truth.derivative(lambda a: special.betaln(a, b))(a)
    assert exact.relative_error(dl.reverse.derivative(lambda a: special.betaln(a, b))(a)) <= 2.0**-50 * a * 14 / b


# SciPy's own functions on our arrays.

UFUNCS = {**VALUES, "psi": (POSITIVE,), "expm1": (X,), "log1p": (X,)}


@pytest.mark.parametrize("name", UFUNCS)
@pytest.mark.parametrize("method", ["forward", "reverse", "taylor", "reverse-compiled"])
def test_ufuncs_of_scipy_are_ours(name: str, method: str) -> None:
    *constants, x = UFUNCS[name]
    theirs, ours = getattr(scipy_special, name), getattr(special, {"psi": "digamma"}.get(name, name), None)
    total = lambda f: lambda x: np.sum(f(*constants, x))
    gradient = dl.methods[method].grad(total(theirs))(x)
    if ours is not None:
        np.testing.assert_array_equal(gradient, dl.methods[method].grad(total(ours))(x))
    assert np.all(truth.grad(total(theirs))(x).relative_error(gradient) <= 1e-11) if 0.0 not in x else True


def test_a_ufunc_of_scipy_without_a_rule_is_refused() -> None:
    with pytest.raises(DerivativeLostError, match=r"scipy\.special\.gamma"):
        dl.forward.derivative(scipy_special.gamma)(1.5)


def test_a_ufunc_of_another_is_not_taken_for_scipys() -> None:
    erf = np.frompyfunc(lambda x: 2.0 * x, 1, 1)
    with pytest.raises(DerivativeLostError):
        dl.forward.derivative(erf)(0.5)


def test_scipy_is_loaded_when_it_is_used() -> None:
    program = "import sys, derivlab, derivlab.array.protocols, derivlab.special; print('scipy' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert answer == "False\n"


def test_scipys_functions_are_known_before_ours_are_loaded() -> None:
    program = "import derivlab, scipy.special; print(derivlab.forward.derivative(scipy.special.erf)(0.0))"
    answer = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert float(answer) == 2 / np.sqrt(np.pi)


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (np.cbrt, -8.0, 1 / 12),
        (lambda x: np.logaddexp2(x, 1.0), 1.0, 0.5),
        (lambda x: np.heaviside(x, 0.5) * x, 2.0, 1.0),
        (lambda x: np.heaviside(x, 0.25) * x, 0.0, 0.25),
        (np.i0, 0.0, 0.0),
    ],
)
def test_ufuncs_of_numpy(f, x: float, slope: float) -> None:
    for method in (dl.forward, dl.reverse):
        assert abs(method.derivative(f)(x) - slope) <= 4 * np.spacing(slope)


# Weighted sums of exponentials.

B = np.array([[1.0, 2.0, 0.5], [0.3, 0.0, -0.1]])
SCORES = np.array([[0.3, -1.2, 700.0], [800.0, 900.0, 700.0]])


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_weighted_logsumexp(axis: int | None, keepdims: bool) -> None:
    theirs = scipy_special.logsumexp(SCORES, axis=axis, b=np.abs(B), keepdims=keepdims)
    ours = special.logsumexp(SCORES, axis=axis, b=np.abs(B), keepdims=keepdims)
    np.testing.assert_allclose(ours, theirs, rtol=1e-15)
    for a, b in zip(
        special.logsumexp(SCORES, axis=axis, b=B, keepdims=keepdims, return_sign=True),
        scipy_special.logsumexp(SCORES, axis=axis, b=B, keepdims=keepdims, return_sign=True),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-15)


@pytest.mark.parametrize("method", ["forward", "reverse", "taylor", "reverse-compiled", "symbolic", "complex-step"])
def test_derivatives_of_weighted_logsumexp(method: str) -> None:
    x, b = np.array([0.3, 2.0, -1.2]), np.array([1.0, 0.0, 2.0])
    f = lambda x: special.logsumexp(x, b=b)
    assert np.all(truth.grad(f)(x).error_ulps(dl.methods[method].grad(f)(x)) <= ULPS)
    in_b = lambda b: special.logsumexp(x, b=b)
    assert np.all(truth.grad(in_b)(b).error_ulps(dl.methods[method].grad(in_b)(b)) <= ULPS)
    size = lambda x: special.logsumexp(x, b=-b, return_sign=True)[0]
    assert np.all(truth.grad(size)(x).error_ulps(dl.methods[method].grad(size)(x)) <= ULPS)


@pytest.mark.parametrize("call", [("log_ndtr", {"n": 1}), ("bessel_i", {"n": 2}), ("bessel_ie", {"order": 0, "n": 1})])
def test_what_pytorch_lacks_is_refused_with_what_to_give(call: tuple[str, dict[str, int]]) -> None:
    name, params = call
    kernel = torch_special.kernels(SimpleNamespace(special=MagicMock()))[name]
    with pytest.raises(UnsupportedError, match=rf"{name}: PyTorch has no derivative of order . .*NumPy's.*x\.numpy"):
        kernel(X, **params)
