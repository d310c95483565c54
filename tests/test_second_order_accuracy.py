"""Second derivatives of every spec by every exact method against the certified curvature vᵀ H v along directions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import derivlab as dl
from derivlab.method import METHODS
from derivlab.method.problem import Problem, flatten
from derivlab.specs.registry import Spec

EPSILON = float(np.finfo(float).eps)
EXACT = [
    name
    for name, method in METHODS.items()
    if method.accuracy is None and name not in ("manual", "null") and "directional" not in method.unsupported
]
SMALL = {
    "mlp-loss": {"size": "small"},
    "gmm": {"d": 2, "k": 2, "n": 5},
    "helmholtz": {"n": 4},
    "rosenbrock": {"n": 5},
    "bundle-adjustment": {"cameras": 1, "points": 1, "observations": 1},
    "lstm": {"characters": 2, "bits": 1},
    "particle": {"step": 4.0},
}
LARGE_FOR_FORMULAS = {"mlp-loss", "gmm"}
ALIKE = set(
    """
    maxout sigmoid-net linear-score fully-connected two-layer-scores three-layer-scores softmax-cross-entropy
    multiclass-hinge squared-error classifier-loss l2-regulariser l1-regulariser elastic-net polynomial-regression
    x-log-half-x bundle-adjustment lstm log-sum-exp k-means determinant-by-minors ode saddle particle
    """.split()
)
"""Of primitives that other specs have: here SymPy and JAX would compile for seconds what they have shown before."""


def second_order_specs() -> list[str]:
    return [name for name in dl.catalogue() if dl.spec(name, **SMALL.get(name, {})).operator != "jacobian"]


def closed(spec: Spec) -> tuple[Any, tuple[Any, ...]]:
    """The function of the active arguments alone, and these."""
    active = spec.argnums if isinstance(spec.argnums, tuple) else (spec.argnums,)

    def f(*primals: Any) -> Any:
        args = list(spec.args)
        for place, x in zip(active, primals, strict=True):
            args[place] = x
        return spec.function(*args)

    return f, tuple(spec.args[place] for place in active)


class Curvature:
    """vᵀ H v, certified, with what a relative change of ε in the inputs or in the products may do to it."""

    def __init__(self, name: str, seed: int) -> None:
        self.spec = dl.spec(name, **SMALL.get(name, {}))
        self.f, self.primals = closed(self.spec)
        rng = np.random.default_rng(seed)
        self.tangents = tuple(_like(x, rng) for x in self.primals)
        self.exact = dl.truth.directional(self.f, self.primals, self.tangents, 2)
        bent = lambda *x: dl.taylor.directional(self.f, x, self.tangents, 2)
        argnums = tuple(range(len(self.primals)))
        with np.errstate(all="ignore"):
            slopes = flatten(dl.forward.grad(bent, argnums)(*self.primals))[0]
        leaves = Problem(self.f, self.primals, argnums).primals
        self.scale = abs(float(self.exact)) + sum(
            float(np.sum(np.abs(x * s))) for x, s in zip(leaves, slopes, strict=True)
        )

    def check(self, found: Any, products: float = 0.0) -> None:
        """Within 32 ulps times (1 + condition number), or of the products summed."""
        error = float(self.exact.error_ulps(float(found))) * np.spacing(abs(float(self.exact)))
        assert error <= 32 * EPSILON * max(self.scale, products)


def _like(x: Any, rng: np.random.Generator) -> Any:
    import optree

    return optree.tree_map(lambda leaf: rng.standard_normal(np.shape(leaf))[()], x)


def inner(left: Any, right: Any) -> tuple[float, float]:
    """Σ aᵢ bᵢ and Σ |aᵢ bᵢ| over leaves."""
    pairs = list(zip(flatten(left)[0], flatten(right)[0], strict=True))
    total, absolute = sum(float(np.sum(a * b)) for a, b in pairs), sum(float(np.sum(np.abs(a * b))) for a, b in pairs)
    return total, absolute


@pytest.mark.parametrize("spec", second_order_specs())
@pytest.mark.parametrize("name", EXACT)
def test_curvature_of_every_spec(name: str, spec: str) -> None:
    if name.startswith("symbolic") and spec in LARGE_FOR_FORMULAS:
        pytest.skip("SymPy takes minutes for these formulas")
    if (name == "jax" or name.startswith("symbolic")) and spec in ALIKE:
        pytest.skip("of primitives that other specs have")
    method = METHODS[name]
    for seed in (1,) if name.startswith(("symbolic", "jax")) else (1, 2):
        curvature = Curvature(spec, seed)
        f, x, v = curvature.f, curvature.primals, curvature.tangents
        curvature.check(method.directional(f, x, v, order=2))
        if "hvp" in method.unsupported:
            continue
        alone = len(x) == 1
        for operator in ("hvp", "vhp"):
            eager = lambda x, v, operator=operator: getattr(method, operator)(f, x, v)  # noqa: B023
            run = method.prepare(operator, f, x, v) if name == "jax" else eager  # JAX compiles the whole at once
            curvature.check(*inner(v[0] if alone else v, run(x, v)))


@pytest.mark.parametrize("mode", ["forward-over-reverse", "reverse-over-reverse", "forward-over-forward"])
@pytest.mark.parametrize("spec", second_order_specs())
def test_hessians_have_that_curvature(mode: str, spec: str) -> None:
    curvature = Curvature(spec, 3)
    f, x, v = curvature.f, curvature.primals, curvature.tangents
    blocks = dl.reverse.hessian(f, tuple(range(len(x))), mode=mode)(*x)
    leaves = [np.ravel(t) for t in flatten(v)[0]]
    count = len(leaves)
    matrices = [np.reshape(b, (leaves[i // count].size, -1)) for i, b in enumerate(flatten(blocks)[0])]
    whole = np.block([matrices[i * count : (i + 1) * count] for i in range(count)])
    flat = np.concatenate(leaves)
    curvature.check(flat @ whole @ flat, float(np.abs(flat) @ np.abs(whole) @ np.abs(flat)))
    assert np.allclose(whole, whole.T, rtol=64 * EPSILON, atol=64 * EPSILON * np.max(np.abs(whole)))
