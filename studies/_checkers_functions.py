"""The functions in whose gradients mistakes are planted, and right gradients of every awkward kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import derivlab as dl
from _checkers_contestants import Claim, packed
from _checkers_mistakes import Material
from derivlab.method.problem import flatten, unflatten

FUNCTIONS = (
    "add-mul-gate chebyshev-distance classifier-loss determinant-by-minors elastic-net fully-connected helmholtz "
    "k-means l1-regulariser l2-regulariser least-squares linear-score log-sum-exp lstm maxout multiclass-hinge ode "
    "polynomial-regression quadratic-bowl relu-vector rosenbrock sigmoid-neuron sigmoid-neuron-loss "
    "softmax-cross-entropy speelpenning squared-error three-layer-scores two-layer-scores wengert-example x-log-half-x"
).split()
"""Thirty of the catalogue, of 2 to 22 inputs."""


def claim_of(spec: Any, function: Callable[..., Any] | None = None) -> Claim:
    """A function of the catalogue at its point, with its gradient by hand."""
    f = spec.function if function is None else function
    gradient = _flat(spec.value_and_gradient(*spec.args)[1])
    return _claim(f, spec.args, spec.argnums, gradient)


def _claim(f: Callable[..., Any], args: tuple[Any, ...], argnums: Any, gradient: Any) -> Claim:
    positions = argnums if isinstance(argnums, tuple) else (argnums,)
    leaves = [np.asarray(leaf) for k in positions for leaf in flatten(args[k])[0]]

    def value(x: Any) -> float:
        moved = packed(args, positions, np.asarray(x))
        given = list(args)
        for position, arg in zip(positions, moved, strict=True):
            given[position] = arg
        return float(f(*given))

    at = np.concatenate([np.ravel(leaf) for leaf in leaves])
    material = Material(value, at, gradient, [leaf.shape for leaf in leaves])
    return Claim(f, args, argnums, material, gradient)


def _flat(tree: Any) -> Any:
    return np.concatenate([np.ravel(np.asarray(leaf, float)) for leaf in flatten(tree)[0]])


# Right gradients.


def right_gradients(count: int, seed: int) -> Iterator[tuple[str, str, Claim]]:
    """So many right gradients of each kind: the kind, the function, the claim."""
    for kind, make in KINDS.items():
        rng = np.random.default_rng(seed)
        for k in range(count):
            yield kind, *make(k, rng)


def _nearby(k: int, rng: Any) -> Any:
    """A function of the catalogue, smooth with probability 1 at a point near its own."""
    spec = dl.spec(FUNCTIONS[k % len(FUNCTIONS)])
    positions = spec.argnums if isinstance(spec.argnums, tuple) else (spec.argnums,)
    args = list(spec.args)
    for position in positions:
        flat = np.concatenate([np.ravel(leaf) for leaf in flatten(args[position])[0]]).astype(float)
        moved = flat * rng.uniform(0.9, 1.1, flat.shape) + 0.01 * (flat == 0) * rng.standard_normal(flat.shape)
        args[position] = packed(tuple(args), position, moved)
    return replace(spec, args=tuple(args))


def _plain(k: int, rng: Any) -> tuple[str, Claim]:
    spec = _nearby(k, rng)
    return spec.name, claim_of(spec)


def _sized(size: float) -> Callable[[int, Any], tuple[str, Claim]]:
    def make(k: int, rng: Any) -> tuple[str, Claim]:
        spec = _nearby(k, rng)
        claim = claim_of(spec, lambda *args: spec.function(*args) * size)
        return spec.name, _claim(claim.function, spec.args, spec.argnums, claim.claimed * size)

    return make


def _single(k: int, rng: Any) -> tuple[str, Claim]:
    """Single precision: arguments and answer of float32, and the gradient by hand rounded to it."""
    spec = _nearby(k, rng)
    positions = spec.argnums if isinstance(spec.argnums, tuple) else (spec.argnums,)
    single = tuple(_cast(arg, np.float32) if k in positions else arg for k, arg in enumerate(spec.args))
    wide = tuple(_cast(arg, float) if k in positions else arg for k, arg in enumerate(single))
    gradient = _flat(spec.value_and_gradient(*wide)[1]).astype(np.float32).astype(float)

    def rounded(*args: Any) -> Any:
        y = spec.function(*args)
        return dl.array_namespace(y).astype(y, np.float32) if hasattr(y, "shape") else np.float32(y)

    return spec.name, _claim(rounded, single, spec.argnums, gradient)


def _cast(arg: Any, dtype: Any) -> Any:
    leaves, tree = flatten(arg)
    return unflatten(tree, [np.asarray(leaf, dtype)[()] for leaf in leaves])


def _boxed(noise: float) -> Callable[[int, Any], tuple[str, Claim]]:
    """A black box that takes plain numbers alone, with noise relative to its value, as of a simulation."""

    def make(k: int, rng: Any) -> tuple[str, Claim]:
        spec = _nearby(k, rng)

        def box(*args: Any) -> float:
            plain = [np.asarray(arg) if hasattr(arg, "shape") else arg for arg in args]
            y = float(spec.function(*plain))
            return y * (1 + noise * rng.uniform(-1, 1))

        return spec.name, claim_of(spec, box)

    return make


def _kinked(k: int, rng: Any) -> tuple[str, Claim]:
    """At a kink, with a slope that reverse mode takes there; every other one 1e-9 beside it, where there is none."""
    n = 2 + k % 5
    x, beside = rng.uniform(0.5, 2, n), 1e-9 * (k % 2)
    x[k % n] = beside

    def function(x: Any) -> Any:
        xp = dl.array_namespace(x)
        return xp.sum(xp.abs(x)) + xp.sum(xp.maximum(x, 0.0) * x) if k % 3 else xp.sum(xp.abs(x) * (1 + x))

    return "kinked sum", _claim(function, (x,), 0, _flat(dl.reverse.grad(function)(x)))


def _stiff(k: int, rng: Any) -> tuple[str, Claim]:
    """Scales that differ by 12 decades, narrow valleys, fast decay."""
    n = 3 + k % 4
    x, rates = rng.uniform(0.5, 1.5, n), 10.0 ** np.linspace(-6, 6, n)

    def bowl(x: Any) -> Any:
        return 0.5 * dl.array_namespace(x).sum(rates * x**2)

    def valley(x: Any) -> Any:
        return dl.array_namespace(x).sum(1e8 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    def decay(x: Any) -> Any:
        xp = dl.array_namespace(x)
        return xp.sum(xp.exp(-rates[-2] * x * 1e-2) + xp.exp(x))

    def valley_slope(x: Any) -> Any:
        r, g = x[1:] - x[:-1] ** 2, np.zeros_like(x)
        g[1:] += 2e8 * r
        g[:-1] += -4e8 * r * x[:-1] - 2 * (1 - x[:-1])
        return g

    slow = rates[-2] * 1e-2
    choices = [
        ("bowl", bowl, rates * x),
        ("valley", valley, valley_slope(x)),
        ("decay", decay, -slow * np.exp(-slow * x) + np.exp(x)),
    ]
    name, function, gradient = choices[k % 3]
    return name, _claim(function, (x,), 0, gradient)


KINDS: dict[str, Callable[[int, Any], tuple[str, Claim]]] = {
    "plain": _plain,
    "large, × 1e200": _sized(1e200),
    "tiny, × 1e-200": _sized(1e-200),
    "float32": _single,
    "black box": _boxed(0.0),
    "noisy, 1e-7": _boxed(1e-7),
    "kinked": _kinked,
    "stiff": _stiff,
}
"""Kinds of right gradients."""
