"""A figure of a study, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivlab.report.credit import Credit
    from derivlab.report.figures import Figure


@dataclass(frozen=True)
class Drawing:
    """A figure with the name of its files, and its words.

    Attributes
    ----------
    name, figure
        The name is unique in its study, and part of the figure's id.
    caption
        What goes below it.
    alt
        What is seen, for who does not see it; if empty, the axes and labels are listed.
    timed
        Whether it shows times or memory, which differ from run to run. Another figure has the same bytes in every
        run on equal versions.
    """

    name: str
    figure: Figure
    caption: str
    alt: str = ""
    timed: bool = False

    def credit(self, study: str, source: str) -> Credit:
        """How the figure is cited."""
        from derivlab.report.credit import Credit
        from derivlab.report.figures import PRINT

        title = self.figure.get_suptitle() or self.name.replace("_", " ")
        share = min(1.0, self.figure.get_size_inches()[0] / PRINT.width)
        return Credit(study, self.name, title, self.caption, self.alt or listed(self.figure), source, share)

    def entry(self, credit: Credit) -> dict[str, Any]:
        """What the provenance of a report keeps of the figure."""
        width, height = self.figure.get_size_inches() * 100
        return {"name": self.name, "id": credit.id, "title": credit.title, "caption": self.caption,
                "alt": credit.alt, "timed": self.timed, "share": credit.share,
                "width": round(width), "height": round(height)}  # fmt: skip

    def _repr_svg_(self) -> str:
        from derivlab.report.figures import as_svg

        return as_svg(self.figure)


def listed(figure: Figure) -> str:
    """What a figure shows, as a list of its axes and of the texts in them."""
    parts: list[str] = []
    for axes in figure.axes:
        across, up = axes.get_xlabel(), axes.get_ylabel()
        if across or up:
            parts.append(f"{axes.get_title(loc='left') or 'A plot'}: {up or 'rows'} against {across or 'columns'}")
        names = dict.fromkeys(" ".join(text.get_text().split()) for text in axes.texts)
        if names:
            parts.append("labelled " + ", ".join(name for name in names if name))
    return "; ".join(parts) + "."
