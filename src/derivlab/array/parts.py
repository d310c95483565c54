"""Parts, conjugates and adjoints of complex numbers; of a real array it is the array itself, at no cost."""

from __future__ import annotations

from typing import Any

from derivlab.array import primitives as p


def is_complex(x: Any) -> bool:
    """Whether an array or a number is complex."""
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        return isinstance(x, complex)
    return dtype.kind == "c" if hasattr(dtype, "kind") else getattr(dtype, "is_complex", False)  # PyTorch's own


def real(x: Any) -> Any:
    """Re x."""
    return p.real(x) if is_complex(x) else x


def conj(x: Any) -> Any:
    """The complex conjugate of x."""
    return p.conj(x) if is_complex(x) else x


def adjoint(x: Any) -> Any:
    """xᴴ, the conjugate transpose of a stack of matrices."""
    return conj(p.matrix_transpose(x))
