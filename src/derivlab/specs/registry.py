"""Specs: a function written once, with everything that the lab knows about it."""

from __future__ import annotations

import importlib
import inspect
import numbers
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

from derivlab.errors import ArgumentError, unknown


@dataclass(frozen=True)
class Kink:
    """A point where a function has no derivative, and the generalised derivatives that are accepted there.

    Attributes
    ----------
    args
        The arguments.
    slopes
        The limits of the derivative at nearby smooth points, each in the form of the derivative. Accepted is their
        convex hull, which is Clarke's generalised derivative.

    Reference: F. H. Clarke, "Optimization and Nonsmooth Analysis", SIAM, 1990, section 2.5.
    """

    args: tuple[Any, ...]
    slopes: Sequence[Any]


@dataclass(frozen=True)
class Spec:
    """A function, its example inputs, and what is known about its derivative.

    Attributes
    ----------
    function
        Array code that asks its arguments for their namespace.
    args
        Example arguments.
    operator
        ``"derivative"`` for one real variable, ``"grad"`` for several.
    argnums
        The arguments to differentiate with respect to.
    value_and_gradient
        The same derivative by hand over NumPy: ``value_and_gradient(*args) -> (value, gradient)``.
    domain
        In words, where the function is smooth or defined.
    kinks
        Points where it has no derivative, each with the accepted set there.
    latex
        The formula.
    source
        Citation of where the function or its numbers come from.
    name, parameters, summary
        Filled in by :func:`register` and :func:`spec`.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    operator: str = "grad"
    argnums: int | tuple[int, ...] = 0
    value_and_gradient: Callable[..., Any] | None = None
    domain: str = "all real inputs"
    kinks: Sequence[Kink] = ()
    latex: str = ""
    source: str = ""
    name: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise ArgumentError(f"Spec needs a function, and got {self.function!r:.60}: Spec(f, (x,))")
        if not isinstance(self.args, tuple):
            raise ArgumentError(f"args of a Spec must be a tuple, (x,), and is {type(self.args).__name__}")

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    @property
    def label(self) -> str:
        """The name with the parameters that were chosen, e.g. ``logistic-map n=8``."""
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.parameters.items())])


_factories: dict[str, Callable[..., Spec]] = {}


@overload
def register(name: Callable[..., Spec]) -> Callable[..., Spec]: ...
@overload
def register(name: str) -> Callable[[Callable[..., Spec]], Callable[..., Spec]]: ...
def register(name: str | Callable[..., Spec]) -> Any:
    """Add a spec to the catalogue: a decorator for a function that returns a :class:`Spec`.

    The function's keyword parameters become the spec's; its docstring's first line is the summary.

        @register("cubic")
        def cubic(x: float = 2.0) -> Spec:
            '''x³.'''
            return Spec(lambda x: x**3, (x,), operator="derivative")

    Raises
    ------
    ArgumentError
        If the name is none, or is taken by another function.
    """
    if callable(name) and not isinstance(name, Spec):
        return register(getattr(name, "__name__", "").replace("_", "-"))(name)
    if not isinstance(name, str) or not name.replace("-", "_").isidentifier():
        raise ArgumentError(
            f"register takes a name for the spec, such as 'cubic', or a function with one, and got {name!r:.60}: write "
            '@derivlab.register("cubic") above a function that returns a Spec'
        )

    def add(factory: Callable[..., Spec]) -> Callable[..., Spec]:
        if not callable(factory) or isinstance(factory, Spec):
            raise ArgumentError(f"the spec {name!r} must be made by a function: def cubic(): return Spec(f, (x,))")
        if name in _factories and _factories[name].__module__ != factory.__module__:
            raise ArgumentError(f"the spec name {name!r} is taken by {_factories[name].__module__}; choose another")
        _factories[name] = factory
        return factory

    return add


def spec(name: str, **parameters: Any) -> Spec:
    """The spec called ``name``, e.g. ``spec("logistic-map", n=8)``.

    Raises
    ------
    UnknownNameError
        If there is no such spec; lists those that exist.
    ArgumentError
        If it has no such parameter; lists those that it has.
    """
    factory = catalogue()[name]
    known = inspect.signature(factory).parameters
    for key in parameters:
        if key not in known:
            raise ArgumentError(f"spec {name!r} has no parameter {key!r}; it has {', '.join(known) or 'none'}")
        _check_parameter(name, key, parameters[key], known[key].default, factory.__module__)
    made = factory(**parameters)
    if not isinstance(made, Spec):
        raise ArgumentError(f"the function of spec {name!r} returned {type(made).__name__}; return Spec(f, (x,))")
    summary = (inspect.getdoc(factory) or "").partition("\n")[0]
    return replace(made, name=name, parameters=parameters, summary=summary)


_KINDS: dict[type, tuple[type, str]] = {
    bool: (bool, "True or False"),
    int: (numbers.Integral, "an integer"),
    float: (numbers.Real, "a number"),
    str: (str, "a text"),
}
"""What a parameter may be whose default is of a type, and in words."""


def _check_parameter(name: str, key: str, value: Any, default: Any, module: str) -> None:
    """Refuse what is not of the default's type; the integers of this package's specs are counts, or seeds from 0 on."""
    kind, words = _KINDS.get(type(default), (object, ""))
    fits = isinstance(value, kind) and (type(default) is bool or not isinstance(value, bool))
    if type(default) is int and module.startswith("derivlab."):
        least = min(default, 1)
        words += f" from {least} on"
        fits = fits and value >= least
    if not fits:
        raise ArgumentError(f"spec {name!r}: {key} must be {words}, e.g. {default!r}, and is {value!r}")


class Catalogue(Mapping[str, Callable[..., Spec]]):
    """All specs by name; prints as a list with summaries."""

    def __getitem__(self, name: str) -> Callable[..., Spec]:
        if name not in _factories:
            raise unknown("spec", name, sorted(_factories))
        return _factories[name]

    def __contains__(self, name: object) -> bool:
        return name in _factories

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(_factories))

    def __len__(self) -> int:
        return len(_factories)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {(inspect.getdoc(self[name]) or '').partition(chr(10))[0]}" for name in self)


def catalogue() -> Catalogue:
    """The specs by name, those of this package and those that were registered."""
    import derivlab.specs

    for module in pkgutil.iter_modules(derivlab.specs.__path__):
        importlib.import_module(f"derivlab.specs.{module.name}")
    return Catalogue()
