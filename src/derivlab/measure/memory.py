"""Peak memory of one derivative: the maximum resident size of a fresh process, above the same without it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import Any


def peak_memory(spec: str, method: str, parameters: dict[str, Any] | None = None, *, seconds: float = 120.0) -> int:
    """Bytes that a method's derivative adds to a process that has loaded the same libraries and data.

    Counts every allocator (JAX's too), which counting inside Python would miss; resolution is a page, and what
    fits into memory that the process already holds counts as 0.

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
    before = _resident()
    if chosen.operator == "derivative":
        method.prepare("derivative", chosen, *chosen.args)(*chosen.args)
    else:
        method.prepare("grad", chosen, *chosen.args, argnums=chosen.argnums)(*chosen.args)
    return _resident() - before


def _resident() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    print(_measure(json.loads(sys.argv[1])))
