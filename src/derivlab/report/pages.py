"""Pages: a Markdown report for each study, and one HTML page of all, from what the studies wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from derivlab.harness.cells import SCHEMA
from derivlab.report import provenance
from derivlab.report.credit import LICENCE, LICENCE_URL, Credit
from derivlab.report.markup import to_html

_VERSIONS = ("derivlab", "python", "numpy", "scipy", "sympy", "jax", "python-flint", "matplotlib")
_LONG = 8
"""Entries of a list that the page shows of a record; the data file has them all."""


def write_report(folder: Path, findings: str) -> None:
    """``summary.md``, the findings, and ``report.md``: question, findings, figures, data and provenance."""
    text = findings.strip() + "\n"
    (folder / "summary.md").write_text(text, encoding="utf-8")
    page = _render("report.md.j2", study=_about(folder), summary=text.strip())
    (folder / "report.md").write_text(page, encoding="utf-8")


def write_index(output: Path) -> Path:
    """``index.html`` of every study that has a report below ``output``; it needs no server and no other host.

    Reports that are not finished, or that another version wrote, are named and left out.
    """
    output.mkdir(parents=True, exist_ok=True)
    folders = [path.parent for path in sorted(output.glob("*/provenance.json"))]
    whole = [folder for folder in folders if _whole(folder)]
    studies = [_about(folder) | {"summary": _summary(folder), "records": _records(folder)} for folder in whole]
    stale = [folder.name for folder in folders if folder not in whole]
    path = output / "index.html"
    path.write_text(_render("index.html.j2", studies=studies, stale=stale), encoding="utf-8")
    return path


def _whole(folder: Path) -> bool:
    about = provenance.read(folder)
    drawn = all("share" in figure for figure in about.get("figures", [{}]))
    return drawn and about["schema"] == SCHEMA and (folder / "summary.md").exists()


def _about(folder: Path) -> dict[str, Any]:
    """The provenance of a study, with the citation of each figure."""
    about = provenance.read(folder)
    return about | {"figures": [_cited(figure, about, folder) for figure in about["figures"]]}


def _cited(figure: dict[str, Any], about: dict[str, Any], folder: Path) -> dict[str, Any]:
    words = {key: figure[key] for key in ("name", "title", "caption", "alt", "share")}
    credit = Credit(study=about["study"], source=provenance.source(about), **words)
    return figure | {
        "bibtex": credit.bibtex(about["environment"]["derivlab"], about["date"][:4]),
        "latex": credit.latex(),
        "slides": (folder / "slides" / f"{figure['name']}.pdf").exists(),
    }


def _summary(folder: Path) -> str:
    return to_html((folder / "summary.md").read_text(encoding="utf-8"), folder.name)


def _records(folder: Path) -> str:
    """The records as JSON for a script of the page, long lists cut."""
    lines = (folder / "data.jsonl").read_text(encoding="utf-8").splitlines()
    text = json.dumps([_cut(json.loads(line)) for line in lines], ensure_ascii=False, separators=(",", ":"))
    return text.replace("</", "<\\/").replace("<!", "<\\u0021")


def _cut(record: dict[str, Any]) -> dict[str, Any]:
    return {
        key: [*value[:_LONG], f"… {len(value)} in all"] if isinstance(value, list) and len(value) > _LONG else value
        for key, value in record.items()
        if key != "schema"
    }


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
    return pages.get_template(template).render(**values, versions=_VERSIONS, licence=LICENCE, licence_url=LICENCE_URL)
