"""Letters and numbers for formulas: identifiers become symbols, whose look tells scalar, vector and matrix apart.

Only macros that LaTeX and matplotlib's mathtext both know are used, and only ASCII letters and digits of a name
reach the text.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

_GREEK = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
""".split()
_CAPITALS = {name: name.capitalize() for name in "gamma delta theta lambda xi pi sigma upsilon phi psi omega".split()}
_ACCENTS = {"hat": "hat", "tilde": "tilde"}
_CONSTANTS = {
    math.pi: r"\pi",
    math.e: "e",
    math.log(2): r"\ln 2",
    math.log(10): r"\ln 10",
    math.sqrt(2): r"\sqrt{2}",
    2 / math.sqrt(math.pi): r"\frac{2}{\sqrt{\pi}}",
    math.log(2 * math.pi): r"\ln 2\pi",
}
_LONG = 6
"""A number with more digits than these is shown as a fraction, or rounded to them."""


@dataclass(frozen=True)
class Symbol:
    """A letter with an accent and subscripts.

    ``base`` is a letter, a Greek name or a word; ``rank`` the number of axes, which decides the look: *x* for a
    scalar, bold **x** for a vector, capital *X* for more.
    """

    base: str
    rank: int
    accents: tuple[str, ...] = ()
    subscripts: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = self._letter()
        for accent in self.accents:
            word = len(self.base) > 1 and self.base.lower() not in _GREEK
            text = f"\\{'overline' if word and accent == 'bar' else accent}{{{text}}}"
        if not self.subscripts:
            return text
        inside = ",".join(part if part.isdigit() or set(part) & set("(:") else _roman(part) for part in self.subscripts)
        return f"{text}_{inside}" if len(inside) == 1 else f"{text}_{{{inside}}}"

    def _letter(self) -> str:
        lower = self.base.lower()
        greek = lower in _GREEK
        if self.rank == 0:
            return f"\\{self.base}" if greek else self.base if len(self.base) == 1 else rf"\mathit{{{self.base}}}"
        if greek and (self.rank == 1 or lower not in _CAPITALS):
            return rf"\boldsymbol{{\{self.base}}}"
        if self.rank == 1:
            return rf"\mathbf{{{self.base}}}"
        if greek:
            return f"\\{_CAPITALS[lower]}"
        capital = self.base[0].upper() + self.base[1:]
        return capital if len(capital) == 1 else rf"\mathit{{{capital}}}"

    def bar(self) -> Symbol:
        """The cotangent: x̄ for x."""
        return replace(self, accents=(*self.accents, "bar"))

    def entry(self, subscripts: Sequence[str], rank: int = 0) -> Symbol:
        """An entry or a part: w₀ of **w**."""
        return replace(self, rank=rank, subscripts=(*self.subscripts, *subscripts))


def _roman(part: str) -> str:
    return part if len(part) == 1 else rf"\mathrm{{{part}}}"


def symbol(identifier: str, rank: int) -> Symbol:
    """The symbol for an identifier: ``w1`` W₁, ``y_pred`` y with the subscript pred, ``lambda_`` λ."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", _ascii(identifier)) if word]
    if not words or words[0].isdigit():
        words = ["v", *words]
    match = re.fullmatch(r"([A-Za-z]+)(\d*)(\w*)", words[0])
    base, digits, rest = match.groups() if match else (words[0], "", "")
    if base.lower() in _GREEK:
        known = base == base.lower() or base.lower() in _CAPITALS
        base = (base.lower() if base == base.lower() else base.capitalize()) if known else base[0]
    subscripts = [*filter(None, (digits, rest)), *words[1:]]
    accents = tuple(_ACCENTS[word] for word in subscripts if word in _ACCENTS)[:1]
    return Symbol(base, rank, accents, tuple(word for word in subscripts if word not in _ACCENTS or not accents))


def _ascii(identifier: str) -> str:
    """Greek letters by their names, accents left out, and nothing else beyond ASCII."""
    parts: list[str] = []
    for character in unicodedata.normalize("NFKD", identifier):
        if character.isascii():
            parts.append(character)
            continue
        name = unicodedata.name(character, "")
        match = re.match(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", name)
        if match:
            word = match[2].lower().replace("lamda", "lambda")
            parts.append(f"_{word if match[1] == 'SMALL' else word.capitalize()}_")
    return "".join(parts)


class Symbols:
    """The symbols of one set of formulas: no two look alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._bases: set[str] = set()

    def new(self, identifier: str, rank: int) -> Symbol:
        """A symbol for an identifier; a subscript (2) tells it from one that looks the same."""
        return self.unique(symbol(identifier, rank))

    def unique(self, wish: Symbol) -> Symbol:
        """The symbol itself, or with the first subscript (2), (3), ... that makes it new."""
        candidate, count = wish, 1
        while str(candidate) in self._taken:
            count += 1
            candidate = replace(wish, subscripts=(*wish.subscripts, f"({count})"))
        self._taken.add(str(candidate))
        self._bases.add(wish.base.lower())
        return candidate

    def free(self, letters: str) -> str:
        """The first of some letters that no symbol uses, else the first of all."""
        return next((letter for letter in letters if letter not in self._bases), letters[0])


def number(value: Any) -> str:
    """A number that is not negative, as TeX: exact where it is short, else to six digits."""
    if isinstance(value, bool):
        return rf"\mathrm{{{str(value).lower()}}}"
    value = float(value)
    if math.isnan(value) or math.isinf(value):
        return r"\mathrm{nan}" if math.isnan(value) else r"\infty"
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if value == int(value) and value < 1e7:
        return str(int(value))
    for unit, text in ((math.pi, r"\pi"), (math.sqrt(2), r"\sqrt{2}")):
        if value == round(value / unit) * unit and value < 100:
            return f"{round(value / unit)} {text}"
    if len(repr(value)) <= _LONG and "e" not in repr(value):
        return repr(value)
    fraction = Fraction(value).limit_denominator(1000)
    if float(fraction) == value and fraction.denominator > 1:
        return rf"\frac{{{fraction.numerator}}}{{{fraction.denominator}}}"
    digits, _, exponent = f"{value:.{_LONG}g}".partition("e")
    return rf"{digits} \times 10^{{{int(exponent)}}}" if exponent else digits
