# %% [markdown]
"""Which gradient checkers catch planted mistakes, and which reject right gradients? Mutation testing."""

# %%
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import derivlab as dl
from _checkers_charts import matrix_figure, shares_figure
from _checkers_contestants import NAMES, NOT_ASKED, RULES, Claim, asked
from _checkers_functions import FUNCTIONS, KINDS, claim_of, right_gradients
from _checkers_mistakes import MISTAKES
from derivlab.measure.accuracy import accuracy
from derivlab.method.problem import flatten
from derivlab.report.study import Drawing, Progress, Record, Study
from derivlab.report.tracing import computed

SEED = 20181
LEAST = 64
"""A mistake counts where it changes some entry by more than so many ulps × (1 + condition number)."""
EDGE = 80
"""So many ulps × (1 + condition number) the largest entry is moved by, to see how near to 64 ours begins."""
LARGE = 1e-3
"""A mistake is large where it changes some entry by more than this share of the largest."""
THIRD = 3
"""Of every third function the mistakes are shown to ours as a black box as well: that takes the longest."""
QUICK = ("squared-error",)
"""The functions of quick mode."""
FEW, MANY = 1, 125
"""Right gradients of each kind: in quick mode, and else."""


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """The mistakes planted in each function, then the right gradients."""
    records: list[Record] = []
    names = QUICK if quick else FUNCTIONS
    for k, name in enumerate(names):
        progress(name, 0.5 * k / len(names))
        records += planted(name)
    count = FEW if quick else MANY
    for k, (kind, name, claim) in enumerate(right_gradients(count, SEED)):
        progress(kind, 0.5 + 0.5 * k / (count * len(KINDS)))
        answers = {who: asked(who, claim) for who in NAMES}
        row = {"kind": "right", "sort": kind, "function": name, "entries": claim.claimed.size}
        row["outcome"] = answers["ours"]["outcome"]
        records.append(row | {f"rejects_{who}": answer["rejects"] for who, answer in answers.items()})
    return records


def planted(name: str) -> list[Record]:
    """Every mistake in one function's gradient, and who catches it."""
    spec = dl.spec(name)
    claim = claim_of(spec)
    judge = _Judge(spec)
    with np.errstate(all="ignore"):
        wrong = {mistake: plant(claim.material) for mistake, (plant, _) in MISTAKES.items()}
    moved = judge.moved(EDGE)
    edge = {"kind": "edge", "function": name, "outcome": asked("ours", replace(claim, claimed=moved))["outcome"]}
    return [edge] + [
        _row(name, mistake, replace(claim, claimed=gradient), judge.change(claim, gradient), _names(mistake, wrong))
        for mistake, gradient in wrong.items()
        if gradient is not None
    ]


class _Judge:
    """How much a mistake changes a gradient, by the certified one and its condition numbers."""

    def __init__(self, spec: Any) -> None:
        import optree

        self.enclosures = list(optree.tree_leaves(dl.truth.grad(spec.function, spec.argnums)(*spec.args)))
        positions = spec.argnums if isinstance(spec.argnums, tuple) else (spec.argnums,)
        leaves = [np.asarray(leaf) for k in positions for leaf in flatten(spec.args[k])[0]]
        x = np.concatenate([np.ravel(leaf) for leaf in leaves])
        blocks = [np.asarray(b) for b in flatten(dl.reverse.hessian(spec.function, positions)(*spec.args))[0]]
        rows = [blocks[i * len(leaves) : (i + 1) * len(leaves)] for i in range(len(leaves))]
        table = np.vstack(
            [np.hstack([b.reshape(y.size, -1) for b in row]) for y, row in zip(leaves, rows, strict=True)]
        )
        exact = self.exact = np.concatenate([np.ravel(e.value) for e in self.enclosures])
        scale = np.abs(table) @ np.abs(x)
        with np.errstate(all="ignore"):
            self.conditions = np.where(scale == 0, 0.0, scale / np.abs(exact))

    def moved(self, ulps: float) -> Any:
        """The gradient with its largest entry off by so many ulps × (1 + condition number)."""
        wrong, k = self.exact.copy(), int(np.argmax(np.abs(self.exact)))
        wrong[k] += ulps * np.spacing(np.abs(wrong[k])) * (1 + self.conditions[k])
        return wrong

    def change(self, claim: Claim, gradient: Any) -> dict[str, float]:
        """The largest change in ulps / (1 + condition number), and as a share of the largest entry."""
        spans = zip(claim.material.spans(), self.enclosures, strict=True)
        found = accuracy(
            [gradient[span].reshape(e.value.shape) for span, e in spans], self.enclosures, [self.conditions]
        )
        return {"change": float(found.scaled or 0.0), "share": found.normwise}


