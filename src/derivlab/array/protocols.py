"""NumPy's dispatch protocols: ``np.exp(x)`` and ``np.sum(x)`` on our arrays mean the surface's ``exp`` and ``sum``.

What has no entry here is refused with its name, never computed on values that have lost their derivative.
"""

from __future__ import annotations

import importlib
import inspect
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.array import SCIPY_UFUNCS, UFUNCS
from derivlab.array.conversions import surrender
from derivlab.array.level import Traced
from derivlab.array.linalg_protocols import LINALG
from derivlab.array.methods import FUNCTIONS
from derivlab.array.surface.axes import is_complex
from derivlab.array.surface.elementwise import angle
from derivlab.errors import DerivativeLostError

_SAME_NAME = """
    add subtract multiply divide power negative exp expm1 log log1p log2 log10 logaddexp sqrt square reciprocal sin
    cos tan sinh cosh tanh hypot floor ceil trunc maximum minimum equal not_equal less less_equal greater
    greater_equal logical_and logical_or logical_xor logical_not isfinite isinf isnan matmul signbit copysign nextafter
    floor_divide remainder bitwise_and bitwise_or bitwise_xor
""".split()
_OTHER_NAME = {
    "absolute": "abs", "fabs": "abs", "rint": "round", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "invert": "bitwise_invert", "left_shift": "bitwise_left_shift", "right_shift": "bitwise_right_shift",
    "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip

_TABLE: dict[Any, Callable[..., Any]] = {
    **{getattr(np, name): p.PRIMITIVES[name] for name in _SAME_NAME},
    **{getattr(np, theirs): p.PRIMITIVES[ours] for theirs, ours in _OTHER_NAME.items()},
    np.power: xp.pow,
    np.positive: xp.positive,
    np.exp2: lambda x: p.power(2.0, x),
    np.deg2rad: lambda x: x * (np.pi / 180),
    np.radians: lambda x: x * (np.pi / 180),
    np.vecdot: xp.vecdot,
    np.logaddexp2: lambda x, y: p.logaddexp(x * math.log(2), y * math.log(2)) / math.log(2),
    np.cbrt: lambda x: xp.sign(x) * p.power(p.abs(x), 1 / 3),
    np.heaviside: lambda x, half: p.where(p.equal(x, 0), half, p.multiply(0.5, p.add(1, p.sign(x)))),
    np.conjugate: p.conj,
    np.sign: xp.sign,
}
UFUNCS.update(_TABLE)
_REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: xp.sum,
    np.multiply: xp.prod,
    np.maximum: xp.max,
    np.minimum: xp.min,
}


def call_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """``ufunc(*inputs)``, or its ``reduce``, on arrays of which at least one is ours."""
    function = UFUNCS.get(ufunc) or _of_scipy(ufunc) if method == "__call__" else None
    if method == "reduce":
        function = _REDUCTIONS.get(ufunc)
        options = {"axis": 0, **options}
    if function is None or not {key for key, value in options.items() if value is not None} <= {"axis", "keepdims"}:
        if (plain := _plain((tuple(inputs), options))) is not None:
            return getattr(ufunc, method)(*plain[0], **plain[1])
        home = "scipy.special" if _is_scipy(ufunc) else "numpy"
        return _refuse(f"{home}.{ufunc.__name__}{'' if method == '__call__' else '.' + method}", inputs, options)
    return function(*inputs, **{key: value for key, value in options.items() if value is not None or key == "axis"})


def _is_scipy(ufunc: Any) -> bool:
    """Whether a ufunc is SciPy's; it cannot be where SciPy's module was never loaded."""
    module = sys.modules.get("scipy.special")
    return module is not None and getattr(module, ufunc.__name__, None) is ufunc


def _of_scipy(ufunc: Any) -> Callable[..., Any] | None:
    """Our function for a ufunc of ``scipy.special``, known by its name; found once, it is remembered."""
    if not _is_scipy(ufunc):
        return None
    importlib.import_module("derivlab.special")  # which fills the table
    function = SCIPY_UFUNCS.get(ufunc.__name__)
    return function if function is None else UFUNCS.setdefault(ufunc, function)


