"""The kinds of rule, and how cotangents pass back through shapes.

A rule gives two products with the Jacobian of its primitive: ``push`` (forward, the tangents of all arguments to
the tangent of the result) and ``pull`` (reverse, the cotangent of the result to that of one argument).

A cotangent may have a smaller shape than its array, one that broadcasts to it (a scalar after ``sum``); it is
made whole only where an operation needs every element. In the same way it may be real where its array is complex.

Complex numbers: tangents and cotangents are paired by Re Σ ȳ ẏ, without conjugation. The transpose of a complex-linear
product is then the plain transpose; that of a real-linear one follows from Re(t conj(s)) = Re(conj(t) s). The
cotangent of a real array is real.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.level import Traced
from derivlab.array.parts import is_complex
from derivlab.array.primitive import Primitive
from derivlab.errors import UnsupportedError
from derivlab.libraries.numpy import is_basic


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array or a Python number."""
    return getattr(x, "shape", ())


def onto(t: Any, x: Any) -> Any:
    """t as a cotangent of x: its real part where x is real, for then Re(t ẋ) = Re(t) ẋ."""
    if type(t) is np.float64:  # most of the single numbers there are, at a third of the time
        return t
    return p.real(t) if is_complex(t) and not is_complex(x) else t


def _widened(t: Any, x: Any) -> Any:
    """t complex where x is, for what writes into it."""
    return p.astype(t, dtype=x.dtype) if is_complex(x) and not is_complex(t) else t


def bent(slope: Any, x: Any, kink: Any) -> Any:
    """A slope by convention where ``kink``: to take its own derivative there is NaN, for it jumps."""
    if not (isinstance(x, Traced) and x.level.differentiates and x.level.carries(x)):
        return slope
    return slope + p.kink(p.where(kink, x, 0.0))


def whole(t: Any, shape: tuple[int, ...]) -> Any:
    """t in its full shape."""
    return t if shape_of(t) == shape else p.broadcast_to(t, shape=shape)


def unbroadcast(t: Any, source: tuple[int, ...], target: tuple[int, ...]) -> Any:
    """Transpose of broadcasting ``target`` to ``source``: sums a cotangent over the repeated axes.

    Where t itself is smaller than ``source``, its repetitions are counted instead of summed.
    """
    shape = shape_of(t)
    if shape == source == target:
        return t
    lead, gap = len(source) - len(target), len(source) - len(shape)
    axes, count = [], 1
    for axis, size in enumerate(source):
        if size != 1 and (axis < lead or target[axis - lead] == 1):
            if axis >= gap and shape[axis - gap] == size:
                axes.append(axis - gap)
            else:
                count *= size
    if axes:
        t = p.sum(t, axis=tuple(axes), keepdims=True)
    if count != 1:
        t = t * count
    extra = len(shape) - len(target)
    return p.reshape(t, shape=shape_of(t)[extra:]) if extra > 0 else t


def expand_reduced(t: Any, x: Any, axis: tuple[int, ...] | None, keepdims: bool) -> Any:
    """Transpose of ``sum``: the reduced axes come back with length 1, and broadcast."""
    shape = shape_of(t)
    if axis is None or keepdims or not shape:
        return t
    ndim = len(shape_of(x))
    sizes = iter((1,) * (ndim - len(axis) - len(shape)) + shape)
    return p.reshape(t, shape=tuple(1 if a in axis else next(sizes) for a in range(ndim)))


def concat_back(i: int, t: Any, values: Sequence[Any], axis: int) -> Any:
    """The part of t that belongs to array i."""
    start = sum(shape_of(x)[axis] for x in values[:i])
    return p.index(t, key=(slice(None),) * axis + (slice(start, start + shape_of(values[i])[axis]),))


def assign_back(i: int, t: Any, values: Sequence[Any], key: Any) -> Any:
    """The part of t that belongs to the array (0), or to the entries written into it (1)."""
    if i == 0:
        return p.assign(t, 0.0, key=key)
    picked = p.index(t, key=key)
    if not is_basic(key) and not np.all(stays := _stays(key, shape_of(values[0]))):
        picked = p.where(stays, picked, 0.0)
    return unbroadcast(picked, shape_of(picked), shape_of(values[1]))


def _stays(key: Any, shape: tuple[int, ...]) -> Any:
    """Which entries written at ``key`` stay: where a place is named twice, the last one."""
    size = math.prod(shape)
    places, owner = np.arange(size).reshape(shape)[key], np.empty(size, dtype=int)
    order = np.arange(places.size).reshape(places.shape)
    owner[places] = order
    return owner[places] == order


def matmul_left(t: Any, x: Any, y: Any) -> Any:
    """Cotangent of x in x @ y, for the vector, matrix and batched forms of the standard."""
    if y.ndim == 1:
        return t * y if x.ndim == 1 else _column(t) * y
    product = _matvec(y, t) if x.ndim == 1 else t @ y.mT
    return product if product.shape == x.shape else unbroadcast(product, product.shape, x.shape)


def matmul_right(t: Any, x: Any, y: Any) -> Any:
    """Cotangent of y in x @ y."""
    if x.ndim == 1:
        return t * x if y.ndim == 1 else p.reshape(x, shape=(*x.shape, 1)) * _row(t)
    product = _matvec(x.mT, t) if y.ndim == 1 else x.mT @ t
    return product if product.shape == y.shape else unbroadcast(product, product.shape, y.shape)


