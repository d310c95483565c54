"""The errors of the package: each says what, where, and what to type instead.

An :class:`OutcomeError` carries the name of the outcome that it becomes in a table (see
:mod:`derivlab.harness.outcome`); every other error is a mistake in a call and reaches the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class DerivlabError(Exception):
    """Base of every error that derivlab raises on purpose."""


class ArgumentError(DerivlabError, TypeError, ValueError):
    """A call that cannot be carried out as typed: not a function, a wrong shape, an integer input."""


class AnswerError(ArgumentError):
    """An answer of f that an operator has no derivative for; it speaks in the name of the operator that was called.

    Attributes
    ----------
    f
        The function.
    needs
        What the operator needs, and what it got.
    first, second
        What to type instead of an operator of first order, and of one of second order.
    operator
        The operator that was called.
    """

    def __init__(self, f: Any, needs: str, first: str, second: str, operator: str = "grad") -> None:
        super().__init__(needs)
        self.f = f
        self.needs = needs
        self.first = first
        self.second = second
        self.operator = operator

    def asked(self, operator: str, f: Any) -> None:
        """Note that an operator was called on f: the outermost that was called on this function speaks."""
        if f is self.f:
            self.operator = operator

    def __str__(self) -> str:
        instead = self.first if self.operator.endswith("grad") else self.second
        return f"{self.operator} {self.needs}. {instead}."


class UnknownNameError(DerivlabError, KeyError):
    """A spec, method, operator or study that does not exist; the message lists what does."""

    def __str__(self) -> str:
        return str(self.args[0])


def unknown(kind: str, name: Any, known: Iterable[str], called: Mapping[str, str] | None = None) -> UnknownNameError:
    """The error of a name that does not exist, with the nearest that does; ``called`` is as in :func:`did_you_mean`."""
    known = list(known)
    return UnknownNameError(f"no {kind} {name!r}{did_you_mean(name, known, called)}; there are {', '.join(known)}")


def did_you_mean(name: Any, known: Iterable[str], called: Mapping[str, str] | None = None) -> str:
    """A question in brackets for a name that is nearly a known one, else nothing.

    ``called`` has what known ones are called elsewhere.
    """
    import difflib

    own = {key: key for key in known}
    plain = {_plain(key): value for key, value in (own | dict(called or {})).items() if value in own}
    near = difflib.get_close_matches(_plain(str(name)), list(plain), 1, 0.7)
    return f" (did you mean {plain[near[0]]!r}?)" if near else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-")


class DerivativeLostError(DerivlabError, TypeError):
    """A conversion or assignment that would silently cut the derivative."""


class LevelFinishedError(DerivlabError, RuntimeError):
    """An array outlived the differentiation that made it."""


class StoreError(DerivlabError, OSError):
    """A store of records that another run holds, that is not there, or that cannot be written."""


class OutcomeError(DerivlabError):
    """A method's declared inability, or a named failure; ``outcome`` is its name in a table."""

    outcome = "failed"


class UnsupportedError(OutcomeError):
    """The method declares that it cannot do this."""

    outcome = "unsupported"


def complex_inside(method: str) -> UnsupportedError:
    """That a function uses complex numbers on its way, where a method has real ones."""
    return UnsupportedError(
        f"{method}: the function computes with complex numbers itself; differentiate it by derivlab.forward or "
        "derivlab.reverse"
    )


class UnavailableError(OutcomeError, ImportError):
    """A library is not installed; the message is the line that installs it."""

    outcome = "unavailable"


class UndefinedError(OutcomeError):
    """The derivative does not exist at this point."""

    outcome = "undefined"


class UndecidedError(OutcomeError):
    """An enclosure could not decide, at the highest precision allowed."""

    outcome = "undecided"


class CrashedError(OutcomeError):
    """The process of a cell died: native code crashed, it was killed, or it left by itself."""

    outcome = "crashed"


class TimedOutError(OutcomeError):
    """The time budget of a cell ran out."""

    outcome = "timed out"


class MemoryBudgetError(OutcomeError):
    """The memory budget of a cell ran out."""

    outcome = "out of memory"
