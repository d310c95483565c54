"""The Helmholtz benchmark under both protocols: data drawn once outside the timed call, or in every call anew.

The script of the benchmark that survives draws b, A and x inside the timed function, of f as of its gradient, which is
O(n²) work on both sides of the ratio; its numerical gradient is a forward difference.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import derivlab as dl
from _plain_differences import forward_gradient
from derivlab.errors import OutcomeError
from derivlab.harness.budget import time_limit
from derivlab.measure.runtime import interleaved
from derivlab.report.study import Record
from derivlab.specs.helmholtz import free_energy

METHODS = ("forward-difference", "forward", "reverse", "forward-compiled", "reverse-compiled", "jax")
PROTOCOLS = ("outside", "inside")
BUDGET = 20.0
"""Seconds that a method may take until its first gradient, JAX's compiler included."""
SLOW = 0.02
"""A call that takes longer, in seconds, is timed in few rounds."""
LONG = 0.1
"""Seconds of a batch beside slow calls: what disturbs these disturbs such a batch as well."""

REFERENCES = ("unit", "function")
"""f of one component, and f of n."""
UNTIMED: Record = dict.fromkeys(("seconds", "ratio_first", "ratio_same"))

Call = Callable[[], Any]
Key = tuple[str, str]
"""Protocol and method."""
Gradient = Callable[..., Any]


def draw(n: int, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """x, b and A as the benchmark draws them; above n = 200 b shrinks as in the spec, so that b·x stays below 1."""
    b, A, x = 0.1 * rng.uniform(size=n), 0.1 * rng.uniform(size=(n, n)), 0.1 * rng.uniform(size=n)
    return x, b * min(1.0, 200 / n), A


def gradient(method: str, args: tuple[Any, ...]) -> Gradient:
    """∇f(x, b, A) by a method, made ready; the forward difference is a loop of n + 1 evaluations."""
    if method == "forward-difference":
        return lambda x, b, A: forward_gradient(lambda x: free_energy(x, b, A), x)
    if method in ("forward", "reverse"):
        return dl.methods[method].grad(free_energy)
    return dl.methods[method].prepare("grad", free_energy, *args)


def benchmark(n: int, rounds: int, batch: float) -> list[Record]:
    """f and every gradient under both protocols, all interleaved with f of one component."""
    spec = dl.spec("helmholtz", n=n)
    assert spec.value_and_gradient is not None
    exact = spec.value_and_gradient(*spec.args)[1]
    gradients: dict[str, Gradient] = {"function": free_energy}
    found: dict[str, Record] = {"function": {"outcome": "ok", "detail": "", "error": None}}
    for method in METHODS:
        found[method], run = judged(method, spec.args, exact)
        if run is not None:
            gradients[method] = run
    times = timed(calls(gradients, n, spec.args), rounds, batch)
    return [
        {"kind": "helmholtz", "n": n, "protocol": protocol, "method": method, **cell}
        | times.get((protocol, method), UNTIMED)
        for protocol in PROTOCOLS
        for method, cell in found.items()
    ]


def judged(method: str, args: tuple[Any, ...], exact: Any) -> tuple[Record, Gradient | None]:
    """The outcome of a method, its error relative to the largest entry of the gradient by hand, and what to time."""
    try:
        with time_limit(BUDGET):
            run = gradient(method, args)
            answer = np.asarray(run(*args))
    except OutcomeError as trouble:
        return {"outcome": trouble.outcome, "detail": str(trouble), "error": None}, None
    return {"outcome": "ok", "detail": "", "error": float(np.max(np.abs(answer - exact)) / np.max(np.abs(exact)))}, run


def calls(gradients: Mapping[str, Gradient], n: int, args: tuple[Any, ...]) -> dict[Key, Call]:
    """What is timed: each under both protocols, and f of one component, which is the unit."""
    rng = np.random.default_rng(0)
    one = draw(1, rng)
    timed: dict[Key, Call] = {
        ("outside", "unit"): lambda: free_energy(*one),
        ("inside", "unit"): lambda: free_energy(*draw(1, rng)),
    }
    for method, run in gradients.items():
        native = dl.methods["jax"].native if method == "jax" else tuple
        kept = native(args)
        timed["outside", method] = lambda run=run, kept=kept: run(*kept)
        timed["inside", method] = lambda run=run, native=native: run(*native(draw(n, rng)))
    return timed


def timed(calls: Mapping[Key, Call], rounds: int, batch: float) -> dict[Key, Record]:
    """Each call beside f of one component and of n, in one run; slow ones in a run of few rounds.

    Seconds are the least of the rounds, and ratios those of such.
    """
    slow = {key for key, call in calls.items() if seconds(call) > SLOW}
    found: dict[Key, Record] = {}
    for some, count, each in ((slow, min(rounds, 3), LONG), (calls.keys() - slow, rounds, batch)):
        if not some:
            continue
        run = {"/".join(key): call for key, call in calls.items() if key in some or key[1] in REFERENCES}
        times = interleaved(run, rounds=count, batch_seconds=each)
        least = {key: min(times["/".join(key)].samples) for key in calls if "/".join(key) in times}
        found |= {key: relative(least, key) for key in least}
    return found


def relative(least: Mapping[Key, float], key: Key) -> Record:
    """Seconds, and their ratio to f of one component and to f of as many, under the same protocol."""
    first, same = (least[key[0], name] for name in REFERENCES)
    return {"seconds": least[key], "ratio_first": least[key] / first, "ratio_same": least[key] / same}


def seconds(call: Call) -> float:
    """Of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
