"""Other forms of SymPy's expressions: simplified, expanded, factored, and Horner's.

All are exact: coefficients stay the rationals that they are. Each has a limit, above which it is refused, not tried.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from derivlab.errors import UnsupportedError
from derivlab.libraries.sympy import sympy

__all__ = ["check_before", "rewrite"]

DERIVED = 500_000
"""Nodes of the function, times derivatives, up to which a rewriting is tried at all."""

SIMPLIFIED = 2_000
"""Nodes of the derivatives up to which SymPy's simplify is tried."""

CALLS = 20_000_000
"""Calls and returns that SymPy's own algorithms may make, some ten seconds: their time has no other bound."""

POWER = 1_000
"""Terms of one power multiplied out, up to which SymPy's simplify is tried: it may do that without a call."""

PRODUCTS = 1_000_000
"""Products of two terms that expanding may take, a microsecond each."""

TERMS = 10_000
"""Terms of one expanded expression."""

WRITTEN = 100_000
"""Nodes of all derivatives when rewritten."""

FACTORED = 512
"""Terms and degree of a polynomial that is factored."""

DEPTH = 64
"""Parentheses that Horner's form may open: SymPy's printer and Python's parser have a limit."""


def rewrite(expressions: Sequence[Any], form: str) -> list[Any]:
    """Expressions in one of the forms, each by itself.

    Parameters
    ----------
    form
        "simplified" is what ``sympy.simplify`` finds. "expanded" is a sum of monomials, and "factored" a product of
        irreducible factors over the rationals, both in the inputs and in the functions and reciprocals of them,
        which stay as they are. "horner" is Horner's scheme for polynomials of the inputs, the first outermost.

    Raises
    ------
    UnsupportedError
        If an expression is too large for the form, or no polynomial where it has to be one.
    """
    with _bounded(form):
        if form == "simplified":
            _check_size(form, sum(_nodes(expressions)), SIMPLIFIED, "nodes")
            powers = sympy.Tuple(*expressions).atoms(sympy.Pow)
            _check_size(form, max(map(_terms_of_power, powers), default=0), POWER, "terms of one power")
            return [sympy.simplify(expression) for expression in expressions]
        expander = _Expander(form)
        rewritten = [_WRITERS[form](expander.polynomial(expression)) for expression in expressions]
    _check_size(form, sum(_nodes(rewritten)), WRITTEN, "nodes")
    return rewritten


def check_before(values: Sequence[Any], derivatives: int, form: str) -> None:
    """Refuse expressions whose derivatives are surely too large for a form, before they are derived."""
    _check_size(form, sum(_nodes(values)) * max(derivatives, 1), DERIVED, "nodes × derivatives")


class _Exhausted(BaseException):
    """No Exception, so that SymPy does not catch it."""


@contextmanager
def _bounded(form: str) -> Generator[None]:
    """Count the calls made within, and refuse the form where they are too many; not below another profiler."""
    left = CALLS

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Exhausted

    if sys.getprofile() is not None:
        yield
        return
    sys.setprofile(count)
    try:
        yield
    except _Exhausted:
        raise _too_large(form, f"SymPy found no such form within {CALLS} calls") from None
    finally:
        sys.setprofile(None)


def _check_size(form: str, size: int, limit: int, what: str) -> None:
    if size > limit:
        raise _too_large(form, f"{size:.6g} {what}, and at most {limit}")


def _too_large(form: str, why: str) -> UnsupportedError:
    return UnsupportedError(
        f'symbolic-{form}: the derivative is too large: {why}; use "symbolic" or "symbolic-cse", which leave it '
        "as it is, or an AD method"
    )


def _terms_of_power(power: Any) -> int:
    """The terms of a whole power of a sum when multiplied out, and the degree of one of anything else."""
    if not power.exp.is_Integer:
        return 1
    n, summands = abs(int(power.exp)), len(sympy.Add.make_args(power.base))
    return n if summands == 1 or n > POWER else math.comb(summands + n - 1, n)


def _nodes(expressions: Sequence[Any]) -> list[int]:
    """The nodes of each expression written out as a tree, counted without writing it out."""
    sizes: dict[Any, int] = {}
    waiting = list(expressions)
    while waiting:
        expr = waiting[-1]
        missing = [a for a in expr.args if a not in sizes]
        waiting += missing
        if not missing:
            sizes[waiting.pop()] = 1 + sum(sizes[a] for a in expr.args)
    return [sizes[expression] for expression in expressions]


class _Polynomial:
    """A sum of monomials with rational coefficients.

    Attributes
    ----------
    element
        Of a ring of SymPy.
    generators
        The expressions that the ring's symbols stand for.
    """

    def __init__(self, element: Any, generators: Sequence[Any]) -> None:
        self.element = element
        self.generators = generators

    def write(self, element: Any) -> Any:
        """An element of the ring as an expression."""
        return element.as_expr(*self.generators)


