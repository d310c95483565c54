"""Formulas as TeX with enough structure to multiply, add and transpose them as one does on paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from derivlab.graph.notation import Symbol, number

SUM, BIG, ODOT, TIMES, APPLY, POWER, ATOM = range(7)
"""How tightly a formula holds together: a sum, Σ x, A ⊙ B, A B, sin x or a fraction, x², a letter."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Product:
    """coefficient · tops / bottoms, elementwise."""

    coefficient: float
    tops: tuple[Formula, ...]
    bottoms: tuple[Formula, ...] = ()


@dataclass(frozen=True)
class Chain:
    """A product of matrices; each factor is transposed or not."""

    factors: tuple[tuple[Formula, bool], ...]


@dataclass(frozen=True)
class Terms:
    """A sum."""

    terms: tuple[Formula, ...]


@dataclass(frozen=True)
class Relation:
    """left ≤ right, and the like."""

    left: Formula
    sign: str
    right: Formula


@dataclass(frozen=True)
class Formula:
    """TeX, how tightly it holds together, the shape of its value, and the number of operations in it.

    ``entries`` are the entries of an array that is zero elsewhere, by their subscripts.
    """

    text: str
    level: int
    shape: Shape
    size: int = 0
    structure: Product | Chain | Terms | Relation | Symbol | None = None
    entries: tuple[tuple[tuple[str, ...], Formula], ...] = ()

    def held(self, level: int) -> str:
        """The text, in parentheses unless it holds together as tightly as ``level``."""
        return self.text if self.level >= level else parentheses(self.text)


def parentheses(text: str) -> str:
    """( … ), growing only where the inside is tall."""
    return rf"\left({text}\right)" if _tall(text) else f"({text})"


def _tall(text: str) -> bool:
    return any(macro in text for macro in (r"\frac", r"\sum", r"\left", r"\sqrt"))


def of_symbol(name: Symbol, shape: Shape) -> Formula:
    """A letter."""
    return Formula(str(name), ATOM, shape, structure=name)


def of_number(value: Any) -> Formula:
    """A number, whose sign stays apart."""
    text = number(abs(value) if not isinstance(value, bool) else value)
    level = TIMES if r"\times" in text or r"\ln" in text else APPLY if r"\frac" in text else ATOM
    negative = not isinstance(value, bool) and value < 0
    return Formula(f"-{text}" if negative else text, SUM if negative else level, (), structure=Product(float(value), ()))


def size_of(parts: Sequence[Formula]) -> int:
    """Operations in all of some operands."""
    return sum(part.size for part in parts)


def product_of(x: Formula) -> Product:
    """The factors of a formula: itself, if it is no product."""
    return x.structure if isinstance(x.structure, Product) else Product(1.0, (x,))


def multiply(x: Formula, y: Formula, shape: Shape) -> Formula:
    """x ⊙ y, or a plain product where one is a scalar, or x yᵀ for a column and a row."""
    if len(shape) == 2 and min(shape) > 1 and _is_column(x, shape) and _is_row(y, shape):
        return matmul(x, y, shape)
    if len(shape) == 2 and min(shape) > 1 and _is_column(y, shape) and _is_row(x, shape):
        return matmul(y, x, shape)
    a, b = product_of(x), product_of(y)
    size = x.size + y.size + 1
    return render(Product(a.coefficient * b.coefficient, a.tops + b.tops, a.bottoms + b.bottoms), shape, size)


def _is_column(x: Formula, shape: Shape) -> bool:
    return x.shape == (shape[0], 1)


def _is_row(x: Formula, shape: Shape) -> bool:
    return x.shape == (1, shape[1])


def divide(x: Formula, y: Formula, shape: Shape) -> Formula:
    """x over y, elementwise; fractions of fractions become one."""
    a, b = product_of(x), product_of(y)
    size = x.size + y.size + 1
    if b.coefficient in (1.0, -1.0):
        coefficient, extra = a.coefficient * b.coefficient, ()
    else:
        coefficient, extra = a.coefficient, (of_number(b.coefficient),)
    return render(Product(coefficient, a.tops + b.bottoms, a.bottoms + extra + b.tops), shape, size)


def negative(x: Formula) -> Formula:
    """−x; a difference turns round."""
    if isinstance(x.structure, Terms):
        return add([negative(term) for term in x.structure.terms], x.shape)
    a = product_of(x)
    entries = tuple((key, negative(part)) for key, part in x.entries)
    return replace(render(replace(a, coefficient=-a.coefficient), x.shape, x.size + 1), entries=entries)


def add(operands: Sequence[Formula], shape: Shape) -> Formula:
    """A sum, a positive term first."""
    terms = [part for x in operands for part in (x.structure.terms if isinstance(x.structure, Terms) else (x,))]
    leading = next((k for k, term in enumerate(terms) if not term.text.startswith("-")), 0)
    terms.insert(0, terms.pop(leading))
    text = terms[0].text
    for term in terms[1:]:
        text += f" - {term.text[1:]}" if term.text.startswith("-") else f" + {term.text}"
    entries: dict[tuple[str, ...], Formula] = {}
    if all(x.entries for x in operands):
        for key, part in [pair for x in operands for pair in x.entries]:
            entries[key] = add([entries[key], part], part.shape) if key in entries else part
    size = size_of(operands) + len(operands) - 1
    return Formula(text, SUM, shape, size, Terms(tuple(terms)), tuple(sorted(entries.items(), key=lambda e: e[0])))


