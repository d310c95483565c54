"""The special functions over HIPS autograd, and the two functions of the standard that it cannot differentiate."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["KERNELS", "autograd"]

autograd: Any = importlib.import_module("autograd")
_numpy: Any = importlib.import_module("autograd.numpy")
_special: Any = importlib.import_module("autograd.scipy.special")


def _pull_take(answer: Any, x: Any, indices: Any, axis: int) -> Callable[[Any], Any]:
    key: tuple[Any, ...] = (*[slice(None)] * axis, np.asarray(indices))

    def pull(bar: Any) -> Any:
        whole = np.zeros(np.shape(x))
        np.add.at(whole, key, bar)
        return whole

    return pull


setattr(importlib.import_module("autograd.numpy.numpy_wrapper"), "concat", _numpy.concatenate)  # noqa: B010
importlib.import_module("autograd.extend").defvjp(_numpy.take, _pull_take, argnums=(0,))

KERNELS: dict[str, Callable[..., Any]] = {
    "sigmoid": _special.expit,
    "softplus": lambda x: _numpy.logaddexp(x, 0.0),
    "softmax": lambda x, axis: _numpy.exp(x - _special.logsumexp(x, axis=axis, keepdims=True)),
    "logsumexp": lambda x, axis, keepdims: _special.logsumexp(x, axis=axis, keepdims=keepdims),
    "erf": _special.erf,
    "gammaln": _special.gammaln,
    "polygamma": lambda x, n: _special.polygamma(n, x),
    **{name: getattr(_special, name) for name in "erfc erfinv logit betaln".split() if hasattr(_special, name)},
}
