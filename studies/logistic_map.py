# %% [markdown]
"""Does a derivative swell? Size, accuracy and cost of lₙ′, form by form, for the iterates of the logistic map."""

# %%
from __future__ import annotations

from typing import Any

import numpy as np

import derivlab as dl
from _four_ways import four_ways_figure, ways
from _swell_forms import FORMS, run_form, warm_up
from derivlab.errors import OutcomeError
from derivlab.harness.worker import Worker
from derivlab.report.study import Drawing, Progress, Record, Study

SEED = 0
OFF_SCALE = 1e8


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """The four ways on l₄, and every form for n = 1, 2, ... as far as the budget reaches."""
    budget, largest = (1.5, 8) if quick else (10.0, 12)
    points = np.random.default_rng(SEED).uniform(0, 1, 20 if quick else 200)
    progress("four ways on l₄", 0.0)
    records = ways()
    with Worker() as worker:
        for k, form in enumerate(sorted(FORMS, key=lambda form: form == "expanded")):  # it ends the worker
            worker.run(warm_up, seconds=120.0)  # again, should the worker have been replaced
            reached = True
            for n in range(1, largest + 1):
                progress(f"{form}, n = {n}", (k + n / largest) / len(FORMS))
                record = {"kind": "swell", "n": n, "form": form, "budget": budget}
                if reached:
                    record |= cell(worker, form, n, points, budget) | same_numbers(form, n, records)
                    reached = record["outcome"] == "ok"
                    stopped = record
                else:
                    detail = f"not run: n = {stopped['n']} already {stopped['outcome']} ({stopped['detail']})"
                    record |= {"outcome": stopped["outcome"], "detail": detail}
                records.append(record)
    return records


def cell(worker: Worker, form: str, n: int, points: Any, budget: float) -> Record:
    """One form at one n in the worker, judged against the truth."""
    try:
        record, slopes = worker.run(run_form, form, n, points, seconds=budget)
    except OutcomeError as error:
        return {"outcome": error.outcome, "detail": str(error)}
    if slopes is None:
        return {"outcome": "ok", "detail": "", **record}
    f = dl.spec("logistic-map", n=n).function
    exact = dl.truth.jvp(f, (points,), (np.ones_like(points),))[1].value
    error = float(np.max(np.abs(slopes - exact))) / 4.0 ** (n - 1)  # the largest |lₙ′| on [0, 1], at both ends
    return {"outcome": "ok", "detail": "", **record, "error": error}


