"""The special functions over JAX, which is given."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

_SAME_NAME = "erfc erfinv ndtri logit xlogy xlog1py rel_entr kl_div betaln gammainc gammaincc".split()


def kernels(jax: Any) -> dict[str, Callable[..., Any]]:
    """The primitives that ``jax.scipy.special`` has; n-th derivatives are by JAX's forward mode."""
    library = jax.scipy.special

    def derivative(f: Callable[[Any], Any], n: int) -> Callable[[Any], Any]:
        for _ in range(n):
            f = lambda x, f=f: jax.jvp(f, (x,), (jax.numpy.ones_like(x),))[1]
        return f

    def bessel_i(x: Any, n: int) -> Any:
        """Iₙ is the Chebyshev polynomial Tₙ of d/dx, applied to I₀."""
        if n < 2:
            return library.i1(x) if n else library.i0(x)
        total: Any = 0.0
        for k in range(n // 2 + 1):
            weight = n * 2 ** (n - 2 * k - 1) * math.factorial(n - k - 1)
            weight /= math.factorial(k) * math.factorial(n - 2 * k)
            total = total + (-1) ** k * weight * derivative(library.i0, n - 2 * k)(x)
        return total

    return {
        **{name: getattr(library, name) for name in _SAME_NAME},
        "log_ratio": lambda x, y: jax.numpy.log(x) - jax.numpy.log(y),
        "log_ndtr": lambda x, n: derivative(library.log_ndtr, n)(x),
        "bessel_i": bessel_i,
        "bessel_ie": lambda x, order, n: derivative(library.i1e if order else library.i0e, n)(x),
    }
