"""``numpy.fft``: the transforms of the standard, with NumPy's defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.array import surface as xp
from derivlab.array.numpy_names.common import Table


def _one_axis(transform: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, n=None, axis=-1, norm=None: transform(a, n=n, axis=axis, norm=norm or "backward")


def _several_axes(transform: Callable[..., Any], default: Any = None) -> Callable[..., Any]:
    return lambda a, s=None, axes=default, norm=None: transform(a, s=s, axes=axes, norm=norm or "backward")


TABLE: Table = {
    **{getattr(np.fft, f): _one_axis(getattr(xp.fft, f)) for f in "fft ifft rfft irfft hfft ihfft".split()},
    **{getattr(np.fft, f): _several_axes(getattr(xp.fft, f)) for f in "fftn ifftn rfftn irfftn".split()},
    **{
        getattr(np.fft, f"{f}2"): _several_axes(getattr(xp.fft, f"{f}n"), (-2, -1))
        for f in "fft ifft rfft irfft".split()
    },
    np.fft.fftshift: lambda x, axes=None: xp.fft.fftshift(x, axes=axes),
    np.fft.ifftshift: lambda x, axes=None: xp.fft.ifftshift(x, axes=axes),
}
