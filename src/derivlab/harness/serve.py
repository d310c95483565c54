"""The other end of a worker: runs one function after the other, and answers whatever becomes of it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import resource
import signal
import sys
import warnings
from collections.abc import Generator
from multiprocessing import connection, reduction, spawn
from typing import Any

from derivlab.errors import DerivlabError, MemoryBudgetError, OutcomeError

_PR_SET_PDEATHSIG = 1


def serve() -> None:
    """Answer until the other end closes. Called with the connection's descriptor and the parent in ``sys.argv``."""
    descriptor, parent = int(sys.argv[2]), int(sys.argv[3])
    _end_with(parent)
    pipe = connection.Connection(descriptor)
    preparation, memory = pipe.recv()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    spawn.prepare(preparation)
    pipe.send("ready")
    while True:
        try:
            question = pipe.recv_bytes()
        except (EOFError, ConnectionError):
            return
        pipe.send_bytes(_answer(question, memory))


def _end_with(parent: int) -> None:
    """Let the system kill this process when its parent dies, even in the middle of native code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _answer(question: bytes, memory: int | None) -> bytes:
    """Kind, answer, remarks, and whether this process had better be replaced; as bytes that can be read again."""
    own = os.getpid()
    with _counted_warnings() as counted:
        kind, answer = _attempt(question)
    if os.getpid() != own:  # a copy that the function forked, and that came back with it
        os._exit(0)
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    remarks = _warned(counted)
    left = _has_children()
    if left:
        remarks.append("left a process behind, which was ended")
    spent = left or (memory is not None and _resident() > memory // 2)
    try:
        return bytes(reduction.ForkingPickler.dumps((kind, answer, remarks, spent)))
    except Exception as error:
        failure = OutcomeError(f"its answer cannot be sent: {type(error).__name__}: {error}")
        return bytes(reduction.ForkingPickler.dumps(("error", failure, remarks, spent)))


def _attempt(question: bytes) -> tuple[str, Any]:
    try:
        function, args = pickle.loads(question)
        return "answer", function(*args)
    except DerivlabError as error:
        return "error", error
    except MemoryError:
        return "error", MemoryBudgetError("needed more memory than its budget")
    except Exception as error:
        return "error", OutcomeError(f"{type(error).__name__}: {error}")


@contextlib.contextmanager
def _counted_warnings() -> Generator[list[Any]]:
    """Warnings are counted, the first one kept, and none printed."""
    counted: list[Any] = [0, None]

    def note(message: Any, category: Any, *_: Any, **__: Any) -> None:
        counted[0] += 1
        counted[1] = counted[1] or f"{category.__name__}: {message}"

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        for quiet in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", quiet)
        warnings.showwarning = note
        yield counted


def _warned(counted: list[Any]) -> list[str]:
    count, first = counted
    return [f"{count:,} warning{'s' if count > 1 else ''}: {' '.join(first.split())[:80]}"] if count else []


def _has_children() -> bool:
    """Whether a process that this one started still runs."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return False
    return True


def _resident() -> int:
    """The bytes of memory in use."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
