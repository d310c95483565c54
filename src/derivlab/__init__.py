"""derivlab: a laboratory for derivatives.

A function is written once, as ordinary array code, and differentiated by hand, symbolically, by finite
differences, by forward and reverse automatic differentiation, and by JAX; each answer is judged against a
certified one.

    import derivlab as dl
    dl.reverse.grad(f)(x)
    dl.compare(f, x)

Nothing is loaded before it is used.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from derivlab.version import __version__

if TYPE_CHECKING:
    from derivlab import special, truth
    from derivlab.checking.assertion import assert_gradient
    from derivlab.checking.gradient import check_gradient
    from derivlab.checking.rule import check_rule
    from derivlab.checking.verdict import Verdict
    from derivlab.comparison import Comparison, compare
    from derivlab.conformance import conformance_namespace
    from derivlab.method import METHODS as methods
    from derivlab.method.automatic import jacobian
    from derivlab.method.complex_step import ComplexStep
    from derivlab.method.difference import FiniteDifference
    from derivlab.method.estimate import Estimate
    from derivlab.method.formulas import latex
    from derivlab.method.forward import ForwardMode
    from derivlab.method.noise import noise
    from derivlab.method.printed import source
    from derivlab.method.richardson import Richardson
    from derivlab.method.sparse import sparse_hessian, sparse_jacobian, sparsity
    from derivlab.method.stencils import Stencil, stencil
    from derivlab.method.symbolic import SymbolicMethod
    from derivlab.namespace import array_namespace
    from derivlab.report.drawing import draw
    from derivlab.specs.registry import Kink, Spec, catalogue, register, spec
    from derivlab.typed import parse

_HOMES = {
    "Comparison": "derivlab.comparison",
    "ComplexStep": "derivlab.method.complex_step",
    "Estimate": "derivlab.method.estimate",
    "FiniteDifference": "derivlab.method.difference",
    "Richardson": "derivlab.method.richardson",
    "ForwardMode": "derivlab.method.forward",
    "Kink": "derivlab.specs.registry",
    "Spec": "derivlab.specs.registry",
    "Stencil": "derivlab.method.stencils",
    "SymbolicMethod": "derivlab.method.symbolic",
    "Verdict": "derivlab.checking.verdict",
    "array_namespace": "derivlab.namespace",
    "assert_gradient": "derivlab.checking.assertion",
    "catalogue": "derivlab.specs.registry",
    "check_gradient": "derivlab.checking.gradient",
    "check_rule": "derivlab.checking.rule",
    "compare": "derivlab.comparison",
    "conformance_namespace": "derivlab.conformance",
    "draw": "derivlab.report.drawing",
    "jacobian": "derivlab.method.automatic",
    "latex": "derivlab.method.formulas",
    "noise": "derivlab.method.noise",
    "parse": "derivlab.typed",
    "register": "derivlab.specs.registry",
    "source": "derivlab.method.printed",
    "sparse_hessian": "derivlab.method.sparse",
    "sparse_jacobian": "derivlab.method.sparse",
    "sparsity": "derivlab.method.sparse",
    "spec": "derivlab.specs.registry",
    "stencil": "derivlab.method.stencils",
}
_MODULES = ("special", "truth")
_METHODS = {
    "forward": "forward",
    "reverse": "reverse",
    "taylor": "taylor",
    "symbolic": "symbolic",
    "jax": "jax",
    "manual": "manual",
}

__all__ = [
    "Comparison",
    "ComplexStep",
    "Estimate",
    "FiniteDifference",
    "ForwardMode",
    "Kink",
    "Richardson",
    "Spec",
    "Stencil",
    "SymbolicMethod",
    "Verdict",
    "__version__",
    "array_namespace",
    "assert_gradient",
    "catalogue",
    "check_gradient",
    "check_rule",
    "compare",
    "conformance_namespace",
    "draw",
    "jacobian",
    "latex",
    "methods",
    "noise",
    "parse",
    "register",
    "source",
    "sparse_hessian",
    "sparse_jacobian",
    "sparsity",
    "spec",
    "special",
    "stencil",
    "truth",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"derivlab.{name}")
    if name == "methods" or name in _METHODS:
        registry = importlib.import_module("derivlab.method").METHODS
        return registry if name == "methods" else registry[_METHODS[name]]
    raise AttributeError(name if name.startswith("__") else _unknown(name))


def _unknown(name: str) -> str:
    """What to say of a name that is not here; the operators are those of methods."""
    if importlib.util.find_spec(f"derivlab.{name}") is not None:
        return f"derivlab.{name} is a module that is not loaded: type import derivlab.{name}"
    from derivlab.errors import did_you_mean
    from derivlab.method import METHODS, OPERATORS
    from derivlab.method.first_order import ELSEWHERE

    operator = ELSEWHERE.get(name, name)
    if operator in OPERATORS:
        return f"derivlab has no {name!r} of its own, for methods have it: derivlab.reverse.{operator}, for example"
    if (method := name.replace("_", "-")) in METHODS:
        return f"derivlab has no {name!r}; it is derivlab.methods[{method!r}]"
    known = [*__all__, *_METHODS]
    return f"derivlab has no {name!r}{did_you_mean(name, known)}; it has {', '.join(known)}"


def __dir__() -> list[str]:
    return sorted([*__all__, *_METHODS])
