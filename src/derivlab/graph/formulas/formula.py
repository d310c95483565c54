"""Formulas as TeX with enough structure to multiply, add and transpose them as one does on paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from derivlab.graph.formulas.notation import Symbol, number

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
    if isinstance(value, complex):
        return _of_complex(value)
    text = number(abs(value) if not isinstance(value, bool) else value)
    level = TIMES if " " in text else APPLY if r"\frac" in text else ATOM
    negative = not isinstance(value, bool) and value < 0
    return Formula(
        f"-{text}" if negative else text, SUM if negative else level, (), structure=Product(float(value), ())
    )


def _of_complex(value: complex) -> Formula:
    """b i, or (a + b i)."""
    imaginary = render(Product(float(value.imag), (Formula(r"\mathrm{i}", ATOM, ()),)), (), 0)
    if value.real == 0:
        return imaginary
    sign = "" if imaginary.text.startswith("-") else "+ "
    return Formula(parentheses(f"{of_number(float(value.real)).text} {sign}{imaginary.text}"), ATOM, ())


def size_of(parts: Sequence[Formula]) -> int:
    """Operations in all of some operands."""
    return sum(part.size for part in parts)


def product_of(x: Formula) -> Product:
    """The factors of a formula: itself, if it is no product."""
    return x.structure if isinstance(x.structure, Product) else Product(1.0, (x,))


def multiply(x: Formula, y: Formula, shape: Shape) -> Formula:
    """x ⊙ y, or a plain product where one is a scalar."""
    a, b = product_of(x), product_of(y)
    size = x.size + y.size + 1
    return render(Product(a.coefficient * b.coefficient, a.tops + b.tops, a.bottoms + b.bottoms), shape, size)


def divide(x: Formula, y: Formula, shape: Shape) -> Formula:
    """x over y, elementwise; fractions of fractions become one."""
    a, b = product_of(x), product_of(y)
    size = x.size + y.size + 1
    coefficient = -a.coefficient if b.coefficient < 0 else a.coefficient
    extra = () if abs(b.coefficient) == 1.0 else (of_number(abs(b.coefficient)),)
    return render(Product(coefficient, a.tops + b.bottoms, a.bottoms + extra + b.tops), shape, size)


def render(product: Product, shape: Shape, size: int) -> Formula:
    """A product as TeX."""
    product = _cancelled(product, shape)
    tops, bottoms = product.tops, product.bottoms
    if len(tops) == 1 and not bottoms and product.coefficient == 1.0:
        return replace(tops[0], shape=shape, size=size)
    magnitude = abs(product.coefficient)
    over = _join(magnitude, tops)
    if not bottoms:
        level = over.level
        text = over.text
    else:
        under = _join(1.0, bottoms).text
        apart = not any(x.shape for x in bottoms) and len(over.text) > 1 and any(x.level == BIG for x in tops)
        text = rf"\frac{{1}}{{{under}}} {over.held(TIMES)}" if apart else rf"\frac{{{over.text}}}{{{under}}}"
        level = TIMES if apart else APPLY
    if product.coefficient < 0:
        text, level = f"-{over.held(BIG) if not bottoms else text}", SUM
    return Formula(text, level, shape, size, product)


def _place(x: Formula) -> int:
    """Numbers come first in a product, and sin x last."""
    if isinstance(x.structure, Product) and not x.structure.tops:
        return 0
    return 2 if x.level == APPLY and x.text.startswith("\\") else 1


def ones(shape: Shape) -> Formula:
    """The array of ones."""
    if all(n == 1 for n in shape):
        return replace(of_number(1), shape=shape)
    size = r" \times ".join(map(str, shape))
    return Formula(_ONES + (f"_{{{size}}}" if len(shape) > 1 else ""), ATOM, shape)


_ONES = r"\mathbf{1}"


def _cancelled(product: Product, shape: Shape) -> Product:
    """Without the factors that stand above and below, and without ones that change nothing."""
    common = Counter(x.text for x in product.tops) & Counter(x.text for x in product.bottoms)
    tops, bottoms = list(product.tops), list(product.bottoms)
    for text in common.elements():
        for factors in (tops, bottoms):
            factors.pop(next(k for k, x in enumerate(factors) if x.text == text))
    if common and shape and not any(_array(x) for x in (*tops, *bottoms)):
        tops.append(ones(shape))
    if any(x.shape == shape and not _is_ones(x) for x in tops):
        tops = [x for x in tops if not _is_ones(x)]
    coefficient = product.coefficient
    for k, x in enumerate(bottoms):
        divisor = x.structure.coefficient if isinstance(x.structure, Product) and not x.structure.tops else 0.0
        if divisor and not coefficient % divisor:
            coefficient /= divisor
            bottoms.pop(k)
            break
    return Product(coefficient, tuple(tops), tuple(bottoms))


def _join(coefficient: float, factors: Sequence[Formula]) -> Formula:
    """Numbers, scalars and arrays in this order, equal ones as powers."""
    counts = Counter(x.text for x in factors)
    distinct = list({x.text: x for x in factors}.values())
    powers = [x if counts[x.text] == 1 else power(x, str(counts[x.text])) for x in distinct]
    scalars = sorted((x for x in powers if not _array(x)), key=_place)
    arrays = [x for x in powers if _array(x)]
    if len(powers) == 1 and coefficient == 1.0:
        return powers[0]
    lead = of_number(coefficient).held(TIMES)
    lead = parentheses(lead) if lead.startswith(r"\ln") and powers else lead
    parts = [lead] if coefficient != 1.0 or not powers else []
    for x in scalars:
        parts.append(x.held(TIMES))
    if len(arrays) == 1:
        parts.append(arrays[0].held(TIMES))
    elif arrays:
        parts.append(r" \odot ".join(x.held(APPLY) for x in arrays))
    parts[1:] = [
        rf"\cdot {part}" if part[0].isdigit() or part.startswith(r"\mathbf{1}") else part for part in parts[1:]
    ]
    level = ODOT if len(arrays) > 1 else TIMES if len(parts) > 1 else ATOM
    return Formula(" ".join(parts), level, ())


def _is_ones(x: Formula) -> bool:
    return x.text.startswith(_ONES) and "[" not in x.text


def _array(x: Formula) -> bool:
    return any(n != 1 for n in x.shape)


def power(x: Formula, exponent: str) -> Formula:
    """x to a power, each entry on its own: a ⊙ in the exponent says so."""
    inside = rf"\odot {exponent}" if _array(x) else exponent
    return Formula(f"{x.held(ATOM)}^{{{inside}}}", POWER, x.shape, x.size + 1)
