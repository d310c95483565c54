"""Who checks: each says of a claimed gradient whether it passes, or that it is not installed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import derivlab as dl
from _checkers_mistakes import Material
from derivlab.errors import UnavailableError
from derivlab.libraries import load
from derivlab.method.problem import flatten, unflatten

NAMES = {
    "ours": "derivlab",
    "values": "derivlab, values only",
    "jax": "JAX check_grads",
    "torch": "PyTorch gradcheck",
    "scipy": "SciPy check_grad",
    "autograd": "autograd check_grads",
    "classroom": "classroom rule",
}
RULES = {
    "ours": 'outcome "wrong" rejects; "undecided" is counted apart',
    "values": "the same, of functions that cannot be recorded; mistakes in every third function",
    "jax": "`jax.test_util.check_grads`, reverse mode, order 1, its own step and tolerance",
    "torch": "`torch.autograd.gradcheck`, its own step and tolerances",
    "scipy": "`scipy.optimize.check_grad` at most 1e-6, as in its documentation’s examples",
    "autograd": "`autograd.test_util.check_grads`, reverse mode, order 1, its own step and tolerance",
    "classroom": "central difference with h = 1e-5, |difference| / larger of the two < 1e-7 in each entry",
}


@dataclass(frozen=True)
class Claim:
    """A function, where, and a gradient that may be wrong.

    Attributes
    ----------
    function, args, argnums
        As the lab takes them.
    material
        The same as a function of one flat vector.
    claimed
        The flat gradient in question.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    argnums: Any
    material: Material
    claimed: Any

    @property
    def tree(self) -> Any:
        """The gradient in the structure of the arguments."""
        return packed(self.args, self.argnums, self.claimed)


def packed(args: tuple[Any, ...], argnums: Any, flat: Any) -> Any:
    """A flat vector in the structure of the active arguments, in their dtypes."""
    start, trees = 0, []
    for position in argnums if isinstance(argnums, tuple) else (argnums,):
        leaves, structure = flatten(args[position])
        parts = []
        for leaf in leaves:
            size = np.size(leaf)
            parts.append(flat[start : start + size].reshape(np.shape(leaf)).astype(np.asarray(leaf).dtype)[()])
            start += size
        trees.append(unflatten(structure, parts))
    return tuple(trees) if isinstance(argnums, tuple) else trees[0]


Answer = dict[str, Any]
"""Whether a contestant rejects, and what it names; rejects is None where it is not installed."""


NOT_ASKED: Answer = {"rejects": None, "outcome": "not asked", "pattern": None}


def asked(name: str, claim: Claim) -> Answer:
    """A contestant's answer."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the peers' own words
            return _CONTESTANTS[name](claim)
    except UnavailableError:
        return {"rejects": None, "outcome": "unavailable", "pattern": None}


def _said(rejects: bool, outcome: str = "", pattern: str | None = None) -> Answer:
    return {"rejects": rejects, "outcome": outcome or ("rejected" if rejects else "passed"), "pattern": pattern}


def _ours(claim: Claim) -> Answer:
    verdict = dl.check_gradient(claim.function, claim.tree, *claim.args, argnums=claim.argnums)
    return _said(verdict.outcome == "wrong", verdict.outcome, verdict.pattern and verdict.pattern.name)


def _values(claim: Claim) -> Answer:
    """Ours without the function's operations: as a black box of plain numbers."""

    def box(*args: Any) -> float:
        return float(claim.function(*map(_plain, args)))

    return _ours(replace(claim, function=box))


def _plain(arg: Any) -> Any:
    leaves, structure = flatten(arg)
    plain = [np.asarray(leaf)[()] if hasattr(leaf, "shape") else leaf for leaf in leaves]
    return unflatten(structure, plain) if leaves else arg


def _classroom(claim: Claim) -> Answer:
    m, h = claim.material, 1e-5
    quotient = np.array([(m.value(m.at + row) - m.value(m.at - row)) / (2 * h) for row in np.eye(m.size) * h])
    larger = np.maximum(np.abs(quotient), np.abs(claim.claimed))
    relative = np.where(larger == 0, 0.0, np.abs(quotient - claim.claimed) / larger)
    return _said(not np.all(relative < 1e-7))


def _scipy(claim: Claim) -> Answer:
    m = claim.material
    distance = load("scipy").optimize.check_grad(m.value, lambda x: claim.claimed, m.at)
    return _said(not distance <= 1e-6)


def _jax(claim: Claim) -> Answer:
    library = load("jax")
    from jax.test_util import check_grads  # a module of JAX that is not loaded with it

    at = claim.material.at
    with library.double_precision(), library.jax.disable_jit():  # operation by operation, so that NumPy may compute f

        @library.jax.custom_vjp
        def function(x: Any) -> Any:
            return library.jnp.asarray(claim.material.value(np.asarray(x)), at.dtype)

        function.defvjp(lambda x: (function(x), None), lambda _, y_bar: (y_bar * claim.claimed.astype(at.dtype),))
        try:
            check_grads(function, (library.jnp.asarray(at),), order=1, modes=["rev"])
        except AssertionError:
            return _said(True)
    return _said(False)


def _autograd(claim: Claim) -> Answer:
    load("autograd")
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    function = primitive(claim.material.value)
    defvjp(function, lambda y, x: lambda y_bar: y_bar * claim.claimed)
    np.random.seed(0)  # noqa: NPY002 - the directions that it draws
    try:
        check_grads(function, modes=["rev"], order=1)(claim.material.at)
    except AssertionError:
        return _said(True)
    return _said(False)


def _torch(claim: Claim) -> Answer:
    torch = load("torch").torch

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return torch.tensor(claim.material.value(x.detach().numpy()), dtype=torch.float64)

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            return y_bar * torch.tensor(claim.claimed)

    x = torch.tensor(claim.material.at, dtype=torch.float64, requires_grad=True)
    return _said(not torch.autograd.gradcheck(Function.apply, (x,), raise_exception=False))


_CONTESTANTS: dict[str, Callable[[Claim], Answer]] = {
    "ours": _ours,
    "values": _values,
    "jax": _jax,
    "torch": _torch,
    "scipy": _scipy,
    "autograd": _autograd,
    "classroom": _classroom,
}
