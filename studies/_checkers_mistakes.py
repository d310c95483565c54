"""Forty kinds of mistakes to plant in a right gradient, each with the names that a diagnosis of it may have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Material:
    """A function of one flat vector, where it is, and its right gradient, both with the shapes of their arrays."""

    value: Callable[[Any], float]
    at: Any
    gradient: Any
    shapes: Sequence[tuple[int, ...]]

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.at.size

    @property
    def worst(self) -> int:
        """The entry of largest magnitude."""
        return int(np.argmax(np.abs(self.gradient)))

    def spans(self) -> list[slice]:
        """Where each array's entries are."""
        ends = np.cumsum([0, *(int(np.prod(shape)) for shape in self.shapes)])
        return [slice(int(a), int(b)) for a, b in zip(ends[:-1], ends[1:], strict=True)]  # noqa: RUF007


Plant = Callable[[Material], Any]
"""The wrong gradient; None where the mistake cannot be made."""


def _entry(change: Callable[[Any, int], float]) -> Plant:
    """One entry changed, the largest."""

    def plant(m: Material) -> Any:
        wrong = m.gradient.copy()
        wrong[m.worst] = change(m, m.worst)
        return wrong if m.size > 1 else None

    return plant


def _array(change: Callable[[Any], Any]) -> Plant:
    """The last array changed, of several."""

    def plant(m: Material) -> Any:
        wrong = m.gradient.copy()
        wrong[m.spans()[-1]] = change(wrong[m.spans()[-1]])
        return wrong if len(m.shapes) > 1 else None

    return plant


def _scaled(factor: Callable[[Material], float]) -> Plant:
    return lambda m: m.gradient * factor(m)


def _by_array(change: Callable[[Any, tuple[int, ...]], Any]) -> Plant:
    """Each array changed by itself."""

    def plant(m: Material) -> Any:
        pairs = zip(m.spans(), m.shapes, strict=True)
        return np.concatenate([np.ravel(change(m.gradient[span].reshape(shape), shape)) for span, shape in pairs])

    return plant


def _difference(h: float, central: bool) -> Plant:
    def plant(m: Material) -> Any:
        rows = np.eye(m.size) * h
        low = [m.value(m.at - row) if central else m.value(m.at) for row in rows]
        return (np.array([m.value(m.at + row) for row in rows]) - low) / (2 * h if central else h)

    return plant


def _ended_early(m: Material) -> Any:
    return np.append(m.gradient[:-1], 0.0) if m.size > 1 else None


def _half(m: Material) -> Any:
    return np.where(np.arange(m.size) < m.size // 2, 0.0, m.gradient)


def _exchanged(m: Material) -> Any:
    order = np.arange(m.size)
    order[:2] = order[:2][::-1]
    return m.gradient[order]


def _shuffled(m: Material) -> Any:
    return m.gradient[np.random.default_rng(3).permutation(m.size)]


def _dragged(m: Material) -> Any:
    return np.append(m.gradient[:1], m.gradient[:-1])


def _neighbour(m: Material, k: int) -> float:
    return float(m.gradient[k - 1 if k else 1])


def _row(m: Material) -> Any:
    matrices = [k for k, shape in enumerate(m.shapes) if len(shape) == 2 and min(shape) > 1]
    if not matrices:
        return None
    wrong, k = m.gradient.copy(), matrices[0]
    table = wrong[m.spans()[k]].reshape(m.shapes[k])
    table[-1] *= np.linspace(1.1, 1.7, table.shape[1])
    return wrong


def _transposed(table: Any, shape: tuple[int, ...]) -> Any:
    return table.T.reshape(shape) if len(shape) == 2 else table


def _with(name: str) -> Callable[[Any], Any]:
    return {"x": lambda x: x, "cos": np.cos, "exp": np.exp}[name]


def _chain(name: str, power: int) -> Plant:
    def plant(m: Material) -> Any:
        factor = _with(name)(m.at) ** power
        return m.gradient * factor if np.isfinite(factor).all() else None

    return plant


def _added(term: Callable[[Any], Any], size: float) -> Plant:
    return lambda m: m.gradient + size * np.max(np.abs(m.gradient)) * term(m.at)


MISTAKES: dict[str, tuple[Plant, tuple[str, ...]]] = {
    "sign": (lambda m: -m.gradient, ("sign",)),
    "sign of one entry": (_entry(lambda m, k: -m.gradient[k]), ("sign",)),
    "sign of one array": (_array(lambda part: -part), ("sign",)),
    "sign lost": (lambda m: np.abs(m.gradient), ("absolute value",)),
    "× 2": (_scaled(lambda m: 2.0), ("factor",)),
    "× ½": (_scaled(lambda m: 0.5), ("factor",)),
    "× N": (_scaled(lambda m: float(m.size)), ("factor",)),
    "× 1/N": (_scaled(lambda m: 1 / m.size), ("factor",)),
    "× π/180": (_scaled(lambda m: np.pi / 180), ("factor",)),
    "× log 2": (_scaled(lambda m: np.log(2.0)), ("factor",)),
    "one array × 2": (_array(lambda part: 2 * part), ("factor",)),
    "one entry counted twice": (_entry(lambda m, k: 2 * m.gradient[k]), ("factor",)),
    "normalised": (_scaled(lambda m: 1 / np.linalg.norm(m.gradient)), ("factor",)),
    "π of 4 digits": (_scaled(lambda m: 3.1416 / np.pi), ("few digits",)),
    "ln 10 of 9 digits": (_scaled(lambda m: 2.30258509 / np.log(10.0)), ("few digits",)),
    "zero": (lambda m: 0 * m.gradient, ("zero",)),
    "one entry 0": (_entry(lambda m, k: 0.0), ("zero",)),
    "loop ends early": (_ended_early, ("zero",)),
    "first half 0": (_half, ("zero",)),
    "one array 0": (_array(lambda part: 0 * part), ("zero",)),
    "quadratic term missing": (_added(lambda x: -x, 0.02), ("quadratic term",)),
    "quadratic term tiny": (_added(lambda x: x, 1e-7), ("quadratic term",)),
    "absolute term missing": (_added(lambda x: -np.sign(x), 0.02), ("absolute term",)),
    "constant added": (_added(np.ones_like, 0.02), ("constant term",)),
    "mean taken off": (lambda m: m.gradient - np.mean(m.gradient), ("constant term",)),
    "transposed": (_by_array(_transposed), ("transposed", "permuted")),
    "reversed": (_by_array(lambda part, shape: part[::-1] if shape else part), ("permuted",)),
    "two entries exchanged": (_exchanged, ("permuted",)),
    "shuffled": (_shuffled, ("permuted",)),
    "rolled by one": (lambda m: np.roll(m.gradient, 1), ("shifted",)),
    "shifted by one": (_dragged, ("shifted",)),
    "index off by one": (_entry(_neighbour), ("index",)),
    "one row": (_row, ("row",)),
    "one entry": (_entry(lambda m, k: m.gradient[k] * 1.000123 + 1e-5), ("one entry",)),
    "single precision": (lambda m: m.gradient.astype(np.float32).astype(float), ("single precision",)),
    "forward difference": (_difference(1e-7, central=False), ("few digits",)),
    "central difference": (_difference(1e-4, central=True), ("few digits",)),
    "clipped": (lambda m: np.clip(m.gradient, *(np.array([-0.4, 0.4]) * np.abs(m.gradient[m.worst]))), ("clipped",)),
    "chain factor x missing": (_chain("x", -1), ("chain factor",)),
    "chain factor exp x twice": (_chain("exp", 1), ("chain factor",)),
}
"""Forty mistakes."""
