"""The special functions over PyTorch, for which the array API standard has no name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

__all__ = ["KERNELS", "torch"]

torch: Any = importlib.import_module("torch")


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    return torch.logsumexp(x, dim=tuple(range(x.ndim)) if axis is None else axis, keepdim=keepdims)


KERNELS: dict[str, Callable[..., Any]] = {
    "sigmoid": torch.sigmoid,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "softmax": lambda x, axis: torch.exp(x - _logsumexp(x, axis, True)),
    "logsumexp": _logsumexp,
    "erf": torch.special.erf,
    "gammaln": torch.special.gammaln,
    "polygamma": lambda x, n: torch.special.polygamma(n, x),
    "real": torch.real,
    "imag": lambda x: torch.imag(x) if x.is_complex() else torch.zeros_like(x),
    "conj": torch.conj_physical,
    "fft": lambda x, axis, norm: torch.fft.fft(x, dim=axis, norm=norm),
    "ifft": lambda x, axis, norm: torch.fft.ifft(x, dim=axis, norm=norm),
}
