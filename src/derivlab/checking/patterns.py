"""What kind of mistake explains a wrong derivative: hypotheses in order, the first that fits every entry is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derivlab.checking.evidence import Evidence, leaves
from derivlab.checking.factors import factor_name
from derivlab.checking.places import place
from derivlab.checking.verdict import Pattern

_NEAR = 1e-4
"""An error below this share of the derivative is one of digits."""


def likely_cause(evidence: Evidence) -> Pattern | None:
    """The first hypothesis that fits, with where the wrong entries are; else their place, if it is telling."""
    where = place(evidence.wrong, evidence.shapes, evidence.names)
    for hypothesis in (_not_numbers, _single_precision, _scaled, _moved_entries, _added, _reshaped, _copied, _digits):
        found = hypothesis(evidence)
        if found is not None:
            return Pattern(found.name, f"{found.text}, {where.text}")
    return where if where.name else None


def _not_numbers(e: Evidence) -> Pattern | None:
    bad = ~np.isfinite(e.got)
    return Pattern("not finite", "NaN or ∞ where the derivative is finite") if bad.any() else None


def _single_precision(e: Evidence) -> Pattern | None:
    rough = np.all(np.abs(e.got - e.expected) <= 2.0**-20 * np.max(np.abs(e.expected), initial=0.0))
    if e.epsilon > 1e-10 or not rough or not np.array_equal(e.got, e.got.astype(np.float32)):
        return None
    return Pattern("single precision", "digits of float32: computed or stored in single precision")


def _scaled(e: Evidence) -> Pattern | None:
    """Zero, the other sign, a factor: of all entries or of those that are wrong."""
    got, expected = e.got[e.wrong], e.expected[e.wrong]
    if not np.any(got):
        return Pattern("zero", "0 where the derivative is not")
    if not np.any(expected):
        return None
    if e.fits(np.abs(e.expected)) and np.any(e.got[~e.wrong]):
        return Pattern("absolute value", "the sign is lost: got = |expected|")
    if e.fits(e.only_wrong(-e.expected)):
        return Pattern("sign", "the sign is flipped: got = −expected")
    largest = np.argmax(np.abs(expected))
    c = float(got[largest] / expected[largest])
    if not e.fits(e.only_wrong(c * e.expected), c):
        return None
    name = factor_name(c, e.sizes)
    if not name and np.count_nonzero(expected) < 2:
        return None
    if abs(c - 1) < _NEAR:
        return Pattern("few digits", f"a constant with few digits: got = {c:.12g} × expected")
    return Pattern("factor", f"a constant factor: got = expected × {name or f'{c:.12g}'}")


def _moved_entries(e: Evidence) -> Pattern | None:
    """The right numbers at wrong places."""
    for leaf, (got, expected) in leaves(e):
        if not leaf.wrong.any():
            continue
        found = _moved_leaf(leaf, got, expected)
        if found is None:
            return None
        return found
    return None


def _moved_leaf(e: Evidence, got: Any, expected: Any) -> Pattern | None:
    flat = e.expected
    if got.ndim == 2 and got.shape[0] == got.shape[1] and e.fits(np.ravel(expected.T)):
        return Pattern("transposed", "the matrix is transposed")
    for axis in range(got.ndim):
        for shift in (1, -1):
            if e.fits(np.ravel(np.roll(expected, shift, axis))) and got.shape[axis] > 1:
                return Pattern("shifted", f"entries are off by one index along axis {axis}")
            if got.shape[axis] > 2 and _shifted_inside(e, expected, axis, shift):
                return Pattern("shifted", f"entries are off by one index along axis {axis}")
        if e.fits(np.ravel(np.flip(expected, axis))):
            return Pattern("permuted", f"entries are in reverse order along axis {axis}")
    if np.unique(flat[e.wrong]).size > 1:
        order = np.argsort(flat, kind="stable"), np.argsort(e.got, kind="stable")
        put = np.empty_like(flat)
        put[order[1]] = flat[order[0]]
        if e.fits(put):
            pair = e.wrong.sum() == 2
            return Pattern("permuted", "two entries are exchanged" if pair else "the entries are permuted")
    return None


def _shifted_inside(e: Evidence, expected: Any, axis: int, shift: int) -> bool:
    """Whether all but the slice at the edge are those of the neighbours."""
    moved = np.roll(expected, shift, axis)
    edge = np.zeros(expected.shape, bool)
    edge[(slice(None),) * axis + ((0 if shift == 1 else -1),)] = True
    hypothesis = np.where(np.ravel(edge), e.got, np.ravel(moved))
    return np.unique(expected).size > 2 and e.fits(hypothesis)


_TERMS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "quadratic term": ("λx, as of a regulariser ½ λ‖x‖²", lambda x: x),
    "absolute term": ("λ sign x, as of a regulariser λ‖x‖₁", np.sign),
    "constant term": ("one constant in every entry", np.ones_like),
}


def _added(e: Evidence) -> Pattern | None:
    """A multiple of x, of sign x or of 1 that is missing or too much, in one leaf at least."""
    for name, (text, term) in _TERMS.items():
        for leaf, _ in leaves(e):
            if leaf.wrong.any():
                found = _multiple(leaf, term)
                if found is None:
                    break
                missing = "missing" if found > 0 else "too much"
                return Pattern(name, f"a term {text}, is {missing}, λ = {abs(found):.6g}")
    return None


def _multiple(e: Evidence, term: Callable[[Any], Any]) -> float | None:
    """λ with expected − got = λ term, at three entries or more."""
    if e.at is None and term is not np.ones_like:
        return None
    shape = term(e.got if e.at is None else e.at)
    if np.count_nonzero(shape) < 3:
        return None
    gap = e.expected - e.got
    k = int(np.argmax(np.abs(shape)))
    found = float(gap[k] / shape[k])
    return found if e.fits(e.expected - found * shape, 2.0) and found else None


_CHAIN: dict[str, Callable[[Any], Any]] = {
    "x": lambda x: x,
    "x²": np.square,
    "exp x": np.exp,
    "cos x": np.cos,
    "sin x": np.sin,
    "log x": np.log,
    "1 + x²": lambda x: 1 + x * x,
    "1 − x²": lambda x: 1 - x * x,
    "x (1 − x)": lambda x: x * (1 - x),
    "1 − tanh² x": lambda x: 1 / np.cosh(x) ** 2,
    "σ′(x)": lambda x: 1 / (2 + np.exp(x) + np.exp(-x)),
}


def _reshaped(e: Evidence) -> Pattern | None:
    """A function of the entry times what is expected: a factor of the chain rule, or the entry's own power."""
    with np.errstate(all="ignore"):
        if np.count_nonzero(e.expected) < 3 or np.count_nonzero(e.got) < 3:
            return None
        if _proportional(e, e.expected * np.abs(e.expected)) or _proportional(e, e.expected**2):
            return Pattern("squared", "the derivative's square")
        if _proportional(e, 1 / e.expected):
            return Pattern("inverted", "the derivative's reciprocal")
        for name, factor in _CHAIN.items() if e.at is not None else ():
            for text, table in (("is missing", 1 / factor(e.at)), ("is too much", factor(e.at))):
                if np.isfinite(table).all() and _proportional(e, e.expected * table):
                    return Pattern("chain factor", f"a factor {name} of the chain rule {text}")
    return _clipped(e)


