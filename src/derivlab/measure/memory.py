"""Peak memory of one derivative: the maximum resident size of a fresh process, above the same without it."""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any


def peak_memory(spec: str, method: str, parameters: dict[str, Any] | None = None, *, seconds: float = 120.0) -> int:
    """Bytes that a method's derivative adds to a process that has loaded the same libraries and data.

    Counts every allocator (JAX's too), which counting inside Python would miss; resolution is a page. On Linux the
    peak is counted from just before the derivative; elsewhere what fits under the process's earlier peak counts as 0.

    Raises
    ------
    RuntimeError
        If the child process fails; carries its last line.
    """
    request = json.dumps({"spec": spec, "method": method, "parameters": parameters or {}})
    child = subprocess.run(
        [sys.executable, "-m", "derivlab.measure.memory", request],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if child.returncode:
        raise RuntimeError(f"memory of {method} on {spec}: {(child.stderr.strip().splitlines() or ['no message'])[-1]}")
    return int(child.stdout.strip().splitlines()[-1])


def _measure(request: dict[str, Any]) -> int:
    from derivlab.method import METHODS
    from derivlab.specs.registry import spec

    chosen = spec(request["spec"], **request["parameters"])
    small = spec("add-mul-gate")
    method = METHODS[request["method"]]
    method.prepare("grad", small, *small.args)(*small.args)  # loads the libraries
    if chosen.operator == "derivative":
        return added_memory(lambda: method.prepare("derivative", chosen, *chosen.args)(*chosen.args))
    return added_memory(lambda: method.prepare("grad", chosen, *chosen.args, argnums=chosen.argnums)(*chosen.args))


def added_memory(call: Callable[[], Any]) -> int:
    """Bytes that a call adds to this process at its peak; for a sound figure the process must be fresh."""
    gc.collect()
    before = _restart_peak()
    call()
    return max(0, _peak() - before)


def _restart_peak() -> int:
    """Make the kernel forget the peak so far, and tell what is resident now; else the peak so far."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as control:
            control.write("5")
        return _status("VmRSS")
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        return _status("VmHWM")
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _status(field: str) -> int:
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


if __name__ == "__main__":
    print(_measure(json.loads(sys.argv[1])))
