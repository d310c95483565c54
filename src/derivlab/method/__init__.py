"""The methods by name: one line each."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from typing import Any

from derivlab.errors import did_you_mean, unknown
from derivlab.method.abstract import OPERATORS, Method, Prepared
from derivlab.method.compiled import Compiled
from derivlab.method.complex_step import ComplexStep
from derivlab.method.difference import FiniteDifference
from derivlab.method.forward import ForwardMode
from derivlab.method.jax import Jax
from derivlab.method.manual import Manual
from derivlab.method.null import Null
from derivlab.method.reverse import ReverseMode
from derivlab.method.richardson import Richardson
from derivlab.method.symbolic import FORMS, SymbolicMethod
from derivlab.method.taylor import TaylorMode

__all__ = ["METHODS", "OPERATORS", "Method", "Prepared"]


class Registry(Mapping[str, Method]):
    """Methods by name, in the order of the tables; an unknown name is an error that lists the known ones.

    Those of an optional extra are found by name always, and stand in the tables where the extra is installed.
    Variants are found by name, and stand in those tables that name them.
    """

    def __init__(self, methods: list[Method], extras: dict[str, list[Method]], variants: list[Method]) -> None:
        self._methods = {method.name: method for method in methods}
        self._extras = {method.name: method for group in [*extras.values(), variants] for method in group}
        for library, group in extras.items():
            if importlib.util.find_spec(library) is not None:
                self._methods |= {method.name: method for method in group}

    def __getitem__(self, name: str) -> Method:
        method = self._methods.get(name) or self._extras.get(name)
        if method is None:
            raise unknown("method", name, dict.fromkeys([*self._methods, *self._extras]), CALLED)
        return method

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"methods are chosen by name: {_choice(name, [*self._methods, *self._extras])}")

    def __contains__(self, name: object) -> bool:
        return name in self._methods

    def __iter__(self) -> Iterator[str]:
        return iter(self._methods)

    def __len__(self) -> int:
        return len(self._methods)

    def __repr__(self) -> str:
        """The methods and which operators each has, as a matrix."""
        width = max(map(len, self))
        rows = [" " * width + "  " + "  ".join(OPERATORS)]
        for name, method in self.items():
            marks = ("–" if operator in method.unsupported else "yes" for operator in OPERATORS)
            cells = (mark.ljust(len(operator)) for mark, operator in zip(marks, OPERATORS, strict=True))
            rows.append(f"{name:{width}}  {'  '.join(cells)}".rstrip())
        return "\n".join([*rows, "", "–: unsupported; methods[name].unsupported says why, and what to use instead"])


def _choice(name: str, known: list[str]) -> str:
    hyphened = name.replace("_", "-")
    return f"methods[{hyphened!r}]" if hyphened in known else f"no method {name!r}{did_you_mean(name, known, CALLED)}"


CALLED = {
    **dict.fromkeys(("finite-difference", "finite-differences", "numerical", "numeric"), "central-difference"),
    **dict.fromkeys(("backprop", "backpropagation", "backward", "adjoint", "autodiff"), "reverse"),
    **dict.fromkeys(("dual", "dual-numbers", "tangent"), "forward"),
    **dict.fromkeys(("sympy", "analytic"), "symbolic"),
    "hand": "manual",
}
"""What methods are called elsewhere."""


METHODS = Registry(
    [
        Manual(),
        SymbolicMethod(),
        SymbolicMethod(cse=True),
        FiniteDifference("forward"),
        FiniteDifference("central"),
        Richardson(),
        ComplexStep(),
        ForwardMode(),
        ReverseMode(),
        TaylorMode(),
        Compiled(ForwardMode()),
        Compiled(ReverseMode()),
        Jax(),
        Null(),
    ],
    extras={"numba": [Compiled(ForwardMode(), native=True), Compiled(ReverseMode(), native=True)]},
    variants=[SymbolicMethod(form) for form in FORMS if form != "raw"],
)
