"""Time budgets for work in this process."""

from __future__ import annotations

import inspect
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from derivlab.errors import TimedOutError

_AGAIN = 0.05
"""Seconds until the interruption is repeated, for code that swallowed it."""

_SWALLOWING = ("__del__", "_xla_gc_callback", "gc_callback", "remove")
"""Functions that Python calls in between, and whose exceptions it ignores."""


@contextmanager
def time_limit(seconds: float | None) -> Generator[None]:
    """Interrupt Python code that runs longer than ``seconds``, with :class:`TimedOutError`.

    Works in the main thread, between two Python instructions; elsewhere, and with None, there is no limit. A module
    that is being imported is imported to its end first: half of it would stay behind, for all that import it later.
    For code that does not return to Python, use :mod:`derivlab.harness.worker`.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    around = _imports(inspect.currentframe())

    def interrupt(signum: int, frame: Any) -> None:
        if frame is not None and (frame.f_code.co_name in _SWALLOWING or _imports(frame) > around):
            return
        raise TimedOutError(f"did not finish within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _imports(frame: Any) -> int:
    """How many frames of the import system are on the stack."""
    count = 0
    while frame is not None:
        count += frame.f_code.co_filename.startswith("<frozen importlib")
        frame = frame.f_back
    return count
