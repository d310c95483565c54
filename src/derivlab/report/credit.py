"""How a figure is cited: BibTeX, LaTeX, and what its file says of itself."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

AUTHORS = "The derivlab developers"
LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
_TITLE = "derivlab: a laboratory for derivatives"


@dataclass(frozen=True)
class Credit:
    """What identifies a figure, and how it came about.

    Attributes
    ----------
    study, name
        Together the id, ``study/name``, which is the same in every run.
    title, caption, alt
        The point of the figure, what it shows, and what is seen.
    source
        The command that makes it, and the versions of what it was made with. No date: equal runs give equal files.
    share
        Of the width of a page, for print.
    """

    study: str
    name: str
    title: str
    caption: str
    alt: str
    source: str
    share: float = 1.0

    @property
    def id(self) -> str:
        """``study/name``."""
        return f"{self.study}/{self.name}"

    def metadata(self, kind: str) -> dict[str, Any]:
        """The same for each format, under the keys that it has; never a date."""
        rights = f"{AUTHORS}, {LICENCE} ({LICENCE_URL})"
        identifier = f"derivlab {self.id}"
        if kind == "svg":
            return {"Title": self.title, "Creator": AUTHORS, "Rights": rights, "Source": self.source,
                    "Identifier": identifier, "Description": self.alt, "Language": "en"}  # fmt: skip
        if kind == "pdf":
            return {"Title": self.title, "Author": AUTHORS, "Subject": self.alt,
                    "Keywords": f"{identifier}; {rights}; {self.source}"}  # fmt: skip
        return {"Title": self.title, "Author": AUTHORS, "Copyright": rights, "Source": self.source,
                "Description": self.alt, "Identifier": identifier}  # fmt: skip

    def bibtex(self, version: str, year: str) -> str:
        """An entry of its own for the figure."""
        fields = {
            "author": "{" + AUTHORS + "}",
            "title": tex(self.title),
            "howpublished": f"Figure \\texttt{{{tex(self.id)}}} of {_TITLE}, version {version}",
            "year": year,
            "note": f"{LICENCE}. Made by \\texttt{{{tex(self.source.partition(';')[0])}}}",
        }
        lines = "".join(f"  {key:12} = {{{value}}},\n" for key, value in fields.items())
        return f"@misc{{derivlab-{self.study}-{self.name},\n{lines}}}\n"

    def latex(self) -> str:
        """The figure with its caption, as wide as its text needs to be read; in two columns it spans both."""
        width = "" if self.share == 1.0 else f"{self.share:.2f}"
        return (
            "\\begin{figure*}\n  \\centering\n"
            f"  \\includegraphics[width={width}\\textwidth]{{{self.id}.pdf}}\n"
            f"  \\caption{{\\textbf{{{tex(self.title)}.}} {tex(self.caption)} "
            f"Figure: {AUTHORS}, {LICENCE}~\\cite{{derivlab-{self.study}-{self.name}}}.}}\n"
            f"  \\label{{fig:{self.study}-{self.name}}}\n\\end{{figure*}}\n"
        )


_RAISED = re.compile("[" + "".join(chr(c) for c in range(0xB2, 0x2FFF)
                                   if unicodedata.decomposition(chr(c)).startswith("<super>")) + "]+")  # fmt: skip
_LOWERED = re.compile("[" + "".join(chr(c) for c in range(0xB2, 0x2FFF)
                                    if unicodedata.decomposition(chr(c)).startswith("<sub>")) + "]+")  # fmt: skip


def tex(text: str) -> str:
    """Plain text for LaTeX: its special characters escaped, Greek, signs and indices written as commands."""
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    encode = UnicodeToLatexEncoder(unknown_char_policy="keep", unknown_char_warning=False).unicode_to_latex
    pieces = re.split(f"({_RAISED.pattern}|{_LOWERED.pattern})", text)
    return "".join(_index(piece) if k % 2 else encode(piece) for k, piece in enumerate(pieces))


def _index(run: str) -> str:
    command = "textsuperscript" if _RAISED.match(run) else "textsubscript"
    return f"\\{command}{{{unicodedata.normalize('NFKC', run).replace('−', '-')}}}"
