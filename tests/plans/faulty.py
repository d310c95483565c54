"""A plan whose functions misbehave in every way under forward mode, and under no other."""

from __future__ import annotations

import ctypes
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import derivlab as dl
from derivlab.harness.plan import Plan


def _hang() -> None:
    ctypes.CDLL(None).sleep(3600)  # native code, which no signal handler of Python's interrupts


def _fill() -> None:
    np.ones(10 * 2**30 // 8).sum()


def _crash() -> None:
    ctypes.string_at(0)


def _print_for_ever() -> None:
    while True:
        os.write(1, b"more and more " * 4096)


def _descend() -> None:
    _descend()


def _leave() -> None:
    os._exit(7)


def _kill() -> None:
    os.kill(os.getpid(), 9)


def _fork() -> None:
    if not os.fork():
        time.sleep(3600)


def _come_back_twice() -> None:
    os.fork()


def _chat() -> None:
    print("a line on stdout")
    print("a line on stderr", file=sys.stderr)


def _warn() -> None:
    for k in range(10_000):
        warnings.warn(f"number {k}", stacklevel=1)


FAULTS: dict[str, tuple[Callable[[], None], str, str]] = {
    "hang": (_hang, "timed out", "did not finish within"),
    "fill": (_fill, "out of memory", "memory"),
    "crash": (_crash, "crashed", "SIGSEGV"),
    "print-for-ever": (_print_for_ever, "timed out", "did not finish within"),
    "descend": (_descend, "failed", "RecursionError"),
    "leave": (_leave, "crashed", "exit code 7"),
    "kill": (_kill, "crashed", "SIGKILL"),
    "fork": (_fork, "ok", "left a process behind"),
    "come-back-twice": (_come_back_twice, "ok", ""),
    "chat": (_chat, "ok", "printed 34 bytes: a line on"),
    "warn": (_warn, "ok", "10,000 warnings: UserWarning: number 0"),
}
"""By spec: what it does, the outcome of its cell, and what is told."""


def _add(name: str) -> None:
    @dl.register(name)
    def faulty(x: float = 0.7) -> dl.Spec:
        """x², and a fault."""

        def square(x: Any) -> Any:
            if type(getattr(x, "level", None)).__name__ == "Forward":
                FAULTS[name][0]()
            return x * x

        return dl.Spec(square, (x,), "derivative", value_and_gradient=lambda x: (x * x, 2 * x))


for _name in FAULTS:
    _add(_name)

PLAN = Plan(list(FAULTS), ["manual", "forward", "reverse"], measures=["accuracy"], seconds=2.0, memory="4 GiB")
