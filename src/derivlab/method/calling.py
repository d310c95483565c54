"""Calling the user's function: an error that hides one of ours, or speaks of our arrays, becomes one that says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from derivlab.array import callers, outside
from derivlab.array.level import Traced
from derivlab.array.numpy_names.advice import INSTEAD
from derivlab.errors import ArgumentError, DerivativeLostError, DerivlabError


def called(f: Callable[..., Any], args: Sequence[Any], leaves: Sequence[Any]) -> Any:
    """f of its arguments, of which ``leaves`` are those under differentiation."""
    try:
        return f(*args)
    except DerivlabError:
        raise
    except Exception as error:
        arrays = [leaf for leaf in leaves if isinstance(leaf, Traced)]
        found = (_hidden(error, arrays) or _explained(error, args)) if arrays else None
        if found is None:
            raise
        raise found from (None if found is error.__cause__ else error)


def _hidden(error: Exception, arrays: Sequence[Traced]) -> DerivlabError | None:
    """Our own error, where NumPy or a routine in C put another in its place."""
    call = callers.raising(error)
    raised = call.instruction == "RAISE_VARARGS"
    if isinstance(error.__cause__, DerivlabError) and (call.in_library or not raised):
        return error.__cause__
    if raised or not call.in_library:
        return None
    refusals = [x.level.refusal for x in arrays if x.level.refusal]
    return DerivativeLostError(refusals[0]) if refusals else None


def _explained(error: Exception, args: Sequence[Any]) -> DerivlabError | None:
    """What an error means that Python or a library raises over arguments of a kind that they do not know."""
    call, text = callers.raising(error), str(error)
    known = outside.instead(call)
    if "WRITEBACKIFCOPY" in text:
        return DerivativeLostError(f"np.nditer writes into arrays of NumPy's own. Instead, write {outside.ITEMS}.")
    if "Multiple namespaces" in text and call.name:
        return ArgumentError(
            f"{call.text} got arrays under differentiation beside NumPy's, which SciPy does not mix. Make all of them "
            "the same: w = xp.asarray(w), with xp = array_namespace(x), for each array of NumPy's."
            + (f" Or {known}." if known else "")
        )
    if isinstance(error, (TypeError, AttributeError)) and (found := _of_containers(error, args)) is not None:
        return found
    if _OURS.search(text) and call.name:
        return DerivativeLostError(
            f"{call.text}: {text.rstrip('.')}. It takes no arrays under differentiation. Instead, "
            f"{known or INSTEAD['']}."
        )
    return None


_OURS = re.compile(r"\bArray\b|an array under differentiation")
"""How others name one of our arrays, and how it names itself."""


def _of_containers(error: Exception, args: Sequence[Any]) -> DerivlabError | None:
    """An argument that is a list or a tuple, which the function took for an array."""
    for place, arg in enumerate(args):
        kind = type(arg).__name__
        if isinstance(arg, (list, tuple)) and re.search(rf"'{kind}'|got {kind}|sequence", str(error)):
            return ArgumentError(
                f"argument {place} is a {kind}, and reaches the function as a {kind} of arrays, where it failed with "
                f"{type(error).__name__}: {error}. For one array give {_as_array(arg)}."
            )
    return None


def _as_array(arg: Sequence[Any]) -> str:
    if len(arg) == 1 and getattr(arg[0], "shape", ()):
        return f"x itself, and not {'[x]' if isinstance(arg, list) else '(x,)'}"
    return "np.array([...])"
