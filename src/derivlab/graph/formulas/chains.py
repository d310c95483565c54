"""Products of matrices as TeX: transposes, vectors as columns, outer products."""

from __future__ import annotations

from dataclasses import replace

from derivlab.graph.formulas import formula
from derivlab.graph.formulas.formula import (
    APPLY,
    ATOM,
    POWER,
    TIMES,
    Chain,
    Formula,
    Product,
    Shape,
    product_of,
    render,
)


def multiply(x: Formula, y: Formula, shape: Shape) -> Formula:
    """x ⊙ y, or x yᵀ for a column and a row."""
    for column, row in ((x, y), (y, x)):
        if len(shape) == 2 and min(shape) > 1 and column.shape == (shape[0], 1):
            if row.shape == (1, shape[1]):
                return matmul(column, row, shape)
            if row.shape == (shape[1],):
                return matmul(column, transpose(replace(row, shape=(shape[1], 1)), (1, shape[1])), shape)
    return formula.multiply(x, y, shape)


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
