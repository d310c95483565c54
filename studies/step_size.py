# %% [markdown]
"""How small may the step of a difference quotient be? Error against h on the fourth logistic map at 0.2."""

# %%
from __future__ import annotations

from typing import Any

import numpy as np

import derivlab as dl
from derivlab.report.study import Drawing, Progress, Record, Study

SCHEMES = ("forward-difference", "central-difference", "complex-step")
EXACT = ("forward", "reverse", "symbolic", "jax")
NAMES = {
    "forward-difference": "forward difference",
    "central-difference": "central difference",
    "complex-step": "complex step",
    "forward": "forward AD",
    "reverse": "reverse AD",
    "symbolic": "symbolic",
    "jax": "JAX",
}
SEED = 0


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Median relative error over points near 0.2, for each scheme, step and precision."""
    f = dl.spec("logistic-map", n=4).function
    rng = np.random.default_rng(SEED)
    points = 0.2 * (1 + 1e-3 * rng.uniform(-1, 1, 9 if quick else 101))
    records: list[Record] = []
    for share, (dtype, smallest) in enumerate((("float64", -16), ("float32", -8))):
        progress(dtype, share / 2)
        xs = points.astype(dtype)
        truth = dl.truth.jvp(f, (xs.astype(float),), (np.ones(len(xs)),))[1]
        exact = truth.value
        records += predictions(f, dtype)
        for h in 10.0 ** np.arange(smallest, -1.99, 0.5 if quick else 0.125):
            records += [
                {"kind": "scheme", "dtype": dtype, "method": method, "h": float(h), **errors(method, h, f, xs, exact)}
                for method in SCHEMES
            ]
        records += [
            {"kind": "exact", "dtype": dtype, "method": method, "h": None, **errors(method, None, f, xs, exact)}
            for method in EXACT
        ]
    return records


def errors(method: str, h: float | None, f: Any, xs: Any, exact: Any) -> Record:
    """Median and largest relative error over the points."""
    if h is None:
        instrument = dl.methods[method]
    elif method == "complex-step":
        instrument = dl.ComplexStep(float(h))
    else:
        instrument = dl.FiniteDifference(method.removesuffix("-difference"), float(h))
    ones = np.ones_like(xs)
    with np.errstate(all="ignore"):
        if method == "symbolic":  # derived for one point, then evaluated at each
            prepared = instrument.prepare("derivative", f, xs[0])
            slopes = np.array([prepared(x) for x in xs])
        else:
            slopes = instrument.jvp(f, (xs,), (ones,))[1]
        relative = np.abs(slopes.astype(float) - exact) / np.abs(exact)
    return {"error_median": float(np.median(relative)), "error_max": float(np.max(relative)), "points": len(xs)}


def predictions(f: Any, dtype: str) -> list[Record]:
    """The step where truncation and rounding error balance, from f, f″ and f‴ at 0.2."""
    x, epsilon = 0.2, float(np.finfo(dtype).eps)
    value = abs(f(x))
    second, third = (abs(float(dl.truth.derivative(f, order)(x))) for order in (2, 3))
    return [
        {"kind": "optimum", "dtype": dtype, "method": method, "h": h}
        for method, h in (
            ("forward-difference", 2 * (epsilon * value / second) ** 0.5),
            ("central-difference", (3 * epsilon * value / third) ** (1 / 3)),
        )
    ]


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """One figure a precision."""
    caption = (
        "Relative error of l₄′ near x = 0.2 in {} against the step h (median over points within 0.1 % of 0.2). Large "
        "steps cut the Taylor series short, small ones drown in rounding. Dashed: the step at which both balance, "
        "predicted from f, f″ and f‴. Complex step, automatic and symbolic derivatives have nothing to tune."
    )
    return [
        Drawing(f"error_against_step_{dtype}", _figure(records, dtype), caption.format(dtype), seen(records, dtype))
        for dtype in ("float64", "float32")
    ]


def seen(records: list[Record], dtype: str) -> str:
    """A figure in words."""
    from derivlab.report.words import listing

    mine = [r for r in records if r["dtype"] == dtype]
    best = [
        min((r for r in mine if r["kind"] == "scheme" and r["method"] == method), key=_median) for method in SCHEMES[:2]
    ]
    valleys = listing([f"{NAMES[r['method']]} {_median(r):.0e} at h = {r['h']:.0e}" for r in best])
    level = max(_median(r) for r in mine if r["kind"] == "exact")
    return (
        "Lines with markers: the step h to the right, the error upward, both logarithmic. Both differences fall with h "
        f"and rise again below their lowest points: {valleys}. The complex step falls and stays. Level lines at "
        f"{level:.0e} or below: automatic and symbolic derivatives. Dashed upright lines: the predicted steps."
    )


def _figure(records: list[Record], dtype: str) -> Any:
    from derivlab.report.figures import decades, mark_of, panels
    from derivlab.report.labels import end_labels, scientific

    figure, (axes,) = panels(f"No step saves a difference quotient ({dtype})", right=0.735)
    mine = [r for r in records if r["dtype"] == dtype]
    floor = float(np.finfo(dtype).eps) / 8
    steps = [r["h"] for r in mine if r["kind"] == "scheme"]
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(min(steps), 1.5 * max(steps)),
        ylim=(floor, 1e5 if dtype == "float64" else 1e3),
    )
    axes.set_xlabel("step h")
    axes.set_ylabel("relative error of the derivative")
    decades(axes.xaxis, 4 if dtype == "float64" else 2)
    decades(axes.yaxis, 4 if dtype == "float64" else 2)
    ends = _lines(axes, mine, floor)
    for record in (r for r in mine if r["kind"] == "optimum"):
        mark = mark_of(record["method"])
        axes.axvline(record["h"], color=mark.colour, linestyle=(0, (4, 3)), linewidth=2)
        text = f"h* = {scientific(record['h'], 3)}"
        axes.annotate(text, (record["h"], 0.985), (6, 0), xycoords=("data", "axes fraction"),
                      textcoords="offset points", rotation=90, va="top", color=mark.ink, fontsize=18)  # fmt: skip
    end_labels(axes, ends)
    return figure


def _lines(axes: Any, records: list[Record], floor: float) -> list[tuple[float, float, str, str]]:
    """Draw a line for each scheme and each exact method; where their labels belong is returned."""
    from derivlab.report.figures import INK, mark_of

    ends: list[tuple[float, float, str, str]] = []
    for offset, method in zip((0, 3, 6), SCHEMES, strict=True):
        rows = [r for r in records if r["kind"] == "scheme" and r["method"] == method]
        heights = [max(r["error_median"], floor) for r in rows]
        axes.plot(
            [r["h"] for r in rows],
            heights,
            **mark_of(method).line() | {"markersize": 11, "linewidth": 2.5, "markevery": (offset, 8)},
        )
        ends.append((rows[-1]["h"], heights[-1], NAMES[method], mark_of(method).colour))
    lowest = float("inf")
    for method in EXACT:
        (row,) = (r for r in records if r["kind"] == "exact" and r["method"] == method)
        height = max(row["error_median"], floor)
        axes.axhline(height, **mark_of(method).line() | {"marker": "", "linewidth": 2.5})
        lowest = min(lowest, height)
    ends.append((axes.get_xlim()[1], lowest, "forward AD, reverse\nAD, symbolic, JAX", INK))
    return ends


# %%
def summary(records: list[Record]) -> str:
    """Best step and best error of each scheme, beside the prediction."""
    from derivlab.report.tables import markdown, number

    rows: list[list[str]] = []
    for dtype in ("float64", "float32"):
        mine = [r for r in records if r["dtype"] == dtype]
        predicted = {r["method"]: r["h"] for r in mine if r["kind"] == "optimum"}
        for method in SCHEMES:
            tried = [r for r in mine if r["kind"] == "scheme" and r["method"] == method]
            best = min(tried, key=_median)
            near = min(tried, key=lambda r: abs(np.log(r["h"] / predicted.get(method, best["h"]))))
            text = [number(x) for x in (predicted.get(method), _median(near), best["h"], _median(best))]
            rows.append([dtype, NAMES[method], *text])
        rows += [
            [dtype, NAMES[r["method"]], "–", "–", "–", number(r["error_median"])] for r in mine if r["kind"] == "exact"
        ]
    headers = ("precision", "method", "predicted h*", "median relative error near h*", "best h measured", "error there")
    return markdown(headers, rows) + (
        "\nThe predicted steps are h* = 2 √(ε |f| / |f″|) for the forward and h* = (3 ε |f| / |f‴|)^(1/3) for the "
        "central difference, with ε the distance from 1 to the next number."
    )


def _median(record: Record) -> float:
    return record["error_median"]


# %%
STUDY = Study(
    "step_size",
    "The step size dilemma",
    "How small may the step of a difference quotient be, and what does the best step still lose?",
    measure,
    draw,
    summary,
    SEED,
)

# %%
if __name__ == "__main__":
    STUDY.main()
