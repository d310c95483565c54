"""What of the standard works over which base: every example run forward and recorded, judged by NumPy's own answer.

A cell is a base under an interpreter. It holds if the values and their dtypes are NumPy's, and the derivative along a
direction (pushed forward, or pulled back) is that of central differences over NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from derivlab import libraries
from derivlab.array.level import Traced
from derivlab.conformance.examples import CHAPTERS, Example
from derivlab.errors import UnavailableError
from derivlab.method.forward import ForwardMode
from derivlab.method.reverse import ReverseMode
from derivlab.namespace import array_namespace

BASES = ("numpy", "jax", "torch", "strict")
"""The libraries under our arrays, by the names of their files."""

PACKAGES = {"numpy": "NumPy", "jax": "JAX", "torch": "PyTorch", "strict": "array-api-strict"}
"""Their names in the table."""

INTERPRETERS = ("forward", "record")

_X = np.array([[0.61, 1.43, 2.31], [1.87, 0.52, 1.21], [0.34, 2.05, 0.93]])
_V = np.array([[0.3, -0.5, 0.7], [0.2, 0.9, -0.4], [-0.8, 0.6, 0.1]])
_STEP = 6e-6
_NEAR = 1e-7
"""Of central differences with that step, at examples whose derivatives are of the size of 1 to 100."""


@dataclass(frozen=True)
class Line:
    """One function of the standard.

    Attributes
    ----------
    chapter, name
        Where it stands.
    faults
        For each base and interpreter why it does not hold, in a few words; "" where it does.
    """

    chapter: str
    name: str
    faults: dict[tuple[str, str], str]


def available() -> list[str]:
    """The bases that are installed."""
    return [base for base in BASES if _installed(base)]


def _installed(base: str) -> bool:
    try:
        return libraries.load(base) is not None
    except UnavailableError:
        return False


def conformance_table(bases: Sequence[str], progress: Callable[[str], None] = lambda name: None) -> list[Line]:
    """Every function of the standard over the bases, under both interpreters."""
    lines: list[Line] = []
    for chapter, examples in CHAPTERS.items():
        progress(chapter)
        for name, example in examples.items():
            expected = _expected(example)
            faults = {(b, i): _fault(example, expected, b, i) for b in bases for i in INTERPRETERS}
            lines.append(Line(chapter, name, faults))
    return lines


def _leaves(answer: Any) -> list[Any]:
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


def _expected(example: Example) -> tuple[list[Any], list[str], list[Any]]:
    """NumPy's values, their dtypes, and the tangents by central differences."""
    with np.errstate(all="ignore"):
        leaves = _leaves(example(np, _X.copy()))
        ahead, behind = (_leaves(example(np, _X + h * _V)) for h in (_STEP, -_STEP))
    values = [np.asarray(y).astype(float) for y in leaves]
    slopes = [
        (np.asarray(a).astype(float) - np.asarray(b).astype(float)) / (2 * _STEP) if np.asarray(y).dtype.kind == "f"
        else np.zeros(np.shape(y))
        for a, b, y in zip(ahead, behind, leaves, strict=True)
    ]  # fmt: skip
    return values, [np.asarray(y).dtype.name for y in leaves], slopes


def _fault(example: Example, expected: tuple[list[Any], list[str], list[Any]], base: str, interpreter: str) -> str:
    """Why an example does not hold; "" where it does."""
    values, dtypes, slopes = expected
    found: list[str] = []

    def floats(x: Any) -> list[Any]:
        xp = array_namespace(x)
        leaves = _leaves(example(xp, x))
        found[:] = [np.dtype(y.dtype).name for y in leaves]
        return [xp.astype(y, xp.float64) * 1.0 if isinstance(y, Traced) else y for y in leaves]

    with _precision(base), np.errstate(all="ignore"):
        try:
            x, v = _array(_X, base), _array(_V, base)
            ours, moved = _pushed(floats, x, v) if interpreter == "forward" else _pulled(floats, x)
        except Exception as error:
            return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
    if found != dtypes:
        return f"dtypes {found}, and NumPy's are {dtypes}"
    if not all(_close(a, b, 1e-12) for a, b in zip(ours, values, strict=True)):
        return "other values than NumPy's"
    if interpreter == "forward":
        right = all(_close(a, b, _NEAR) for a, b in zip(moved, slopes, strict=True))
    else:
        right = _close(np.sum(moved * _V), sum(np.sum(_weights(s) * s) for s in slopes), _NEAR)
    return "" if right else "another derivative than central differences"


