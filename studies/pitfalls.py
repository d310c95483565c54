# %% [markdown]
"""Where do correct rules give wrong derivatives? Twelve pitfalls, each with a verdict on every method."""

# %%
from __future__ import annotations

import functools

import numpy as np

import derivlab as dl
from _pitfall_cards import CARDS, Card, Demonstration
from _pitfall_charts import chaos_figure, iterations_figure, steps_figure, tails_figure
from _pitfall_contestants import BESIDE, NAMES, answer, verdict
from _pitfall_curves import SEED, chaos, iterations, steps, tails
from _pitfall_words import chaos_seen, iterations_seen, steps_seen, tails_seen, verdicts_seen
from _verdict_charts import verdicts_figure
from derivlab.report.study import Drawing, Progress, Record, Study
from derivlab.report.tracing import computed

PAPER = (
    "J. Hückelheim, H. Menon, W. Moses, B. Christianson, P. Hovland, L. Hascoët, *Understanding Automatic "
    "Differentiation Pitfalls*, [arXiv 2305.07546](https://arxiv.org/abs/2305.07546), 2023"
)
ALL = NAMES | BESIDE
EDGES = ("where", "roots", "kinks", "equality", "confusion", "steps")
DIGITS = ("tails", "fixed point", "chaos", "overflow", "cancellation", "step size")


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """The cards, then the four curves."""
    records: list[Record] = []
    for k, card in enumerate(CARDS):
        progress(card.title, 0.8 * k / len(CARDS))
        records.append({"kind": "card", "card": card.name, "title": card.title, "lesson": card.lesson})
        for shown in card.shown:
            records += cells(card, shown)
    curves = (functools.partial(f, quick) for f in (tails, chaos, steps))
    for k, curve in enumerate((*curves, iterations)):
        progress("curves", 0.8 + 0.05 * k)
        records += curve()
    return records


def cells(card: Card, shown: Demonstration) -> list[Record]:
    """Every method on one demonstration."""
    exact, source = derivative_of(shown)
    low, high = shown.accepted or (None, None)
    row = {"card": card.name, "shown": shown.name, "cure": shown.cure, "at": float(shown.at), "exact": exact}
    row |= {"least": low, "largest": high, "source": source}
    epsilon = float(np.finfo(np.asarray(shown.at).dtype).eps)
    records: list[Record] = []
    for method in (*NAMES, *shown.beside):
        found = answer(method, shown.function, shown.at, shown.nested, shown.budgets.get(method))
        judged = verdict(found, exact, shown.accepted, epsilon)
        records.append({"kind": "cell", **row, "method": method, **found, **judged})
    return records


def derivative_of(shown: Demonstration) -> tuple[float | None, str]:
    """The exact derivative of a demonstration, where it has one, and whence it is known."""
    if shown.because:
        return shown.exact, shown.because
    return float(dl.truth.derivative(shown.function)(shown.at)), "certified"


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The verdicts, and four curves."""
    legend = (
        "Each cell is one method's verdict: right (at least three quarters of the digits), approximate (at least a "
        "quarter), wrong, NaN, a slope inside the accepted interval at a kink, refused with a reason, without end, "
        "or not installed. Bold rows are the way out. After Hückelheim et al., arXiv 2305.07546."
    )
    return [
        *(
            Drawing(name, verdicts_figure(records, cards, title), legend, verdicts_seen(records, cards))
            for name, cards, title in (
                ("verdicts_at_edges", EDGES, "At an edge, exact rules give NaN or a choice"),
                ("verdicts_on_digits", DIGITS, "Exact rules, rounded numbers: digits are lost"),
            )
        ),
        Drawing("tail_staircase", tails_figure(records), (
            "σ′(x) in float64. JAX computes y(1 − y), where y = σ(x) near 1 comes in steps of 2⁻⁵², about 2.2 × 10⁻¹⁶; "
            "σ(x)σ(−x) and 1/(2 + eˣ + e⁻ˣ) keep all digits. The study sigmoid_neuron shows the digits of more methods."
        ), tails_seen(records)),
        Drawing("chaos", chaos_figure(records), (
            "Relative error of lₙ and of lₙ′ at 0.2, run in float64 by forward AD, against certified values at the "
            "double nearest to 0.2. Dashed: a rounding error that doubles."
        ), chaos_seen(records)),
        Drawing("fixed_point", iterations_figure(records), (
            "Distance of k steps from √2, and of their derivative from 1/(2√2), in exact arithmetic. The derivative "
            "of a convergent iteration converges, later than its value."
        ), iterations_seen(records)),
        Drawing("no_step", steps_figure(records), (
            "Relative error (root mean square over nearby points) of (f(x + h) − f(x − h))/2h for f = sin against h. "
            "Left: far from 0, x ± h is rounded. Right: f carries noise of the size written. Reverse AD has no step."
        ), steps_seen(records)),
    ]  # fmt: skip


# %%
def summary(records: list[Record]) -> str:
    """Every card with its lesson and its answers."""
    parts = [f"After {PAPER}.\n", _counts(records)]
    parts += [_card_text(card, records) for card in records if card["kind"] == "card"]
    return "\n".join([*parts, _numbers(records), _reasons(records)])


def _counts(records: list[Record]) -> str:
    from derivlab.report.tables import markdown

    kinds = list(dict.fromkeys(r["verdict"] for r in records if r["kind"] == "cell" and not r["cure"]))
    rows = [[NAMES[m], *(str(_count(_of_method(records, m), kind)) for kind in kinds)] for m in NAMES]
    return "Verdicts on the pitfalls, without the ways out:\n\n" + markdown(("method", *kinds), rows)


def _count(cells: list[Record], verdict: str) -> float:
    found = [r for r in cells if r["verdict"] == verdict]
    return computed(len(found), [r["at"] for r in found or cells])


def _of_method(records: list[Record], method: str) -> list[Record]:
    return [r for r in records if r["kind"] == "cell" and not r["cure"] and r["method"] == method]


def _card_text(card: Record, records: list[Record]) -> str:
    """A card: its lesson, and a table of the methods' answers with their verdicts, a column a demonstration."""
    from derivlab.report.tables import markdown

    cells = {(r["method"], r["shown"]): r for r in records if r["kind"] == "cell" and r["card"] == card["card"]}
    methods, shown = (list(dict.fromkeys(keys)) for keys in zip(*cells, strict=True))
    rows = [["exact", *(_exact_text(cells[methods[0], name]) for name in shown)]]
    rows += [[ALL[m], *(_answer_text(cells.get((m, name))) for name in shown)] for m in methods]
    heads = ("", *(f"{name} (the way out)" if cells[methods[0], name]["cure"] else name for name in shown))
    known = {name: cells[methods[0], name]["source"] for name in shown}
    notes = [f"- {name}: {source}." for name, source in known.items() if source != "certified"]
    return f"\n### {card['title']}\n\n{card['lesson']}\n\n{markdown(heads, rows)}\n" + "\n".join(notes)


