"""The house style of all figures, and the only module that imports matplotlib.

One point a figure, said in its title; lines and points are labelled where they are; a method has the same
colour and marker in every figure. Colours are Okabe and Ito's, which all common colour visions tell apart, and
markers repeat what they say for print in grey. Equal records give equal bytes.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

__all__ = [
    "INK",
    "METHOD_MARKS",
    "MUTED",
    "PALETTE",
    "WARNING",
    "Axes",
    "Figure",
    "Mark",
    "decades",
    "house_style",
    "mark_of",
    "panels",
    "save",
    "save_as",
    "seconds_axis",
    "text_colour",
]

PALETTE = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
}
"""Okabe and Ito, "Color Universal Design", 2008."""

INK = PALETTE["black"]
MUTED = "#595959"
WARNING = "#C35500"
"""Vermillion, dark enough for text."""

FORMATS = ("svg", "pdf", "png")

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
    "savefig.dpi": 100,
}


@dataclass(frozen=True)
class Mark:
    """How a method looks: colour, marker, dash pattern, and whether its marker is hollow."""

    colour: str
    marker: str
    dash: str = "-"
    hollow: bool = False

    @property
    def ink(self) -> str:
        """The colour for text: light colours darkened until they can be read on white."""
        return text_colour(self.colour)

    def line(self) -> Any:
        """Keywords for ``Axes.plot``."""
        return {
            "color": self.colour,
            "marker": self.marker,
            "linestyle": self.dash,
            "markerfacecolor": "white" if self.hollow else self.colour,
            "markeredgecolor": self.colour,
            "markeredgewidth": 2.2,
        }


def text_colour(colour: str) -> str:
    """A colour darkened, where it is light, to a contrast of at least 4.5 to 1 on white (WCAG AA)."""
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    while 1.05 / (_luminance(red, green, blue) + 0.05) < 4.5:
        red, green, blue = 0.97 * red, 0.97 * green, 0.97 * blue
    return "#" + "".join(f"{round(255 * part):02X}" for part in (red, green, blue))


def _luminance(*parts: float) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


METHOD_MARKS = {
    "manual": Mark(PALETTE["black"], "*"),
    "symbolic": Mark(PALETTE["orange"], "s"),
    "symbolic-cse": Mark(PALETTE["orange"], "D", "--", hollow=True),
    "forward-difference": Mark(PALETTE["vermillion"], "v"),
    "central-difference": Mark(PALETTE["purple"], "^"),
    "richardson": Mark(PALETTE["purple"], "d", "--", hollow=True),
    "complex-step": Mark(PALETTE["green"], "P"),
    "forward": Mark(PALETTE["sky"], ">", "--"),
    "reverse": Mark(PALETTE["blue"], "o"),
    "forward-jit": Mark(PALETTE["green"], "8", ":", hollow=True),
    "reverse-jit": Mark(PALETTE["green"], "H", "--", hollow=True),
    "forward-compiled": Mark(PALETTE["sky"], "<", ":", hollow=True),
    "reverse-compiled": Mark(PALETTE["blue"], "h", "--", hollow=True),
    "taylor": Mark(PALETTE["sky"], "p", ":", hollow=True),
    "jax": Mark("#7A7A7A", "X", "-."),
    "null": Mark(MUTED, "x", ":"),
}
"""The fixed look of every method, in every figure."""


def mark_of(name: str) -> Mark:
    """The look of a method; one that is not in the table gets a look that depends on its name alone."""
    if name in METHOD_MARKS:
        return METHOD_MARKS[name]
    colours = [colour for key, colour in PALETTE.items() if key not in ("black", "yellow")]
    code = zlib.crc32(name.encode())
    return Mark(colours[code % len(colours)], "d<8H"[code // 7 % 4], "--", hollow=True)


@contextmanager
def house_style() -> Generator[None]:
    """The style, for whatever is drawn inside; the caller's own settings return afterwards."""
    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = mpl.rcParams
        settings.update(_STYLE)
        yield


def panels(
    title: str,
    columns: int = 1,
    *,
    size: tuple[float, float] = (12.8, 7.2),
    left: float = 0.105,
    right: float = 0.79,
    top: float = 0.86,
    bottom: float = 0.135,
    gap: float = 0.62,
) -> tuple[Figure, list[Axes]]:
    """A figure of the size of a slide, its point as title, and its panels side by side.

    ``left`` ... ``bottom`` are shares of the figure; beyond ``right`` is the room for direct labels, as is
    ``gap``, in panel widths, between panels.
    """
    with house_style():
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)  # text is measured with this renderer, whatever the format
        figure.suptitle(title, x=0.02, y=0.975, ha="left", va="top", fontsize=26, fontweight="bold")
        axes = [figure.add_subplot(1, columns, k + 1) for k in range(columns)]
        figure.subplots_adjust(left=left, right=right, top=top, bottom=bottom, wspace=gap)
    return figure, axes


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write the figure as SVG, PDF and PNG beside each other; the paths are returned."""
    return [save_as(figure, stem.with_name(f"{stem.name}.{kind}")) for kind in FORMATS]


def save_as(figure: Figure, path: Path) -> Path:
    """Write the figure in the format of the file's ending; equal figures give equal bytes on equal versions."""
    undated: dict[str, dict[str, Any]] = {
        ".svg": {"Date": None, "Creator": None},
        ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        ".png": {"Software": None},
    }
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it remarks on the dates inside font files
    path.parent.mkdir(parents=True, exist_ok=True)
    with house_style():
        figure.savefig(path, metadata=undated[path.suffix])
    return path


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
