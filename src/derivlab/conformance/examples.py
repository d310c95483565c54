"""One call of every function of the array API standard 2024.12, on a matrix x of 3 × 3 positive numbers.

Each runs over any namespace of the standard, and answers with an array or a tuple of arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Example = Callable[[Any, Any], Any]

_FUNCTIONS_OF_ONE = """
    abs atan ceil cos cosh exp expm1 floor isfinite isinf isnan log log10 log1p log2 negative positive reciprocal round
    sign signbit sin sinh sqrt square tan tanh trunc asinh
""".split()
_FUNCTIONS_OF_TWO = """
    add atan2 copysign divide equal floor_divide greater greater_equal hypot less less_equal logaddexp maximum minimum
    multiply nextafter not_equal pow remainder subtract
""".split()


def _one(name: str) -> Example:
    return lambda xp, x: getattr(xp, name)(x)


def _two(name: str) -> Example:
    return lambda xp, x: getattr(xp, name)(x, xp.flip(x, axis=0) + 0.25)


def _bits(name: str) -> Example:
    return lambda xp, x: getattr(xp, name)(xp.astype(4 * x, xp.int64), xp.astype(2 * x, xp.int64))


def _truth(name: str) -> Example:
    return lambda xp, x: getattr(xp, name)(x > 1, x < 1.5)


def _spd(xp: Any, x: Any) -> Any:
    """A symmetric positive definite matrix of x, well away from singular ones."""
    return x @ xp.matrix_transpose(x) + 3 * xp.eye(3, dtype=x.dtype)


def _complex(xp: Any, x: Any) -> Any:
    return xp.astype(x, xp.complex128) * (1 + 2j)


def _parts(xp: Any, z: Any) -> tuple[Any, Any]:
    return xp.real(z), xp.imag(z)


ELEMENTWISE: dict[str, Example] = {
    **{name: _one(name) for name in _FUNCTIONS_OF_ONE},
    **{name: _two(name) for name in _FUNCTIONS_OF_TWO},
    **{f"bitwise_{name}": _bits(f"bitwise_{name}") for name in "and or xor left_shift right_shift".split()},
    **{f"logical_{name}": _truth(f"logical_{name}") for name in "and or xor".split()},
    "acos": lambda xp, x: xp.acos(x / 4),
    "acosh": lambda xp, x: xp.acosh(x + 1),
    "asin": lambda xp, x: xp.asin(x / 4),
    "atanh": lambda xp, x: xp.atanh(x / 4),
    "bitwise_invert": lambda xp, x: xp.bitwise_invert(xp.astype(4 * x, xp.int64)),
    "clip": lambda xp, x: xp.clip(x, 0.6, 1.6),
    "conj": lambda xp, x: _parts(xp, xp.conj(_complex(xp, x))),
    "imag": lambda xp, x: xp.imag(_complex(xp, x)),
    "logical_not": lambda xp, x: xp.logical_not(x > 1),
    "real": lambda xp, x: xp.real(_complex(xp, x)),
}

CREATION: dict[str, Example] = {
    "arange": lambda xp, x: xp.arange(1, 10, 3) * x,
    "asarray": lambda xp, x: xp.asarray(x) * xp.asarray([1.0, 2.0, 3.0]),
    "empty": lambda xp, x: (xp.empty((3, 3), dtype=x.dtype) * 0 + 1) * x,
    "empty_like": lambda xp, x: (xp.empty_like(x) * 0 + 1) * x,
    "eye": lambda xp, x: xp.eye(3, dtype=x.dtype) * x,
    "from_dlpack": lambda xp, x: xp.from_dlpack(xp.ones(3, dtype=x.dtype)) * x,
    "full": lambda xp, x: xp.full((3,), 2.0, dtype=x.dtype) * x,
    "full_like": lambda xp, x: xp.full_like(x, 2.0) * x,
    "linspace": lambda xp, x: xp.linspace(0.0, 1.0, 3, dtype=x.dtype) * x,
    "meshgrid": lambda xp, x: tuple(xp.meshgrid(x[0, :], x[1, :])),
    "ones": lambda xp, x: xp.ones(3, dtype=x.dtype) * x,
    "ones_like": lambda xp, x: xp.ones_like(x) * x,
    "tril": lambda xp, x: xp.tril(x, k=-1),
    "triu": lambda xp, x: xp.triu(x, k=1),
    "zeros": lambda xp, x: xp.zeros(3, dtype=x.dtype) + x,
    "zeros_like": lambda xp, x: xp.zeros_like(x) + x,
}

DATA_TYPES: dict[str, Example] = {
    "astype": lambda xp, x: xp.astype(x, xp.float64) * x,
    "can_cast": lambda xp, x: x * float(xp.can_cast(x.dtype, xp.complex128)),
    "finfo": lambda xp, x: x + float(xp.finfo(x.dtype).eps),
    "iinfo": lambda xp, x: x + float(xp.iinfo(xp.int8).max),
    "isdtype": lambda xp, x: x * float(xp.isdtype(x.dtype, "real floating")),
    "result_type": lambda xp, x: xp.astype(x, xp.result_type(x.dtype, xp.float64)),
}

INDEXING: dict[str, Example] = {
    "take": lambda xp, x: xp.take(x, xp.asarray([2, 0, 2]), axis=1),
    "take_along_axis": lambda xp, x: xp.take_along_axis(x, xp.argsort(x, axis=1), axis=1),
}

MANIPULATION: dict[str, Example] = {
    "broadcast_arrays": lambda xp, x: tuple(xp.broadcast_arrays(x[0, :], x)),
    "broadcast_to": lambda xp, x: xp.broadcast_to(x, (2, 3, 3)),
    "concat": lambda xp, x: xp.concat([x, 2 * x], axis=1),
    "expand_dims": lambda xp, x: xp.expand_dims(x, axis=1),
    "flip": lambda xp, x: xp.flip(x, axis=1),
    "moveaxis": lambda xp, x: xp.moveaxis(xp.expand_dims(x, axis=0), 0, 2),
    "permute_dims": lambda xp, x: xp.permute_dims(x, (1, 0)),
    "repeat": lambda xp, x: xp.repeat(x, 2, axis=0),
    "reshape": lambda xp, x: xp.reshape(x, (-1,)),
    "roll": lambda xp, x: xp.roll(x, 1, axis=0),
    "squeeze": lambda xp, x: xp.squeeze(xp.expand_dims(x, axis=0), axis=0),
    "stack": lambda xp, x: xp.stack([x, x * x], axis=1),
    "tile": lambda xp, x: xp.tile(x, (2, 1)),
    "unstack": lambda xp, x: xp.unstack(x, axis=1)[0],
}

SEARCHING: dict[str, Example] = {
    "argmax": lambda xp, x: xp.argmax(x, axis=1),
    "argmin": lambda xp, x: xp.argmin(x),
    "count_nonzero": lambda xp, x: xp.count_nonzero(x > 1, axis=0),
    "isin": lambda xp, x: xp.isin(x, x[0, :]),
    "nonzero": lambda xp, x: xp.nonzero(x > 1),
    "searchsorted": lambda xp, x: xp.searchsorted(xp.sort(x[0, :]), x[1, :]),
    "where": lambda xp, x: xp.where(x > 1, x * x, x),
    "argsort": lambda xp, x: xp.argsort(x, axis=1, descending=True),
    "sort": lambda xp, x: xp.sort(x, axis=0),
    "unique_all": lambda xp, x: tuple(xp.unique_all(x[0, :])),
    "unique_counts": lambda xp, x: tuple(xp.unique_counts(x[1, :])),
    "unique_inverse": lambda xp, x: tuple(xp.unique_inverse(x[2, :])),
    "unique_values": lambda xp, x: xp.unique_values(x),
    "all": lambda xp, x: xp.all(x > 0.5, axis=0),
    "any": lambda xp, x: xp.any(x > 2, axis=1),
    "diff": lambda xp, x: xp.diff(x, axis=0),
}

STATISTICAL: dict[str, Example] = {
    "cumulative_prod": lambda xp, x: xp.cumulative_prod(x, axis=1),
    "cumulative_sum": lambda xp, x: xp.cumulative_sum(x, axis=0, include_initial=True),
    "max": lambda xp, x: xp.max(x, axis=0),
    "mean": lambda xp, x: xp.mean(x, axis=1, keepdims=True),
    "min": lambda xp, x: xp.min(x),
    "prod": lambda xp, x: xp.prod(x, axis=1),
    "std": lambda xp, x: xp.std(x, axis=0, correction=1.0),
    "sum": lambda xp, x: xp.sum(x, axis=(0, 1)),
    "var": lambda xp, x: xp.var(x, axis=1),
}

LINEAR_ALGEBRA: dict[str, Example] = {
    "matmul": lambda xp, x: xp.matmul(x, x),
    "matrix_transpose": lambda xp, x: xp.matrix_transpose(x),
    "tensordot": lambda xp, x: xp.tensordot(x, x, axes=((1,), (0,))),
    "vecdot": lambda xp, x: xp.vecdot(x, x, axis=0),
}

LINALG: dict[str, Example] = {
    "cholesky": lambda xp, x: xp.linalg.cholesky(_spd(xp, x)),
    "cross": lambda xp, x: xp.linalg.cross(x, xp.flip(x, axis=0)),
    "det": lambda xp, x: xp.linalg.det(_spd(xp, x)),
    "diagonal": lambda xp, x: xp.linalg.diagonal(x, offset=1),
    "eigh": lambda xp, x: (xp.linalg.eigh(_spd(xp, x))[0], xp.abs(xp.linalg.eigh(_spd(xp, x))[1])),
    "eigvalsh": lambda xp, x: xp.linalg.eigvalsh(_spd(xp, x)),
    "inv": lambda xp, x: xp.linalg.inv(_spd(xp, x)),
    "matmul": lambda xp, x: xp.linalg.matmul(x, x),
    "matrix_norm": lambda xp, x: xp.linalg.matrix_norm(x, ord="nuc"),
    "matrix_power": lambda xp, x: xp.linalg.matrix_power(_spd(xp, x), 3),
    "matrix_rank": lambda xp, x: xp.linalg.matrix_rank(x),
    "matrix_transpose": lambda xp, x: xp.linalg.matrix_transpose(x),
    "outer": lambda xp, x: xp.linalg.outer(x[0, :], x[1, :]),
    "pinv": lambda xp, x: xp.linalg.pinv(x[:, :2]),
    "qr": lambda xp, x: tuple(xp.abs(part) for part in xp.linalg.qr(x)),
    "slogdet": lambda xp, x: tuple(xp.linalg.slogdet(_spd(xp, x))),
    "solve": lambda xp, x: xp.linalg.solve(_spd(xp, x), x),
    "svd": lambda xp, x: tuple(xp.abs(part) for part in xp.linalg.svd(x, full_matrices=False)),
    "svdvals": lambda xp, x: xp.linalg.svdvals(x),
    "tensordot": lambda xp, x: xp.linalg.tensordot(x, x, axes=1),
    "trace": lambda xp, x: xp.linalg.trace(x),
    "vecdot": lambda xp, x: xp.linalg.vecdot(x, x),
    "vector_norm": lambda xp, x: xp.linalg.vector_norm(x, axis=0, ord=3),
}

FFT: dict[str, Example] = {
    **{
        name: (lambda xp, x, name=name: _parts(xp, getattr(xp.fft, name)(_complex(xp, x))))
        for name in "fft fftn ifft ifftn".split()
    },
    **{name: (lambda xp, x, name=name: _parts(xp, getattr(xp.fft, name)(x))) for name in "ihfft rfft rfftn".split()},
    **{name: (lambda xp, x, name=name: getattr(xp.fft, name)(_complex(xp, x))) for name in "hfft irfft irfftn".split()},
    "fftfreq": lambda xp, x: xp.fft.fftfreq(3) * x,
    "rfftfreq": lambda xp, x: xp.fft.rfftfreq(4) * x,
    "fftshift": lambda xp, x: xp.fft.fftshift(x),
    "ifftshift": lambda xp, x: xp.fft.ifftshift(x, axes=0),
}


def _assigned(xp: Any, x: Any) -> Any:
    y = xp.zeros_like(x)
    y[1:, 0] = x[0, :2] * 2
    y[x > 1] = 3.0
    return y * x


def _in_place(xp: Any, x: Any) -> Any:
    y = x * 1.0
    y += x
    y *= 2.0
    y -= 1.0
    return y


OPERATORS: dict[str, Example] = {
    "x + y, −x, x @ y, …": lambda xp, x: (-x + 2 * x - 1 / x) @ x,
    "x ** y, 2 ** x": lambda xp, x: x**3 + 2.0**x + x**x,
    "x // y, x % y": lambda xp, x: x // 0.7 + x % 0.7,
    "x < y, x == y": lambda xp, x: (x < 1, x == 1),
    "x & y, ~x, x << y": lambda xp, x: (xp.astype(4 * x, xp.int64) & 3) << 1,
    "x[i], x[mask]": lambda xp, x: (x[0, 1:], x[x > 1]),
    "x[i] = v": _assigned,
    "x += y": _in_place,
    "x.T, x.mT": lambda xp, x: (x.T, x.mT),
}

CHAPTERS: dict[str, dict[str, Example]] = {
    "operators": OPERATORS,
    "elementwise": ELEMENTWISE,
    "creation": CREATION,
    "data types": DATA_TYPES,
    "indexing": INDEXING,
    "manipulation": MANIPULATION,
    "searching, sorting, sets": SEARCHING,
    "statistical": STATISTICAL,
    "linear algebra": LINEAR_ALGEBRA,
    "linalg": LINALG,
    "fft": FFT,
}
"""The examples by chapter of the standard."""