def _names(mistake: str, wrong: dict[str, Any]) -> set[str]:
    """The names of a mistake, and of all others that change this gradient to the same numbers."""
    mine = wrong[mistake]
    same = [m for m, g in wrong.items() if mine is not None and g is not None and np.allclose(g, mine, 1e-12, 0)]
    return {name for m in same for name in MISTAKES[m][1]}


def _row(function: str, mistake: str, claim: Claim, change: dict[str, float], names: set[str]) -> Record:
    counts = not change["change"] <= LEAST
    row: Record = {"kind": "mistake", "function": function, "mistake": mistake, "entries": claim.claimed.size}
    row |= {**change, "counts": counts}
    if not counts:
        return row
    spared = () if FUNCTIONS.index(function) % THIRD == 0 else ("values",)
    answers = {who: NOT_ASKED if who in spared else asked(who, claim) for who in NAMES}
    pattern = answers["ours"]["pattern"]
    row |= {"named": pattern, "named_rightly": pattern in names, "outcome": answers["ours"]["outcome"]}
    return row | {f"rejects_{who}": answer["rejects"] for who, answer in answers.items()}


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """The shares of each checker, and where they fail."""
    mistakes, rights = _mistakes(records), [r for r in records if r["kind"] == "right"]
    missed = _failures(mistakes, "mistake", rejected=False)
    hardest = sorted(missed, key=lambda m: -sum(v or 0 for v in missed[m].values()))
    hard = {m: missed[m] for m in hardest[:14] if any(missed[m].values())}
    open_kinds = _failures(rights, "sort", rejected=True)
    return [
        Drawing("shares", shares_figure(_shares(records), len(mistakes), len(rights)), (
            f"Left: share of {len(mistakes)} planted mistakes that a checker passes. Right: share of {len(rights)} "
            "right gradients that it rejects. Each has its own step and tolerance as it comes. "
            "By values alone ours is shown the mistakes in every third function."
        ), _seen(records)),
        Drawing("missed", matrix_figure(hard, "Mistakes of a few digits pass the others"), (
            "Share of the functions in which each kind of mistake passes; the kinds that pass most."
        ), _seen_in(hard)),
        Drawing("rejected", matrix_figure(open_kinds, "What is right, and rejected"), (
            "Share of right gradients that are rejected, by kind."
        ), _seen_in(open_kinds)),
    ]  # fmt: skip


def _seen_in(kinds: Iterable[str]) -> str:
    return f"A table of shares: down {', '.join(kinds)}; across {', '.join(NAMES.values())}. Empty are the cells of 0."


def _seen(records: Sequence[Record]) -> str:
    told = [
        f"{NAMES[who]} misses {_percent(missed)} and rejects {_percent(bad)}"
        for who, (missed, bad) in _shares(records).items()
        if missed is not None
    ]
    return f"Two bars for each checker: {'; '.join(told)}."


def _mistakes(records: Sequence[Record]) -> list[Record]:
    return [r for r in records if r["kind"] == "mistake" and r["counts"]]


