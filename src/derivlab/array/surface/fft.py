"""Discrete Fourier transforms, ``xp.fft``: all in terms of two primitives along one axis.

The matrix of ``fft`` and ``ifft`` is symmetric, so that each is its own transpose; padding, truncation, the real forms
and those of several axes are written with them. As in the standard, ``norm`` says which of a pair is scaled by 1/n:
"backward" (the inverse), "forward", or "ortho" (both by 1/√n).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.array import constant
from derivlab.array.parts import is_complex
from derivlab.array.surface.axes import axes_of, one_axis, shape_of
from derivlab.array.surface.manipulation import roll
from derivlab.errors import ArgumentError

__all__ = [
    "fft",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfftn",
    "rfft",
    "rfftfreq",
    "rfftn",
]

_SWAPPED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}

# Along one axis.


def fft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """y_k = Σ_j x_j e^(−2πi jk/n) along an axis, of x cut or padded with zeros to n entries.

    Cost: O(n log n), and as much for a tangent or a cotangent.
    """
    return _transform(p.fft, x, n, axis, norm)


def ifft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """x_j = Σ_k y_k e^(2πi jk/n) / n, the inverse of :func:`fft`."""
    return _transform(p.ifft, x, n, axis, norm)


def rfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The first n/2 + 1 entries of the transform of a real array; the others are their conjugates."""
    if is_complex(x):
        raise ArgumentError("rfft and ihfft are of real arrays; of complex ones write xp.fft.fft, or take xp.real(x)")
    place = one_axis(axis, len(shape_of(x)))
    y = fft(x, n=n, axis=place, norm=norm)
    return p.index(y, key=(*_lead(place), slice(shape_of(y)[place] // 2 + 1)))


def irfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The real array of n entries (2(m − 1) by default for m of x) whose transform begins with x.

    The imaginary parts of entry 0, and of entry n/2 if n is even, do not matter: the derivative by them is 0.
    """
    place = one_axis(axis, len(shape_of(x)))
    size = _length(2 * (shape_of(x)[place] - 1) if n is None else n)
    half = _resized(_as_complex(x), size // 2 + 1, place)
    mirrored = p.index(half, key=(*_lead(place), slice(1, (size + 1) // 2)))
    whole = half
    if shape_of(mirrored)[place]:
        whole = p.concat(half, p.flip(p.conj(mirrored), axis=(place,)), axis=place)
    return p.real(_transform(p.ifft, whole, None, place, norm))


def hfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The transform, real and of n entries, of the array with Hermitian symmetry that begins with x."""
    return irfft(p.conj(x), n=n, axis=axis, norm=_swapped(norm))


def ihfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The first n/2 + 1 entries of the inverse transform of a real array, the inverse of :func:`hfft`."""
    return p.conj(rfft(x, n=n, axis=axis, norm=_swapped(norm)))


# Along several axes.


def fftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """:func:`fft` along several axes (all, or the last of as many as ``s`` has lengths)."""
    sizes, places = _shape_and_axes(x, s, axes)
    return _along(fft, _as_complex(x), sizes, places, norm)


def ifftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """:func:`ifft` along several axes."""
    sizes, places = _shape_and_axes(x, s, axes)
    return _along(ifft, _as_complex(x), sizes, places, norm)


def rfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """:func:`rfft` along the last of some axes, and :func:`fft` along the others."""
    sizes, places = _shape_and_axes(x, s, axes)
    half = rfft(x, n=sizes[-1], axis=places[-1], norm=norm)
    return _along(fft, half, sizes[:-1], places[:-1], norm)


def irfftn(
    x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Any:
    """:func:`ifft` along some axes, and :func:`irfft` along the last of them."""
    sizes, places = _shape_and_axes(x, s, axes)
    last = 2 * (shape_of(x)[places[-1]] - 1) if s is None else sizes[-1]
    return irfft(_along(ifft, _as_complex(x), sizes[:-1], places[:-1], norm), n=last, axis=places[-1], norm=norm)


# Frequencies, and their order.


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies [0, 1, …, −2, −1] / (n d) of :func:`fft`, constants."""
    return constant(np.fft.fftfreq(n, d).astype(dtype or float))


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies [0, 1, …, n/2] / (n d) of :func:`rfft`, constants."""
    return constant(np.fft.rfftfreq(n, d).astype(dtype or float))


def fftshift(x: Any, /, *, axes: Any = None) -> Any:
    """The entries of frequency 0 moved to the middle of the axes."""
    places = _every(x, axes)
    return roll(x, tuple(shape_of(x)[a] // 2 for a in places), axis=places)


def ifftshift(x: Any, /, *, axes: Any = None) -> Any:
    """The inverse of :func:`fftshift`."""
    places = _every(x, axes)
    return roll(x, tuple(-(shape_of(x)[a] // 2) for a in places), axis=places)


# In terms of the primitives.


def _transform(primitive: Any, x: Any, n: int | None, axis: int, norm: str) -> Any:
    _swapped(norm)
    place = one_axis(axis, len(shape_of(x)))
    size = _length(shape_of(x)[place] if n is None else n)
    return primitive(_resized(_as_complex(x), size, place), axis=place, norm=norm)


def _resized(x: Any, size: int, axis: int) -> Any:
    """x cut to so many entries along an axis, or with zeros behind them."""
    shape = shape_of(x)
    if size == shape[axis]:
        return x
    if size < shape[axis]:
        return p.index(x, key=(*_lead(axis), slice(size)))
    return p.scatter(x, key=(*_lead(axis), slice(shape[axis])), shape=(*shape[:axis], size, *shape[axis + 1 :]))


def _as_complex(x: Any) -> Any:
    return x if is_complex(x) else p.astype(x, dtype=np.result_type(x.dtype, np.complex64))


def _along(transform: Callable[..., Any], x: Any, sizes: Sequence[int], axes: Sequence[int], norm: str) -> Any:
    for size, axis in zip(reversed(sizes), reversed(axes), strict=True):
        x = transform(x, n=size, axis=axis, norm=norm)
    return x


def _shape_and_axes(x: Any, s: Sequence[int] | None, axes: Sequence[int] | None) -> tuple[list[int], tuple[int, ...]]:
    """The lengths and the axes of a transform along several; a length of −1 is that of x."""
    ndim = len(shape_of(x))
    places = axes_of(x, tuple(range(ndim)[-len(s) :] if s else range(ndim)) if axes is None else tuple(axes)) or ()
    if s is not None and len(s) != len(places):
        raise ValueError(f"s has {len(s)} lengths for the {len(places)} axes {places}; give one for each")
    sizes = [-1] * len(places) if s is None else list(s)
    return [shape_of(x)[a] if size == -1 else size for size, a in zip(sizes, places, strict=True)], places


def _every(x: Any, axes: Any) -> tuple[int, ...]:
    return axes_of(x, tuple(range(len(shape_of(x)))) if axes is None else axes) or ()


def _length(n: Any) -> int:
    if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
        raise ValueError(f"a Fourier transform has at least one entry, and n is {n!r}")
    return int(n)


def _swapped(norm: str) -> str:
    if norm not in _SWAPPED:
        raise ValueError(f"norm is {norm!r}; it must be one of {', '.join(map(repr, _SWAPPED))}")
    return _SWAPPED[norm]


def _lead(axis: int) -> tuple[slice, ...]:
    return (slice(None),) * axis
