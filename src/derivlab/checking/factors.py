"""Constant factors that mistakes are made of, by name."""

from __future__ import annotations

import math
from collections.abc import Sequence

_NAMED = {
    "2": 2.0,
    "½": 0.5,
    "3": 3.0,
    "4": 4.0,
    "π": math.pi,
    "2π": 2 * math.pi,
    "√2": math.sqrt(2.0),
    "π/180": math.pi / 180,
    "log 2": math.log(2.0),
    "log 10": math.log(10.0),
    "e": math.e,
}


def factor_name(c: float, sizes: Sequence[int]) -> str:
    """A name for a factor, "" where it has none: signs, small numbers and constants, N and 1/N of the arrays' sizes."""
    size = abs(c)
    named: dict[str, float] = {}
    for n in sizes:
        if n > 1:
            named |= {
                f"{n} (N)": float(n),
                f"1/{n} (1/N)": 1 / n,
                f"{2 * n} (2N)": 2.0 * n,
                f"1/{2 * n} (1/2N)": 0.5 / n,
            }
            named |= {f"{n}/{n - 1} (N/(N−1))": n / (n - 1), f"{n - 1}/{n} ((N−1)/N)": (n - 1) / n}
    named |= {**_NAMED, **{f"1/{name}": 1 / value for name, value in _NAMED.items()}}
    for name, value in named.items():
        if math.isclose(size, value, rel_tol=1e-7):
            return f"−{name}" if c < 0 else name
    return ""
