"""The house style of all figures: canvas, fonts, axes, and how they are saved.

One point a figure, said in its title; lines and points are labelled where they are; a method has the same
colour and marker in every figure (:mod:`derivlab.report.marks`). Equal records give equal bytes.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator
from matplotlib.transforms import Bbox

from derivlab.report.credit import Credit
from derivlab.report.marks import INK, METHOD_MARKS, MUTED, PALETTE, WARNING, Mark, mark_of, text_colour

__all__ = [
    "INK",
    "METHOD_MARKS",
    "MUTED",
    "PALETTE",
    "PRINT",
    "SLIDES",
    "STYLES",
    "WARNING",
    "Axes",
    "Bbox",
    "Figure",
    "Mark",
    "Style",
    "as_svg",
    "canvas",
    "decades",
    "house_style",
    "mark_of",
    "panels",
    "save",
    "save_as",
    "seconds_axis",
    "text_colour",
]

FORMATS = ("svg", "pdf", "png")
_UNDATED: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 20,
    "axes.labelsize": 21,
    "axes.titlesize": 22,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.labelsize": 18,
    "ytick.labelsize": 18,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 1.2,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.linewidth": 0.6,
    "grid.color": "#D9D9D9",
    "lines.linewidth": 3.0,
    "lines.markersize": 11,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "svg.hashsalt": "derivlab",
}


@dataclass(frozen=True)
class Style:
    """What figures are for. Text has the same points on every canvas, and so is larger on a smaller one.

    Attributes
    ----------
    name
        A key.
    width, height
        Of the canvas, in inches.
    shown, smallest
        The width in inches at which the canvas is shown, and the points that the smallest text then has to have.
    """

    name: str
    width: float
    height: float
    shown: float
    smallest: float


PRINT = Style("print", 12.8, 7.2, 6.5, 8.0)
"""For a page: at a text width of 6.5 inches 16 points become 8.1."""
SLIDES = Style("slides", 11.2, 6.3, 40 / 3, 16.0)
"""For projection: on a slide of 13.3 inches 16 points become 19."""
STYLES = {style.name: style for style in (PRINT, SLIDES)}
_PIXELS = 1920
"""The width of a bitmap of the whole canvas."""
_TITLE = 26
_CURRENT = ContextVar("style", default=PRINT)


@contextmanager
def house_style(style: Style | None = None) -> Generator[None]:
    """The style, for whatever is drawn inside; the caller's own settings return afterwards.

    Without ``style`` the one that is in force around stays, which is :data:`PRINT` in the beginning.
    """
    token = _CURRENT.set(style or _CURRENT.get())
    try:
        with mpl.rc_context():
            mpl.rcdefaults()
            settings: Any = mpl.rcParams
            settings.update(_STYLE | {"savefig.dpi": _PIXELS / _CURRENT.get().width})
            yield
    finally:
        _CURRENT.reset(token)


def canvas(width: float, height: float) -> Figure:
    """An empty figure of that many inches, whatever the style."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)  # text is measured with this renderer, whatever the format
    return figure


def panels(
    title: str,
    columns: int = 1,
    *,
    size: tuple[float, float] = (PRINT.width, PRINT.height),
    left: float = 0.105,
    right: float = 0.79,
    top: float = 0.86,
    bottom: float = 0.135,
    gap: float = 0.62,
) -> tuple[Figure, list[Axes]]:
    """A figure with its point as title, and its panels side by side.

    ``size`` is that of the canvas for print, which another style enlarges or shrinks. ``left`` ... ``bottom`` are
    shares of the figure; beyond ``right`` is the room for direct labels, as is ``gap``, in panel widths, between
    panels.
    """
    with house_style():
        scale = _CURRENT.get().width / PRINT.width
        figure = canvas(round(scale * size[0], 6), round(scale * size[1], 6))
        _title(figure, title)
        axes = [figure.add_subplot(1, columns, k + 1) for k in range(columns)]
        figure.subplots_adjust(left=left, right=right, top=top, bottom=bottom, wspace=gap)
    return figure, axes


def _title(figure: Figure, title: str) -> None:
    """The point of a figure, as large as its width has room for."""
    text = figure.suptitle(title, x=0.02, y=0.975, ha="left", va="top", fontsize=_TITLE, fontweight="bold")
    room = 0.96 * figure.bbox.width / text.get_window_extent().width if title else 1.0
    text.set_fontsize(_TITLE * min(1.0, room))


def save(figure: Figure, stem: Path, credit: Credit | None = None, *, draft: bool = False) -> list[Path]:
    """Write the figure as SVG, PDF and PNG beside each other; the paths are returned."""
    return [save_as(figure, stem.with_name(f"{stem.name}.{kind}"), credit, draft=draft) for kind in FORMATS]


def save_as(figure: Figure, path: Path, credit: Credit | None = None, *, draft: bool = False) -> Path:
    """Write the figure in the format of the file's ending, with its credit in the file's metadata.

    Equal figures give equal bytes on equal versions. A PDF holds its letters as TrueType, as journals want it. A
    draft takes a third of the time: its letters are outlines (Type 3), and its bitmap is half as wide.
    """
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it remarks on the dates inside font files
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.suffix[1:]
    with house_style():
        settings: Any = mpl.rcParams
        settings.update({"pdf.fonttype": 3, "savefig.dpi": settings["savefig.dpi"] / 2} if draft else {})
        figure.savefig(path, metadata=_UNDATED[kind] | (credit.metadata(kind) if credit else {}))
    return path


def as_svg(figure: Figure) -> str:
    """The figure as the text of an SVG."""
    buffer = io.StringIO()
    with house_style():
        figure.savefig(buffer, format="svg", metadata=_UNDATED["svg"])
    return buffer.getvalue()


def decades(axis: Any, every: int = 1) -> None:
    """Ticks of a logarithmic axis at every so many decades, and none between."""
    axis.set_major_locator(LogLocator(base=10.0**every, numticks=50))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def seconds_axis(axis: Any) -> None:
    """A logarithmic axis of seconds, its ticks written as 1 µs, 10 ms, 1 s."""
    decades(axis)
    axis.set_major_formatter(FuncFormatter(lambda value, _: _seconds(value)))


def _seconds(value: float) -> str:
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= 0.999 * factor:
            return f"{value / factor:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"
