"""Second derivatives by two imaginary units, against the truth."""

from __future__ import annotations

import numpy as np
import pytest

import derivlab as dl
from derivlab import array_namespace, truth
from derivlab.array import surface as xp
from derivlab.errors import UnsupportedError
from derivlab.interpreters import bicomplex, complex_step

STEP = dl.ComplexStep()
POINTS = {
    **dict.fromkeys(
        ("sin", "cos", "sinh", "cosh", "tanh", "atan", "asinh", "exp", "expm1", "square"), (0.4, -1.3, 2.5)
    ),
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), (0.3, 1.0, 1e-8, 1e8)),
    "log1p": (-0.7, 1e-14, 3.0, 1e9),
    **dict.fromkeys(("asin", "acos", "atanh"), (0.3, -0.6, 0.99)),
    "acosh": (1.01, 1.7, 1e5),
    "reciprocal": (0.3, -4.0),
    "tan": (0.8, -1.2),
    "abs": (0.5, -0.5),
}


@pytest.mark.parametrize(("name", "x"), [(name, x) for name, points in POINTS.items() for x in points])
def test_second_derivatives_of_elementary_functions(name: str, x: float) -> None:
    """Times x³, so that values and first derivatives take part; 64 ulps times (1 + condition)."""
    f = lambda x: getattr(array_namespace(x), name)(x) * x**3
    exact, next_one = truth.derivative(f, order=2)(x), truth.derivative(f, order=3)(x)
    condition = abs(x * float(next_one) / float(exact)) if float(exact) else 0.0
    assert exact.error_ulps(STEP.derivative(f, order=2)(x)) <= 64 * (1 + condition)


