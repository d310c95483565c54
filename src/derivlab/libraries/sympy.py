"""The primitives over SymPy expressions, and the only place that imports SymPy.

Constants enter as exact rationals, so that a double survives all manipulation and printing with every bit. Text
is never parsed: symbols are made here, under names made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy
from sympy.codegen import cfunctions
from sympy.printing.numpy import SciPyPrinter

from derivlab.errors import UndefinedError, UnsupportedError, complex_inside
from derivlab.libraries import exact_linalg
from derivlab.libraries.objects import STRUCTURAL, box, elementwise

__all__ = ["KERNELS", "SciPyPrinter", "constant", "partial", "symbols", "sympy"]


class _Step(sympy.Function):
    """A function that moves in steps: its derivative is 0 wherever it exists."""

    def fdiff(self, argindex: int = 1) -> Any:
        return sympy.Integer(0)


class floor_(_Step):
    """⌊x⌋."""

    numpy_name = "floor"


class ceil_(_Step):
    """⌈x⌉."""

    numpy_name = "ceil"


class trunc_(_Step):
    """x without its fraction."""

    numpy_name = "trunc"


class round_(_Step):
    """The nearest integer, halves to even."""

    numpy_name = "round"


class sign_(_Step):
    """−1, 0 or 1."""

    numpy_name = "sign"

    def _latex(self, printer: Any) -> str:
        return rf"\operatorname{{sign}}\left({printer.doprint(self.args[0])}\right)"


class abs_(sympy.Function):
    """|x|, whose derivative is sign(x)."""

    numpy_name = "abs"

    def fdiff(self, argindex: int = 1) -> Any:
        """sign(x)."""
        return sign_(self.args[0])

    def _latex(self, printer: Any, exp: Any = None) -> str:
        bars = rf"\left|{printer.doprint(self.args[0])}\right|"
        return bars if exp is None else f"{bars}^{{{exp}}}"


def partial(expression: Any, symbol: Any) -> Any:
    """∂ of an expression. SymPy makes its own |x| of √x², whose sign has a Dirac delta for a derivative: not ours."""
    ours = expression.replace(sympy.Abs, abs_) if expression.has(sympy.Abs) else expression
    return ours.diff(symbol)


def constant(value: Any) -> Any:
    """A number as the exact rational that it is."""
    if isinstance(value, sympy.Basic):
        return value
    if isinstance(value, (bool, np.bool_)):
        return sympy.true if value else sympy.false
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, int):
        return sympy.Integer(number)
    if isinstance(number, complex):
        raise complex_inside("symbolic")
    if not np.isfinite(number):
        raise UndefinedError(f"the constant {number} has no exact rational")
    return sympy.Rational(*number.as_integer_ratio())


def symbols(name: str, shape: tuple[int, ...]) -> Any:
    """An array of real symbols: ``x``, or ``x_0_1`` for the entry (0, 1)."""
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        array[index] = sympy.Symbol("_".join([name, *map(str, index)]), real=True)
    return array


def is_truth(array: Any) -> bool:
    """Whether an array holds formulas of truth values: comparisons, and what logic makes of them."""
    flat = array.reshape(-1)
    first: Any = flat[0] if array.dtype == object and flat.size else None
    return isinstance(first, sympy.logic.boolalg.Boolean) and not isinstance(first, sympy.Expr)  # a symbol is both


def counted(array: Any) -> Any:
    """Truth values as the numbers 1 and 0."""
    return box(elementwise(lambda c: sympy.Piecewise((1, c), (0, True)))(array))


def _extreme(relation: Any, entries: Sequence[Any]) -> Any:
    """The first entry that stands in the relation to all after it: one choice, where pairs in turn nest 2ⁿ deep."""
    later = [entries[i + 1 :] for i in range(len(entries))]
    holds = [sympy.And(*(relation(x, y) for y in rest)) for x, rest in zip(entries, later, strict=True)]
    return sympy.Piecewise(*zip(entries, holds, strict=True))


def _max(*entries: Any) -> Any:
    return _extreme(sympy.Ge, entries)


def _min(*entries: Any) -> Any:
    return _extreme(sympy.Le, entries)


def _select(c: Any, x: Any, y: Any) -> Any:
    return sympy.Piecewise((x, constant(c)), (y, True))


def _with_sign(a: Any, b: Any) -> Any:
    size: Any = abs_(a)
    return sympy.Piecewise((size, b >= 0), (-size, True))


def _remainder(a: Any, b: Any) -> Any:
    whole: Any = floor_(a / b)
    return a - whole * b


def _fold(pick: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(x: Any, axis: Any, keepdims: bool) -> Any:
        out = x
        axes = tuple(range(x.ndim)) if axis is None else axis
        for a in axes:
            folded = np.frompyfunc(pick, x.shape[a], 1)(*np.moveaxis(out, a, 0))
            out = np.expand_dims(box(folded), a)
        return out if keepdims else np.squeeze(out, axis=axes)

    return reduce


_exp = elementwise(sympy.exp)
_log = elementwise(sympy.log)

_UNARY: dict[str, Callable[..., Any]] = {
    "negative": lambda a: -a,
    "reciprocal": lambda a: 1 / a,
    "square": lambda a: a**2,
    "expm1": cfunctions.expm1,
    "log1p": cfunctions.log1p,
    "log2": cfunctions.log2,
    "log10": cfunctions.log10,
    "sigmoid": lambda a: 1 / (1 + sympy.exp(-a)),
    "softplus": lambda a: cfunctions.log1p(sympy.exp(a)),
    "gammaln": sympy.loggamma,
    "abs": abs_,
    "sign": sign_,
    "floor": floor_,
    "ceil": ceil_,
    "trunc": trunc_,
    "round": round_,
    "signbit": lambda a: sympy.Lt(a, 0),
    "logical_not": sympy.Not,
    **{
        name: getattr(sympy, name)
        for name in "exp log sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf".split()
    },
}
_BINARY: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "atan2": sympy.atan2,
    "floor_divide": lambda a, b: floor_(a / b),
    "remainder": _remainder,
    "copysign": _with_sign,
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
    "logaddexp": lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
    "maximum": _max,
    "minimum": _min,
    "equal": sympy.Eq,
    "not_equal": sympy.Ne,
    "less": sympy.Lt,
    "less_equal": sympy.Le,
    "greater": sympy.Gt,
    "greater_equal": sympy.Ge,
    "logical_and": sympy.And,
    "logical_or": sympy.Or,
    "logical_xor": sympy.Xor,
}


def _derivative(f: Callable[[Any], Any], n: int) -> Callable[[Any], Any]:
    """The n-th derivative of a function of one expression."""
    argument = sympy.Dummy("x", real=True)
    formula = f(argument)
    for _ in range(n):
        formula = partial(formula, argument)
    return lambda x: formula.subs(argument, x)


def _log_ndtr(x: Any) -> Any:
    return sympy.log(sympy.erfc(-x / sympy.sqrt(2)) / 2)


def _scaled_bessel(order: int) -> Callable[[Any], Any]:
    def formula(x: Any) -> Any:
        size: Any = abs_(x)
        return sympy.exp(-size) * sympy.besseli(order, x)

    return formula


def _gammainc(a: Any, x: Any) -> Any:
    a = constant(a)
    if a.free_symbols:
        raise UnsupportedError("symbolic: gammainc and gammaincc have a derivative in x only; keep a constant")
    return sympy.lowergamma(a, x) / sympy.gamma(a)


_SPECIAL_UNARY: dict[str, Callable[..., Any]] = {
    "erfc": sympy.erfc,
    "erfinv": sympy.erfinv,
    "ndtri": lambda a: sympy.sqrt(2) * sympy.erfinv(2 * a - 1),
    "logit": lambda a: sympy.log(a / (1 - a)),
}
_SPECIAL_BINARY: dict[str, Callable[..., Any]] = {
    "xlogy": lambda x, y: x * sympy.log(y),
    "xlog1py": lambda x, y: x * cfunctions.log1p(y),
    "log_ratio": lambda x, y: sympy.log(x / y),
    "rel_entr": lambda x, y: x * sympy.log(x / y),
    "kl_div": lambda x, y: x * sympy.log(x / y) - x + y,
    "betaln": lambda a, b: sympy.loggamma(a) + sympy.loggamma(b) - sympy.loggamma(a + b),
    "gammainc": _gammainc,
    "gammaincc": lambda a, x: sympy.Integer(1) - _gammainc(a, x),
}

KERNELS: dict[str, Callable[..., Any]] = {
    **STRUCTURAL,
    **{name: elementwise(f) for name, f in _UNARY.items()},
    **{name: elementwise(f, 2) for name, f in _BINARY.items()},
    "where": elementwise(_select, 3),
    "integer_power": lambda a, n: elementwise(lambda x: x**n)(a),
    **dict.fromkeys(("real", "conj"), lambda a: a),  # all elements are real
    "imag": elementwise(lambda a: sympy.S.Zero),
    "polygamma": lambda a, n: elementwise(lambda x: sympy.polygamma(n, x))(a),
    "max": _fold(_max),
    "min": _fold(_min),
    "logsumexp": lambda x, axis, keepdims: _log(np.add.reduce(box(_exp(x)), axis=axis, keepdims=keepdims)),
    "softmax": lambda x, axis: box(_exp(x)) / np.add.reduce(box(_exp(x)), axis=axis, keepdims=True),
    "matmul": np.matmul,
    **{name: elementwise(f) for name, f in _SPECIAL_UNARY.items()},
    **{name: elementwise(f, 2) for name, f in _SPECIAL_BINARY.items()},
    "log_ndtr": lambda a, n: elementwise(lambda x: _derivative(_log_ndtr, n)(x))(a),
    "bessel_i": lambda a, n: elementwise(lambda x: sympy.besseli(n, x))(a),
    "bessel_ie": lambda a, order, n: elementwise(lambda x: _derivative(_scaled_bessel(order), n)(x))(a),
}
LARGEST_MATRIX = 4
"""Rows of a matrix up to which its inverse is written out: each of its entries has n! terms."""


def _small(kernel: Callable[..., Any]) -> Callable[..., Any]:
    def apply(*matrices: Any, **params: Any) -> Any:
        n = max(min(x.shape[-2:]) for x in matrices)
        if n > LARGEST_MATRIX:
            raise UnsupportedError(
                f"symbolic: formulas for matrices of {n} rows are too long, {LARGEST_MATRIX} is the most; use an AD "
                "method"
            )
        return kernel(*matrices, **params)

    return apply


KERNELS.update(
    {
        name: kernel if name == "norm" else _small(kernel)
        for name, kernel in exact_linalg.kernels(exact_linalg.Exact(KERNELS, sympy.Integer(1), np.matmul)).items()
    }
)
