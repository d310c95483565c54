"""What the study of speed runs: each workload with its derivative by hand, which is the unit of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import derivlab as dl
from derivlab.namespace import array_namespace
from derivlab.specs.registry import Spec
from derivlab.specs.rosenbrock import hessian_vector_product

FIXED_POINT = 0.75
"""Where the logistic map stays, and all its arithmetic is exact: elsewhere each step doubles a rounding error."""


@dataclass(frozen=True)
class Workload:
    """A function, its inputs, and which derivative is asked for.

    Attributes
    ----------
    name, title
        A key, and a heading.
    kind
        ``"gradient"``: value and gradient; ``"tangent"``: value and derivative of one number or of an array entry by
        entry; ``"product"``: the Hessian times ``direction``.
    by_hand
        The same over NumPy, written by hand: its time is 1.
    size
        Of an iterated map, the number n.
    casadi
        Whether the expression is small enough to be written out scalar by scalar.
    """

    name: str
    title: str
    kind: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    by_hand: Callable[[], Any]
    argnums: tuple[int, ...] = (0,)
    direction: Any = None
    size: int = 0
    casadi: bool = True

    def total(self, *args: Any) -> Any:
        """The sum of the answer's entries: a function for reverse mode, with the same derivative entry by entry."""
        answer = self.function(*args)
        return array_namespace(answer).sum(answer) if np.ndim(self.args[0]) and self.kind == "tangent" else answer

    def derivative(self, answer: Any) -> list[Any]:
        """The arrays of the derivative in what a contestant returned."""
        return leaves(answer if self.kind == "product" else answer[1])


def leaves(tree: Any) -> list[Any]:
    """Arrays of any library as NumPy's; a derivative may be one, or a tuple of them."""
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [np.asarray(tree.detach() if hasattr(tree, "detach") else tree, dtype=float)]


def workloads(quick: bool) -> list[Workload]:
    """All of them; in quick mode small ones, and not those that take JAX seconds to compile."""
    sizes = (10,) if quick else (10, 50, 100, 1000)
    large = [] if quick else [_gradient("mlp-large", "network 64×1000→100→10", dl.spec("mlp-loss", size="large"))]
    mixture = (
        [] if quick else [_gradient("gmm", "Gaussian mixture d=10, K=25, n=1000", dl.spec("gmm", d=10, k=25, n=1000))]
    )
    return [
        *large,
        _gradient("mlp-small", "network 16×4→8→3", dl.spec("mlp-loss", size="small"), casadi=True),
        _scalar(50 if quick else 1000),
        _points(4 if quick else 10, 10**4 if quick else 10**6),
        *(_gradient(f"helmholtz-{n}", f"Helmholtz, n = {n}", dl.spec("helmholtz", n=n), n <= 100) for n in sizes),
        *mixture,
        _valley(100 if quick else 1000),
    ]


def tiny() -> Workload:
    """One on which every method can be tried out at once."""
    return _scalar(3)


def _gradient(name: str, title: str, spec: Spec, casadi: bool = False) -> Workload:
    """Value and gradient of a spec."""
    argnums = spec.argnums if isinstance(spec.argnums, tuple) else (spec.argnums,)
    hand, args = spec.value_and_gradient, spec.args
    assert hand is not None
    return Workload(name, title, "gradient", spec.function, args, lambda: hand(*args), argnums, casadi=casadi)


def _scalar(n: int) -> Workload:
    spec = dl.spec("logistic-map", n=n, x=FIXED_POINT)
    hand = spec.value_and_gradient
    assert hand is not None
    return Workload("logistic-scalar", f"logistic map, n = {n}, one number", "tangent", spec.function, spec.args,
                    lambda: hand(FIXED_POINT), direction=1.0, size=n)  # fmt: skip


def _points(n: int, count: int) -> Workload:
    spec, x = dl.spec("logistic-map", n=n), np.random.default_rng(0).uniform(0, 1, count)
    hand = spec.value_and_gradient
    assert hand is not None
    return Workload("logistic-points", f"logistic map, n = {n}, {count:,} points", "tangent", spec.function, (x,),
                    lambda: hand(x), direction=np.ones_like(x), casadi=False)  # fmt: skip


def _valley(n: int) -> Workload:
    spec, v = dl.spec("rosenbrock", n=n), np.random.default_rng(1).standard_normal(n)
    return Workload("rosenbrock-hvp", f"Rosenbrock, H v, n = {n}", "product", spec.function, spec.args,
                    lambda: hessian_vector_product(*spec.args, v), direction=v)  # fmt: skip