def _proportional(e: Evidence, table: Any) -> bool:
    k = int(np.argmax(np.abs(table)))
    c = float(e.got[k] / table[k]) if np.isfinite(table).all() and table[k] else 0.0
    return c != 0 and e.fits(c * table, float(np.max(np.abs(c * table) / np.abs(e.expected), initial=1.0)))


def _clipped(e: Evidence) -> Pattern | None:
    bound = float(np.max(np.abs(e.got)))
    inside = np.abs(e.got[e.wrong])
    if (
        inside.size > 1
        and np.allclose(inside, bound, rtol=1e-14, atol=0)
        and e.fits(np.clip(e.expected, -bound, bound))
    ):
        return Pattern("clipped", f"clipped to ±{bound:.6g}")
    return None


def _copied(e: Evidence) -> Pattern | None:
    """Wrong entries that hold a neighbour's number."""
    if np.count_nonzero(e.wrong) > 2:
        return None
    for leaf, (_, expected) in leaves(e):
        places = np.flatnonzero(leaf.wrong)
        for axis in range(expected.ndim):
            for shift in (1, -1):
                near = np.ravel(np.roll(expected, shift, axis))
                if places.size and leaf.fits(leaf.only_wrong(near)):
                    return Pattern("index", "the neighbour's number: an index is off by one")
    return None


def _digits(e: Evidence) -> Pattern | None:
    largest = np.max(np.abs(e.expected), initial=0.0)
    error = float(np.max(np.abs(e.got - e.expected), initial=0.0))
    if not 0 < error <= _NEAR * largest:
        return None
    return Pattern("few digits", f"right to {error / largest:.0e} only: a difference quotient, or a rounded constant")
