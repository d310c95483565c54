"""Derivatives of matrix functions: for each a push (tangents forward) and a pull (its adjoint, cotangents back).

All hold for stacks of matrices. A factorisation is one packed array (:mod:`derivlab.libraries.numpy_linalg`). The pulls
are written as adjoints with respect to the real part of ⟨a, b⟩ = Σ a̅ b, and taken between conjugates.

Conventions where a derivative does not exist. Where two eigenvalues or singular values agree to all their digits,
those of their vectors have none: it is NaN, but 0 where nothing depends on it. Each eigenvalue then has the gradient
vᵢvᵢᴴ of the eigenvectors computed, so that the sum over a cluster is right. At a singular value 0, and at a vector
of norm 0, the derivative is 0, one of the subgradients.

References: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation",
2008; G. Golub and V. Pereyra, SIAM J. Numer. Anal. 10(2), 1973; S. Walter and L. Lehmann, Optimization Methods and
Software 28(1), 2013 (QR); I. Murray, "Differentiation of the Cholesky decomposition", 2016.
"""

from __future__ import annotations

from derivlab.array import primitives as p
from derivlab.array.parts import conj
from derivlab.matrix_rules import equations, factors
from derivlab.matrix_rules.kinds import Pair, Solve, single
from derivlab.transpose import Elementwise, Kink, Rule

MATRIX_RULES: dict[str, Rule] = {
    "inv": Pair(lambda t, y, x: -p.matmul(p.matmul(y, t), y), equations.inv_pull),
    "solve": Solve(),
    "det": Pair(equations.det_push, lambda t, y, x: single(t) * conj(p.cofactor(x))),
    "cofactor": Pair(
        lambda t, y, x: equations.cofactor_product(t, x), lambda t, y, x: conj(equations.cofactor_product(conj(t), x))
    ),
    "slogdet": Pair(equations.slogdet_push, equations.slogdet_pull),
    "cholesky": Pair(equations.cholesky_push, equations.cholesky_pull),
    "qr": Pair(factors.qr_push, factors.qr_pull),
    "completion": Pair(factors.undefined_push, factors.undefined_pull),
    "eigh": Pair(factors.eigh_push, factors.eigh_pull),
    "eigvalsh": Pair(factors.eigvalsh_push, factors.eigvalsh_pull),
    "svd": Pair(factors.svd_push, factors.svd_pull),
    "svdvals": Pair(factors.svdvals_push, factors.svdvals_pull),
    "pinv": Pair(equations.pinv_push, equations.pinv_pull),
    "norm": Pair(equations.norm_push, equations.norm_pull),
    "undefined": Elementwise((lambda t, y, x: p.undefined(t),)),
    "kink": Kink(),
}