class _Expander:
    """Multiplies expressions out, up to a limit on the work for all of them."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.products = 0

    def polynomial(self, expression: Any) -> _Polynomial:
        generators = sorted(_generators(expression), key=sympy.default_sort_key)
        if not generators:
            generators = [sympy.Dummy()]
        ring, *symbols = sympy.ring([f"g{i}" for i in range(len(generators))], sympy.QQ)
        known: dict[Any, Any] = dict(zip(generators, symbols, strict=True))

        def element(expr: Any) -> Any:
            if expr not in known:
                known[expr] = combined(expr)
            return known[expr]

        def combined(expr: Any) -> Any:
            if expr.is_Rational:
                return ring(sympy.QQ(int(expr.p), int(expr.q)))
            if expr.is_Pow:
                base, power = _whole_power(expr)
                return self._power(element(base), power)
            parts = [element(a) for a in expr.args]
            total = parts[0]
            for part in parts[1:]:
                total = total + part if expr.is_Add else self._times(total, part)
            return total

        return _Polynomial(element(expression), generators)

    def _times(self, a: Any, b: Any) -> Any:
        self.products += len(a) * len(b)
        _check_size(self.form, self.products, PRODUCTS, "products of terms")
        product = a * b
        _check_size(self.form, len(product), TERMS, "terms")
        return product

    def _power(self, base: Any, n: int) -> Any:
        if len(base) <= 1:
            return base**n
        half = base if n == 1 else self._power(base, n // 2)
        square = half if n == 1 else self._times(half, half)
        return self._times(square, base) if n % 2 and n > 1 else square


def _whole_power(expr: Any) -> tuple[Any, int]:
    """Base and positive exponent: of (1 + x)⁻² they are 1/(1 + x) and 2."""
    power = int(expr.exp)
    return (expr.base, power) if power > 0 else (1 / expr.base, -power)


def _generators(expression: Any) -> Iterator[Any]:
    """The inputs, functions and reciprocals that an expression is a polynomial in."""
    waiting, seen = [expression], {expression}
    while waiting:
        expr = waiting.pop()
        parts: Sequence[Any] = ()
        if expr.is_Add or expr.is_Mul:
            parts = expr.args
        elif expr.is_Pow and expr.exp.is_Integer and expr.exp != -1:
            parts = (_whole_power(expr)[0],)
        elif not expr.is_Rational:
            yield expr
        fresh = [part for part in parts if part not in seen]
        waiting += fresh
        seen.update(fresh)


def _expanded(polynomial: _Polynomial) -> Any:
    return polynomial.write(polynomial.element)


def _factored(polynomial: _Polynomial) -> Any:
    _check_size("factored", len(polynomial.element), FACTORED, "terms when multiplied out")
    _check_size("factored", max(polynomial.element.degrees()), FACTORED, "as degree")
    coefficient, factors = polynomial.element.factor_list()
    number = sympy.QQ.to_sympy(coefficient)
    product = sympy.Mul(*(polynomial.write(factor) ** power for factor, power in factors))
    whole = number == 1 or not product.is_Add  # SymPy multiplies a sum by a number term by term
    return number * product if whole else sympy.Mul(number, product, evaluate=False)


def _horner(polynomial: _Polynomial) -> Any:
    strange = [g for g in polynomial.generators if not g.is_Symbol]
    if strange:
        raise UnsupportedError(
            f"symbolic-horner: the derivative is no polynomial of the inputs, it holds {str(strange[0])[:60]}; "
            'use "symbolic" or "symbolic-cse"'
        )
    depth = sum(len(set(powers)) for powers in zip(*polynomial.element.monoms(), strict=True))
    _check_size("horner", depth, DEPTH, "nested parentheses")
    terms = {tuple(powers): sympy.QQ.to_sympy(c) for powers, c in polynomial.element.terms()}
    return _nested(terms, polynomial.generators)


def _nested(terms: dict[tuple[int, ...], Any], generators: Sequence[Any]) -> Any:
    """Σ cₖ xᵏ as (… (cₙ x + cₙ₋₁) x + …) + c₀, the coefficients nested in the other inputs."""
    if not generators:
        return sum(terms.values())
    x, *others = generators
    by_power: dict[int, dict[tuple[int, ...], Any]] = {}
    for (power, *rest), coefficient in terms.items():
        by_power.setdefault(power, {})[tuple(rest)] = coefficient
    powers = [*sorted(by_power, reverse=True), 0]
    total: Any = sympy.S.Zero
    for power, lower in itertools.pairwise(powers):
        total = (total + _nested(by_power[power], others)) * x ** (power - lower)
    return total


_WRITERS: dict[str, Callable[[_Polynomial], Any]] = {
    "expanded": _expanded,
    "factored": _factored,
    "horner": _horner,
}