def render(product: Product, shape: Shape, size: int) -> Formula:
    """A product as TeX."""
    tops, bottoms = product.tops, product.bottoms
    magnitude = abs(product.coefficient)
    over = _join(magnitude, tops)
    if not bottoms:
        level = over.level
        text = over.text
    else:
        under = _join(1.0, bottoms).text
        apart = not any(x.shape for x in bottoms) and len(over.text) > 1 and any(x.level <= BIG for x in tops)
        text = rf"\frac{{1}}{{{under}}} {over.held(TIMES)}" if apart else rf"\frac{{{over.text}}}{{{under}}}"
        level = TIMES if apart else APPLY
    if product.coefficient < 0:
        text, level = f"-{over.held(BIG) if not bottoms else text}", SUM
    return Formula(text, level, shape, size, product)


def _join(coefficient: float, factors: Sequence[Formula]) -> Formula:
    """Numbers, scalars and arrays in this order, equal ones as powers."""
    counts = Counter(x.text for x in factors)
    distinct = list({x.text: x for x in factors}.values())
    powers = [x if counts[x.text] == 1 else power(x, str(counts[x.text])) for x in distinct]
    scalars = sorted((x for x in powers if not _array(x)), key=lambda x: x.level == APPLY and x.text[0] == "\\")
    arrays = [x for x in powers if _array(x)]
    if len(powers) == 1 and coefficient == 1.0:
        return powers[0]
    parts = [of_number(coefficient).held(TIMES)] if coefficient != 1.0 or not powers else []
    for x in scalars:
        text = x.held(TIMES)
        parts.append(rf"\cdot {text}" if parts and text[0].isdigit() else text)
    if len(arrays) == 1:
        parts.append(arrays[0].held(TIMES))
    elif arrays:
        parts.append(r" \odot ".join(x.held(APPLY) for x in arrays))
    level = ODOT if len(arrays) > 1 else TIMES if len(parts) > 1 else ATOM
    return Formula(" ".join(parts), level, ())


def _array(x: Formula) -> bool:
    return any(n != 1 for n in x.shape)


def power(x: Formula, exponent: str) -> Formula:
    """x to a power, each entry on its own: a ⊙ in the exponent says so."""
    inside = rf"\odot {exponent}" if _array(x) else exponent
    return Formula(f"{x.held(ATOM)}^{{{inside}}}", POWER, x.shape, x.size + 1)


def _chain(x: Formula) -> tuple[tuple[Formula, bool], ...]:
    return x.structure.factors if isinstance(x.structure, Chain) else ((x, False),)


def transpose(x: Formula, shape: Shape) -> Formula:
    """xᵀ, which reverses a product."""
    product, rest = _scalars_out(x)
    factors = tuple((factor, not flipped) for factor, flipped in reversed(_chain(rest)))
    return _scaled(product, _of_chain(factors, shape, rest.size), shape)


def matmul(x: Formula, y: Formula, shape: Shape) -> Formula:
    """The matrix product, a vector being a column: xᵀy, A x, and Aᵀx for x @ A."""
    (a, left), (b, right) = _scalars_out(x), _scalars_out(y)
    first, second = _chain(left), _chain(right)
    if len(x.shape) == 1:
        if len(y.shape) == 1:
            first = _chain(transpose(left, left.shape))
        else:
            first, second = _chain(transpose(right, right.shape)), first
    coefficient = Product(a.coefficient * b.coefficient, a.tops + b.tops, a.bottoms + b.bottoms)
    return _scaled(coefficient, _of_chain(first + second, shape, left.size + right.size + 1), shape)


def _of_chain(factors: tuple[tuple[Formula, bool], ...], shape: Shape, size: int) -> Formula:
    if len(factors) == 1 and not factors[0][1]:
        return replace(factors[0][0], shape=shape)
    alone = len(factors) == 1
    texts = [rf"{x.held(ATOM)}^\top" if flipped else x.held(APPLY) for x, flipped in factors]
    return Formula(" ".join(texts), POWER if alone else TIMES, shape, size, Chain(factors))


def _scalars_out(x: Formula) -> tuple[Product, Formula]:
    """The scalar factors of an array, and the array that is left."""
    product = product_of(x)
    arrays = tuple(f for f in product.tops if f.shape)
    if not arrays or any(f.shape for f in product.bottoms):
        return Product(1.0, ()), x
    scalars = tuple(f for f in product.tops if not f.shape)
    rest = arrays[0] if len(arrays) == 1 else render(Product(1.0, arrays), x.shape, x.size)
    return Product(product.coefficient, scalars, product.bottoms), rest


def _scaled(product: Product, x: Formula, shape: Shape) -> Formula:
    if product == Product(1.0, ()):
        return x
    return render(replace(product, tops=(*product.tops, x)), shape, x.size + 1)