def same_numbers(form: str, n: int, records: list[Record]) -> Record:
    """A DAG runs the operations of the tree, each once, on the same numbers: its error is the tree's."""
    trees = [r for r in records if r["kind"] == "swell" and r["form"] == "tree" and r["n"] == n]
    return {"error": trees[0].get("error")} if form == "dag" and trees else {}


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The cards, and size beside accuracy."""
    return [
        Drawing("swell", _swell(records), (
            "Left: arithmetic operations of lₙ′ against n. Written out as a tree, the formula swells exponentially; "
            "with shared subexpressions it grows like automatic differentiation. Right: the largest error over x in "
            "(0, 1), divided by the largest |lₙ′|. The expanded polynomial is as compact as the others at "
            "n = 5 and wrong in every digit at n = 6. What did not finish within its budget is named."
        ), swell_seen(records)),
        Drawing("four_ways", four_ways_figure(records), (
            "The derivative of the fourth logistic map at x = 0.2, by hand, by SymPy, by a central difference and by "
            "reverse-mode automatic differentiation: formula, code, value and error. Thin coloured digits are wrong."
        ), ways_seen(records)),
    ]  # fmt: skip


def swell_seen(records: list[Record]) -> str:
    """The figure in words."""
    from derivlab.report.words import ranked

    done = [r for r in records if r["kind"] == "swell" and r["outcome"] == "ok"]
    ends = {r["form"]: r for r in done}
    operations = {f"{form} at n = {r['n']}": r["operations"] for form, r in ends.items()}
    errors = {f"{form} at n = {r['n']}": r["error"] for form, r in ends.items() if r.get("error") is not None}
    return (
        "Two panels of lines against n, upward on logarithmic axes. Left, operations, the last of each line: "
        f"{ranked(operations, '{:,}'.format)}. Right, largest errors: {ranked(errors, '{:.0e}'.format)}."
    )


def ways_seen(records: list[Record]) -> str:
    """The figure in words."""
    from derivlab.report.tables import number

    way = {r["method"]: r for r in records if r["kind"] == "way"}
    shown = ("manual", "symbolic", "central-difference", "reverse")
    parts = [f"{method} {way[method]['value']!r}, {number(way[method]['ulps'])} ulps" for method in shown]
    return f"Four cards, each with a heading, a formula, lines of code, a value and its error: {'; '.join(parts)}."


def _swell(records: list[Record]) -> Any:
    from derivlab.report.figures import decades, panels

    swell = [r for r in records if r["kind"] == "swell"]
    largest = max(r["n"] for r in swell)
    figure, (size, error) = panels("Small is not accurate: expanding ruins lₙ′", 2, left=0.09, right=0.985, gap=0.75)
    size.set(yscale="log", title="operations", xlabel="n", xlim=(1.7, largest + 0.3), ylim=(1, 4e5))
    error.set(yscale="log", title="largest error", xlabel="n", xlim=(1.7, largest + 0.3), ylim=(1e-17, OFF_SCALE * 10))
    decades(size.yaxis)
    decades(error.yaxis, 4)
    for axes in (size, error):
        axes.set_xticks(range(2, largest + 1, 2))
    _sizes(size, swell)
    _errors(error, swell)
    return figure


def _look(form: str) -> Any:
    from derivlab.report.figures import PALETTE, Mark, mark_of

    special = {"dag": Mark(PALETTE["green"], "d"), "expanded": Mark(PALETTE["vermillion"], "X")}
    return special.get(form) or mark_of(FORMS[form][1])


def _sizes(axes: Any, swell: list[Record]) -> None:
    from derivlab.report.labels import along, end_labels, point_labels

    ends: list[tuple[float, float, str, str]] = []
    stopped: list[tuple[float, float, str, str]] = []
    lines: list[tuple[float, float]] = []
    for form, (label, _) in FORMS.items():
        rows = [r for r in swell if r["form"] == form and r["n"] > 1]
        done = [r for r in rows if r["outcome"] == "ok"]
        look, heights = _look(form), [max(r["operations"], 1) for r in done]
        axes.plot([r["n"] for r in done], heights, **look.line())
        lines += along([r["n"] for r in done], heights)
        short = label.replace("symbolic, ", "").replace("as a ", "").replace("after ", "")
        if done and len(done) < len(rows):
            text = f"{form}\n({rows[len(done)]['outcome']}\nat n = {rows[len(done)]['n']})"
            stopped.append((done[-1]["n"], heights[-1], text, look.colour))
        elif done:
            ends.append((done[-1]["n"], heights[-1], short, look.colour))
    end_labels(axes, ends)
    point_labels(axes, stopped, fontsize=17, avoid=lines)


def _errors(axes: Any, swell: list[Record]) -> None:
    for form in FORMS:
        done = [r for r in swell if r["form"] == form and r["n"] > 1 and r.get("error") is not None]
        look = _look(form)
        shown = [r for r in done if r["error"] <= OFF_SCALE]
        axes.plot([r["n"] for r in shown], [max(r["error"], 2e-17) for r in shown], **look.line())
        if len(shown) < len(done):
            worst = done[len(shown)]
            x, y = shown[-1]["n"], shown[-1]["error"]
            axes.annotate(
                "", (x + 0.35, OFF_SCALE * 10), (x, y), arrowprops={"arrowstyle": "->", "color": look.colour, "lw": 3}
            )
            axes.text(x + 0.6, y, f"expanded\n(n = {worst['n']}: 10$^{{{np.log10(worst['error']):.0f}}}$)",
                      color=look.ink, fontsize=19, fontweight="bold", va="center")  # fmt: skip
    axes.axhline(1, color="#595959", linewidth=1.5, linestyle="--")
    axes.text(axes.get_xlim()[1], 1.8, "no digit right", ha="right", color="#595959", fontsize=17)
    axes.text(axes.get_xlim()[1], 1e-13, "all other forms", ha="right", fontsize=19, fontweight="bold")


# %%
def summary(records: list[Record]) -> str:
    """The four ways as a table, and the cells of every form."""
    from derivlab.report.tables import markdown, number

    ways = [r for r in records if r["kind"] == "way"]
    text = markdown(
        ("method", "value of l₄′(0.2)", "error (ulps)"),
        [[r["method"], repr(r["value"]), number(r["ulps"])] for r in ways],
    )
    text += f"\nExact at the double nearest to 0.2: {ways[0]['exact']}.\n"
    for record in ways[:5]:
        text += f"\n**{record['method']}**: {record['formula']}\n\n```python\n{record['code']}\n```\n"
    for field, title in (
        ("operations", "Operations"),
        ("error", "Largest error over x in (0, 1), relative to max |lₙ′|"),
    ):
        text += f"\n{title}:\n\n" + _table(records, field)
    notes = [r for r in records if r["kind"] == "swell" and r["detail"]]
    return text + "".join(f"\n- {FORMS[r['form']][0]}, n = {r['n']}: {r['outcome']}: {r['detail']}" for r in notes)


def _table(records: list[Record], field: str) -> str:
    from derivlab.report.tables import markdown, number

    swell = {(r["form"], r["n"]): r for r in records if r["kind"] == "swell"}
    rows: list[list[str]] = []
    for n in sorted({n for _, n in swell}):
        cells = [swell[form, n] for form in FORMS]
        show = str if field == "operations" else number
        rows.append([str(n), *(show(r[field]) if r.get(field) is not None else r["outcome"] for r in cells)])
    return markdown(("n", *(label for label, _ in FORMS.values())), rows)


# %%
STUDY = Study(
    "logistic_map",
    "Expression swell on the logistic map",
    "Does a derivative swell, and is the smallest form of it any good?",
    measure,
    draw,
    summary,
    SEED,
)

# %%
if __name__ == "__main__":
    STUDY.main()
