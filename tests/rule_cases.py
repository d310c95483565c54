"""One table of cases for all primitives: where each is smooth, with which shapes and parameters.

``smooth`` cases are judged against the truth; ``steps`` cases have derivative 0 wherever it exists.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derivlab.array import surface as xp
from derivlab.array.primitives import PRIMITIVES


@dataclass(frozen=True)
class Case:
    """A primitive on inputs drawn between bounds.

    ``draw`` holds one (low, high, shape) for each argument; ``arrange`` puts the arguments into the call. ``rounding``
    is how many times the usual number of operations stand behind a digit.
    """

    name: str
    draw: tuple[tuple[float, float, tuple[int, ...]], ...]
    params: dict[str, Any] = field(default_factory=dict)
    arrange: Callable[..., tuple[Any, ...]] = lambda *args: args
    sums: bool = False
    note: str = ""
    rounding: int = 1

    @property
    def id(self) -> str:
        shapes = "-".join("x".join(map(str, shape)) or "0d" for _, _, shape in self.draw)
        return f"{self.name}:{shapes}{':' + self.note if self.note else ''}"

    def inputs(self, dtype: Any = float) -> list[Any]:
        """Inputs, the same at each call."""
        rng = np.random.default_rng(zlib.crc32(self.id.encode()))
        return [np.asarray(rng.uniform(low, high, shape)).astype(dtype)[()] for low, high, shape in self.draw]

    def apply(self, *args: Any) -> Any:
        """The primitive itself."""
        return PRIMITIVES[self.name](*self.arrange(*args), **self.params)

    def scalar(self, *args: Any) -> Any:
        """Σ w · primitive(args) with weights that tell the entries of the result apart."""
        y = self.apply(*args)
        weights = np.linspace(0.7, 1.3, int(np.prod(y.shape)) or 1).reshape(y.shape).astype(args[0].dtype)[()]
        return xp.sum(y * weights)

    @functools.cached_property
    def cubed(self) -> Callable[[Any], Any]:
        """scalar³ of all arguments in one vector: mixed derivatives count, and linear primitives have a second one."""
        args = self.inputs()

        def f(x: Any) -> Any:
            parts, start = [], 0
            for arg in args:
                parts.append(xp.reshape(x[start : start + arg.size], arg.shape))
                start += arg.size
            return self.scalar(*parts) ** 3

        return f


S = ()
V = (3,)
M = (2, 3)

_UNARY = {
    "negative": (-2, 2), "abs": (0.5, 2), "reciprocal": (0.5, 2), "square": (0.5, 2), "sqrt": (0.5, 3),
    "exp": (-2, 2), "expm1": (-1, 1), "log": (1.5, 4), "log1p": (0.2, 2), "log2": (1.5, 4), "log10": (1.5, 4),
    "sin": (0.3, 1.2), "cos": (0.3, 1.2), "tan": (0.3, 1.2), "asin": (-0.8, 0.8), "acos": (-0.8, 0.8),
    "atan": (-2, 2), "sinh": (-2, 2), "cosh": (-2, 2), "tanh": (-2, 2), "asinh": (-2, 2), "acosh": (1.5, 3),
    "atanh": (-0.8, 0.8), "sigmoid": (-3, 3), "softplus": (-3, 3), "erf": (-1.5, 1.5), "gammaln": (2.2, 5),
    "erfc": (-1.5, 1.5), "erfinv": (-0.7, 0.7), "ndtri": (0.1, 0.4), "logit": (0.1, 0.4),
}  # fmt: skip
_BINARY = {
    "add": ((-2, 2), (-2, 2)), "subtract": ((-2, 2), (-2, 2)), "multiply": ((0.5, 2), (0.5, 2)),
    "divide": ((0.5, 2), (0.5, 2)), "power": ((1.2, 3), (0.5, 2.5)), "logaddexp": ((-1, 2), (-2, 1)),
    "atan2": ((0.5, 2), (0.5, 2)), "hypot": ((0.5, 2), (0.5, 2)), "maximum": ((0, 1), (1.5, 2.5)),
    "minimum": ((0, 1), (1.5, 2.5)), "remainder": ((5.1, 5.6), (1.5, 1.6)), "copysign": ((0.5, 2), (-2, -1)),
    "xlogy": ((0.5, 2), (0.5, 2)), "xlog1py": ((0.5, 2), (0.5, 2)),
    "log_ratio": ((0.5, 1), (1.5, 4)), "rel_entr": ((0.5, 2), (0.5, 2)), "kl_div": ((0.5, 1), (1.5, 2)),
    "betaln": ((0.5, 2), (0.5, 2)),
}  # fmt: skip
_SHAPES = [(S, S), (V, V), (V, S), (S, V), (M, V), (V, M), ((2, 1), V), ((2, 1, 3), (2, 1))]
_PRODUCTS = [
    (V, V), (M, V), (V, (3, 2)), (M, (3, 2)), ((2, 1, 3), (3, 2)), (M, (2, 3, 1)), ((2, 1, 1, 3), (2, 3, 1)),
    ((2, 2, 2), (2,)), (V, (2, 3, 1)), ((1, 1), (1, 1)),
]  # fmt: skip
_SPREAD = tuple(float(i) for i in range(6))


def _apart(x: Any) -> tuple[Any, ...]:
    """Entries far enough apart that no order changes."""
    return (x + np.reshape(np.array([3.0, 0.0, 5.0, 1.5, 4.0, 2.0]), (2, 3)).astype(x.dtype),)


def _unary_cases() -> list[Case]:
    return [Case(name, ((low, high, shape),)) for name, (low, high) in _UNARY.items() for shape in (S, V, M)]


def _binary_cases() -> list[Case]:
    return [
        Case(name, ((*first, left), (*second, right)))
        for name, (first, second) in _BINARY.items()
        for left, right in _SHAPES
    ]


def _one(name: str, size: tuple[int, ...], note: str, /, low: float = 0.5, high: float = 2.0, **params: Any) -> Case:
    arrange = _apart if name in ("max", "min") and size == M else lambda x: (x,)
    return Case(name, ((low, high, size),), params, arrange, sums=True, note=note)


def _structural_cases() -> list[Case]:
    twice = (np.array([1, 0, 1]), np.array([2, 0, 2]))
    mask = np.array([[True, False, True], [False, True, True]])
    keys = {
        "int": 1, "slice": (slice(None), slice(2, None, -2)), "mask": mask, "repeated": np.array([0, 1, 1]),
        "new axis": (None, ..., 0), "grid": (np.array([[0], [1]]), np.array([0, 2, 2])),
    }  # fmt: skip
    reducing = ("sum", "max", "min", "logsumexp")
    reductions = [(None, False), ((0,), False), ((1,), True), ((0, 1), True), ((), False)]
    return [
        *[_one(n, M, f"{a} {k}", axis=a, keepdims=k) for n in reducing for a, k in reductions],
        *[_one(n, S, "all", axis=None, keepdims=False) for n in reducing],
        *[_one("softmax", M, f"{a}", axis=a) for a in (None, (0,), (1,))],
        *[_one("index", M, note, key=key) for note, key in keys.items()],
        _one("scatter", V, "repeated", key=(np.array([0, 2, 0]),), shape=(4,)),
        _one("scatter", M, "slice", key=(slice(1, 3), slice(None)), shape=(4, 3)),
        *[_one("integer_power", M, f"{n}", n=n) for n in (-2, -1, 1, 2, 3, 7)],
        _one("integer_power", S, "negative base", -2.0, -1.0, n=3),
        *[_one("polygamma", V, f"{n}", 1.5, 3.0, n=n) for n in (0, 1, 2)],
        *[_one("log_ndtr", V, f"{n}", -2.0, 1.0, n=n) for n in (0, 1)],
        *[_one("bessel_i", V, f"{n}", 0.5, 2.5, n=n) for n in (0, 1, 2)],
        *[_one("bessel_ie", V, f"{m} {n}", 0.5, 1.2, order=m, n=n) for m in (0, 1) for n in (0, 1, 2)],
        *[
            Case(name, ((0.5, 3, shape),), {}, lambda x: (np.asarray(2.5, x.dtype)[()], x))
            for name in ("gammainc", "gammaincc")
            for shape in (S, V, M)
        ],
        _one("reshape", M, "", shape=(3, 2)), _one("reshape", S, "", shape=(1, 1)),
        _one("permute_dims", (2, 1, 3), "", axes=(2, 0, 1)), _one("matrix_transpose", (2, 2, 3), ""),
        _one("broadcast_to", V, "", shape=(2, 3)), _one("broadcast_to", (2, 1), "", shape=(3, 2, 3)),
        _one("broadcast_to", S, "", shape=(2, 2)),
        _one("flip", M, "all", axis=None), _one("flip", M, "last", axis=(1,)),
        _one("roll", M, "one", shift=1, axis=(1,)), _one("roll", M, "two", shift=(1, -2), axis=(0, 1)),
        _one("tril", (2, 3, 2), "", k=0), _one("triu", M, "", k=1),
        _one("cumulative_sum", M, "0", axis=0), _one("cumulative_sum", M, "1", axis=1),
        _one("astype", M, "", dtype=np.dtype(float)),
        Case("concat", ((0.5, 2, M), (0.5, 2, (1, 3))), {"axis": 0}),
        Case("assign", ((0.5, 2, M), (0.5, 2, S)), {"key": (0, 1)}),
        Case("assign", ((0.5, 2, M), (0.5, 2, (2, 1))), {"key": (slice(None), slice(None, None, 2))}, note="broadcast"),
        Case("assign", ((0.5, 2, M), (0.5, 2, V)), {"key": twice}, note="repeated"),
        Case("assign", ((0.5, 2, M), (0.5, 2, S)), {"key": mask}, note="mask"),
        Case("concat", ((0.5, 2, (2, 1)), (0.5, 2, M)), {"axis": 1}),
        Case("concat", ((0.5, 2, V),), {"axis": 0}, lambda x: (x, np.ones(2, x.dtype), x), note="repeated"),
        *[Case("matmul", ((0.5, 2, left), (0.5, 2, right)), sums=True) for left, right in _PRODUCTS],
        Case("where", ((0.5, 2, M), (0.5, 2, M)), {}, lambda x, y: (mask, x, y)),
        Case("where", ((0.5, 2, S), (0.5, 2, (2, 1))), {}, lambda x, y: (mask, x, y), note="broadcast"),
        Case("where", ((0.5, 2, M),), {}, lambda x: (x > 1.0, x * x, x), note="own condition"),
    ]  # fmt: skip


def _complex_cases() -> list[Case]:
    """Parts of complex numbers, as they are for real ones; tests/test_complex.py has the complex ones."""
    return [Case(name, ((0.5, 2, shape),)) for name in ("real", "imag", "conj") for shape in (S, M)]


def _regular(x: Any, *others: Any) -> tuple[Any, ...]:
    """A matrix far from singular, positive definite in its lower triangle, its singular values apart."""
    m, n = x.shape[-2:]
    return (x + (np.eye(m, n) * (3.0 + np.arange(n))).astype(x.dtype), *others)


def _matrix(name: str, size: tuple[int, ...], note: str = "", /, **params: Any) -> Case:
    iterated = 8 if name in ("cofactor", "eigh", "eigvalsh", "svd", "svdvals") else 1
    return Case(name, ((-0.5, 0.5, size),), params, _regular, sums=True, note=note, rounding=iterated)


def _matrix_cases() -> list[Case]:
    systems = [((3, 3), (3, 2)), ((2, 2, 2), (2, 1)), ((2, 2), (2, 2, 1)), ((1, 1), (1, 1))]
    axes = [(None, False), ((0,), False), ((1,), True), ((0, 1), True), ((), False)]
    square = "inv det slogdet cholesky".split()
    return [
        *[_matrix(name, size) for name in square for size in ((1, 1), (2, 2, 2), (3, 3))],
        *[_matrix("cofactor", size) for size in ((1, 1), (1, 3, 3), (3, 3))],
        *[_matrix("qr", size) for size in ((3, 3), (2, 3), (2, 3, 2))],
        *[_matrix("pinv", size, rtol=None) for size in ((3, 3), (2, 3), (2, 3, 2))],
        *[_matrix(name, size) for name in ("eigh", "eigvalsh") for size in ((1, 1), (3, 3), (2, 2, 2))],
        *[_matrix(name, size) for name in ("svd", "svdvals") for size in ((3, 3), (2, 3), (2, 3, 2))],
        *[Case("solve", ((-0.5, 0.5, a), (0.5, 2, b)), {}, _regular, sums=True) for a, b in systems],
        *[_one("norm", M, f"{a} {k}", axis=a, keepdims=k) for a, k in axes],
        _one("norm", S, "all", axis=None, keepdims=False),
    ]


SMOOTH = [*_unary_cases(), *_binary_cases(), *_structural_cases(), *_matrix_cases(), *_complex_cases()]

UNDEFINED = [
    _matrix("completion", (3, 2), "Q", of="Q"), _matrix("completion", (2, 3, 1), "U", of="U"),
    _matrix("completion", (2, 3), "V", of="V"), Case("undefined", ((0.5, 2, M),)), Case("kink", ((0.5, 2, M),)),
]  # fmt: skip
"""Cases that have no derivative."""

_BY_VALUE = "sign floor ceil round trunc isfinite isinf isnan logical_not signbit".split()
_BY_PAIR = """
    equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor
