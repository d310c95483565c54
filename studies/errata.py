# %% [markdown]
"""Which formulas on course slides are wrong, and what catches them? Each published, right, and how it was caught."""

# %%
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import derivlab as dl
from _errata_charts import board_figure, check_figure, digits_figure, negative_figure
from _errata_formulas import (
    BIAS,
    IMAGE,
    MISTAKES,
    SCORES,
    WEIGHTS,
    Mistake,
    hinge,
    softmax_loss,
    softmax_loss_without_own,
)
from _errata_words import board_seen, check_seen, digits_seen, negative_seen
from derivlab.report.study import Drawing, Progress, Record, Study

SEED = 0
STEP = 1e-4
LOSSES = (1.25347, 1.25322, 1.25353, 1.25347)
"""L(W), and L with one of three weights a step further, as printed on the slide."""
SLOPES = (-2.5, 0.6, 0.0)
DECIMALS = 5


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """The mistakes, a table of digits, and the numbers that are right."""
    records: list[Record] = []
    for k, mistake in enumerate(MISTAKES):
        progress(mistake.what, k / 5)
        records += caught(mistake)
    progress("digits", 0.6)
    records += losses(quick) + printed_slopes() + digits(quick)
    progress("worked numbers", 0.8)
    return records + worked()


def caught(mistake: Mistake) -> list[Record]:
    """A gradient check of the published formula and of the right one, against differences and the truth."""
    quotients = dl.methods["central-difference"].jacobian(mistake.function)(mistake.at)
    exact = dl.truth.jacobian(mistake.function)(mistake.at).value
    record: Record = {"kind": "mistake", "name": mistake.name, "what": mistake.what}
    record |= {"formula": mistake.published, "right_formula": mistake.right}
    for prefix, function, gradient in (
        ("", mistake.wrong, mistake.wrong_gradient),
        ("right_", mistake.function, mistake.gradient),
    ):
        slopes = gradient(mistake.at)
        value = dl.truth.jvp(function, (mistake.at,), (np.zeros_like(mistake.at),))[0].value
        record |= {
            f"{prefix}value": float(np.ravel(value)[-1]),
            f"{prefix}deviation": deviation(slopes, quotients),
            f"{prefix}error": deviation(slopes, exact),
            f"{prefix}gradient": slopes.tolist(),
        }
    return [record | {"differences": quotients.tolist()}]


def deviation(slopes: Any, reference: Any) -> float:
    """The largest |a − n| / max(|a|, |n|) of an entry: what a gradient check looks at."""
    scale = np.maximum(np.abs(slopes), np.abs(reference))
    return float(np.max(np.abs(slopes - reference) / np.where(scale == 0, 1.0, scale)))


def losses(quick: bool) -> list[Record]:
    """Both softmax losses of (s, 0, 0), y = 0, against s."""
    scores = [np.array([s, 0.0, 0.0]) for s in np.linspace(-4, 4, 33 if quick else 129)]
    return [
        {"kind": "loss", "s": float(s[0]), "right": float(softmax_loss(s)), "value": float(softmax_loss_without_own(s))}
        for s in scores
    ]


def printed_slopes() -> list[Record]:
    """The three slopes of the slide, and between what they lie when the losses are rounded to five decimals."""
    noise = 10.0**-DECIMALS / STEP
    first = LOSSES[0]
    return [
        {
            "kind": "slope",
            "entry": k,
            "loss": loss,
            "published": slope,
            "computed": (loss - first) / STEP,
            "low": (loss - first) / STEP - noise,
            "high": (loss - first) / STEP + noise,
        }
        for k, (loss, slope) in enumerate(zip(LOSSES[1:], SLOPES, strict=True))
    ]


def digits(quick: bool) -> list[Record]:
    """The largest error of forward differences of a softmax loss that is printed with some decimals."""
    rng = np.random.default_rng(SEED)
    x, y = rng.standard_normal((20, 6)), rng.integers(0, 4, 20)

    def loss(w: Any) -> Any:
        xp = dl.array_namespace(w)
        scores = xp.asarray(x) @ w
        return xp.sum(dl.special.logsumexp(scores, axis=1) - scores[np.arange(20), y]) / 20

    tables = [_loss_table(loss, 0.3 * rng.standard_normal((6, 4))) for _ in range(4 if quick else 40)]
    records: list[Record] = []
    for decimals in (*range(3, 15), None):
        printed = (lambda v: v) if decimals is None else (lambda v, d=decimals: np.round(v, d))
        errors = [np.max(np.abs((printed(moved) - printed(base)) / STEP - exact)) for base, moved, exact in tables]
        bound = None if decimals is None else 10.0**-decimals / STEP
        records.append({"kind": "digits", "decimals": decimals, "error": float(max(errors)), "bound": bound})
    return records


def _loss_table(loss: Any, w: Any) -> tuple[float, Any, Any]:
    """The loss, the losses with one weight a step further, and the certified slopes."""
    moved = [loss(w + STEP * np.reshape(unit, w.shape)) for unit in np.eye(w.size)]
    return float(loss(w)), np.array(moved), np.ravel(dl.truth.grad(loss)(w).value)