FUNCTIONS = {
    "power": lambda x: x**3.5,
    "negative power": lambda x: x**-3,
    "to itself": lambda x: x**x,
    "of two": lambda x: 2.0**x,
    "hypot": lambda x: array_namespace(x).hypot(x, 2 * x + 1),
    "softplus": lambda x: dl.special.softplus(3 * x),
    "far tail": lambda x: dl.special.sigmoid(-40 * x),
    "branch": lambda x: x**3 if x > 0.5 else x,
    "maximum": lambda x: array_namespace(x).maximum(x, 1 - x) ** 2,
    "minimum": lambda x: array_namespace(x).minimum(x, 1 - x) ** 2,
    "where": lambda x: array_namespace(x).where(x > 0.5, x**4, x),
    "floor": lambda x: array_namespace(x).floor(x + 2.0) * x**2,
    "division": lambda x: (x + 1) / (x * x + 2),
    "constant": lambda x: 3.0,
    "logaddexp": lambda x: array_namespace(x).logaddexp(x, x * x),
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_second_derivatives_of_programs(f) -> None:
    assert truth.derivative(f, order=2)(0.7).error_ulps(STEP.derivative(f, order=2)(0.7)) <= 64


@pytest.mark.parametrize("x", [np.array([0.4, -0.3, 1.2, 0.8])])
def test_arrays_products_and_sums(x) -> None:
    c = np.array([[1.0, 2.0], [-0.5, 0.3]])

    def f(x):
        xp = array_namespace(x)
        m = xp.reshape(x, (2, 2)) @ c
        rows = dl.special.logsumexp(m @ m, axis=1) + xp.concat([x[2:], dl.special.softmax(x)[:1] * x[0], x[:1]])[:2]
        return xp.sum(rows * xp.cumulative_sum(xp.flip(x))[1:3]) + xp.sum(xp.sin(x[::2])) ** 2

    ours, other = STEP.hessian(f)(x), dl.methods["reverse"].hessian(f)(x)
    assert np.array_equal(ours, ours.T)
    assert np.max(np.abs(ours - other)) <= 64 * np.spacing(np.max(np.abs(other)))
    v = np.array([0.2, -1.0, 0.5, 2.0])
    assert np.max(np.abs(STEP.hvp(f, (x,), (v,)) - other @ v)) <= 256 * np.spacing(np.max(np.abs(other) @ np.abs(v)))


def test_structures_and_dtypes() -> None:
    p = {"a": np.array([0.3, 0.5], np.float32), "b": (np.float32(2.0),)}
    f = lambda p: array_namespace(p["a"]).sum(array_namespace(p["a"]).exp(p["a"])) * p["b"][0]
    hessian, product = STEP.hessian(f)(p), STEP.hvp(f, (p,), (p,))
    assert hessian["a"]["a"].shape == (2, 2)
    assert hessian["b"][0]["a"].shape == product["a"].shape == (2,)
    assert hessian["a"]["b"][0].dtype == product["b"][0].dtype == np.float32
    assert np.allclose(hessian["a"]["b"][0], np.exp(p["a"]), rtol=1e-6)


def test_no_primitive_is_forgotten() -> None:
    """What has a complex form has a bicomplex one, but for what is declared."""
    declared = set(complex_step.KERNELS) - set(bicomplex.KERNELS) - set(complex_step.BY_REAL_PART)
    assert declared == {"erf", "max", "min", "erfc", "bessel_i", "inv", "solve", "det", "slogdet"}


@pytest.mark.parametrize(
    ("f", "x", "says"),
    [
        (lambda x: dl.special.erf(x), 0.5, "erf has no bicomplex form"),
        (lambda x: x ** (x * 0 + 2), -0.5, "x ≤ 0"),
        (lambda x: abs(x * 1j + 1), 0.5, "complex"),
    ],
)
def test_what_it_cannot_do_is_declared(f, x: float, says: str) -> None:
    with pytest.raises(UnsupportedError, match=says):
        STEP.derivative(f, order=2)(x)
    with pytest.raises(UnsupportedError, match="order 1 and 2"):
        STEP.derivative(f, order=3)
    with pytest.raises(UnsupportedError, match="larger"):
        dl.ComplexStep(1e-200).derivative(f, order=2)(x)


@pytest.mark.parametrize(("name", "x"), [("log", -1.0), ("sqrt", -0.5), ("asin", 2.0), ("acosh", 0.5)])
def test_outside_the_domain_is_nan(name: str, x: float) -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(STEP.derivative(lambda t: getattr(array_namespace(t), name)(t), order=2)(x))


@pytest.mark.parametrize("x", [1e-20, -1e-20, 1e-9, 0.5])
def test_log1p_keeps_small_values(x: float) -> None:
    """NumPy's complex log1p answers a real part of 0 at 1e-20."""
    value, slope = STEP.value_and_grad(lambda x: array_namespace(x).log1p(x))(x)
    assert abs(value - np.log1p(x)) <= 2 * np.spacing(abs(np.log1p(x)))
    assert abs(slope - 1 / (1 + x)) <= 2 * np.spacing(1 / (1 + x))


def test_steps_are_small_beside_small_numbers() -> None:
    """A cube in units of 10⁻³⁵: an absolute step of 10⁻³⁰ would be far beyond the point."""
    value, slope = dl.ComplexStep().value_and_grad(lambda x: (x / 1e-35) ** 3)(2e-35)
    assert abs(value - 8.0) <= 8 * np.spacing(8.0)
    assert abs(slope - 12e35) <= 8 * np.spacing(12e35)
    mixed = dl.ComplexStep().grad(lambda x: x[0] ** 3 * 1e120 + x[1])(np.array([1e-40, 1.0]))
    assert np.allclose(mixed, [3e40, 1.0], rtol=1e-15, atol=0)
    assert abs(dl.ComplexStep().derivative(lambda x: (x / 1e-35) ** 3, 2)(2e-35) - 12e70) <= 64 * np.spacing(12e70)
    small = np.float32(1e-9)
    assert dl.ComplexStep().derivative(lambda x: array_namespace(x).exp(x), 2)(small) == 1


@pytest.mark.parametrize("length", [xp.linalg.vector_norm, lambda x: xp.hypot(x[0], x[1])], ids=["norm", "hypot"])
def test_lengths_keep_within_the_range_of_numbers(length) -> None:
    """3-4-5 triangles: the squares of the sides are 0 or infinite to the computer."""
    for size in (1e-110, 1.0, 1e200):
        assert np.allclose(STEP.grad(length)(np.array([3.0, 4.0]) * size), [0.6, 0.8], rtol=1e-15, atol=0)
    for size in (1e-110, 1.0, 1e100):
        curvature = STEP.hessian(length)(np.array([3.0, 4.0]) * size) * size
        assert np.allclose(curvature, [[0.128, -0.096], [-0.096, 0.072]], rtol=1e-14, atol=0)
    assert STEP.grad(xp.linalg.vector_norm)(np.array([[3.0]]))[0, 0] == 1


def test_steps_beyond_the_range_of_numbers_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="other units"):
        STEP.grad(xp.linalg.vector_norm)(np.array([3e-200, 4e-200]))
    with pytest.raises(UnsupportedError, match="other units"):
        STEP.hessian(xp.linalg.vector_norm)(np.array([3e200, 4e200]))
