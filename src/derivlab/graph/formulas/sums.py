"""Sums and differences as TeX: signs, like terms, and the entries of sparse arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from derivlab.graph.formulas.formula import SUM, Formula, Shape, Terms, of_number, product_of, render, size_of


def negative(x: Formula) -> Formula:
    """−x; a difference turns round."""
    if isinstance(x.structure, Terms) and any(term.text.startswith("-") for term in x.structure.terms):
        return add([negative(term) for term in x.structure.terms], x.shape)
    a = product_of(x)
    entries = tuple((key, negative(part)) for key, part in x.entries)
    return replace(render(replace(a, coefficient=-a.coefficient), x.shape, x.size), entries=entries)


def add(operands: Sequence[Formula], shape: Shape) -> Formula:
    """A sum, a positive term first and like terms together."""
    size = size_of(operands) + len(operands) - 1
    terms = _collected([t for x in operands for t in (x.structure.terms if isinstance(x.structure, Terms) else (x,))])
    entries = _entries(operands)
    if len(terms) < 2:
        return replace(terms[0] if terms else of_number(0), shape=shape, size=size, entries=entries)
    leading = next((k for k, term in enumerate(terms) if not term.text.startswith("-")), 0)
    terms.insert(0, terms.pop(leading))
    text = terms[0].text
    for term in terms[1:]:
        text += f" - {term.text[1:]}" if term.text.startswith("-") else f" + {term.text}"
    return Formula(text, SUM, shape, size, Terms(tuple(terms)), entries)


def _collected(terms: Sequence[Formula]) -> list[Formula]:
    """The terms, those that differ by a number only as one."""
    like: dict[Any, list[Formula]] = {}
    for term in terms:
        product = product_of(term)
        tops = sorted(x.text for x in product.tops)
        like.setdefault((*tops, "over", *sorted(x.text for x in product.bottoms)), []).append(term)
    together: list[Formula] = []
    for same in like.values():
        product = product_of(same[0])
        if not product.coefficient and len(like) > 1:
            continue
        total = sum(product_of(term).coefficient for term in same)
        if len(same) == 1:
            together.append(same[0])
        elif total:
            together.append(render(replace(product, coefficient=total), same[0].shape, same[0].size))
    return together


def _entries(operands: Sequence[Formula]) -> tuple[tuple[tuple[str, ...], Formula], ...]:
    """The entries of a sum of arrays that are zero elsewhere."""
    entries: dict[tuple[str, ...], Formula] = {}
    if all(x.entries for x in operands):
        for key, part in [pair for x in operands for pair in x.entries]:
            entries[key] = add([entries[key], part], part.shape) if key in entries else part
    return tuple(sorted(entries.items(), key=lambda entry: entry[0]))
