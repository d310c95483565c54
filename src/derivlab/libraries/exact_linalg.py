"""Linear algebra over object arrays of any exact numbers: polynomials in the entries, quotients of them, and roots.

Determinants and adjugates need no division by an entry, so that they hold for singular matrices, for enclosures that
contain 0, and for expressions.

Reference: R. S. Bird, "A simple division-free algorithm for computing determinants", Information Processing Letters
111, 2011.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derivlab.libraries.objects import box

Kernels = dict[str, Callable[..., Any]]


def kernels(exact: Exact) -> Kernels:
    """The primitives of linear algebra that have a form without iteration, but QR."""
    return {
        "inv": stacked(exact.inv),
        "solve": stacked(exact.solve),
        "det": stacked(exact.det),
        "cofactor": stacked(lambda x: exact.adjugate(x).T),
        "slogdet": stacked(exact.slogdet),
        "cholesky": stacked(exact.cholesky),
        "pinv": stacked(exact.pinv),
        "norm": exact.norm,
    }


def stacked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of matrices, applied to each of a stack."""

    def apply(*stacks: Any, **params: Any) -> Any:
        lead = np.broadcast_shapes(*(x.shape[:-2] for x in stacks))
        whole = [np.broadcast_to(x, (*lead, *x.shape[-2:])) for x in stacks]
        found = [box(function(*(x[index] for x in whole), **params)) for index in np.ndindex(lead)]
        return np.stack(found).reshape((*lead, *found[0].shape))

    return apply


class Exact:
    """Functions of single matrices.

    Parameters
    ----------
    functions
        Elementwise functions of object arrays: sqrt, log, abs and sign.
    one
        The number 1.
    product
        The product of two matrices.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]], one: Any, product: Callable[..., Any]) -> None:
        self.functions = functions
        self.one = one
        self.product = product

    def eye(self, n: int) -> Any:
        """The identity."""
        out = np.empty((n, n), dtype=object)
        for i, j in np.ndindex(n, n):
            out[i, j] = self.one if i == j else self.one * 0
        return out

    def det(self, x: Any) -> Any:
        """By Bird's algorithm: n − 1 products of matrices."""
        n = x.shape[0]
        if n == 0:
            return self.one
        found = x
        for _ in range(n - 1):
            upper = self.eye(n) * 0
            for i in range(n):
                upper[i, i + 1 :] = found[i, i + 1 :]
                upper[i, i] = -sum((found[k, k] for k in range(i + 1, n)), self.one * 0)
            found = self.product(upper, x)
        return found[0, 0] if n % 2 else -found[0, 0]

    def adjugate(self, x: Any) -> Any:
        """The transposed matrix of cofactors: determinants of the minors."""
        n = x.shape[0]
        out = self.eye(n)
        for i, j in np.ndindex(n, n):
            minor = np.delete(np.delete(x, i, axis=0), j, axis=1)
            out[j, i] = self.det(minor) if (i + j) % 2 == 0 else -self.det(minor)
        return out

    def inv(self, x: Any) -> Any:
        """adj x / det x."""
        return self.adjugate(x) / self.det(x) if x.size else x

    def solve(self, x: Any, y: Any) -> Any:
        """adj x y / det x."""
        return self.product(self.adjugate(x), y) / self.det(x) if x.size and y.size else y

    def slogdet(self, x: Any) -> Any:
        """The sign of det x, and log |det x|."""
        size = box(self.det(x))
        parts = [self.functions["sign"](size), self.functions["log"](self.functions["abs"](size))]
        out = np.empty(2, dtype=object)
        out[:] = [box(part)[()] for part in parts]
        return out

    def cholesky(self, x: Any) -> Any:
        """Column by column, from the lower triangle."""
        n = x.shape[0]
        out = self.eye(n) * 0
        for j in range(n):
            for i in range(j, n):
                rest = x[i, j] - sum((out[i, k] * out[j, k] for k in range(j)), self.one * 0)
                out[i, j] = box(self.functions["sqrt"](rest))[()] if i == j else rest / out[j, j]
        return out

    def pinv(self, x: Any, rtol: Any) -> Any:
        """Of a matrix of full rank, from xᵀ x or x xᵀ."""
        if x.shape[0] >= x.shape[1]:
            return self.solve(self.product(x.T, x), x.T)
        return self.product(x.T, self.inv(self.product(x, x.T)))

    def norm(self, x: Any, axis: Any, keepdims: bool) -> Any:
        """The root of the sum of squares."""
        return self.functions["sqrt"](np.add.reduce(x * x, axis=axis, keepdims=keepdims))

    def qr(self, x: Any, positive: Callable[[Any], bool]) -> Any:
        """By reflections as LAPACK chooses them, Qᵀ and R side by side; ``positive`` tells the sign of a number."""
        m, n = x.shape
        k = min(m, n)
        q, r = self.eye(m), x.copy()
        for j in range(min(k, m - 1)):
            v = r[j:, j].copy()
            if not any(bool(entry) for entry in v[1:]):
                continue
            size = box(self.functions["sqrt"](sum((a * a for a in v), self.one * 0)))[()]
            v[0] = v[0] + size if positive(v[0]) else v[0] - size
            scaled = v * (self.one * 2 / sum((a * a for a in v), self.one * 0))
            r[j:] = r[j:] - np.outer(scaled, v @ r[j:])
            q[:, j:] = q[:, j:] - np.outer(q[:, j:] @ v, scaled)
        for i, j in np.ndindex(k, n):
            r[i, j] = r[i, j] if i <= j else self.one * 0
        return np.concatenate([q[:, :k].T, r[:k]], axis=1)