def _matvec(matrix: Any, t: Any) -> Any:
    if matrix.ndim == 2 and t.ndim == 1:
        return p.matmul(matrix, t)
    product = p.matmul(matrix, _column(t))
    return p.reshape(product, shape=shape_of(product)[:-1])


def _row(t: Any) -> Any:
    return p.reshape(t, shape=(*shape_of(t)[:-1], 1, shape_of(t)[-1]))


def _column(t: Any) -> Any:
    return p.reshape(t, shape=(*shape_of(t), 1))


Term = Callable[..., Any]
Params = Mapping[str, Any]


class Rule:
    """The derivative of one primitive.

    ``lazy`` rules accept a cotangent that is smaller than the result; for all others the sweep makes it whole.
    """

    lazy = False

    def depends(self, i: int) -> bool:
        """Whether the result depends smoothly on argument i."""
        return True

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        """The tangent of the result y; a tangent of None is zero, and so is an answer of None."""
        raise NotImplementedError

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        """The cotangent of argument i, an array, from the cotangent t of the result y; None is zero."""
        raise NotImplementedError


class Elementwise(Rule):
    """One expression linear in t for each argument."""

    lazy = True

    def __init__(self, terms: tuple[Term | None, ...]) -> None:
        self.terms = terms

    def depends(self, i: int) -> bool:
        return self.terms[i] is not None

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        total: Any = None
        for term, t in zip(self.terms, tangents, strict=True):
            if t is not None and term is not None:
                part = term(t, y, *values, **params)
                total = part if total is None else total + part
        return total if total is None else whole(total, shape_of(y))

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        if (term := self.terms[i]) is None:
            return None
        part = term(t, y, *values, **params)
        if len(values) > 1:  # of one argument the result is complex where that is
            part = onto(part, values[i])
        source, target = y.shape, values[i].shape
        return part if source == target else unbroadcast(part, source, target)


class Kink(Elementwise):
    """0 at a point where a slope jumps: a cotangent of 0 does not make its derivative finite."""

    def __init__(self) -> None:
        super().__init__((lambda t, y, x: p.undefined(t),))

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        return whole(t, shape_of(y)) * math.nan


class RealValued(Elementwise):
    """A real function of one argument, which may be complex: ẏ = Re(term(ẋ)), and x̄ = term(ȳ)."""

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        pushed = super().push(primitive, tangents, y, values, params)
        return None if pushed is None else onto(pushed, y)


class RealLinear(Elementwise):
    """A real-linear part of a complex number: the tangent passes through it, the cotangent by its own expression."""

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        return primitive(tangents[0], **params)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        return onto(super().pull(i, t, y, values, params), values[i])


class Steps(Rule):
    """A result that moves in steps: its derivative is 0 wherever it exists."""

    def depends(self, i: int) -> bool:
        return False

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        return None

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        return None


class RealSteps(Steps):
    """Steps for real numbers, where a complex one would move."""

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        return self.pull(0, tangents[0], y, values, params)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        if is_complex(y):
            raise UnsupportedError("primitive sign of complex numbers has no rule; write xp.sign(z), or z / abs(z)")


class Linear(Rule):
    """A primitive linear in its only argument: the tangent passes through it, the cotangent back."""

    def __init__(self, transpose: Term, *, lazy: bool = False) -> None:
        self.transpose = transpose
        self.lazy = lazy

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        return primitive(tangents[0], **params)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        return self.transpose(t, values[0], **params)


class Gather(Rule):
    """A primitive linear in all of its arguments jointly (``concat``)."""

    def __init__(self, back: Term) -> None:
        self.back = back

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        filled = [_zeros(x) if t is None else _widened(t, x) for t, x in zip(tangents, values, strict=True)]
        return primitive(*filled, **params)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        return onto(self.back(i, t, values, **params), values[i])


def _zeros(x: Any) -> Any:
    return np.zeros(x.shape, x.dtype)[()] if hasattr(x, "shape") else 0.0


class Bilinear(Rule):
    """A product, linear in each of two arguments."""

    def __init__(self, left: Term, right: Term) -> None:
        self.sides = (left, right)

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        parts = []
        if tangents[0] is not None:
            parts.append(primitive(tangents[0], values[1], **params))
        if tangents[1] is not None:
            parts.append(primitive(values[0], tangents[1], **params))
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        return onto(self.sides[i](t, *values, **params), values[i])


class Weighted(Rule):
    """A reduction y = r(x) with ẏ = Σ w ẋ and x̄ = w ȳ, for weights w(x)."""

    def __init__(self, weights: Term) -> None:
        self.weights = weights

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        return p.sum(tangents[0] * self.weights(values[0], params["axis"]), **params)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        x = values[0]
        return expand_reduced(t, x, **params) * self.weights(x, params["axis"])


class Symmetric(Rule):
    """A primitive with a symmetric Jacobian: one product serves both ways."""

    def __init__(self, product: Term) -> None:
        self.product = product

    def push(self, primitive: Primitive, tangents: Sequence[Any], y: Any, values: Sequence[Any], params: Params) -> Any:
        return self.product(tangents[0], y, values[0], **params)

    def pull(self, i: int, t: Any, y: Any, values: Sequence[Any], params: Params) -> Any:
        return self.product(t, y, values[0], **params)
