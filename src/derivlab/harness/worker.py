"""A worker process with a time and a memory budget: what goes wrong in it becomes a named outcome."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import connection, process, reduction, spawn
from typing import Any

from derivlab.errors import CrashedError, TimedOutError

_START = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from derivlab.harness.serve import serve; serve()"
_SHOWN = 80
"""So many characters of what was printed are shown."""


class Worker:
    """A warm process that runs functions of modules, one at a time, and is replaced when it dies.

    ``run(function, *args, seconds=...)`` returns the function's answer, or raises :class:`TimedOutError`,
    :class:`MemoryBudgetError`, :class:`CrashedError` where the process died, the :class:`DerivlabError` that the
    function raised, or :class:`OutcomeError` with what else happened (outcome ``failed``). What the function printed,
    the warnings it gave and the processes it left behind are told in ``remarks``; they do no harm.

    Parameters
    ----------
    memory
        Largest address space in bytes, or None for no limit.

    Attributes
    ----------
    remarks
        What the last run did besides answering.
    """

    def __init__(self, memory: int | None = 8 * 2**30) -> None:
        self.memory = memory
        self.remarks: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Any = None
        self._output = _Output()
        self._main = False

    def run(self, function: Callable[..., Any], *args: Any, seconds: float = 10.0) -> Any:
        """The answer of ``function(*args)`` within ``seconds``; the start of the process is not counted."""
        self.remarks, question = [], bytes(reduction.ForkingPickler.dumps((function, args)))
        pipe = self._ready(main=getattr(function, "__module__", "") == "__main__")
        try:
            pipe.send_bytes(question)
            self._await(seconds)
            kind, answer, remarks, spent = pipe.recv()
        except (EOFError, ConnectionError) as error:
            raise CrashedError(f"the worker process {self._death()}") from error
        finally:
            self.remarks += self._output.taken()
        self.remarks += remarks
        if spent:
            self.close()
        if kind == "answer":
            return answer
        raise answer

    def close(self) -> None:
        """End the process and what it started, whatever they are doing."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._pipe.close()
            self._output.close()
        self._process = self._pipe = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _ready(self, main: bool) -> Any:
        if self._process is not None and (self._process.poll() is not None or (main and not self._main)):
            self.close()  # it was killed while it had nothing to do, or does not know the functions of the script
        if self._process is None:
            self._pipe, theirs = connection.Pipe()
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path), str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            theirs.close()
            self._output.open(self._process)
            try:
                self._pipe.send((_preparation(main), self.memory))
                self._pipe.recv()
            except (EOFError, ConnectionError) as error:
                death = f"the worker process {self._death()} at its start"
                raise CrashedError("; ".join([death, *self._output.taken()])) from error
            self._main = main
        return self._pipe

    def _await(self, seconds: float) -> None:
        """Until the answer is there or the process has ended, while what it prints is taken away."""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            ready = connection.wait([self._pipe, *self._output.sources], timeout=max(left, 0.0))
            self._output.take(ready)
            if self._pipe in ready:
                return
            if self._output.ended in ready:
                if not self._pipe.poll():
                    raise EOFError
                return
            if left <= 0:
                self.close()
                raise TimedOutError(f"did not finish within {seconds:g} s")

    def _death(self) -> str:
        """How the process ended, in words; it is gone afterwards."""
        if self._process is None:
            return "is gone"
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            code = None
        self.close()
        if code is None:
            return "closed its connection"
        return f"died with exit code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"


class _Output:
    """What a process prints: counted, its beginning kept, the rest thrown away."""

    def __init__(self) -> None:
        self._stream: Any = None
        self.ended: int | None = None
        self._count, self._first = 0, b""

    def open(self, running: subprocess.Popen[bytes]) -> None:
        """Listen to a process."""
        self._stream = running.stdout
        os.set_blocking(self._stream.fileno(), False)
        self.ended = os.pidfd_open(running.pid)

    @property
    def sources(self) -> list[Any]:
        """What to wait for: more output, and the end of the process."""
        return [source for source in (self._stream, self.ended) if source is not None]

    def take(self, ready: list[Any]) -> bool:
        """Read what is there, up to a megabyte; whether there was any."""
        if self._stream is None or self._stream not in ready:
            return False
        chunk = self._stream.read(2**20)
        if chunk == b"":
            self._stream.close()
            self._stream = None
        if not chunk:
            return False
        self._first += chunk[: max(0, _SHOWN - len(self._first))]
        self._count += len(chunk)
        return True

    def taken(self) -> list[str]:
        """A remark on what was printed since the last one."""
        limit = self._count + 2**24  # a copy of the process may print for ever
        while self._count < limit and self.take(self.sources):
            continue
        count, first, self._count, self._first = self._count, self._first, 0, b""
        if not count:
            return []
        shown = " ".join(first.decode("utf-8", "replace").split())
        return [f"printed {count:,} bytes: {shown}{'…' if count > _SHOWN else ''}"]

    def close(self) -> None:
        """Listen no longer; what was printed is still told."""
        while self.take(self.sources):
            continue
        if self._stream is not None:
            self._stream.close()
        if self.ended is not None:
            os.close(self.ended)
        self._stream = self.ended = None


def _preparation(main: bool) -> dict[str, Any]:
    """What a new process needs to find the functions of this one's modules, those of the script only if asked."""
    data = spawn.get_preparation_data("derivlab worker")
    data["authkey"] = bytes(process.current_process().authkey)
    return data if main else {key: value for key, value in data.items() if not key.startswith("init_main")}
