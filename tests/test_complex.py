"""Complex numbers, inside functions of real ones and as arguments: rules by differences, conventions by their laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import derivlab as dl
from checks import check_against_largest
from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES
from derivlab.errors import ArgumentError, DerivativeLostError, DerivlabError, UndefinedError, UnsupportedError
from derivlab.interpreters.ball import COMPLEX
from rule_cases import SMOOTH, Case

exact = pytest.mark.parametrize("name", ["forward", "reverse"])
compiled_too = pytest.mark.parametrize("name", ["forward", "reverse", "reverse-compiled", "forward-compiled"])
Z = np.array([0.3 + 0.2j, -0.7 + 1.1j, 1.2 - 0.4j])
X = np.array([0.3, -0.7, 1.2])
PAIR = np.array([1.0, 1.0, 0.0])
V = np.array([1.0 - 0.5j, 0.4 + 2.0j, -1.5 + 0.1j])

# Every rule, on complex numbers.

REAL_ONLY = """
    atan2 hypot logaddexp maximum minimum max min sigmoid softplus softmax logsumexp gammaln polygamma erfinv ndtri
    log_ndtr logit xlogy xlog1py log_ratio rel_entr kl_div bessel_i bessel_ie betaln gammainc gammaincc remainder
    copysign
""".split()
TURNING = ("eigh", "svd")
"""Factors whose complex phases LAPACK chooses anew at each matrix: the gauge-free functions below judge them."""
STEP = 2.0**-9
"""Of a difference of order 6, whose error h⁶ f⁽⁷⁾ / 140 and rounding ε |f| / h are then below 1e-12 of the sizes."""


def _cases() -> list[tuple[Case, str]]:
    own = [case for case in SMOOTH if case.name not in REAL_ONLY and case.note != "own condition"]
    one = [(case, "c") for case in own if len(case.draw) == 1]
    return one + [(case, kinds) for case in own if len(case.draw) == 2 for kinds in ("cc", "cr", "rc")]


def _inputs(case: Case, kinds: str) -> list[Any]:
    turned = np.exp(0.6j) if case.name != "astype" else 1.0
    return [x * turned if kind == "c" else x for x, kind in zip(case.inputs(), kinds, strict=True)]


def _directions(args: list[Any], seed: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    draw = lambda x: rng.standard_normal(x.shape) + (1j * rng.standard_normal(x.shape) if np.iscomplexobj(x) else 0.0)
    return tuple(np.asarray(draw(x))[()] for x in args)


def difference(f: Callable[..., Any], args: Any, v: Any) -> Any:
    """d/dt f(x + t v) at t = 0 by a stencil of order 6."""
    at = lambda k: np.asarray(f(*(x + k * STEP * t for x, t in zip(args, v, strict=True))))
    return (45 * (at(1) - at(-1)) - 9 * (at(2) - at(-2)) + at(3) - at(-3)) / (60 * STEP)


def check(found: Any, wanted: Any, size: float) -> None:
    assert np.shape(found) == np.shape(wanted)
    assert np.max(np.abs(found - wanted), initial=0.0) <= 1e-9 * max(size, float(np.max(np.abs(wanted), initial=0.0)))


rules = pytest.mark.parametrize(("case", "kinds"), _cases(), ids=lambda x: x if isinstance(x, str) else x.id)


def test_every_primitive_with_slopes_is_tested_here_or_real_only() -> None:
    assert {case.name for case, _ in _cases()} | set(REAL_ONLY) == {case.name for case in SMOOTH}


@rules
def test_pushforward_of_complex_numbers_meets_differences(case: Case, kinds: str) -> None:
    if case.name in TURNING:
        pytest.skip("LAPACK's phases jump")
    args = _inputs(case, kinds)
    for turn in (1.0, 1j):
        v = tuple(t * turn if np.iscomplexobj(t) else t for t in _directions(args, 1))
        y, y_dot = dl.forward.jvp(case.apply, tuple(args), v)
        check(y_dot, difference(case.apply, args, v), float(np.max(np.abs(y))))


@rules
def test_pullback_of_complex_numbers_is_the_transpose(case: Case, kinds: str) -> None:
    args = _inputs(case, kinds)
    v = _directions(args, 2)
    y, y_dot = dl.forward.jvp(case.apply, tuple(args), v)
    (bar,) = _directions([y], 3)
    x_bar = dl.reverse.vjp(case.apply, *args)[1](bar)
    assert [b.dtype for b in x_bar] == [x.dtype for x in args]
    left = np.sum(bar * y_dot).real
    right = sum(np.sum(b * t).real for b, t in zip(x_bar, v, strict=True))
    size = np.sum(np.abs(bar * y_dot)) + sum(np.sum(np.abs(b * t)) for b, t in zip(x_bar, v, strict=True))
    assert abs(left - right) <= 64 * np.spacing(size)


@rules
def test_second_order_of_complex_numbers(case: Case, kinds: str) -> None:
    if case.name in TURNING:
        pytest.skip("LAPACK's phases jump")
    args = _inputs(case, kinds)
    v, w = _directions(args, 4), _directions(args, 5)
    cubed = lambda *args: case.apply(*args) ** 3  # linear primitives get a second derivative
    once = lambda *args: dl.forward.jvp(cubed, args, v)[1]
    y, y_ddot = dl.forward.jvp(once, tuple(args), w)
    check(y_ddot, difference(once, args, w), float(np.max(np.abs(y))))
    (bar,) = _directions([y], 6)
    pairing = lambda *args: xp.sum(xp.real(cubed(*args) * bar))
    gradient = lambda *args: dl.reverse.grad(pairing, argnums=tuple(range(len(args))))(*args)
    size = float(np.sum(np.abs(bar * y_ddot)))
    for outer in ("forward", "reverse"):
        turned = dl.methods[outer].jvp(gradient, tuple(args), w)[1]
        total = sum(np.sum(b * t).real for b, t in zip(turned, v, strict=True))
        assert abs(total - np.sum(bar * y_ddot).real) <= 1e-12 * size


GAUGE_FREE: dict[str, Callable[[Any], Any]] = {
    "matrix exponential": lambda x: (lambda w, q: (q * xp.exp(w)[..., None, :]) @ xp.conj(q).mT)(*xp.linalg.eigh(x)),
    "projector": lambda x: (lambda q: q[..., :1] @ xp.conj(q[..., :1]).mT)(xp.linalg.eigh(x).eigenvectors),
    "eigenvalues": lambda x: xp.linalg.eigvalsh(x),
    "polar factor": lambda x: (lambda u, s, vh: u @ vh)(*xp.linalg.svd(x)),
    "squared singular values": lambda x: (lambda u, s, vh: (u * s * s) @ vh)(*xp.linalg.svd(x)),
}


@pytest.mark.parametrize("what", GAUGE_FREE)
def test_gauge_free_functions_of_factors(what: str) -> None:
    """Functions of a factorisation that do not depend on its phases: pushed, pulled, and twice."""
    rng = np.random.default_rng(5)
    draw = lambda: rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3))
    x, v, bar = draw() + np.diag([3.0, 5.0, 8.0]), draw(), draw()
    f = GAUGE_FREE[what]
    on_numpy = lambda x: np.asarray(f(xp.asarray(x)))
    y, y_dot = dl.forward.jvp(f, (x,), (v,))
    check(y_dot, difference(on_numpy, (x,), (v,)), float(np.max(np.abs(y))))
    bar = bar[: np.shape(y)[0]] if np.ndim(y) == 2 else np.real(bar[0])
    (x_bar,) = dl.reverse.vjp(f, x)[1](bar)
    assert abs(np.sum(bar * y_dot).real - np.sum(x_bar * v).real) <= 1e-13 * np.sum(np.abs(bar * y_dot))
    once = lambda x: dl.forward.jvp(f, (x,), (v,))[1]
    twice = dl.forward.jvp(once, (x,), (v,))[1]
    check(twice, difference(lambda x: np.asarray(once(x)), (x,), (v,)), 10 * float(np.max(np.abs(y_dot))))


ENCLOSED = [(case, kinds) for case, kinds in _cases() if case.name in COMPLEX and case.name != "astype"]


@pytest.mark.parametrize(("case", "kinds"), ENCLOSED, ids=lambda x: x if isinstance(x, str) else x.id)
@exact
def test_rules_on_complex_numbers_meet_the_truth(name: str, case: Case, kinds: str) -> None:
    args = _inputs(case, kinds)
    shape = np.shape(case.apply(*args))
    weights = np.linspace(0.7, 1.3, max(math.prod(shape), 1)).reshape(shape)[()] * np.exp(0.3j)

    def f(*pairs):
        made = [x if kind == "r" else x[0] + 1j * x[1] for x, kind in zip(pairs, kinds, strict=True)]
        return xp.sum(xp.real(case.apply(*made) * weights))

    pairs = [x if kind == "r" else np.stack([x.real, x.imag]) for x, kind in zip(args, kinds, strict=True)]
    check_against_largest(dl.methods[name], f, pairs, 64)


def test_truth_goes_through_complex_numbers_and_ends_at_cuts() -> None:
    f = lambda x: xp.real(xp.sqrt(x - 2j) * xp.log(x + 1j))
    assert dl.truth.derivative(f, order=3)(-1.5).error_ulps(dl.forward.derivative(f, order=3)(-1.5)) <= 64
    with pytest.raises(UndefinedError, match="cut"):
        dl.truth.derivative(lambda x: xp.imag(xp.sqrt(x + 0j)))(-1.5)
    with pytest.raises(UndefinedError, match="cut"):
        dl.truth.derivative(lambda x: xp.imag(xp.log(xp.astype(x, complex))))(-1.5)
    with pytest.raises(UnsupportedError, match="asin of complex"):
        dl.truth.derivative(lambda x: xp.real(xp.asin(x + 1j)))(0.5)
    with pytest.raises(ArgumentError, match="answers with complex"):
        dl.truth.derivative(lambda x: xp.exp(1j * x))(0.5)
    with pytest.raises(ArgumentError, match="real and imaginary parts"):
        dl.truth.grad(abs)(1j)
    assert dl.truth.grad(lambda x: xp.abs(x * 1j) if xp.abs(x * 1j) > 1 else x)(-3.0).value == -1


@pytest.mark.parametrize("primitive", [*REAL_ONLY[:13], "less", "greater_equal", "argmax", "argsort", "floor"])
@exact
def test_what_needs_an_order_is_for_real_numbers(name: str, primitive: str) -> None:
    params = {"max": {"axis": None, "keepdims": False}, "polygamma": {"n": 0}, "softmax": {"axis": None},
              "argsort": {"axis": 0}}  # fmt: skip
    params |= dict.fromkeys(("min", "logsumexp", "argmax"), params["max"])
    two = primitive in "atan2 hypot logaddexp maximum minimum less greater_equal".split()
    f = lambda z: PRIMITIVES[primitive](*[z] * (1 + two), **params.get(primitive, {}))
    with pytest.raises((TypeError, UnsupportedError)):
        dl.methods[name].jvp(f, (Z,), (V,))


CUTS = {
    "sqrt": [-2.0], "log": [-2.0], "log2": [-0.5], "asin": [2.0, -2.0], "acos": [2.0, -2.0], "acosh": [0.5, -2.0],
    "atanh": [2.0, -2.0], "asinh": [2j, -2j], "atan": [2j, -2j], "log1p": [-3.0], "log10": [-3.0],
}  # fmt: skip


@pytest.mark.parametrize("name", ["forward", "reverse", "reverse-compiled"])
@pytest.mark.parametrize(("function", "z"), [(f, z) for f, points in CUTS.items() for z in points])
@pytest.mark.parametrize("side", [0.0, -0.0])
def test_derivatives_on_a_branch_cut_are_those_of_its_branch(name: str, function: str, z: complex, side: float) -> None:
    """Along the cut the function is smooth, on either side of it."""
    across = isinstance(z, complex)
    at = lambda t: np.complex128(complex(side, z.imag + t) if across else complex(z + t, side))
    f = PRIMITIVES[function]
    slope = difference(lambda t: f(at(t)), (0.0,), (1.0,)) / (1j if across else 1)
    check(dl.methods[name].grad(lambda z: xp.real(f(z)))(at(0.0)), slope, 1.0)


@exact
@pytest.mark.parametrize("z", [20.0 + 1j, -20.0 + 1j, 300.0 - 2j, 0.1 + 1.4j, 1e-9 + 1e-9j])
def test_tails_keep_their_digits(name: str, z: complex) -> None:
    with mpmath.workdps(40):
        slope = complex(mpmath.sech(mpmath.mpc(z)) ** 2)
    ulps = 32 * (1 + abs(z) * abs(2 * np.tanh(z)))  # and the condition of sech²
    for f, point in ((np.tanh, z), (np.tan, -1j * z)):
        assert abs(dl.methods[name].derivative(f)(point) - slope) <= ulps * np.spacing(abs(slope))


@exact
def test_tails_that_underflow_are_zero(name: str) -> None:
    assert dl.methods[name].derivative(np.tanh)(1000 + 1j) == dl.methods[name].derivative(np.tan)(1 - 1000j) == 0


@compiled_too
def test_modulus_at_zero_has_slope_zero(name: str) -> None:
    assert dl.methods[name].grad(lambda z: abs(z))(0j) == 0
    assert np.array_equal(
        dl.methods[name].grad(lambda z: np.sum(abs(z) + abs(np.sign(z))))(np.array([0j, 3j])), [0, -1j]
    )


@exact
@pytest.mark.parametrize("z", [3e-320 + 4e-320j, 3e300 - 4e300j])
def test_modulus_keeps_its_slope_at_the_ends_of_the_range(name: str, z: complex) -> None:
    unit = 0.6 + math.copysign(0.8, z.imag) * 1j
    assert abs(dl.methods[name].grad(abs)(z) - np.conj(unit)) <= (1e-3 if abs(z) < 1 else 4e-16)
    assert abs(xp.sign(np.complex128(z)) - unit) <= 1e-3


def test_sign_of_infinities_is_that_of_numpy() -> None:
    z = np.array([complex(0, np.inf), complex(-np.inf, 1), complex(np.inf, np.inf), 0j, 1 - 1j])
    with np.errstate(invalid="ignore"):
        assert np.allclose(xp.sign(z), np.sign(z), equal_nan=True)


# Real functions that compute with complex numbers inside.

INSIDE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "unit circle": (lambda x: np.sum(abs(np.exp(1j * x))), lambda x: 0 * x),
    "modulus": (lambda x: np.sum(abs(x + 2j)), lambda x: x / np.sqrt(x * x + 4)),
    "square": (lambda x: np.sum(np.abs((1 + 2j) * x) ** 2), lambda x: 10 * x),
    "root": (lambda x: np.sum(np.imag(np.sqrt(-abs(x) + 0j))), lambda x: np.sign(x) / (2 * np.sqrt(abs(x)))),
    "cosine": (lambda x: np.sum(np.exp(1j * x).real), lambda x: -np.sin(x)),
    "angle": (lambda x: np.sum(np.angle(2 * np.exp(3j * x))), lambda x: 3 + 0 * x),
    "degrees": (lambda x: np.sum(np.angle(x + 1j, deg=True)), lambda x: -180 / np.pi / (1 + x * x)),
    "conjugate": (lambda x: np.sum(((x + 1j) * np.conj(x + 1j)).real), lambda x: 2 * x),
    "methods": (lambda x: np.sum(((x * 2j).conj() * (x * 1j).conjugate()).real), lambda x: -4 * x),
    "vdot": (lambda x: np.vdot(x * (1 + 1j), x * 1j).real, lambda x: 2 * x),
    "vecdot": (lambda x: abs(np.vecdot(x * 2j, x * 1j)), lambda x: 4 * x),
    "linalg.vecdot": (lambda x: np.linalg.vecdot((1 + 1j) * x, 1j * x).real, lambda x: 2 * x),
    "correlate": (lambda x: np.correlate((1 + 1j) * x, 1j * x)[0].real, lambda x: 2 * x),
    "vecmat": (lambda x: np.sum(np.vecmat((1 + 1j) * x, 1j * x[:, None]).real), lambda x: 2 * x),
    "cov": (lambda x: 2 * np.cov((3 + 4j) * x, bias=True).real, lambda x: 100 * (x - np.mean(x)) / x.size),
    "float_power": (lambda x: np.sum(np.float_power(1j * x, 2).real), lambda x: -2 * x),
    "norm": (lambda x: np.linalg.norm(x * (3 + 4j)) ** 2, lambda x: 50 * x),
    "var": (lambda x: 3 * np.var(x * 1j), lambda x: 2 * (x - np.mean(x))),
    "var where": (lambda x: np.var(x * (1j + 1), where=PAIR > 0), lambda x: PAIR * (2 * x - x[0] - x[1])),
    "var mean": (lambda x: 3 * np.var(x * 1j, mean=1j), lambda x: 2 * (x - 1)),
    "cast": (lambda x: np.sum(np.real(x.astype(complex) ** 3)), lambda x: 3 * x * x),
    "power": (lambda x: np.sum(np.real((x + 0j) ** (1 + 0j))), lambda x: 1 + 0 * x),
    "real of real": (lambda x: np.sum(np.real(x) * x + np.imag(x)), lambda x: 2 * x),
    "product": (lambda x: np.prod(x + 1j).imag, lambda x: np.sum(x) - x),
    "concatenated": (lambda x: np.sum(np.abs(np.concatenate([x, 1j * x]))), lambda x: 2 * np.sign(x)),
    "where": (lambda x: np.sum(np.where(x > 0, x, 1j * x).real), lambda x: 1.0 * (x > 0)),
}  # fmt: skip


@compiled_too
@pytest.mark.parametrize("case", INSIDE)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_real_functions_through_complex_numbers(name: str, case: str, dtype: Any) -> None:
    f, slope = INSIDE[case]
    x = X.astype(dtype)
    gradient = dl.methods[name].grad(f)(x)
    assert gradient.dtype == dtype
    wanted = slope(X)
    assert np.all(np.abs(gradient - wanted) <= 64 * np.finfo(dtype).eps * (1 + np.max(np.abs(wanted))))


@pytest.mark.parametrize("case", INSIDE)
def test_hessians_through_complex_numbers(case: str) -> None:
    f, _ = INSIDE[case]
    wanted = dl.FiniteDifference(order=6).jacobian(dl.reverse.grad(f))(X)
    for mode in ("forward-over-reverse", "reverse-over-reverse", "forward-over-forward", "reverse-over-forward"):
        assert np.allclose(dl.reverse.hessian(f, mode=mode)(X), wanted, rtol=1e-9, atol=1e-9)


def test_roots_of_a_polynomial() -> None:
    """The roots of z² + b z + c: Re z₁ moves with the coefficients by implicit differentiation."""

    def root(b, c):
        return (-b + np.sqrt(b * b - 4 * c + 0j)) / 2

    b, c = 1.0, 3.0
    z = root(b, c)
    wanted = (-z / (2 * z + b), -1 / (2 * z + b))
    for name in ("forward", "reverse"):
        slopes = dl.methods[name].jacobian(root, argnums=(0, 1))(b, c)
        assert np.allclose(slopes, wanted, rtol=1e-14)
        real = dl.methods[name].grad(lambda b, c: root(b, c).imag, argnums=(0, 1))(b, c)
        assert np.allclose(real, np.imag(wanted), rtol=1e-14)


# The conventions, and that JAX has the same.


def smooth(z):
    space = dl.array_namespace(z)
    return space.sum(space.abs(space.exp(z) * z + space.conj(z)) ** 2) + space.sum(space.real(z) * space.imag(z * z))


def bent(z):
    space = dl.array_namespace(z)
    return space.exp(z) * z + space.conj(z) * z


def turned(x):
    return dl.array_namespace(x).exp(1j * x) * x[0]


OPERATORS: dict[str, Callable[[Any], Any]] = {
    "grad": lambda m: m.grad(smooth)(Z),
    "value_and_grad": lambda m: m.value_and_grad(smooth)(Z),
    "grad of an element": lambda m: m.grad(lambda z: smooth(z[1:]))(Z),
    "grad of two": lambda m: m.grad(lambda z, x: smooth(z * x), argnums=(0, 1))(Z, X),
    "holomorphic grad": lambda m: m.grad(lambda z: (z**3).sum(), holomorphic=True)(Z),
    "jvp": lambda m: m.jvp(bent, (Z,), (V,)),
    "jvp to real": lambda m: m.jvp(smooth, (Z,), (V,)),
    "vjp": lambda m: m.vjp(bent, Z)[1](V),
    "vjp to real primals": lambda m: m.vjp(turned, X)[1](V),
    "hvp": lambda m: m.hvp(smooth, (Z,), (V,)),
    "vhp": lambda m: m.vhp(smooth, (Z,), (V,)),
    "derivative": lambda m: m.derivative(lambda z: z**3 + dl.array_namespace(z).sin(z))(0.3 + 1j),
    "derivative by x": lambda m: m.derivative(lambda x: dl.array_namespace(x).exp(1j * x))(0.3),
    "jacobian to real": lambda m: m.jacobian(lambda z: dl.array_namespace(z).abs(z * z[0]))(Z),
    "jacobian from real": lambda m: m.jacobian(turned)(X),
    "holomorphic jacobian": lambda m: m.jacobian(lambda z: z * z[0], holomorphic=True)(Z),
    "directional": lambda m: m.directional(smooth, (Z,), (V,), 2),
    "prepared": lambda m: m.prepare("grad", smooth, Z)(Z),
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("name", ["reverse", "jax", "reverse-compiled", "forward-compiled"])
def test_methods_agree_on_complex_arguments(name: str, operator: str) -> None:
    wanted, found = (dl.method.problem.flatten(OPERATORS[operator](m))[0] for m in (dl.forward, dl.methods[name]))
    for a, b in zip(found, wanted, strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a).dtype == np.asarray(b).dtype
        assert np.allclose(a, b, rtol=1e-13, atol=1e-13)


@compiled_too
def test_gradient_is_by_x_minus_i_by_y(name: str) -> None:
    gradient = dl.methods[name].grad(smooth)(Z)
    for k, unit in enumerate(np.eye(3)):
        by_x, by_y = difference(smooth, (Z,), (unit,)), difference(smooth, (Z,), (1j * unit,))
        check(gradient[k], by_x - 1j * by_y, 1.0)


@compiled_too
def test_holomorphic_derivatives(name: str) -> None:
    f, slope = lambda z: np.exp(z * z), lambda z: 2 * z * np.exp(z * z)
    method = dl.methods[name]
    for found in (
        method.derivative(f)(Z[1]),
        method.grad(f, holomorphic=True)(complex(Z[1])),
        method.value_and_grad(f, holomorphic=True)(Z[1])[1],
        method.jacobian(f, holomorphic=True)(Z[1]),
    ):
        assert abs(found - slope(Z[1])) <= 8 * np.spacing(abs(found))
    twice = (4 * Z[1] ** 2 + 2) * f(Z[1])
    assert abs(method.derivative(f, order=2)(Z[1]) - twice) <= 32 * np.spacing(abs(twice))


@compiled_too
def test_a_small_conjugate_is_not_holomorphic(name: str) -> None:
    with pytest.raises(ArgumentError, match="not holomorphic"):
        dl.methods[name].derivative(lambda z: z + 1e-5 * np.conj(z))(1 + 1j)


def test_jacobian_by_either_sweep() -> None:
    for f, holomorphic in ((turned, False), (lambda x: turned(x)[:2], False)):
        assert np.allclose(dl.jacobian(f, holomorphic=holomorphic)(X), dl.reverse.jacobian(f)(X), rtol=1e-14)
    square = lambda z: z * z
    assert np.allclose(dl.jacobian(square, holomorphic=True)(Z), np.diag(2 * Z))


@exact
@pytest.mark.parametrize("chunk", [1, 2, None])
def test_chunks_of_complex_directions(name: str, chunk: int | None) -> None:
    method = type(dl.methods[name])(chunk=chunk)
    assert np.allclose(method.jacobian(lambda z: abs(z) * z.real)(Z), dl.reverse.jacobian(lambda z: abs(z) * z.real)(Z))
    assert np.allclose(method.jacobian(turned)(X), dl.forward.jacobian(turned)(X))
    assert np.allclose(method.grad(smooth)(Z), dl.reverse.grad(smooth)(Z))


@compiled_too
@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_single_precision_stays(name: str, dtype: Any) -> None:
    z = Z.astype(dtype)
    gradient = dl.methods[name].grad(lambda z: np.sum(np.abs(2j * z * z[0]) ** 2))(z)
    assert gradient.dtype == dtype
    value, tangent = dl.methods[name].jvp(lambda z: (1 + 2j) * np.conj(z), (z,), (z,))
    assert value.dtype == tangent.dtype == dtype


def test_arrays_of_complex_numbers_tell_so() -> None:
    seen = []

    def f(z):
        seen.append([np.iscomplexobj(z), np.iscomplexobj(z.real), np.isrealobj(z), z.dtype, z.imag.dtype])
        return np.sum(abs(z))

    for dtype, part in ((np.complex128, np.float64), (np.complex64, np.float32)):
        dl.reverse.grad(f)(Z.astype(dtype))
        assert seen.pop() == [True, False, False, np.dtype(dtype), np.dtype(part)]


def test_values_are_those_of_numpy() -> None:
    w = np.array([2.0 - 1j, 0.5j, 1.0])
    for f in (
        lambda z: np.vdot(z, w), lambda z: np.vecdot(z, w), lambda z: np.vecdot(w, z), lambda z: np.linalg.norm(z),
        np.var, np.std, np.angle, np.sign, np.real, np.imag, np.conj, np.absolute, np.conjugate,
        lambda z: np.angle(z, deg=True), lambda z: np.dot(z, w), lambda z: np.inner(z, w), lambda z: np.outer(z, w),
    ):  # fmt: skip
        value = dl.forward.jvp(f, (Z,), (V,))[0]
        assert np.allclose(value, f(Z), rtol=1e-15, atol=0)


# Programs.


@pytest.mark.parametrize(
    "constant",
    [1j, -1j, 1 + 2j, complex(-0.0, 1), complex(1, -0.0), complex(np.inf, 1), complex(0, np.nan), np.array(2 - 1j)],
)
def test_complex_constants_survive_printing(constant: Any) -> None:
    f, point = lambda z: z * constant + constant, ((Z[0],), (V[0],))
    with np.errstate(invalid="ignore"):
        program = dl.methods["reverse-compiled"].prepare("jvp", f, *point)
        for found, wanted in zip(program(*point), dl.reverse.jvp(f, *point), strict=True):
            assert np.array_equal(found, wanted, equal_nan=True)


def test_a_program_of_complex_arguments_is_recorded_again_for_real_ones() -> None:
    program = dl.methods["reverse-compiled"].prepare("grad", lambda z: abs(z) ** 2, 1 + 2j)
    assert program(3 + 1j) == 6 - 2j
    assert program(3.0) == 6.0
    assert isinstance(program(3.0), float)
    assert abs(program(Z[0]) - 2 * np.conj(Z[0])) <= 2e-16


def test_a_branch_on_a_modulus_is_guarded() -> None:
    f = lambda z: abs(z) ** 2 if abs(z) > 1 else z.real
    program = dl.methods["reverse-compiled"].prepare("grad", f, 2j)
    assert program(3j) == -6j
    assert program(0.1j) == 1


def test_machine_code_steps_back_to_numpy() -> None:
    pytest.importorskip("numba")
    with pytest.warns(UserWarning, match="complex numbers"):
        program = dl.methods["reverse-jit"].prepare("grad", lambda z: abs(z) ** 2, 1 + 2j)
    assert program(3 + 1j) == 6 - 2j


def test_pictures_and_formulas_of_complex_steps() -> None:
    f = lambda x: np.sum(abs(np.exp(1j * x)) + np.real(np.conj(x + 2j)))
    assert r"\operatorname{Re}" in str(dl.latex(f, X))
    assert r"2 \mathrm{i}" in str(dl.latex(f, X))
    assert dl.draw(f, 0.5 * X) is not None


# What is refused, and in which words.

REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "complex answer": (lambda m: m.grad(lambda z: z * z)(1j), "holomorphic=True"),
    "complex answer of a real argument": (lambda m: m.grad(lambda x: x * 1j)(1.0), r"derivative\(f\)"),
    "conj": (lambda m: m.derivative(np.conj)(1j), "not holomorphic"),
    "modulus": (lambda m: m.grad(abs, holomorphic=True)(1j), "not holomorphic"),
    "order 2 of real": (lambda m: m.derivative(np.real, order=2)(1j), "not holomorphic"),
    "nearly": (lambda m: m.derivative(lambda z: z * z + np.conj(z) * 0.1)(1j), "not holomorphic"),
    "holomorphic of real numbers": (lambda m: m.grad(lambda x: x, holomorphic=True)(1.0), "needs complex arguments"),
    "jacobian": (lambda m: m.jacobian(lambda z: z * z)(Z), r"jacobian\(f, holomorphic=True\)"),
    "jacobian of conj": (lambda m: m.jacobian(np.conj, holomorphic=True)(Z), "not holomorphic"),
    "hessian": (lambda m: m.hessian(lambda z: np.sum(abs(z) ** 2))(Z), "real and imaginary parts"),
    "tangent": (lambda m: m.jvp(lambda x: x, (X,), (V,)), "tangent 0 is complex"),
    "cotangent": (lambda m: m.vjp(lambda x: x, X)[1](V), "cotangent is complex"),
    "cast to real": (lambda m: m.grad(lambda z: np.sum(xp.astype(z, float)))(Z), r"xp\.real"),
    "method astype": (lambda m: m.grad(lambda z: np.sum(z.astype(np.float32)))(Z), r"xp\.real"),
    "float": (lambda m: m.grad(lambda z: float(abs(z)))(1j), r"drop float\(\)"),
    "order": (lambda m: m.grad(lambda z: np.maximum(z, 0).real)(1j), "no order"),
    "max": (lambda m: m.grad(lambda z: np.max(z).real)(Z), "no order"),
    "branch": (lambda m: m.grad(lambda z: abs(z) if z > 0 else z.real)(1j), "no order"),
    "nan": (lambda m: m.grad(abs)(complex(np.nan, 1)), "isfinite"),
    "inf": (lambda m: m.grad(lambda z: np.sum(abs(z)))(np.array([1j, complex(0, np.inf)])), r"at index \(1,\)"),
}  # fmt: skip


@compiled_too
@pytest.mark.parametrize("kind", REFUSED)
def test_refusals(name: str, kind: str) -> None:
    call, message = REFUSED[kind]
    with pytest.raises((DerivlabError, TypeError), match=message):
        call(dl.methods[name])


@pytest.mark.parametrize("name", ["taylor", "complex-step", "symbolic", "central-difference", "richardson"])
def test_other_methods_take_real_numbers_only(name: str) -> None:
    for call in (
        lambda m: m.grad(lambda z: abs(z))(1j),
        lambda m: m.jvp(lambda z: z, (Z,), (V,)),
        lambda m: m.derivative(lambda z: z)(1j),
        lambda m: m.hvp(lambda z: abs(z), (1j,), (1j,)),
        lambda m: dl.forward.grad(lambda z: abs(z) * m.derivative(lambda w: abs(w))(z))(1j),
    ):
        with pytest.raises(ArgumentError, match="use forward or reverse"):
            call(dl.methods[name])


def test_an_array_of_complex_numbers_does_not_lose_its_derivative() -> None:
    for convert in (complex, np.asarray, lambda z: z.item()):
        with pytest.raises(DerivativeLostError):
            dl.reverse.grad(lambda z, convert=convert: abs(convert(z)))(1j)


def test_where_the_answer_is_no_number_the_derivative_is_none() -> None:
    f = lambda x: np.log(x + 0j) * np.where(x > 0, 1.0, np.nan)
    slopes = dl.forward.jvp(f, (np.array([1.0, -2.0]),), (np.ones(2),))[1]
    assert slopes[0] == 1
    assert math.isnan(slopes[1].real)
    assert np.isnan(dl.reverse.vjp(f, np.array([1.0, -2.0]))[1](np.ones(2) + 0j)[0][1])
