"""Tables and captions of the study of regression."""

from __future__ import annotations

from collections.abc import Callable

from _optimiser_looks import absent, ok
from _training_charts import NAMES
from derivlab.report.study import Record

EXACT = ("manual", "forward", "reverse", "reverse-compiled", "jax", "complex-step")
DIFFERENCES = ("central-difference", "forward-difference")


def tables(records: list[Record]) -> str:
    """The fits, the optima by method, and the paths."""
    parts = {"The runners": _fits(records), "Error of the weights found": _optima(records), "The bowl": _paths(records)}
    text = "".join(f"\n### {title}\n\n{table}" for title, table in parts.items() if table)
    return text + absent(records) + (
        "\n\nThe exact optimum is that of the normal equations in rational arithmetic, powers of t = (age − 35) / 25 "
        f"as rounded, and λ = {_penalty(records)}. Errors are the largest of a weight, relative to the largest. "
        "SciPy's root searches where the gradient vanishes, with the Hessian of reverse mode. On the last updates "
        "RMSProp divides by slopes as small as its rounding, so that last bits decide where it bounces to.\n"
    )  # fmt: skip


def _penalty(records: list[Record]) -> float:
    return max(r["penalty"] for r in records if r["kind"] == "fit")


def _fits(records: list[Record]) -> str:
    from derivlab.report.tables import markdown, number

    keys = ("condition", "closed_form_error", "residual", "left_out")
    lines = [
        [str(r["degree"]), f"{r['penalty']:g}", *(number(r[key]) for key in keys)]
        for r in records
        if r["kind"] == "fit"
    ]
    headers = ("degree", "λ", "condition of the Hessian", "error of LAPACK's least squares", "residual (mph)",
               "runner left out (mph)")  # fmt: skip
    return markdown(headers, lines)


def _optima(records: list[Record]) -> str:
    from derivlab.report.tables import markdown, number

    rows = {(r["degree"], r["penalty"], r["method"]): r for r in records if r["kind"] == "optimum"}
    methods = list(dict.fromkeys(method for *_, method in rows))
    lines: list[list[str]] = []
    for degree, penalty in dict.fromkeys((d, p) for d, p, _ in rows):
        cells = [rows[degree, penalty, method] for method in methods]
        lines.append(
            [
                str(degree),
                f"{penalty:g}",
                *(number(r["error"]) if r["outcome"] == "ok" else r["outcome"] for r in cells),
            ]
        )
    return markdown(("degree", "λ", *(NAMES[m] for m in methods)), lines)


def _paths(records: list[Record]) -> str:
    from derivlab.report.tables import markdown, number

    lines: list[list[str]] = []
    for row in ok(records, kind="path", method="manual"):
        apart = {r["method"]: r["departure"] for r in ok(records, kind="path", optimiser=row["optimiser"])}
        cells = [number(apart[m]) if m in apart else "–" for m in (*EXACT[1:], *DIFFERENCES)]
        lines.append([row["optimiser"], f"{row['rate']:g}", number(row["last"]), *cells])
    headers = ("optimiser", "rate", "last loss", *(NAMES[m] for m in (*EXACT[1:], *DIFFERENCES)))
    return markdown(headers, lines) if lines else ""


def _runners(records: list[Record]) -> str:
    (fit,) = (r for r in records if r["kind"] == "fit" and r["degree"] == 7 and r["penalty"] == 0)
    return (
        "Speed of eight runners against their age, and polynomials of degree 1 to 7 at the exact optimum of the fit "
        f"(grey: the degrees not named). Degree 7 has a residual of {fit['residual']:.0e} mph, and leaves the runners "
        f"between and beyond. Right: with λ Σ wₖ², k ≥ 1, λ = {_penalty(records):g}, degrees from 3 on agree."
    )


def _left_out(records: list[Record]) -> str:
    best = min((r for r in records if r["kind"] == "fit" and r["left_out"]), key=lambda r: r["left_out"])
    return (
        "Root mean square error at the eight runners of the fit, and at a runner that the fit did not see, each in "
        f"turn. Least of the latter: {best['left_out']:.2f} mph, at degree {best['degree']} "
        f"{'with' if best['penalty'] else 'without'} L2. Without it seven runners do not determine the eight weights "
        "of degree 7, and all eight are met without residual."
    )


def _optimum(records: list[Record]) -> str:
    rows = ok(records, kind="optimum")
    worst = {name: max(r["error"] for r in rows if r["method"] in group) for name, group in
             (("exact", EXACT), ("central", DIFFERENCES[:1]), ("forward", DIFFERENCES[1:]))}  # fmt: skip
    return (
        "Largest error of a weight, relative to the largest weight, where SciPy's root finds the gradient to vanish, "
        "without L2; the optimum is known exactly. In all fits an exact gradient (by hand, forward, reverse, "
        f"compiled, JAX, complex step) errs by at most {worst['exact']:.0e}, a central difference by "
        f"{worst['central']:.0e}, a forward difference by {worst['forward']:.0e}: its truncation error ½ h f″ reaches "
        "the weights through the inverse of the Hessian. Of a quadratic a central difference has none, only rounding "
        "of the loss. Dotted: the condition of the Hessian times the unit roundoff."
    )


def _gradient(records: list[Record]) -> str:
    (row,) = (r for r in records if r["kind"] == "arrows")
    (w1, w2), (d1, d2) = row["start"], row["start_gradient"]
    return (
        "Contours of a w₁² + b w₂² + c w₁w₂ and −∇ on them, by reverse mode, scaled; "
        f"(a, b, c) = ({row['a']:g}, {row['b']:g}, {row['c']:g}). At ({w1:g}, {w2:g}) the gradient is "
        f"({d1:.3g}, {d2:.3g}), and the way to the minimum is dashed. Both axes have one scale."
    )


def _bowl_paths(records: list[Record]) -> str:
    rows = ok(records, kind="path", method="manual")
    rates = ", ".join(f"{r['optimiser']} at {r['rate']:g}" for r in rows)
    return f"{rows[0]['updates']} updates of each optimiser from one start, with constant rates: {rates}."


def _bowl_losses(records: list[Record]) -> str:
    rows = ok(records, kind="path")
    steady = [r["departure"] for r in rows if r["optimiser"] != "RMSProp" and r["method"] in EXACT]
    return (
        "Loss against updates for the paths in the bowl, whose minimum is 0. RMSProp steps by the rate times slope "
        "over recent slope, which does not shrink with the slope. Of the others, paths by exact gradients differ by at "
        f"most {max(steady):.0e} of the way. The rates are not tuned, and the order is no ranking."
    )


CAPTIONS: dict[str, Callable[[list[Record]], str]] = {
    "runners": _runners,
    "left_out": _left_out,
    "optimum": _optimum,
    "bowl_gradient": _gradient,
    "bowl_paths": _bowl_paths,
    "bowl_losses": _bowl_losses,
}
"""For each figure its caption, with numbers from the records."""
