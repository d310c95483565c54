"""Tangents and cotangents to start from, and what comes out of them put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array import primitives as p
from derivlab.array import surface as xp
from derivlab.array.level import Traced
from derivlab.array.parts import is_complex, real
from derivlab.errors import AnswerError, ArgumentError, UnsupportedError
from derivlab.interpreters.foreign import adopted, is_foreign, released
from derivlab.method.inputs import complex_message
from derivlab.method.problem import Problem, name_of
from derivlab.transpose import shape_of


def check_order(order: Any, least: int = 1) -> int:
    """The order of a derivative, if it is one."""
    if isinstance(order, int) and not isinstance(order, bool) and order >= least:
        return order
    wanted, place = "a positive integer" if least else "an integer from 0 on", ""
    if least and isinstance(order, (float, complex, np.ndarray, np.floating)):
        place = "; of derivative the point comes in a second call: derivative(f)(x)"
    raise ArgumentError(f"order must be {wanted}, and is {order!r:.60}{place}")


def kept(x: Any) -> Any:
    """A copy, where the caller could write into it before he calls the pullback."""
    if is_foreign(x):
        return adopted(released(x))
    return x.copy() if isinstance(x, np.ndarray) and x.shape else x


def dtype_of(y: Any) -> Any:
    """The dtype of an array, as NumPy names it; a Python number is a double."""
    return np.dtype(type(y)) if type(y) is complex else libraries.dtype_of(y)


def as_array(y: Any) -> Any:
    """A Python number as an array."""
    return y if hasattr(y, "shape") else dtype_of(y).type(y)


def unit_cotangent(outputs: Sequence[Any], f: Any, holomorphic: bool = False) -> Any:
    """The cotangent 1 of a scalar answer, in its dtype; all else is an error, and a complex one unless holomorphic."""
    if len(outputs) == 1 and type(outputs[0]) is np.float64:
        return np.float64(1.0)
    shapes = [shape_of(y) for y in outputs]
    if shapes != [()]:
        what = f"an array of shape {shapes[0]}" if len(shapes) == 1 else f"{len(shapes)} arrays"
        one = "e.g. xp.sum(y) or y[0]" if len(shapes) == 1 else "with has_aux=True where the second is data beside it"
        raise AnswerError(f, *not_scalar(f, what, one))
    check_smooth(outputs[0], f, complex_too=True)
    if is_complex(outputs[0]) and not holomorphic:
        raise AnswerError(
            f,
            f"needs a real-valued function, and {name_of(f)} returned a complex number",
            "Return a real one, e.g. abs(y) or xp.real(y); of a holomorphic function of a complex argument write "
            "grad(f, holomorphic=True), and of a real argument derivative(f) or jacobian(f)",
            "Return a real one, e.g. abs(y) or xp.real(y); of a holomorphic function of one number write "
            "derivative(f, order=2)",
        )
    return np.dtype(dtype_of(outputs[0])).type(1)


def not_scalar(f: Any, what: str, one: str = "e.g. xp.sum(y)") -> tuple[str, str, str]:
    """What an operator says that needs one number, and what to type instead of one of first and of second order."""
    return (
        f"needs a scalar-valued function, and {name_of(f)} returned {what}",
        f"Use jacobian(f) for all derivatives, or return one number, {one}",
        f"Return one number, {one}, or take jacobian(jacobian(f)) for all second derivatives",
    )


def check_smooth(output: Any, f: Any, complex_too: bool = False) -> None:
    """Refuse an answer that moves in steps, or that left the real numbers."""
    kind = np.dtype(dtype_of(output)).kind
    if kind in "iub":
        raise ArgumentError(
            f"{name_of(f)} returned {dtype_of(output)}, which moves in steps and has no slope; return a float"
        )
    if kind == "c" and not complex_too:
        raise ArgumentError(complex_message(name_of(f)))


def lost(y: Any) -> Any:
    """Where an answer is no number, as a mask; None where all of it is one.

    While a program is recorded this is a branch, so that it holds for numbers only. A formula holds for all.
    """
    if isinstance(y, (float, np.floating)):
        return np.True_ if y != y else None
    shape = shape_of(y)
    if 0 in shape:
        return None
    try:
        if is_complex(y):
            fine = p.all(p.equal(y, y), axis=None, keepdims=False)
        else:
            least = p.min(y, axis=None, keepdims=False) if shape else y  # NaN if any entry is
            fine = p.equal(least, least)
        return None if bool(fine) else p.not_equal(y, y)
    except UnsupportedError:
        return None


def nan_with(t: Any, y: Any) -> Any:
    """A tangent, NaN where the answer is: log has no slope at −1, though 1/x has a value there."""
    mask = lost(y)
    return t if mask is None else t + p.astype(p.where(mask, np.nan, 0.0), dtype=t.dtype)


def nan_rows(block: Sequence[Any], y: Any) -> list[Any]:
    """Jacobians of y, each of a shape that begins with that of y, NaN in the rows where y is."""
    mask, shape = lost(y), shape_of(y)
    if mask is None:
        return list(block)
    rows = [p.reshape(mask, shape=shape + (1,) * (t.ndim - len(shape))) for t in block]
    return [t + p.astype(p.where(row, np.nan, 0.0), dtype=t.dtype) for t, row in zip(block, rows, strict=True)]


def basis(x: Any, index: tuple[int, ...]) -> Any:
    """The tangent that moves one entry of x."""
    basis = np.zeros(x.shape, x.dtype)
    basis[index] = 1
    return basis[()]


def moves(t: Any) -> bool:
    """Whether a tangent or cotangent is not known to be 0; one that is takes no part, not even where slopes are ∞."""
    return bool(np.count_nonzero(t)) if isinstance(t, (np.ndarray, np.generic)) else t is not None


def one_hot(outputs: Sequence[Any], k: int, index: tuple[int, ...], unit: complex = 1) -> list[Any]:
    """Cotangents that pick one entry of one answer; with ``unit`` −i its imaginary part."""
    seeds = [np.zeros(shape_of(y), dtype_of(y)) for y in outputs]
    seeds[k][index] = unit
    return [seed[()] for seed in seeds]


def inner(left: Sequence[Any], right: Sequence[Any]) -> Any:
    """Σ ⟨left, right⟩ over leaves; None is zero."""
    products = [
        p.sum(a * b, axis=None, keepdims=False)
        for a, b in zip(left, right, strict=True)
        if a is not None and b is not None
    ]
    return sum(products[1:], products[0]) if products else np.float64(0)


def real_inner(left: Sequence[Any], right: Sequence[Any]) -> Any:
    """Re Σ left · right, the pairing of cotangents with tangents."""
    return real(inner(left, right))


def stack(parts: list[Any], shape: tuple[int, ...], dtype: Any, lead: int = 0) -> Any:
    """Parts as one array; with ``lead``, the first axes (of the input) move behind those of the output."""
    if not parts:
        stacked: Any = np.zeros(shape, dtype)
    elif any(isinstance(part, Traced) for part in parts):
        stacked = xp.reshape(xp.stack(parts), shape)
    else:
        stacked = np.stack(parts).reshape(shape)
        stacked = stacked if stacked.dtype.kind == "c" else stacked.astype(dtype, copy=False)
    if not lead:
        return stacked[()] if isinstance(stacked, np.ndarray) else stacked
    return xp.permute_dims(stacked, (*range(lead, len(shape)), *range(lead)))


def check_pair(operator: str, primals: Any, tangents: Any) -> None:
    """An error for primals and tangents that are not tuples of one length."""
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple) or len(primals) != len(tangents):
        raise ArgumentError(f"{operator} needs primals and tangents as tuples of one length: {operator}(f, (x,), (v,))")


def matching_tangents(problem: Problem, tangents: tuple[Any, ...]) -> list[Any]:
    """The leaves of tangents in the shapes and dtypes of the primals, or an error."""
    leaves = problem.unpack_tangents(tangents)
    return [
        in_dtype(t, x.dtype) if isinstance(t, Traced) else t.astype(x.dtype)  # a copy: it may be the answer itself
        for t, x in zip(leaves, problem.primals, strict=True)
    ]


def in_dtype(t: Any, dtype: Any) -> Any:
    """A tangent or cotangent of another library in a dtype; one that carries a derivative as it is."""
    return t.astype(dtype) if is_foreign(t) and t.dtype != dtype else t
