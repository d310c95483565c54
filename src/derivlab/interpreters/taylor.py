"""Taylor mode: every array carries a truncated power series, so that one run gives derivatives of any order."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from derivlab.array import primitives as p
from derivlab.array.array import Array
from derivlab.array.level import CONSTANT, Level, Traced
from derivlab.array.parts import is_complex
from derivlab.array.primitive import PLAIN, Primitive
from derivlab.errors import UnsupportedError
from derivlab.interpreters.foreign import adopted
from derivlab.interpreters.recurrences import RECURRENCES
from derivlab.interpreters.series import Coefficients, everywhere, integrate, slopes
from derivlab.rules import RULES
from derivlab.transpose import Gather, Linear, Rule, shape_of, whole

_UNBOUNDED = 2**31
_NUMBERS = frozenset({float, int, np.float64})
_SINGLE = frozenset({float, np.float64, np.ndarray})
_PIECEWISE = frozenset({"abs", "maximum", "minimum", "where", "max", "min"})
"""Linear between their kinks: each coefficient passes through the rule by itself, as a tangent does."""


class Series(NamedTuple):
    """The coefficients [c₀, …, c_d], known up to t ** ``order``; those between d and it are 0.

    ``plain`` ones are Python's floats; the array's head is then a double of NumPy.
    """

    coefficients: Coefficients
    order: int
    plain: bool


class Taylor(Level):
    """Truncated power series over any base: an array's ``attached`` is its :class:`Series`, or None for a constant.

    A primitive is applied by its recurrence (:data:`derivlab.interpreters.recurrences.RECURRENCES`), coefficient by
    coefficient where it is linear, and else by its rule alone: y′ = rule(x′, y, x) in series arithmetic. Kinks have
    the conventions of the rules, at every order.

    Cost: at order K about K² / 2 multiplications for a nonlinear primitive, one for each coefficient for a linear one.
    """

    name = "taylor"

    def input(self, value: Any, coefficients: Coefficients, order: int) -> Array:
        """The array value + Σ coefficients[k − 1] tᵏ of this level, known up to t ** order."""
        return self._array(value, [value, *coefficients], order)

    def run(self, primitive: Primitive, args: Sequence[Any], params: Mapping[str, Any]) -> Array:
        """The primitive on truncated series, by its recurrence or its rule."""
        values: list[Any] = []
        traces: list[Series | None] = []
        order, plain, moves = _UNBOUNDED, True, False
        for arg in args:
            trace: Series | None = None
            if isinstance(arg, Traced):
                level = arg.level
                if level is self:
                    arg, trace = arg.value, arg.attached
                elif level.number > self.number:
                    return level.run(primitive, args, params)
                elif level is CONSTANT:
                    arg = adopted(arg.value)
            elif type(arg) not in PLAIN:
                arg = adopted(arg)
            values.append(arg)
            traces.append(trace)
            if trace is None:
                plain = plain and type(arg) in _NUMBERS
            else:
                coefficients, known, floats = trace
                order = known if known < order else order
                plain = plain and floats
                moves = moves or len(coefficients) > 1
        y = primitive.evaluate(values, params)
        if order == _UNBOUNDED:
            return Array(self, y)
        if not moves:
            return self._array(y, [y], order)
        if is_complex(y):
            raise UnsupportedError("taylor: the function computes with complex numbers; use forward or reverse")
        recurrence = RECURRENCES.get(primitive.name)
        if recurrence is not None:
            found = None
            if plain:
                try:
                    found = recurrence(float(y), order, *_floats(values, traces, order), **params)
                except ZeroDivisionError:  # which NumPy's doubles answer with inf or NaN
                    plain = False
            if not plain:
                found = recurrence(y, order, *_series(values, traces, order), **params)
            if found is not None:
                if plain and type(y) is np.float64 and type(found[-1]) is float:
                    return Array(self, y, Series(found, order, True))
                return self._array(y, found, order)
        return self._by_rule(Call(primitive, params, values, y, order), _series(values, traces, order))

    def carries(self, array: Traced) -> bool:
        """Whether the array has coefficients beyond the first, or its value those of an outer level."""
        value = array.value
        return array.attached is not None or (isinstance(value, Traced) and value.level.carries(value))

    def coefficient(self, array: Any, k: int) -> Any:
        """c_k of an answer, or None where it is 0."""
        trace = array.attached if isinstance(array, Traced) and array.level is self else None
        if trace is None or len(trace.coefficients) <= k:
            return None
        return np.float64(trace.coefficients[k]) if trace.plain else trace.coefficients[k]

    def _by_rule(self, call: Call, series: list[Coefficients]) -> Array:
        """Coefficient by coefficient, as a tangent passes, where the primitive is linear; else by y′."""
        primitive, params, values, y, order = call
        rule = RULES[primitive.name]
        if primitive.name not in _PIECEWISE and not isinstance(rule, (Linear, Gather)):
            return self._integrated(call, rule, series)
        pushed = [
            rule.push(primitive, [s[k] if k < len(s) else None for s in series], y, values, params)
            for k in range(1, max(map(len, series)))
        ]
        if primitive.name == "abs" and order > 1 and not everywhere(y != 0):
            pushed = _bent(y, pushed, series[0], order)
        return self._array(y, [y, *pushed], order)

    def _integrated(self, call: Call, rule: Rule, series: list[Coefficients]) -> Array:
        """y′ = rule(x′, y, x), until all of y is known.

        A rule that looks at x only gives all coefficients at once, one that looks at y each from those before.
        """
        primitive, params, values, y, order = call
        moving = [
            self._array(value, s[:order], order - 1) if len(s) > 1 else value
            for value, s in zip(values, series, strict=True)
        ]
        tangents = [self._array(s[1], slopes(s), order - 1) if len(s) > 1 else None for s in series]
        known = Array(self, y, Series([y], 0, False))
        while known.attached.order < order:
            slope = rule.push(primitive, tangents, known, moving, params)
            if slope is None:
                return Array(self, y)
            known = self._array(y, integrate(y, slope.attached.coefficients), slope.attached.order + 1)
        return known

    def _array(self, value: Any, coefficients: Coefficients, order: int) -> Array:
        """The array of this level; its coefficients get the shape of the head."""
        if type(value) is np.ndarray and not value.shape:
            value = value[()]
        if type(value) is np.float64 or type(value) is float:
            kinds = set(map(type, coefficients))
            if kinds <= _SINGLE:
                floats = coefficients if len(kinds) == 1 and float in kinds else [*map(float, coefficients)]
                return Array(self, np.float64(value), Series(floats, order, True))
        shape = shape_of(value)
        return Array(self, value, Series([whole(c, shape) for c in coefficients], order, False))


def _bent(y: Any, pushed: Coefficients, x: Coefficients, order: int) -> Coefficients:
    """The coefficients of |x|, of which those after the first do not exist where x moves through 0."""
    moving = functools.reduce(p.logical_or, [p.not_equal(c, 0) for c in x[1:]])
    lost = p.where(p.logical_and(p.equal(y, 0), moving), math.nan, 0.0)
    return [c + lost if k else c for k, c in enumerate([*pushed, *[0.0] * (order - len(pushed))])]


class Call(NamedTuple):
    """A primitive applied to heads, its answer y among them, and the order to which that is wanted."""

    primitive: Primitive
    params: Mapping[str, Any]
    values: Sequence[Any]
    y: Any
    order: int


def _floats(values: Sequence[Any], traces: Sequence[Series | None], order: int) -> list[Coefficients]:
    """The series of plain arguments, all in Python's floats."""
    return [
        ([value] if type(value) is int else [float(value)])
        if trace is None
        else (trace.coefficients if trace.order == order else trace.coefficients[: order + 1])
        for value, trace in zip(values, traces, strict=True)
    ]


def _series(values: Sequence[Any], traces: Sequence[Series | None], order: int) -> list[Coefficients]:
    """The series of any arguments."""
    return [
        [value] if trace is None else _strong(value, trace, order) for value, trace in zip(values, traces, strict=True)
    ]


def _strong(head: Any, trace: Series, order: int) -> Coefficients:
    """Coefficients up to tᴷ; single doubles as NumPy's, which do not give way to a narrower dtype."""
    above = trace.coefficients[1 : order + 1]
    return [head, *map(np.float64, above)] if trace.plain else [head, *above]
