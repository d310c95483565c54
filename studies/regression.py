# %% [markdown]
"""Does the gradient matter to a fit? Polynomials through eight runners, and the geometry of a quadratic bowl."""

# %%
from __future__ import annotations

import numpy as np

import _bowl as bowl
import _bowl_charts as bowl_charts
import _polynomials as polynomials
import _regression_charts as charts
import _regression_words as words
from _regression_tables import CAPTIONS, tables
from derivlab.report.study import Drawing, Progress, Record, Study

UPDATES = 80


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Every degree with and without a penalty, by every method; arrows and paths in the bowl."""
    degrees = (1, 3, 6, 7) if quick else polynomials.DEGREES
    methods = (*polynomials.METHODS, *polynomials.DIFFERENCES)
    records: list[Record] = [polynomials.runners()]
    for k, degree in enumerate(degrees):
        progress(f"degree {degree}", 0.7 * k / len(degrees))
        for penalty in (0.0, polynomials.PENALTY):
            records.append(polynomials.fit(degree, penalty))
            exact = np.array(records[-1]["weights"])
            if not (quick and penalty):
                records += [polynomials.found(degree, penalty, method, exact) for method in methods]
    progress("the quadratic bowl", 0.7)
    return [*records, bowl.arrows(13, 7), *bowl.paths(UPDATES, bowl.QUICK if quick else bowl.METHODS)]


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The runners, then the bowl; paths only where optax is installed."""
    figures = {
        "runners": charts.fits_figure,
        "left_out": charts.left_out_figure,
        "optimum": charts.optimum_figure,
        "bowl_gradient": bowl_charts.gradient_figure,
    }
    if any(r["kind"] == "path" and r["outcome"] == "ok" for r in records):
        figures |= {"bowl_paths": bowl_charts.paths_figure, "bowl_losses": bowl_charts.losses_figure}
    return [
        Drawing(name, figure(records), CAPTIONS[name](records), getattr(words, name)(records))
        for name, figure in figures.items()
    ]


# %%
STUDY = Study(
    "regression",
    "Regression and the geometry of descent",
    "Which gradient finds the optimum of a fit that is known exactly, and how do optimisers go down a bowl?",
    measure,
    draw,
    tables,
)

# %%
if __name__ == "__main__":
    STUDY.main()