def worked() -> list[Record]:
    """The slides' numbers that are right, recomputed."""
    powers = np.exp(SCORES)
    losses = [(SCORES, 0), (np.array([1.3, 4.9, 2.0]), 1), (np.array([2.2, 2.5, -3.1]), 2)]
    four_pixels = np.array([-2.85, 0.86, 0.28])
    ones, spread = np.ones(4), np.full(4, 0.25)
    single = np.eye(4)[0]
    rows: list[tuple[str, Any, Sequence[float], int]] = [
        ("e^s of (3.2, 5.1, −1.7)", powers[:2], (24.5, 164.0), 1),
        ("e^s of −1.7", powers[2:], (0.18,), 2),
        ("softmax of (3.2, 5.1, −1.7)", powers / powers.sum(), (0.13, 0.87, 0.0), 2),
        ("its loss, class 0", [_value(softmax_loss, SCORES)], (2.04,), 2),
        ("loss of 10 equal scores, log 10", [_value(softmax_loss, np.zeros(10))], (2.3,), 1),
        ("hinge of three pictures", [_value(lambda s, y=y: hinge(s, y), s) for s, y in losses], (2.9, 0.0, 12.9), 1),
        ("hinge of the second, W and 2W", [_value(lambda s: hinge(s, 1), k * losses[1][0]) for k in (1, 2)], (0, 0), 1),
        ("hinge of (−2.85, 0.86, 0.28), class 2", [_value(lambda s: hinge(s, 2), four_pixels)], (1.58,), 2),
        ("first two scores of the four pixels", (WEIGHTS @ IMAGE + BIAS)[:2], (-96.8, 437.9), 1),
        ("scores of (1, 0, 0, 0) and (¼, ¼, ¼, ¼)", [single @ ones, spread @ ones], (1, 1), 1),
        ("their Σw²", [single @ single, spread @ spread], (1, 0.25), 2),
        ("their Σ|w|", [np.abs(single).sum(), np.abs(spread).sum()], (1, 1), 1),
    ]
    return [
        {"kind": "worked", "what": what, "computed": [float(v) for v in values], "published": list(printed),
         "agrees": [round(float(v), places) for v in values] == [float(p) for p in printed]}
        for what, values, printed, places in rows
    ]  # fmt: skip


def _value(f: Any, scores: Any) -> float:
    """The certified value."""
    return float(dl.truth.jvp(f, (scores,), (np.zeros_like(scores),))[0])


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The board, the gradient check, the negative loss, the digits."""
    return [
        Drawing("board", board_figure(records), (
            "Four mistakes of course material: as published, as it is right, and what catches it. The gradient check "
            "compares the derivative by hand with central differences of the right loss; values are certified."
        ), board_seen(records)),
        Drawing("gradient_check", check_figure(records), (
            "The largest |a − n| / max(|a|, |n|) over the entries of a derivative, a by hand and n by central "
            "differences of the right function: from the published formula, and from the right one. Dashed: 10⁻⁵."
        ), check_seen(records)),
        Drawing("negative_loss", negative_figure(records), (
            "−log(e^s / Σ) for the scores (s, 0, 0) of which the first is right. A probability is at most 1, so its "
            "negative logarithm is at least 0; with the own class left out of the sum, the loss has no lower bound."
        ), negative_seen(records)),
        Drawing("five_digits", digits_figure(records), (
            "Left: slopes from losses printed with five decimals, h = 10⁻⁴, and the range that rounding leaves open. "
            "Right: the largest error of such slopes of a softmax classifier, at random weights, against the decimals "
            "printed, the bound 10⁻ᵈ/h, and the truncation error of the forward difference, which more digits keep."
        ), digits_seen(records)),
    ]  # fmt: skip


# %%
def summary(records: list[Record]) -> str:
    """The mistakes, the digits, and the numbers that are right."""
    from derivlab.report.tables import markdown, number

    rows = [
        [r["what"], r["formula"], r["right_formula"], number(r["value"], 6), number(r["right_value"], 6),
         number(r["deviation"]), number(r["right_deviation"])]
        for r in records if r["kind"] == "mistake"
    ]  # fmt: skip
    heads = ("where", "published", "right", "value published", "certified", "gradient check, published", "right")
    text = markdown(heads, rows)
    slopes = [r for r in records if r["kind"] == "slope"]
    text += "\nSlopes from losses with five decimals (L = 1.25347, h = 10⁻⁴):\n\n"
    text += markdown(
        ("loss", "published slope", "what the digits say"),
        [[f"{r['loss']:.5f}", f"{r['published']:g}", f"from {r['low']:.1f} to {r['high']:.1f}"] for r in slopes],
    )
    text += "\nThe largest error of such slopes, measured on a classifier whose gradient is certified:\n\n"
    table = [[str(r["decimals"] or "all"), number(r["error"]), number(r["bound"])] for r in records if "bound" in r]
    text += markdown(("decimals", "largest error", "bound by rounding"), table)
    text += "\nNumbers of the same material that are right:\n\n"
    worked = [r for r in records if r["kind"] == "worked"]
    lists = ([r["what"], *(", ".join(f"{v:.6g}" for v in r[key]) for key in ("published", "computed"))] for r in worked)
    return text + markdown(("what", "published", "computed"), list(lists))


# %%
STUDY = Study(
    "errata",
    "Mistakes on slides, and what catches them",
    "Which formulas of course material are wrong, and would a gradient check have said so?",
    measure,
    draw,
    summary,
    SEED,
)

# %%
if __name__ == "__main__":
    STUDY.main()