""".split()
_ON_BITS = "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift".split()


def _bits(*args: Any) -> tuple[Any, ...]:
    """Small integers of floats, by a cast that their derivative does not pass."""
    return tuple(xp.astype(4 * arg, np.int64) for arg in args)


STEPS = [
    *[Case(name, ((0.6, 0.9, M),)) for name in _BY_VALUE],
    *[Case(name, ((0.6, 0.9, M), (1.6, 1.9, V))) for name in _BY_PAIR],
    *[Case(name, ((0.1, 0.9, M),), {"axis": 1, "keepdims": False}, _apart) for name in ("argmax", "argmin")],
    *[Case(name, ((0.1, 0.9, M),), {"axis": (1,), "keepdims": True}) for name in ("all", "any")],
    Case("argsort", ((0.1, 0.9, M),), {"axis": 1}, _apart),
    *[Case(name, ((0.6, 0.9, M), (0.3, 0.4, V)), {}, _bits) for name in _ON_BITS],
    Case("floor_divide", ((0.6, 0.9, M), (1.6, 1.9, V)), {}, lambda x, y: (x, y * y + 0.1)),
    Case("bitwise_invert", ((0.6, 0.9, M),), {}, _bits),
]

ELSEWHERE = {
    "nextafter": "no function of real numbers: test_surface judges it by its slope 1",
    **dict.fromkeys(("fft", "ifft"), "complex: test_fft has their cases"),
}
"""Primitives that these tables cannot judge, and why."""
