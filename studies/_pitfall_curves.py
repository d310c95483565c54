"""Where the digits go: four of the pitfalls measured along a line."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import derivlab as dl
from _pitfall_functions import damped, logistic, newton, noisy_sine, sigmoid, sine
from derivlab.report.study import Record

SEED = 0
FAR = (1.0, 1e4, 1e8, 1e12)
NOISES = (1e-9, 1e-6, 1e-3)


def tails(quick: bool) -> list[Record]:
    """σ′ from 0 to 42 by JAX's rule, by ours, and by 1/(2 + eˣ + e⁻ˣ); finely where JAX's comes down in stairs."""
    xs = np.concatenate([np.arange(0.0, 32.0), np.linspace(32, 42, 101 if quick else 401)])
    exact = dl.truth.jvp(sigmoid, (xs,), (np.ones_like(xs),))[1]
    ways = {
        "jax": dl.methods["jax"].vjp(sigmoid, xs)[1](np.ones_like(xs))[0],
        "reverse": dl.reverse.vjp(sigmoid, xs)[1](np.ones_like(xs))[0],
        "formula": 1 / (2 + np.exp(xs) + np.exp(-xs)),
    }
    return [
        {"kind": "tail", "method": name, "x": float(x), "slope": float(slope), "exact": float(best), "error": float(e)}
        for name, slopes in ways.items()
        for x, slope, best, e in zip(xs, slopes, exact.value, exact.relative_error(slopes), strict=True)
    ]


def chaos(quick: bool) -> list[Record]:
    """lₙ′(0.2) by forward AD, exactly for the double 0.2, and exactly for the number 1/5."""
    records: list[Record] = []
    for n in range(2, 66, 2 if quick else 1):
        f = lambda x, n=n: logistic(x, n)
        of_fifth = lambda t, n=n: 5 * logistic(t / 5, n)  # whose slope at 1 is lₙ′(1/5): balls divide exactly
        record = {
            "value": f(0.2),
            "exact_value": float(dl.truth.jvp(f, (0.2,), (1.0,))[0]),
            "slope": float(dl.forward.derivative(f)(0.2)),
            "exact": float(dl.truth.derivative(f)(0.2)),
            "exact_at_fifth": float(dl.truth.derivative(of_fifth)(1.0)),
        }
        errors = {
            "value_error": abs(record["value"] / record["exact_value"] - 1),
            "error": abs(record["slope"] / record["exact"] - 1),
            "error_at_fifth": abs(record["slope"] / record["exact_at_fifth"] - 1),
        }
        records.append({"kind": "chaos", "n": n, **record, **errors})
    return records


def iterations() -> list[Record]:
    """How far value and derivative of k steps are from √2 and 1/(2√2), in exact arithmetic."""
    return [
        {"kind": "iteration", "scheme": name, "k": k, "value_error": value, "slope_error": slope}
        for name, iterate, last in (("newton", newton, 7), ("damped", damped, 30))
        for k in range(1, last + 1)
        for value, slope in [_gaps(iterate, k)]
    ]


def _gaps(iterate: Callable[..., Any], k: int) -> tuple[float, float]:
    value, slope = dl.truth.jvp(lambda a: iterate(a, steps=k) - dl.array_namespace(a).sqrt(a), (2.0,), (1.0,))
    return abs(float(value)), abs(float(slope))


def steps(quick: bool) -> list[Record]:
    """Errors of the textbook's central difference against h, far from 0 and under noise, and of reverse AD."""
    scatter = np.random.default_rng(SEED).uniform(-1e-3, 1e-3, 9 if quick else 41)
    hs = 10.0 ** np.arange(-14, 1.01, 0.5 if quick else 0.125)
    cases = [("far", x, sine, x * (1 + scatter)) for x in FAR]
    cases += [("noise", s, functools.partial(noisy_sine, noise=s), 0.7 + scatter) for s in NOISES]
    records: list[Record] = []
    for case, size, f, xs in cases:
        exact = dl.truth.jvp(f, (xs,), (np.ones_like(xs),))[1]
        slopes = {h: (f(xs + h) - f(xs - h)) / (2 * h) for h in hs.tolist()}
        slopes[None] = dl.reverse.vjp(f, xs)[1](np.ones_like(xs))[0]
        records += [
            {
                "kind": "step",
                "case": case,
                "size": size,
                "h": h,
                "error": _mean(exact.relative_error(slope)),
            }
            for h, slope in slopes.items()
        ]
    return records


def _mean(errors: Any) -> float:
    """The root mean square."""
    return float(np.sqrt(np.mean(np.square(errors))))
