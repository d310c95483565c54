"""A worker process with a time and a memory budget: what goes wrong in it becomes a named outcome."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from derivlab.errors import DerivlabError, MemoryBudgetError, OutcomeError, TimedOutError


class Worker:
    """A warm process that runs functions of modules, one at a time, and is replaced when it dies.

    ``run(function, *args, seconds=...)`` returns the function's answer, or raises :class:`TimedOutError`,
    :class:`MemoryBudgetError`, the :class:`DerivlabError` that the function raised, or :class:`OutcomeError` with
    what else happened (outcome ``failed``).

    Parameters
    ----------
    memory
        Largest address space in bytes, or None for no limit.
    """

    def __init__(self, memory: int | None = 8 * 2**30) -> None:
        self.memory = memory
        self._process: Any = None
        self._pipe: Connection | None = None

    def run(self, function: Callable[..., Any], *args: Any, seconds: float = 10.0) -> Any:
        """The answer of ``function(*args)`` within ``seconds``; the start of the process is not counted."""
        pipe = self._ready()
        try:
            pipe.send((function, args))
            if not pipe.poll(seconds):
                self.close()
                raise TimedOutError(f"did not finish within {seconds:g} s")
            kind, answer = pipe.recv()
        except (EOFError, ConnectionError) as error:
            code = self._exit_code()
            self.close()
            raise OutcomeError(f"the worker process died with exit code {code}") from error
        if kind == "answer":
            return answer
        raise answer

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ready(self) -> Connection:
        if self._pipe is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs, self.memory), daemon=True)
            self._process.start()
            theirs.close()
            self._pipe.recv()  # ready
        return self._pipe

    def _exit_code(self) -> int | None:
        self._process.join(1.0)
        return self._process.exitcode


def _serve(pipe: Connection, memory: int | None) -> None:
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    pipe.send("ready")
    while True:
        try:
            function, args = pipe.recv()
        except EOFError:
            return
        pipe.send(_attempt(function, args))


def _attempt(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "answer", function(*args)
    except DerivlabError as error:
        return "error", error
    except MemoryError:
        return "error", MemoryBudgetError("needed more memory than its budget")
    except Exception as error:
        return "error", OutcomeError(f"{type(error).__name__}: {error}")
