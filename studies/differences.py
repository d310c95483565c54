# %% [markdown]
"""How good can a difference be? Error, evaluations and error estimates of the family, beside outside references."""

# %%
from __future__ import annotations

from typing import Any

import numpy as np

from _difference_charts import estimate_figure, estimates_seen, evaluations_figure, evaluations_seen, tables
from _difference_family import FAMILY, PEERS, Answer, Subject, estimate, random_subject, solve, specs
from derivlab.errors import OutcomeError
from derivlab.report.study import Drawing, Progress, Record, Study

CASES = {"central": 10_000, "richardson": 1_500, "scipy": 1_500, "numdifftools": 1_500}
"""Random cases for each error estimate; the fewer are the first of the more."""
QUICK = 60
SHOWN = 500
"""Cases that are kept one by one."""
SEED = 0


# %%
def measure(quick: bool, progress: Progress) -> list[Record]:
    """Every method on every spec, and the error estimates on random functions."""
    subjects = _few(specs()) if quick else specs()
    records: list[Record] = []
    methods = (*FAMILY, *PEERS)
    for k, method in enumerate(methods):
        progress(f"{method} on the catalogue", 0.2 * k / len(methods))
        records += [on_spec(method, subject) for subject in subjects]
    progress("random functions", 0.2)
    rng = np.random.default_rng(SEED)
    cases = {method: QUICK if quick else count for method, count in CASES.items()}
    random = [random_subject(rng) for _ in range(max(cases.values()))]
    for method, count in cases.items():
        progress(f"{method} on {count:,} random functions", 0.3 + 0.7 * list(cases).index(method) / len(cases))
        records.append(on_random(method, random[:count]))
    return records


def _few(subjects: list[Subject]) -> list[Subject]:
    """A handful of those with few inputs, from all over the catalogue."""
    small = [subject for subject in subjects if np.size(subject.x) <= 10]
    return small[:: max(1, len(small) // 3)][:3]


def on_spec(method: str, subject: Subject) -> Record:
    """Errors of all entries of one derivative, relative to the exact ones; entries that are exactly 0 are left out."""
    record: Record = {"kind": "spec", "spec": subject.name, "method": method, "outcome": "ok", "detail": "",
                      "entries": int(np.size(subject.x)), "evaluations": None, "judged": None, "errors": [],
                      "estimates": None, "trusted": None}  # fmt: skip
    try:
        answer = solve(method, subject)
    except OutcomeError as trouble:
        return record | {"outcome": trouble.outcome, "detail": str(trouble)}
    except Exception as trouble:
        return record | {"outcome": "failed", "detail": f"{type(trouble).__name__}: {str(trouble)[:120]}"}
    exact = np.atleast_1d(subject.exact.value)
    kept = exact != 0
    record |= {"evaluations": answer.evaluations, "judged": answer.judged,
               "errors": np.atleast_1d(subject.exact.relative_error(answer.value))[kept].tolist()}  # fmt: skip
    if answer.error is not None:
        record["estimates"] = _relative(answer, exact)[kept].tolist()
        record["trusted"] = np.atleast_1d(answer.trusted)[kept].tolist()
    return record


def _relative(answer: Answer, exact: Any) -> Any:
    """The estimated error relative to the exact derivative; an estimate that is not a number bounds nothing."""
    with np.errstate(all="ignore"):
        estimates = np.atleast_1d(np.asarray(answer.error, dtype=float)) / np.abs(exact)
    return np.where(np.isnan(estimates), 0.0, np.minimum(estimates, np.finfo(float).max))


def on_random(method: str, subjects: list[Subject]) -> Record:
    """How often an error estimate bounds the true error, and how often it says that it cannot tell."""
    record: Record = {"kind": "random", "method": method, "cases": len(subjects), "outcome": "ok", "detail": ""}
    errors: list[float] = []
    estimates: list[float] = []
    trusted: list[bool] = []
    try:
        for subject in subjects:
            answer = estimate(method, subject)
            error = float(subject.exact.relative_error(answer.value))
            errors.append(error if np.isfinite(error) else float(np.finfo(float).max))
            estimates.append(float(_relative(answer, subject.exact.value)[0]))
            trusted.append(bool(answer.trusted))
    except OutcomeError as trouble:
        return record | {"outcome": trouble.outcome, "detail": str(trouble)}
    bounded, vouched = np.array(errors) <= np.array(estimates), np.array(trusted)
    return record | {
        "bounded": float(np.mean(bounded)),
        "trusted": float(np.mean(vouched)),
        "bounded_of_trusted": float(np.mean(bounded[vouched])),
        "bounded_or_told": float(np.mean(bounded | ~vouched)),
        "error_median": float(np.median(errors)),
        "generosity_median": float(np.median(np.array(estimates) / np.maximum(errors, 2.0**-60))),
        "errors": errors[:SHOWN],
        "estimates": estimates[:SHOWN],
        "shown_trusted": trusted[:SHOWN],
    }


# %%
def draw(records: list[Record]) -> list[Drawing]:
    """Error against evaluations; estimated against true error, ours and the references'."""
    rows = [r for r in records if r["kind"] == "random" and r["outcome"] == "ok"]
    caption = (
        "Estimated against true error, relative to the exact derivative, for random functions of one variable (up to "
        f"{SHOWN} shown). Above the diagonal the estimate bounds the error. Crosses: it says that it cannot tell."
    )
    drawings = [
        Drawing("error_against_evaluations", evaluations_figure([r for r in records if r["kind"] == "spec"]), (
            "Median relative error over all partial derivatives of the smooth points of the catalogue, against "
            "evaluations of the function for each. Filled: automatic step. Hollow: fixed step or rule of thumb. Grey: "
            "SciPy and numdifftools as they come; complex step evaluates in complex arithmetic."
        ), evaluations_seen([r for r in records if r["kind"] == "spec"]))
    ]  # fmt: skip
    for name, methods in (("estimated_error", tuple(CASES)[:2]), ("estimated_error_references", PEERS)):
        mine = [r for r in rows if r["method"] in methods]
        drawings.append(Drawing(name, estimate_figure(mine), caption, estimates_seen(mine)))
    return drawings


# %%
def summary(records: list[Record]) -> str:
    """Findings, and two tables."""
    return tables(records)


# %%
STUDY = Study(
    "differences",
    "The family of differences",
    "How near to the exact derivative do differences come, for how many evaluations, and do they know how near?",
    measure,
    draw,
    summary,
    SEED,
)

# %%
if __name__ == "__main__":
    STUDY.main()
