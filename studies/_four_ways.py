"""Four ways to one derivative, side by side: what each writes, computes and gets wrong on l₄ at 0.2."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

import derivlab as dl
from derivlab.method.problem import Problem
from derivlab.method.symbolic import derive
from derivlab.report.study import Record


def ways() -> list[Record]:
    """l₄′(0.2) by hand, by formula, by differences and by AD: what each writes, and how far it is off."""
    spec, closed = dl.spec("logistic-map", n=4), dl.spec("logistic-map-closed", n=4)
    x, exact = spec.args[0], dl.truth.derivative(spec.function)(*spec.args)
    symbolic = dl.methods["symbolic"].prepare("derivative", spec.function, x)
    formula = str(derive(Problem(spec.function, (x,), 0)).entries[0])
    program = _source(spec.function)
    rows = [
        ("manual", r"(v, v̇) ← (4 v (1 − v), 4 v̇ − 8 v v̇)", _source(spec.value_and_gradient)),
        ("symbolic", f"l₄′ = {formula}", symbolic.source or ""),
        (
            "central-difference",
            "l₄′ ≈ (l₄(x + h) − l₄(x − h)) / 2h",
            program + "\n\ndl.FiniteDifference().derivative(iterate)(x)",
        ),
        ("reverse", "l₄′ = v̄₁, with v̄ₖ = v̄ₖ₊₁ ∂vₖ₊₁/∂vₖ", program + "\n\ndl.reverse.derivative(iterate)(x)"),
        ("forward", "(v + v̇ ε), with ε² = 0", program + "\n\ndl.forward.derivative(iterate)(x)"),
    ]
    records: list[Record] = []
    for method, text, code in rows:
        target = spec if method == "manual" else spec.function
        value = float(dl.methods[method].derivative(target)(x))
        records.append(_way(method, text, code, value, exact))
    by_hand = float(dl.methods["manual"].derivative(closed)(x))
    records.append(_way("manual, closed form", closed.latex, "closed form, by the product rule", by_hand, exact))
    return records


def _way(method: str, formula: str, code: str, value: float, exact: Any) -> Record:
    decimal = exact.balls[()].str(25, radius=False)
    ulps = float(exact.error_ulps(value))
    return {
        "kind": "way",
        "method": method,
        "formula": formula,
        "code": code,
        "value": value,
        "exact": decimal,
        "ulps": ulps,
    }


def _source(function: Any) -> str:
    return textwrap.dedent(inspect.getsource(function)).rstrip()


def four_ways_figure(records: list[Record]) -> Any:
    """The ways as cards."""
    from derivlab.report.cards import Card, cards_figure

    (operations,) = (r["operations"] for r in records if r["kind"] == "swell" and (r["form"], r["n"]) == ("tree", 4))
    way = {r["method"]: r for r in records if r["kind"] == "way"}
    chosen = [
        ("manual", "By hand", r"$\dot v \leftarrow 4\dot v - 8v\dot v,\quad v \leftarrow 4v(1 - v)$", 1),
        ("symbolic", "Symbolic", rf"$l_4' = $ {operations} operations, by SymPy:", 0),
        ("central-difference", "Numeric", r"$l_4' \approx (l_4(x + h) - l_4(x - h))\,/\,2h$", 0),
        (
            "reverse",
            "Automatic",
            r"$l_4' = \bar v_1,\quad \bar v_k = \bar v_{k+1}\,\partial v_{k+1} / \partial v_k$",
            0,
        ),
    ]
    cards = [
        Card(method, heading, formula, _excerpt(way[method], skip), way[method]["value"], way[method]["exact"],
             way[method]["ulps"])
        for method, heading, formula, skip in chosen
    ]  # fmt: skip
    return cards_figure("Four ways to one derivative: l₄′(0.2)", cards)


def _excerpt(record: Record, skip: int) -> list[str]:
    """The code of a method without its first lines and empty ones; the formula, where that is the program."""
    if record["method"] == "symbolic":
        return [record["formula"].partition("= ")[2].replace(" ", "")]
    return [line for line in textwrap.dedent("\n".join(record["code"].splitlines()[skip:])).splitlines() if line]
