"""The primitives over PyTorch, and the only place that imports it.

The axes, the ties, the NaN and the indices are NumPy's; the numbers stay on the device where they are. Torch's own
automatic differentiation sees every operation.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.libraries import packed_linalg, standard, torch_special

__all__ = ["KERNELS", "torch"]

torch: Any = importlib.import_module("torch")
NAME = "PyTorch"
CAST = "x.double()"
TRACERS = ()


# Arrays.


@functools.lru_cache(maxsize=64)
def _numpy_dtype(dtype: Any) -> np.dtype[Any]:
    try:
        return np.dtype(str(dtype).removeprefix("torch."))
    except TypeError:
        raise TypeError(f"NumPy has no {dtype}, by which derivlab computes dtypes; write x.float()") from None


@functools.lru_cache(maxsize=64)
def _torch_dtype(dtype: Any) -> Any:
    return dtype if isinstance(dtype, torch.dtype) else getattr(torch, np.dtype(dtype).name)


def dtype_of(x: Any) -> np.dtype[Any]:
    """NumPy's name for the dtype of a tensor."""
    return _numpy_dtype(x.dtype)


def constant(value: Any, like: Any) -> Any:
    """A NumPy array as a tensor where ``like`` is."""
    plain = np.array(value, order="C")  # torch has no negative strides
    return torch.tensor(plain, dtype=_torch_dtype(plain.dtype), device=like.device)


_WITH_NUMBERS = frozenset("add subtract multiply divide power equal not_equal less less_equal greater".split())
"""The primitives that torch takes Python's numbers for, as quickly as it can, where the tensors are of floats."""


def lift(name: str, values: Sequence[Any]) -> Sequence[Any]:
    """Values of which one is a tensor, all as tensors, or numbers where primitive ``name`` takes them."""
    tensors = [x for x in values if isinstance(x, torch.Tensor)]
    if len(tensors) == len(values):
        return values
    if name in _WITH_NUMBERS and len(values) == 2 and tensors[0].is_floating_point():
        number = values[1] if values[0] is tensors[0] else values[0]
        if type(number) is float or type(number) is int:
            return values
    dtypes = [_numpy_dtype(x.dtype) for x in tensors]
    dtypes += [x.dtype for x in values if isinstance(x, (np.ndarray, np.generic))]
    return [x if isinstance(x, torch.Tensor) else constant(standard.fitting(x, dtypes), tensors[0]) for x in values]


def copy(x: Any) -> Any:
    """The same numbers in memory of their own."""
    return x.clone(memory_format=torch.contiguous_format)


def host(x: Any) -> Any:
    """The tensor's numbers as a NumPy array."""
    return x.detach().cpu().numpy()


# Reductions: NumPy's axis is None for all, and () for none.


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    return tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)


def _reduction(function: Callable[..., Any], alone: Callable[[Any], Any] = lambda x: x) -> Callable[..., Any]:
    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = _axes(x, axis)
        return function(x, dim=axes, keepdim=keepdims) if axes else alone(x)

    return reduce