def _failures(rows: Sequence[Record], key: str, rejected: bool) -> dict[str, dict[str, float | None]]:
    """For each kind and checker the share of answers that are ``rejected``; None where it is not installed."""
    table: dict[str, dict[str, float | None]] = {}
    for kind in dict.fromkeys(r[key] for r in rows):
        mine = [r for r in rows if r[key] == kind]
        table[kind] = {who: _share(mine, who, rejected) for who in NAMES}
    return table


def _share(rows: Sequence[Record], who: str, wanted: bool) -> float | None:
    """The share of a checker's answers that are ``wanted``, which knows the records it is of."""
    given = [r for r in rows if r[f"rejects_{who}"] is not None]
    if not given:
        return None
    return computed(sum(r[f"rejects_{who}"] is wanted for r in given) / len(given), [r["entries"] for r in given])


def _shares(records: Sequence[Record]) -> dict[str, tuple[float | None, float | None]]:
    """For each checker the share of mistakes missed, and of right gradients rejected."""
    mistakes, rights = _mistakes(records), [r for r in records if r["kind"] == "right"]
    return {
        who: (
            _share(mistakes, who, False),
            _share(rights, who, True),
        )
        for who in NAMES
    }


# %%
def summary(records: list[Record]) -> str:
    """The table of checkers, what ours names, and each checker's rule."""
    from derivlab.report.tables import markdown

    mistakes, rights = _mistakes(records), [r for r in records if r["kind"] == "right"]
    idle = sum(r["kind"] == "mistake" and not r["counts"] for r in records)
    large = [r for r in mistakes if not r["share"] <= LARGE]
    rows = [
        [
            NAMES[who],
            _percent(missed, True),
            _percent(_share(large, who, False), True),
            _percent(bad),
        ]
        for who, (missed, bad) in _shares(records).items()
    ]
    heads = ("checker", "mistakes caught", f"of the {len(large)} larger than {LARGE:g}", "right gradients rejected")
    text = markdown(heads, rows)
    named = [r for r in mistakes if r["named"]]
    rightly = sum(r["named_rightly"] for r in named)
    outcomes = Counter(r["outcome"] for r in rights)
    missed = [f"{r['mistake']} in {r['function']} ({r['outcome']})" for r in mistakes if not r["rejects_ours"]]
    open_ = Counter(r["sort"] for r in rights if r["outcome"] == "undecided")
    edges = [r["outcome"] == "wrong" for r in records if r["kind"] == "edge"]
    parts = [
        f"{len(mistakes)} mistakes of {len({r['mistake'] for r in mistakes})} kinds in "
        f"{len({r['function'] for r in mistakes})} functions, each more than {LEAST} ulps × (1 + condition number); "
        f"{idle} more change nothing of that size and are left out. {len(rights)} right gradients.\n",
        text,
        f"\nA cause is named for {len(named)} of {len(mistakes)} mistakes, the planted one for {rightly} of these "
        f"({rightly / max(len(named), 1):.0%}).\n",
        f"Missed by ours: {', '.join(missed) or 'none'}. With the largest entry off by {EDGE} ulps × (1 + condition "
        f"number) ours calls {sum(edges)} of {len(edges)} gradients wrong.",
        "Of the right gradients ours calls " + ", ".join(f"{n} {outcome}" for outcome, n in outcomes.items())
        + (f"; undecided are {', '.join(f'{n} {sort}' for sort, n in open_.items())}." if open_ else "."),
        "\nThe rules:\n\n" + "\n".join(f"- {NAMES[who]}: {rule}." for who, rule in RULES.items()),
    ]  # fmt: skip
    return "\n".join(parts)


def _percent(share: float | None, miss: bool = False) -> str:
    return "not installed" if share is None else f"{100 * (1 - share if miss else share):.1f} %"


# %%
STUDY = Study(
    "checkers",
    "Gradient checkers under mutation testing",
    "Which checkers catch planted mistakes in gradients, and which reject gradients that are right?",
    measure,
    draw,
    summary,
    SEED,
)

# %%
if __name__ == "__main__":
    STUDY.main()