def _pushed(f: Callable[..., Any], x: Any, v: Any) -> tuple[list[Any], list[Any]]:
    values, tangents = ForwardMode().jvp(f, (x,), (v,))
    return [*map(_numpy, values)], [*map(_numpy, tangents)]


def _pulled(f: Callable[..., Any], x: Any) -> tuple[list[Any], Any]:
    values, pullback = ReverseMode().vjp(f, x)
    (bar,) = pullback([_like(_weights(_numpy(y)), y) for y in values])
    return [*map(_numpy, values)], _numpy(bar)


def _weights(y: Any) -> Any:
    """Cotangents that tell the entries apart."""
    return np.reshape(np.linspace(0.5, 1.5, np.size(y)), np.shape(y))


def _close(a: Any, b: Any, tolerance: float) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.all(np.abs(a - b) <= tolerance * (1 + np.max(np.abs(b), initial=0))))


def _array(x: Any, base: str) -> Any:
    return x if base == "numpy" else libraries.load(base).constant(x, SimpleNamespace(device=None))


def _like(x: Any, other: Any) -> Any:
    library = libraries.base(other)
    return x if library is None else libraries.load(library).constant(x, other)


def _numpy(x: Any) -> Any:
    return np.asarray(libraries.host(x), dtype=float)


def _precision(base: str) -> Any:
    import contextlib

    return libraries.load("jax").double_precision() if base == "jax" else contextlib.nullcontext()


# As text.

_MARKS = {2: "yes", 1: "in part", 0: "no"}


def markdown(lines: Sequence[Line], bases: Sequence[str]) -> str:
    """The table as Markdown, a section for each chapter, with the reasons below."""
    return "\n".join(_markdown(lines, bases)) + "\n"


def _markdown(lines: Sequence[Line], bases: Sequence[str]) -> Iterator[str]:
    held = {b: sum(_held(line, b) == 2 for line in lines) for b in bases}
    yield "# The array API standard 2024.12 over each base"
    yield ""
    yield f"{len(lines)} functions and operators, each run forward and recorded: the values and dtypes are NumPy's, and"
    yield "the derivative is that of central differences."
    yield "Written by `derivlab conformance --output docs/conformance.md`."
    yield ""
    yield "| | " + " | ".join(PACKAGES[b] for b in bases) + " |"
    yield "|---" * (len(bases) + 1) + "|"
    yield "| hold | " + " | ".join(f"{held[b]} of {len(lines)}" for b in bases) + " |"
    for chapter in dict.fromkeys(line.chapter for line in lines):
        yield from ["", f"## {chapter.capitalize()}", ""]
        yield "| | " + " | ".join(PACKAGES[b] for b in bases) + " |"
        yield "|---" * (len(bases) + 1) + "|"
        for line in (line for line in lines if line.chapter == chapter):
            yield f"| `{line.name}` | " + " | ".join(_MARKS[_held(line, b)] for b in bases) + " |"
    reasons = [
        f"- `{line.name}` over {PACKAGES[base]}, {interpreter}: {fault}"
        for line in lines
        for (base, interpreter), fault in line.faults.items()
        if fault
    ]
    if reasons:
        yield from ["", "## Why not", "", *reasons]


def _held(line: Line, base: str) -> int:
    return sum(not line.faults[base, i] for i in INTERPRETERS)
