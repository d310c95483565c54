"""What the functions of linear algebra check, and the named results that the standard asks for."""

from __future__ import annotations

from typing import Any, NamedTuple

from derivlab.array.surface.axes import shape_of
from derivlab.errors import ArgumentError


class EighResult(NamedTuple):
    """Eigenvalues in ascending order, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


class QRResult(NamedTuple):
    """Orthonormal columns and an upper triangle, with x = Q R."""

    Q: Any
    R: Any


class SlogdetResult(NamedTuple):
    """det x = sign · exp(logabsdet)."""

    sign: Any
    logabsdet: Any


class SVDResult(NamedTuple):
    """x = U diag(S) Vh, with S in descending order."""

    U: Any
    S: Any
    Vh: Any


def check_matrix(x: Any, name: str, square: bool = False) -> tuple[int, int]:
    """The lengths of the last two axes."""
    shape = shape_of(x)
    if len(shape) < 2 or (square and shape[-1] != shape[-2]):
        kind = "a square matrix" if square else "a matrix"
        raise ArgumentError(f"linalg.{name} needs {kind}, or a stack of them, and got shape {shape}")
    return shape[-2], shape[-1]
