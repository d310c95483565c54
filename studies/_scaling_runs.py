"""What the study of scaling runs, in this process or in a worker, which imports it from here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import derivlab as dl
from derivlab.measure.memory import added_memory


def method_of(name: str) -> Any:
    """Differences at the textbook's cost: two evaluations for each input, the step chosen without a look at f."""
    return dl.FiniteDifference("central", step="rule") if name == "central-difference" else dl.methods[name]


def memory_of(n: int, method: str) -> int:
    """Runs in a worker, after a small case has loaded what is needed."""

    def run(size: int) -> Callable[[], Any]:
        spec = dl.spec("helmholtz", n=size)
        if method == "function":
            return lambda: spec.function(*spec.args)
        return lambda: method_of(method).prepare("grad", spec.function, *spec.args)(*spec.args)

    run(3)()
    return added_memory(run(n))


def long_list_once(nodes: int, method: str) -> tuple[float, int]:
    """Seconds and bytes of one gradient with its preparation; three operations an iterate. Runs in a worker.

    The slope overflows after a thousand iterates, and then costs what it did before.
    """
    spec = dl.spec("logistic-map", n=nodes // 3 + 1, x=0.75)
    run = spec.function if method == "function" else dl.methods[method].value_and_grad(spec.function)
    spent: list[float] = []

    def once() -> None:
        start = time.perf_counter()
        run(np.float64(0.75))
        spent.append(time.perf_counter() - start)

    with np.errstate(all="ignore"):
        added = added_memory(once)
    return spent[0], added
