"""The methods by name: one line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from derivlab.errors import UnknownNameError
from derivlab.method.abstract import OPERATORS, Method, Prepared
from derivlab.method.compiled import Compiled
from derivlab.method.complex_step import ComplexStep
from derivlab.method.difference import FiniteDifference
from derivlab.method.forward import ForwardMode
from derivlab.method.jax import Jax
from derivlab.method.manual import Manual
from derivlab.method.null import Null
from derivlab.method.reverse import ReverseMode
from derivlab.method.symbolic import SymbolicMethod

__all__ = ["METHODS", "OPERATORS", "Method", "Prepared"]


class Registry(Mapping[str, Method]):
    """Methods by name, in the order of the tables; an unknown name is an error that lists the known ones."""

    def __init__(self, methods: list[Method]) -> None:
        self._methods = {method.name: method for method in methods}

    def __getitem__(self, name: str) -> Method:
        if name not in self._methods:
            raise UnknownNameError(f"no method {name!r}; there are {', '.join(self._methods)}")
        return self._methods[name]

    def __contains__(self, name: object) -> bool:
        return name in self._methods

    def __iter__(self) -> Iterator[str]:
        return iter(self._methods)

    def __len__(self) -> int:
        return len(self._methods)

    def __repr__(self) -> str:
        return f"methods: {', '.join(self)}"


METHODS = Registry(
    [
        Manual(),
        SymbolicMethod(cse=False),
        SymbolicMethod(cse=True),
        FiniteDifference("forward"),
        FiniteDifference("central"),
        ComplexStep(),
        ForwardMode(),
        ReverseMode(),
        Compiled(ForwardMode()),
        Compiled(ReverseMode()),
        Compiled(ForwardMode(), native=True),
        Compiled(ReverseMode(), native=True),
        Jax(),
        Null(),
    ]
)
