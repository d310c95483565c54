"""How methods look: a colour, a marker and dashes each, the same in every figure.

Colours are Okabe and Ito's, which all common colour visions tell apart; markers repeat what they say for print in
grey.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

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
    "complex-step": Mark(PALETTE["green"], "P", "-.", hollow=True),
    "forward": Mark(PALETTE["sky"], ">", "--"),
    "reverse": Mark(PALETTE["blue"], "o"),
    "forward-jit": Mark(PALETTE["green"], "v", ":", hollow=True),
    "reverse-jit": Mark(PALETTE["green"], "s", "--", hollow=True),
    "forward-compiled": Mark(PALETTE["sky"], "<", ":", hollow=True),
    "reverse-compiled": Mark(PALETTE["blue"], "h", "--", hollow=True),
    "taylor": Mark(PALETTE["sky"], "p", "-.", hollow=True),
    "jax": Mark("#6B6B6B", "X", ":"),
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
