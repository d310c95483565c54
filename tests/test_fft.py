"""Fourier transforms: values are NumPy's, derivatives those of differences, transposes and the certified matrix."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derivlab as dl
from checks import JAX_AT_ONCE, check_against_largest, check_gradient
from derivlab.array import surface as xp
from derivlab.errors import ArgumentError, DerivativeLostError, UnsupportedError
from test_complex import check, difference

RNG = np.random.default_rng(11)
REAL = RNG.standard_normal((3, 4, 5))
COMPLEX = REAL + 1j * RNG.standard_normal((3, 4, 5))
NORMS = ["backward", "ortho", "forward"]

ONE_AXIS = [
    *[(f, n, axis) for f in ("fft", "ifft", "rfft", "ihfft") for n in (None, 1, 2, 6, 7) for axis in (-1, 0)],
    *[(f, n, axis) for f in ("irfft", "hfft") for n in (None, 1, 2, 5, 8, 9, 12) for axis in (-1, 0, 1)],
]
SEVERAL = [
    (f, s, axes)
    for f in ("fftn", "ifftn", "rfftn", "irfftn")
    for s, axes in ((None, None), (None, (0, 2)), ((2, 6), (1, 0)), ((2, 7), (0, 1)), ((4, -1), (0, -1)), (None, (1,)))
]


def _calls() -> list[tuple[str, dict[str, Any]]]:
    one = [(f, {"n": n, "axis": axis, "norm": norm}) for f, n, axis in ONE_AXIS for norm in NORMS]
    several = [(f, {"s": s, "axes": axes, "norm": norm}) for f, s, axes in SEVERAL for norm in NORMS]
    shifts = [(f, {"axes": axes}) for f in ("fftshift", "ifftshift") for axes in (None, 1, (0, -1))]
    return one + several + shifts


def argument(name: str, dtype: Any = None) -> Any:
    x = REAL if name in ("rfft", "ihfft", "rfftn") else COMPLEX
    return x if dtype is None else x.astype(np.result_type(dtype, np.complex64) if np.iscomplexobj(x) else dtype)


def ours(name: str, options: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda x: getattr(xp.fft, name)(x, **options)


calls = pytest.mark.parametrize(("name", "options"), _calls(), ids=str)


def test_the_standard_has_fourteen_functions_with_these_signatures() -> None:
    one, several = "(x, /, *, n=None, axis=-1, norm='backward')", "(x, /, *, s=None, axes=None, norm='backward')"
    frequencies, shift = "(n, /, *, d=1.0, dtype=None, device=None)", "(x, /, *, axes=None)"
    wanted = {
        **dict.fromkeys("fft ifft rfft irfft hfft ihfft".split(), one),
        **dict.fromkeys("fftn ifftn rfftn irfftn".split(), several),
        **dict.fromkeys("fftfreq rfftfreq".split(), frequencies),
        **dict.fromkeys("fftshift ifftshift".split(), shift),
    }
    assert set(xp.fft.__all__) == set(wanted)
    for name, signature in wanted.items():
        found = inspect.signature(getattr(xp.fft, name))
        bare = found.replace(
            parameters=[p.replace(annotation=p.empty) for p in found.parameters.values()],
            return_annotation=inspect.Signature.empty,
        )
        assert str(bare) == signature


@calls
def test_values_are_those_of_numpy(name: str, options: dict[str, Any]) -> None:
    x = argument(name)
    wanted = getattr(np.fft, name)(x, **options)
    for found in (ours(name, options)(x), dl.forward.jvp(ours(name, options), (x,), (x,))[0]):
        assert found.shape == wanted.shape
        assert found.dtype == wanted.dtype
        assert np.max(np.abs(found - wanted)) <= 16 * np.spacing(np.max(np.abs(wanted)))


@calls
def test_derivatives_are_the_transform_itself_and_its_transpose(name: str, options: dict[str, Any]) -> None:
    x, f = argument(name), ours(name, options)
    rng = np.random.default_rng(3)
    draw = lambda x: rng.standard_normal(x.shape) + (1j * rng.standard_normal(x.shape) if np.iscomplexobj(x) else 0)
    v = draw(x)
    y, y_dot = dl.forward.jvp(f, (x,), (v,))
    size = np.sum(np.abs(v)) * np.max(np.abs(y)) / np.max(np.abs(x))
    assert np.max(np.abs(y_dot - f(v))) <= 16 * np.spacing(size)
    bar = draw(y)
    (x_bar,) = dl.reverse.vjp(f, x)[1](bar)
    assert x_bar.dtype == x.dtype
    left, right = np.sum(bar * y_dot).real, np.sum(x_bar * v).real
    assert abs(left - right) <= 64 * np.spacing(np.sum(np.abs(bar * y_dot)) + np.sum(np.abs(x_bar * v)))


@calls
def test_numpy_functions_lead_here(name: str, options: dict[str, Any]) -> None:
    x = argument(name)[:, :, 0]
    options = {k: v for k, v in options.items() if k not in ("s", "axes")}
    f = lambda z: getattr(np.fft, name)(z, **options)
    y, y_dot = dl.forward.jvp(f, (x,), (x,))
    assert np.allclose(y, f(x), rtol=1e-13, atol=1e-13)
    assert np.allclose(y_dot, y, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ["fft2", "ifft2", "rfft2", "irfft2"])
def test_two_axes_under_the_names_of_numpy(name: str) -> None:
    x = argument(name.replace("2", "n"))
    y = dl.forward.jvp(lambda z: getattr(np.fft, name)(z, norm="ortho"), (x,), (x,))[1]
    assert np.allclose(y, getattr(np.fft, name)(x, norm="ortho"), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", [n for n in xp.fft.__all__ if "freq" not in n and "shift" not in n])
def test_single_precision_stays(name: str) -> None:
    x = argument(name, np.float32)
    y, y_dot = dl.forward.jvp(ours(name, {}), (x,), (x,))
    assert y.dtype == y_dot.dtype == getattr(np.fft, name)(x).dtype
    assert y.dtype.itemsize == (4 if y.dtype.kind == "f" else 8)
    assert dl.reverse.vjp(ours(name, {}), x)[1](y)[0].dtype == x.dtype


def test_frequencies() -> None:
    for n in (1, 4, 7):
        assert np.array_equal(xp.fft.fftfreq(n, d=0.5), np.fft.fftfreq(n, 0.5))
        assert np.array_equal(xp.fft.rfftfreq(n, d=0.5, dtype=np.float32), np.fft.rfftfreq(n, 0.5).astype(np.float32))


# Real functions of real signals.

SIGNAL = np.array([0.3, -1.1, 0.8, 2.0, -0.5, 0.4])
KERNEL = np.array([0.5, 0.3, -0.2, 0.0, 0.1, 0.7])


def power_spectrum(x):
    return np.sum(np.abs(np.fft.rfft(x)) ** 2 * np.array([1.0, 2.0, 3.0, 4.0]))


def convolution(x):
    return np.sum(np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(KERNEL), n=6) ** 3)


def phases(x):
    return np.sum(np.angle(np.fft.fft(x)[1:3]))


def shifted(x):
    return np.sum(np.abs(np.fft.fftshift(np.fft.fftn(np.reshape(x, (2, 3)))) * np.arange(1.0, 7.0).reshape(2, 3)))


def hermitian(x):
    return np.sum(np.fft.hfft(np.fft.ihfft(x**3, norm="ortho") * (1 + 2j), n=7) ** 2)


FUNCTIONS = [power_spectrum, convolution, phases, shifted, hermitian]


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("name", ["forward", "reverse", "reverse-compiled", "forward-compiled"])
def test_gradients_of_real_signals(name: str, f: Callable[[Any], Any]) -> None:
    gradient = dl.methods[name].grad(f)(SIGNAL)
    assert gradient.dtype == float
    check(gradient, np.array([difference(f, (SIGNAL,), (e,)) for e in np.eye(6)]), abs(f(SIGNAL)))


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("name", ["forward", "reverse", "reverse-compiled"])
def test_gradients_of_real_signals_meet_the_truth(name: str, f: Callable[[Any], Any]) -> None:
    check_gradient(dl.methods[name], f, (SIGNAL,), 32, sums=True)


@pytest.mark.parametrize(("name", "options"), _calls()[::5], ids=str)
def test_transforms_meet_the_truth(name: str, options: dict[str, Any]) -> None:
    shape = (3, 2, 2) if name in ("rfft", "ihfft", "rfftn") else (3, 2, 2, 2)
    x = np.random.default_rng(8).standard_normal(shape)

    def f(x):
        y = getattr(xp.fft, name)(x if x.ndim == 3 else x[..., 0] + 1j * x[..., 1], **options)
        return xp.sum(xp.real(y * (2 - 1j)) ** 2)

    if f(x) != 0:
        check_against_largest(dl.reverse, f, (x,), 64)


def test_truth_of_a_long_signal() -> None:
    x = np.random.default_rng(9).standard_normal(48)
    f = lambda x: xp.sum(xp.abs(xp.fft.rfft(x)) ** 2 * np.arange(1.0, 26.0))
    check_against_largest(dl.reverse, f, (x,), 64)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_hessians_of_real_signals(f: Callable[[Any], Any]) -> None:
    gradient = dl.reverse.grad(f)
    wanted = np.array([difference(gradient, (SIGNAL,), (e,)) for e in np.eye(6)])
    for mode in ("forward-over-reverse", "reverse-over-reverse", "forward-over-forward", "reverse-over-forward"):
        check(dl.reverse.hessian(f, mode=mode)(SIGNAL), wanted, np.max(np.abs(gradient(SIGNAL))))
    check(dl.methods["reverse-compiled"].hessian(f)(SIGNAL), wanted, np.max(np.abs(gradient(SIGNAL))))


def test_power_spectrum_meets_the_certified_gradient_of_its_sums() -> None:
    """The same function as sums over cosines and sines, which the truth follows."""
    n = len(SIGNAL)
    angles = 2 * np.pi * np.outer(np.arange(n // 2 + 1), np.arange(n)) / n
    cosine, sine = np.cos(angles), np.sin(angles)
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    by_sums = lambda x: xp.sum(weights * ((cosine @ x) ** 2 + (sine @ x) ** 2))
    enclosure = dl.truth.grad(by_sums)(SIGNAL)
    largest = np.max(np.abs(enclosure.value))
    for name in ("forward", "reverse", "reverse-compiled"):
        gradient = dl.methods[name].grad(power_spectrum)(SIGNAL)
        assert np.max(np.abs(gradient - enclosure.value)) <= 64 * np.spacing(largest)  # the tables are rounded too


def test_plancherel() -> None:
    """Σ |ŷ|² / n = Σ x², so that the gradient is 2 x."""
    f = lambda x: xp.sum(xp.abs(xp.fft.fft(x, norm="ortho")) ** 2)
    for name in ("forward", "reverse"):
        assert np.max(np.abs(dl.methods[name].grad(f)(SIGNAL) - 2 * SIGNAL)) <= 16 * np.spacing(4.0)
        z = COMPLEX[0, 0]
        assert np.max(np.abs(dl.methods[name].grad(f)(z) - 2 * np.conj(z))) <= 32 * np.spacing(4.0)


@pytest.mark.parametrize("n", [6, 7])
def test_imaginary_parts_that_irfft_ignores_have_slope_zero(n: int) -> None:
    z = COMPLEX[0, 0, :4]
    weights = np.linspace(1.0, 2.0, n)
    f = lambda z: xp.sum(weights * xp.fft.irfft(z, n=n))
    for name in ("forward", "reverse", "reverse-compiled"):
        by_imaginary = -dl.methods[name].grad(f)(z).imag
        ignored = [True, False, False, n == 6]
        assert np.all((np.abs(by_imaginary) <= 4 * np.spacing(1.0)) == ignored)
        moved = z + np.where(ignored, 5j, 0)
        assert abs(f(z) - f(moved)) <= 32 * np.spacing(10.0)


def test_jacobian_is_the_matrix_of_the_transform() -> None:
    matrix = np.exp(-2j * np.pi * np.outer(np.arange(4), np.arange(4)) / 4)
    for jacobian in (dl.forward.jacobian, dl.reverse.jacobian, dl.methods["reverse-compiled"].jacobian):
        assert np.allclose(jacobian(xp.fft.fft)(SIGNAL[:4]), matrix, atol=1e-15)
    z = COMPLEX[0, :, 0]
    for jacobian in (dl.forward.jacobian, dl.reverse.jacobian):
        assert np.allclose(jacobian(xp.fft.fft, holomorphic=True)(z), matrix, atol=1e-15)


def test_jax_agrees() -> None:
    for name, options in [call for call in _calls() if -1 not in (call[1].get("s") or ())][::17]:
        x = argument(name)
        weights = np.random.default_rng(5).standard_normal(getattr(np.fft, name)(x, **options).shape)

        def f(x, name=name, options=options, weights=weights):
            space = dl.array_namespace(x)
            return space.sum(space.abs(getattr(space.fft, name)(x, **options) * weights) ** 2)

        assert np.allclose(JAX_AT_ONCE.grad(f, 0)(x), dl.reverse.grad(f)(x), rtol=1e-11, atol=1e-11)


def test_a_transform_is_a_single_line_of_a_program() -> None:
    source = dl.methods["reverse-compiled"].prepare("grad", power_spectrum, SIGNAL).source
    assert source.count("np.fft.fft(") == 2


def test_kernels_of_torch() -> None:
    pytest.importorskip("torch")
    from derivlab.libraries import torch as library

    z = library.torch.asarray(COMPLEX)
    for name, wanted in (("fft", np.fft.fft), ("ifft", np.fft.ifft)):
        found = library.KERNELS[name](z, axis=1, norm="ortho")
        assert np.allclose(found.numpy(), wanted(COMPLEX, axis=1, norm="ortho"))
    for name in ("real", "imag", "conj"):
        assert np.array_equal(library.KERNELS[name](z).numpy(), getattr(np, name)(COMPLEX))
    assert np.array_equal(library.KERNELS["imag"](z.real).numpy(), np.imag(REAL))


# What is refused.

REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "rfft of complex": (lambda x: xp.fft.rfft(x * 1j), ArgumentError, r"xp\.real"),
    "ihfft of complex": (lambda x: np.fft.ihfft(x * 1j), ArgumentError, r"xp\.fft\.fft"),
    "no entries": (lambda x: xp.fft.fft(x, n=0), ValueError, "n is 0"),
    "no integer": (lambda x: xp.fft.fft(x, n=2.5), ValueError, "n is 2.5"),
    "one entry": (lambda x: xp.fft.irfft(x[:1]), ValueError, "n is 0"),
    "axis": (lambda x: xp.fft.fft(x, axis=1), ValueError, "axis 1"),
    "norm": (lambda x: xp.fft.fft(x, norm="unit"), ValueError, "'unit'.*'ortho'"),
    "lengths": (lambda x: xp.fft.fftn(x, s=(2, 3), axes=(0,)), ValueError, "s has 2 lengths"),
    "out": (lambda x: np.fft.fft(x, out=np.zeros(6, complex)), DerivativeLostError, "numpy.*fft"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refusals(kind: str) -> None:
    f, error, message = REFUSED[kind]
    with pytest.raises(error, match=message):
        dl.reverse.vjp(f, SIGNAL)


@pytest.mark.parametrize("name", ["taylor", "complex-step", "symbolic"])
def test_methods_of_real_numbers_say_so(name: str) -> None:
    with pytest.raises(UnsupportedError, match="complex numbers"):
        dl.methods[name].grad(power_spectrum)(SIGNAL)
