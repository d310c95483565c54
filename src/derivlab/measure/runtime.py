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


@dataclass(frozen=True)
class Runtime:
    """Seconds for one call.

    Attributes
    ----------
    samples
        One mean over a calibrated batch for each round, in the order of the rounds.
    ratio
        Median over rounds of the time divided by the baseline's in the same round; None without a baseline.
    spread
        The least and greatest of those ratios.
    """

    samples: tuple[float, ...]
    ratio: float | None = None
    spread: tuple[float, float] | None = None

    @property
    def median(self) -> float:
        """The median sample, in seconds."""
        return float(np.median(self.samples))


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
    ratios = [a / b for a, b in zip(times, reference, strict=True)]
    return Runtime(tuple(times), float(np.median(ratios)), (min(ratios), max(ratios)))
