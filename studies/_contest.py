"""A contest: several ways to one derivative, each made ready within a budget, judged, and all timed together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivlab.errors import OutcomeError
from derivlab.harness.budget import time_limit
from derivlab.libraries.scipy import sparse
from derivlab.measure.runtime import Runtime, interleaved, one_thread
from derivlab.report.study import Record

Call = Callable[[], Any]
SLOW = 0.02
"""An evaluation that takes longer, in seconds, is timed in few rounds."""

STALL = 0.15
"""A single evaluation that takes longer, in seconds, is not measured again: no pause of the machine explains it."""
EMPTY: Record = {"outcome": "ok", "detail": "", "error": None, "first_seconds": None}


@dataclass(frozen=True)
class Contest:
    """Rules.

    Attributes
    ----------
    tolerance
        Largest error, relative to the largest entry of the derivative; what is worse is ``inaccurate``.
    rounds, batch
        Of the timing: how many, and the seconds of a batch.
    hopeless
        A way that takes so many times the time of the fastest is timed by few evaluations.
    """

    tolerance: float
    rounds: int
    batch: float
    hopeless: float = float("inf")

    def run(
        self,
        ways: Mapping[str, Callable[[], Call]],
        budgets: Mapping[str, float],
        exact: Any,
        unit: tuple[str, Call],
        beside: Mapping[str, Call] | None = None,
    ) -> dict[str, Record]:
        """A record for each way: outcome, error, time to the first answer, and of one evaluation in units.

        Parameters
        ----------
        ways
            For each name what makes it ready, and gives the call that evaluates the derivative.
        budgets
            Seconds that each may take until its first answer.
        exact
            The derivative, dense or sparse.
        unit
            Name and call of what is one unit of time; it has a record too.
        beside
            Further calls to time, that are no contestants.
        """
        found: dict[str, Record] = {}
        ready: dict[str, Call] = {}
        alone: dict[str, float] = {}
        with one_thread():
            for name, make in ways.items():
                found[name], call = self._judged(make, budgets[name], exact)
                if call is not None:
                    ready[name], alone[name] = call, _least(call, _seconds(call), STALL)
        bound = self.hopeless * min(alone.values(), default=0.0)
        timed = {name: call for name, call in ready.items() if alone[name] <= bound}
        times = self._timed({unit[0]: unit[1], **(beside or {}), **timed}, unit[0], alone)
        own = times[unit[0]][0]
        once = {name: Runtime((alone[name],), alone[name] / own.median) for name in ready}
        names = (unit[0], *(beside or {}), *ways)
        return {
            name: found.get(name, EMPTY) | measured(*times.get(name, (once.get(name), min(own.samples))))
            for name in names
        }

    def _judged(self, make: Callable[[], Call], seconds: float, exact: Any) -> tuple[Record, Call | None]:
        record = dict(EMPTY)
        start = time.perf_counter()
        try:
            with time_limit(seconds), np.errstate(all="ignore"):
                call = make()
                answer = call()
        except OutcomeError as trouble:
            return record | {"outcome": trouble.outcome, "detail": str(trouble)}, None
        except Exception as trouble:
            text = " ".join(str(trouble).split())[:160]
            return record | {"outcome": "failed", "detail": f"{type(trouble).__name__}: {text}"}, None
        record["first_seconds"] = _least(lambda: make()(), time.perf_counter() - start, SLOW)
        record["error"] = error = deviation(answer, exact)
        if not error <= self.tolerance:
            return record | {"outcome": "inaccurate", "detail": f"off by {error:.1g} of the largest entry"}, None
        return record, call

    def _timed(self, calls: dict[str, Call], unit: str, alone: dict[str, float]) -> dict[str, tuple[Runtime, float]]:
        """All interleaved, the slow ones in a run of their own with few rounds; each with the unit's least there."""
        slow = {name: call for name, call in calls.items() if alone.get(name, 0.0) > SLOW}
        runs = [({name: call for name, call in calls.items() if name not in slow}, self.rounds)]
        if slow:
            runs.insert(0, ({unit: calls[unit], **slow}, min(self.rounds, 3)))
        found: dict[str, tuple[Runtime, float]] = {}
        for run, rounds in runs:
            times = interleaved(run, unit, rounds=rounds, batch_seconds=self.batch)
            found |= {name: (runtime, min(times[unit].samples)) for name, runtime in times.items()}
        return found


def _least(call: Call, seconds: float, most: float) -> float:
    """The seconds of a call or, where these are below ``most``, the least of three."""
    return min(seconds, _seconds(call), _seconds(call)) if seconds < most else seconds


def _seconds(call: Call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measured(runtime: Runtime | None = None, unit: float = 1.0) -> Record:
    """Seconds of one evaluation, median and least, and their ratios to the unit; the median one with its interval.

    ``least_ratio`` is to the unit's least in the same run, ``unit``: on a busy machine it is the steadier one.
    """
    low, high = (runtime and runtime.interval) or (None, None)
    seconds, ratio = (runtime.median, runtime.ratio) if runtime else (None, None)
    least = min(runtime.samples) if runtime else None
    return {
        "seconds": seconds,
        "ratio": ratio,
        "ratio_low": low,
        "ratio_high": high,
        "least_seconds": least,
        "least_ratio": None if least is None else least / unit,
    }


def deviation(answer: Any, exact: Any) -> float:
    """The largest difference of an entry, relative to the largest entry; a wrong shape is infinitely far off."""
    if np.shape(answer) != np.shape(exact):
        return float("inf")
    if sparse.issparse(answer) or sparse.issparse(exact):
        answer, exact = sparse.csr_array(answer), sparse.csr_array(exact)
    return float(abs(answer - exact).max() / abs(exact).max())


def late(reason: str) -> Record:
    """The record of a way that is not run, because a smaller case already took too long."""
    return EMPTY | {"outcome": "timed out", "detail": reason} | measured()
