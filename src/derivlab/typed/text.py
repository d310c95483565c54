"""From text to a syntax tree: what is too long, too deep or of other characters is refused before Python reads it."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from typing import NoReturn

from derivlab.errors import ArgumentError

LONGEST, DEEPEST = 1000, 100
"""Characters and levels of a formula."""
LARGEST = 2**53
"""Whole numbers up to here are doubles, each of them."""

_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_SIGN = re.compile(r"\*\*|[-+*/@()\[\],]")
_INSTEAD = {"^": "**", "−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "π": "pi", "²": "**2", "³": "**3", ";": ","}
_PAIRS = {")": "(", "]": "["}
_LONGEST_NAME, _MOST_DIGITS = 30, 25


class Typed:
    """A text that somebody typed, with the complaint about it."""

    def __init__(self, text: object, what: str = "formula", longest: int = LONGEST) -> None:
        if not isinstance(text, str):
            raise ArgumentError(f"a {what} is text, e.g. 'sin(x)*exp(-x**2)', and got {type(text).__name__}")
        self.text = text
        self.what = what
        if len(text) > longest:
            self.refuse(f"it has {len(text)} characters, and may have {longest}; write it as a Python function")

    def refuse(self, why: str, position: int | None = None) -> NoReturn:
        """Raise, with the position counted from 1."""
        shown = ascii(self.text if len(self.text) <= 60 else f"{self.text[:57]}...")
        place = "" if position is None else f" at position {position + 1}"
        raise ArgumentError(f"cannot read the {self.what} {shown}{place}: {why}")

    def tree(self) -> ast.expr:
        """The syntax tree, of text that holds numbers, names and the signs of arithmetic alone."""
        self._scan()
        try:
            return ast.parse(self.text.strip(), mode="eval").body
        except SyntaxError as error:
            self.refuse(" ".join(error.msg.split()), self.offset((error.offset or 1) - 1))
        except (ValueError, RecursionError, MemoryError):
            self.refuse("it is too deep: give names to parts, and write it as a Python function")

    def offset(self, column: int) -> int:
        """A position in the stripped text, in the text as typed."""
        return column + len(self.text) - len(self.text.lstrip())

    def _scan(self) -> None:
        if not self.text.strip(" "):
            self.refuse("it is empty")
        position, token = 0, ""
        open_brackets: list[int] = []
        while position < len(self.text):
            if self.text[position] == " ":
                position += 1
                continue
            token = self._token(position)
            self._bracket(token, position, open_brackets)
            position += len(token)
        if open_brackets:
            self.refuse("this bracket is never closed", open_brackets[-1])
        if _SIGN.fullmatch(token) and token not in _PAIRS:
            self.refuse(f"it ends in {token}")

    def _bracket(self, token: str, position: int, open_brackets: list[int]) -> None:
        if token in "([":
            open_brackets.append(position)
            if len(open_brackets) > DEEPEST // 2:
                self.refuse(f"brackets stand more than {DEEPEST // 2} deep", position)
        elif token in _PAIRS and (not open_brackets or self.text[open_brackets.pop()] != _PAIRS[token]):
            self.refuse(f"no {_PAIRS[token]} belongs to this {token}", position)

    def _token(self, position: int) -> str:
        if sign := _SIGN.match(self.text, position):
            return sign[0]
        if number := _NUMBER.match(self.text, position):
            self._check_number(number[0], number.end())
            return number[0]
        if word := _WORD.match(self.text, position):
            self._check_name(word[0], position)
            return word[0]
        character = self.text[position]
        instead = f"; write {_INSTEAD[character]}" if character in _INSTEAD else ""
        name = ascii(character) if character.isascii() else f"{character!a}, not ASCII"
        return self.refuse(f"{name}{instead or '; there are letters, digits, and . , + - * / ** @ ( ) [ ]'}", position)

    def _check_number(self, number: str, end: int) -> None:
        start = end - len(number)
        if _WORD.match(self.text, end) or self.text[end : end + 1] == ".":
            self.refuse(f"after {number:.30} a sign is missing, e.g. {number:.30}*x", end)
        if number.isdigit() and (len(number) > _MOST_DIGITS or int(number) > LARGEST):
            self.refuse("a whole number above 2**53; write a float, e.g. 1e20", start)
        if float(number) == float("inf"):
            self.refuse("the number is above the largest double", start)

    def _check_name(self, name: str, position: int) -> None:
        if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
            self.refuse(f"{name:.30} is no name here: a letter first, and up to {_LONGEST_NAME} letters, digits "
                        "and single underscores inside", position)  # fmt: skip
        if keyword.iskeyword(name) or (hasattr(builtins, name) and name not in FUNCTION_WORDS):
            self.refuse(f"{name} is a word of Python; choose another name", position)


FUNCTION_WORDS = ("abs", "max", "min", "round", "sum")
"""Words of Python that are functions here too."""
