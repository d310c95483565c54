"""Numbers that know the records they come from, from the data to the text of a report.

A study's summary formats numbers of its records into Markdown as it likes. For the page it does so once more with
numbers that carry the places of their records: arithmetic hands the places on, and formatting writes them into the
text, as characters that :func:`linked` makes links of. These characters are white space, so that ``float(text)``
reads the text as before.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

_BEGIN, _END = "\N{EN QUAD}", "\N{EM QUAD}"
_DIGITS = [chr(code) for code in range(ord("\N{EN SPACE}"), ord("\N{EN SPACE}") + 8)]
"""Eight spaces that count as the octal digits of a place."""
_COMMA = "\N{HAIR SPACE}"
_MARKED = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}([{''.join(_DIGITS)}{_COMMA}]+){_END}")


class Traced:
    """A number with the places of the records that it was computed from, counted from 1."""

    places: frozenset[int]

    def __format__(self, form: str) -> str:
        return _marked(format(_plain(self), form), self.places)

    def __str__(self) -> str:
        return _marked(str(_plain(self)), self.places)

    def __repr__(self) -> str:
        return _marked(repr(_plain(self)), self.places)


class TracedFloat(Traced, float):
    """A float of a record."""


class TracedInt(Traced, int):
    """An integer of a record."""


def _plain(value: Any) -> Any:
    """The number alone."""
    return float.__float__(value) if isinstance(value, float) else int.__int__(value)


def _of(value: Any, places: frozenset[int]) -> Any:
    """A number with places; whatever else stays as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    kind: Any = TracedFloat if isinstance(value, float) else TracedInt
    number = kind(_plain(value))
    number.places = places
    return number


def _handing_on(operation: Callable[..., Any], turned: bool = False) -> Callable[..., Any]:
    """An operation of numbers whose answer has the places of all; ``turned``: the method of the right operand."""

    def method(self: Any, *others: Any) -> Any:
        numbers = [_plain(x) if isinstance(x, Traced) else x for x in (self, *others)]
        places = self.places.union(*(x.places for x in others if isinstance(x, Traced)))
        return _of(operation(*(numbers[::-1] if turned else numbers)), places)

    return method


_UNARY = {"__neg__": operator.neg, "__pos__": operator.pos, "__abs__": abs, "__round__": round}
_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
for _kind in (TracedFloat, TracedInt):
    for _name, _operation in _UNARY.items():
        setattr(_kind, _name, _handing_on(_operation))
    for _name in _BINARY:
        setattr(_kind, f"__{_name}__", _handing_on(getattr(operator, _name)))
        setattr(_kind, f"__r{_name}__", _handing_on(getattr(operator, _name), turned=True))


def traced(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same records, with numbers that know their places."""
    return [cast("dict[str, Any]", _within(record, frozenset((place,)))) for place, record in enumerate(records, 1)]


def computed(value: float, sources: Iterable[Any]) -> float:
    """A number with the places of the numbers that it was computed from, which NumPy forgets.

    Where no source is traced it is the number alone.
    """
    places = frozenset[int]().union(*(source.places for source in sources if isinstance(source, Traced)))
    return _of(value, places) if places else value


def spans(places: Sequence[int]) -> list[str]:
    """Ascending places, neighbours joined: 1, 2, 3, 7 as ``1-3`` and ``7``."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1][1:] = [place]
        else:
            runs.append([place])
    return ["-".join(map(str, run)) for run in runs]


def _within(value: Any, places: frozenset[int]) -> Any:
    if isinstance(value, Mapping):
        return {key: _within(entry, places) for key, entry in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [_within(entry, places) for entry in cast("list[Any]", value)]
    return _of(value, places)


def _marked(text: str, places: frozenset[int]) -> str:
    octal = (f"{place:o}" for place in sorted(places))
    return _BEGIN + text + _END + _COMMA.join("".join(_DIGITS[int(d)] for d in place) for place in octal) + _END


def unmarked(text: str) -> str:
    """The text without what tells where its numbers come from."""
    return _MARKED.sub(lambda found: found[1], text)


def linked(text: str, link: Callable[[str, list[int]], str]) -> str:
    """The text with each number as ``link(number, places)``; inside of code the number alone."""
    parts = re.split(r"(^```.*?^```|`[^`\n]*`)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(unmarked(part) if k % 2 else _MARKED.sub(lambda found: link(found[1], _places(found[2])), part)
                   for k, part in enumerate(parts))  # fmt: skip


def _places(marks: str) -> list[int]:
    return [int("".join(str(_DIGITS.index(mark)) for mark in place), 8) for place in marks.split(_COMMA)]
