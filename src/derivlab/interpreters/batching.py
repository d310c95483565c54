"""What each primitive does to a batch: one rule for each, that keeps the axis of the members first.

A rule takes the values of the arguments, of which those marked ``batched`` have the axis of the members before their
own axes, and gives a value with that axis. It is written with primitives and with the methods that all arrays share, so
that the base may be any array.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.primitive import Primitive
from derivlab.transpose import shape_of

Values = Sequence[Any]
Marks = Sequence[bool]
Params = Mapping[str, Any]
BatchingRule = Callable[[Primitive, Values, Marks, Params], Any]


def _ndim(x: Any, batched: bool) -> int:
    """The number of axes of one member."""
    return len(shape_of(x)) - batched


def _raised(x: Any, ndim: int, *, behind: int = 0) -> Any:
    """A batch whose members have ``ndim`` axes: new ones come right after the axis of the members.

    With ``behind``, that many come last.
    """
    shape = x.shape
    new = ndim + 1 - len(shape) - behind
    if new <= 0 and not behind:
        return x
    return x.reshape((*shape[:1], *(1,) * new, *shape[1:], *(1,) * behind))


def common_size(values: Values, batched: Marks) -> int:
    """The entries of a member of what an elementwise operation makes of these arguments."""
    shapes = [shape_of(x)[b:] for x, b in zip(values, batched, strict=True)]
    longest = max(shapes, key=len)
    alike = all(shape in (longest, ()) for shape in shapes)
    return math.prod(longest if alike else np.broadcast_shapes(*shapes))


def _shifted(axis: Any, ndim: int) -> Any:
    """Axes of a member as axes of the batch; None becomes all but the first."""
    if axis is None:
        return tuple(range(1, ndim + 1))
    if isinstance(axis, tuple):
        return tuple(a % ndim + 1 for a in axis)
    return axis % ndim + 1


def elementwise(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    """Axes are aligned from the last, and that of the members must stay first."""
    if len(values) == 1:
        return primitive.evaluate(values, params)
    ndim = max([_ndim(x, b) for x, b in zip(values, batched, strict=True)])
    return primitive.evaluate([_raised(x, ndim) if b else x for x, b in zip(values, batched, strict=True)], params)


def _along(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    """An operation along axes, or over them: the axes move up by one."""
    (x,) = values
    return primitive(x, **{**params, "axis": _shifted(params["axis"], x.ndim - 1)})


def _position(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    """argmax and argmin, which count over all entries where there is no axis."""
    (x,) = values
    if params["axis"] is not None:
        return _along(primitive, values, batched, params)
    flat = primitive(x.reshape((x.shape[0], math.prod(x.shape[1:]))), axis=1, keepdims=False)
    return _raised(flat, x.ndim - 1) if params["keepdims"] else flat


def _roll(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    (x,) = values
    if params["axis"] is not None:
        return _along(primitive, values, batched, params)
    flat = x.reshape((x.shape[0], math.prod(x.shape[1:])))
    return primitive(flat, shift=params["shift"], axis=1).reshape(x.shape)


def _reshape(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    (x,) = values
    shape = params["shape"]
    if -1 in shape:
        known = math.prod(size for size in shape if size != -1)
        shape = tuple(math.prod(x.shape[1:]) // max(known, 1) if size == -1 else size for size in shape)
    return primitive(x, shape=(x.shape[0], *shape))


def _permute(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    (x,) = values
    return primitive(x, axes=(0, *_shifted(tuple(params["axes"]), x.ndim - 1)))


def _broadcast(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    (x,) = values
    shape = params["shape"]
    return primitive(_raised(x, len(shape)), shape=(x.shape[0], *shape))


def _matrices(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    """An operation on the last two axes, both of which must be the member's own."""
    (x,) = values
    if x.ndim >= 3:
        return primitive(x, **params)
    if x.ndim == 2 and primitive is not p.matrix_transpose:  # NumPy repeats a vector, for a triangle of its rows
        rows = p.broadcast_to(_raised(x, 2), shape=(x.shape[0], x.shape[1], x.shape[1]))
        return primitive(rows, **params)
    raise ValueError(f"{primitive.name} needs a matrix, and got shape {x.shape[1:]}")


