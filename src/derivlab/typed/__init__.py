"""Formulas as text: read by a whitelist and run as array code. Nothing that was typed is ever evaluated as Python."""

from derivlab.typed.expression import Expression, parse
from derivlab.typed.point import read_point

__all__ = ["Expression", "parse", "read_point"]
