"""Programs in colour, as HTML."""

from __future__ import annotations

from typing import Any

import pygments
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer


def highlighted(program: str) -> str:
    """A Python program as a ``<div>`` that carries its colours; nothing in the program is markup."""
    formatter: Any = HtmlFormatter(noclasses=True, nobackground=True, style="default")
    return pygments.highlight(program, PythonLexer(), formatter)
