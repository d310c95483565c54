# %% [markdown]
"""Which methods keep their digits where a sigmoid is flat? A neuron at its worked point, and the tails of σ′."""

# %%
from __future__ import annotations

from typing import Any

import numpy as np

import derivlab as dl
from derivlab.report.study import Drawing, Progress, Record, Study


def sigmoid(x: Any) -> Any:
    """σ as a library's own function."""
    return dl.special.sigmoid(x)


def sigmoid_by_hand(x: Any) -> Any:
    """σ as a student writes it."""
    xp = dl.array_namespace(x)
    return 1 / (1 + xp.exp(-x))


def tanh(x: Any) -> Any:
    """The hyperbolic tangent of each library."""
    return dl.array_namespace(x).tanh(x)


FUNCTIONS = {"sigmoid": sigmoid, "sigmoid by hand": sigmoid_by_hand, "tanh": tanh}
TITLES = {"sigmoid": "σ′", "sigmoid by hand": "(1/(1 + e⁻ˣ))′", "tanh": "tanh′"}
METHODS = ("forward", "reverse", "complex-step", "central-difference", "jax")
NAMES = {
    "forward": "forward AD",
    "reverse": "reverse AD",
    "complex-step": "complex step",
    "central-difference": "central difference",
    "jax": "JAX",
}
FULL = 16.0
"""More digits than this are not shown: a double has no more."""


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Every method at the worked point, then σ′ and tanh′ on a grid of [−40, 40]."""
    spec = dl.spec("sigmoid-neuron")
    comparison = dl.compare(spec, timing=True, progress=lambda name: progress(name, 0.0))
    records: list[Record] = [{"kind": "cell", **record} for record in comparison.records]
    records += entries(spec)
    x = np.linspace(-40, 40, 41 if quick else 161)
    for k, (name, f) in enumerate(FUNCTIONS.items()):
        progress(f"tails of {name}", 0.5 + k / 6)
        exact = dl.truth.jvp(f, (x,), (np.ones_like(x),))[1]
        for method in METHODS:
            relative = exact.relative_error(slopes(method, f, x))
            records += [
                {"kind": "tail", "function": name, "method": method, "x": float(a), "relative": float(b)}
                for a, b in zip(x, relative, strict=True)
            ]
    return records


def entries(spec: Any) -> list[Record]:
    """Each entry of the exact gradient at the worked point."""
    by_argument = zip(("w", "x"), dl.truth.grad(spec.function, spec.argnums)(*spec.args), strict=True)
    return [
        {"kind": "entry", "entry": f"∂f/∂{name}{i}", "exact": float(value)}
        for name, enclosure in by_argument
        for i, value in enumerate(enclosure.value)
    ]


def slopes(method: str, f: Any, x: Any) -> Any:
    """f′ at every point of an array, by a pullback where that is the method's own direction."""
    ones = np.ones_like(x)
    with np.errstate(all="ignore"):
        if method in ("reverse", "jax"):
            return dl.methods[method].vjp(f, x)[1](ones)[0]
        return dl.methods[method].jvp(f, (x,), (ones,))[1]


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The worked point, and the tails."""
    from derivlab.report.charts import error_against_time

    cells = [r for r in records if r["kind"] == "cell"]
    return [
        Drawing("tails", _tails(records), (
            "Correct digits of σ′ and tanh′ against x, judged against certified enclosures. Rules like y(1 − y) "
            "and 1 − y² subtract numbers that become equal, and lose everything where the function is flat; "
            "σ(x)σ(−x) and 1/cosh² do not. JAX runs in float64."
        ), tails_seen(records)),
        Drawing("worked_point", error_against_time(cells, "A neuron’s gradient: exact need not mean slow"), (
            "Error of the gradient of σ(w₀x₀ + w₁x₁ + w₂) at w = (2, −3, −3), x = (−1, −2), against the time of one "
            "evaluation after preparation."
        ), point_seen(cells), timed=True),
    ]  # fmt: skip


def tails_seen(records: list[Record]) -> str:
    """The figure in words."""
    from derivlab.report.words import ranked

    worst: dict[str, dict[str, float]] = {name: {} for name in ("sigmoid", "tanh")}
    for r in records:
        if r["kind"] == "tail" and r["function"] in worst and r["method"] != "complex-step":
            before = worst[r["function"]].get(NAMES[r["method"]], FULL)
            worst[r["function"]][NAMES[r["method"]]] = min(before, digits(r["relative"]))
    parts = [f"{TITLES[name]}: {ranked(least, '{:.1f}'.format)}" for name, least in worst.items()]
    return (
        "Two panels of lines, x from −40 to 40 to the right and correct digits from 0 to 16 upward. Forward and "
        "reverse AD run level at the top; JAX and the central difference fall away. Fewest digits of "
        f"{', and of '.join(parts)}."
    )


def point_seen(cells: list[Record]) -> str:
    """The figure in words."""
    from derivlab.report.tables import number
    from derivlab.report.words import ranked

    errors = {r["method"]: r["ulps"] for r in cells if r["ulps"] is not None}
    return (
        "One labelled point a method: time to the right and error in ulps upward, both logarithmic. From the bottom: "
        f"{ranked(errors, number)}."
    )


def _tails(records: list[Record]) -> Any:
    from derivlab.report.figures import panels

    title = "In the tails, JAX loses every digit of σ′ and tanh′"
    figure, plots = panels(title, 2, left=0.075, right=0.985, gap=0.14)
    for axes, name in zip(plots, ("sigmoid", "tanh"), strict=True):
        axes.set(title=TITLES[name], xlabel="x", xlim=(-40, 40), ylim=(-0.7, 18.6), xticks=range(-40, 41, 20))
        axes.set_yticks(range(0, 17, 4))
        for offset, method in enumerate(("jax", "central-difference", "forward", "reverse")):
            _digits(axes, records, name, method, offset)
    plots[0].set_ylabel("correct digits")
    plots[1].tick_params(labelleft=False)
    _captions(plots[0], ((13, 13.2, "JAX", "jax"), (-38, 9.4, "central difference", "central-difference")))
    _captions(plots[1], ((9, 12.4, "JAX", "jax"), (-37, 9.4, "central\ndifference", "central-difference")))
    for axes in plots:
        _captions(axes, ((-38, 17.5, "reverse and forward AD", "reverse"),))
    return figure


def _digits(axes: Any, records: list[Record], name: str, method: str, offset: int) -> None:
    from derivlab.report.figures import mark_of

    rows = [r for r in records if r["kind"] == "tail" and r["function"] == name and r["method"] == method]
    every = max(1, len(rows) // 16)
    looks = {"linewidth": 2.5, "markevery": (offset * every // 4, every)}
    axes.plot([r["x"] for r in rows], [digits(r["relative"]) for r in rows], **mark_of(method).line() | looks)


def _captions(axes: Any, texts: Any) -> None:
    from derivlab.report.figures import mark_of

    for x, y, text, method in texts:
        axes.text(x, y, text, color=mark_of(method).ink, fontsize=19, fontweight="bold", va="center")


def digits(relative: float) -> float:
    """Correct decimal digits of a relative error, between none and all."""
    return FULL if relative == 0 else float(min(max(0.0, -np.log10(relative)), FULL))


# %%
def summary(records: list[Record]) -> str:
    """The gradient at the worked point, every method there, and the worst error of the tails."""
    from derivlab.report.tables import comparison_markdown, markdown, number

    exact = [[r["entry"], repr(r["exact"]), f"{r['exact']:.1f}"] for r in records if r["kind"] == "entry"]
    text = markdown(("entry", "certified", "as printed in lectures"), exact)
    text += "\n" + comparison_markdown([r for r in records if r["kind"] == "cell"])
    text += "\nRelative error of the slope at x = 20 and at x = 40, and the largest on [−40, 40]:\n\n"
    tails = {(r["function"], r["method"], r["x"]): r["relative"] for r in records if r["kind"] == "tail"}
    rows: list[list[str]] = []
    for name in FUNCTIONS:
        for method in METHODS:
            worst = max(value for (f, m, _), value in tails.items() if f == name and m == method)
            shown = [number(value) for value in (tails[name, method, 20.0], tails[name, method, 40.0], worst)]
            rows.append([TITLES[name], NAMES[method], *shown])
    text += markdown(("slope", "method", "at 20", "at 40", "largest"), rows)
    return text + (
        "\nσ is each library's own function (`jax.nn.sigmoid` for JAX). Written by hand as 1/(1 + e⁻ˣ), JAX keeps its "
        "digits too: what fails is the rule σ(1 − σ), and not automatic differentiation."
    )


# %%
STUDY = Study(
    "sigmoid_neuron",
    "A sigmoid neuron and its tails",
    "Which methods keep their digits where a sigmoid is flat?",
    measure,
    draw,
    summary,
)

# %%
if __name__ == "__main__":
    STUDY.main()
