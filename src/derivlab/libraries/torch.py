"""The special functions over PyTorch, for which the array API standard has no name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from derivlab.errors import UnsupportedError

__all__ = ["KERNELS", "torch"]

torch: Any = importlib.import_module("torch")


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    return torch.logsumexp(x, dim=tuple(range(x.ndim)) if axis is None else axis, keepdim=keepdims)


def _only_values(function: Any, name: str, n: int) -> Any:
    if n:
        raise UnsupportedError(f"{name}: PyTorch has no derivative of order {n} as a function of its own")
    return function


KERNELS: dict[str, Callable[..., Any]] = {
    "sigmoid": torch.sigmoid,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "softmax": lambda x, axis: torch.exp(x - _logsumexp(x, axis, True)),
    "logsumexp": _logsumexp,
    "erf": torch.special.erf,
    "gammaln": torch.special.gammaln,
    "polygamma": lambda x, n: torch.special.polygamma(n, x),
    "erfc": torch.special.erfc,
    "erfinv": torch.special.erfinv,
    "ndtri": torch.special.ndtri,
    "log_ndtr": lambda x, n: _only_values(torch.special.log_ndtr, "log_ndtr", n)(x),
    "logit": torch.special.logit,
    "xlogy": torch.special.xlogy,
    "xlog1py": torch.special.xlog1py,
    "log_ratio": lambda x, y: torch.log(x) - torch.log(y),
    "rel_entr": lambda x, y: torch.special.xlogy(x, x) - torch.special.xlogy(x, y),
    "kl_div": lambda x, y: torch.special.xlogy(x, x) - torch.special.xlogy(x, y) - x + y,
    "bessel_i": lambda x, n: _only_values(torch.special.i1 if n else torch.special.i0, "bessel_i", n // 2)(x),
    "bessel_ie": lambda x, order, n: _only_values(torch.special.i1e if order else torch.special.i0e, "bessel_ie", n)(x),
    "betaln": lambda a, b: torch.special.gammaln(a) + torch.special.gammaln(b) - torch.special.gammaln(a + b),
    "gammainc": torch.special.gammainc,
    "gammaincc": torch.special.gammaincc,
}
