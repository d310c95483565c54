"""The special functions over PyTorch, which has no derivatives of some as functions of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derivlab.errors import UnsupportedError


def _only_values(function: Any, name: str, n: int) -> Any:
    if n:
        raise UnsupportedError(
            f"{name}: PyTorch has no derivative of order {n} as a function of its own; give NumPy's arrays, x.numpy()"
        )
    return function


def kernels(torch: Any) -> dict[str, Callable[..., Any]]:
    """The primitives by name."""
    special = torch.special
    return {
        "erfc": special.erfc,
        "erfinv": special.erfinv,
        "ndtri": special.ndtri,
        "log_ndtr": lambda x, n: _only_values(special.log_ndtr, "log_ndtr", n)(x),
        "logit": special.logit,
        "xlogy": special.xlogy,
        "xlog1py": special.xlog1py,
        "log_ratio": lambda x, y: torch.log(x) - torch.log(y),
        "rel_entr": lambda x, y: special.xlogy(x, x) - special.xlogy(x, y),
        "kl_div": lambda x, y: special.xlogy(x, x) - special.xlogy(x, y) - x + y,
        "bessel_i": lambda x, n: _only_values(special.i1 if n else special.i0, "bessel_i", n // 2)(x),
        "bessel_ie": lambda x, order, n: _only_values(special.i1e if order else special.i0e, "bessel_ie", n)(x),
        "betaln": lambda a, b: special.gammaln(a) + special.gammaln(b) - special.gammaln(a + b),
        "gammainc": special.gammainc,
        "gammaincc": special.gammaincc,
    }
