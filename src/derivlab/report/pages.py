"""Pages: a Markdown report for each study, and one HTML index of all, from what the studies wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from derivlab.harness.cells import SCHEMA

_VERSIONS = ("derivlab", "python", "numpy", "scipy", "sympy", "jax", "python-flint", "matplotlib")


def write_report(folder: Path, summary: str) -> Path:
    """``report.md`` of one study: question, findings, figures, data and provenance."""
    page = _render("report.md.j2", study=_provenance(folder), summary=summary.strip(), versions=_VERSIONS)
    return _write(folder / "report.md", page)


def write_index(output: Path) -> Path:
    """``index.html`` of every study that has a folder below ``output``."""
    studies = [_provenance(path.parent) for path in sorted(output.glob("*/provenance.json"))]
    return _write(output / "index.html", _render("index.html.j2", studies=studies, versions=_VERSIONS))


def _provenance(folder: Path) -> dict[str, Any]:
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    if provenance["schema"] != SCHEMA:
        provenance["question"] += " (written by another version of derivlab: run the study again)"
    return provenance


def _render(template: str, **values: Any) -> str:
    import jinja2

    pages = jinja2.Environment(
        loader=jinja2.PackageLoader("derivlab.report", "templates"),
        autoescape=lambda name: bool(name and name.startswith("index.html")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return pages.get_template(template).render(**values)


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
