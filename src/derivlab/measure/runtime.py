"""Time of evaluation: all contestants in one process, interleaved in random order, on one BLAS thread."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

_KNOWN = 0.1
"""A ratio whose interval reaches further than this share to either side is told to be doubtful."""


@dataclass(frozen=True)
class Runtime:
    """Seconds for one call.

    Attributes
    ----------
    samples
        One mean over a calibrated batch for each round, in the order of the rounds.
    ratio
        Median over rounds of the time divided by the baseline's in the same round; None without a baseline.
    interval
        Where that median lies: a bootstrap interval of 95 %, from resampled rounds.
    """

    samples: tuple[float, ...]
    ratio: float | None = None
    interval: tuple[float, float] | None = None

    @property
    def median(self) -> float:
        """The median sample, in seconds."""
        return float(np.median(self.samples))

    @property
    def doubt(self) -> str:
        """Why the ratio is not known well, in words; empty where it is."""
        if self.ratio is None or self.interval is None:
            return ""
        width = max(self.interval[1] - self.ratio, self.ratio - self.interval[0]) / self.ratio
        return f"the ratio is known to ±{width:.0%} only" if width > _KNOWN else ""


def interleaved(
    calls: Mapping[str, Callable[[], Any]],
    baseline: str | None = None,
    *,
    rounds: int = 11,
    batch_seconds: float = 2e-3,
    seed: int = 0,
) -> dict[str, Runtime]:
    """Time each call in ``rounds`` batches, all calls once a round, in a random order each round.

    A batch repeats its call until it takes about ``batch_seconds``, after one call that is not timed and brings its
    data back into the cache. Ratios compare batches of the same round, so that a drift of the machine's speed cancels.
    """
    with one_thread(), np.errstate(all="ignore"):
        loops = {name: _calibrate(call, batch_seconds) for name, call in calls.items()}
        order, rng = list(calls), np.random.default_rng(seed)
        samples: dict[str, list[float]] = {name: [] for name in calls}
        enabled = gc.isenabled()
        gc.disable()
        try:
            for _ in range(rounds):
                for i in rng.permutation(len(order)):
                    samples[order[i]].append(_batch(calls[order[i]], loops[order[i]]))
        finally:
            if enabled:
                gc.enable()
    return {name: _summary(times, samples.get(baseline or "")) for name, times in samples.items()}


def one_thread() -> Any:
    """A context in which BLAS runs on one thread, as in every timing here."""
    return threadpool_limits(limits=1)


_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


@contextmanager
def single_threaded() -> Generator[None]:
    """A context in which every library computes on one thread, here and in processes that start inside.

    JAX reads its flags when it first computes, and stays with them.
    """
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update({name: value for name, value in _ONE_THREAD.items() if before[name] is None})
    try:
        with one_thread():
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _calibrate(call: Callable[[], Any], batch_seconds: float) -> int:
    call()
    loops = 1
    while (elapsed := _batch(call, loops) * loops) < batch_seconds / 2:
        loops = max(2 * loops, int(loops * batch_seconds / 2 / max(elapsed, 1e-9)))
    return max(1, round(loops * batch_seconds / elapsed)) if elapsed < batch_seconds else loops


def _batch(call: Callable[[], Any], loops: int) -> float:
    if loops > 1:
        call()
    start = time.perf_counter()
    for _ in range(loops):
        call()
    return (time.perf_counter() - start) / loops


def _summary(times: list[float], reference: list[float] | None) -> Runtime:
    if reference is None:
        return Runtime(tuple(times))
    ratios = np.divide(times, reference)
    return Runtime(tuple(times), float(np.median(ratios)), bootstrap_interval(ratios))


def bootstrap_interval(values: Any, share: float = 0.95, resamples: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Where the median of a population lies, from a sample of it: the percentile bootstrap.

    Reference: B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1979.
    """
    values = np.asarray(values)
    picks = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    low, high = np.quantile(np.median(values[picks], axis=1), [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


_WORK = np.linspace(0.0, 3.0, 2000)


def reference_work() -> Any:
    """A fixed computation, some 20 µs of NumPy: where its time drifts, the machine's speed does."""
    return np.dot(np.sin(_WORK), _WORK)


def drift(samples: Any) -> float:
    """By what share the second half of a run was slower than the first, by the medians; negative where faster."""
    half = len(samples) // 2
    return float(np.median(samples[-half:]) / np.median(samples[:half]) - 1) if half else 0.0
