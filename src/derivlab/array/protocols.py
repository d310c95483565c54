"""NumPy's dispatch protocols: ``np.exp(x)`` and ``np.sum(x)`` on our arrays, by the tables of their meanings.

What has no meaning is left to NumPy where no derivative would be lost, and is else refused with its name: nothing
is ever computed on values that have lost their derivative.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from derivlab.array.conversions import surrender
from derivlab.array.level import Traced
from derivlab.array.methods import FUNCTIONS
from derivlab.array.numpy_names import ufunc_methods
from derivlab.array.numpy_names.advice import INSTEAD
from derivlab.array.numpy_names.common import NOT_GIVEN, Lacking
from derivlab.errors import DerivativeLostError

_HARMLESS = frozenset("order subok like device casting kind stable overwrite_input optimize sorted".split())
"""Options that change how NumPy computes, and not what."""


def call_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """``ufunc(*inputs)``, or one of its methods, on arrays of which at least one is ours."""
    try:
        return ufunc_methods.METHODS[method](ufunc, inputs, options)
    except Lacking as lacking:
        home = "scipy.special" if ufunc_methods.is_scipy(ufunc) else "numpy"
        name = f"{home}.{ufunc.__name__.lstrip('_')}{'' if method == '__call__' else '.' + method}"
        return _without(getattr(ufunc, method), name, inputs, options, lacking)


class Form(NamedTuple):
    """How a call of NumPy's becomes one of its meaning.

    A call whose first ``leading`` arguments stand in order, and whose options are all among ``names``, is one already.
    """

    theirs: inspect.Signature
    leading: int
    names: frozenset[str]
    open: bool


_KINDS = inspect.Parameter


@functools.cache
def _form(function: Callable[..., Any], meaning: Callable[..., Any]) -> Form:
    ours = inspect.signature(meaning).parameters
    try:
        signature = inspect.signature(function)
    except ValueError:  # a function of an older NumPy, written in C
        signature = inspect.signature(meaning)
    leading = 0
    for left, right in zip(signature.parameters.values(), ours.values(), strict=False):
        if right.kind == _KINDS.VAR_POSITIONAL:
            leading = 1 << 30
            break
        named = right.kind != _KINDS.POSITIONAL_ONLY
        if _KINDS.KEYWORD_ONLY in (left.kind, right.kind):
            break
        if named and left.name not in (right.name, right.name.rstrip("_")):
            break
        leading += 1
    return Form(
        signature,
        leading,
        frozenset(
            name for name, one in ours.items() if one.kind in (_KINDS.POSITIONAL_OR_KEYWORD, _KINDS.KEYWORD_ONLY)
        ),
        any(one.kind == _KINDS.VAR_KEYWORD for one in ours.values()),
    )


def call_function(function: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> Any:
    """A function of NumPy's namespace on arrays of which at least one is ours."""
    meaning = FUNCTIONS.get(function)
    name = f"{function.__module__}.{function.__name__}"
    if meaning is None:
        return _without(function, name, args, options, Lacking(""))
    form, out = _form(function, meaning), None
    try:
        ours, chosen = args, options
        if len(args) > form.leading or not (form.open or options.keys() <= form.names) or "out" in options:
            ours, chosen, out = _arranged(form, args, options)
        result = meaning(*ours, **chosen)
        return result if out is None else ufunc_methods.store(result, out)
    except Lacking as lacking:
        return _without(function, name, args, options, lacking)


def _arranged(form: Form, args: Sequence[Any], options: dict[str, Any]) -> tuple[list[Any], dict[str, Any], Any]:
    """The arguments under the names of the meaning, and the array to write into."""
    bound, out = form.theirs.bind(*args, **options), None
    ours: list[Any] = []
    chosen: dict[str, Any] = {}
    places = list(form.theirs.parameters)
    for name, value in bound.arguments.items():
        parameter, place = form.theirs.parameters[name], places.index(name)
        if parameter.kind == _KINDS.VAR_POSITIONAL:
            ours.extend(value)
        elif parameter.kind == _KINDS.VAR_KEYWORD:
            chosen.update(value)
        elif place < form.leading and parameter.kind != _KINDS.KEYWORD_ONLY and len(ours) == place:
            ours.append(value)
        elif name == "out":
            out = value[0] if isinstance(value, tuple) else value
        elif name in form.names or form.open:
            chosen[name] = value
        elif name not in _HARMLESS and not _unset(value, parameter.default):
            raise Lacking(f"{name}=", INSTEAD.get(f"{name}=", "drop that option"))
    if unknown := [key for key in chosen if not (form.open or key in form.names or key in _HARMLESS)]:
        raise Lacking(f"{unknown[0]}=", "drop that option")
    return ours, {key: value for key, value in chosen.items() if form.open or key in form.names}, out


def _unset(value: Any, default: Any) -> bool:
    """Whether an option says what it would say anyway."""
    return value is default or value is None or value is NOT_GIVEN or (type(value) is bool and value is False)


def _without(
    function: Callable[..., Any], name: str, args: Sequence[Any], options: dict[str, Any], lacking: Lacking
) -> Any:
    """NumPy's own answer where nothing is lost by it, else a refusal that says what to type."""
    if (plain := _plain((tuple(args), options))) is not None:
        return function(*plain[0], **plain[1])
    what = f" {'' if lacking.what.startswith('into') else 'with '}{lacking.what}" if lacking.what else ""
    raise DerivativeLostError(
        f"{name}{what} has no derivative rule here. Instead, {lacking.instead or INSTEAD.get(name, INSTEAD[''])}."
    )


def _plain(tree: Any) -> Any:
    """Arguments with plain values in place of arrays; None where that would lose a derivative.

    NumPy may read these values, and not write into them: other arrays may share them.
    """
    lost = False

    def convert(part: Any) -> Any:
        nonlocal lost
        if isinstance(part, Traced):
            lost = lost or part.level.carries(part)
            return None if lost else _read_only(surrender(part, "numpy.asarray"))
        if type(part) in (tuple, list):
            return type(part)(map(convert, part))
        return {key: convert(value) for key, value in part.items()} if type(part) is dict else part

    converted = convert(tree)
    return None if lost else converted


def _read_only(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    view = value.view()
    view.flags.writeable = False
    return view
