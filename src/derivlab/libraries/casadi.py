"""CasADi's scalar expressions, held in NumPy object arrays: the shapes are NumPy's."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["casadi", "column", "program", "symbols"]

casadi: Any = importlib.import_module("casadi")
if hasattr(casadi.GlobalOptions, "setNumpyMode"):
    casadi.GlobalOptions.setNumpyMode(-1)  # NumPy's functions give expressions; without the notice about it


def symbols(name: str, value: Any) -> Any:
    """Fresh symbols in the shape of a value: one expression, or an object array of them."""
    if np.ndim(value) == 0:
        return casadi.SX.sym(name)
    made = np.empty(np.shape(value), dtype=object)
    for k, index in enumerate(np.ndindex(made.shape)):
        made[index] = casadi.SX.sym(f"{name}{k}")
    return made


def column(expressions: Any) -> Any:
    """An expression, or the entries of an object array in order, as one column."""
    return casadi.vertcat(*expressions.flat) if isinstance(expressions, np.ndarray) else expressions


def program(inputs: Sequence[Any], outputs: Sequence[Any], values: Sequence[Any]) -> Callable[[], list[Any]]:
    """A call that evaluates outputs on values; both are bound to memory once, and every call fills the same arrays."""
    function = casadi.Function("derivative", list(inputs), list(outputs))
    buffer, trigger = function.buffer()
    given: list[Any] = [np.ascontiguousarray(value, dtype=float).ravel() for value in values]
    results: list[Any] = [np.zeros(function.nnz_out(k)) for k in range(function.n_out())]
    for k, value in enumerate(given):
        buffer.set_arg(k, memoryview(value))
    for k, result in enumerate(results):
        buffer.set_res(k, memoryview(result))

    def run(keep: Any = (buffer, given)) -> list[Any]:
        trigger()
        return results

    return run
