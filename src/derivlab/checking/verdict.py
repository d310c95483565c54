"""The verdict on a derivative, with the evidence for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from derivlab.checking.line import Study

MOST_LINES = 15
_SHOWN = 4


@dataclass(frozen=True)
class Entry:
    """One entry of a derivative beside the one expected.

    Attributes
    ----------
    label, leaf, index
        Where: as Python writes it, and as the number of the array and the place in it.
    expected, got
        The two values.
    relative, ulps
        |got − expected| over |expected|, and in units in the last place of expected.
    allowed
        The error that would be no mistake.
    """

    label: str
    leaf: int
    index: tuple[int, ...]
    expected: float
    got: float
    relative: float
    ulps: float
    allowed: float


@dataclass(frozen=True)
class Pattern:
    """A likely cause: its name, for programs, and what it says, for people."""

    name: str
    text: str


@dataclass(frozen=True, repr=False)
class Verdict:
    """Whether a derivative is right, and why.

    Attributes
    ----------
    outcome
        ``"correct"``, ``"wrong"`` or ``"undecided"``. True of a verdict is ``correct`` alone.
    subject
        What was checked, in words.
    reason
        Why it is undecided, or what was found, in a sentence.
    entries
        The entries that are off, the worst first; of a correct derivative the one that is nearest to its tolerance.
    off, total
        How many entries are off, and how many there are.
    pattern
        The likely cause, or None.
    source, tolerance
        What it was judged against, and whence the tolerance.
    study
        The steps of a difference quotient along a line, with the power of the Taylor remainder; None where shapes
        do not fit.
    notes
        Further evidence, a line each.
    """

    outcome: str
    subject: str
    reason: str
    entries: Sequence[Entry]
    off: int
    total: int
    pattern: Pattern | None
    source: str
    tolerance: str
    study: Study | None
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.outcome == "correct"

    def __str__(self) -> str:
        against, *evidence = self.evidence or [""]
        lines = [f"{self.outcome}: {self.subject}{self.reason and ': '}{self.reason}", *([against] if against else [])]
        lines += self.table()
        if self.pattern is not None:
            lines.append(f"likely cause: {self.pattern.text}")
        lines += evidence
        return "\n".join([lines[0], *(f"  {line}"[:160].rstrip() for line in lines[1:MOST_LINES])])

    __repr__ = __str__

    @property
    def evidence(self) -> list[str]:
        """What it was judged against, the Taylor remainder, and the notes, a line each."""
        against = [f"judged by {self.source}; tolerance {self.tolerance}"] if self.source else [""]
        return [*against, *self._taylor(), *self.notes]

    def table(self) -> list[str]:
        """The worst entries as lines of text."""
        if not self.entries or self.outcome == "correct":
            return [self._nearest()] if self.entries else []
        shown = self.entries[:_SHOWN]
        rows = [["entry", "expected", "got", "relative error", "ulps"], *map(_row, shown)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
        more = self.off - len(shown)
        return [*lines, f"and {more} more of {self.total}"] if more > 0 else lines

    def _nearest(self) -> str:
        entry = self.entries[0]
        count = "1 entry" if self.total == 1 else f"{self.total} entries"
        return (
            f"{count}; the worst is {entry.label}: {entry.got!r}, off by {entry.ulps:.2g} ulps "
            f"({entry.relative:.1e} relative), where {entry.allowed / (abs(entry.expected) or 1.0):.1e} is allowed"
        )

    def _taylor(self) -> list[str]:
        study = self.study
        if study is None or study.slope is None:
            return []
        return [
            f"Taylor remainder ~ h^{study.slope:.2f} over {study.decades:.1f} decades of h; a right one has "
            f"h^{study.right}"
        ]

    def _repr_html_(self) -> str:
        from derivlab.report.verdicts import verdict_html

        return verdict_html(self)

    def plot(self) -> Any:
        """A matplotlib figure of the step study: quotient and Taylor remainder against the step."""
        from derivlab.report.verdicts import study_figure

        return study_figure(self)


def _row(entry: Entry) -> list[str]:
    return [entry.label, repr(entry.expected), repr(entry.got), f"{entry.relative:.1e}", f"{entry.ulps:.1e}"]