def _exact_text(cell: Record) -> str:
    if cell["least"] is not None:
        return f"from {_number(cell['least'])} to {_number(cell['largest'])}"
    return _number(cell["exact"])


def _answer_text(cell: Record | None) -> str:
    if cell is None:
        return "–"
    if cell["answer"] is None or cell["verdict"] == "nan":
        return cell["verdict"].replace("nan", "NaN")
    off = f" ({cell['error']:.1e} off)" if cell["verdict"] == "approximate" else ""
    return f"{_number(cell['answer'])}: {cell['verdict']}{off}"


def _number(value: float) -> str:
    return f"{value:.6g}".replace("inf", "∞")


def _reasons(records: list[Record]) -> str:
    """Why methods have no answer, each reason once."""
    reasons = dict.fromkeys((ALL[r["method"]], r["verdict"], r["detail"]) for r in records if r.get("detail"))
    return "\n### Without an answer\n\n" + "\n".join(f"- {who}: {what}: {why}" for who, what, why in reasons)


def _numbers(records: list[Record]) -> str:
    """The tails and the chaos as tables."""
    from derivlab.report.tables import markdown, number

    tail = {(r["method"], r["x"]): r for r in records if r["kind"] == "tail"}
    heads = ("x", "exact σ′(x)", "JAX", "relative error", "1/(2 + eˣ + e⁻ˣ)", "relative error")
    rows = []
    for x in (20.0, 30.0, 40.0):
        cells = tail["jax", x], tail["formula", x]
        pairs = [text for r in cells for text in (f"{r['slope']:.6g}", number(r["error"]))]
        rows.append([f"{x:g}", f"{cells[0]['exact']:.6g}", *pairs])
    text = "\n### The tails in numbers\n\n" + markdown(heads, rows)
    keys = ("slope", "exact", "error", "exact_at_fifth", "error_at_fifth")
    rows = [
        [str(r["n"]), *(f"{r[key]:.4g}" for key in keys)]
        for r in records
        if r["kind"] == "chaos" and r["n"] in (40, 50, 60)
    ]
    heads = ("n", "lₙ′ at 0.2 in float64", "exact at the double 0.2", "float64 is off by", "exact at 1/5", "off by")
    return f"{text}\n### The chaos in numbers\n\n{markdown(heads, rows)}\n" + (
        "The double 0.2 is 1.1 × 10⁻¹⁷ more than 1/5, and that alone, carried exactly, makes another derivative. "
        "Errors of float64 are relative to the column on their left."
    )


# %%
STUDY = Study(
    "pitfalls",
    "Pitfalls of automatic differentiation",
    "Where do correct rules give wrong derivatives, and which methods notice?",
    measure,
    draw,
    summary,
    SEED,
)

# %%
if __name__ == "__main__":
    STUDY.main()