def _position(function: Callable[..., Any]) -> Callable[..., Any]:
    def position(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        if axis is not None:
            return function(x, dim=axis, keepdim=keepdims)
        place = function(x.reshape(-1), dim=0)
        return place.reshape((1,) * x.ndim) if keepdims else place

    return position


def softmax(x: Any, axis: Any) -> Any:
    """eˣ / Σ eˣ, shifted by the maximum."""
    axes = _axes(x, axis)
    if not axes:
        return torch.ones_like(x)
    weights = torch.exp(x - torch.amax(x, dim=axes, keepdim=True).detach())
    return weights / torch.sum(weights, dim=axes, keepdim=True)


def _polygamma(x: Any, n: int) -> Any:
    """The n-th derivative of the digamma function; torch's own loses half of the digits for n = 1."""
    return torch.special.zeta(2.0, x) if n == 1 else torch.special.polygamma(n, x)


# Products and choices: torch wants one dtype.


def _solve(a: Any, b: Any) -> Any:
    """a⁻¹ b; torch would take b for a stack of vectors where it has the shape of one."""
    dtype = torch.promote_types(a.dtype, b.dtype)
    return torch.linalg.solve(a.to(dtype), b.to(dtype)[(None,) * max(a.ndim - b.ndim, 0)])


def _matmul(x: Any, y: Any) -> Any:
    dtype = torch.promote_types(x.dtype, y.dtype)
    return torch.matmul(x.to(dtype), y.to(dtype))


def _where(condition: Any, x: Any, y: Any) -> Any:
    return torch.where(condition.to(torch.bool), x, y)


# Indexing.


def _plain(key: Any) -> tuple[Any, ...] | None:
    """A key that means the same to torch as to NumPy, in torch's terms; None for any other.

    These are slices forwards, integers, None and Ellipsis; one array of integers or a mask between full slices; or
    arrays of integers alone.
    """
    parts = key if isinstance(key, tuple) else (key,)
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    if not arrays:
        fine = all(
            part is None
            or part is Ellipsis
            or (isinstance(part, (int, np.integer)) and not isinstance(part, bool))
            or (isinstance(part, slice) and (part.step is None or part.step > 0))
            for part in parts
        )
        return tuple(int(part) if isinstance(part, np.integer) else part for part in parts) if fine else None
    full = [part for part in parts if part is Ellipsis or (isinstance(part, slice) and part == slice(None))]
    integers = all(part.dtype.kind in "iu" and part.ndim for part in arrays)
    lone = len(arrays) == 1 and len(full) + 1 == len(parts) and arrays[0].ndim
    return parts if lone or (integers and len(arrays) == len(parts)) else None


def _indices(key: tuple[Any, ...], device: Any) -> tuple[Any, ...]:
    return tuple(
        torch.tensor(np.array(part, dtype=bool if part.dtype == bool else np.int64, order="C"), device=device)
        if isinstance(part, np.ndarray)
        else part
        for part in key
    )


def _index(x: Any, key: Any) -> Any:
    plain = _plain(key)
    if plain is not None:
        return x[_indices(plain, x.device)]
    places = standard.positions(key, tuple(x.shape))
    return x.reshape(-1)[torch.tensor(places, device=x.device)]


def _scatter(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros with x added in at ``key``, as often as it names a place."""
    places = standard.positions(key, shape)
    flat = torch.zeros(int(np.prod(shape)), dtype=x.dtype, device=x.device)
    added = torch.broadcast_to(x, places.shape).reshape(-1)
    return flat.index_add(0, torch.tensor(places.reshape(-1), device=x.device), added).reshape(shape)


def _assign(x: Any, entries: Any, key: Any) -> Any:
    """x with other entries at ``key``; where a place is named twice, the last entry stays."""
    places = standard.positions(key, tuple(x.shape))
    flat = places.reshape(-1)
    last = np.unique(flat[::-1], return_index=True)[1]
    new = torch.broadcast_to(entries, places.shape).reshape(-1)
    dtype = torch.promote_types(x.dtype, entries.dtype)
    where = lambda picked: torch.tensor(picked, device=x.device)
    chosen = new[where(len(flat) - 1 - last)].to(dtype)
    return x.to(dtype).reshape(-1).index_copy(0, where(flat[len(flat) - 1 - last]), chosen).reshape(x.shape)


KERNELS: dict[str, Callable[..., Any]] = standard.kernels(torch) | {
    "sum": _reduction(torch.sum),
    "max": _reduction(torch.amax),
    "min": _reduction(torch.amin),
    "all": _reduction(torch.all, lambda x: x != 0),
    "any": _reduction(torch.any, lambda x: x != 0),
    "argmax": _position(torch.argmax),
    "argmin": _position(torch.argmin),
    "argsort": lambda x, axis: torch.argsort(x, dim=axis, stable=True),
    "cumulative_sum": lambda x, axis: torch.cumsum(x, dim=axis),
    "bitwise_invert": torch.bitwise_not,
    "sign": lambda x: torch.where(torch.isnan(x), x, torch.sign(x)),
    "integer_power": lambda x, n: torch.pow(x, n),
    "matmul": _matmul,
    "where": _where,
    "reshape": lambda x, shape: torch.reshape(x, shape),
    "permute_dims": lambda x, axes: torch.permute(x, axes),
    "matrix_transpose": lambda x: x.mT,
    "broadcast_to": lambda x, shape: torch.broadcast_to(x, shape),
    "flip": lambda x, axis: torch.flip(x, _axes(x, axis)),
    "roll": lambda x, shift, axis: torch.roll(x, shift, axis),
    "tril": lambda x, k: torch.tril(x, diagonal=k),
    "triu": lambda x, k: torch.triu(x, diagonal=k),
    "concat": lambda *arrays, axis: torch.cat(arrays, dim=axis),
    "astype": lambda x, dtype: x.to(_torch_dtype(dtype)),
    "index": _index,
    "scatter": _scatter,
    "assign": _assign,
    "sigmoid": torch.sigmoid,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "softmax": softmax,
    "logsumexp": _reduction(torch.logsumexp),
    "erf": torch.special.erf,
    "gammaln": torch.special.gammaln,
    "polygamma": _polygamma,
    "real": torch.real,
    "imag": lambda x: torch.imag(x) if x.is_complex() else torch.zeros_like(x),
    "conj": torch.conj_physical,
    "fft": lambda x, axis, norm: torch.fft.fft(x, dim=axis, norm=norm),
    "ifft": lambda x, axis, norm: torch.fft.ifft(x, dim=axis, norm=norm),
    **torch_special.kernels(torch),
    **packed_linalg.kernels(torch, torch.detach),
    "solve": _solve,
}
