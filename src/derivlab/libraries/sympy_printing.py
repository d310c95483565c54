"""SymPy's expressions printed as Python, every constant exact to the last bit of a double."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from derivlab.errors import UnsupportedError
from derivlab.libraries.sympy import SciPyPrinter, sympy

__all__ = ["compile_expressions"]


class _Printer(SciPyPrinter):
    """Prints Python in which every constant is the double nearest to its exact value."""

    def _print_Rational(self, expr: Any) -> str:
        return self._number(int(expr.p), int(expr.q))

    def _print_Integer(self, expr: Any) -> str:
        return str(int(expr)) if abs(int(expr)) < 2**53 else self._number(int(expr), 1)

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    def _number(self, p: int, q: int) -> str:
        try:
            value = p / q  # division of Python integers rounds correctly
        except OverflowError:
            value = 0.0
        if value == 0.0:
            raise UnsupportedError(f"symbolic: a constant near 2^{p.bit_length() - q.bit_length()} is out of range")
        return f"({value!r})" if p < 0 else repr(value)

    def _print_Piecewise(self, expr: Any) -> str:
        """Entries are scalars, so that only the branch taken is computed."""
        text = self._print(sympy.nan)
        for value, condition in reversed(expr.args):
            taken = self._print(value)
            text = taken if condition is sympy.true else f"({taken} if {self._print(condition)} else {text})"
        return text

    def _step(self, expr: Any) -> str:
        name = self._module_format(f"numpy.{type(expr).numpy_name}")
        return f"{name}({self._print(expr.args[0])})"

    _print_floor_ = _print_ceil_ = _print_trunc_ = _print_round_ = _print_sign_ = _print_abs_ = _step


def compile_expressions(inputs: Sequence[Any], outputs: Sequence[Any], cse: bool) -> tuple[Callable[..., Any], str]:
    """A Python function of the input symbols that returns the outputs as a list, and its source."""
    printer = _Printer({"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True})
    try:
        function = sympy.lambdify(list(inputs), list(outputs), modules=["scipy", "numpy"], printer=printer, cse=cse)
    except (RecursionError, SyntaxError) as error:
        raise UnsupportedError(f"symbolic: the formulas nest too deeply to be printed ({error}); use AD") from None
    described = function.__doc__ or ""  # SymPy prints a description around the program
    return function, described.partition("Source code:")[2].partition("Imported modules:")[0].strip()
