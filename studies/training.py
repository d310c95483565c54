# %% [markdown]
"""Does it matter who differentiates? Networks trained with every method's gradient, by every optimiser and schedule."""

# %%
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import _digits_charts as digits_charts
import _training_captions as captions
import _training_charts as charts
import _training_recipes as recipes
import _training_words as words
from _optimiser_looks import ok
from _training_tables import tables
from derivlab.report.study import Drawing, Progress, Record, Study


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """The 20-line network, the small one where differences part, and the digits by every recipe."""
    updates, parted, each, passes = (15, 12, 4, 4) if quick else (2000, 250, 24, 30)
    chosen = [recipe for recipe in recipes.RECIPES if not quick or recipe.name in recipes.QUICK]
    progress("the 20-line network", 0.0)
    records = [*recipes.twenty_lines(updates), recipes.search_large(updates // 2)]
    progress("differences on the small network", 0.3)
    records += [*recipes.parting(parted), recipes.search_digits(updates // 2)]
    for k, recipe in enumerate(chosen):
        progress(recipe.name, 0.5 + 0.4 * k / len(chosen))
        records += recipes.digits_cells(recipe, passes)
        if not quick or recipe.small_size is None:
            records += recipes.small_cells(recipe, each)
        if recipe.name in recipes.SCHEDULED:
            records.append(recipes.schedule_rates(recipe, passes))
    progress("past the edge of stability", 0.9)
    return records + (recipes.edge(450, recipes.RATES[-1:]) if quick else recipes.edge(1000, recipes.RATES))


FIGURES: dict[str, tuple[Callable[[list[Record]], Any], dict[str, Any], int]] = {
    "twenty_lines": (charts.large_figure, {"kind": "curve", "network": "large"}, 1),
    "differences_part": (charts.parting_figure, {"kind": "curve", "network": "small"}, 1),
    "digits_losses": (digits_charts.losses_figure, {"kind": "run", "network": "digits", "method": "manual"}, 4),
    "digits_schedules": (digits_charts.schedules_figure, {"kind": "schedule"}, 2),
    "digits_accuracy": (digits_charts.accuracy_figure, {"kind": "run", "network": "digits"}, 1),
    "departures": (digits_charts.departures_figure, {"kind": "run"}, 1),
    "edge_of_stability": (digits_charts.edge_figure, {"kind": "curvature"}, 1),
}
"""For each figure what draws it, the records that it shows, and how few of them would be no comparison."""


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The figures of what was measured."""
    return [
        Drawing(name, figure(records), getattr(captions, name)(records), getattr(words, name)(records))
        for name, (figure, shown, least) in FIGURES.items()
        if len(ok(records, **shown)) >= least
    ]


# %%
STUDY = Study(
    "training",
    "Training by every gradient",
    "Does it matter for a training who differentiates, and where do finite differences part from the rest?",
    measure,
    draw,
    tables,
)

# %%
if __name__ == "__main__":
    STUDY.main()
