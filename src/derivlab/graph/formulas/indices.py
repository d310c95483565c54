"""Shapes and indices as TeX: columns and rows, entries and parts, unit vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derivlab.graph.formulas.called import Params, applied, shortened
from derivlab.graph.formulas.chains import multiply, transpose
from derivlab.graph.formulas.formula import APPLY, ATOM, POWER, Formula, Shape, of_symbol, ones, parentheses, size_of
from derivlab.graph.formulas.notation import Symbol


def reshape(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    """A vector as a column is itself, as a row its transpose; other shapes are named."""
    x = args[0]
    long = [n for n in x.shape if n != 1]
    if [n for n in shape if n != 1] == long and len(long) <= 1:
        row = len(long) == 1 and len(shape) == 2 and shape[1] == long[0]
        return transpose(replace(x, shape=(*long, 1)), shape) if row else replace(x, shape=shape, entries=())
    return applied("reshape", args, {"shape": shape}, shape, x.size + 1)


def broadcast(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    """A scalar times ones; an array as it is."""
    x = args[0]
    if any(n != 1 for n in x.shape):
        return replace(x, shape=shape, entries=())
    return multiply(x, ones(shape), shape)


def permute(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    """A transpose, or the axes as subscripts."""
    if tuple(params["axes"]) == (1, 0):
        return transpose(args[0], shape)
    return applied("permute", args, {"axes": tuple(params["axes"])}, shape, args[0].size + 1)


def concat(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    """[x, y]."""
    inside = r",\, ".join(x.text for x in shortened(args))
    return Formula(rf"\left[{inside}\right]", ATOM, shape, size_of(args) + 1)


def key_of(key: Any) -> tuple[str, ...] | None:
    """The subscripts of an index; None if it picks by a mask or by arrays."""
    parts: list[str] = []
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, (int, np.integer)) and not isinstance(part, bool):
            parts.append(str(int(part)) if part >= 0 else f"({int(part)})")
        elif isinstance(part, slice) and part.step in (None, 1):
            parts.append(":".join("" if b is None else str(b) for b in (part.start, part.stop)))
        elif isinstance(part, slice):
            parts.append(":".join("" if b is None else str(b) for b in (part.start, part.stop, part.step)))
        else:
            return None
    return tuple(parts)


def _spelled(key: Any, rank: int) -> Any:
    """An index in which slices stand for an ellipsis."""
    if not isinstance(key, tuple) or not any(part is Ellipsis for part in key):
        return key
    place = next(i for i, part in enumerate(key) if part is Ellipsis)
    if not all(part is Ellipsis or isinstance(part, (int, np.integer, slice)) for part in key):
        return key
    return (*key[:place], *[slice(None)] * (rank + 1 - len(key)), *key[place + 1 :])


def _keeps_all(key: Any) -> bool:
    """Whether an index only adds axes."""
    parts = key if isinstance(key, tuple) else (key,)
    return all(part is None or part is Ellipsis or (isinstance(part, slice) and part == slice(None)) for part in parts)


def index(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    """w₀ of a letter, (…)₀ of the rest."""
    x, key = args[0], key_of(_spelled(params["key"], len(args[0].shape)))
    if _keeps_all(params["key"]):
        return reshape(args, {}, shape)
    if isinstance(x.structure, Symbol) and key is not None:
        whole = 1 if len(x.shape) == 1 and shape else len(shape)
        return of_symbol(x.structure.entry(key, whole), shape)
    subscript = r"[\cdot]" if key is None else ",".join(key)
    held = f"{{{x.text}}}" if isinstance(x.structure, Symbol) and x.structure.subscripts else x.held(ATOM)
    return Formula(f"{held}_{{{subscript}}}", POWER, shape, x.size + 1)


def scatter(args: Sequence[Formula], params: Params, shape: Shape) -> Formula:
    """x e₀: a unit vector for an entry; scatter for a part."""
    x, key = args[0], key_of(_spelled(params["key"], len(shape)))
    if _keeps_all(params["key"]):
        return reshape(args, {}, shape)
    if key is not None and len(key) == len(shape) and all(":" not in part and "(" not in part for part in key):
        unit = Formula(rf"\mathbf{{e}}_{{{','.join(key)}}}", ATOM, shape)
        return replace(multiply(x, unit, shape), entries=((key, x),))
    subscript = r"\cdot" if key is None else ",".join(key)
    return Formula(rf"\operatorname{{scatter}}_{{{subscript}}}{parentheses(x.text)}", APPLY, shape, x.size + 1)
