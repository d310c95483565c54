"""Findings as HTML: Markdown with tables in boxes that scroll, and numbers that name their records."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_RECORD = re.compile(r"data\.jsonl#L\d+")
_TOP = 3
"""The level of the highest heading: above it stand the page's own and the study's."""

_BOX = '<div class="wide" tabindex="0" role="region" aria-label="table"><table>'
"""A table that is wider than the page scrolls by itself, with the keyboard too."""


def to_html(text: str, folder: str) -> str:
    """Markdown of the report in ``folder`` as HTML; whatever is HTML in it is shown as text.

    A link to a line of ``data.jsonl`` gets an attribute ``data-records`` with the folder and the places of the records.
    """
    reader = _reader()
    return reader.render(text, {"folder": folder})


@cache
def _reader() -> Any:
    from markdown_it import MarkdownIt

    reader: Any = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("link_open", _link)
    reader.add_render_rule("heading_open", _heading)
    reader.add_render_rule("heading_close", _heading)
    reader.add_render_rule("table_open", _constant(_BOX))
    reader.add_render_rule("table_close", _constant("</table></div>"))
    return reader


def _link(renderer: Any, tokens: Any, k: int, options: Any, env: Any) -> str:
    token = tokens[k]
    if _RECORD.fullmatch(str(token.attrGet("href"))):
        places = re.findall(r"[\d-]+", str(token.attrGet("title")))
        token.attrs = {"href": f"{env['folder']}/{token.attrGet('href')}", "class": "traced",
                       "data-records": " ".join([env["folder"], *places])}  # fmt: skip
    return renderer.renderToken(tokens, k, options, env)


def _heading(renderer: Any, tokens: Any, k: int, options: Any, env: Any) -> str:
    tokens[k].tag = f"h{max(_TOP, int(tokens[k].tag[1:]))}"
    return renderer.renderToken(tokens, k, options, env)


def _constant(text: str) -> Any:
    return lambda renderer, tokens, k, options, env: text + "\n"
