"""The survey's Table 1, derived again: iterates of the logistic map, their derivatives, and these simplified.

Reference: Baydin, Pearlmutter, Radul, Siskind, "Automatic Differentiation in Machine Learning: a Survey", JMLR
18(153), 2018, Table 1.
"""

from __future__ import annotations

from typing import Any

import derivlab as dl
from derivlab.errors import OutcomeError
from derivlab.libraries import load
from derivlab.measure.size import count
from derivlab.method.problem import Problem
from derivlab.method.symbolic import derive
from derivlab.report.study import Record

ITERATES = (1, 2, 3, 4)
SIZED = ("tree", "cse", "expanded")
SIMPLIFIED = {3: (16, (1, -10, 24, -16)), 4: (64, (1, -42, 504, -2640, 7040, -9984, 7168, -2048))}
"""The simplified derivatives as the survey prints them: a factor, and coefficients of rising powers of x."""


def table_records(n: int) -> list[Record]:
    """The closed form of lₙ, its derivative by the product rule, and that derivative simplified."""
    closed = dl.spec("logistic-map-closed", n=n).function
    formulas = derive(Problem(closed, (0.2,), 0))
    (x,), value, slope = formulas.inputs, formulas.values[0].item(), formulas.entries[0]
    simplified = simplify(derive(Problem(closed, (0.2,), 0), form="expanded").entries[0])
    base: Record = {"kind": "form", "n": n, "published": None, "as_published": None, "equal": None}
    records = [
        base | {"form": "function"} | written(value),
        base | {"form": "derivative"} | written(slope),
        base | {"form": "simplified", "equal": vanishes(slope - simplified)} | written(simplified),
    ]
    if n in SIMPLIFIED:
        printed = as_printed(x, *SIMPLIFIED[n])
        records[-1] |= {"published": str(printed), "as_published": simplified == printed}
    if n == 4:
        records.append(base | {"form": "printed", "equal": vanishes(slope - by_hand())} | written(by_hand()))
    return records


def simplify(expanded: Any) -> Any:
    """A polynomial with the greatest common factor of its coefficients in front."""
    factor, rest = expanded.primitive()
    return expanded if factor == 1 or not rest.is_Add else load("sympy").sympy.Mul(factor, rest, evaluate=False)


def as_printed(x: Any, factor: int, coefficients: tuple[int, ...]) -> Any:
    """A factor times a polynomial."""
    sympy = load("sympy").sympy
    polynomial = sympy.Add(*(coefficient * x**power for power, coefficient in enumerate(coefficients)))
    return sympy.Mul(factor, polynomial, evaluate=False)


def by_hand() -> Any:
    """l₄′ as the survey prints it before simplifying, which is the derivative by hand of the closed form."""
    hand: Any = dl.spec("logistic-map-closed", n=4).value_and_gradient
    return derive(Problem(lambda x: hand(x)[1], (0.2,), 0)).values[0].item()


def vanishes(difference: Any) -> bool:
    """Whether an expression is 0 as a polynomial."""
    return bool(difference.expand() == 0)


def written(expression: Any) -> Record:
    """An expression as text and LaTeX, powers rising, and its size as a tree."""
    latex = load("sympy").sympy.latex(expression, order="rev-lex")
    return {"text": str(expression), "latex": latex, "operations": operations([expression], "tree")}


def operations(expressions: list[Any], form: str) -> int:
    """Operations of the printed program: of the tree, or after common subexpressions are shared."""
    lines, outputs = load("sympy_lines").lower(expressions, cse=form == "cse")
    return count(lines, outputs, shared="as run" if form == "cse" else "tree").operations


def size_record(n: int, form: str) -> Record:
    """The size of lₙ′ derived from the nested program, 4 l (1 − l): as a tree, after CSE, or multiplied out."""
    record: Record = {"kind": "size", "n": n, "form": form, "outcome": "ok", "detail": "", "operations": None}
    problem = Problem(dl.spec("logistic-map", n=n).function, (0.2,), 0)
    try:
        entries = derive(problem, form="expanded" if form == "expanded" else "raw").entries
    except OutcomeError as trouble:
        return record | {"outcome": trouble.outcome, "detail": str(trouble)}
    return record | {"operations": operations(entries, form)}
