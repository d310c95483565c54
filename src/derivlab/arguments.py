"""The arguments of the commands: numbers, truth values and lists of names, each refused in one line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from derivlab.errors import ArgumentError


def positive(text: str) -> float:
    """A finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no positive number")
    return value


def truth_value(text: str) -> bool:
    """True or false, where ``bool("False")`` is true."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"say true or false, and not {text!r}")
    return text.lower() == "true"


def listed(text: str | None, option: str, known: Sequence[str]) -> list[str] | None:
    """The names in a text with commas; None where the option was not given."""
    names = None if text is None else [name.strip() for name in text.split(",") if name.strip()]
    if names == []:
        raise ArgumentError(f"{option} names none; there are {', '.join(known)}")
    return names