def _concat(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    length = next(x.shape[0] for x, b in zip(values, batched, strict=True) if b)
    parts = [x if b else p.broadcast_to(x, shape=(length, *shape_of(x))) for x, b in zip(values, batched, strict=True)]
    return primitive(*parts, axis=_shifted(params["axis"], parts[0].ndim - 1))


# Indexing.


def _fancy(part: Any) -> bool:
    """Whether a part of an index is an array that picks elements one by one."""
    return isinstance(part, (bool, np.bool_)) or (
        isinstance(part, np.ndarray) and (part.ndim > 0 or part.dtype == bool)
    )


def _picked(part: Any) -> tuple[int, ...]:
    """The shape of what a part of an index picks, where it is one of those that NumPy broadcasts together."""
    if isinstance(part, np.ndarray) and part.dtype != bool:
        return part.shape
    return (int(np.count_nonzero(part)),) if _fancy(part) else ()


def _consumed(part: Any) -> int:
    """The axes that a part of an index stands for."""
    if part is None or isinstance(part, (bool, np.bool_)):
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == bool else 1


class _Key:
    """An index into a member as one into the batch.

    NumPy puts the axes that arrays pick first where a slice stands between them, before that of the members too:
    ``front`` is then their number, and else 0. ``ndim`` is the number of axes of the member's result.
    """

    def __init__(self, key: Any, ndim: int) -> None:
        parts = key if isinstance(key, tuple) else (key,)
        self.key = (slice(None), *parts)
        fancy = any(_fancy(part) for part in parts)
        single = lambda part: not (part is None or part is Ellipsis or isinstance(part, slice))
        places = [i for i, part in enumerate(parts) if single(part)] if fancy else []
        picked = len(np.broadcast_shapes(*(_picked(parts[i]) for i in places)))
        self.front = picked if places and places[-1] - places[0] >= len(places) else 0
        spared = ndim - sum(_consumed(part) for part in parts if part is not Ellipsis)
        self.ndim = spared + picked + sum(1 for part in parts if part is None or isinstance(part, slice))

    def behind(self) -> tuple[int, ...]:
        """The axes of a result in the order that has the members first."""
        return (self.front, *(a for a in range(self.ndim + 1) if a != self.front))

    def ahead(self) -> tuple[int, ...]:
        """The inverse of :meth:`behind`."""
        return (*range(1, self.front + 1), 0, *range(self.front + 1, self.ndim + 1))


def _index(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    (x,) = values
    key = _Key(params["key"], x.ndim - 1)
    picked = primitive(x, key=key.key)
    return picked.transpose(key.behind()) if key.front else picked


def _scatter(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    (x,) = values
    key = _Key(params["key"], len(params["shape"]))
    x = _raised(x, key.ndim)
    return primitive(x.transpose(key.ahead()) if key.front else x, key=key.key, shape=(x.shape[0], *params["shape"]))


def _assign(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    x, entries = values
    length = x.shape[0] if batched[0] else entries.shape[0]
    key = _Key(params["key"], _ndim(x, batched[0]))
    whole = x if batched[0] else p.broadcast_to(x, shape=(length, *shape_of(x)))
    if batched[1]:
        entries = _raised(entries, key.ndim)
        entries = entries.transpose(key.ahead()) if key.front else entries
    return primitive(whole, entries, key=key.key)


# Products of matrices.


def _matmul(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    """Vectors of a batch become rows or columns of larger products, with as few reshapes as will do."""
    x, y = values
    m, n = _ndim(x, batched[0]), _ndim(y, batched[1])
    if not batched[1] and n <= 2:
        return primitive(x, y)
    if not batched[0] and n == 1 and m <= 2:
        return primitive(y, x if m == 1 else x.mT)
    ndim, row, column = max(m, n, 2), batched[0] and m == 1, batched[1] and n == 1
    left = _raised(x, ndim) if batched[0] else x
    right = _raised(y, ndim, behind=int(column)) if batched[1] else y
    product = primitive(left, right)
    shape = product.shape
    if not (row or column):
        return product
    return product.reshape((*shape[:-2], *(() if row else shape[-2:-1]), *(() if column else shape[-1:])))


def _stack(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    """An operation on stacks of matrices, which must be the member's own."""
    (x,) = values
    if x.ndim < 3:
        raise ValueError(f"{primitive.name} needs a matrix, and got shape {x.shape[1:]}")
    return primitive(x, **params)


def _solve(primitive: Primitive, values: Values, batched: Marks, params: Params) -> Any:
    """Two stacks of matrices, whose leading axes are aligned from the last."""
    ndim = max([_ndim(x, b) for x, b in zip(values, batched, strict=True)])
    return primitive(*[_raised(x, ndim) if b else x for x, b in zip(values, batched, strict=True)])


_ELEMENTWISE = """
    negative add subtract multiply divide reciprocal square sqrt integer_power power exp expm1 log log1p log2 log10
    logaddexp sin cos tan asin acos atan atan2 hypot sinh cosh tanh asinh acosh atanh sigmoid softplus erf gammaln
    polygamma erfc erfinv ndtri log_ndtr logit xlogy xlog1py log_ratio rel_entr kl_div bessel_i bessel_ie betaln
    gammainc gammaincc abs maximum minimum where sign floor ceil round trunc equal not_equal less less_equal greater
    greater_equal logical_and logical_or logical_xor logical_not isfinite isinf isnan astype floor_divide remainder
    copysign nextafter signbit bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor
    real imag conj undefined kink
""".split()
_ALONG_AXES = "sum max min norm logsumexp softmax cumulative_sum flip argsort all any fft ifft".split()

BATCHING: dict[str, BatchingRule] = {
    **dict.fromkeys(_ELEMENTWISE, elementwise),
    **dict.fromkeys(_ALONG_AXES, _along),
    "argmax": _position,
    "argmin": _position,
    "roll": _roll,
    "reshape": _reshape,
    "permute_dims": _permute,
    "broadcast_to": _broadcast,
    "matrix_transpose": _matrices,
    "tril": _matrices,
    "triu": _matrices,
    "concat": _concat,
    "index": _index,
    "scatter": _scatter,
    "assign": _assign,
    "matmul": _matmul,
    **dict.fromkeys("inv det cofactor slogdet cholesky qr completion eigh eigvalsh svd svdvals pinv".split(), _stack),
    "solve": _solve,
}