def call_function(function: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> Any:
    """A function of NumPy's namespace on arrays of which at least one is ours."""
    ours = FUNCTIONS.get(function)
    if ours is None:
        if (plain := _plain((args, options))) is not None:
            return function(*plain[0], **plain[1])
        return _refuse(f"{function.__module__}.{function.__name__}", args, options)
    try:
        return ours(*args, **options)
    except TypeError:
        try:
            inspect.signature(ours).bind(*args, **options)
        except TypeError:  # an option of NumPy's that ours does not have
            return _refuse(f"{function.__module__}.{function.__name__}", args, options)
        raise


def _plain(tree: Any) -> Any:
    """Arguments with plain values in place of arrays; None where that would lose a derivative."""
    lost = False

    def convert(part: Any) -> Any:
        nonlocal lost
        if isinstance(part, Traced):
            lost = lost or part.level.carries(part)
            return None if lost else surrender(part, "numpy.asarray")
        if type(part) in (tuple, list):
            return type(part)(map(convert, part))
        return {key: convert(value) for key, value in part.items()} if type(part) is dict else part

    converted = convert(tree)
    return None if lost else converted


def _refuse(name: str, args: Sequence[Any], options: dict[str, Any]) -> Any:
    chosen = ", ".join(key for key, value in options.items() if value is not None)
    raise DerivativeLostError(
        f"{name}{f' with {chosen}=' if chosen else ''} has no derivative rule here. Write it with the functions of "
        "xp = array_namespace(x) (the Python array API standard), or with operators."
    )


def _dot(a: Any, b: Any) -> Any:
    """NumPy's dot: a product with a number, an inner product, or a sum over a's last and b's second-last axis."""
    if not np.shape(a) or not np.shape(b):
        return a * b
    if len(np.shape(a)) <= 2 and len(np.shape(b)) <= 2:
        return p.matmul(a, b)
    return xp.tensordot(a, b, axes=((-1,), (len(np.shape(b)) - 2 if len(np.shape(b)) > 1 else 0,)))


def _var(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return xp.var(x, axis=axis, correction=ddof, keepdims=keepdims)


def _std(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return xp.std(x, axis=axis, correction=ddof, keepdims=keepdims)


def _sums(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction with NumPy's options, in NumPy's order."""

    def reduce(x: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> Any:
        _no_output(out)
        return function(x if dtype is None else xp.astype(x, dtype), axis=axis, keepdims=_true(keepdims))

    return reduce


def _reduce(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction without a dtype."""

    def reduce(x: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        _no_output(out)
        return function(x, axis=axis, keepdims=_true(keepdims))

    return reduce


def _true(option: Any) -> bool:
    return option is True or option == 1


def _no_output(out: Any) -> None:
    if out is not None:
        _refuse("out=", [], {})


def _sort(x: Any, axis: Any = -1) -> Any:
    return xp.sort(xp.reshape(x, -1)) if axis is None else xp.sort(x, axis=axis)


def _cumsum(x: Any, axis: Any = None) -> Any:
    return xp.cumulative_sum(xp.reshape(x, -1) if axis is None else x, axis=axis or 0)


def _where(condition: Any, *choices: Any) -> Any:
    if len(choices) != 2:
        return _refuse("numpy.where with one argument", [], {})
    return p.where(condition, *choices)


def _transpose(x: Any, axes: Any = None) -> Any:
    return x.T if axes is None else xp.permute_dims(x, axes)


def _reshape(x: Any, shape: Any, order: str = "C") -> Any:
    if order in ("C", "A", "K"):
        return xp.reshape(x, shape)
    if order != "F":
        raise ValueError(f"order is 'C' or 'F', and not {order!r}")
    sizes = np.empty(np.shape(x), bool).reshape(shape).shape
    turned = xp.reshape(_transpose(x), tuple(reversed(sizes)))
    return _transpose(turned)


def _swap(x: Any, a: int, b: int) -> Any:
    axes = list(range(len(np.shape(x))))
    axes[a], axes[b] = axes[b], axes[a]
    return xp.permute_dims(x, axes)


def _stacked(axis: int) -> Callable[..., Any]:
    def join(arrays: Sequence[Any]) -> Any:
        row = lambda a: len(np.shape(a)) < (2 if axis == 0 else 1)
        parts = [xp.reshape(a, (1, -1) if axis == 0 else (1,)) if row(a) else a for a in arrays]
        return xp.concat(parts, axis=axis if len(np.shape(parts[0])) > 1 else 0)

    return join


def _diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    lead = (slice(None),) * (axis % len(np.shape(x)))
    for _ in range(n):
        x = x[(*lead, slice(1, None))] - x[(*lead, slice(None, -1))]
    return x


def _angle(z: Any, deg: bool = False) -> Any:
    return angle(z) * (180 / np.pi) if deg else angle(z)


_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.sum: _sums(xp.sum),
    np.prod: _sums(xp.prod),
    np.mean: _sums(xp.mean),
    np.max: _reduce(xp.max),
    np.min: _reduce(xp.min),
    np.amax: _reduce(xp.max),
    np.amin: _reduce(xp.min),
    np.all: _reduce(xp.all),
    np.any: _reduce(xp.any),
    np.var: _var,
    np.std: _std,
    np.argmax: lambda x, axis=None, keepdims=False: xp.argmax(x, axis=axis, keepdims=keepdims),
    np.argmin: lambda x, axis=None, keepdims=False: xp.argmin(x, axis=axis, keepdims=keepdims),
    np.argsort: lambda x, axis=-1: xp.argsort(x, axis=axis),
    np.sort: _sort,
    np.cumsum: _cumsum,
    np.cumulative_sum: xp.cumulative_sum,
    np.dot: _dot,
    np.vdot: lambda a, b: xp.vecdot(xp.reshape(a, -1), xp.reshape(b, -1)),
    np.inner: lambda a, b: xp.tensordot(a, b, axes=((-1,), (-1,))) if np.shape(a) and np.shape(b) else a * b,
    np.outer: lambda a, b: xp.outer(xp.reshape(a, -1), xp.reshape(b, -1)),
    np.tensordot: lambda a, b, axes=2: xp.tensordot(a, b, axes=axes),
    np.where: _where,
    np.clip: lambda x, a_min=None, a_max=None, *, min=None, max=None: xp.clip(
        x, min if a_min is None else a_min, max if a_max is None else a_max
    ),
    np.round: lambda x, decimals=0: p.round(x) if decimals == 0 else _refuse("numpy.round with decimals", [], {}),
    np.concatenate: lambda arrays, axis=0: xp.concat(arrays, axis=axis),
    np.stack: lambda arrays, axis=0: xp.stack(arrays, axis=axis),
    np.vstack: _stacked(0),
    np.hstack: _stacked(1),
    np.reshape: _reshape,
    np.ravel: lambda x, order="C": _reshape(x, -1, order),
    np.astype: lambda x, dtype, copy=True: xp.astype(x, dtype),
    np.transpose: _transpose,
    np.matrix_transpose: p.matrix_transpose,
    np.moveaxis: xp.moveaxis,
    np.swapaxes: _swap,
    np.expand_dims: lambda x, axis: xp.expand_dims(x, axis=axis),
    np.squeeze: lambda x, axis=None: xp.squeeze(
        x, tuple(i for i, n in enumerate(np.shape(x)) if n == 1) if axis is None else axis
    ),
    np.broadcast_to: xp.broadcast_to,
    np.flip: lambda x, axis=None: xp.flip(x, axis=axis),
    np.roll: lambda x, shift, axis=None: xp.roll(x, shift, axis=axis),
    np.repeat: lambda x, repeats, axis=None: xp.repeat(x, repeats, axis=axis),
    np.tile: lambda x, reps: xp.tile(x, (reps,) if isinstance(reps, int) else tuple(reps)),
    np.take: lambda x, indices, axis=None: xp.take(x, indices, axis=axis),
    np.diff: _diff,
    np.diag: lambda x, k=0: xp.diag(x, k=k),
    np.tril: lambda x, k=0: xp.tril(x, k=k),
    np.triu: lambda x, k=0: xp.triu(x, k=k),
    np.i0: lambda x: p.bessel_i(x, n=0),
    np.copy: lambda x, order="K", subok=False: x.copy(),
    np.zeros_like: lambda x, dtype=None, order="K", subok=True, shape=None: xp.zeros(
        x.shape if shape is None else shape, dtype=dtype or x.dtype
    ),
    np.empty_like: lambda x, dtype=None, order="K", subok=True, shape=None: xp.zeros(
        x.shape if shape is None else shape, dtype=dtype or x.dtype
    ),
    np.ones_like: lambda x, dtype=None: xp.ones_like(x, dtype=dtype),
    np.full_like: lambda x, fill_value, dtype=None: xp.full_like(x, fill_value, dtype=dtype),
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x, axis=None: x.size if axis is None else x.shape[axis],
    **LINALG,
}
FUNCTIONS.update(_FUNCTIONS)

_COMPLEX: dict[Callable[..., Any], Callable[..., Any]] = {
    np.conj: p.conj,
    np.real: p.real,
    np.imag: p.imag,
    np.angle: _angle,
    np.iscomplexobj: is_complex,
    np.isrealobj: lambda x: not is_complex(x),
}
FUNCTIONS.update(_COMPLEX)


# Fourier transforms, with NumPy's names for the arguments.


def _one_axis(transform: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, n=None, axis=-1, norm=None: transform(a, n=n, axis=axis, norm=norm or "backward")


def _several_axes(transform: Callable[..., Any], default: Any = None) -> Callable[..., Any]:
    return lambda a, s=None, axes=default, norm=None: transform(a, s=s, axes=axes, norm=norm or "backward")


_FOURIER: dict[Callable[..., Any], Callable[..., Any]] = {
    **{getattr(np.fft, f): _one_axis(getattr(xp.fft, f)) for f in "fft ifft rfft irfft hfft ihfft".split()},
    **{getattr(np.fft, f): _several_axes(getattr(xp.fft, f)) for f in "fftn ifftn rfftn irfftn".split()},
    **{
        getattr(np.fft, f"{f}2"): _several_axes(getattr(xp.fft, f"{f}n"), (-2, -1))
        for f in "fft ifft rfft irfft".split()
    },
    np.fft.fftshift: lambda x, axes=None: xp.fft.fftshift(x, axes=axes),
    np.fft.ifftshift: lambda x, axes=None: xp.fft.ifftshift(x, axes=axes),
}
FUNCTIONS.update(_FOURIER)
